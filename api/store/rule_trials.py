"""Trying a rule on what is stored, before it is switched on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from api.rules.values import Term
from api.store import rules
from api.store.department_tables import RoutedRow
from api.store.findings import IN_OWN_THEME, SHOWN, in_order
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_tables import ThemeMemberRow

_HAPPENED = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)
MOST_THEMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried, and on what.

    Attributes:
        term: the rule, checked.
        department: whose deliveries so far are counted; None counts none.
        since: interactions that happened then or later.
        until: interactions that happened before then.
        examples: most findings that are shown.
    """

    term: Term
    department: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    examples: int = 5

    def window(self) -> list[ColumnElement[bool]]:
        """What an interaction has to fulfil to be looked at."""
        found: list[ColumnElement[bool]] = [InteractionRow.state == "mined"]
        if self.since is not None:
            found.append(self.since <= _HAPPENED)
        if self.until is not None:
            found.append(self.until > _HAPPENED)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a rule would have delivered.

    Attributes:
        interactions: that were looked at.
        findings: that fulfil the rule.
        in_interactions: that these stand in.
        delivered: of them, those that reached the department before.
        waiting: of them, those that stand in no theme.
        themes: ids and numbers of findings, the most first.
        examples: some of the findings, with `SHOWN`.
    """

    interactions: int
    findings: int
    in_interactions: int
    delivered: int
    waiting: int
    themes: tuple[tuple[UUID, int], ...]
    examples: tuple[Any, ...]


def attempt(session: Session, trial: Trial) -> Tried:
    """Holds what is stored against a rule, by the condition that routes new findings."""
    fulfils = (*trial.window(), rules.condition_of(session, trial.term))
    routed = RoutedRow.__table__.c
    had = exists(
        select(1).where(
            routed.department_id == trial.department, routed.finding_id == FindingRow.id
        )
    )
    counted = session.execute(
        _over(
            fulfils,
            func.count(),
            func.count(FindingRow.interaction_id.distinct()),
            func.count().filter(had),
            func.count().filter(~exists(select(1).where(*IN_OWN_THEME))),
        )
    ).one()
    themes = session.execute(
        _over(fulfils, ThemeMemberRow.theme_id, func.count())
        .join(ThemeMemberRow, and_(*IN_OWN_THEME))
        .group_by(ThemeMemberRow.theme_id)
        .order_by(func.count().desc(), ThemeMemberRow.theme_id)
        .limit(MOST_THEMES)
    )
    shown = in_order(_over(fulfils, *SHOWN), None).limit(trial.examples)
    looked = select(func.count()).select_from(InteractionRow).where(*trial.window())
    return Tried(
        interactions=session.scalar(looked) or 0,
        findings=counted[0],
        in_interactions=counted[1],
        delivered=counted[2],
        waiting=counted[3],
        themes=tuple((id, count) for id, count in themes),
        examples=tuple(session.execute(shown).all()),
    )


def _over(fulfils: tuple[ColumnElement[bool], ...], *columns: Any) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(*columns)
    return (
        query.select_from(FindingRow)
        .join(InteractionRow, InteractionRow.id == FindingRow.interaction_id)
        .where(*fulfils)
    )

"""Rules: written, read, and as the conditions that findings are held against."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from api.rules.check import Known, bound
from api.rules.values import Comparison, Term, comparisons
from api.store import categories
from api.store.ids import new_id
from api.store.inbox_tables import RuleRow
from api.store.rule_conditions import condition
from api.store.theme_tables import ThemeRow

_LOCK = 0x72756C65
"""Whoever routes shares it, whoever changes rules has it alone: a finding that is written while a
rule is switched on is either held against the rule, or seen by the job that applies it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFilter:
    """Which rules a list shows; what is None does not narrow it.

    Attributes:
        department: of the rule.
        enabled: those that are on, or the others.
    """

    department: UUID | None = None
    enabled: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        equal = ((RuleRow.department_id, self.department), (RuleRow.enabled, self.enabled))
        return [column == value for column, value in equal if value is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A rule as findings are held against it.

    Attributes:
        row: the rule.
        condition: on findings joined with interactions.
        asks_themes: whether it asks in which theme a finding stands.
    """

    row: RuleRow
    condition: ColumnElement[bool]
    asks_themes: bool


def hold(session: Session) -> None:
    """Keeps rules as they are until this transaction ends."""
    session.execute(sql("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": _LOCK})


def claim(session: Session) -> None:
    """Lets nobody else route or change a rule until this transaction ends."""
    session.execute(sql("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def create(session: Session, values: Mapping[str, Any]) -> RuleRow:
    """A new rule."""
    row = RuleRow(id=new_id(), **values)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def get(session: Session, id: UUID, *, lock: bool = False) -> RuleRow | None:
    """One rule, or None; locked, nobody else changes it until this transaction ends."""
    query = select(RuleRow).where(RuleRow.id == id)
    if lock:
        query = query.with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def list_page(
    session: Session, filter: RuleFilter, *, after: UUID | None = None, limit: int
) -> list[RuleRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(RuleRow).where(*filter.conditions())
    if after is not None:
        query = query.where(RuleRow.id < after)
    return list(session.scalars(query.order_by(RuleRow.id.desc()).limit(limit)))


def change(session: Session, row: RuleRow, values: Mapping[str, Any]) -> None:
    """Writes new values of a rule, and one more revision."""
    session.execute(
        update(RuleRow)
        .where(RuleRow.id == row.id)
        .values(**values, changed_at=func.now(), revision=RuleRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def remove(session: Session, id: UUID) -> None:
    """Deletes a rule; what it brought stays where it is."""
    session.execute(delete(RuleRow).where(RuleRow.id == id))


def known(session: Session) -> Known:
    """The names that a rule may use now."""
    names: dict[str, list[UUID]] = {}
    rows = session.execute(
        select(ThemeRow.name, ThemeRow.id).where(ThemeRow.state == "active").order_by(ThemeRow.id)
    )
    for name, id in rows:
        names.setdefault(name, []).append(id)
    return Known(categories=tuple(categories.names(session)), themes=names)


def enabled(session: Session, *, asks_themes: bool = False) -> list[Ready]:
    """The rules that are on; or those of them that ask in which theme a finding stands."""
    rows = session.scalars(select(RuleRow).where(RuleRow.enabled).order_by(RuleRow.id))
    found = ready(session, list(rows))
    return [one for one in found if one.asks_themes] if asks_themes else found


def ready(session: Session, rows: Sequence[RuleRow]) -> list[Ready]:
    """Rules as findings are held against them."""
    terms = [(row, _term(row.rule, tuple(sorted(row.themes.items())))) for row in rows]
    asked = {id for _, term in terms for id in themes_of(term)}
    heirs = _heirs(session, asked)
    return [
        Ready(row=row, condition=condition(term, heirs), asks_themes=_asks_themes(term))
        for row, term in terms
    ]


def condition_of(session: Session, term: Term) -> ColumnElement[bool]:
    """The condition of a rule that is only tried."""
    return condition(term, _heirs(session, themes_of(term)))


@lru_cache(maxsize=1_000)
def _term(rule: str, themes: tuple[tuple[str, str], ...]) -> Term:
    return bound(rule, dict(themes))


def themes_of(term: Term) -> set[UUID]:
    """Ids of the themes that a checked rule names."""
    return {UUID(value.text) for one in _about_themes(term) for value in one.values}


def _about_themes(term: Term) -> list[Comparison]:
    return [one for one in comparisons(term) if one.field == "theme"]


def _asks_themes(term: Term) -> bool:
    return bool(_about_themes(term))


def _heirs(session: Session, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The theme that each of these lives on in, where it was merged; over any number of merges."""
    heirs = {id: id for id in ids}
    asked = set(ids)
    seen: set[UUID] = set()
    while asked - seen:
        seen |= asked
        rows = session.execute(
            select(ThemeRow.id, ThemeRow.merged_into).where(
                ThemeRow.id.in_(asked), ThemeRow.merged_into.is_not(None)
            )
        )
        into = {id: heir for id, heir in rows if heir is not None}
        heirs = {id: into.get(heir, heir) for id, heir in heirs.items()}
        asked = set(into.values())
    return heirs

"""What a digest tells of a period: read through a session that is narrowed to its department."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.store.department_tables import DepartmentRow
from api.store.inbox_tables import ENDED, ItemChangeRow, ItemRow
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_history import ThemeAlertRow
from api.store.theme_tables import ALL, ThemeMemberRow, ThemeRow

_HAPPENED = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)


def title(session: Session, department: UUID) -> str | None:
    """The title of a department, or None where it is gone."""
    return session.scalar(select(DepartmentRow.title).where(DepartmentRow.id == department))


def _shown() -> tuple[ColumnElement[bool], ...]:
    return (ItemRow.opened_at.is_not(None), ItemRow.folded_into.is_(None))


def came(
    session: Session, kind: str, since: datetime, until: datetime, *, limit: int
) -> list[ItemRow]:
    """Items to which something happened in a period, the largest first.

    Args:
        session: narrowed to the department.
        kind: of change: `opened` or `reopened`.
        since: when the period began.
        until: when it ended.
        limit: most items.
    """
    changed = select(ItemChangeRow.item_id).where(
        ItemChangeRow.kind == kind, ItemChangeRow.at >= since, ItemChangeRow.at < until
    )
    query = select(ItemRow).where(ItemRow.id.in_(changed), *_shown())
    return list(session.scalars(query.order_by(ItemRow.findings.desc(), ItemRow.id).limit(limit)))


def overdue(session: Session, now: datetime, *, limit: int) -> list[ItemRow]:
    """Items whose time is over, the longest first."""
    query = select(ItemRow).where(ItemRow.due_at < now, ItemRow.state.not_in(ENDED), *_shown())
    return list(session.scalars(query.order_by(ItemRow.due_at, ItemRow.id).limit(limit)))


def growing(
    session: Session, since: datetime, until: datetime, *, limit: int
) -> list[tuple[UUID, str, int, int]]:
    """Themes with more interactions than in the equally long period before, by how many more.

    Returns:
        Id and name of each, its interactions in the period, and in the one before.
    """
    before = since - (until - since)
    interaction = ThemeMemberRow.interaction_id.distinct()
    now_count = func.count(interaction).filter(since <= _HAPPENED)
    before_count = func.count(interaction).filter(since > _HAPPENED)
    rows = session.execute(
        select(ThemeRow.id, ThemeRow.name, now_count, before_count)
        .join(ThemeMemberRow, ThemeMemberRow.theme_id == ThemeRow.id)
        .join(InteractionRow, InteractionRow.id == ThemeMemberRow.interaction_id)
        .where(ThemeRow.scope != ALL, ThemeRow.state == "active", ~ThemeRow.hidden)
        .where(before <= _HAPPENED, until > _HAPPENED)
        .group_by(ThemeRow.id, ThemeRow.name)
        .having(now_count > before_count)
        .order_by((now_count - before_count).desc(), now_count.desc(), ThemeRow.id)
        .limit(limit)
    )
    return [(id, name, now, then) for id, name, now, then in rows]


def alerts(
    session: Session, since: datetime, until: datetime, *, limit: int
) -> list[tuple[ThemeAlertRow, str]]:
    """Alerts that were told in a period and that nobody muted, with their themes' names."""
    rows = session.execute(
        select(ThemeAlertRow, ThemeRow.name)
        .join(ThemeRow, ThemeRow.id == ThemeAlertRow.theme_id)
        .where(
            ~ThemeAlertRow.muted,
            ThemeRow.scope != ALL,
            ThemeAlertRow.last >= since.date(),
            ThemeAlertRow.opened <= until.date(),
        )
        .order_by(ThemeAlertRow.peak.desc(), ThemeAlertRow.id)
        .limit(limit)
    )
    return [(alert, name) for alert, name in rows]


def names(session: Session, themes: Sequence[UUID]) -> dict[UUID, str]:
    """Names of themes, as far as the department sees them."""
    rows = session.execute(select(ThemeRow.id, ThemeRow.name).where(ThemeRow.id.in_(themes)))
    return dict(rows.all())


def quotes(session: Session, rows: Sequence[ItemRow]) -> dict[UUID, list[str]]:
    """Up to two quotes of each item, the surest first, of the findings that the department sees."""
    found: dict[UUID, list[str]] = {}
    for row in rows:
        query: Any = select(FindingRow.quote)
        if row.theme_id is None:
            query = query.where(FindingRow.id == row.finding_id)
        else:
            query = query.join(ThemeMemberRow, ThemeMemberRow.finding_id == FindingRow.id).where(
                ThemeMemberRow.theme_id == row.theme_id
            )
        query = query.order_by(FindingRow.unsure, FindingRow.confidence.desc(), FindingRow.id)
        found[row.id] = list(session.scalars(query.limit(2)))
    return found

"""Alerts of themes: kept day by day as `nlp.themes.alerts` tells them, answered by people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, text, update
from sqlalchemy.orm import Session

from api.store.department_tables import RoutedRow
from api.store.ids import new_id
from api.store.tables import InteractionRow
from api.store.theme_history import ThemeAlertRow, ThemeLineageRow, ThemeRunRow
from api.store.theme_tables import ThemeMemberRow, ThemeRow, ThemeScopeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts a list shows; what is None does not narrow it.

    Attributes:
        scope: of the theme.
        theme: of one theme.
        kind: burst, growing or emerging.
        state: open or closed.
        acknowledged: those that a person has seen, or the others.
        muted: those that a person wants to hear no more of, or the others.
    """

    scope: str | None = None
    theme: UUID | None = None
    kind: str | None = None
    state: str | None = None
    acknowledged: bool | None = None
    muted: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        row = ThemeAlertRow
        equal = (
            (row.scope, self.scope),
            (row.theme_id, self.theme),
            (row.kind, self.kind),
            (row.state, self.state),
            (row.muted, self.muted),
        )
        found: list[ColumnElement[bool]] = [
            column == value for column, value in equal if value is not None
        ]
        if self.acknowledged is not None:
            seen = row.acknowledged_at.is_not(None)
            found.append(seen if self.acknowledged else ~seen)
        return found


def list_page(
    session: Session, filter: AlertFilter, *, after: UUID | None = None, limit: int
) -> list[ThemeAlertRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(ThemeAlertRow).where(*filter.conditions())
    if after is not None:
        query = query.where(ThemeAlertRow.id < after)
    return list(session.scalars(query.order_by(ThemeAlertRow.id.desc()).limit(limit)))


def get(session: Session, id: UUID, *, lock: bool = False) -> ThemeAlertRow | None:
    """One alert, or None; locked, nobody else changes it until this transaction ends."""
    return session.get(ThemeAlertRow, id, with_for_update=lock, populate_existing=True)


def acknowledge(session: Session, row: ThemeAlertRow, *, acknowledged: bool = True) -> None:
    """Says that a person has seen it, or has not."""
    _change(session, row, {"acknowledged_at": func.now() if acknowledged else None})


def mute(session: Session, row: ThemeAlertRow, *, muted: bool = True) -> None:
    """Says that a person wants to hear no more of it, or does again."""
    _change(session, row, {"muted": muted})


def _change(session: Session, row: ThemeAlertRow, values: Mapping[str, Any]) -> None:
    session.execute(
        update(ThemeAlertRow)
        .where(ThemeAlertRow.id == row.id)
        .values(**values, revision=ThemeAlertRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def newest(session: Session, scope: str) -> dict[tuple[UUID, str], ThemeAlertRow]:
    """The newest alert of each theme and kind of a scope, open or closed; locked."""
    rows = session.scalars(
        select(ThemeAlertRow)
        .where(ThemeAlertRow.scope == scope)
        .order_by(ThemeAlertRow.opened, ThemeAlertRow.id)
        .with_for_update()
    )
    return {(row.theme_id, row.kind): row for row in rows}


def open_new(session: Session, values: Mapping[str, Any]) -> ThemeAlertRow:
    """Writes a new alert."""
    id = new_id()
    session.execute(insert(ThemeAlertRow).values(id=id, **values))
    return session.get_one(ThemeAlertRow, id)


def change(session: Session, row: ThemeAlertRow, values: Mapping[str, Any]) -> None:
    """Writes what a day did to an alert, if it did anything."""
    if any(getattr(row, column) != value for column, value in values.items()):
        _change(session, row, values)


def close_ended(session: Session, scope: str, day: date) -> None:
    """Closes the alerts of themes that are no more."""
    ended = select(ThemeRow.id).where(ThemeRow.scope == scope, ThemeRow.state != "active")
    session.execute(
        update(ThemeAlertRow)
        .where(ThemeAlertRow.state == "open", ThemeAlertRow.theme_id.in_(ended))
        .values(state="closed", closed=day, revision=ThemeAlertRow.revision + 1)
        .execution_options(synchronize_session=False)
    )


def departments(session: Session, theme: UUID) -> list[UUID]:
    """Those that a finding of a theme reached: they see its alerts."""
    routed, members = RoutedRow.__table__.c, ThemeMemberRow.__table__.c
    found = (
        select(routed.department_id)
        .join(ThemeMemberRow.__table__, members.finding_id == routed.finding_id)
        .where(members.theme_id == theme)
        .distinct()
        .order_by(routed.department_id)
    )
    return list(session.scalars(found))


def watched(session: Session, scope: str) -> date | None:
    """The last day that a scope was looked at for alerts; the scope is kept for this transaction.

    Of two that look at once, the second waits, and then sees what the first wrote.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"alerts {scope}"}
    )
    return session.scalar(select(ThemeScopeRow.watched).where(ThemeScopeRow.scope == scope))


def set_watched(session: Session, scope: str, day: date) -> None:
    """Says that a scope was looked at up to a day."""
    session.execute(
        update(ThemeScopeRow)
        .where(ThemeScopeRow.scope == scope)
        .values(watched=day)
        .execution_options(synchronize_session=False)
    )


def unwatched(session: Session, today: date) -> list[str]:
    """The scopes that were gathered, and were not looked at today."""
    rows = select(ThemeScopeRow.scope).where(
        ThemeScopeRow.clustered_at.is_not(None),
        ThemeScopeRow.watched.is_(None) | (ThemeScopeRow.watched < today),
    )
    return list(session.scalars(rows.order_by(ThemeScopeRow.scope)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """When a theme came up.

    Attributes:
        theme: its id.
        made: when a clustering first found it.
        spoken: when the first of its interactions happened.
        is_first: whether that was the first clustering of its scope, to which all is new.
    """

    theme: UUID
    made: datetime
    spoken: datetime
    is_first: bool


def births(session: Session, scope: str, themes: Collection[UUID]) -> list[Birth]:
    """Those of the themes that are new, and no part of an older one."""
    happened = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)
    first_run = (
        select(ThemeRunRow.id)
        .where(ThemeRunRow.scope == scope, ThemeRunRow.state == "done")
        .order_by(ThemeRunRow.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            ThemeRow.id,
            ThemeRow.born_at,
            func.min(happened),
            func.bool_or(ThemeLineageRow.run_id == first_run),
        )
        .join(ThemeLineageRow, ThemeLineageRow.theme_id == ThemeRow.id)
        .join(ThemeMemberRow, ThemeMemberRow.theme_id == ThemeRow.id)
        .join(InteractionRow, InteractionRow.id == ThemeMemberRow.interaction_id)
        .where(ThemeRow.scope == scope, ThemeRow.id.in_(themes), ThemeLineageRow.kind == "born")
        .group_by(ThemeRow.id)
        .order_by(ThemeRow.id)
    )
    return [
        Birth(theme=id, made=made, spoken=spoken, is_first=is_first)
        for id, made, spoken, is_first in rows
    ]

"""Reports on drift and the alerts that they raise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from api.store import events
from api.store.drift_tables import DriftAlertRow, DriftReportRow
from api.store.ids import new_id
from api.store.tables import InteractionRow

LOCK = 0x64726674
"""Whoever makes a report holds it: one worker at a time does."""

_ASK = text(
    "INSERT INTO drift_reports (id) VALUES (:id)"
    " ON CONFLICT (state) WHERE state = 'waiting' DO NOTHING"
)


def ask(session: Session) -> DriftReportRow:
    """The report that waits to be made; a new one where none does."""
    session.execute(_ASK, {"id": new_id()})
    return session.scalars(select(DriftReportRow).where(DriftReportRow.state == "waiting")).one()


def waiting(session: Session) -> DriftReportRow | None:
    """The report that somebody waits for."""
    return session.scalar(select(DriftReportRow).where(DriftReportRow.state == "waiting"))


def newest(session: Session) -> DriftReportRow | None:
    """The newest report that is made."""
    return session.scalar(
        select(DriftReportRow)
        .where(DriftReportRow.state == "done")
        .order_by(DriftReportRow.made_at.desc(), DriftReportRow.id.desc())
        .limit(1)
    )


def is_due(session: Session, *, every: timedelta) -> bool:
    """Whether somebody waits for a report, or the newest is too old; not where nothing is mined."""
    if waiting(session) is not None:
        return True
    made = session.scalar(select(func.max(DriftReportRow.made_at) > func.now() - every))
    if made:
        return False
    mined = select(InteractionRow.id).where(InteractionRow.state == "mined").limit(1)
    return session.scalar(mined) is not None


def finish(session: Session, row: DriftReportRow, values: Mapping[str, Any]) -> None:
    """Writes what a report says."""
    session.execute(
        update(DriftReportRow)
        .where(DriftReportRow.id == row.id)
        .values(state="done", made_at=func.now(), **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def reports(session: Session, *, after: UUID | None, limit: int) -> list[DriftReportRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(DriftReportRow)
    if after is not None:
        query = query.where(DriftReportRow.id < after)
    return list(session.scalars(query.order_by(DriftReportRow.id.desc()).limit(limit)))


def report(session: Session, id: UUID) -> DriftReportRow | None:
    """One report, or None."""
    return session.get(DriftReportRow, id)


def there(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the interactions that were not erased."""
    return set(session.scalars(select(InteractionRow.id).where(InteractionRow.id.in_(ids))))


def alerts(
    session: Session, *, is_open: bool | None, after: UUID | None, limit: int
) -> list[DriftAlertRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(DriftAlertRow)
    if is_open is not None:
        closed = DriftAlertRow.closed
        query = query.where(closed.is_(None) if is_open else closed.is_not(None))
    if after is not None:
        query = query.where(DriftAlertRow.id < after)
    return list(session.scalars(query.order_by(DriftAlertRow.id.desc()).limit(limit)))


def alert(session: Session, id: UUID, *, lock: bool = False) -> DriftAlertRow | None:
    """One alert, or None; locked, nobody else changes it until this transaction ends."""
    return session.get(DriftAlertRow, id, with_for_update=lock, populate_existing=True)


def open_alert(session: Session) -> DriftAlertRow | None:
    """The alert that is open; locked."""
    return session.scalar(
        select(DriftAlertRow).where(DriftAlertRow.closed.is_(None)).with_for_update()
    )


def settled(session: Session) -> list[date]:
    """Mondays from which on people took what moved for the new state of things."""
    rows = select(DriftAlertRow.opened).where(DriftAlertRow.settled)
    return sorted(set(session.scalars(rows)))


def raise_alert(session: Session, values: Mapping[str, Any]) -> DriftAlertRow:
    """Writes a new alert."""
    id = new_id()
    session.execute(insert(DriftAlertRow).values(id=id, **values))
    return session.get_one(DriftAlertRow, id)


def accepted(session: Session, model: str) -> set[str]:
    """What lies outside the training data of a model, and people took for the state of things."""
    row = DriftAlertRow
    listed = session.scalars(select(row.figures).where(row.settled, row.model == model))
    return {name for names in listed for name in names if name.startswith("training ")}


def close(
    session: Session,
    row: DriftAlertRow,
    *,
    day: date,
    reason: Literal["model", "steady", "settled"],
    values: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Ends an alert that is open, and tells of it.

    Args:
        session: the transaction, which locks the row.
        row: the alert.
        day: from which on it is over.
        reason: another model, nothing that moves any more, or people who took it for how things
            are.
        values: what else changes of it.
    """
    over = {"closed": max(day, row.opened), "settled": reason == "settled"}
    change(session, row, {**values, **over})
    emit(session, "drift.closed", row.id, {"reason": reason, "moved": 0})


def emit(session: Session, type: str, alert: UUID, data: Mapping[str, Any]) -> None:
    """Tells everybody of what happened to an alert: an event with its address."""
    url = f"/v1/drift/alerts/{alert}"
    events.emit(session, type, {"alert": str(alert), "url": url, **data}, department=None)


def change(session: Session, row: DriftAlertRow, values: Mapping[str, Any]) -> None:
    """Writes what a report or a person says to an alert, if that changes anything."""
    if any(getattr(row, name) != value for name, value in values.items()):
        session.execute(
            update(DriftAlertRow)
            .where(DriftAlertRow.id == row.id)
            .values(**values, revision=DriftAlertRow.revision + 1)
            .execution_options(synchronize_session=False)
        )
        session.refresh(row)


@dataclass(frozen=True, slots=True)
class Told:
    """What the newest report says of one figure."""

    value: float | None
    moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """What the newest report says, for whoever watches over the service.

    Attributes:
        seconds: since it was made.
        alert: whether an alert is open.
        figures: by what they are held against, channel and name.
    """

    seconds: float
    alert: bool
    figures: Mapping[tuple[str, str, str], Told]


def told(session: Session) -> Newest | None:
    """The newest report in numbers, or None where there is none."""
    row = newest(session)
    if row is None or row.body is None:
        return None
    age = select(func.extract("epoch", func.now() - DriftReportRow.made_at))
    seconds = session.scalar(age.where(DriftReportRow.id == row.id)) or 0.0
    is_open = select(DriftAlertRow.id).where(DriftAlertRow.closed.is_(None))
    return Newest(
        seconds=float(seconds),
        alert=session.scalar(is_open) is not None,
        figures={
            (one["against"], one["channel"], one["figure"]): Told(
                one["value"], one["verdict"] == "moved"
            )
            for one in row.body["figures"]
            if one["verdict"] != "untold"
        },
    )

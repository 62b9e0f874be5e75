"""Webhooks: where events are sent, and who may know about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from api.store.ids import new_id
from api.store.push_tables import WebhookRow


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFilter:
    """Which webhooks a list shows; what is None does not narrow it.

    Attributes:
        department: those of one department.
        enabled: those that are switched on, or the others.
        failing: those of which every try fails by now, or the others.
    """

    department: UUID | None = None
    enabled: bool | None = None
    failing: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.department is not None:
            found.append(WebhookRow.department_id == self.department)
        if self.enabled is not None:
            found.append(WebhookRow.enabled == self.enabled)
        if self.failing is not None:
            fails = WebhookRow.failing_since.is_not(None)
            found.append(fails if self.failing else ~fails)
        return found


def create(session: Session, values: Mapping[str, Any]) -> WebhookRow:
    """A new one."""
    id = new_id()
    session.execute(insert(WebhookRow).values(id=id, **values))
    return session.get_one(WebhookRow, id)


def get(session: Session, id: UUID, *, lock: bool = False) -> WebhookRow | None:
    """One webhook, or None; locked, nobody else changes it until this transaction ends."""
    query = select(WebhookRow).where(WebhookRow.id == id)
    if lock:
        # Deliveries may be added meanwhile: they name its id, which does not change.
        query = query.with_for_update(key_share=True)
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def list_page(
    session: Session, filter: WebhookFilter, *, after: UUID | None = None, limit: int
) -> list[WebhookRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(WebhookRow).where(*filter.conditions())
    if after is not None:
        query = query.where(WebhookRow.id < after)
    return list(session.scalars(query.order_by(WebhookRow.id.desc()).limit(limit)))


def change(session: Session, row: WebhookRow, values: Mapping[str, Any]) -> None:
    """Writes what a person changed; its revision goes up."""
    _write(session, row, {**values, "revision": WebhookRow.revision + 1})


def rotate(session: Session, row: WebhookRow, secret: bytes, *, until: datetime) -> None:
    """Takes a new secret, and signs with the one before too for a while.

    Args:
        session: the transaction.
        row: locked.
        secret: the new one, encrypted.
        until: when the one before ends.
    """
    change(session, row, {"secret": secret, "old_secret": row.secret, "old_until": until})


def fails(session: Session, row: WebhookRow) -> None:
    """Notes that a try failed, and since when all do."""
    if row.failing_since is None:
        _write(session, row, {"failing_since": func.now()})


def works(session: Session, row: WebhookRow) -> None:
    """Notes that a try did not fail."""
    if row.failing_since is not None:
        _write(session, row, {"failing_since": None})


def disable(session: Session, row: WebhookRow, reason: str) -> None:
    """Switches it off, because of what its receiver does."""
    change(session, row, {"enabled": False, "disabled_reason": reason})


def remove(session: Session, row: WebhookRow) -> None:
    """Deletes it with its deliveries."""
    session.execute(
        delete(WebhookRow)
        .where(WebhookRow.id == row.id)
        .execution_options(synchronize_session=False)
    )
    session.expunge(row)


def _write(session: Session, row: WebhookRow, values: Mapping[str, Any]) -> None:
    session.execute(
        update(WebhookRow)
        .where(WebhookRow.id == row.id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)

"""Events: written in the transaction of what happened, read on in the order of their becoming seen.

Each has one id for good, whichever way and however often it is delivered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, insert, or_, select, tuple_
from sqlalchemy import Text as SqlText
from sqlalchemy.orm import Session

from api.store import deliveries
from api.store.department_tables import EventRow
from api.store.ids import new_id


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """The place of an event in the order in which events are read on."""

    transaction: int
    position: int


START = Mark(0, 0)
"""Before every event."""


def emit(session: Session, type: str, data: Mapping[str, Any], *, department: UUID | None) -> UUID:
    """Writes down that something happened, and that it is on its way to who waits for it.

    Args:
        session: the transaction in which it happened.
        type: such as `item.opened`.
        data: ids, states and numbers; never a customer's words.
        department: whom it concerns; None where it concerns everybody.

    Returns:
        The event's id.
    """
    id = new_id()
    values = {"id": id, "type": type, "data": dict(data), "department_id": department}
    session.execute(insert(EventRow).values(values))
    deliveries.fan_out(session, id, type, department)
    return id


def emit_test(session: Session, webhook: UUID, *, department: UUID | None) -> tuple[UUID, UUID]:
    """An event that goes to one webhook alone and stands in no list: the ids of both."""
    id = new_id()
    data = {"webhook": str(webhook), "url": f"/v1/webhooks/{webhook}"}
    values = {"id": id, "type": deliveries.TEST, "data": data, "department_id": department}
    session.execute(insert(EventRow).values(values))
    return id, deliveries.only_to(session, webhook, id)


def after(session: Session, mark: Mark, *, types: Sequence[str] = (), limit: int) -> list[EventRow]:
    """The next events in their order, as far as no transaction that still runs can add one before.

    Args:
        session: whose view narrows them.
        mark: of the last one that was read.
        types: that are wanted, such as `item.opened`, or `item.` for all that begin so; all where
            there are none.
        limit: most events.
    """
    place = tuple_(EventRow.transaction, EventRow.position)
    query = (
        select(EventRow)
        .where(
            place > (mark.transaction, mark.position),
            EventRow.transaction < _settled(),
            EventRow.type != deliveries.TEST,
        )
        .order_by(EventRow.transaction, EventRow.position)
        .limit(limit)
    )
    if types:
        whole = [type for type in types if not type.endswith(".")]
        begun = [EventRow.type.startswith(type) for type in types if type.endswith(".")]
        query = query.where(or_(EventRow.type.in_(whole), *begun))
    return list(session.scalars(query))


def newest(session: Session) -> Mark:
    """The place from which on only what happens from now on is read."""
    found = session.execute(
        select(EventRow.transaction, EventRow.position)
        .where(EventRow.transaction < _settled())
        .order_by(EventRow.transaction.desc(), EventRow.position.desc())
        .limit(1)
    ).one_or_none()
    return START if found is None else Mark(found.transaction, found.position)


def _settled() -> Any:
    """The oldest transaction that still runs: all before it are seen or never will be."""
    oldest = func.pg_snapshot_xmin(func.pg_current_snapshot())
    return cast(cast(oldest, SqlText), BigInteger)

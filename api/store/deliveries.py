"""Deliveries: each event on its way to each webhook that waits for it, and every try.

A delivery is written, and put into the queue, in the transaction of its event: either both are
there or neither. The row says what is still to do; a job of the queue only says when to look.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import procrastinate
from procrastinate.types import JSONDict
from sqlalchemy import ColumnElement, any_, func, insert, literal, or_, select, text, update
from sqlalchemy.orm import Session

from api.store.department_tables import WHOLE, EventRow
from api.store.ids import new_id
from api.store.push_tables import DeliveryRow, DeliveryTryRow, WebhookRow

QUEUE = "deliver"
"""Of its own: receivers that hang hold up no mining."""
TASK = "deliver"
TEST = "webhook.test"
"""The type of the event that the test button sends to one webhook."""

_BATCH = 1_000

# Never opened: jobs are written over the connection of the session that writes the rows.
_queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery that is due, with what is needed to send it.

    Attributes:
        delivery: how far it is.
        webhook: where to.
        event: what.
    """

    delivery: DeliveryRow
    webhook: WebhookRow
    event: EventRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """What became of one try.

    Attributes:
        status: of the answer, or None.
        error: why it failed, or None.
        milliseconds: that it took.
        due: when the next one is; None where there is none.
    """

    status: int | None
    error: str | None
    milliseconds: int
    due: datetime | None = None


def fan_out(session: Session, event: UUID, type: str, department: UUID | None) -> None:
    """Writes a delivery for each webhook that waits for an event, and puts it into the queue.

    Args:
        session: the transaction of the event, whatever it may see: nobody reads by this.
        event: its id.
        type: of it.
        department: whom it concerns; None where it concerns everybody.
    """
    hook = WebhookRow.__table__.c
    ours = [hook.enabled, or_(func.cardinality(hook.types) == 0, literal(type) == any_(hook.types))]
    if department is not None:
        ours.append(or_(hook.department_id.is_(None), hook.department_id == department))
    elif type in WHOLE:
        ours.append(hook.department_id.is_(None))
    # Shared: a webhook that is being deleted is waited for, and then not there.
    query = select(hook.id).where(*ours).order_by(hook.id)
    found = session.scalars(query.with_for_update(read=True, key_share=True)).all()
    rows = [{"id": new_id(), "webhook_id": id, "event_id": event} for id in found]
    if rows:
        session.execute(insert(DeliveryRow), rows)
        defer(session, [row["id"] for row in rows])


def only_to(session: Session, webhook: UUID, event: UUID) -> UUID:
    """Writes the delivery of an event to one webhook alone, which the caller tries at once."""
    id = new_id()
    session.execute(insert(DeliveryRow).values(id=id, webhook_id=webhook, event_id=event))
    return id


def defer(session: Session, ids: Iterable[UUID], *, at: datetime | None = None) -> None:
    """Puts deliveries into the queue, in this transaction.

    Args:
        session: the transaction.
        ids: one job each: a receiver that hangs holds up no other.
        at: when they are due; at once where None.
    """
    jobs: list[JSONDict] = [{"delivery": str(id)} for id in ids]
    for start in range(0, len(jobs), _BATCH):
        _queue.configure_task(
            TASK,
            queue=QUEUE,
            schedule_at=at,
            connection=session.connection().connection.driver_connection,
        ).batch_defer(*jobs[start : start + _BATCH])


def due(session: Session, id: UUID) -> Due | None:
    """A delivery that is to be tried now, or None: it is done, dead, due later, or gone."""
    query = (
        select(DeliveryRow, WebhookRow, EventRow)
        .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        # The queue's clock and the row's are two: a second is not worth another round.
        .where(DeliveryRow.id == id, DeliveryRow.due_at <= func.now() + text("interval '1 s'"))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    delivery, webhook, event = found
    return Due(delivery=delivery, webhook=webhook, event=event)


def postpone(session: Session, id: UUID, *, at: datetime) -> None:
    """Puts a delivery off without a try; the queue looks again then."""
    _change(session, [DeliveryRow.id == id, DeliveryRow.state == "pending"], due_at=at)
    defer(session, [id], at=at)


def record(session: Session, id: UUID, tried: Try) -> DeliveryRow | None:
    """Writes a try down, and what it makes of the delivery.

    Args:
        session: the transaction, in which the webhook is locked.
        id: of the delivery.
        tried: what became of the try. Without an error it is delivered; with one it is due again,
            or dead where no time is given.

    Returns:
        The delivery, or None where it is gone.
    """
    row = session.get(DeliveryRow, id, with_for_update=True, populate_existing=True)
    if row is None:
        return None
    session.execute(
        insert(DeliveryTryRow).values(
            delivery_id=id,
            number=row.tries + 1,
            at=func.now() - func.make_interval(0, 0, 0, 0, 0, 0, tried.milliseconds / 1000),
            milliseconds=tried.milliseconds,
            status=tried.status,
            error=tried.error,
        )
    )
    values: dict[str, Any] = {"tries": row.tries + 1, "round_tries": row.round_tries + 1}
    # Delivered once is delivered, whatever becomes of a try that ran beside it.
    if row.state != "delivered":
        values |= {"status": tried.status, "error": tried.error, "due_at": tried.due}
        if tried.error is None:
            values |= {"state": "delivered", "delivered_at": func.now(), "due_at": None}
        else:
            values["state"] = "pending" if tried.due is not None else "dead"
    _change(session, [DeliveryRow.id == id], **values)
    if tried.due is not None and values.get("state") == "pending":
        defer(session, [id], at=tried.due)
    session.refresh(row)
    return row


def replay(session: Session, webhook: UUID, *, id: UUID) -> bool:
    """Sends a delivery again, under the same id; whether it was not under way already."""
    wanted = [DeliveryRow.id == id, DeliveryRow.webhook_id == webhook]
    return bool(_again(session, [*wanted, DeliveryRow.state != "pending"]))


def replay_dead(session: Session, webhook: UUID, *, since: datetime, limit: int = 10_000) -> int:
    """Sends again what is dead and was made since then, the oldest first; how many there are."""
    oldest = (
        select(DeliveryRow.id)
        .where(
            DeliveryRow.webhook_id == webhook,
            DeliveryRow.state == "dead",
            DeliveryRow.created_at >= since,
        )
        .order_by(DeliveryRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return len(_again(session, [DeliveryRow.id.in_(session.scalars(oldest).all())]))


def _again(session: Session, wanted: Sequence[ColumnElement[bool]]) -> Sequence[UUID]:
    found = _change(
        session, wanted, state="pending", round_tries=0, due_at=func.now(), delivered_at=None
    )
    defer(session, found)
    return found


def _change(
    session: Session, wanted: Sequence[ColumnElement[bool]], **values: Any
) -> Sequence[UUID]:
    changed = (
        update(DeliveryRow)
        .where(*wanted)
        .values(values)
        .returning(DeliveryRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(changed).all()


def sweep(session: Session, *, limit: int = 10_000) -> int:
    """Puts into the queue what is due and in no job: its job failed, or was lost.

    Args:
        session: the transaction.
        limit: most deliveries at once, the oldest first.

    Returns:
        How many there were.
    """
    found = session.scalars(
        text(
            """
            SELECT delivery.id FROM webhook_deliveries delivery
            LEFT JOIN (
                SELECT (args ->> 'delivery')::uuid AS id FROM procrastinate_jobs
                WHERE task_name = :task AND status IN ('todo', 'doing')
            ) queued ON queued.id = delivery.id
            WHERE delivery.state = 'pending' AND delivery.due_at <= now() AND queued.id IS NULL
            ORDER BY delivery.id LIMIT :limit
            """
        ),
        {"task": TASK, "limit": limit},
    )
    ids: Sequence[UUID] = found.all()
    defer(session, ids)
    return len(ids)


def get(session: Session, webhook: UUID, id: UUID) -> tuple[DeliveryRow, EventRow] | None:
    """One delivery of a webhook with its event, or None."""
    query = _listed(webhook).where(DeliveryRow.id == id)
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def list_page(
    session: Session,
    webhook: UUID,
    *,
    state: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[tuple[DeliveryRow, EventRow]]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = _listed(webhook)
    if state is not None:
        query = query.where(DeliveryRow.state == state)
    if after is not None:
        query = query.where(DeliveryRow.id < after)
    rows = session.execute(query.order_by(DeliveryRow.id.desc()).limit(limit))
    return [(delivery, event) for delivery, event in rows]


def _listed(webhook: UUID) -> Any:
    return (
        select(DeliveryRow, EventRow)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .where(DeliveryRow.webhook_id == webhook)
    )


def tries(session: Session, id: UUID) -> list[DeliveryTryRow]:
    """Every try of a delivery, the first one first."""
    query = select(DeliveryTryRow).where(DeliveryTryRow.delivery_id == id)
    return list(session.scalars(query.order_by(DeliveryTryRow.number)))

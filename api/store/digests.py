"""Digests that departments get by mail, and what became of that of each period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import procrastinate
from procrastinate.types import JSONDict
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store import deliveries
from api.store.ids import new_id
from api.store.push_tables import DigestMailRow, DigestRow

TASK = "digest"

# Never opened: jobs are written over the connection of the session that writes the rows.
_queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFilter:
    """Which digests a list shows; what is None does not narrow it.

    Attributes:
        department: those of one department.
        enabled: those that are switched on, or the others.
    """

    department: UUID | None = None
    enabled: bool | None = None


def create(session: Session, values: Mapping[str, Any]) -> DigestRow:
    """A new one."""
    id = new_id()
    session.execute(insert(DigestRow).values(id=id, **values))
    return session.get_one(DigestRow, id)


def get(session: Session, id: UUID, *, lock: bool = False) -> DigestRow | None:
    """One digest, or None; locked, nobody else changes it until this transaction ends."""
    return session.get(DigestRow, id, with_for_update=lock, populate_existing=True)


def list_page(
    session: Session, filter: DigestFilter, *, after: UUID | None = None, limit: int
) -> list[DigestRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(DigestRow)
    if filter.department is not None:
        query = query.where(DigestRow.department_id == filter.department)
    if filter.enabled is not None:
        query = query.where(DigestRow.enabled == filter.enabled)
    if after is not None:
        query = query.where(DigestRow.id < after)
    return list(session.scalars(query.order_by(DigestRow.id.desc()).limit(limit)))


def change(session: Session, row: DigestRow, values: Mapping[str, Any]) -> None:
    """Writes what a person changed; its revision goes up."""
    _write(session, row, {**values, "revision": DigestRow.revision + 1})


def remove(session: Session, row: DigestRow) -> None:
    """Deletes it with what is known of its mails."""
    session.execute(
        delete(DigestRow).where(DigestRow.id == row.id).execution_options(synchronize_session=False)
    )
    session.expunge(row)


def due(session: Session, now: datetime, *, limit: int = 100) -> list[DigestRow]:
    """Those of which a period is over; locked, and left to whoever has them already."""
    query = (
        select(DigestRow)
        .where(DigestRow.enabled, DigestRow.next_at <= now)
        .order_by(DigestRow.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def plan(session: Session, row: DigestRow, *, since: datetime, next_at: datetime) -> None:
    """Writes the mail of the period that is over, puts it into the queue, and sets the next one.

    Args:
        session: the transaction.
        row: locked; its `next_at` is when the period ended.
        since: when it began.
        next_at: when the next one ends.
    """
    id = new_id()
    planned = session.scalar(
        upsert(DigestMailRow)
        .values(id=id, digest_id=row.id, since=since, until=row.next_at)
        .on_conflict_do_nothing(index_elements=["digest_id", "until"])
        .returning(DigestMailRow.id)
    )
    if planned is not None:
        defer(session, [planned])
    _write(session, row, {"next_at": next_at})


def defer(session: Session, ids: Sequence[UUID], *, at: datetime | None = None) -> None:
    """Puts mails into the queue, in this transaction; `at` says when, at once where None."""
    jobs: list[JSONDict] = [{"mail": str(id)} for id in ids]
    if jobs:
        _queue.configure_task(
            TASK,
            queue=deliveries.QUEUE,
            schedule_at=at,
            connection=session.connection().connection.driver_connection,
        ).batch_defer(*jobs)


def take(session: Session, id: UUID, *, lease: timedelta) -> DigestMailRow | None:
    """A mail that is to be sent now; None where it is sent, dead, later or gone.

    It is nobody else's until the lease ends: no transaction stays open while a mail server is
    talked to.
    """
    taken = (
        update(DigestMailRow)
        .where(DigestMailRow.id == id, DigestMailRow.due_at <= func.now() + text("interval '1 s'"))
        .values(due_at=func.now() + lease)
        .returning(DigestMailRow)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(taken).one_or_none()


def sent(session: Session, row: DigestMailRow, *, refused: int) -> None:
    """Notes that a mail server took it, for all recipients but so many."""
    values = {"state": "sent", "sent_at": func.now(), "due_at": None, "error": None}
    _tried(session, row, {**values, "refused": refused})


def failed(session: Session, row: DigestMailRow, error: str, *, due: datetime | None) -> None:
    """Notes that it could not be sent, and when it is tried again; None gives it up."""
    state = "dead" if due is None else "pending"
    _tried(session, row, {"state": state, "due_at": due, "error": error})
    if due is not None:
        defer(session, [row.id], at=due)


def mails_page(
    session: Session, digest: UUID, *, after: UUID | None = None, limit: int
) -> list[DigestMailRow]:
    """The mails of a digest, the newest first; `after` is the id of the last one before."""
    query = select(DigestMailRow).where(DigestMailRow.digest_id == digest)
    if after is not None:
        query = query.where(DigestMailRow.id < after)
    return list(session.scalars(query.order_by(DigestMailRow.id.desc()).limit(limit)))


def sweep(session: Session, *, limit: int = 1_000) -> int:
    """Puts into the queue what is due and in no job; how many mails there were."""
    found = session.scalars(
        text(
            """
            SELECT id FROM digest_mails mail
            WHERE state = 'pending' AND due_at <= now() AND NOT EXISTS (
                SELECT FROM procrastinate_jobs
                WHERE task_name = :task AND status IN ('todo', 'doing')
                AND args ->> 'mail' = mail.id::text
            ) ORDER BY id LIMIT :limit
            """
        ),
        {"task": TASK, "limit": limit},
    )
    ids: Sequence[UUID] = found.all()
    defer(session, ids)
    return len(ids)


def _tried(session: Session, row: DigestMailRow, values: Mapping[str, Any]) -> None:
    session.execute(
        update(DigestMailRow)
        .where(DigestMailRow.id == row.id)
        .values(**values, tries=DigestMailRow.tries + 1)
        .execution_options(synchronize_session=False)
    )


def _write(session: Session, row: DigestRow, values: Mapping[str, Any]) -> None:
    session.execute(
        update(DigestRow)
        .where(DigestRow.id == row.id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)

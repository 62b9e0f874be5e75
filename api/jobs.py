"""The queue: work is put into it in the transaction of the rows that it is about.

The queue itself is procrastinate's. One job mines up to `BATCH` interactions and carries their ids,
nothing else. The rows say what is still to do: `recover` puts back into the queue what a dead
worker held, and what no job holds any more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import procrastinate
from procrastinate.types import JSONDict, JSONValue
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.store import deliveries, digests

BATCH = 32
"""Interactions of one job: enough to fill the encoder, few enough to lose little by a kill."""

QUEUE = "mine"
DELIVER_QUEUE = deliveries.QUEUE
THEMES_QUEUE = "themes"
"""Of its own: gathering themes takes minutes, and what comes in is mined meanwhile."""

TRAIN_QUEUE = "train"
"""Of its own too: a training takes longer still."""

MINE = "mine"
BACKFILL = "backfill"
ROUTE = "route"
REMINE = "remine"
MEASURE = "measure"
THEMES = "themes"
TRAIN = "train"
SHADOW = "shadow"
ERASE = "erase"
DELIVER = deliveries.TASK
DIGEST = digests.TASK
"""The tasks' names. What they do is bound to them in `api.worker`: a web process never loads that.
"""

_LATER = -1
"""Priority of a backfill, of themes and of a shadow run: what comes in new goes before."""

_SOONER = 1
"""Priority of an erasure: somebody has a right to it, and a long queue does not put it off."""

# Never opened: jobs are written over the connection of the session that writes the rows.
_queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

_RECOVER_LOCK = 0x72656376


def defer_mining(session: Session, ids: Iterable[UUID], *, delay: int = 0) -> None:
    """Puts interactions into the queue, in this transaction.

    Args:
        session: the transaction that stored them.
        ids: any number of them; each job takes up to `BATCH`.
        delay: seconds until a worker may begin.
    """
    names: list[JSONValue] = [str(id) for id in ids]
    jobs: list[JSONDict] = [{"ids": names[at : at + BATCH]} for at in range(0, len(names), BATCH)]
    if not jobs:
        return
    _queue.configure_task(
        MINE,
        queue=QUEUE,
        schedule_in={"seconds": delay} if delay else None,
        connection=session.connection().connection.driver_connection,
    ).batch_defer(*jobs)


def defer_backfill(session: Session, job: UUID) -> None:
    """Puts the next batch of a category's backfill into the queue, in this transaction."""
    _defer(session, job, BACKFILL, priority=_LATER)


def defer_routing(session: Session, job: UUID) -> None:
    """Puts the next batch of a rule that is applied to older findings into the queue."""
    _defer(session, job, ROUTE, priority=_LATER)


def defer_themes(session: Session, job: UUID) -> None:
    """Puts a job that gathers themes into the queue, in this transaction; one runs at a time."""
    _defer(session, job, THEMES, queue=THEMES_QUEUE, priority=_LATER, lock=THEMES)


def defer_training(session: Session, job: UUID) -> None:
    """Puts a training into the queue, in this transaction; one runs at a time."""
    _defer(session, job, TRAIN, queue=TRAIN_QUEUE, priority=_LATER, lock=TRAIN)


def defer_shadow(session: Session, ids: Iterable[UUID]) -> None:
    """Has a candidate read interactions too, after all that waits to be mined."""
    names: list[JSONValue] = [str(id) for id in ids]
    _queue.configure_task(
        SHADOW,
        queue=QUEUE,
        priority=_LATER,
        connection=session.connection().connection.driver_connection,
    ).defer(ids=names)


def defer_remining(session: Session, job: UUID) -> None:
    """Puts the next batch of what is mined again into the queue, in this transaction."""
    _defer(session, job, REMINE, priority=_LATER)


def defer_measuring(session: Session, job: UUID) -> None:
    """Puts a job that measures a candidate into the queue, in this transaction."""
    _defer(session, job, MEASURE, priority=_LATER)


def defer_erasure(session: Session, job: UUID) -> None:
    """Puts the next batch of an erasure into the queue, in this transaction."""
    _defer(session, job, ERASE, priority=_SOONER)


def _defer(session: Session, job: UUID, task: str, *, queue: str = QUEUE, **options: Any) -> None:
    """Puts the next step of a job that somebody waits for into the queue."""
    _queue.configure_task(
        task,
        queue=queue,
        connection=session.connection().connection.driver_connection,
        **options,
    ).defer(job=str(job))


def recover(session: Session, *, stalled: timedelta) -> int:
    """Puts back into the queue what dead workers held. Does nothing while another recovers.

    Args:
        session: the transaction.
        stalled: silence after which a worker counts as dead.

    Returns:
        How many jobs go back.
    """
    if not alone(session):
        return 0
    # Finished meanwhile, or being finished right now, is left alone: hence the lock on the row.
    back = session.execute(
        text(
            """
            WITH held AS (
                SELECT job.id FROM procrastinate_jobs job
                LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
                WHERE job.status = 'doing' AND job.queue_name = ANY(:queues)
                AND (worker.id IS NULL OR worker.last_heartbeat < now() - :stalled)
                FOR UPDATE OF job SKIP LOCKED
            )
            SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM held
            """
        ),
        {"queues": [QUEUE, THEMES_QUEUE, TRAIN_QUEUE, DELIVER_QUEUE], "stalled": stalled},
    )
    return len(back.all())


def sweep(session: Session, *, limit: int = 10_000) -> int:
    """Puts into the queue what waits and is in no job: its job failed, or was lost.

    Args:
        session: the transaction.
        limit: most interactions at once, the oldest first.

    Returns:
        How many interactions, backfills, re-clusterings, other jobs and deliveries there were.
    """
    if not alone(session):
        return 0
    found = session.scalars(
        text(
            """
            SELECT interaction.id FROM interactions interaction
            LEFT JOIN (
                SELECT jsonb_array_elements_text(args -> 'ids')::uuid AS id
                FROM procrastinate_jobs
                WHERE task_name = :task AND status IN ('todo', 'doing')
            ) queued ON queued.id = interaction.id
            WHERE interaction.state = 'accepted' AND queued.id IS NULL
            ORDER BY interaction.id LIMIT :limit
            """
        ),
        {"task": MINE, "limit": limit},
    )
    ids: Sequence[UUID] = found.all()
    defer_mining(session, ids)
    lost = _lost(session)
    for kind, job in lost:
        _WAITED_FOR[kind](session, job)
    pushed = deliveries.sweep(session) + digests.sweep(session)
    return len(ids) + len(lost) + pushed


_WAITED_FOR: Mapping[str, Callable[[Session, UUID], None]] = {
    BACKFILL: defer_backfill,
    THEMES: defer_themes,
    ROUTE: defer_routing,
    ERASE: defer_erasure,
    TRAIN: defer_training,
    REMINE: defer_remining,
    MEASURE: defer_measuring,
}
"""Kinds of jobs that somebody waits for, called as their tasks: how each gets into the queue."""


def _lost(session: Session) -> list[tuple[str, UUID]]:
    """Kind and id of the jobs that run and are not in the queue, the oldest first."""
    found = session.execute(
        text(
            """
            SELECT kind, id FROM jobs
            WHERE kind = ANY(:kinds) AND state = 'running' AND NOT EXISTS (
                SELECT FROM procrastinate_jobs
                WHERE task_name = jobs.kind AND status IN ('todo', 'doing')
                AND args ->> 'job' = jobs.id::text
            )
            ORDER BY id
            """
        ),
        {"kinds": list(_WAITED_FOR)},
    )
    return [(kind, id) for kind, id in found]


def alone(session: Session) -> bool:
    """Whether no other process recovers or sweeps; holds until the transaction ends."""
    return bool(
        session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _RECOVER_LOCK})
    )

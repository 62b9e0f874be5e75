"""Jobs: uploads of many, backfills and re-clusterings: how far they are, what was rejected.

Not the queue: that is `api.jobs`. A job here is what a caller sees.

Whoever locks several rows takes interactions before jobs, and both in the order of their ids, so
that no two transactions wait for each other.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, insert, select, update
from sqlalchemy.orm import Session

from api.store import view
from api.store.category_tables import BackfillRow
from api.store.erasure_tables import ErasureTargetRow
from api.store.ids import new_id
from api.store.inbox_tables import RoutingRow
from api.store.model_tables import MeasurementRow, RemineRow
from api.store.tables import InteractionRow, JobRow, RejectionRow
from api.store.theme_history import ThemeRunRow
from api.store.training_tables import TrainingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is. What was erased since counts in `total` alone.

    Attributes:
        total: parts of the upload.
        accepted: stored, and waiting to be mined.
        mined: done.
        failed: the miner raised each time.
        cancelled: waited when the job was cancelled.
        rejected: could not be read.
    """

    total: int
    accepted: int
    mined: int
    failed: int
    cancelled: int
    rejected: int


def create(session: Session, *, source: str, kind: str = "batch") -> JobRow:
    """A new job, running, of the department whose view this is.

    Its total is set by `count` when all of it was read.
    """
    row = JobRow(id=new_id(), kind=kind, source=source, department_id=view.of(session).department)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def get(session: Session, id: UUID) -> JobRow | None:
    """One job, or None where there is none of that id."""
    return session.get(JobRow, id)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs a list shows; what is None does not narrow it.

    Attributes:
        kind: of `JOB_KINDS`.
        state: of `JOB_STATES`.
    """

    kind: str | None = None
    state: str | None = None


def list_page(
    session: Session, filter: JobFilter, *, after: UUID | None = None, limit: int
) -> list[JobRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(JobRow).order_by(JobRow.id.desc()).limit(limit)
    if filter.kind is not None:
        query = query.where(JobRow.kind == filter.kind)
    if filter.state is not None:
        query = query.where(JobRow.state == filter.state)
    if after is not None:
        query = query.where(JobRow.id < after)
    return list(session.scalars(query))


def count(session: Session, id: UUID, *, total: int) -> None:
    """Notes how many parts the upload had, and ends the job if none of them waits."""
    session.execute(update(JobRow).where(JobRow.id == id).values(total=total))
    with view.lifted(session):
        settle(session, [id])


def reject(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes down the parts that could not be read."""
    if rows:
        session.execute(insert(RejectionRow), list(rows))


def progress(session: Session, id: UUID) -> Progress:
    """How far a job is, counted from the rows; all zero where there is no such job.

    Whoever sees the job sees how far all of it is, also what reached no department yet.
    """
    with view.lifted(session):
        return _progress(session, id)


def _progress(session: Session, id: UUID) -> Progress:
    row = session.get(JobRow, id)
    if row is not None and row.kind in _WALKS:
        walk = session.get(_WALKS[row.kind], id, populate_existing=True)
        if walk is not None:
            return _progress_of_walk(row, cast("Goes", walk))
    if row is not None and row.kind in _OTHERS:
        return _OTHERS[row.kind](session, row)
    counted = session.execute(
        select(InteractionRow.state, func.count())
        .where(InteractionRow.job_id == id)
        .group_by(InteractionRow.state)
    )
    states: dict[str, int] = {row[0]: row[1] for row in counted}
    rejected = session.scalar(
        select(func.count()).select_from(RejectionRow).where(RejectionRow.job_id == id)
    )
    return Progress(
        total=session.scalar(select(JobRow.total).where(JobRow.id == id)) or 0,
        accepted=states.get("accepted", 0),
        mined=states.get("mined", 0),
        failed=states.get("failed", 0),
        cancelled=states.get("cancelled", 0),
        rejected=rejected or 0,
    )


Goes = BackfillRow | RoutingRow | RemineRow | MeasurementRow
"""How far a job is that goes through what is mined."""

_WALKS: Mapping[str, type[Goes]] = {
    "backfill": BackfillRow,
    "route": RoutingRow,
    "remine": RemineRow,
    "measure": MeasurementRow,
}


def _progress_of_walk(job: JobRow, walk: Goes) -> Progress:
    """How far a job is that goes through what is mined, and that is of another job or none."""
    done = min(walk.done, job.total)
    left = job.total - done
    failed = walk.failed if isinstance(walk, RemineRow) else 0
    return Progress(
        total=job.total,
        accepted=left if job.state == "running" else 0,
        mined=(done if job.state != "done" else job.total) - failed,  # what is missing was erased
        failed=failed,
        cancelled=left if job.state == "cancelled" else 0,
        rejected=0,
    )


def _progress_of_themes(session: Session, job: JobRow) -> Progress:
    """How far a re-clustering is, in findings: those of a scope count when it is through."""
    read = select(func.coalesce(func.sum(ThemeRunRow.findings), 0)).where(
        ThemeRunRow.job_id == job.id
    )
    done = session.scalar(read.where(ThemeRunRow.state == "done")) or 0
    failed = session.scalar(read.where(ThemeRunRow.state == "failed")) or 0
    total = job.total if job.state == "cancelled" else max(job.total, done + failed)
    left = max(total - done - failed, 0)
    return Progress(
        total=total,
        accepted=left if job.state == "running" else 0,
        mined=done if job.state != "done" else total - failed,  # what is missing was erased
        failed=failed,
        cancelled=left if job.state == "cancelled" else 0,
        rejected=0,
    )


def _progress_of_training(session: Session, job: JobRow) -> Progress:
    """How far a training is: one model; the rest stands at the training itself."""
    found = session.scalar(select(TrainingRow.state).where(TrainingRow.job_id == job.id))
    return Progress(
        total=1,
        accepted=int(job.state == "running"),
        mined=int(found == "done"),
        failed=int(found == "failed"),
        cancelled=int(job.state == "cancelled"),
        rejected=0,
    )


def _progress_of_erasure(session: Session, job: JobRow) -> Progress:
    """How far an erasure is, in interactions: those that it has looked at count as done."""
    target = ErasureTargetRow
    waiting = select(func.count()).where(target.erasure_id == job.id, target.outcome.is_(None))
    left = session.scalar(waiting) or 0
    return Progress(
        total=job.total,
        accepted=left if job.state == "running" else 0,
        mined=job.total - left,
        failed=0,
        cancelled=left if job.state != "running" else 0,
        rejected=0,
    )


_OTHERS: Mapping[str, Callable[[Session, JobRow], Progress]] = {
    "themes": _progress_of_themes,
    "train": _progress_of_training,
    "erase": _progress_of_erasure,
}


def cancel(session: Session, id: UUID) -> bool:
    """Gives up what still waits; what is mined stays.

    Returns:
        Whether the job was running. A job that has ended is left as it is.
    """
    with view.lifted(session):
        return _cancel(session, id)


def _cancel(session: Session, id: UUID) -> bool:
    waiting = session.scalars(
        select(InteractionRow.id)
        .where(InteractionRow.job_id == id, InteractionRow.state == "accepted")
        .order_by(InteractionRow.id)
        .with_for_update()
    ).all()
    ended = session.scalar(
        update(JobRow)
        .where(JobRow.id == id, JobRow.state == "running")
        .values(state="cancelled", finished_at=func.now())
        .returning(JobRow.id)
    )
    if ended is None:
        return False
    session.execute(
        update(InteractionRow).where(InteractionRow.id.in_(waiting)).values(state="cancelled")
    )
    session.execute(
        update(ThemeRunRow)
        .where(ThemeRunRow.job_id == id, ThemeRunRow.finished_at.is_(None))
        .values(state="cancelled", finished_at=func.now())
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(TrainingRow)
        .where(TrainingRow.job_id == id, TrainingRow.state.in_(("waiting", "running")))
        .values(state="stopped")
        .execution_options(synchronize_session=False)
    )
    return True


def settle(session: Session, ids: Collection[UUID]) -> None:
    """Ends those of the running jobs of which nothing waits any more.

    The job's row is locked first: of two transactions that each mine one of its last two
    interactions, the second waits for the first and then sees that nothing is left.
    """
    if not ids:
        return
    running = session.scalars(
        select(JobRow.id)
        .where(JobRow.id.in_(set(ids)), JobRow.state == "running")
        .order_by(JobRow.id)
        .with_for_update()
    ).all()
    if not running:
        return
    left = (
        select(InteractionRow.id)
        .where(InteractionRow.job_id == JobRow.id, InteractionRow.state == "accepted")
        .exists()
    )
    session.execute(
        update(JobRow)
        .where(JobRow.id.in_(running), ~left)
        .values(state="done", finished_at=func.now())
        .execution_options(synchronize_session=False)
    )


def end(session: Session, id: UUID) -> None:
    """Ends a job that is through; one that was cancelled stays so."""
    session.execute(
        update(JobRow)
        .where(JobRow.id == id, JobRow.state == "running")
        .values(state="done", finished_at=func.now())
        .execution_options(synchronize_session=False)
    )


def rejections_page(
    session: Session, id: UUID, *, after: int | None = None, limit: int
) -> list[RejectionRow]:
    """Rejected parts of a job in the order of the upload; `after` is the last one's index."""
    query = select(RejectionRow).where(RejectionRow.job_id == id)
    if after is not None:
        query = query.where(RejectionRow.index > after)
    return list(session.scalars(query.order_by(RejectionRow.index).limit(limit)))


def mined_so_far(session: Session) -> tuple[int, UUID | None]:
    """How many interactions are mined by now, and the id of the last: what a job goes through."""
    mined = InteractionRow.state == "mined"
    total = session.scalar(select(func.count()).select_from(InteractionRow).where(mined))
    until = session.scalar(
        select(InteractionRow.id).where(mined).order_by(InteractionRow.id.desc()).limit(1)
    )
    return total or 0, until


class Walk(Protocol):
    """The row of a job that goes through what is mined, in the order of ids."""

    after: Any
    until: Any


def still_to_do(row: Walk) -> list[ColumnElement[bool]]:
    """What an interaction has to fulfil that such a job has not come to yet."""
    found = [InteractionRow.state == "mined", InteractionRow.id <= row.until]
    if row.after is not None:
        found.append(InteractionRow.id > row.after)
    return found


def give_up(session: Session, ids: Select[UUID]) -> None:
    """Cancels those of the jobs that still run."""
    session.execute(
        update(JobRow)
        .where(JobRow.id.in_(ids), JobRow.state == "running")
        .values(state="cancelled", finished_at=func.now())
        .execution_options(synchronize_session=False)
    )

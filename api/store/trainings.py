"""Trainings: asked for or due, how far each is, what it tells, and how it ended.

Whoever changes how a training stands locks its job first: a person may cancel that meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from api.store import jobs
from api.store.tables import ErasedRow, JobRow
from api.store.training_tables import (
    LONGEST_LINE,
    TrainingLineRow,
    TrainingRow,
    TrainingScheduleRow,
)

LOCK = 0x7472696E
"""Of the advisory lock that a worker holds while it trains: one training runs at a time."""

KIND = "train"
OPEN = ("waiting", "running")
MADE = (*OPEN, "done")
"""States in which a training takes its model's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a training is to do.

    Attributes:
        name: of the new model.
        parent: name of the model that it begins with; None takes what serves when it begins.
        since: corrections from then on; None takes the oldest too.
        until: corrections before then; None takes the newest too.
        seed: of what is drawn.
        reason: of `TRAINING_REASONS`.
        by_name: who asked, for people.
    """

    name: str
    parent: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    seed: int = 1
    reason: str = "asked"
    by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a training is, and what it says of that.

    Attributes:
        stage: in its own words.
        done: of that stage.
        total: of that stage.
        line: for people; stages and figures alone.
    """

    stage: str
    done: int
    total: int
    line: str


def names(session: Session) -> set[str]:
    """Names of models that trainings made or are about to make; no other takes one of them."""
    # Of two that ask at once, the second waits here and then sees the first's.
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK + 1})
    return set(session.scalars(select(TrainingRow.name).where(TrainingRow.state.in_(MADE))))


def ask(session: Session, wanted: Wanted) -> TrainingRow:
    """A training that waits, with its job, which is to be put into the queue."""
    job = jobs.create(session, source=wanted.name, kind=KIND)
    job.total = 1
    row = TrainingRow(
        job_id=job.id,
        name=wanted.name,
        parent=wanted.parent,
        seed=wanted.seed,
        since=wanted.since,
        until=wanted.until,
        reason=wanted.reason,
        by_name=wanted.by_name,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def take_up(session: Session, id: UUID) -> TrainingRow | None:
    """A training as running; None where its job has ended or was cancelled."""
    row = _claim(session, id)
    if row is None:
        return None
    row.state = "running"
    row.starts += 1
    row.started_at = row.started_at or func.now()
    session.flush()
    session.refresh(row)
    return row


def runs(session: Session, id: UUID) -> bool:
    """Whether nobody stopped it."""
    return session.scalar(select(TrainingRow.state).where(TrainingRow.job_id == id)) == "running"


def moment(session: Session) -> datetime:
    """What the database's clock says now; not when the transaction began, as `now()` does."""
    found: datetime = session.scalars(select(func.clock_timestamp())).one()
    return found


def begins_with(
    session: Session, id: UUID, *, parent: str, interactions: int, judgements: int
) -> None:
    """Notes what a training begins with."""
    session.execute(
        update(TrainingRow)
        .where(TrainingRow.job_id == id, TrainingRow.state == "running")
        .values(parent=parent, interactions=interactions, judgements=judgements)
    )


def tell(session: Session, id: UUID, steps: Sequence[Step]) -> None:
    """Adds lines to a training's log; the last one says how far it is."""
    if not steps:
        return
    last = session.scalar(
        select(func.max(TrainingLineRow.number)).where(TrainingLineRow.training_id == id)
    )
    session.execute(
        insert(TrainingLineRow),
        [
            {
                "training_id": id,
                "number": number,
                "stage": step.stage,
                "line": step.line[:LONGEST_LINE],
            }
            for number, step in enumerate(steps, start=(last or 0) + 1)
            if step.line
        ],
    )
    far = steps[-1]
    total = max(far.total, 0)
    session.execute(
        update(TrainingRow)
        .where(TrainingRow.job_id == id, TrainingRow.state == "running")
        .values(stage=far.stage, done=min(max(far.done, 0), total), total=total)
    )


def finish(session: Session, id: UUID, *, digest: str) -> TrainingRow | None:
    """Ends a training whose model is there; None where it was stopped meanwhile."""
    return _end(session, id, {"state": "done", "digest": digest})


def fail(session: Session, id: UUID, *, code: str, error: str) -> TrainingRow | None:
    """Ends a training of which no model came; None where it was stopped meanwhile."""
    return _end(session, id, {"state": "failed", "error_code": code, "error": error})


def _claim(session: Session, id: UUID) -> TrainingRow | None:
    job = session.get(JobRow, id, with_for_update=True, populate_existing=True)
    if job is None or job.state != "running":
        return None
    row = session.get(TrainingRow, id, with_for_update=True, populate_existing=True)
    return row if row is not None and row.state in OPEN else None


def _end(session: Session, id: UUID, values: dict[str, Any]) -> TrainingRow | None:
    row = _claim(session, id)
    if row is None:
        return None
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    jobs.end(session, id)
    return row


def erased(session: Session, ids: Sequence[UUID]) -> bool:
    """Whether any of these interactions was erased by now."""
    found = select(ErasedRow.interaction_id).where(ErasedRow.interaction_id.in_(ids)).limit(1)
    return session.scalar(found) is not None


def get(session: Session, id: UUID) -> tuple[TrainingRow, JobRow] | None:
    """One training and its job, or None where there is none of that id."""
    found = session.execute(
        select(TrainingRow, JobRow)
        .join(JobRow, JobRow.id == TrainingRow.job_id)
        .where(TrainingRow.job_id == id)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFilter:
    """Which trainings a list shows; what is None does not narrow it.

    Attributes:
        state: of `TRAINING_STATES`.
        parent: name of the model that they began with.
    """

    state: str | None = None
    parent: str | None = None


def list_page(
    session: Session, filter: TrainingFilter, *, after: UUID | None = None, limit: int
) -> list[tuple[TrainingRow, JobRow]]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = (
        select(TrainingRow, JobRow)
        .join(JobRow, JobRow.id == TrainingRow.job_id)
        .order_by(TrainingRow.job_id.desc())
        .limit(limit)
    )
    if filter.state is not None:
        query = query.where(TrainingRow.state == filter.state)
    if filter.parent is not None:
        query = query.where(TrainingRow.parent == filter.parent)
    if after is not None:
        query = query.where(TrainingRow.job_id < after)
    return [(row[0], row[1]) for row in session.execute(query)]


def lines_page(
    session: Session, id: UUID, *, after: int | None = None, limit: int
) -> list[TrainingLineRow]:
    """What a training told, in its order; `after` is the number of the last line before."""
    query = select(TrainingLineRow).where(TrainingLineRow.training_id == id)
    if after is not None:
        query = query.where(TrainingLineRow.number > after)
    return list(session.scalars(query.order_by(TrainingLineRow.number).limit(limit)))


def since_done(session: Session) -> float | None:
    """Seconds since the last model was made; None before the first."""
    last = (
        select(func.extract("epoch", func.now() - func.max(JobRow.finished_at)))
        .join(TrainingRow, TrainingRow.job_id == JobRow.id)
        .where(TrainingRow.state == "done")
    )
    found = session.scalar(last)
    return None if found is None else float(found)


def schedule(session: Session, *, lock: bool = False) -> TrainingScheduleRow:
    """The schedule, which may be switched off."""
    return session.get_one(
        TrainingScheduleRow,
        True,  # noqa: FBT003 - the row's key
        with_for_update=lock,
        populate_existing=lock,
    )


def set_schedule(session: Session, row: TrainingScheduleRow, values: dict[str, Any]) -> None:
    """Writes another schedule; time and judgements count from now on."""
    session.execute(
        update(TrainingScheduleRow)
        .values(**values, last_at=func.now(), revision=TrainingScheduleRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


_JUDGED = text("SELECT count(*) FROM opinions WHERE at > :since AND withdrawn_at IS NULL")


def judged(session: Session, since: datetime) -> int:
    """How many judgements people made since then, but for those that they took back."""
    return session.scalar(_JUDGED, {"since": since}) or 0


def due(session: Session) -> bool:
    """Whether a training is to begin by the schedule; its time counts anew from now on then."""
    row = session.scalar(
        select(TrainingScheduleRow)
        .where(TrainingScheduleRow.enabled)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return False
    if session.scalar(select(TrainingRow.job_id).where(TrainingRow.state.in_(OPEN)).limit(1)):
        return False
    now = session.scalar(select(func.now()))
    assert now is not None  # noqa: S101 - the database has a clock
    passed = row.every_days is not None and now - row.last_at >= timedelta(days=row.every_days)
    enough = row.after_judgements is not None and (
        judged(session, row.last_at) >= row.after_judgements
    )
    if passed or enough:
        row.last_at = now
        session.flush()
    return passed or enough

"""Which model serves, and what was measured of those that would."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store import jobs
from api.store.ids import new_id
from api.store.model_tables import (
    MeasurementRow,
    ModelAnswerRow,
    ModelTroubleRow,
    PromotionRow,
)
from api.store.opinion_tables import OpinionRow
from api.store.tables import InteractionRow, JobRow

_LOCK = 0x70726F6D


def claim(session: Session) -> None:
    """One change of the model that serves at a time, until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def newest(session: Session) -> PromotionRow | None:
    """The row that says what serves; None before the first promotion."""
    return session.scalar(select(PromotionRow).order_by(PromotionRow.id.desc()).limit(1))


def newest_id(session: Session) -> UUID | None:
    """Its id alone: cheap enough to ask before every batch."""
    table = PromotionRow.__table__.c
    return session.scalar(select(table.id).order_by(table.id.desc()).limit(1))


def get(session: Session, id: UUID) -> PromotionRow | None:
    """One promotion, or None."""
    return session.get(PromotionRow, id)


def add(session: Session, values: Mapping[str, Any]) -> PromotionRow:
    """Says what serves from now on; the caller has claimed (`claim`)."""
    last = newest_id(session)
    id = new_id()
    if last is not None and id <= last:  # another machine's clock is ahead of ours
        id = UUID(int=last.int + 1)
    session.execute(insert(PromotionRow).values(id=id, **values))
    return session.scalars(select(PromotionRow).where(PromotionRow.id == id)).one()


def to_undo(session: Session) -> PromotionRow | None:
    """The newest promotion that was not taken back: the one that a rollback takes back."""
    undone = select(PromotionRow.undoes).where(PromotionRow.undoes.is_not(None))
    return session.scalar(
        select(PromotionRow)
        .where(PromotionRow.kind == "promote", PromotionRow.id.not_in(undone))
        .order_by(PromotionRow.id.desc())
        .limit(1)
    )


def list_page(session: Session, *, after: UUID | None = None, limit: int) -> list[PromotionRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(PromotionRow).order_by(PromotionRow.id.desc()).limit(limit)
    if after is not None:
        query = query.where(PromotionRow.id < after)
    return list(session.scalars(query))


def mined_by(session: Session) -> dict[str, int]:
    """How many of the stored interactions each model mined."""
    rows = session.execute(
        select(InteractionRow.model, func.count())
        .where(InteractionRow.state == "mined")
        .group_by(InteractionRow.model)
    )
    return {model: count for model, count in rows if model is not None}


def trouble(session: Session, promotion: UUID) -> ModelTroubleRow | None:
    """Why a promoted model is not loaded somewhere, or None."""
    return session.get(ModelTroubleRow, promotion, populate_existing=True)


def note_trouble(session: Session, promotion: UUID, *, code: str, serves: str) -> None:
    """Says that a process could not load a promoted model."""
    values = {"promotion_id": promotion, "code": code, "serves": serves}
    session.execute(upsert(ModelTroubleRow).values(**values).on_conflict_do_nothing())


def clear_trouble(session: Session, promotion: UUID) -> None:
    """Says that a process has loaded it by now."""
    session.execute(
        delete(ModelTroubleRow)
        .where(ModelTroubleRow.promotion_id == promotion)
        .execution_options(synchronize_session=False)
    )


def running_measurement(session: Session, digest: str, against: str) -> JobRow | None:
    """The job that measures two models now, or None."""
    return session.scalar(
        select(JobRow)
        .join(MeasurementRow, MeasurementRow.job_id == JobRow.id)
        .where(
            JobRow.state == "running",
            MeasurementRow.digest == digest,
            MeasurementRow.against_digest == against,
        )
        .order_by(JobRow.id)
        .limit(1)
    )


def measure(session: Session, values: Mapping[str, Any]) -> JobRow:
    """A new job that measures a candidate; the caller has looked whether one runs already."""
    job = jobs.create(session, source=values["model"], kind="measure")
    session.execute(insert(MeasurementRow).values(job_id=job.id, **values))
    job.total = judged_count(session)
    session.flush()
    session.refresh(job)
    return job


def measuring(session: Session, job: UUID) -> MeasurementRow | None:
    """A measurement whose job runs, with that job locked; None where it ended."""
    row = session.get(JobRow, job, with_for_update=True, populate_existing=True)
    found = session.get(MeasurementRow, job, populate_existing=True)
    return found if row is not None and row.state == "running" else None


def measured(session: Session, digest: str, against: str) -> MeasurementRow | None:
    """The newest measurement of two models that came to its end."""
    return session.scalar(
        select(MeasurementRow)
        .where(
            MeasurementRow.digest == digest,
            MeasurementRow.against_digest == against,
            MeasurementRow.measured_at.is_not(None),
        )
        .order_by(MeasurementRow.measured_at.desc())
        .limit(1)
    )


def note_done(session: Session, job: UUID, done: int) -> None:
    """Says how many interactions both models have read."""
    _set(session, job, done=done)


def note_measured(session: Session, job: UUID, speed: Mapping[str, Any]) -> None:
    """Says how fast both are, and ends the job."""
    _set(session, job, speed=dict(speed), measured_at=func.now())
    jobs.end(session, job)


def note_failed(session: Session, job: UUID, *, code: str) -> None:
    """Says why a candidate could not be measured, and ends the job."""
    _set(session, job, error_code=code)
    jobs.end(session, job)


def _set(session: Session, job: UUID, **values: Any) -> None:
    session.execute(
        update(MeasurementRow)
        .where(MeasurementRow.job_id == job)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def judged_count(session: Session) -> int:
    """How many mined interactions people spoke of."""
    return session.scalar(select(func.count()).select_from(_judged().subquery())) or 0


def judged(session: Session, *, after: UUID | None = None, limit: int) -> list[UUID]:
    """The next mined interactions that people spoke of, in the order of their ids."""
    query = _judged().order_by(InteractionRow.id).limit(limit)
    if after is not None:
        query = query.where(InteractionRow.id > after)
    return list(session.scalars(query))


def _judged() -> Any:
    spoken = (
        select(OpinionRow.id)
        .where(
            OpinionRow.interaction_id == InteractionRow.id,
            OpinionRow.withdrawn_at.is_(None),
            OpinionRow.kind != "speaker",
        )
        .exists()
    )
    return select(InteractionRow.id).where(InteractionRow.state == "mined", spoken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a model says of one passage.

    Attributes:
        turn: of the passage.
        start: offset of its first character in the turn's text.
        end: offset after its last.
        found: categories.
        probabilities: one a category.
        felt: the feeling.
    """

    turn: int
    start: int
    end: int
    found: list[str]
    probabilities: list[float]
    felt: str


def write_answers(
    session: Session, digest: str, answers: Mapping[UUID, Sequence[Answered]]
) -> None:
    """Keeps what a model says; interactions that were erased meanwhile are passed over."""
    there = set(
        session.scalars(
            select(InteractionRow.id)
            .where(InteractionRow.id.in_(list(answers)))
            .order_by(InteractionRow.id)
            .with_for_update(key_share=True)
        )
    )
    names = ("turn", "start", "end", "found", "probabilities", "felt")
    values = [
        {
            "digest": digest,
            "interaction_id": id,
            **{name: getattr(one, name) for name in names},
        }
        for id, own in answers.items()
        if id in there
        for one in own
    ]
    if values:
        session.execute(upsert(ModelAnswerRow).on_conflict_do_nothing(), values)


def answers(
    session: Session, digest: str, interactions: Collection[UUID]
) -> dict[UUID, dict[tuple[int, int, int], ModelAnswerRow]]:
    """What a model says of the passages of interactions, as far as it has read them."""
    found: dict[UUID, dict[tuple[int, int, int], ModelAnswerRow]] = {}
    rows = session.scalars(
        select(ModelAnswerRow).where(
            ModelAnswerRow.digest == digest, ModelAnswerRow.interaction_id.in_(interactions)
        )
    )
    for row in rows:
        found.setdefault(row.interaction_id, {})[row.turn, row.start, row.end] = row
    return found

"""The tables of training and of shadow runs.

No table here holds customers' words: a training's lines are stages and figures, and a difference
names a passage by its interaction and number.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base, one_of
from nlp.types import CATEGORIES

MODEL_NAME = r"^[a-z0-9]+([._-][a-z0-9]+)*$"
LONGEST_MODEL_NAME = 64
LONGEST_LINE = 500
MOST_SEED = 2**31 - 1
TRAINING_STATES = ("waiting", "running", "done", "failed", "stopped")
TRAINING_REASONS = ("asked", "schedule")
SHADOW_STATES = ("running", "ended")
SHADOW_ENDS = ("asked", "other_model", "failing")
"""Why a shadow run ended: somebody ended it; another model serves since; the candidate failed."""

CLOSE = 1_000
"""A difference of two probabilities that is less than this, in ten-thousandths, is not kept where
both models find the same."""


class TrainingRow(Base):
    """One retraining: what it learns from, how far it is, and the model that came of it."""

    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint(
            f"name ~ '{MODEL_NAME}' AND char_length(name) <= {LONGEST_MODEL_NAME}", name="name"
        ),
        one_of("state", TRAINING_STATES),
        one_of("reason", TRAINING_REASONS),
        CheckConstraint(f"seed BETWEEN 0 AND {MOST_SEED}", name="seed"),
        CheckConstraint("since IS NULL OR until IS NULL OR since < until", name="window"),
        CheckConstraint("0 <= interactions AND 0 <= judgements", name="corrections"),
        CheckConstraint("0 <= done AND done <= total", name="progress"),
        CheckConstraint("(state = 'done') = (digest IS NOT NULL)", name="digest"),
        CheckConstraint("(state = 'failed') = (error_code IS NOT NULL)", name="failed_why"),
        CheckConstraint("(error_code IS NULL) = (error IS NULL)", name="error"),
        # A name is taken by what makes it or made it; after a failure it may be tried again.
        Index(
            "uq_trainings_name",
            "name",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running', 'done')"),
        ),
    )

    # The job's own id.
    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    # Of the new model.
    name: Mapped[str]
    # Of the model that it begins with; null takes what serves when it begins.
    parent: Mapped[str | None]
    seed: Mapped[int]
    # Which corrections: by when they were made; null leaves that end open.
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    # How many there were when it began.
    interactions: Mapped[int] = mapped_column(server_default="0")
    judgements: Mapped[int] = mapped_column(server_default="0")
    # waiting, running: the job runs; done, failed: the job is done; stopped: it was cancelled.
    state: Mapped[str] = mapped_column(server_default="waiting")
    # asked: by a person; schedule: it was due.
    reason: Mapped[str]
    # Where it is, in its own words, and how far in that stage.
    stage: Mapped[str | None]
    done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    total: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Times that a worker took it up.
    starts: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime | None]
    # Of the model, once it is there.
    digest: Mapped[str | None]
    error_code: Mapped[str | None]
    # Why, for a person; never a customer's words.
    error: Mapped[str | None]
    # Who asked, as a person reads it.
    by_name: Mapped[str]


class TrainingLineRow(Base):
    """One line of what a training tells."""

    __tablename__ = "training_lines"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        CheckConstraint(f"char_length(line) BETWEEN 1 AND {LONGEST_LINE}", name="line"),
    )

    training_id: Mapped[UUID] = mapped_column(
        ForeignKey("trainings.job_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    stage: Mapped[str]
    line: Mapped[str]


class TrainingScheduleRow(Base):
    """One row: when a training starts without anybody asking."""

    __tablename__ = "training_schedules"
    __table_args__ = (
        CheckConstraint("one", name="one"),
        CheckConstraint("every_days BETWEEN 1 AND 3650", name="every_days"),
        CheckConstraint("after_judgements > 0", name="after_judgements"),
        CheckConstraint(
            "NOT enabled OR every_days IS NOT NULL OR after_judgements IS NOT NULL", name="enabled"
        ),
        CheckConstraint("revision > 0", name="revision"),
    )

    one: Mapped[bool] = mapped_column(Boolean(), primary_key=True, server_default="true")
    enabled: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    every_days: Mapped[int | None]
    # So many judgements that were made since the last one began.
    after_judgements: Mapped[int | None]
    # When the last one was started by it, or when it was set: what comes later counts.
    last_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revision: Mapped[int] = mapped_column(server_default="1")


class ShadowRow(Base):
    """A candidate that reads a share of what comes in beside the model that serves."""

    __tablename__ = "shadows"
    __table_args__ = (
        CheckConstraint(
            f"model ~ '{MODEL_NAME}' AND char_length(model) <= {LONGEST_MODEL_NAME}", name="model"
        ),
        CheckConstraint("share > 0 AND share <= 1", name="share"),
        one_of("state", SHADOW_STATES),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_why"),
        one_of("ended_because", SHADOW_ENDS),
        CheckConstraint(
            "error_code IS NULL OR ended_because IS NOT DISTINCT FROM 'failing'", name="error_code"
        ),
        CheckConstraint(
            "0 <= interactions AND 0 <= same_feeling AND same_feeling <= passages", name="counts"
        ),
        CheckConstraint("served_seconds >= 0 AND candidate_seconds >= 0", name="seconds"),
        Index(
            "uq_shadows_running", "state", unique=True, postgresql_where=text("state = 'running'")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Of the candidate, and of what serves.
    model: Mapped[str]
    served: Mapped[str]
    # Share of the interactions, chosen by a hash of their ids.
    share: Mapped[float]
    state: Mapped[str] = mapped_column(server_default="running")
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
    error_code: Mapped[str | None]
    # Who began it, as a person reads it.
    by_name: Mapped[str]
    # What both have read.
    interactions: Mapped[int] = mapped_column(BigInteger, server_default="0")
    passages: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Passages of which both say the same feeling.
    same_feeling: Mapped[int] = mapped_column(BigInteger, server_default="0")
    served_seconds: Mapped[float] = mapped_column(server_default="0")
    candidate_seconds: Mapped[float] = mapped_column(server_default="0")


class ShadowCountRow(Base):
    """What both said of one category, in counts and sums over the passages that both have read."""

    __tablename__ = "shadow_counts"
    __table_args__ = (
        one_of("category", CATEGORIES),
        CheckConstraint(
            "least(both_found, served_alone, candidate_alone, neither) >= 0", name="counts"
        ),
    )

    shadow_id: Mapped[UUID] = mapped_column(
        ForeignKey("shadows.id", ondelete="CASCADE"), primary_key=True
    )
    category: Mapped[str] = mapped_column(primary_key=True)
    both_found: Mapped[int] = mapped_column(BigInteger, server_default="0")
    served_alone: Mapped[int] = mapped_column(BigInteger, server_default="0")
    candidate_alone: Mapped[int] = mapped_column(BigInteger, server_default="0")
    neither: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Of the two probabilities: of their absolute difference, each, its square, and their product.
    sum_gap: Mapped[float] = mapped_column(server_default="0")
    sum_served: Mapped[float] = mapped_column(server_default="0")
    sum_candidate: Mapped[float] = mapped_column(server_default="0")
    sum_served_square: Mapped[float] = mapped_column(server_default="0")
    sum_candidate_square: Mapped[float] = mapped_column(server_default="0")
    sum_product: Mapped[float] = mapped_column(server_default="0")


class ShadowReadRow(Base):
    """An interaction that both have read: read again, it counts no second time."""

    __tablename__ = "shadow_reads"
    __table_args__ = (Index("ix_shadow_reads_interaction", "interaction_id"),)

    shadow_id: Mapped[UUID] = mapped_column(
        ForeignKey("shadows.id", ondelete="CASCADE"), primary_key=True
    )
    interaction_id: Mapped[UUID] = mapped_column(
        ForeignKey("interactions.id", ondelete="CASCADE"), primary_key=True
    )


class ShadowDifferenceRow(Base):
    """A passage of which the two do not say the same."""

    __tablename__ = "shadow_differences"
    __table_args__ = (
        UniqueConstraint("shadow_id", "interaction_id", "passage", "category"),
        CheckConstraint("passage >= 0", name="passage"),
        one_of("category", CATEGORIES),
        CheckConstraint("served BETWEEN 0 AND 1", name="served"),
        CheckConstraint("candidate BETWEEN 0 AND 1", name="candidate"),
        CheckConstraint("gap BETWEEN 0 AND 10000", name="gap"),
        CheckConstraint(f"served_found <> candidate_found OR gap >= {CLOSE}", name="differs"),
        Index("ix_shadow_differences_gap", "shadow_id", "gap", "id"),
        Index("ix_shadow_differences_interaction", "interaction_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shadow_id: Mapped[UUID] = mapped_column(ForeignKey("shadows.id", ondelete="CASCADE"))
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id", ondelete="CASCADE"))
    # Number of the passage in the interaction; no reference, as mining again cuts them anew.
    passage: Mapped[int]
    category: Mapped[str]
    # Probabilities.
    served: Mapped[float]
    candidate: Mapped[float]
    served_found: Mapped[bool] = mapped_column(Boolean())
    candidate_found: Mapped[bool] = mapped_column(Boolean())
    # Their absolute difference, in ten-thousandths.
    gap: Mapped[int]

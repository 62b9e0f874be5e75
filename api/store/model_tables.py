"""The tables of models: which serves, what was measured of candidates, and mining again.

No customer's words stand here: answers name a passage by its offsets and say labels.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base, one_of
from api.store.training_tables import LONGEST_MODEL_NAME, MODEL_NAME
from nlp.types import SENTIMENTS

PROMOTION_KINDS = ("promote", "rollback")
LONGEST_REASON = 1_000


class PromotionRow(Base):
    """One change of the model that serves. The newest row says which does; none is ever changed."""

    __tablename__ = "promotions"
    __table_args__ = (
        one_of("kind", PROMOTION_KINDS),
        CheckConstraint(
            f"model ~ '{MODEL_NAME}' AND char_length(model) <= {LONGEST_MODEL_NAME}", name="model"
        ),
        CheckConstraint("digest <> ''", name="digest"),
        CheckConstraint(f"char_length(reason) BETWEEN 1 AND {LONGEST_REASON}", name="reason"),
        CheckConstraint("NOT forced OR kind = 'promote'", name="forced"),
        CheckConstraint("(kind = 'promote') = (verdict IS NOT NULL)", name="verdict"),
        CheckConstraint("(kind = 'rollback') = (undoes IS NOT NULL)", name="undoes"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    # What serves from then on, and the digest of what serving reads of it.
    model: Mapped[str]
    digest: Mapped[str]
    # What served before.
    from_model: Mapped[str]
    from_digest: Mapped[str]
    # For a rollback: the promotion that it takes back.
    undoes: Mapped[UUID | None] = mapped_column(ForeignKey("promotions.id"))
    # Why, in people's words, redacted.
    reason: Mapped[str]
    # Past a gate that refused it.
    forced: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    # What the gate said: `nlp.learn.verdict.Verdict.as_json`.
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Of the key or the person; null for the machine's own user.
    caller_id: Mapped[UUID | None]
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class MeasurementRow(Base):
    """How fast a candidate is beside the model that serves; both read what people judged."""

    __tablename__ = "measurements"
    __table_args__ = (
        CheckConstraint("done >= 0", name="done"),
        CheckConstraint("(speed IS NULL) = (measured_at IS NULL)", name="measured"),
        Index("ix_measurements_digests", "digest", "against_digest", "measured_at"),
    )

    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str]
    digest: Mapped[str]
    # The model that served when it was asked for.
    against: Mapped[str]
    against_digest: Mapped[str]
    # Interactions that both have read.
    done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Seconds a passage of each run: {candidate: [...], serving: [...], passages: n}.
    speed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    measured_at: Mapped[datetime | None]
    # Why it could not be measured.
    error_code: Mapped[str | None]


class ModelAnswerRow(Base):
    """What a model says of a passage that people judged, beside whatever serves and is stored."""

    __tablename__ = "model_answers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_model_answers_turn",
            ondelete="CASCADE",
        ),
        CheckConstraint('0 <= start AND start < "end"', name="offsets"),
        one_of("felt", SENTIMENTS),
    )

    digest: Mapped[str] = mapped_column(primary_key=True)
    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Offsets of the passage in the turn's text.
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    end: Mapped[int]
    # Categories that it finds there.
    found: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    probabilities: Mapped[list[float]] = mapped_column(ARRAY(Double()))
    felt: Mapped[str]


class ModelTroubleRow(Base):
    """A promoted model that a process could not load: what served before serves on there."""

    __tablename__ = "model_troubles"

    # Of the promotion.
    promotion_id: Mapped[UUID] = mapped_column(
        ForeignKey("promotions.id", ondelete="CASCADE"), primary_key=True
    )
    # Stable, as in problem details.
    code: Mapped[str]
    # The model that serves on.
    serves: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class RemineRow(Base):
    """How far stored interactions were mined again with the model that serves."""

    __tablename__ = "remines"
    __table_args__ = (
        CheckConstraint("0 <= done AND 0 <= failed AND failed <= done", name="counts"),
        CheckConstraint("since IS NULL OR before IS NULL OR since < before", name="window"),
    )

    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    # Which: those that this model mined; those that happened in a time; those of a theme.
    model: Mapped[str | None]
    since: Mapped[datetime | None]
    before: Mapped[datetime | None]
    theme_id: Mapped[UUID | None]
    # Interactions up to this id are done; those beyond it are still to do.
    after: Mapped[UUID | None]
    # The last one that was mined when it began.
    until: Mapped[UUID | None]
    done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # The model raised on them: they stay as they were.
    failed: Mapped[int] = mapped_column(BigInteger, server_default="0")

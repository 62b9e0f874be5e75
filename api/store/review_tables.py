"""The tables of what people are asked to look at, and of what was drawn blindly from what.

No customer's words stand here: passages and quotes are named by their offsets in a turn.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base, one_of
from nlp.heads.custom import NAME
from nlp.types import SENTIMENTS

REVIEW_REASONS = ("unsure", "disagreement", "rare", "new_words", "random")
REVIEW_STATES = ("open", "answered", "skipped", "expired")


class ReviewDrawRow(Base):
    """One blind draw: from how many passages, and how many of them.

    A passage belongs to one draw of the model that mined it: the first after it was mined. All
    passages of a stratum had the same chance.
    """

    __tablename__ = "review_draws"
    __table_args__ = (
        CheckConstraint("0 <= found_drawn AND found_drawn <= found", name="found"),
        CheckConstraint("0 <= others_drawn AND others_drawn <= others", name="others"),
        Index("ix_review_draws_model", "model", "until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    model: Mapped[str]
    # Of interactions that were mined before then, and not before the draw that went before.
    until: Mapped[datetime]
    # Passages in which the model found something, and those in which it found nothing.
    found: Mapped[int] = mapped_column(BigInteger)
    found_drawn: Mapped[int]
    others: Mapped[int] = mapped_column(BigInteger)
    others_drawn: Mapped[int]
    drawn_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReviewRow(Base):
    """One passage that people are asked to judge, why, and what came of it."""

    __tablename__ = "reviews"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_reviews_turn",
            ondelete="CASCADE",
        ),
        one_of("reason", REVIEW_REASONS),
        one_of("state", REVIEW_STATES),
        one_of("feeling", SENTIMENTS),
        CheckConstraint('0 <= start AND start < "end"', name="offsets"),
        CheckConstraint(f"category ~ '{NAME}'", name="category"),
        CheckConstraint("chance > 0 AND chance <= 1", name="chance"),
        CheckConstraint(
            "(reason = 'random') = (chance IS NOT NULL) AND (chance IS NULL) = (draw_id IS NULL)",
            name="drawn",
        ),
        CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name="leased"),
        CheckConstraint("leased_by IS NULL OR state = 'open'", name="leased_open"),
        CheckConstraint(
            "(state IN ('answered', 'skipped')) = (ended_by IS NOT NULL)", name="ended_by"
        ),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'answered') = (judged IS NOT NULL)", name="judged"),
        # One passage is asked for once, and once more where it is drawn blindly.
        Index(
            "uq_reviews_passage",
            "interaction_id",
            "turn",
            "start",
            unique=True,
            postgresql_where=text("reason <> 'random'"),
        ),
        Index(
            "uq_reviews_random",
            "draw_id",
            "interaction_id",
            "turn",
            "start",
            unique=True,
            postgresql_where=text("reason = 'random'"),
        ),
        Index("ix_reviews_open", "id", postgresql_where=text("state = 'open'")),
        Index("ix_reviews_ended", "ended_at", postgresql_where=text("state = 'answered'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    interaction_id: Mapped[UUID]
    # The passage: offsets in the turn's text, in characters.
    turn: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    reason: Mapped[str]
    # What the reason is about; null where it is about none, or several.
    category: Mapped[str | None]
    # With which the passage was drawn, where it was drawn blindly.
    chance: Mapped[float | None]
    draw_id: Mapped[UUID | None] = mapped_column(ForeignKey("review_draws.id", ondelete="RESTRICT"))
    # Whether the model found anything in it.
    found: Mapped[bool] = mapped_column(Boolean())
    # What it found: {category: confidence}; people's opinions change the findings, and not this.
    said: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Its sentiment, where it is known of this passage alone.
    feeling: Mapped[str | None]
    # Name of the model that mined it.
    model: Mapped[str]
    drawn_at: Mapped[datetime] = mapped_column(server_default=func.now())
    state: Mapped[str] = mapped_column(server_default="open")
    # Who looks at it now: the caller's id, or "local"; nobody else is given it until then.
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # Who answered or skipped it, as a person reads it.
    ended_by: Mapped[str | None]
    # The answer: {categories: {category: bool}, sentiment: word or null}.
    judged: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

"""The tables of what people say of findings, and of what the model had said there.

No customer's words stand here: passages and quotes are named by their offsets in a turn. Notes are
people's own, and are redacted before they come here.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import REVIEWED, Base, one_of
from nlp.heads.custom import NAME
from nlp.types import SENTIMENTS, SPEAKERS

__all__ = ["OPINION_KINDS", "PEOPLE", "REVIEWED", "ModelSaidRow", "OpinionRow"]

OPINION_KINDS = ("confirm", "reject", "correct", "add", "sentiment", "quote", "speaker")
LONGEST_NOTE = 2_000

PEOPLE = "people"
"""Stands in the place of a model's name in findings that people added."""


class OpinionRow(Base):
    """What one person says of one passage. It is never changed, and goes with the interaction only.

    A later opinion of the same person on the same thing counts instead of it, and one that was
    withdrawn counts no more; both stay. A trigger refuses all other changes.
    """

    __tablename__ = "opinions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_opinions_turn",
            ondelete="CASCADE",
        ),
        one_of("kind", OPINION_KINDS),
        one_of("sentiment", SENTIMENTS),
        one_of("speaker", SPEAKERS),
        CheckConstraint('0 <= start AND start < "end"', name="offsets"),
        CheckConstraint(f"category ~ '{NAME}'", name="category"),
        CheckConstraint(
            "(category IS NULL) = (kind IN ('sentiment', 'speaker'))", name="category_there"
        ),
        CheckConstraint(f"becomes ~ '{NAME}' AND becomes <> category", name="becomes"),
        CheckConstraint("(becomes IS NULL) = (kind <> 'correct')", name="becomes_there"),
        CheckConstraint(
            'start <= quote_start AND quote_start < quote_end AND quote_end <= "end"', name="quote"
        ),
        CheckConstraint("(quote_start IS NULL) = (quote_end IS NULL)", name="quote_whole"),
        CheckConstraint(
            "(kind <> 'quote' OR quote_start IS NOT NULL)"
            " AND (quote_start IS NULL OR kind IN ('quote', 'add', 'correct'))",
            name="quote_there",
        ),
        CheckConstraint(
            "(kind <> 'sentiment' OR sentiment IS NOT NULL)"
            " AND (sentiment IS NULL OR kind IN ('sentiment', 'add'))",
            name="sentiment_there",
        ),
        CheckConstraint("(speaker IS NULL) = (kind <> 'speaker')", name="speaker_there"),
        CheckConstraint(f"char_length(note) <= {LONGEST_NOTE}", name="note"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        Index("ix_opinions_passage", "interaction_id", "turn", "start"),
        Index("ix_opinions_finding", "finding_id", "id"),
        Index("ix_opinions_caller", "caller_id", "id"),
        Index("ix_opinions_review", "review_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    interaction_id: Mapped[UUID]
    # The passage: offsets in the turn's text, in characters, which outlive passages that are cut
    # anew. For a speaker the whole turn.
    turn: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    kind: Mapped[str]
    # What is confirmed, rejected, corrected or added, or what the quote shows.
    category: Mapped[str | None]
    # For correct: the category that it is instead.
    becomes: Mapped[str | None]
    # The words that show it: offsets in the turn's text, within the passage.
    quote_start: Mapped[int | None]
    quote_end: Mapped[int | None]
    sentiment: Mapped[str | None]
    speaker: Mapped[str | None]
    # What the model said at that time: {category, start, end, confidence, sentiment, unsure,
    # model}, for a speaker {speaker, roles}; null where it said nothing. With it stands `hidden`
    # where some of this is not for the department: a finding that did not reach it.
    said: Mapped[dict[str, Any] | None]
    # Name of the model that had mined the interaction; null where none had.
    model: Mapped[str | None]
    # The finding that it was given on, or that came of it; it may be gone by now.
    finding_id: Mapped[UUID | None]
    # Of the key or the person; null for the machine's own user.
    caller_id: Mapped[UUID | None]
    caller: Mapped[str]
    # Of whose key it was given with; null where that key is bound to no department.
    department_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("departments.id", ondelete="SET NULL")
    )
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    note: Mapped[str] = mapped_column(server_default="")
    # The row of the review queue that asked for it.
    review_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


class ModelSaidRow(Base):
    """What the model found in a passage of which people spoke, whatever became of that finding.

    It is what a withdrawal brings back. Mining again writes it anew.
    """

    __tablename__ = "model_said"
    __table_args__ = (
        CheckConstraint("passage >= 0", name="passage"),
        CheckConstraint(f"category ~ '{NAME}'", name="category"),
        CheckConstraint('0 <= start AND start < "end"', name="offsets"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        one_of("sentiment", SENTIMENTS),
    )

    interaction_id: Mapped[UUID] = mapped_column(
        ForeignKey("interactions.id", ondelete="CASCADE"), primary_key=True
    )
    # Index of the passage. No reference: passages are written after what is found in them is known.
    passage: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    category: Mapped[str] = mapped_column(primary_key=True)
    # Of the finding while it is there, and when it comes back.
    finding_id: Mapped[UUID]
    turn: Mapped[int]
    # The model's quote: offsets in the turn's text.
    start: Mapped[int]
    end: Mapped[int]
    confidence: Mapped[float]
    sentiment: Mapped[str]
    unsure: Mapped[bool] = mapped_column(Boolean())
    model: Mapped[str]

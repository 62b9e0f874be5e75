"""The tables. Constraints hold the rules, so that no code path can break them.

Identifiers are UUIDs of version 7 made by us (`api.store.ids`): the order of ids is the order
of arrival. Everything that stands in a text column was redacted before it came here.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from api.store.marks import Marked
from nlp.heads.custom import NAME
from nlp.types import CHANNELS, SENTIMENTS, SPEAKERS

WIDTH = 384
"""Width of a passage's vector: that of the pinned encoder, all-MiniLM-L6-v2."""

INTERACTION_STATES = ("accepted", "mined", "failed", "cancelled")
JOB_KINDS = ("batch", "backfill", "themes", "route", "erase", "remine", "train", "measure")
JOB_STATES = ("running", "done", "cancelled")
REVIEWED = ("confirmed", "corrected", "added")
HAPPENED = text("coalesce(started_at, received_at)")


class Base(DeclarativeBase):
    """What all tables share: types for Python's, and names for constraints."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
        str: Text(),
        float: Double(),
        datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB(),
        dict[str, str]: JSONB(),
        dict[str, int]: JSONB(),
    }


def one_of(column: str, values: tuple[str, ...], *, name: str | None = None) -> CheckConstraint:
    """A column holds one of these words, or nothing where it may."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def _sentiment() -> tuple[CheckConstraint, ...]:
    """A sentiment is there whole or not at all, and its score is from -1 to 1."""
    return (
        one_of("sentiment_label", SENTIMENTS),
        CheckConstraint("sentiment_score BETWEEN -1 AND 1", name="sentiment_score"),
        CheckConstraint(
            "(sentiment_label IS NULL) = (sentiment_score IS NULL)", name="sentiment_whole"
        ),
    )


class JobRow(Base):
    """Long work that somebody waits for: an upload of many, a backfill, or gathering themes."""

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("kind", JOB_KINDS),
        one_of("state", JOB_STATES),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished"),
        CheckConstraint("total >= 0", name="total"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    # running: some of its interactions still wait; done: none does; cancelled: some never will be.
    state: Mapped[str] = mapped_column(server_default="running")
    # The upload's name or the category's, for a person.
    source: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    # Parts of the upload, rejected ones too; what became of them is counted from their rows.
    total: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Of whose key it was asked for by; null where that key is bound to no department.
    department_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("departments.id", ondelete="SET NULL")
    )


class InteractionRow(Marked, Base):
    """One call, mail or chat."""

    __tablename__ = "interactions"
    __table_args__ = (
        one_of("channel", CHANNELS),
        one_of("state", INTERACTION_STATES),
        CheckConstraint(
            "(state = 'mined') = (mined_at IS NOT NULL AND model IS NOT NULL"
            " AND sentiment_label IS NOT NULL)",
            name="mined_whole",
        ),
        CheckConstraint("state = 'mined' OR mined_at IS NULL", name="mined_at"),
        CheckConstraint("state <> 'failed' OR error_code IS NOT NULL", name="failed_why"),
        CheckConstraint("attempts >= 0", name="attempts"),
        *_sentiment(),
        Index("ix_interactions_job_state", "job_id", "state"),
        Index("ix_interactions_waiting", "id", postgresql_where=text("state = 'accepted'")),
        Index("ix_interactions_channel", "channel", "id"),
        # A hash, as a tree takes no value of more than some 2,700 bytes.
        Index("ix_interactions_external_id", "external_id", postgresql_using="hash"),
        # How many were mined in the last minute is asked for often.
        Index("ix_interactions_mined_at", "mined_at", postgresql_where=text("state = 'mined'")),
        Index("ix_interactions_happened", HAPPENED, postgresql_where=text("state = 'mined'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # The file's own identifier, or one made from its content.
    external_id: Mapped[str]
    source: Mapped[str]
    # The reader that read it, a key of READERS.
    format: Mapped[str]
    channel: Mapped[str]
    subject: Mapped[str | None]
    started_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # accepted: stored, waits for a worker; mined: findings and sentiments are written (final);
    # failed: the miner raised each time it was tried (error_code); cancelled: its job was.
    state: Mapped[str] = mapped_column(server_default="accepted")
    mined_at: Mapped[datetime | None]
    # Name of the model that mined it.
    model: Mapped[str | None]
    # How the speakers were told apart: {source, confidence, note}.
    roles: Mapped[dict[str, Any]]
    # The column may not be called so in Python: SQLAlchemy keeps the name for itself.
    meta: Mapped[dict[str, str]] = mapped_column("metadata")
    # Placeholders by kind: {"PERSON": 2}.
    redactions: Mapped[dict[str, int]]
    sentiment_label: Mapped[str | None]
    sentiment_score: Mapped[float | None]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    # Times that the miner raised on it.
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    error_code: Mapped[str | None]


class TurnRow(Base):
    """What one speaker said before another did, or one paragraph of a mail."""

    __tablename__ = "turns"
    __table_args__ = (
        ForeignKeyConstraint(["interaction_id"], ["interactions.id"], ondelete="CASCADE"),
        CheckConstraint("index >= 0", name="index"),
        one_of("speaker", SPEAKERS),
        CheckConstraint("text <> ''", name="text"),
        # Neither infinite nor NaN, which JSON cannot say.
        CheckConstraint("start_seconds BETWEEN -1e9 AND 1e9", name="start_seconds"),
        CheckConstraint("end_seconds BETWEEN -1e9 AND 1e9", name="end_seconds"),
        *_sentiment(),
    )

    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    speaker: Mapped[str]
    text: Mapped[str]
    # Seconds from the start of the call.
    start_seconds: Mapped[float | None]
    end_seconds: Mapped[float | None]
    # One point of the sentiment arc: customer's turns of a mined interaction.
    sentiment_label: Mapped[str | None]
    sentiment_score: Mapped[float | None]


class PassageRow(Base):
    """A stretch of the customer's words that was classified as one, and its vector."""

    __tablename__ = "passages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_passages_turn",
            ondelete="CASCADE",
        ),
        CheckConstraint("index >= 0", name="index"),
        CheckConstraint('0 <= start AND start < "end"', name="offsets"),
    )

    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    turn: Mapped[int]
    # Offsets into the turn's text, in characters.
    start: Mapped[int]
    end: Mapped[int]
    # A unit vector, in half precision: cosine and inner product are the same.
    vector: Mapped[Any] = mapped_column(HALFVEC(WIDTH))


class FindingRow(Marked, Base):
    """A category found in a passage, with the customer's own words as evidence."""

    __tablename__ = "findings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_findings_turn",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["interaction_id", "passage"],
            ["passages.interaction_id", "passages.index"],
            name="fk_findings_passage",
            ondelete="CASCADE",
        ),
        CheckConstraint(f"category ~ '{NAME}'", name="category"),
        one_of("sentiment", SENTIMENTS),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        CheckConstraint('0 <= start AND start < "end"', name="offsets"),
        CheckConstraint('char_length(quote) = "end" - start', name="quote"),
        one_of("reviewed", REVIEWED),
        Index("ix_findings_interaction", "interaction_id", "turn", "start", "id"),
        Index("ix_findings_category", "category", "interaction_id"),
        Index("ix_findings_unsure", "unsure", "interaction_id"),
        Index("ix_findings_sentiment", "sentiment", "interaction_id"),
        Index("ix_findings_category_sentiment", "category", "sentiment", "interaction_id"),
    )

    # Made from (interaction, passage, category, start, model): mined twice, the same row.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    interaction_id: Mapped[UUID]
    passage: Mapped[int]
    # One of the three built-in ones, or the name of a row of `categories`.
    category: Mapped[str]
    turn: Mapped[int]
    # Offsets of the quote in the turn's text, in characters.
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]
    # Calibrated probability.
    confidence: Mapped[float]
    # Of the passage that it stands in.
    sentiment: Mapped[str]
    # A person should decide.
    unsure: Mapped[bool] = mapped_column(server_default="false")
    model: Mapped[str]
    # What people made of it, where they spoke of it: as the model says, otherwise, or theirs.
    reviewed: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RejectionRow(Base):
    """One part of an upload that could not be read."""

    __tablename__ = "rejections"
    __table_args__ = (
        ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        CheckConstraint("index >= 0", name="index"),
    )

    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Its place among all parts of the upload.
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    source: Mapped[str]
    # As in nlp.errors.
    code: Mapped[str]
    message: Mapped[str]


class IdempotencyRow(Base):
    """An answer that was given, kept for whoever asks the same again."""

    __tablename__ = "idempotency"
    __table_args__ = (
        CheckConstraint("status BETWEEN 100 AND 599", name="status"),
        CheckConstraint("octet_length(body_digest) = 32", name="body_digest"),
        CheckConstraint("char_length(key) BETWEEN 1 AND 255", name="key"),
        Index("ix_idempotency_created_at", "created_at"),
    )

    # The client's key, and the operation it was used with.
    key: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    # SHA-256 over what was asked.
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, str]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ErasedRow(Base):
    """A tombstone: an interaction that was here and was erased."""

    __tablename__ = "erased"

    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())

"""The tables of erasure: what was asked for, which interactions it is about, holds and retention.

No table here holds what was erased: ids, counts and salted digests alone. A customer's name or
number is matched when it arrives and is kept nowhere.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base, one_of

ERASURE_KINDS = ("interactions", "customer", "before", "retention")
OUTCOMES = ("erased", "held", "gone")
HOLD_KINDS = ("interaction", "customer", "metadata", "window")
LONGEST_REASON = 1_000


class ErasureRow(Base):
    """An erasure that somebody asked for, and the receipt for it. Its id is that of its job."""

    __tablename__ = "erasures"
    __table_args__ = (
        one_of("kind", ERASURE_KINDS),
        UniqueConstraint("sequence"),
        CheckConstraint(
            "(receipt IS NULL) = (digest IS NULL) AND (receipt IS NULL) = (signature IS NULL)"
            " AND (receipt IS NULL) = (public_key IS NULL) AND (receipt IS NULL) = (sequence IS"
            " NULL)",
            name="receipt_whole",
        ),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("octet_length(signature) = 64", name="signature"),
        CheckConstraint("octet_length(public_key) = 32", name="public_key"),
        CheckConstraint("sequence > 0", name="sequence"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    kind: Mapped[str]
    # What was asked for, without anybody's name: a date, days, or a salted digest.
    what: Mapped[dict[str, Any]]
    # Whose key asked for it; null where the service keeps to its policy, or asks for no keys.
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Rows that are gone by now, by what they are.
    counts: Mapped[dict[str, int]] = mapped_column(server_default=text("'{}'::jsonb"))
    # Scopes of themes that lost members, which are gathered anew at the end.
    scopes: Mapped[dict[str, int]] = mapped_column(server_default=text("'{}'::jsonb"))
    # Written once, when the last batch is through: what is signed, its SHA-256, the signature
    # (Ed25519), the key to check it with, and its place in the chain of all receipts.
    receipt: Mapped[dict[str, Any] | None]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sequence: Mapped[int | None] = mapped_column(BigInteger)


class ErasureTargetRow(Base):
    """An interaction that an erasure is about; its id alone is left of it afterwards."""

    __tablename__ = "erasure_targets"
    __table_args__ = (
        one_of("outcome", OUTCOMES),
        Index(
            "ix_erasure_targets_open",
            "erasure_id",
            "interaction_id",
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    erasure_id: Mapped[UUID] = mapped_column(
        ForeignKey("erasures.id", ondelete="CASCADE"), primary_key=True
    )
    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Null: still to do; erased: by this erasure; held: a legal hold kept it; gone: it was erased
    # before, or never was.
    outcome: Mapped[str | None]


class HoldRow(Base):
    """A legal hold: what it covers is not erased until it is released."""

    __tablename__ = "holds"
    __table_args__ = (
        one_of("kind", HOLD_KINDS),
        CheckConstraint(
            "(kind = 'interaction') = (interaction_id IS NOT NULL)", name="interaction"
        ),
        CheckConstraint(
            "(kind = 'customer') = (digest IS NOT NULL) AND (digest IS NULL) = (salt IS NULL)",
            name="customer",
        ),
        CheckConstraint(
            "(kind = 'metadata') = (key IS NOT NULL) AND (key IS NULL) = (value IS NULL)",
            name="metadata",
        ),
        CheckConstraint(
            "kind <> 'window' OR since IS NOT NULL OR until IS NOT NULL", name="window"
        ),
        CheckConstraint("since < until", name="order"),
        CheckConstraint(f"char_length(reason) BETWEEN 1 AND {LONGEST_REASON}", name="reason"),
        CheckConstraint("revision > 0", name="revision"),
        Index("ix_holds_active", "id", postgresql_where=text("released_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    interaction_id: Mapped[UUID | None]
    # SHA-256 over the salt and the customer's name or number.
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    # A field of metadata that names no customer, and its value.
    key: Mapped[str | None]
    value: Mapped[str | None]
    # Of when an interaction happened; null leaves that end open.
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    # By a person, redacted before it came here.
    reason: Mapped[str]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    # Goes up with every change: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")


class RetentionRow(Base):
    """One row: how long interactions are kept."""

    __tablename__ = "retention"
    __table_args__ = (
        CheckConstraint("one", name="one"),
        CheckConstraint("revision > 0", name="revision"),
        CheckConstraint("jsonb_typeof(days) = 'object'", name="days"),
    )

    one: Mapped[bool] = mapped_column(Boolean(), primary_key=True, server_default="true")
    # Days by channel; "all" counts for those that are not named. Empty: everything is kept.
    days: Mapped[dict[str, int]] = mapped_column(server_default=text("'{}'::jsonb"))
    revision: Mapped[int] = mapped_column(server_default="1")
    # When it was last kept to.
    ran_at: Mapped[datetime | None]

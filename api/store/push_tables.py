"""The tables of what is pushed: webhooks with every try of every delivery, and digests by mail.

No table here holds customers' words: a delivery's body is made from its event, and a digest's text
is made when it is sent.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base, one_of

LONGEST_URL = 2000
MOST_RECIPIENTS = 50
DISABLED_REASONS = ("person", "gone", "failing")
DELIVERY_STATES = ("pending", "delivered", "dead")
DELIVERY_ERRORS = (
    *("address_refused", "unresolved", "connect", "tls", "timeout", "protocol"),
    *("status", "redirect", "gone", "disabled", "secret"),
)
"""Why a try failed: a word of ours, because a receiver's own could be anything."""
SCHEDULES = ("daily", "weekly")
MAIL_STATES = ("pending", "sent", "dead")
MAIL_ERRORS = ("smtp_unset", "connect", "timeout", "login", "refused", "protocol", "disabled")


class WebhookRow(Base):
    """Where events are sent."""

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint(f"char_length(url) BETWEEN 1 AND {LONGEST_URL}", name="url"),
        CheckConstraint("char_length(description) <= 2000", name="description"),
        CheckConstraint("cardinality(types) <= 50", name="types"),
        CheckConstraint("(old_secret IS NULL) = (old_until IS NULL)", name="old_secret"),
        CheckConstraint("enabled = (disabled_reason IS NULL)", name="disabled"),
        one_of("disabled_reason", DISABLED_REASONS),
        CheckConstraint("revision > 0", name="revision"),
        Index("ix_webhooks_department", "department_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    # Whose events; null takes those of all departments.
    department_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("departments.id", ondelete="CASCADE")
    )
    # Which events; empty takes all of them.
    types: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    description: Mapped[str] = mapped_column(server_default="")
    enabled: Mapped[bool] = mapped_column(Boolean(), server_default="true")
    disabled_reason: Mapped[str | None]
    # Since when every try failed; null after one that did not.
    failing_since: Mapped[datetime | None]
    # Encrypted (`api.push.vault`): to sign, the secret itself is needed.
    secret: Mapped[bytes] = mapped_column(LargeBinary())
    # The one before, with which is signed too, until then.
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary())
    old_until: Mapped[datetime | None]
    # Goes up with every change by a person: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DeliveryRow(Base):
    """One event on its way to one webhook, written in the transaction of the event."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "webhook_id"),
        one_of("state", DELIVERY_STATES),
        one_of("error", DELIVERY_ERRORS),
        CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered"),
        CheckConstraint("tries >= 0 AND round_tries BETWEEN 0 AND tries", name="tries"),
        Index("ix_webhook_deliveries_webhook", "webhook_id", "id"),
        Index("ix_webhook_deliveries_due", "due_at", postgresql_where=text("state = 'pending'")),
        Index("ix_webhook_deliveries_dead", "webhook_id", postgresql_where=text("state = 'dead'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(server_default="pending")
    # All tries, and those since the delivery was last replayed: these set the wait.
    tries: Mapped[int] = mapped_column(server_default="0")
    round_tries: Mapped[int] = mapped_column(server_default="0")
    # When the next try is due.
    due_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    # Of the last try.
    status: Mapped[int | None] = mapped_column(SmallInteger())
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivered_at: Mapped[datetime | None]


class DeliveryTryRow(Base):
    """One try of a delivery."""

    __tablename__ = "webhook_tries"
    __table_args__ = (
        one_of("error", DELIVERY_ERRORS),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("milliseconds >= 0", name="milliseconds"),
        CheckConstraint("status BETWEEN 100 AND 999", name="status"),
        CheckConstraint("status IS NOT NULL OR error IS NOT NULL", name="outcome"),
    )

    delivery_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    milliseconds: Mapped[int]
    # Nothing of the answer but its status is kept: the rest could be anything.
    status: Mapped[int | None] = mapped_column(SmallInteger())
    error: Mapped[str | None]


class DigestRow(Base):
    """A digest that a department gets by mail, daily or weekly."""

    __tablename__ = "digests"
    __table_args__ = (
        one_of("schedule", SCHEDULES),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("(schedule = 'weekly') = (weekday IS NOT NULL)", name="weekly"),
        CheckConstraint(f"cardinality(recipients) BETWEEN 1 AND {MOST_RECIPIENTS}", name="to"),
        CheckConstraint("char_length(time_zone) BETWEEN 1 AND 60", name="time_zone"),
        CheckConstraint("revision > 0", name="revision"),
        Index("ix_digests_department", "department_id"),
        Index("ix_digests_next", "next_at", postgresql_where=text("enabled")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("departments.id", ondelete="CASCADE"))
    recipients: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    schedule: Mapped[str]
    # Monday is 0; null where it is sent daily.
    weekday: Mapped[int | None] = mapped_column(SmallInteger())
    hour: Mapped[int] = mapped_column(SmallInteger())
    # A name of the IANA time zone database.
    time_zone: Mapped[str]
    enabled: Mapped[bool] = mapped_column(Boolean(), server_default="true")
    # When the next one is due.
    next_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DigestMailRow(Base):
    """The digest of one period: sent once, under one Message-ID."""

    __tablename__ = "digest_mails"
    __table_args__ = (
        UniqueConstraint("digest_id", "until"),
        one_of("state", MAIL_STATES),
        one_of("error", MAIL_ERRORS),
        CheckConstraint("since < until", name="period"),
        CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_digest_mails_due", "due_at", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest_id: Mapped[UUID] = mapped_column(ForeignKey("digests.id", ondelete="CASCADE"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="pending")
    tries: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    error: Mapped[str | None]
    # Recipients that the mail server would not take.
    refused: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[datetime | None]

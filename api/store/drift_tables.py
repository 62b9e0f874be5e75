"""The tables of drift: weeks in sums, reports on them, and the alerts that reports raise.

No customer's sentence stands here. A week names a word only where several interactions said it, and
a report names passages by their places alone.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base, one_of
from nlp.types import CHANNELS

DRIFT_STATES = ("waiting", "done")


class DriftWindowRow(Base):
    """The interactions of one week and channel, in sums (`nlp.learn.sketches`)."""

    __tablename__ = "drift_windows"
    __table_args__ = (
        one_of("channel", CHANNELS),
        CheckConstraint("extract(isodow FROM week) = 1", name="week"),
        CheckConstraint("0 < sampled AND sampled <= stored", name="sampled"),
    )

    # Its Monday, in UTC.
    week: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    # That mined most of the week on all channels together; what another mined is not counted.
    model: Mapped[str]
    # SHA-256 of the reference by which vectors and words were counted, or "".
    reference: Mapped[str]
    # Interactions of that week and model when they were counted, and how many of them were read.
    stored: Mapped[int] = mapped_column(BigInteger)
    sampled: Mapped[int]
    # Sums, and words that at least LEAST of the interactions said.
    sums: Mapped[dict[str, Any]]
    # Sums of features: numbers of four bytes, the small end first.
    embedding: Mapped[bytes] = mapped_column(LargeBinary)
    counted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DriftReportRow(Base):
    """One judgement of the latest weeks, or a wish for one."""

    __tablename__ = "drift_reports"
    __table_args__ = (
        one_of("state", DRIFT_STATES),
        CheckConstraint(
            "(state = 'done') = (made_at IS NOT NULL AND body IS NOT NULL AND moved IS NOT NULL"
            " AND since IS NOT NULL AND until IS NOT NULL AND passages IS NOT NULL)",
            name="whole",
        ),
        CheckConstraint("since < until", name="days"),
        # One wish at a time waits.
        Index(
            "uq_drift_reports_waiting",
            "state",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="waiting")
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    made_at: Mapped[datetime | None]
    # That mined the last of these weeks; null where nothing was mined yet.
    model: Mapped[str | None]
    # First day of the weeks that are judged, and the day after their last.
    since: Mapped[date | None]
    until: Mapped[date | None]
    moved: Mapped[bool | None] = mapped_column(Boolean())
    # As `nlp.learn.drift_report.Report.as_json` writes it.
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Passages that show where it moves to: [{interaction, passage, channel}]. Erased ones stay
    # named here by their ids, and are not shown.
    passages: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))


class DriftAlertRow(Base):
    """One story of something that moved: extended by later reports rather than told anew."""

    __tablename__ = "drift_alerts"
    __table_args__ = (
        CheckConstraint("opened <= last", name="last"),
        CheckConstraint("closed >= opened", name="closed"),
        CheckConstraint("NOT settled OR closed IS NOT NULL", name="settled"),
        # One at a time is open.
        Index(
            "uq_drift_alerts_open",
            text("(closed IS NULL)"),
            unique=True,
            postgresql_where=text("closed IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # First day of the weeks in which it was first seen; of those in which it was last seen.
    opened: Mapped[date]
    last: Mapped[date]
    # The day from which on it was so no longer, or was taken for the new state of things.
    closed: Mapped[date | None]
    # Whether people took it for the new state of things: later weeks are judged by that.
    settled: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    model: Mapped[str]
    # What moved, each once: "history email label.product_defect".
    figures: Mapped[list[str]] = mapped_column(JSONB())
    # Newest report that tells of it.
    report_id: Mapped[UUID]
    acknowledged_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(server_default="1")

"""The tables of counts that are kept: by theme, by day, and over all that is stored.

Triggers keep them, in the transaction of the rows that they count (migration 0012), so that no code
path can forget to. But for `theme_stands` they are ledgers: a change adds rows of differences,
which no two transactions wait for, and whoever reads sums up; now and then `counters.settle` makes
one row of all that are about the same.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base
from nlp.types import SENTIMENTS

_FRESH = text("fresh")


class ThemeStandRow(Base):
    """A theme, or a part of one, stands in an interaction."""

    __tablename__ = "theme_stands"
    __table_args__ = (
        CheckConstraint("findings > 0", name="findings"),
        CheckConstraint("findings = negative + neutral + positive", name="feelings"),
        Index("ix_theme_stands_happened", "owner_id", "happened"),
        *(
            Index(
                f"ix_theme_stands_{feeling}",
                "owner_id",
                "interaction_id",
                postgresql_where=text(f"{feeling} > 0"),
            )
            for feeling in SENTIMENTS
        ),
    )

    # Of the theme or the sub-theme. No foreign keys: rows go when their last membership does.
    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    # When the interaction began, or else came in; in UTC.
    happened: Mapped[datetime]
    findings: Mapped[int]
    negative: Mapped[int]
    neutral: Mapped[int]
    positive: Mapped[int]


class ThemeDayRow(Base):
    """How much more, or less, a theme has on a day."""

    __tablename__ = "theme_days"
    __table_args__ = (
        Index("ix_theme_days_owner", "owner_id", "day"),
        Index("ix_theme_days_fresh", "owner_id", "day", postgresql_where=_FRESH),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    owner_id: Mapped[UUID]
    day: Mapped[date]
    findings: Mapped[int]
    interactions: Mapped[int]
    negative: Mapped[int]
    neutral: Mapped[int]
    positive: Mapped[int]
    # Whether it is to be added to others of the same theme and day.
    fresh: Mapped[bool] = mapped_column(Boolean(), server_default="true")


class ThemeTotalRow(Base):
    """How much more, or less, a theme or a part of one has over all time."""

    __tablename__ = "theme_totals"
    __table_args__ = (
        Index("ix_theme_totals_owner", "owner_id"),
        Index("ix_theme_totals_fresh", "owner_id", postgresql_where=_FRESH),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    owner_id: Mapped[UUID]
    findings: Mapped[int]
    interactions: Mapped[int]
    negative: Mapped[int]
    neutral: Mapped[int]
    positive: Mapped[int]
    fresh: Mapped[bool] = mapped_column(Boolean(), server_default="true")


class InteractionDayRow(Base):
    """How many more, or fewer, interactions of a channel are in a state, by day."""

    __tablename__ = "interaction_days"
    __table_args__ = (
        Index("ix_interaction_days_day", "day"),
        Index("ix_interaction_days_fresh", "day", postgresql_where=_FRESH),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    day: Mapped[date]
    channel: Mapped[str]
    state: Mapped[str]
    number: Mapped[int]
    fresh: Mapped[bool] = mapped_column(Boolean(), server_default="true")


class FindingTotalRow(Base):
    """How many more, or fewer, findings there are of a category and a sentiment."""

    __tablename__ = "finding_totals"
    __table_args__ = (Index("ix_finding_totals_fresh", "category", postgresql_where=_FRESH),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    category: Mapped[str]
    sentiment: Mapped[str]
    unsure: Mapped[bool] = mapped_column(Boolean())
    number: Mapped[int]
    fresh: Mapped[bool] = mapped_column(Boolean(), server_default="true")

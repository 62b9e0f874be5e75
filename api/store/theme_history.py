"""The tables of what happens to themes: re-clusterings, people's edits, lineage and alerts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base, one_of

RUN_REASONS = ("asked", "first", "grown", "waiting", "erased")
RUN_STATES = ("waiting", "running", "done", "failed", "cancelled")
EDIT_KINDS = (
    "rename",
    "describe",
    "pin",
    "hide",
    "merge",
    "split",
    "move",
    "seed",
    "together",
    "apart",
)
LINEAGE_KINDS = (
    *("born", "grown", "split", "merged", "faded", "back"),
    *("seeded", "renamed", "moved", "undone"),
)
ALERT_KINDS = ("burst", "growing", "emerging")
ALERT_STATES = ("open", "closed")


class ThemeRunRow(Base):
    """One re-clustering of one scope."""

    __tablename__ = "theme_runs"
    __table_args__ = (
        one_of("reason", RUN_REASONS),
        one_of("state", RUN_STATES),
        CheckConstraint(
            "(state IN ('waiting', 'running')) = (finished_at IS NULL)", name="finished"
        ),
        CheckConstraint("state <> 'failed' OR error_code IS NOT NULL", name="failed_why"),
        CheckConstraint("state <> 'done' OR quality IS NOT NULL", name="done_whole"),
        CheckConstraint(
            "findings >= 0 AND documents >= 0 AND themes >= 0 AND waiting >= 0 AND moved >= 0",
            name="counts",
        ),
        Index("ix_theme_runs_job", "job_id", "id"),
        Index("ix_theme_runs_scope", "scope", "id"),
        # One at a time in a scope is under way.
        Index(
            "uq_theme_runs_open",
            "scope",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(
        ForeignKey("theme_scopes.scope", ondelete="CASCADE", onupdate="CASCADE")
    )
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    # asked: by a person; first: there was none yet; grown: by a tenth; waiting: the pool is full;
    # erased: somebody's words were.
    reason: Mapped[str]
    # waiting and running are under way, and are begun again after a kill; the others are final.
    state: Mapped[str] = mapped_column(server_default="waiting")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    # Findings that were read, their passages, themes that were found, findings left in the pool,
    # and passages that changed their theme though no person wished it.
    findings: Mapped[int] = mapped_column(BigInteger, server_default="0")
    documents: Mapped[int] = mapped_column(BigInteger, server_default="0")
    themes: Mapped[int] = mapped_column(server_default="0")
    waiting: Mapped[int] = mapped_column(BigInteger, server_default="0")
    moved: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # {coherence, silhouette, coverage, stability}, as `nlp.themes.quality` says them.
    quality: Mapped[dict[str, Any] | None]


class ThemeEditRow(Base):
    """What a person decided about themes. It holds, in every later re-clustering, until undone."""

    __tablename__ = "theme_edits"
    __table_args__ = (
        one_of("kind", EDIT_KINDS),
        CheckConstraint(
            "(kind IN ('together', 'apart')) = (theme_id IS NULL)"
            " OR (kind = 'move' AND theme_id IS NULL)",
            name="theme",
        ),
        CheckConstraint("(kind IN ('merge', 'split')) = (other_id IS NOT NULL)", name="other"),
        CheckConstraint("other_id <> theme_id", name="other_is_another"),
        Index("ix_theme_edits_scope", "scope", "id"),
        Index("ix_theme_edits_theme", "theme_id", "id"),
        Index("ix_theme_edits_other", "other_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(
        ForeignKey("theme_scopes.scope", ondelete="CASCADE", onupdate="CASCADE")
    )
    kind: Mapped[str]
    # What it is about: for a merge the theme that was taken in, for a split the one that was split,
    # for a move the one that the findings were moved to (null: to none).
    theme_id: Mapped[UUID | None] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    # For a merge what took it in, for a split what was split off.
    other_id: Mapped[UUID | None] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    # What was changed, as it was and as it became: only what people gave, as derived words may
    # have to go (see above).
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    undone_at: Mapped[datetime | None]


class ThemeEditPassageRow(Base):
    """A passage that an edit is about. It outlives findings, which a backfill writes anew."""

    __tablename__ = "theme_edit_passages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interaction_id", "passage"],
            ["passages.interaction_id", "passages.index"],
            name="fk_theme_edit_passages_passage",
            ondelete="CASCADE",
        ),
        CheckConstraint("side IN (0, 1)", name="side"),
        Index("ix_theme_edit_passages_passage", "interaction_id", "passage"),
    )

    edit_id: Mapped[UUID] = mapped_column(
        ForeignKey("theme_edits.id", ondelete="CASCADE"), primary_key=True
    )
    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    passage: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # For apart: which of the two sides it stands on; 0 for all else.
    side: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    # The theme that it stood in before, null for the pool; a move's, split's, seed's and merge's.
    before: Mapped[UUID | None] = mapped_column(ForeignKey("themes.id", ondelete="SET NULL"))


class ThemeLineageRow(Base):
    """Something that happened to a theme."""

    __tablename__ = "theme_lineage"
    __table_args__ = (
        one_of("kind", LINEAGE_KINDS),
        CheckConstraint("passages >= 0", name="passages"),
        CheckConstraint("(run_id IS NULL) <> (edit_id IS NULL)", name="cause"),
        Index("ix_theme_lineage_theme", "theme_id", "id"),
        Index("ix_theme_lineage_scope", "scope", "id"),
        Index("ix_theme_lineage_run", "run_id"),
        Index("ix_theme_lineage_edit", "edit_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(
        ForeignKey("theme_scopes.scope", ondelete="CASCADE", onupdate="CASCADE")
    )
    theme_id: Mapped[UUID] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    # born: made by a clustering; grown; split: from `others`; merged: into `others`, or it took
    # them in; faded; back: it was faded or merged and is active again; the rest are people's.
    kind: Mapped[str]
    # Other themes concerned, the theme itself aside.
    others: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default=text("'{}'"))
    # How many passages it is about.
    passages: Mapped[int] = mapped_column(BigInteger, server_default="0")
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    # A re-clustering, or a person's edit.
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("theme_runs.id", ondelete="CASCADE"))
    edit_id: Mapped[UUID | None] = mapped_column(ForeignKey("theme_edits.id", ondelete="CASCADE"))


class ThemeAlertRow(Base):
    """One story of one theme: opened, extended, closed, and reopened rather than made anew."""

    __tablename__ = "theme_alerts"
    __table_args__ = (
        UniqueConstraint("theme_id", "kind", "opened"),
        one_of("kind", ALERT_KINDS),
        one_of("state", ALERT_STATES),
        CheckConstraint("(state = 'closed') = (closed IS NOT NULL)", name="closed"),
        CheckConstraint("opened <= last", name="days"),
        CheckConstraint("days > 0 AND reopened >= 0", name="counts"),
        CheckConstraint("revision > 0", name="revision"),
        Index(
            "uq_theme_alerts_open",
            "theme_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_theme_alerts_scope", "scope", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(
        ForeignKey("theme_scopes.scope", ondelete="CASCADE", onupdate="CASCADE")
    )
    theme_id: Mapped[UUID] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    # First and last day with reason for it, and the day on which it was closed; in UTC.
    opened: Mapped[date]
    last: Mapped[date]
    closed: Mapped[date | None]
    # On how many days there was reason, how often it flared up again, its greatest strength (times
    # the usual).
    days: Mapped[int] = mapped_column(server_default="1")
    reopened: Mapped[int] = mapped_column(server_default="0")
    peak: Mapped[float]
    # A person has seen it; it asks for attention again when it is reopened.
    acknowledged_at: Mapped[datetime | None]
    # A person wants to hear no more of it, reopened or not.
    muted: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    # Goes up with every change, whoever makes it: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")

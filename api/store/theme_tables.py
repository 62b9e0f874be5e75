"""The tables of themes: what was gathered, by whom, what became of it, and what people decided.

Text in these tables is of three kinds: what a person typed, redacted before it came here; ids and
numbers; and what was derived from customers' words (machine_name, key_terms, the names of areas and
sub-themes). The last may hold a word of an interaction that was erased since, as centroids and
prototypes may hold a trace of its vector: an erasure makes the scope due, and the next
re-clustering derives them anew from what is left. Quotes and memberships go with their finding.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from api.store.marks import Marked
from api.store.tables import WIDTH, Base, one_of
from nlp.heads.custom import EVERYTHING, NAME

ALL = EVERYTHING
"""The scope of all findings together; no category may have that name."""

LONGEST_THEME_NAME = 200
LONGEST_DESCRIPTION = 2_000

THEME_STATES = ("active", "faded", "merged")
NAMERS = ("machine", "person")
PLACERS = ("online", "clustering", "person")
QUOTE_KINDS = ("central", "diverse")
FIRST = 1
SECOND = 2
"""A passage with two subjects stands in two themes of a scope: these are the places."""


class ThemeScopeRow(Base):
    """What is clustered together: the findings of one category, or all.

    Whoever changes its themes locks it; who writes memberships shares it, so that none is written
    of a theme that was merged or faded meanwhile.
    """

    __tablename__ = "theme_scopes"
    __table_args__ = (
        CheckConstraint(f"scope ~ '{NAME}'", name="scope"),
        CheckConstraint("resolution > 0", name="resolution"),
        CheckConstraint("documents >= 0", name="documents"),
    )

    # A category, or "all".
    scope: Mapped[str] = mapped_column(primary_key=True)
    # Goes up with every change of its themes, by whomever: what was read at another is stale.
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Of the last re-clustering; null where there was none yet.
    clustered_at: Mapped[datetime | None]
    # That it was found with.
    resolution: Mapped[float | None]
    # Name of the model whose vectors it was made of; those of another mean nothing to it.
    model: Mapped[str | None]
    # What is common to its passages' vectors: likeness is measured from there.
    centre: Mapped[Any | None] = mapped_column(HALFVEC(WIDTH))
    # Passages that it was made of.
    documents: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # The last day that was looked at for alerts.
    watched: Mapped[date | None]


class ThemeAreaRow(Base):
    """An area: some themes of a scope that are about the same thing."""

    __tablename__ = "theme_areas"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        Index("ix_theme_areas_scope", "scope", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(
        ForeignKey("theme_scopes.scope", ondelete="CASCADE", onupdate="CASCADE")
    )
    name: Mapped[str]


class ThemeRow(Marked, Base):
    """A theme. Its id never changes meaning; how many findings it has is counted from members."""

    __tablename__ = "themes"
    __table_args__ = (
        UniqueConstraint("id", "scope"),
        ForeignKeyConstraint(
            ["merged_into", "scope"],
            ["themes.id", "themes.scope"],
            name="fk_themes_merged_into",
            onupdate="CASCADE",
        ),
        one_of("state", THEME_STATES),
        one_of("named_by", NAMERS),
        one_of("made_by", NAMERS),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_THEME_NAME}", name="name"),
        CheckConstraint("machine_name <> ''", name="machine_name"),
        CheckConstraint(f"char_length(description) <= {LONGEST_DESCRIPTION}", name="description"),
        CheckConstraint("named_by = 'person' OR name = machine_name", name="named"),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged"),
        CheckConstraint("merged_into <> id", name="merged_into_itself"),
        CheckConstraint("(state = 'active') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("revision > 0", name="revision"),
        CheckConstraint("floor BETWEEN -1 AND 1", name="floor"),
        Index("ix_themes_scope", "scope", "state", "id"),
        Index("ix_themes_merged_into", "merged_into", "scope"),
        Index("ix_themes_area", "area_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(
        ForeignKey("theme_scopes.scope", ondelete="CASCADE", onupdate="CASCADE")
    )
    # As it is shown: the machine's name, until a person gives another.
    name: Mapped[str]
    named_by: Mapped[str] = mapped_column(server_default="machine")
    machine_name: Mapped[str]
    # By a person; empty until then.
    description: Mapped[str] = mapped_column(server_default="")
    # The words that tell it from the others, the most telling first.
    key_terms: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    # The product that most of it is about, or null.
    product: Mapped[str | None]
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("theme_areas.id", ondelete="SET NULL"))
    # active: shown, and takes new findings; faded: nothing is in it any more, and it comes back if
    # its like does; merged: another took it in.
    state: Mapped[str] = mapped_column(server_default="active")
    merged_into: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    # A clustering, or a person who seeded it or split it off.
    made_by: Mapped[str] = mapped_column(server_default="machine")
    pinned: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    hidden: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    # Goes up with every change, whoever makes it: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")
    born_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # The middle of its members, of length 1, in half precision; and that of the same vectors with
    # the scope's centre taken off, which new findings are held against.
    centroid: Mapped[Any] = mapped_column(HALFVEC(WIDTH))
    middle: Mapped[Any] = mapped_column(HALFVEC(WIDTH))
    # Likeness to the middle below which a new finding is none of it.
    floor: Mapped[float]


class ThemePrototypeRow(Base):
    """One of the few members that vote on new findings, the scope's centre taken off."""

    __tablename__ = "theme_prototypes"
    __table_args__ = (CheckConstraint("index >= 0", name="index"),)

    theme_id: Mapped[UUID] = mapped_column(
        ForeignKey("themes.id", ondelete="CASCADE"), primary_key=True
    )
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vector: Mapped[Any] = mapped_column(HALFVEC(WIDTH))


class SubthemeRow(Base):
    """A part of a theme."""

    __tablename__ = "subthemes"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        Index("ix_subthemes_theme", "theme_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    theme_id: Mapped[UUID] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    name: Mapped[str]


class ThemeMemberRow(Base):
    """A finding stands in a theme.

    A finding of a scope without such a row waits in that scope's emerging pool. In the scope of
    all, the findings of one passage stand in the same theme.
    """

    __tablename__ = "theme_members"
    __table_args__ = (
        UniqueConstraint("finding_id", "scope", "place"),
        ForeignKeyConstraint(
            ["theme_id", "scope"],
            ["themes.id", "themes.scope"],
            name="fk_theme_members_theme",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        CheckConstraint(f"place IN ({FIRST}, {SECOND})", name="place"),
        CheckConstraint("likeness BETWEEN -1 AND 1", name="likeness"),
        one_of("placed_by", PLACERS),
        Index("ix_theme_members_theme", "theme_id", "interaction_id", "finding_id", "place"),
        Index("ix_theme_members_subtheme", "subtheme_id", "interaction_id"),
    )

    finding_id: Mapped[UUID] = mapped_column(
        ForeignKey("findings.id", ondelete="CASCADE"), primary_key=True
    )
    theme_id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str]
    place: Mapped[int] = mapped_column(SmallInteger, server_default=str(FIRST))
    # The finding's own: themes are counted in interactions, and a count should not read findings.
    interaction_id: Mapped[UUID]
    # Cosine to the theme's middle, the scope's centre taken off; 1 where a person placed it.
    likeness: Mapped[float]
    placed_by: Mapped[str]
    subtheme_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("subthemes.id", ondelete="SET NULL")
    )


class ThemeQuoteRow(Base):
    """A finding that is shown as a quote of a theme: its id, never its words."""

    __tablename__ = "theme_quotes"
    __table_args__ = (
        one_of("kind", QUOTE_KINDS),
        CheckConstraint("place >= 0", name="place"),
        Index("ix_theme_quotes_finding", "finding_id"),
    )

    theme_id: Mapped[UUID] = mapped_column(
        ForeignKey("themes.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("findings.id", ondelete="CASCADE"))

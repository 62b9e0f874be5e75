"""The tables of a team's own categories: what was learned, from what, and what is read again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base
from nlp.heads.custom import EVERYTHING, LONGEST_NAME, NAME
from nlp.types import CATEGORIES


class CategoryRow(Base):
    """A category of a team's own, with what was learned from its examples."""

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint(f"name ~ '{NAME}' AND char_length(name) <= {LONGEST_NAME}", name="name"),
        CheckConstraint(
            # "all" is the scope of all findings together, in which themes are gathered.
            "name NOT IN (" + ", ".join(f"'{name}'" for name in (*CATEGORIES, EVERYTHING)) + ")",
            name="reserved",
        ),
        CheckConstraint("threshold BETWEEN 0 AND 1", name="threshold"),
        CheckConstraint("wanted > 0 AND wanted < 1", name="wanted"),
        CheckConstraint("revision > 0", name="revision"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    enabled: Mapped[bool] = mapped_column(Boolean(), server_default="true")
    # From which probability it counts as found: that of the estimate, until a person sets another.
    threshold: Mapped[float]
    threshold_set: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    # The precision that the estimate's threshold is chosen for.
    wanted: Mapped[float]
    # Goes up with every change, whoever makes it: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")
    # Of the model that it was fitted on; vectors of another one mean nothing to it.
    model: Mapped[str]
    digest: Mapped[str]
    # As `nlp.heads.custom.CustomCategory.as_json` writes it.
    head: Mapped[dict[str, Any]]
    # Estimate, warnings and ordinary passages that look like it.
    judged: Mapped[dict[str, Any]]
    # When and why it was fitted without anybody asking, or "".
    note: Mapped[str] = mapped_column(server_default="")
    # An example that it was fitted on was erased: a worker fits it anew from those that are left.
    stale: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    fitted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CategoryExampleRow(Base):
    """A passage that carries a category, or one that does not; redacted before it came here."""

    __tablename__ = "category_examples"
    __table_args__ = (
        CheckConstraint("text <> ''", name="text"),
        Index("ix_category_examples_category", "category_id", "id"),
        Index("ix_category_examples_interaction", "interaction_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id", ondelete="CASCADE"))
    # Where its words come from, if whoever gave it said so: it goes with that interaction. One of
    # which nobody said so goes too where it is erased words again (`api.store.erasing`).
    interaction_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("interactions.id", ondelete="CASCADE")
    )
    text: Mapped[str]
    carries: Mapped[bool] = mapped_column(Boolean())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CategoryVersionRow(Base):
    """One row: a number that goes up whenever any category changes.

    Who changes a category locks it; who writes findings shares it, so that no finding of a category
    is written that was changed or deleted meanwhile.
    """

    __tablename__ = "category_version"
    __table_args__ = (CheckConstraint("one", name="one"),)

    one: Mapped[bool] = mapped_column(Boolean(), primary_key=True, server_default="true")
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")


class BackfillRow(Base):
    """How far the stored interactions were read again for a category."""

    __tablename__ = "backfills"
    __table_args__ = (CheckConstraint("0 <= done AND 0 <= found", name="counts"),)

    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    # Null once the category is deleted.
    category_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("categories.id", ondelete="SET NULL")
    )
    # Interactions up to this id are read; those beyond it are still to do.
    after: Mapped[UUID | None]
    # The last interaction that was there when it began.
    until: Mapped[UUID | None]
    done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    found: Mapped[int] = mapped_column(BigInteger, server_default="0")

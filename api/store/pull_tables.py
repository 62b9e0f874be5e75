"""What search and exports stand on: words of passages, tombstones, and indexes over other tables.

Triggers keep all of it (migration 0010), so that no code path can forget: the words of a passage
are noted when it is written, and whatever is deleted leaves a tombstone.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Identity, Index, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from api.store.department_tables import RoutedRow
from api.store.marks import Marked
from api.store.tables import Base, FindingRow, InteractionRow, PassageRow, one_of
from api.store.theme_tables import ThemeRow

NOUNS = ("interactions", "findings", "themes")
"""What is exported, and leaves a tombstone where it is deleted."""


class PassageWordsRow(Base):
    """The words of a passage, as full text search takes them.

    Apart from the vector: ranking reads thousands of these, and beside vectors they would lie on
    ten times as many pages.
    """

    __tablename__ = "passage_words"
    __table_args__ = (
        ForeignKeyConstraint(
            ["interaction_id", "index"],
            ["passages.interaction_id", "passages.index"],
            name="fk_passage_words_passage",
            ondelete="CASCADE",
        ),
        Index("ix_passage_words_words", "words", postgresql_using="gin"),
    )

    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Lexemes of English with their positions; never shown.
    words: Mapped[Any] = mapped_column(TSVECTOR)


class TombstoneRow(Marked, Base):
    """Something that was exported may be there no more: its id, and nothing else of it."""

    __tablename__ = "tombstones"
    __table_args__ = (
        one_of("noun", NOUNS),
        CheckConstraint("noun <> 'themes' OR department_id IS NULL", name="department"),
        Index("ix_tombstones_changed", "noun", "changed_in"),
    )

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    noun: Mapped[str]
    id: Mapped[UUID]
    # Whose exports it concerns; null for those of callers who see everything. No foreign key: a
    # department's own end takes what had reached it out of its sight, too.
    department_id: Mapped[UUID | None]


Index("ix_interactions_changed", InteractionRow.changed_in, InteractionRow.id)
Index("ix_findings_changed", FindingRow.changed_in, FindingRow.id)
Index("ix_themes_changed", ThemeRow.changed_in, ThemeRow.id)
Index("ix_routed_changed", RoutedRow.department_id, RoutedRow.changed_in)

# Vectors have length 1, so that the inner product is the cosine, and cheaper.
Index(
    "ix_passages_vector",
    PassageRow.vector,
    postgresql_using="hnsw",
    postgresql_ops={"vector": "halfvec_ip_ops"},
)
Index(
    "ix_interactions_metadata",
    InteractionRow.meta,
    postgresql_using="gin",
    postgresql_ops={"metadata": "jsonb_path_ops"},
)
Index("ix_interactions_received", InteractionRow.received_at, InteractionRow.id)
Index(
    "ix_interactions_began",
    func.coalesce(InteractionRow.started_at, InteractionRow.received_at),
    InteractionRow.id,
)
Index("ix_findings_confidence", FindingRow.confidence, FindingRow.id)

"""Findings and members of themes by how their passage feels, in the order of lists."""

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"

_FEELINGS = ("negative", "neutral", "positive")


def upgrade() -> None:
    """Creates indexes: of what is rarely felt, the few are found without reading the many."""
    op.create_index("ix_findings_sentiment", "findings", ["sentiment", "interaction_id"])
    op.create_index(
        "ix_findings_category_sentiment", "findings", ["category", "sentiment", "interaction_id"]
    )
    for feeling in _FEELINGS:
        op.create_index(
            f"ix_theme_stands_{feeling}",
            "theme_stands",
            ["owner_id", "interaction_id"],
            postgresql_where=sa.text(f"{feeling} > 0"),
        )


def downgrade() -> None:
    """Drops the indexes."""
    for feeling in _FEELINGS:
        op.drop_index(f"ix_theme_stands_{feeling}", "theme_stands")
    op.drop_index("ix_findings_category_sentiment", "findings")
    op.drop_index("ix_findings_sentiment", "findings")

"""A finding says whether a person should decide about it."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Adds the column; what was found before was found by one threshold, and stays."""
    op.add_column(
        "findings", sa.Column("unsure", sa.Boolean(), server_default="false", nullable=False)
    )
    op.create_index("ix_findings_unsure", "findings", ["unsure", "interaction_id"])


def downgrade() -> None:
    """Takes it away."""
    op.drop_index("ix_findings_unsure", table_name="findings")
    op.drop_column("findings", "unsure")

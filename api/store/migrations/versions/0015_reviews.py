"""What people are asked to look at, and what comes of it."""

revision: str = "0015"
down_revision: str | None = "0014"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

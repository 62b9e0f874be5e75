"""Models that may serve, who promoted which, and what was mined by which."""

revision: str = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

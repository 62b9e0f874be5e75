"""Counts of themes that are kept rather than counted."""

revision: str = "0012"
down_revision: str | None = "0011"


def upgrade() -> None:
    """Creates them."""


def downgrade() -> None:
    """Takes them away."""

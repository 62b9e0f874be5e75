"""Webhooks, deliveries and digests."""

revision: str = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Creates them."""


def downgrade() -> None:
    """Takes them away."""

"""Rules and inboxes."""

revision: str = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Creates them."""


def downgrade() -> None:
    """Takes them away."""

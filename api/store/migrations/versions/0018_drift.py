"""How far what comes in has moved from what the model learned from."""

revision: str = "0018"
down_revision: str | None = "0017"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

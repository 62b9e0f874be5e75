"""Trainings, their schedule and their logs; candidates that read beside the model that serves."""

revision: str = "0017"
down_revision: str | None = "0016"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

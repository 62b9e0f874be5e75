"""What people say of findings and passages; two more kinds of jobs."""

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"

_BEFORE = ("batch", "backfill", "themes", "route", "erase")
_KINDS = (*_BEFORE, "remine", "train")


def _kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", f"kind IN ({listed})")


def upgrade() -> None:
    """Lets jobs mine again and train."""
    _kinds(_KINDS)


def downgrade() -> None:
    """Takes that away."""
    op.execute("DELETE FROM jobs WHERE kind IN ('remine', 'train')")
    _kinds(_BEFORE)

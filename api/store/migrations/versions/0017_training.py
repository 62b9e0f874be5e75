"""Trainings, their schedule and their logs; candidates that read beside the model that serves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0017"
down_revision: str | None = "0016"

_CATEGORIES = ("product_defect", "documentation_error", "feature_request")
_NAME = "~ '^[a-z0-9]+([._-][a-z0-9]+)*$'"


def _moment(name: str, *, now: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()") if now else None,
        nullable=not now,
    )


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _sum(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Double(), server_default="0", nullable=False)


def _few(name: str, default: str = "0") -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def _text(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=null)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _one_of(table: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return _check(table, column, f"{column} IN ({listed})")


def _below(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete="CASCADE")


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    """Creates the tables, and a schedule that is switched off."""
    _trainings()
    op.create_table(
        "training_lines",
        sa.Column("training_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _moment("at", now=True),
        _text("stage"),
        _text("line"),
        _check("training_lines", "number", "number > 0"),
        _check("training_lines", "line", "char_length(line) BETWEEN 1 AND 500"),
        _below("training_lines", "training_id", "trainings.job_id"),
        _key("training_lines", "training_id", "number"),
    )
    op.create_table(
        "training_schedules",
        sa.Column("one", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("after_judgements", sa.Integer(), nullable=True),
        _moment("last_at", now=True),
        _few("revision", "1"),
        _check("training_schedules", "one", "one"),
        _check("training_schedules", "every_days", "every_days BETWEEN 1 AND 3650"),
        _check("training_schedules", "after_judgements", "after_judgements > 0"),
        _check(
            "training_schedules",
            "enabled",
            "NOT enabled OR every_days IS NOT NULL OR after_judgements IS NOT NULL",
        ),
        _check("training_schedules", "revision", "revision > 0"),
        _key("training_schedules", "one"),
    )
    op.execute("INSERT INTO training_schedules DEFAULT VALUES")
    _shadows()
    _shadow_counts()
    _reads()
    _differences()


def _trainings() -> None:
    name = "trainings"
    op.create_table(
        name,
        sa.Column("job_id", sa.Uuid(), nullable=False),
        _text("name"),
        _text("parent", null=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        _moment("since"),
        _moment("until"),
        _few("interactions"),
        _few("judgements"),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        _text("reason"),
        _text("stage", null=True),
        _count("done"),
        _count("total"),
        _few("starts"),
        _moment("started_at"),
        _text("digest", null=True),
        _text("error_code", null=True),
        _text("error", null=True),
        _text("by_name"),
        _check(name, "name", f"name {_NAME} AND char_length(name) <= 64"),
        _one_of(name, "state", ("waiting", "running", "done", "failed", "stopped")),
        _one_of(name, "reason", ("asked", "schedule")),
        _check(name, "seed", "seed BETWEEN 0 AND 2147483647"),
        _check(name, "window", "since IS NULL OR until IS NULL OR since < until"),
        _check(name, "corrections", "0 <= interactions AND 0 <= judgements"),
        _check(name, "progress", "0 <= done AND done <= total"),
        _check(name, "digest", "(state = 'done') = (digest IS NOT NULL)"),
        _check(name, "failed_why", "(state = 'failed') = (error_code IS NOT NULL)"),
        _check(name, "error", "(error_code IS NULL) = (error IS NULL)"),
        _below(name, "job_id", "jobs.id"),
        _key(name, "job_id"),
    )
    op.create_index(
        "uq_trainings_name",
        name,
        ["name"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running', 'done')"),
    )


def _shadows() -> None:
    name = "shadows"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("model"),
        _text("served"),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        _moment("started_at", now=True),
        _moment("ended_at"),
        _text("ended_because", null=True),
        _text("error_code", null=True),
        _text("by_name"),
        _count("interactions"),
        _count("passages"),
        _count("same_feeling"),
        _sum("served_seconds"),
        _sum("candidate_seconds"),
        _check(name, "model", f"model {_NAME} AND char_length(model) <= 64"),
        _check(name, "share", "share > 0 AND share <= 1"),
        _one_of(name, "state", ("running", "ended")),
        _check(name, "ended", "(state = 'ended') = (ended_at IS NOT NULL)"),
        _check(name, "ended_why", "(ended_at IS NULL) = (ended_because IS NULL)"),
        _one_of(name, "ended_because", ("asked", "other_model", "failing")),
        _check(
            name, "error_code", "error_code IS NULL OR ended_because IS NOT DISTINCT FROM 'failing'"
        ),
        _check(
            name,
            "counts",
            "0 <= interactions AND 0 <= same_feeling AND same_feeling <= passages",
        ),
        _check(name, "seconds", "served_seconds >= 0 AND candidate_seconds >= 0"),
        _key(name, "id"),
    )
    op.create_index(
        "uq_shadows_running",
        name,
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )


def _shadow_counts() -> None:
    name = "shadow_counts"
    op.create_table(
        name,
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        _text("category"),
        *map(_count, ("both_found", "served_alone", "candidate_alone", "neither")),
        *map(_sum, ("sum_gap", "sum_served", "sum_candidate")),
        *map(_sum, ("sum_served_square", "sum_candidate_square", "sum_product")),
        _one_of(name, "category", _CATEGORIES),
        _check(name, "counts", "least(both_found, served_alone, candidate_alone, neither) >= 0"),
        _below(name, "shadow_id", "shadows.id"),
        _key(name, "shadow_id", "category"),
    )


def _reads() -> None:
    name = "shadow_reads"
    op.create_table(
        name,
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        _below(name, "shadow_id", "shadows.id"),
        _below(name, "interaction_id", "interactions.id"),
        _key(name, "shadow_id", "interaction_id"),
    )
    op.create_index("ix_shadow_reads_interaction", name, ["interaction_id"])


def _differences() -> None:
    name = "shadow_differences"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        _text("category"),
        sa.Column("served", sa.Double(), nullable=False),
        sa.Column("candidate", sa.Double(), nullable=False),
        sa.Column("served_found", sa.Boolean(), nullable=False),
        sa.Column("candidate_found", sa.Boolean(), nullable=False),
        sa.Column("gap", sa.Integer(), nullable=False),
        sa.UniqueConstraint(
            "shadow_id",
            "interaction_id",
            "passage",
            "category",
            name=op.f("uq_shadow_differences_shadow_id"),
        ),
        _check(name, "passage", "passage >= 0"),
        _one_of(name, "category", _CATEGORIES),
        _check(name, "served", "served BETWEEN 0 AND 1"),
        _check(name, "candidate", "candidate BETWEEN 0 AND 1"),
        _check(name, "gap", "gap BETWEEN 0 AND 10000"),
        _check(name, "differs", "served_found <> candidate_found OR gap >= 1000"),
        _below(name, "shadow_id", "shadows.id"),
        _below(name, "interaction_id", "interactions.id"),
        _key(name, "id"),
    )
    op.create_index("ix_shadow_differences_gap", name, ["shadow_id", "gap", "id"])
    op.create_index("ix_shadow_differences_interaction", name, ["interaction_id"])


def downgrade() -> None:
    """Takes them away, and with them their jobs."""
    for name in ("shadow_differences", "shadow_reads", "shadow_counts", "shadows"):
        op.drop_table(name)
    for name in ("training_schedules", "training_lines", "trainings"):
        op.drop_table(name)
    op.execute("DELETE FROM jobs WHERE kind = 'train'")

"""Models that may serve, who promoted which, and what was mined by which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0016"
down_revision: str | None = "0015"

_BEFORE = ("batch", "backfill", "themes", "route", "erase", "remine", "train")
_KINDS = (*_BEFORE, "measure")
_NAME = "~ '^[a-z0-9]+([._-][a-z0-9]+)*$'"
_SENTIMENTS = ("negative", "neutral", "positive")


def _kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", f"kind IN ({_listed(kinds)})")


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _moment(name: str, *, now: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()") if now else None,
        nullable=not now,
    )


def _text(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=null)


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _of_job(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_job_id")
    return sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=name, ondelete="CASCADE")


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    """Creates the tables."""
    _kinds(_KINDS)
    _promotions()
    op.create_table(
        "measurements",
        _id("job_id"),
        _text("model"),
        _text("digest"),
        _text("against"),
        _text("against_digest"),
        _count("done"),
        sa.Column("speed", postgresql.JSONB(), nullable=True),
        _moment("measured_at"),
        _text("error_code", null=True),
        _check("measurements", "done", "done >= 0"),
        _check("measurements", "measured", "(speed IS NULL) = (measured_at IS NULL)"),
        _of_job("measurements"),
        _key("measurements", "job_id"),
    )
    op.create_index(
        "ix_measurements_digests", "measurements", ["digest", "against_digest", "measured_at"]
    )
    _answers()
    op.create_table(
        "remines",
        _id("job_id"),
        _text("model", null=True),
        _moment("since"),
        _moment("before"),
        _id("theme_id", null=True),
        _id("after", null=True),
        _id("until", null=True),
        _count("done"),
        _count("failed"),
        _check("remines", "counts", "0 <= done AND 0 <= failed AND failed <= done"),
        _check("remines", "window", "since IS NULL OR before IS NULL OR since < before"),
        _of_job("remines"),
        _key("remines", "job_id"),
    )


def _promotions() -> None:
    op.create_table(
        "promotions",
        _id("id"),
        _text("kind"),
        _text("model"),
        _text("digest"),
        _text("from_model"),
        _text("from_digest"),
        _id("undoes", null=True),
        _text("reason"),
        sa.Column("forced", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("verdict", postgresql.JSONB(), nullable=True),
        _id("caller_id", null=True),
        _text("by_name"),
        _moment("at", now=True),
        _check("promotions", "kind", "kind IN ('promote', 'rollback')"),
        _check("promotions", "model", f"model {_NAME} AND char_length(model) <= 64"),
        _check("promotions", "digest", "digest <> ''"),
        _check("promotions", "reason", "char_length(reason) BETWEEN 1 AND 1000"),
        _check("promotions", "forced", "NOT forced OR kind = 'promote'"),
        _check("promotions", "verdict", "(kind = 'promote') = (verdict IS NOT NULL)"),
        _check("promotions", "undoes", "(kind = 'rollback') = (undoes IS NOT NULL)"),
        sa.ForeignKeyConstraint(["undoes"], ["promotions.id"], name=op.f("fk_promotions_undoes")),
        _key("promotions", "id"),
    )
    op.create_table(
        "model_troubles",
        _id("promotion_id"),
        _text("code"),
        _text("serves"),
        _moment("at", now=True),
        sa.ForeignKeyConstraint(
            ["promotion_id"],
            ["promotions.id"],
            name=op.f("fk_model_troubles_promotion_id"),
            ondelete="CASCADE",
        ),
        _key("model_troubles", "promotion_id"),
    )


def _answers() -> None:
    op.create_table(
        "model_answers",
        _text("digest"),
        _id("interaction_id"),
        _number("turn"),
        _number("start"),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("found", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("probabilities", postgresql.ARRAY(sa.Double()), nullable=False),
        _text("felt"),
        _check("model_answers", "offsets", '0 <= start AND start < "end"'),
        _check("model_answers", "felt", f"felt IN ({_listed(_SENTIMENTS)})"),
        sa.ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_model_answers_turn",
            ondelete="CASCADE",
        ),
        _key("model_answers", "digest", "interaction_id", "turn", "start"),
    )


def downgrade() -> None:
    """Takes that away."""
    for table in ("remines", "model_answers", "measurements", "model_troubles", "promotions"):
        op.drop_table(table)
    op.execute("DELETE FROM jobs WHERE kind = 'measure'")
    _kinds(_BEFORE)

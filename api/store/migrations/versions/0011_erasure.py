"""Retention, legal holds, and receipts of erasure."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"

_KINDS = ("interactions", "customer", "before", "retention")
_OUTCOMES = ("erased", "held", "gone")
_HOLDS = ("interaction", "customer", "metadata", "window")


def _moment(name: str, *, now: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()") if now else None,
        nullable=not now,
    )


def _one_of(table: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _counts(name: str) -> sa.Column[object]:
    empty = sa.text("'{}'::jsonb")
    return sa.Column(name, postgresql.JSONB(), server_default=empty, nullable=False)


def _jobs(*kinds: str) -> None:
    """Jobs are of these kinds."""
    op.execute("ALTER TABLE jobs DROP CONSTRAINT ck_jobs_kind")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE jobs ADD CONSTRAINT ck_jobs_kind CHECK (kind IN ({listed}))")


def upgrade() -> None:
    """Creates the tables, and the policy that keeps everything."""
    _jobs("batch", "backfill", "themes", "route", "erase")
    _erasures()
    _targets()
    _holds()
    op.create_table(
        "retention",
        sa.Column("one", sa.Boolean(), server_default="true", nullable=False),
        _counts("days"),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        _moment("ran_at"),
        _check("retention", "one", "one"),
        _check("retention", "revision", "revision > 0"),
        _check("retention", "days", "jsonb_typeof(days) = 'object'"),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_retention")),
    )
    op.execute("INSERT INTO retention DEFAULT VALUES")
    op.create_index(
        "ix_interactions_mined_at",
        "interactions",
        ["mined_at"],
        postgresql_where=sa.text("state = 'mined'"),
    )
    op.add_column("category_examples", sa.Column("interaction_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_category_examples_interaction_id"),
        "category_examples",
        "interactions",
        ["interaction_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index("ix_category_examples_interaction", "category_examples", ["interaction_id"])
    op.add_column(
        "categories", sa.Column("stale", sa.Boolean(), server_default="false", nullable=False)
    )


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("what", postgresql.JSONB(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        _moment("asked_at", now=True),
        _counts("counts"),
        _counts("scopes"),
        sa.Column("receipt", postgresql.JSONB(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        _one_of("erasures", "kind", _KINDS),
        _check(
            "erasures",
            "receipt_whole",
            "(receipt IS NULL) = (digest IS NULL) AND (receipt IS NULL) = (signature IS NULL)"
            " AND (receipt IS NULL) = (public_key IS NULL) AND (receipt IS NULL) = (sequence IS"
            " NULL)",
        ),
        _check("erasures", "digest", "octet_length(digest) = 32"),
        _check("erasures", "signature", "octet_length(signature) = 64"),
        _check("erasures", "public_key", "octet_length(public_key) = 32"),
        _check("erasures", "sequence", "sequence > 0"),
        sa.ForeignKeyConstraint(["id"], ["jobs.id"], name=op.f("fk_erasures_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("sequence", name=op.f("uq_erasures_sequence")),
    )


def _targets() -> None:
    op.create_table(
        "erasure_targets",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        _one_of("erasure_targets", "outcome", _OUTCOMES),
        sa.ForeignKeyConstraint(
            ["erasure_id"],
            ["erasures.id"],
            name=op.f("fk_erasure_targets_erasure_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("erasure_id", "interaction_id", name=op.f("pk_erasure_targets")),
    )
    op.create_index(
        "ix_erasure_targets_open",
        "erasure_targets",
        ["erasure_id", "interaction_id"],
        postgresql_where=sa.text("outcome IS NULL"),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        _moment("since"),
        _moment("until"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        _moment("created_at", now=True),
        _moment("released_at"),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        _one_of("holds", "kind", _HOLDS),
        _check("holds", "interaction", "(kind = 'interaction') = (interaction_id IS NOT NULL)"),
        _check(
            "holds",
            "customer",
            "(kind = 'customer') = (digest IS NOT NULL) AND (digest IS NULL) = (salt IS NULL)",
        ),
        _check(
            "holds",
            "metadata",
            "(kind = 'metadata') = (key IS NOT NULL) AND (key IS NULL) = (value IS NULL)",
        ),
        _check("holds", "window", "kind <> 'window' OR since IS NOT NULL OR until IS NOT NULL"),
        _check("holds", "order", "since < until"),
        _check("holds", "reason", "char_length(reason) BETWEEN 1 AND 1000"),
        _check("holds", "revision", "revision > 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        "ix_holds_active", "holds", ["id"], postgresql_where=sa.text("released_at IS NULL")
    )


def downgrade() -> None:
    """Takes them away; jobs that erased go too."""
    op.drop_index("ix_interactions_mined_at", "interactions")
    op.drop_column("categories", "stale")
    op.drop_column("category_examples", "interaction_id")
    for table in ("retention", "holds", "erasure_targets", "erasures"):
        op.drop_table(table)
    op.execute("DELETE FROM jobs WHERE kind = 'erase'")
    _jobs("batch", "backfill", "themes", "route")

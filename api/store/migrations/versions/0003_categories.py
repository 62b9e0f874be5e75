"""Categories of a team's own, their examples, and reading stored interactions again for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# rule: size, a schema is changed in one go
revision: str = "0003"
down_revision: str | None = "0002"

_NAME = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_BUILT_IN = "('product_defect', 'documentation_error', 'feature_request')"


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )


def upgrade() -> None:
    """Creates the tables, and lets findings and jobs be of the new kinds."""
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("threshold_set", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("wanted", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("head", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("judged", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        _moment("created_at"),
        _moment("fitted_at"),
        sa.CheckConstraint(
            f"name ~ '{_NAME}' AND char_length(name) <= 48", name=op.f("ck_categories_name")
        ),
        sa.CheckConstraint(f"name NOT IN {_BUILT_IN}", name=op.f("ck_categories_reserved")),
        sa.CheckConstraint("threshold BETWEEN 0 AND 1", name=op.f("ck_categories_threshold")),
        sa.CheckConstraint("wanted > 0 AND wanted < 1", name=op.f("ck_categories_wanted")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_categories_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("name", name=op.f("uq_categories_name")),
    )
    op.create_table(
        "category_examples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("carries", sa.Boolean(), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("text <> ''", name=op.f("ck_category_examples_text")),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["categories.id"],
            name=op.f("fk_category_examples_category_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_examples")),
    )
    op.create_index("ix_category_examples_category", "category_examples", ["category_id", "id"])
    op.create_table(
        "category_version",
        sa.Column("one", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_category_version_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_category_version")),
    )
    op.execute("INSERT INTO category_version DEFAULT VALUES")
    op.create_table(
        "backfills",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("until", sa.Uuid(), nullable=True),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("found", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("0 <= done AND 0 <= found", name=op.f("ck_backfills_counts")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_backfills_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["categories.id"],
            name=op.f("fk_backfills_category_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_backfills")),
    )
    op.drop_constraint(op.f("ck_findings_category"), "findings", type_="check")
    op.create_check_constraint(op.f("ck_findings_category"), "findings", f"category ~ '{_NAME}'")
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs", type_="check")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", "kind IN ('batch', 'backfill')")


def downgrade() -> None:
    """Drops them, with the findings and jobs that only they explain."""
    op.execute(f"DELETE FROM findings WHERE category NOT IN {_BUILT_IN}")  # noqa: S608 - constants
    op.execute("DELETE FROM jobs WHERE kind = 'backfill'")
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs", type_="check")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", "kind IN ('batch')")
    op.drop_constraint(op.f("ck_findings_category"), "findings", type_="check")
    op.create_check_constraint(op.f("ck_findings_category"), "findings", f"category IN {_BUILT_IN}")
    op.drop_table("backfills")
    op.drop_table("category_version")
    op.drop_index("ix_category_examples_category", table_name="category_examples")
    op.drop_table("category_examples")
    op.drop_table("categories")

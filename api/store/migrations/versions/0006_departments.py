"""Departments, what reached them, and what happened."""

import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# rule: size, a schema is changed in one go
revision: str = "0006"
down_revision: str | None = "0005"

_NAME = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_EVENT = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"

_SEEDS = (
    ("engineering", "Engineering", "Repairs what does not work as it is meant to."),
    ("documentation", "Documentation", "Writes manuals, help pages and labels."),
    ("product_marketing", "Product marketing", "Decides what the product does next."),
    ("support", "Support", "Answers customers and tells them what became of it."),
)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )


def upgrade() -> None:
    """Creates the tables and the usual departments, which may be renamed or deleted."""
    departments = op.create_table(
        "departments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        _moment("created_at"),
        sa.CheckConstraint(
            f"name ~ '{_NAME}' AND char_length(name) <= 60", name=op.f("ck_departments_name")
        ),
        sa.CheckConstraint(
            "char_length(title) BETWEEN 1 AND 200", name=op.f("ck_departments_title")
        ),
        sa.CheckConstraint(
            "char_length(description) <= 2000", name=op.f("ck_departments_description")
        ),
        sa.CheckConstraint("revision > 0", name=op.f("ck_departments_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("name", name=op.f("uq_departments_name")),
    )
    op.bulk_insert(
        departments,
        [
            {
                "id": uuid.uuid5(uuid.NAMESPACE_URL, f"conduit:department:{name}"),
                "name": name,
                "title": title,
                "description": description,
            }
            for name, title, description in _SEEDS
        ],
    )
    op.create_table(
        "routed",
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_routed_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_routed_finding_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("department_id", "finding_id", name=op.f("pk_routed")),
    )
    op.create_index("ix_routed_finding", "routed", ["finding_id"])
    op.create_index(
        "ix_routed_interaction", "routed", ["department_id", "interaction_id", "passage"]
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "transaction",
            sa.BigInteger(),
            server_default=sa.text("((pg_current_xact_id())::text)::bigint"),
            nullable=False,
        ),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        _moment("at"),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(f"type ~ '{_EVENT}'", name=op.f("ck_events_type")),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_events_department_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_order", "events", ["transaction", "position"])
    op.create_index("ix_events_department", "events", ["department_id", "transaction", "position"])
    op.add_column("jobs", sa.Column("department_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_jobs_department_id"),
        "jobs",
        "departments",
        ["department_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    """Takes them away."""
    op.drop_constraint(op.f("fk_jobs_department_id"), "jobs", type_="foreignkey")
    op.drop_column("jobs", "department_id")
    for table in ("events", "routed", "departments"):
        op.drop_table(table)

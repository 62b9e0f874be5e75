"""Rules and inboxes."""

import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# rule: size, a schema reads best in one piece

revision: str = "0008"
down_revision: str | None = "0007"

_STATES = "('open', 'acknowledged', 'planned', 'fixed', 'declined')"
_SHOWN = "opened_at IS NOT NULL AND folded_into IS NULL"
_KINDS = "'batch', 'backfill', 'themes'"
_SORTS = (("size", "findings"), ("newest", "opened_at"), ("heard", "last_at"), ("due", "due_at"))

_SEEDS = (
    (
        "engineering",
        "Defects that several customers report",
        "category = product_defect and not unsure",
        3,
        14,
    ),
    (
        "documentation",
        "Errors in what explains the product",
        "category = documentation_error and not unsure",
        2,
        14,
    ),
    (
        "product_marketing",
        "What several customers ask for",
        "category = feature_request and not unsure",
        3,
        None,
    ),
    (
        "support",
        "What makes customers angry, for sure",
        "sentiment = negative and confidence >= 0.8 and not unsure",
        3,
        7,
    ),
)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _words(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=None if nullable else sa.text("now()"),
        nullable=nullable,
    )


def _department(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"conduit:department:{name}")


def upgrade() -> None:
    """Creates the tables, and a rule for each of the usual departments that is there."""
    _create_rules()
    _create_items()
    _create_changes()
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", f"kind IN ({_KINDS}, 'route')")
    for name, title, rule, fewest, due in _SEEDS:
        values = {
            "id": uuid.uuid5(uuid.NAMESPACE_URL, f"conduit:rule:{name}"),
            "department": _department(name),
            "title": title,
            "rule": rule,
            "fewest": fewest,
            "due": due,
        }
        op.get_bind().execute(
            sa.text(
                "INSERT INTO rules (id, department_id, title, rule, fewest, due_days)"
                " SELECT :id, id, :title, :rule, :fewest, :due FROM departments"
                " WHERE id = :department"
            ),
            values,
        )


def _create_rules() -> None:
    op.create_table(
        "rules",
        _id("id"),
        _id("department_id"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column(
            "themes", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("delivers", sa.Text(), server_default="themes", nullable=False),
        sa.Column("fewest", sa.Integer(), server_default="1", nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        _moment("created_at"),
        _moment("changed_at"),
        sa.CheckConstraint("delivers IN ('themes', 'findings')", name=op.f("ck_rules_delivers")),
        sa.CheckConstraint("char_length(rule) BETWEEN 1 AND 2000", name=op.f("ck_rules_rule")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_rules_title")),
        sa.CheckConstraint("due_days BETWEEN 1 AND 3650", name=op.f("ck_rules_due_days")),
        sa.CheckConstraint("fewest BETWEEN 1 AND 10000", name=op.f("ck_rules_fewest")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_rules_revision")),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_rules_department_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_index("ix_rules_department", "rules", ["department_id", "id"])
    op.create_table(
        "routings",
        _id("job_id"),
        _id("rule_id", nullable=True),
        _id("after", nullable=True),
        _id("until", nullable=True),
        _count("done"),
        _count("found"),
        sa.CheckConstraint("0 <= done AND 0 <= found", name=op.f("ck_routings_counts")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_routings_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rules.id"], name=op.f("fk_routings_rule_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_routings")),
    )


def _create_items() -> None:
    op.create_table(
        "items",
        _id("id"),
        _id("department_id"),
        _id("theme_id", nullable=True),
        _id("finding_id", nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        _moment("opened_at", nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        _moment("state_at"),
        _moment("fixed_at", nullable=True),
        _words("fixed_in"),
        _words("reason"),
        _words("answer"),
        _moment("due_at", nullable=True),
        _id("folded_into", nullable=True),
        _id("rule_id", nullable=True),
        sa.Column("fewest", sa.Integer(), server_default="1", nullable=False),
        sa.Column("due_days", sa.SmallInteger(), nullable=True),
        _count("findings"),
        _count("interactions"),
        _count("negative"),
        _count("positive"),
        _moment("first_at", nullable=True),
        _moment("last_at", nullable=True),
        _count("told"),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state = 'fixed') = (fixed_at IS NOT NULL)", name=op.f("ck_items_fixed")
        ),
        sa.CheckConstraint(
            "category ~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$'", name=op.f("ck_items_category")
        ),
        sa.CheckConstraint(
            "state <> 'declined' OR reason <> ''", name=op.f("ck_items_declined_why")
        ),
        sa.CheckConstraint(f"state IN {_STATES}", name=op.f("ck_items_state")),
        sa.CheckConstraint(
            "(theme_id IS NULL) <> (finding_id IS NULL)", name=op.f("ck_items_about")
        ),
        sa.CheckConstraint("fewest > 0 AND told >= 0", name=op.f("ck_items_fewest")),
        sa.CheckConstraint(
            "findings >= 0 AND interactions >= 0 AND negative >= 0 AND positive >= 0"
            " AND negative + positive <= findings AND interactions <= findings",
            name=op.f("ck_items_counts"),
        ),
        sa.CheckConstraint("folded_into <> id", name=op.f("ck_items_folded_into_itself")),
        sa.CheckConstraint(
            "greatest(char_length(reason), char_length(answer)) <= 4000"
            " AND char_length(fixed_in) <= 100",
            name=op.f("ck_items_texts"),
        ),
        sa.CheckConstraint("revision > 0", name=op.f("ck_items_revision")),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_items_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["folded_into"], ["items.id"], name=op.f("fk_items_folded_into"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rules.id"], name=op.f("fk_items_rule_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_items_theme_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("department_id", "finding_id", name="uq_items_finding"),
        sa.UniqueConstraint("department_id", "theme_id", name=op.f("uq_items_department_id")),
    )
    op.create_index("ix_items_folded", "items", ["folded_into"])
    op.create_index("ix_items_theme", "items", ["theme_id"])
    for suffix, before in (("", ()), ("_department", ("department_id",))):
        for name, column in _SORTS:
            op.create_index(
                f"ix_items_{name}{suffix}",
                "items",
                [*before, column, "id"],
                postgresql_where=sa.text(_SHOWN),
            )
    op.add_column("routed", _id("rule_id", nullable=True))
    op.add_column("routed", _id("item_id", nullable=True))
    op.create_index("ix_routed_item", "routed", ["item_id", "interaction_id"])
    op.create_foreign_key(
        op.f("fk_routed_item_id"), "routed", "items", ["item_id"], ["id"], ondelete="SET NULL"
    )


def _create_changes() -> None:
    op.create_table(
        "item_answers",
        _id("item_id"),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        _words("fixed_in"),
        _moment("at"),
        sa.CheckConstraint(f"state IN {_STATES}", name=op.f("ck_item_answers_state")),
        sa.CheckConstraint(
            "char_length(answer) BETWEEN 1 AND 4000", name=op.f("ck_item_answers_answer")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_item_answers_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_answers")),
    )
    op.create_table(
        "item_changes",
        _id("id"),
        _id("item_id"),
        _id("department_id"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        _moment("at"),
        _id("caller_id", nullable=True),
        _words("caller"),
        _words("note"),
        _words("reason"),
        _words("answer"),
        _words("fixed_in"),
        _moment("due_at", nullable=True),
        _count("findings"),
        _id("other_id", nullable=True),
        sa.CheckConstraint(f"after IN {_STATES}", name=op.f("ck_item_changes_after")),
        sa.CheckConstraint(f"before IN {_STATES}", name=op.f("ck_item_changes_before")),
        sa.CheckConstraint(
            "kind IN ('opened', 'changed', 'reopened', 'folded', 'took_in', 'unfolded',"
            " 'gave_back', 'split_off')",
            name=op.f("ck_item_changes_kind"),
        ),
        sa.CheckConstraint(
            "greatest(char_length(note), char_length(reason), char_length(answer)) <= 4000",
            name=op.f("ck_item_changes_texts"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_item_changes_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_item_changes_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["items.id"], name=op.f("fk_item_changes_other_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_changes")),
    )
    op.create_index("ix_item_changes_department", "item_changes", ["department_id"])
    op.create_index("ix_item_changes_item", "item_changes", ["item_id", "id"])


def downgrade() -> None:
    """Takes them away, with the jobs that routed."""
    op.execute("DELETE FROM jobs WHERE kind = 'route'")
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", f"kind IN ({_KINDS})")
    op.drop_constraint(op.f("fk_routed_item_id"), "routed", type_="foreignkey")
    op.drop_index("ix_routed_item", "routed")
    op.drop_column("routed", "item_id")
    op.drop_column("routed", "rule_id")
    for table in ("item_answers", "item_changes", "items", "routings", "rules"):
        op.drop_table(table)

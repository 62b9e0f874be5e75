"""Themes: what is gathered, what happens to it, what people decide about it."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql

# rule: size, a schema is changed in one go
revision: str = "0005"
down_revision: str | None = "0004"


_NAME = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_BUILT_IN = "'product_defect', 'documentation_error', 'feature_request'"


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )


def upgrade() -> None:
    """Creates the tables, lets jobs be of the new kind, and keeps the name of the scope of all."""
    _rename_all()
    _reserve(f"{_BUILT_IN}, 'all'")
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs", type_="check")
    op.create_check_constraint(
        op.f("ck_jobs_kind"), "jobs", "kind IN ('batch', 'backfill', 'themes')"
    )
    op.create_table(
        "theme_scopes",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("clustered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("resolution", sa.Double(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("centre", HALFVEC(384), nullable=True),
        sa.Column("documents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("watched", sa.Date(), nullable=True),
        sa.CheckConstraint(f"scope ~ '{_NAME}'", name=op.f("ck_theme_scopes_scope")),
        sa.CheckConstraint("documents >= 0", name=op.f("ck_theme_scopes_documents")),
        sa.CheckConstraint("resolution > 0", name=op.f("ck_theme_scopes_resolution")),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_theme_scopes")),
    )
    op.create_table(
        "theme_areas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_theme_areas_name")),
        sa.ForeignKeyConstraint(
            ["scope"],
            ["theme_scopes.scope"],
            name=op.f("fk_theme_areas_scope"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_areas")),
    )
    op.create_index("ix_theme_areas_scope", "theme_areas", ["scope", "id"])
    op.create_table(
        "theme_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        _moment("created_at"),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("findings", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("documents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("themes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("moved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("quality", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('waiting', 'running')) = (finished_at IS NULL)",
            name=op.f("ck_theme_runs_finished"),
        ),
        sa.CheckConstraint(
            "reason IN ('asked', 'first', 'grown', 'waiting', 'erased')",
            name=op.f("ck_theme_runs_reason"),
        ),
        sa.CheckConstraint(
            "state <> 'done' OR quality IS NOT NULL", name=op.f("ck_theme_runs_done_whole")
        ),
        sa.CheckConstraint(
            "state <> 'failed' OR error_code IS NOT NULL", name=op.f("ck_theme_runs_failed_why")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_theme_runs_state"),
        ),
        sa.CheckConstraint(
            "findings >= 0 AND documents >= 0 AND themes >= 0 AND waiting >= 0 AND moved >= 0",
            name=op.f("ck_theme_runs_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_theme_runs_job_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["scope"],
            ["theme_scopes.scope"],
            name=op.f("fk_theme_runs_scope"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_runs")),
    )
    op.create_index("ix_theme_runs_job", "theme_runs", ["job_id", "id"])
    op.create_index("ix_theme_runs_scope", "theme_runs", ["scope", "id"])
    op.create_index(
        "uq_theme_runs_open",
        "theme_runs",
        ["scope"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_table(
        "themes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("named_by", sa.Text(), server_default="machine", nullable=False),
        sa.Column("machine_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "key_terms", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("made_by", sa.Text(), server_default="machine", nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        _moment("born_at"),
        sa.Column("centroid", HALFVEC(384), nullable=False),
        sa.Column("middle", HALFVEC(384), nullable=False),
        sa.Column("floor", sa.Double(), nullable=False),
        sa.CheckConstraint("(state = 'active') = (ended_at IS NULL)", name=op.f("ck_themes_ended")),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into IS NOT NULL)", name=op.f("ck_themes_merged")
        ),
        sa.CheckConstraint("machine_name <> ''", name=op.f("ck_themes_machine_name")),
        sa.CheckConstraint("made_by IN ('machine', 'person')", name=op.f("ck_themes_made_by")),
        sa.CheckConstraint(
            "named_by = 'person' OR name = machine_name", name=op.f("ck_themes_named")
        ),
        sa.CheckConstraint("named_by IN ('machine', 'person')", name=op.f("ck_themes_named_by")),
        sa.CheckConstraint("state IN ('active', 'faded', 'merged')", name=op.f("ck_themes_state")),
        sa.CheckConstraint("char_length(description) <= 2000", name=op.f("ck_themes_description")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_themes_name")),
        sa.CheckConstraint("floor BETWEEN -1 AND 1", name=op.f("ck_themes_floor")),
        sa.CheckConstraint("merged_into <> id", name=op.f("ck_themes_merged_into_itself")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_themes_revision")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["theme_areas.id"], name=op.f("fk_themes_area_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["merged_into", "scope"],
            ["themes.id", "themes.scope"],
            name="fk_themes_merged_into",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["scope"],
            ["theme_scopes.scope"],
            name=op.f("fk_themes_scope"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_themes")),
        sa.UniqueConstraint("id", "scope", name=op.f("uq_themes_id")),
    )
    op.create_index("ix_themes_area", "themes", ["area_id"])
    op.create_index("ix_themes_merged_into", "themes", ["merged_into", "scope"])
    op.create_index("ix_themes_scope", "themes", ["scope", "state", "id"])
    op.create_table(
        "subthemes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_subthemes_name")),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_subthemes_theme_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subthemes")),
    )
    op.create_index("ix_subthemes_theme", "subthemes", ["theme_id", "id"])
    op.create_table(
        "theme_alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("days", sa.Integer(), server_default="1", nullable=False),
        sa.Column("reopened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("peak", sa.Double(), nullable=False),
        sa.Column("acknowledged_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("muted", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed IS NOT NULL)", name=op.f("ck_theme_alerts_closed")
        ),
        sa.CheckConstraint(
            "kind IN ('burst', 'growing', 'emerging')", name=op.f("ck_theme_alerts_kind")
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_theme_alerts_state")),
        sa.CheckConstraint("days > 0 AND reopened >= 0", name=op.f("ck_theme_alerts_counts")),
        sa.CheckConstraint("opened <= last", name=op.f("ck_theme_alerts_days")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_theme_alerts_revision")),
        sa.ForeignKeyConstraint(
            ["scope"],
            ["theme_scopes.scope"],
            name=op.f("fk_theme_alerts_scope"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_theme_alerts_theme_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_alerts")),
        sa.UniqueConstraint("theme_id", "kind", "opened", name=op.f("uq_theme_alerts_theme_id")),
    )
    op.create_index("ix_theme_alerts_scope", "theme_alerts", ["scope", "id"])
    op.create_index(
        "uq_theme_alerts_open",
        "theme_alerts",
        ["theme_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "theme_edits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=True),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        _moment("made_at"),
        sa.Column("undone_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind IN ('merge', 'split')) = (other_id IS NOT NULL)",
            name=op.f("ck_theme_edits_other"),
        ),
        sa.CheckConstraint(
            "(kind IN ('together', 'apart')) = (theme_id IS NULL)"
            " OR (kind = 'move' AND theme_id IS NULL)",
            name=op.f("ck_theme_edits_theme"),
        ),
        sa.CheckConstraint(
            "kind IN ('rename', 'describe', 'pin', 'hide', 'merge', 'split', 'move', 'seed',"
            " 'together', 'apart')",
            name=op.f("ck_theme_edits_kind"),
        ),
        sa.CheckConstraint("other_id <> theme_id", name=op.f("ck_theme_edits_other_is_another")),
        sa.ForeignKeyConstraint(
            ["other_id"], ["themes.id"], name=op.f("fk_theme_edits_other_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["scope"],
            ["theme_scopes.scope"],
            name=op.f("fk_theme_edits_scope"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_theme_edits_theme_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_edits")),
    )
    op.create_index("ix_theme_edits_other", "theme_edits", ["other_id"])
    op.create_index("ix_theme_edits_scope", "theme_edits", ["scope", "id"])
    op.create_index("ix_theme_edits_theme", "theme_edits", ["theme_id", "id"])
    op.create_table(
        "theme_prototypes",
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vector", HALFVEC(384), nullable=False),
        sa.CheckConstraint("index >= 0", name=op.f("ck_theme_prototypes_index")),
        sa.ForeignKeyConstraint(
            ["theme_id"],
            ["themes.id"],
            name=op.f("fk_theme_prototypes_theme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("theme_id", "index", name=op.f("pk_theme_prototypes")),
    )
    op.create_table(
        "theme_edit_passages",
        sa.Column("edit_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("passage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("before", sa.Uuid(), nullable=True),
        sa.CheckConstraint("side IN (0, 1)", name=op.f("ck_theme_edit_passages_side")),
        sa.ForeignKeyConstraint(
            ["before"],
            ["themes.id"],
            name=op.f("fk_theme_edit_passages_before"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["edit_id"],
            ["theme_edits.id"],
            name=op.f("fk_theme_edit_passages_edit_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id", "passage"],
            ["passages.interaction_id", "passages.index"],
            name="fk_theme_edit_passages_passage",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "edit_id", "interaction_id", "passage", name=op.f("pk_theme_edit_passages")
        ),
    )
    op.create_index(
        "ix_theme_edit_passages_passage", "theme_edit_passages", ["interaction_id", "passage"]
    )
    op.create_table(
        "theme_lineage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "others", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("passages", sa.BigInteger(), server_default="0", nullable=False),
        _moment("at"),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("edit_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('born', 'grown', 'split', 'merged', 'faded', 'back', 'seeded', 'renamed',"
            " 'moved', 'undone')",
            name=op.f("ck_theme_lineage_kind"),
        ),
        sa.CheckConstraint(
            "(run_id IS NULL) <> (edit_id IS NULL)", name=op.f("ck_theme_lineage_cause")
        ),
        sa.CheckConstraint("passages >= 0", name=op.f("ck_theme_lineage_passages")),
        sa.ForeignKeyConstraint(
            ["edit_id"],
            ["theme_edits.id"],
            name=op.f("fk_theme_lineage_edit_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["theme_runs.id"], name=op.f("fk_theme_lineage_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["scope"],
            ["theme_scopes.scope"],
            name=op.f("fk_theme_lineage_scope"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_theme_lineage_theme_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_lineage")),
    )
    op.create_index("ix_theme_lineage_edit", "theme_lineage", ["edit_id"])
    op.create_index("ix_theme_lineage_run", "theme_lineage", ["run_id"])
    op.create_index("ix_theme_lineage_scope", "theme_lineage", ["scope", "id"])
    op.create_index("ix_theme_lineage_theme", "theme_lineage", ["theme_id", "id"])
    op.create_table(
        "theme_members",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("place", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("likeness", sa.Double(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("subtheme_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "placed_by IN ('online', 'clustering', 'person')",
            name=op.f("ck_theme_members_placed_by"),
        ),
        sa.CheckConstraint("likeness BETWEEN -1 AND 1", name=op.f("ck_theme_members_likeness")),
        sa.CheckConstraint("place IN (1, 2)", name=op.f("ck_theme_members_place")),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["findings.id"],
            name=op.f("fk_theme_members_finding_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subtheme_id"],
            ["subthemes.id"],
            name=op.f("fk_theme_members_subtheme_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["theme_id", "scope"],
            ["themes.id", "themes.scope"],
            name="fk_theme_members_theme",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("finding_id", "theme_id", name=op.f("pk_theme_members")),
        sa.UniqueConstraint(
            "finding_id", "scope", "place", name=op.f("uq_theme_members_finding_id")
        ),
    )
    op.create_index("ix_theme_members_subtheme", "theme_members", ["subtheme_id"])
    op.create_index(
        "ix_theme_members_theme",
        "theme_members",
        ["theme_id", "place", "interaction_id", "finding_id"],
    )
    op.create_table(
        "theme_quotes",
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('central', 'diverse')", name=op.f("ck_theme_quotes_kind")),
        sa.CheckConstraint("place >= 0", name=op.f("ck_theme_quotes_place")),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["findings.id"],
            name=op.f("fk_theme_quotes_finding_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_theme_quotes_theme_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("theme_id", "kind", "place", name=op.f("pk_theme_quotes")),
    )
    op.create_index("ix_theme_quotes_finding", "theme_quotes", ["finding_id"])
    op.create_index(
        "ix_interactions_happened",
        "interactions",
        [sa.literal_column("coalesce(started_at, received_at)")],
        postgresql_where=sa.text("state = 'mined'"),
    )


def _rename_all() -> None:
    """A category named "all" gets another name, which is free."""
    op.execute(
        """
        DO $$
        DECLARE other text := 'all_findings';
        BEGIN
            IF EXISTS (SELECT FROM categories WHERE name = 'all') THEN
                WHILE EXISTS (SELECT FROM categories WHERE name = other) LOOP
                    other := other || '_2';
                END LOOP;
                UPDATE findings SET category = other WHERE category = 'all';
                UPDATE categories SET name = other, revision = revision + 1 WHERE name = 'all';
                UPDATE category_version SET version = version + 1;
            END IF;
        END $$
        """
    )


def _reserve(names: str) -> None:
    op.drop_constraint(op.f("ck_categories_reserved"), "categories", type_="check")
    op.create_check_constraint(
        op.f("ck_categories_reserved"), "categories", f"name NOT IN ({names})"
    )


def downgrade() -> None:
    """Drops them, with the jobs that only they explain."""
    op.drop_index("ix_interactions_happened", table_name="interactions")
    for table in (
        "theme_quotes",
        "theme_members",
        "theme_lineage",
        "theme_edit_passages",
        "theme_prototypes",
        "theme_edits",
        "theme_alerts",
        "subthemes",
        "themes",
        "theme_runs",
        "theme_areas",
        "theme_scopes",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM jobs WHERE kind = 'themes'")
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs", type_="check")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", "kind IN ('batch', 'backfill')")
    _reserve(_BUILT_IN)

"""What search and exports stand on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"

_CURRENT = "((pg_current_xact_id())::text)::bigint"
_MARKED = ("interactions", "findings", "themes", "routed")

# What a reader of a theme sees: a re-clustering moves every centroid, and that is no news.
_SEEN = (
    *("scope", "name", "named_by", "description", "key_terms", "product"),
    *("state", "merged_into", "pinned", "hidden", "revision"),
)

_MARK = f"""
CREATE FUNCTION conduit_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := {_CURRENT};
    RETURN NEW;
END $$
"""
_NOTE_WORDS = """
CREATE FUNCTION conduit_note_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO passage_words (interaction_id, index, words)
    SELECT passage.interaction_id, passage.index, to_tsvector('english',
        substring(turn.text FROM passage.start + 1 FOR passage."end" - passage.start))
    FROM come passage
    JOIN turns turn ON turn.interaction_id = passage.interaction_id AND turn.index = passage.turn;
    RETURN NULL;
END $$
"""
# A finding's theme is a part of what is exported of it; that of the scope of all is not.
_MARK_MEMBERS = """
CREATE FUNCTION conduit_mark_{name}_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE findings SET changed_in = {current}
    FROM ({moved}) moved
    WHERE findings.id = moved.finding_id AND findings.category = moved.scope
    AND findings.changed_in <> {current};
    RETURN NULL;
END $$
"""
_MOVED = {
    "come": "SELECT DISTINCT finding_id, scope FROM come",
    "gone": "SELECT DISTINCT finding_id, scope FROM gone",
    # One row for each side of each change, twins (nothing moved) taken off.
    "changed": "SELECT DISTINCT finding_id, scope FROM (("
    "SELECT finding_id, scope, theme_id, place FROM come EXCEPT "
    "SELECT finding_id, scope, theme_id, place FROM gone) UNION ALL ("
    "SELECT finding_id, scope, theme_id, place FROM gone EXCEPT "
    "SELECT finding_id, scope, theme_id, place FROM come)) either",
}
_BURY = """
CREATE FUNCTION conduit_bury() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tombstones (noun, id) SELECT TG_ARGV[0], gone.id FROM gone;
    RETURN NULL;
END $$
"""
_BURY_ROUTED = """
CREATE FUNCTION conduit_bury_routed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tombstones (noun, id, department_id)
    SELECT 'findings', gone.finding_id, gone.department_id FROM gone
    UNION SELECT 'interactions', gone.interaction_id, gone.department_id FROM gone;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Creates them. The index over vectors takes minutes for each million passages."""
    _tables()
    _indexes()
    for statement in (_MARK, _NOTE_WORDS, _BURY, _BURY_ROUTED):
        op.execute(statement)
    for name, moved in _MOVED.items():
        op.execute(_MARK_MEMBERS.format(name=name, moved=moved, current=_CURRENT))
    _triggers()


def _tables() -> None:
    for table in _MARKED:
        # A constant first: with the transaction's number every row would be written anew.
        column = sa.Column("changed_in", sa.BigInteger(), server_default="0", nullable=False)
        op.add_column(table, column)
        op.alter_column(table, "changed_in", server_default=sa.text(_CURRENT))
    op.create_table(
        "passage_words",
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id", "index"],
            ["passages.interaction_id", "passages.index"],
            name="fk_passage_words_passage",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interaction_id", "index", name=op.f("pk_passage_words")),
    )
    op.execute(
        "INSERT INTO passage_words (interaction_id, index, words)"
        " SELECT passage.interaction_id, passage.index, to_tsvector('english',"
        ' substring(turn.text FROM passage.start + 1 FOR passage."end" - passage.start))'
        " FROM passages passage JOIN turns turn ON turn.interaction_id = passage.interaction_id"
        " AND turn.index = passage.turn"
    )
    op.create_table(
        "tombstones",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("changed_in", sa.BigInteger(), server_default=sa.text(_CURRENT), nullable=False),
        sa.CheckConstraint(
            "noun IN ('interactions', 'findings', 'themes')", name=op.f("ck_tombstones_noun")
        ),
        sa.CheckConstraint(
            "noun <> 'themes' OR department_id IS NULL", name=op.f("ck_tombstones_department")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_tombstones")),
    )
    # What was erased before: whoever holds an export learns it from the next.
    op.execute(
        "INSERT INTO tombstones (noun, id) SELECT 'interactions', interaction_id FROM erased"
    )


def _indexes() -> None:
    op.create_index("ix_passage_words_words", "passage_words", ["words"], postgresql_using="gin")
    op.create_index("ix_tombstones_changed", "tombstones", ["noun", "changed_in"])
    for table in ("interactions", "findings", "themes"):
        op.create_index(f"ix_{table}_changed", table, ["changed_in", "id"])
    op.create_index("ix_routed_changed", "routed", ["department_id", "changed_in"])
    op.create_index(
        "ix_passages_vector",
        "passages",
        ["vector"],
        postgresql_using="hnsw",
        postgresql_ops={"vector": "halfvec_ip_ops"},
    )
    op.create_index(
        "ix_interactions_metadata",
        "interactions",
        ["metadata"],
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )
    op.create_index("ix_interactions_received", "interactions", ["received_at", "id"])
    op.create_index(
        "ix_interactions_began",
        "interactions",
        [sa.text("coalesce(started_at, received_at)"), "id"],
    )
    op.create_index("ix_findings_confidence", "findings", ["confidence", "id"])


def _triggers() -> None:
    seen = [f"({', '.join(f'{side}.{name}' for name in _SEEN)})" for side in ("OLD", "NEW")]
    for table, condition in (
        ("interactions", ""),
        ("findings", ""),
        ("themes", f"WHEN ({' IS DISTINCT FROM '.join(seen)})"),
    ):
        op.execute(
            f"CREATE TRIGGER mark BEFORE UPDATE ON {table} FOR EACH ROW {condition}"
            " EXECUTE FUNCTION conduit_mark()"
        )
        op.execute(
            f"CREATE TRIGGER bury AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone"
            f" FOR EACH STATEMENT EXECUTE FUNCTION conduit_bury('{table}')"
        )
    op.execute(
        "CREATE TRIGGER bury AFTER DELETE ON routed REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT EXECUTE FUNCTION conduit_bury_routed()"
    )
    op.execute(
        "CREATE TRIGGER note_words AFTER INSERT ON passages REFERENCING NEW TABLE AS come"
        " FOR EACH STATEMENT EXECUTE FUNCTION conduit_note_words()"
    )
    for name, when, rows in (
        ("come", "INSERT", "NEW TABLE AS come"),
        ("gone", "DELETE", "OLD TABLE AS gone"),
        ("changed", "UPDATE", "NEW TABLE AS come OLD TABLE AS gone"),
    ):
        op.execute(
            f"CREATE TRIGGER mark_{name} AFTER {when} ON theme_members REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION conduit_mark_{name}_members()"
        )


def downgrade() -> None:
    """Takes them away."""
    for name in _MOVED:
        op.execute(f"DROP FUNCTION conduit_mark_{name}_members() CASCADE")
    for name in ("mark", "note_words", "bury", "bury_routed"):
        op.execute(f"DROP FUNCTION conduit_{name}() CASCADE")
    op.drop_index("ix_findings_confidence", "findings")
    for name in ("began", "received", "metadata"):
        op.drop_index(f"ix_interactions_{name}", "interactions")
    op.drop_index("ix_passages_vector", "passages")
    op.drop_table("tombstones")
    op.drop_table("passage_words")
    for table in _MARKED:
        op.drop_index(f"ix_{table}_changed", table)
        op.drop_column(table, "changed_in")

"""What people say of findings and passages; two more kinds of jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"

_BEFORE = ("batch", "backfill", "themes", "route", "erase")
_KINDS = (*_BEFORE, "remine", "train")


def _kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", f"kind IN ({listed})")


_NAME = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_WORDS = {
    "kind": ("confirm", "reject", "correct", "add", "sentiment", "quote", "speaker"),
    "sentiment": ("negative", "neutral", "positive"),
    "speaker": ("agent", "customer", "other"),
    "reviewed": ("confirmed", "corrected", "added"),
}

# What is said stays as it was said: a category may take another name, a department may end, and
# whoever withdraws it says so. It goes with its interaction alone, which a trigger of the reference
# takes away: then this one runs inside of that.
_STAY = """
CREATE FUNCTION conduit_opinions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['category', 'becomes', 'department_id', 'withdrawn_at', 'withdrawn_by'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF pg_trigger_depth() > 1 THEN
            RETURN OLD;
        END IF;
    ELSIF to_jsonb(OLD) - free = to_jsonb(NEW) - free THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what people said is only ever added to'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def _one_of(table: str, column: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in _WORDS[column])
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


_RULES = {
    "offsets": '0 <= start AND start < "end"',
    "category": f"category ~ '{_NAME}'",
    "category_there": "(category IS NULL) = (kind IN ('sentiment', 'speaker'))",
    "becomes": f"becomes ~ '{_NAME}' AND becomes <> category",
    "becomes_there": "(becomes IS NULL) = (kind <> 'correct')",
    "quote": 'start <= quote_start AND quote_start < quote_end AND quote_end <= "end"',
    "quote_whole": "(quote_start IS NULL) = (quote_end IS NULL)",
    "quote_there": "(kind <> 'quote' OR quote_start IS NOT NULL)"
    " AND (quote_start IS NULL OR kind IN ('quote', 'add', 'correct'))",
    "sentiment_there": "(kind <> 'sentiment' OR sentiment IS NOT NULL)"
    " AND (sentiment IS NULL OR kind IN ('sentiment', 'add'))",
    "speaker_there": "(speaker IS NULL) = (kind <> 'speaker')",
    "note": "char_length(note) <= 2000",
    "withdrawn": "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
}


def _opinions() -> None:
    now = sa.text("now()")
    op.create_table(
        "opinions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("turn", "start", "end")),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("becomes", sa.Text(), nullable=True),
        sa.Column("quote_start", sa.Integer(), nullable=True),
        sa.Column("quote_end", sa.Integer(), nullable=True),
        sa.Column("sentiment", sa.Text(), nullable=True),
        sa.Column("speaker", sa.Text(), nullable=True),
        sa.Column("said", postgresql.JSONB(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=now, nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        *(_one_of("opinions", column) for column in ("kind", "sentiment", "speaker")),
        *(_check("opinions", name, rule) for name, rule in _RULES.items()),
        sa.ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_opinions_turn",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_opinions_department_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
    )
    op.create_index("ix_opinions_passage", "opinions", ["interaction_id", "turn", "start"])
    op.create_index("ix_opinions_finding", "opinions", ["finding_id", "id"])
    op.create_index("ix_opinions_caller", "opinions", ["caller_id", "id"])
    op.create_index("ix_opinions_review", "opinions", ["review_id"])
    op.execute(_STAY)
    op.execute(
        "CREATE TRIGGER stay BEFORE UPDATE OR DELETE ON opinions"
        " FOR EACH ROW EXECUTE FUNCTION conduit_opinions_stay()"
    )


def _model_said() -> None:
    rules = {
        "passage": "passage >= 0",
        "category": f"category ~ '{_NAME}'",
        "offsets": '0 <= start AND start < "end"',
        "confidence": "confidence BETWEEN 0 AND 1",
    }
    op.create_table(
        "model_said",
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("passage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("turn", "start", "end")),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("sentiment", sa.Text(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        _one_of("model_said", "sentiment"),
        *(_check("model_said", name, rule) for name, rule in rules.items()),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_model_said_interaction_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "interaction_id", "passage", "category", name=op.f("pk_model_said")
        ),
    )


def upgrade() -> None:
    """Creates what people say, and lets jobs mine again and train."""
    _kinds(_KINDS)
    op.add_column("findings", sa.Column("reviewed", sa.Text(), nullable=True))
    listed = ", ".join(f"'{value}'" for value in _WORDS["reviewed"])
    op.create_check_constraint(op.f("ck_findings_reviewed"), "findings", f"reviewed IN ({listed})")
    _opinions()
    _model_said()


def downgrade() -> None:
    """Takes that away."""
    op.drop_table("model_said")
    op.drop_table("opinions")
    op.execute("DROP FUNCTION conduit_opinions_stay()")
    op.drop_column("findings", "reviewed")
    op.execute("DELETE FROM jobs WHERE kind IN ('remine', 'train')")
    _kinds(_BEFORE)

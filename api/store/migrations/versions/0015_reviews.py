"""What people are asked to look at, and what comes of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | None = "0014"

_NAME = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_MOMENT = postgresql.TIMESTAMP(timezone=True)
_DRAW_RULES = {
    "found": "0 <= found_drawn AND found_drawn <= found",
    "others": "0 <= others_drawn AND others_drawn <= others",
}
_RULES = {
    "reason": "reason IN ('unsure', 'disagreement', 'rare', 'new_words', 'random')",
    "state": "state IN ('open', 'answered', 'skipped', 'expired')",
    "feeling": "feeling IN ('negative', 'neutral', 'positive')",
    "offsets": '0 <= start AND start < "end"',
    "category": f"category ~ '{_NAME}'",
    "chance": "chance > 0 AND chance <= 1",
    "drawn": "(reason = 'random') = (chance IS NOT NULL) AND (chance IS NULL) = (draw_id IS NULL)",
    "leased": "(leased_by IS NULL) = (leased_until IS NULL)",
    "leased_open": "leased_by IS NULL OR state = 'open'",
    "ended_by": "(state IN ('answered', 'skipped')) = (ended_by IS NOT NULL)",
    "ended": "(state = 'open') = (ended_at IS NULL)",
    "judged": "(state = 'answered') = (judged IS NOT NULL)",
}


def upgrade() -> None:
    """The queue, and the draws that its random share comes from."""
    now = sa.text("now()")
    _draws(now)
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("turn", "start", "end")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("chance", sa.Double(), nullable=True),
        sa.Column("draw_id", sa.Uuid(), nullable=True),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("feeling", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("drawn_at", _MOMENT, server_default=now, nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("judged", postgresql.JSONB(), nullable=True),
        *_checks("reviews", _RULES),
        sa.ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_reviews_turn",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["draw_id"],
            ["review_draws.id"],
            name=op.f("fk_reviews_draw_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    _indexes()


def downgrade() -> None:
    """Away with both."""
    op.drop_table("reviews")
    op.drop_table("review_draws")


def _draws(now: sa.TextClause) -> None:
    op.create_table(
        "review_draws",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("found_drawn", sa.Integer(), nullable=False),
        sa.Column("others", sa.BigInteger(), nullable=False),
        sa.Column("others_drawn", sa.Integer(), nullable=False),
        sa.Column("drawn_at", _MOMENT, server_default=now, nullable=False),
        *_checks("review_draws", _DRAW_RULES),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_draws")),
    )
    op.create_index("ix_review_draws_model", "review_draws", ["model", "until"])


def _checks(table: str, rules: dict[str, str]) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()
    ]


def _indexes() -> None:
    passage = ["interaction_id", "turn", "start"]
    for name, columns, condition in (
        ("uq_reviews_passage", passage, "reason <> 'random'"),
        ("uq_reviews_random", ["draw_id", *passage], "reason = 'random'"),
        ("ix_reviews_open", ["id"], "state = 'open'"),
        ("ix_reviews_ended", ["ended_at"], "state = 'answered'"),
    ):
        op.create_index(
            name,
            "reviews",
            columns,
            unique=name.startswith("uq_"),
            postgresql_where=sa.text(condition),
        )

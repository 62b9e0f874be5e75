"""Interactions, what was found in them, and the uploads that they came by."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql

# rule: size, a schema is created in one go
revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "erased",
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_erased")),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("char_length(key) BETWEEN 1 AND 255", name=op.f("ck_idempotency_key")),
        sa.CheckConstraint(
            "octet_length(body_digest) = 32", name=op.f("ck_idempotency_body_digest")
        ),
        sa.CheckConstraint("status BETWEEN 100 AND 599", name=op.f("ck_idempotency_status")),
        sa.PrimaryKeyConstraint("key", "operation", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(state = 'running') = (finished_at IS NULL)", name=op.f("ck_jobs_finished")
        ),
        sa.CheckConstraint("kind IN ('batch')", name=op.f("ck_jobs_kind")),
        sa.CheckConstraint("state IN ('running', 'done', 'cancelled')", name=op.f("ck_jobs_state")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_jobs_total")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_table(
        "interactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "received_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), server_default="accepted", nullable=False),
        sa.Column("mined_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("redactions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sentiment_label", sa.Text(), nullable=True),
        sa.Column("sentiment_score", sa.Double(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'mined') = (mined_at IS NOT NULL AND model IS NOT NULL"
            " AND sentiment_label IS NOT NULL)",
            name=op.f("ck_interactions_mined_whole"),
        ),
        sa.CheckConstraint(
            "channel IN ('call', 'email', 'chat')", name=op.f("ck_interactions_channel")
        ),
        sa.CheckConstraint(
            "sentiment_label IN ('negative', 'neutral', 'positive')",
            name=op.f("ck_interactions_sentiment_label"),
        ),
        sa.CheckConstraint(
            "state <> 'failed' OR error_code IS NOT NULL", name=op.f("ck_interactions_failed_why")
        ),
        sa.CheckConstraint(
            "state = 'mined' OR mined_at IS NULL", name=op.f("ck_interactions_mined_at")
        ),
        sa.CheckConstraint(
            "state IN ('accepted', 'mined', 'failed', 'cancelled')",
            name=op.f("ck_interactions_state"),
        ),
        sa.CheckConstraint(
            "(sentiment_label IS NULL) = (sentiment_score IS NULL)",
            name=op.f("ck_interactions_sentiment_whole"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_interactions_attempts")),
        sa.CheckConstraint(
            "sentiment_score BETWEEN -1 AND 1", name=op.f("ck_interactions_sentiment_score")
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_interactions_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
    )
    op.create_index(
        "ix_interactions_external_id",
        "interactions",
        ["external_id"],
        unique=False,
        postgresql_using="hash",
    )
    op.create_index("ix_interactions_job_state", "interactions", ["job_id", "state"], unique=False)
    op.create_index(
        "ix_interactions_waiting",
        "interactions",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_table(
        "rejections",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint("index >= 0", name=op.f("ck_rejections_index")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_rejections_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "index", name=op.f("pk_rejections")),
    )
    op.create_table(
        "turns",
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("start_seconds", sa.Double(), nullable=True),
        sa.Column("end_seconds", sa.Double(), nullable=True),
        sa.Column("sentiment_label", sa.Text(), nullable=True),
        sa.Column("sentiment_score", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "sentiment_label IN ('negative', 'neutral', 'positive')",
            name=op.f("ck_turns_sentiment_label"),
        ),
        sa.CheckConstraint(
            "speaker IN ('agent', 'customer', 'other')", name=op.f("ck_turns_speaker")
        ),
        sa.CheckConstraint("text <> ''", name=op.f("ck_turns_text")),
        sa.CheckConstraint(
            "start_seconds BETWEEN -1e9 AND 1e9", name=op.f("ck_turns_start_seconds")
        ),
        sa.CheckConstraint("end_seconds BETWEEN -1e9 AND 1e9", name=op.f("ck_turns_end_seconds")),
        sa.CheckConstraint(
            "(sentiment_label IS NULL) = (sentiment_score IS NULL)",
            name=op.f("ck_turns_sentiment_whole"),
        ),
        sa.CheckConstraint("index >= 0", name=op.f("ck_turns_index")),
        sa.CheckConstraint(
            "sentiment_score BETWEEN -1 AND 1", name=op.f("ck_turns_sentiment_score")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_turns_interaction_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interaction_id", "index", name=op.f("pk_turns")),
    )
    op.create_table(
        "passages",
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("vector", HALFVEC(384), nullable=False),
        sa.CheckConstraint('0 <= start AND start < "end"', name=op.f("ck_passages_offsets")),
        sa.CheckConstraint("index >= 0", name=op.f("ck_passages_index")),
        sa.ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_passages_turn",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interaction_id", "index", name=op.f("pk_passages")),
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("sentiment", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "category IN ('product_defect', 'documentation_error', 'feature_request')",
            name=op.f("ck_findings_category"),
        ),
        sa.CheckConstraint(
            "sentiment IN ('negative', 'neutral', 'positive')", name=op.f("ck_findings_sentiment")
        ),
        sa.CheckConstraint('0 <= start AND start < "end"', name=op.f("ck_findings_offsets")),
        sa.CheckConstraint('char_length(quote) = "end" - start', name=op.f("ck_findings_quote")),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_findings_confidence")),
        sa.ForeignKeyConstraint(
            ["interaction_id", "passage"],
            ["passages.interaction_id", "passages.index"],
            name="fk_findings_passage",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id", "turn"],
            ["turns.interaction_id", "turns.index"],
            name="fk_findings_turn",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index(
        "ix_findings_category", "findings", ["category", "interaction_id"], unique=False
    )
    op.create_index(
        "ix_findings_interaction",
        "findings",
        ["interaction_id", "turn", "start", "id"],
        unique=False,
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_index("ix_findings_interaction", table_name="findings")
    op.drop_index("ix_findings_category", table_name="findings")
    op.drop_table("findings")
    op.drop_table("passages")
    op.drop_table("turns")
    op.drop_table("rejections")
    op.drop_index(
        "ix_interactions_waiting",
        table_name="interactions",
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.drop_index("ix_interactions_job_state", table_name="interactions")
    op.drop_index("ix_interactions_external_id", table_name="interactions")
    op.drop_table("interactions")
    op.drop_table("jobs")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("erased")

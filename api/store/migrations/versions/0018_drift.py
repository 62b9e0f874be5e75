"""How far what comes in has moved from what the model learned from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0018"
down_revision: str | None = "0017"

_CHANNELS = "channel IN ('call', 'email', 'chat')"
_MOMENT = postgresql.TIMESTAMP(timezone=True)
_WHOLE = (
    "(state = 'done') = (made_at IS NOT NULL AND body IS NOT NULL AND moved IS NOT NULL"
    " AND since IS NOT NULL AND until IS NOT NULL AND passages IS NOT NULL)"
)


def upgrade() -> None:
    """Creates weeks in sums, reports on them, and alerts."""
    op.create_table(
        "drift_windows",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("sums", postgresql.JSONB(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.Column("counted_at", _MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(_CHANNELS, name=op.f("ck_drift_windows_channel")),
        sa.CheckConstraint("extract(isodow FROM week) = 1", name=op.f("ck_drift_windows_week")),
        sa.CheckConstraint(
            "0 < sampled AND sampled <= stored", name=op.f("ck_drift_windows_sampled")
        ),
        sa.PrimaryKeyConstraint("week", "channel", name=op.f("pk_drift_windows")),
    )
    op.create_table(
        "drift_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("asked_at", _MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("moved", sa.Boolean(), nullable=True),
        sa.Column("body", postgresql.JSONB(), nullable=True),
        sa.Column("passages", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done')", name=op.f("ck_drift_reports_state")),
        sa.CheckConstraint(_WHOLE, name=op.f("ck_drift_reports_whole")),
        sa.CheckConstraint("since < until", name=op.f("ck_drift_reports_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_reports")),
    )
    op.create_index(
        "uq_drift_reports_waiting",
        "drift_reports",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    _alerts()


def _alerts() -> None:
    op.create_table(
        "drift_alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("settled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("acknowledged_at", _MOMENT, nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("opened <= last", name=op.f("ck_drift_alerts_last")),
        sa.CheckConstraint("closed >= opened", name=op.f("ck_drift_alerts_closed")),
        sa.CheckConstraint(
            "NOT settled OR closed IS NOT NULL", name=op.f("ck_drift_alerts_settled")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_alerts")),
    )
    op.create_index(
        "uq_drift_alerts_open",
        "drift_alerts",
        [sa.text("(closed IS NULL)")],
        unique=True,
        postgresql_where=sa.text("closed IS NULL"),
    )


def downgrade() -> None:
    """Takes them away."""
    op.drop_table("drift_alerts")
    op.drop_table("drift_reports")
    op.drop_table("drift_windows")

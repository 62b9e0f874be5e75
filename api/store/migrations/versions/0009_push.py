"""Webhooks, deliveries and digests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"

_ERRORS = (
    *("address_refused", "unresolved", "connect", "tls", "timeout", "protocol"),
    *("status", "redirect", "gone", "disabled", "secret"),
)
_MAIL_ERRORS = ("smtp_unset", "connect", "timeout", "login", "refused", "protocol", "disabled")


def _moment(name: str, *, now: bool = True, nullable: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(
        name, postgresql.TIMESTAMP(timezone=True), server_default=default, nullable=nullable
    )


def _number(name: str, default: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def _checks(table: str, **rules: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()
    ]


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Creates them."""
    _webhooks()
    _deliveries()
    _tries()
    _digests()
    _mails()


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("types", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        _moment("failing_since", now=False, nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        _moment("old_until", now=False, nullable=True),
        _number("revision", "1"),
        _moment("created_at"),
        *_checks(
            "webhooks",
            url="char_length(url) BETWEEN 1 AND 2000",
            description="char_length(description) <= 2000",
            types="cardinality(types) <= 50",
            old_secret="(old_secret IS NULL) = (old_until IS NULL)",  # noqa: S106 - a rule
            disabled="enabled = (disabled_reason IS NULL)",
            disabled_reason=_one_of("disabled_reason", ("person", "gone", "failing")),
            revision="revision > 0",
        ),
        _belongs("webhooks", "department_id", "departments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index("ix_webhooks_department", "webhooks", ["department_id"])


def _deliveries() -> None:
    table = "webhook_deliveries"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        _number("tries", "0"),
        _number("round_tries", "0"),
        _moment("due_at", nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        _moment("created_at"),
        _moment("delivered_at", now=False, nullable=True),
        *_checks(
            table,
            state=_one_of("state", ("pending", "delivered", "dead")),
            error=_one_of("error", _ERRORS),
            due="(state = 'pending') = (due_at IS NOT NULL)",
            delivered="(state = 'delivered') = (delivered_at IS NOT NULL)",
            tries="tries >= 0 AND round_tries BETWEEN 0 AND tries",
        ),
        _belongs(table, "webhook_id", "webhooks"),
        _belongs(table, "event_id", "events"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("event_id", "webhook_id", name=op.f(f"uq_{table}_event_id")),
    )
    op.create_index(f"ix_{table}_webhook", table, ["webhook_id", "id"])
    op.create_index(
        f"ix_{table}_due", table, ["due_at"], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_index(
        f"ix_{table}_dead", table, ["webhook_id"], postgresql_where=sa.text("state = 'dead'")
    )


def _tries() -> None:
    op.create_table(
        "webhook_tries",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _moment("at"),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        *_checks(
            "webhook_tries",
            error=_one_of("error", _ERRORS),
            number="number > 0",
            milliseconds="milliseconds >= 0",
            status="status BETWEEN 100 AND 999",
            outcome="status IS NOT NULL OR error IS NOT NULL",
        ),
        _belongs("webhook_tries", "delivery_id", "webhook_deliveries"),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_tries")),
    )


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("recipients", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=True),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        _moment("next_at", now=False),
        _number("revision", "1"),
        _moment("created_at"),
        *_checks(
            "digests",
            schedule=_one_of("schedule", ("daily", "weekly")),
            hour="hour BETWEEN 0 AND 23",
            weekday="weekday BETWEEN 0 AND 6",
            weekly="(schedule = 'weekly') = (weekday IS NOT NULL)",
            to="cardinality(recipients) BETWEEN 1 AND 50",
            time_zone="char_length(time_zone) BETWEEN 1 AND 60",
            revision="revision > 0",
        ),
        _belongs("digests", "department_id", "departments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
    )
    op.create_index("ix_digests_department", "digests", ["department_id"])
    op.create_index("ix_digests_next", "digests", ["next_at"], postgresql_where=sa.text("enabled"))


def _mails() -> None:
    table = "digest_mails"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest_id", sa.Uuid(), nullable=False),
        _moment("since", now=False),
        _moment("until", now=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        _number("tries", "0"),
        _moment("due_at", nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        _number("refused", "0"),
        _moment("sent_at", now=False, nullable=True),
        *_checks(
            table,
            state=_one_of("state", ("pending", "sent", "dead")),
            error=_one_of("error", _MAIL_ERRORS),
            period="since < until",
            due="(state = 'pending') = (due_at IS NOT NULL)",
            sent="(state = 'sent') = (sent_at IS NOT NULL)",
            tries="tries >= 0",
        ),
        _belongs(table, "digest_id", "digests"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("digest_id", "until", name=op.f(f"uq_{table}_digest_id")),
    )
    op.create_index(
        f"ix_{table}_due", table, ["due_at"], postgresql_where=sa.text("state = 'pending'")
    )


def downgrade() -> None:
    """Takes them away."""
    for table in ("digest_mails", "digests", "webhook_tries", "webhook_deliveries", "webhooks"):
        op.drop_table(table)

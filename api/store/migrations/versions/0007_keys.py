"""Keys, logins of people, and the log of who read and changed what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"

_SCOPES = "scopes <@ ARRAY['submit', 'read', 'label', 'admin']::text[]"
_ACTION = "^[a-z][a-z_]*([.][a-z][a-z_]*)+$"


def _moment(name: str, *, default: bool = False, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()") if default else None,
        nullable=nullable and not default,
    )


def upgrade() -> None:
    """Creates the tables, and keeps the log from being changed."""
    _keys()
    _logins()
    _audit()


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=True),
        _moment("previous_until"),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        _moment("created_at", default=True),
        _moment("expires_at"),
        _moment("revoked_at"),
        _moment("last_used_at"),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9a-f]{12}$'", name=op.f("ck_keys_prefix")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_keys_name")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_keys_digest")),
        sa.CheckConstraint(
            "octet_length(previous_digest) = 32", name=op.f("ck_keys_previous_digest")
        ),
        sa.CheckConstraint(
            "(previous_digest IS NULL) = (previous_until IS NULL)",
            name=op.f("ck_keys_previous_whole"),
        ),
        sa.CheckConstraint(f"{_SCOPES} AND cardinality(scopes) > 0", name=op.f("ck_keys_scopes")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_keys_revision")),
        _department("keys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_keys_prefix")),
    )


def _logins() -> None:
    op.create_table(
        "logins",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        _moment("created_at", default=True),
        _moment("expires_at", nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_logins_digest")),
        sa.CheckConstraint("(key_id IS NULL) = (person IS NOT NULL)", name=op.f("ck_logins_who")),
        sa.CheckConstraint(_SCOPES, name=op.f("ck_logins_scopes")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_logins_expires")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["keys.id"], name=op.f("fk_logins_key_id"), ondelete="CASCADE"
        ),
        _department("logins"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_logins")),
    )
    op.create_index("ix_logins_expires_at", "logins", ["expires_at"])


def _department(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["department_id"],
        ["departments.id"],
        name=op.f(f"fk_{table}_department_id"),
        ondelete="CASCADE",
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        _moment("at", default=True),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("data", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.CheckConstraint(f"action ~ '{_ACTION}'", name=op.f("ck_audit_action")),
        sa.CheckConstraint("cardinality(ids) <= 200", name=op.f("ck_audit_ids")),
        sa.CheckConstraint("count >= 0", name=op.f("ck_audit_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_caller", "audit", ["caller_id", "id"])
    op.create_index("ix_audit_action", "audit", ["action", "id"])
    op.execute(
        """
        CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the log of who did what is only ever added to'
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()"
    )


def downgrade() -> None:
    """Takes them away."""
    for table in ("audit", "logins", "keys"):
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_stays()")

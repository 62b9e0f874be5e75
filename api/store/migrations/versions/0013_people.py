"""People who come from an identity provider, once with each token; what is old in the log ends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | None = "0012"

_REFUSE = """
RAISE EXCEPTION 'the log of who did what is only ever added to'
    USING ERRCODE = 'integrity_constraint_violation';
"""

# Ids begin with the milliseconds at which they were made, so that the oldest rows are found by the
# primary key; a day is left for clocks that differ, and `at` decides.
_DROP = """
CREATE FUNCTION audit_drop(before timestamptz, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    dropped bigint;
    beyond bigint := extract(epoch FROM before + interval '1 day') * 1000;
BEGIN
    IF before > now() - interval '23 hours' THEN
        RAISE EXCEPTION 'the log of who did what keeps its last day'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM set_config('conduit.audit_drop', 'on', true);
    DELETE FROM audit WHERE id IN (
        SELECT id FROM audit
        WHERE id < (lpad(to_hex(beyond), 12, '0') || repeat('0', 20))::uuid AND at < before
        ORDER BY id LIMIT most
    );
    GET DIAGNOSTICS dropped = ROW_COUNT;
    PERFORM set_config('conduit.audit_drop', 'off', true);
    RETURN dropped;
END $$
"""


def upgrade() -> None:
    """Creates the table of what was shown, and the one way in which rows of the log end."""
    op.create_table(
        "shown_tokens",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_shown_tokens_digest")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_shown_tokens")),
    )
    _trigger(
        "IF TG_OP <> 'DELETE' OR current_setting('conduit.audit_drop', true)"
        f" IS DISTINCT FROM 'on' THEN {_REFUSE} END IF; RETURN NULL;"
    )
    op.execute(_DROP)


def _trigger(body: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} END $$"
    )


def downgrade() -> None:
    """Takes both away."""
    op.execute("DROP FUNCTION audit_drop(timestamptz, integer)")
    _trigger(_REFUSE)
    op.drop_table("shown_tokens")

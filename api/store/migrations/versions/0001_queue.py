"""The job queue's tables, and pgvector.

The queue is procrastinate's: its own schema, as the package of this version brings it. A newer
version of procrastinate that changes it comes with migrations in its `sql/migrations`: they go into
a revision of ours, and `QUEUE_VERSION` moves there.
"""

from alembic import op
from procrastinate.schema import SchemaManager

from api.store.database import create_extension

QUEUE_VERSION = "3.10.0"

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Creates both."""
    create_extension(op.get_bind())
    # As the driver takes it, not as SQLAlchemy's text(), to which its colons would be parameters.
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))


def downgrade() -> None:
    """Drops the queue; the extension stays, as others may use it."""
    for table in ("events", "periodic_defers", "jobs", "workers"):
        op.execute(f"DROP TABLE procrastinate_{table} CASCADE")
    op.execute(
        "DO $$ DECLARE name text; BEGIN"
        " FOR name IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'procrastinate_%'"
        " AND pronamespace = current_schema()::regnamespace"
        " LOOP EXECUTE 'DROP FUNCTION ' || name || ' CASCADE'; END LOOP; END $$"
    )
    for kind in ("job_status", "job_event_type", "job_to_defer_v1"):
        op.execute(f"DROP TYPE procrastinate_{kind} CASCADE")

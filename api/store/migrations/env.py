"""How Alembic runs our migrations: over the connection that `Database` hands it.

For writing a new one: `python -m api.store.migrations "what changes"`.
"""

from alembic import context

from api.store import (  # noqa: F401 - their tables join the others
    category_tables,
    count_tables,
    department_tables,
    drift_tables,
    erasure_tables,
    inbox_tables,
    key_tables,
    model_tables,
    opinion_tables,
    pull_tables,
    push_tables,
    review_tables,
    theme_history,
    theme_tables,
    training_tables,
)
from api.store.tables import Base


def ours(name: str | None, kind: str, parents: object) -> bool:
    """Whether a table is ours to compare: the queue's tables belong to procrastinate."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=ours,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()

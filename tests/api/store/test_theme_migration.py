"""What the migration to themes does with what was stored before."""

from alembic import command
from sqlalchemy import text

from api.store.database import Database, alembic_config
from tests.conftest import NewDatabase

CATEGORY = text(
    "INSERT INTO categories (id, name, description, threshold, wanted, model, digest, head, judged)"
    " VALUES (gen_random_uuid(), :name, '', 0.5, 0.8, 'm', 'd', '{}', '{}')"
)


def _names(database: Database) -> list[str]:
    with database.session() as session:
        return list(session.scalars(text("SELECT name FROM categories ORDER BY name")))


def test_a_category_that_was_called_all_is_called_otherwise(new_database: NewDatabase) -> None:
    database = new_database()
    with database.session() as session:
        command.downgrade(alembic_config(session.connection()), "0004")
    with database.session() as session:
        for name in ("all", "all_findings", "billing"):
            session.execute(CATEGORY, {"name": name})
    database.upgrade()
    assert _names(database) == ["all_findings", "all_findings_2", "billing"]
    with database.session() as session:
        assert session.scalar(text("SELECT version FROM category_version")) == 1

"""The schema from nothing to now, by several at once; and what is said when it cannot be."""

import importlib
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from api.store import database as module
from api.store.database import Database, alembic_config, head
from api.store.embedded import Embedded
from api.store.errors import DatabaseBusy, DatabaseUnfit, DatabaseUnreachable
from tests.conftest import NewDatabase

Empty = Callable[[str], Database]


@pytest.fixture
def empty(postgres: Embedded) -> Empty:
    """Makes a database without any schema."""

    def make(name: str) -> Database:
        with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return Database(postgres.url_of(name))

    return make


def test_the_models_equal_the_migrations(database: Database) -> None:
    with database.session() as session:
        command.check(alembic_config(session.connection()))


def test_a_difference_between_models_and_migrations_is_seen(new_database: NewDatabase) -> None:
    with new_database().session() as session:
        session.execute(text("ALTER TABLE turns DROP COLUMN text"))
        with pytest.raises(CommandError, match="New upgrade operations"):
            command.check(alembic_config(session.connection()))


def test_upgrade_from_nothing_and_again(empty: Empty) -> None:
    database = empty("from_nothing")
    assert database.revision() is None
    assert "conduit serve" in str(database.lacks())
    database.upgrade()
    assert database.revision() == head()
    assert database.lacks() is None
    with database.session() as session:
        before = session.scalar(text("SELECT xmin::text FROM alembic_version"))
    database.upgrade()
    with database.session() as session:
        assert session.scalar(text("SELECT xmin::text FROM alembic_version")) == before
    database.close()


def test_upgrades_at_once_do_it_once(empty: Empty, postgres: Embedded) -> None:
    first = empty("at_once")
    databases = [first, *(Database(postgres.url_of("at_once")) for _ in range(4))]
    failures: list[BaseException] = []
    together = threading.Barrier(len(databases))

    def upgrade(database: Database) -> None:
        try:
            together.wait(10)
            database.upgrade()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=upgrade, args=[database]) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert first.lacks() is None
    for database in databases:
        database.close()


def test_down_and_up_again(empty: Empty) -> None:
    database = empty("down_and_up")
    database.upgrade()
    with database.session() as session:
        command.downgrade(alembic_config(session.connection()), "base")
    with database.session() as session:
        left = session.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate%'"
                " UNION ALL SELECT typname FROM pg_type WHERE typname LIKE '%procrastinate%'"
            )
        ).all()
    assert set(left) == {"alembic_version", "alembic_version_pkc"}
    database.upgrade()
    assert database.lacks() is None
    database.close()


def test_an_upgrade_that_breaks_off_leaves_nothing(
    empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = empty("broken_off")
    real = command.upgrade

    def broken(config: Config, revision: str) -> None:
        real(config, revision)
        raise RuntimeError("the power went off")

    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(RuntimeError, match="power"):
        database.upgrade()
    assert database.revision() is None
    database.close()


def test_the_queues_schema_is_that_of_the_installed_queue() -> None:
    """A newer procrastinate comes with migrations of its own: they need a revision of ours."""
    revision = importlib.import_module("api.store.migrations.versions.0001_queue")
    assert version("procrastinate") == revision.QUEUE_VERSION


def test_a_session_is_one_transaction(new_database: NewDatabase) -> None:
    database = new_database()

    def fails() -> None:
        with database.session() as session:
            session.execute(text("INSERT INTO erased VALUES (gen_random_uuid())"))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fails()
    with database.session() as session:
        assert session.scalar(text("SELECT count(*) FROM erased")) == 0


def test_nobody_there(tmp_path: Path) -> None:
    database = Database(f"postgresql://me:hunter2@/none?host={tmp_path}")
    with pytest.raises(DatabaseUnreachable, match="does not answer") as caught:
        database.upgrade()
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in str(database.lacks())
    with pytest.raises(DatabaseUnreachable, match="does not answer"):
        database.revision()
    with pytest.raises(DatabaseUnreachable, match="does not answer"), database.session() as session:
        session.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    ("url", "reason"),
    [("mysql://localhost/x", "'mysql'"), ("sqlite://", "'sqlite'"), ("over there", "not an addr")],
)
def test_addresses_of_something_else(url: str, reason: str) -> None:
    with pytest.raises(DatabaseUnfit, match=reason):
        Database(url)


def test_without_pgvector_the_message_says_so(
    empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = empty("too_old")
    monkeypatch.setattr(module, "OLDEST_PGVECTOR", (99, 0, 0))
    with pytest.raises(DatabaseUnfit, match=r"pgvector is .* and 99\.0\.0 is needed"):
        database.upgrade()
    assert "99.0.0" in str(database.lacks())
    monkeypatch.undo()
    monkeypatch.setattr(module, "OLDEST_POSTGRES", 990000)
    with pytest.raises(DatabaseUnfit, match=r"PostgreSQL is \d+, and 99 is needed"):
        database.upgrade()
    database.close()


def test_who_may_not_create_the_extension_is_told_who_has_to(
    empty: Empty, postgres: Embedded
) -> None:
    database = empty("no_rights")
    with psycopg.connect(postgres.url_of("no_rights"), autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
        connection.execute("GRANT ALL ON SCHEMA public TO guest")
    guest = Database(postgres.url_of("no_rights").replace("postgres@", "guest@"))
    with pytest.raises(DatabaseUnfit, match="CREATE EXTENSION vector"):
        guest.upgrade()
    with database.session() as session:
        session.execute(text("CREATE EXTENSION vector"))
    guest.upgrade()
    assert guest.lacks() is None
    guest.close()
    database.close()


def test_a_transaction_in_the_way_is_told_from_a_server_that_is_away(
    new_database: NewDatabase,
) -> None:
    database = new_database()

    def in_the_way() -> None:
        with database.session() as session:
            session.execute(text("LOCK TABLE erased NOWAIT"))

    with database.session() as session:
        session.execute(text("LOCK TABLE erased"))
        with pytest.raises(DatabaseBusy, match="in the way"):
            in_the_way()


def test_a_connection_that_was_cut_is_told_and_the_next_one_works(
    new_database: NewDatabase,
) -> None:
    database = new_database()

    query = "SELECT pg_terminate_backend(pg_backend_pid())"

    def cut() -> None:
        with database.session() as session:
            session.execute(text(query))

    def cut_below_sqlalchemy() -> None:
        with database.session() as session:
            connection = session.connection().connection.driver_connection
            assert connection is not None
            connection.execute(query)

    for work in (cut, cut_below_sqlalchemy):
        with pytest.raises(DatabaseUnreachable, match="does not answer"):
            work()
    with database.session() as session:
        assert session.scalar(text("SELECT 1")) == 1

"""The way to the database: sessions, which are transactions, and the schema's upgrade.

The only file that begins or commits. Whoever wants a transaction writes `with database.session()`.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InvalidatePoolError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from api.store import seen  # noqa: F401 - what it takes off, it takes off in every session
from api.store.errors import DatabaseBusy, DatabaseUnfit, DatabaseUnreachable
from api.store.view import EVERYTHING, View, narrowed

OLDEST_POSTGRES = 140000
OLDEST_PGVECTOR = (0, 7, 0)
"""Half-precision vectors came with pgvector 0.7.0."""

# Any number serves, as long as everybody who upgrades this schema takes the same one.
_WORK_MEMORY = "64MB"
_UPGRADE_LOCK = 0x436F6E64
# Classes of SQLSTATE (PostgreSQL's manual, appendix A): connection lost, resources short, operator
# intervened; and: transaction rolled back, lock not available.
_GONE = ("08", "53", "57")
_BUSY = ("40", "55P03")
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One PostgreSQL database. Safe to share between threads, not between processes."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Connects to nothing yet.

        Args:
            url: `postgresql://…`, as libpq and SQLAlchemy write it.
            pool_size: connections that are kept; as many again are opened when all are busy.

        Raises:
            DatabaseUnfit: the address is not one of PostgreSQL.
        """
        try:
            address = make_url(url)
        except ArgumentError:
            raise DatabaseUnfit(
                "DATABASE_URL is not an address; it looks like postgresql://user@host:5432/name"
            ) from None
        if address.get_backend_name() not in {"postgresql", "postgres"}:
            raise DatabaseUnfit(
                f"DATABASE_URL begins with {address.drivername!r}, and the store is PostgreSQL "
                "with pgvector only: use postgresql://…, or unset it for the embedded one"
            )
        self.url = address.set(drivername="postgresql+psycopg")
        # Errors quote no values; broken connections are replaced before they are handed out.
        self._engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            # The last used first: it knows the statements that are asked most.
            pool_use_lifo=True,
            hide_parameters=True,
        )
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self._engine, "connect", _set_up)
        event.listen(self._engine, "checkout", _look_at)

    @property
    def conninfo(self) -> str:
        """The address as libpq reads it, with the password in it: not for eyes."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def address(self) -> str:
        """The address without its password."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=True)

    @contextmanager
    def session(self, view: View = EVERYTHING) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Args:
            view: what it may read.

        Raises:
            DatabaseUnreachable: the server does not answer. Where it went away during the commit,
                nobody knows whether the transaction counts: do it again, guarded by a key.
            DatabaseBusy: another transaction was in the way.
        """
        with self._session(self._engine, view) as session:
            yield session

    @contextmanager
    def reading(self, view: View = EVERYTHING) -> Iterator[Session]:
        """Statements that need not see the same state, each a transaction of its own.

        A transaction costs two more ways to the server and back, which is a third of what a read
        of a few statements takes.

        Args:
            view: what they may read.

        Raises:
            DatabaseUnreachable: the server does not answer.
            DatabaseBusy: a transaction was in the way.
        """
        with self._session(self._reading, view) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine, view: View) -> Iterator[Session]:
        with Session(engine, expire_on_commit=False) as session:
            narrowed(session, view)
            try:
                with session.begin():
                    yield session
            except (DBAPIError, psycopg.Error) as error:
                self._explain(error)
                raise

    @contextmanager
    def alone(self, lock: int) -> Iterator[bool]:
        """Holds an advisory lock, with no transaction open; gives whether it could be had.

        It goes with the connection, so that whoever is killed holds it no longer.

        Raises:
            DatabaseUnreachable: the server does not answer.
        """
        try:
            with self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                asked = text("SELECT pg_try_advisory_lock(:lock)")
                taken = bool(connection.scalar(asked, {"lock": lock}))
                try:
                    yield taken
                finally:
                    if taken:
                        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": lock})
        except OperationalError as error:
            raise DatabaseUnreachable(self._unreachable(error.orig)) from error

    def upgrade(self) -> None:
        """Brings the schema to this version, from any earlier one or from nothing.

        One transaction under a lock: several processes may start at once, and a process that dies
        half-way leaves the schema as it was.

        Raises:
            DatabaseUnreachable: nobody answers.
            DatabaseUnfit: PostgreSQL or pgvector is missing, too old, or out of our rights.
        """
        try:
            with self._engine.connect() as connection, connection.begin():
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK}
                )
                _check_server(connection)
                command.upgrade(alembic_config(connection), "head")
        except OperationalError as error:
            raise DatabaseUnreachable(self._unreachable(error.orig)) from error

    def revision(self) -> str | None:
        """The schema's revision in the database, or None where there is none yet.

        Raises:
            DatabaseUnreachable: nobody answers.
        """
        try:
            with self._engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision()
        except OperationalError as error:
            raise DatabaseUnreachable(self._unreachable(error.orig)) from error

    def lacks(self) -> str | None:
        """What keeps the service from working with it, in a sentence; None when nothing does."""
        try:
            with self._engine.connect() as connection:
                _check_server(connection)
                found = MigrationContext.configure(connection).get_current_revision()
        except DatabaseUnfit as error:
            return str(error)
        except OperationalError as error:
            return self._unreachable(error.orig)
        if found != head():
            return f"the schema is at {found or 'nothing'}, and {head()} is needed: conduit serve"
        return None

    def connections(self) -> dict[str, int]:
        """Connections of this process: those in use, and those that lie ready."""
        pool = self._engine.pool
        if not isinstance(pool, QueuePool):
            return {}
        return {"used": pool.checkedout(), "idle": pool.checkedin()}

    def close(self) -> None:
        """Closes the connections that no session holds."""
        self._engine.dispose()

    def _explain(self, error: DBAPIError | psycopg.Error) -> None:
        """Raises what a failure means to the caller, where it is not one of our statements."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        state: str | None = getattr(cause, "sqlstate", None)
        gone = isinstance(cause, psycopg.OperationalError) and state is None
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if lost or gone or (state or "").startswith(_GONE):
            raise DatabaseUnreachable(self._unreachable(cause)) from error
        if (state or "").startswith(_BUSY):
            raise DatabaseBusy("another transaction was in the way: do the same again") from error

    def _unreachable(self, error: BaseException | None) -> str:
        # psycopg's message names the address and never the password.
        lines = str(error or "").strip().splitlines()
        reason = lines[0] if lines else "no answer"
        return f"the database at {self.address} does not answer ({reason})"


def _set_up(connection: Any, record: object) -> None:
    """Counting distinct things sorts: with the usual 4 MB that goes to the disk, at half the pace.

    Once a connection: a statement a transaction would cost more than most reads do.
    """
    connection.execute(f"SET work_mem = '{_WORK_MEMORY}'")
    connection.commit()


def _look_at(connection: Any, record: object, proxy: object) -> None:
    """Replaces a connection that was cut while nobody used it, without asking the server.

    Nobody asked it anything: where there is something to read, it is most likely that it ended.

    Raises:
        InvalidatePoolError: with which the pool makes new connections.
    """
    ready = select.poll()
    try:
        ready.register(connection.fileno(), select.POLLIN)
        if ready.poll(0):
            connection.execute("SELECT 1")
            connection.rollback()
    except (psycopg.Error, OSError) as error:
        raise InvalidatePoolError("the connection was cut") from error


def head() -> str:
    """The newest revision that this version of the project knows."""
    found = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if found is None:
        raise DatabaseUnfit(f"there are no migrations at {_MIGRATIONS}: install the package again")
    return found


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file: the migrations lie in this package.

    Args:
        connection: what `migrations/env.py` runs them over; not needed to read the history.
    """
    config = Config()
    config.attributes["connection"] = connection
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _check_server(connection: Connection) -> None:
    """Makes sure of PostgreSQL's version and of pgvector, and creates the extension where it can.

    Raises:
        DatabaseUnfit: with the way out.
    """
    version = int(connection.scalar(text("SHOW server_version_num")) or 0)
    if version < OLDEST_POSTGRES:
        raise DatabaseUnfit(
            f"PostgreSQL is {version // 10000}, and {OLDEST_POSTGRES // 10000} is needed"
        )
    available, installed = connection.execute(
        text(
            "SELECT (SELECT default_version FROM pg_available_extensions WHERE name = 'vector'),"
            " (SELECT extversion FROM pg_extension WHERE extname = 'vector')"
        )
    ).one()
    if (installed or available) is None:
        raise DatabaseUnfit(
            "PostgreSQL has no pgvector: install it on the server "
            "(https://github.com/pgvector/pgvector#installation), or unset DATABASE_URL for the "
            "embedded database, which has it"
        )
    found = installed or available
    if tuple(int(part) for part in found.split(".")) < OLDEST_PGVECTOR:
        raise DatabaseUnfit(
            f"pgvector is {found}, and {'.'.join(map(str, OLDEST_PGVECTOR))} is needed: install "
            "it, then ALTER EXTENSION vector UPDATE"
        )


def create_extension(connection: Connection) -> None:
    """Creates pgvector in the database, unless it is there.

    Raises:
        DatabaseUnfit: we may not, and somebody who may has to.
    """
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    except ProgrammingError as error:
        raise DatabaseUnfit(
            "we may not create the extension pgvector in this database: let a superuser run "
            "CREATE EXTENSION vector; in it once"
        ) from error

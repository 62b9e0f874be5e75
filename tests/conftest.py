"""What every test may ask for: a PostgreSQL, and a fresh database of ours in it."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"

import itertools
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from api.store.database import Database
from api.store.embedded import Embedded, kill
from nlp.cli import let_pytorch_in

NewDatabase = Callable[[], Database]

ACCEPTANCE = "tests/acceptance/"

_numbers = itertools.count(1)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """What goes to one worker: a file's tests, and all tests of real processes.

    These wait more than they compute, and need the cores that two at once would take from each
    other: they come first (`--no-loadscope-reorder`), and the other worker has the rest meanwhile.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return ACCEPTANCE if file.startswith(ACCEPTANCE) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """How `pytest -n 2` shares the tests out."""
    return ByFile(config, log)


@cache
def _give_way() -> None:
    os.nice(5)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Beside another worker, real processes have the cores first: they are given their seconds."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.nodeid.startswith(ACCEPTANCE):
        _give_way()


@pytest.fixture(autouse=True)
def pytorch_comes_back() -> Iterator[None]:
    """What a command keeps out of its process, it keeps out of the other tests' too."""
    yield
    let_pytorch_in()


@pytest.fixture(scope="session")
def homes() -> Iterator[Path]:
    """The folder of every server's home.

    It is not below pytest's, which each run closes to other users as it begins: a server is one of
    them where root runs the tests.
    """
    # What a killed server's children still write may come back while it is removed.
    with tempfile.TemporaryDirectory(prefix="conduit-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def home(homes: Path, tmp_path: Path) -> Path:
    """Where a server of one test may live; nothing is there yet."""
    return homes / tmp_path.name


@pytest.fixture(scope="session")
def postgres(homes: Path) -> Iterator[Embedded]:
    """One server a test session, which waits for no disk: nobody reads it after a crash."""
    with Embedded(homes / "postgres") as embedded:
        with psycopg.connect(embedded.url_of("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
        yield embedded
        # Nobody needs these databases again, so they are not written down in good order.
        kill(embedded)


@pytest.fixture(scope="session")
def template(postgres: Embedded) -> str:
    """The name of a database with our schema and nothing in it, which others are copied from."""
    name = "conduit_template"
    _create(postgres, name)
    database = Database(postgres.url_of(name))
    database.upgrade()
    database.close()
    return name


@pytest.fixture(scope="module")
def new_database(postgres: Embedded, template: str) -> Iterator[NewDatabase]:
    """Makes a database with our schema and nothing in it, each time that it is called."""
    made: list[Database] = []

    def make() -> Database:
        name = f"test_{next(_numbers)}"
        _create(postgres, name, template=template)
        made.append(Database(postgres.url_of(name), pool_size=5))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture(scope="module")
def database(new_database: NewDatabase) -> Database:
    """A database with our schema, one a module: its tests see each other's rows."""
    return new_database()


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The public data sets, for tests that read them."""
    root = os.environ.get("CONDUIT_DATA")
    if not root:
        pytest.skip("CONDUIT_DATA is unset or empty: it names the folder of the public data sets")
    return Path(root)


def _create(postgres: Embedded, name: str, *, template: str = "template0") -> None:
    with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as connection:
        # Its files are copied in a quarter of the time that the log takes, which is the default.
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                Identifier(name), Identifier(template)
            )
        )

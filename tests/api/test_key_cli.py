"""`conduit key` on the command line: keys that work, and refusals that name the way out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from api import cli
from api.store import audit, keys
from api.store.database import Database
from api.store.key_tables import KeyRow
from tests.api.keyed import departments
from tests.conftest import NewDatabase

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `conduit key …` on the module's database."""
    monkeypatch.setenv("DATABASE_URL", database.conninfo)

    def key(*arguments: str) -> Result:
        return CliRunner().invoke(cli.app, ["key", *arguments])

    return key


def _made(database: Database, whole: str) -> KeyRow:
    parts = keys.parts(whole.strip())
    assert parts is not None
    with database.session() as session:
        row = keys.by_prefix(session, parts[0])
    assert row is not None
    assert keys.opens(row, parts[1], datetime.now(UTC))
    return row


def test_a_key_is_printed_once_and_works(run: Run, database: Database) -> None:
    ended = run("create", " nightly export ", "--scopes", "read, label", "--department", "support")
    assert ended.exit_code == 0, ended.output
    row = _made(database, ended.stdout)
    assert (row.name, row.scopes) == ("nightly export", ["label", "read"])
    assert row.department_id == departments(database)["support"]
    assert row.expires_at is None
    assert "nobody can read it again" in ended.stderr
    with database.session() as session:
        noted = audit.list_page(session, audit.AuditFilter(about=row.id), limit=9)
    assert [(one.action, one.caller) for one in noted] == [("key.created", "command line")]
    listed = run("list").stdout
    assert f"{row.prefix}  active  label,read" in listed
    assert ended.stdout.strip() not in listed


def test_a_key_has_every_scope_unless_told(run: Run, database: Database) -> None:
    row = _made(database, run("create", "admin").stdout)
    assert row.scopes == ["admin", "label", "read", "submit"]
    assert row.department_id is None


def test_a_key_ends_after_its_days(run: Run, database: Database) -> None:
    row = _made(database, run("create", "a visitor's", "--days", "30").stdout)
    assert row.expires_at is not None
    left = row.expires_at - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    assert f"ends {row.expires_at:%Y-%m-%d}  a visitor's" in run("list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--scopes", "read,write"], "no scope is called write; there are submit,read,label"),
        (["x", "--scopes", "read,Label,rules"], "no scope is called Label, rules"),
        (["x", "--scopes", " , "], "no scope is called ' , '"),
        (["x", "--department", "sales"], "no department is called 'sales': GET /v1/departments"),
        (["x", "--department", "Support"], "no department is called 'Support'"),
        (["x", "--days", "0"], "equal to 1"),
        (["   "], "the name has 0 characters, and 1 to 100 are taken"),
        (["n" * 101], "the name has 101 characters"),
    ],
)
def test_what_is_not_there_is_named(
    run: Run, database: Database, arguments: list[str], said: str
) -> None:
    with database.session() as session:
        before = session.scalars(select(KeyRow.id)).all()
    ended = run("create", *arguments)
    assert ended.exit_code == 2
    assert said in " ".join(ended.stderr.split())
    assert "cdt_" not in ended.output
    with database.session() as session:
        assert session.scalars(select(KeyRow.id)).all() == before


def test_a_revoked_key_works_no_more(run: Run, database: Database) -> None:
    row = _made(database, run("create", "leaver's", "--scopes", "read").stdout)
    for _ in range(2):
        ended = run("revoke", row.prefix)
        assert (ended.exit_code, ended.stdout) == (0, f"{row.prefix} is revoked\n")
    with database.session() as session:
        gone = session.get_one(KeyRow, row.id)
    assert gone.revoked_at is not None
    assert gone.revision == row.revision + 1
    assert f"{row.prefix}  revoked read" in run("list").stdout


def test_a_prefix_that_no_key_has_is_named(run: Run) -> None:
    ended = run("revoke", "nope")
    assert ended.exit_code == 2
    assert ended.stderr == "conduit: no key has the prefix 'nope': conduit key list shows them\n"


def test_where_no_key_is_none_is_listed(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", new_database().conninfo)
    ended = CliRunner().invoke(cli.app, ["key", "list"])
    assert (ended.exit_code, ended.stdout) == (0, "")

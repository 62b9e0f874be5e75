"""Backup and restore: all of one moment comes back, and what was erased since goes again."""

import json
import tarfile
import threading
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import select, text
from typer.testing import CliRunner

from api import backup
from api.cli import app
from api.receipts import Signer
from api.steps import erase
from api.steps.accept import accept
from api.steps.mine import mine
from api.store import dumps, erasures
from api.store.database import Database
from api.store.embedded import Embedded
from api.store.erasure_tables import ErasureRow
from api.store.erasures import Asked, Selection
from api.store.tables import InteractionRow
from tests.api.interactions import PlainRedactor, WordMiner, interaction
from tests.api.steps.test_erase import places_of
from tests.conftest import NewDatabase

SIGNER = Signer.derived("s" * 32)
PLAIN = Asked(kind="interactions", what={}, by_id=None, by_name="local")


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    """One for each test."""
    return new_database()


@pytest.fixture
def empty(postgres: Embedded, request: pytest.FixtureRequest) -> Database:
    """A database in which there is nothing, not even our schema."""
    name = f"restored_{abs(hash(request.node.name))}"
    with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
    return Database(postgres.url_of(name), pool_size=3)


def take_in(database: Database, number: int, *, word: str = "kettle") -> list[UUID]:
    items = [interaction(f"{word}-{n}", words=("Yes?", f"My {word} leaks")) for n in range(number)]
    with database.session() as session:
        return list(accept(session, items, redactor=PlainRedactor()).ids)


def erase_all(database: Database, ids: list[UUID]) -> UUID:
    with database.session() as session:
        id = erase.ask(session, PLAIN, Selection(ids=tuple(ids))).id
    for _ in range(5):
        erase.erase(database, id, signer=SIGNER)
    return id


def digests(database: Database) -> dict[str, str]:
    """Of every table's rows, whatever their order."""
    with database.session() as session:
        tables = session.scalars(
            text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        query = (
            "SELECT md5(coalesce(string_agg(one::text, '|' ORDER BY one::text), '')) FROM {} one"
        )
        return {table: str(session.scalar(text(query.format(table)))) for table in tables}


def test_what_was_backed_up_comes_back(database: Database, empty: Database, tmp_path: Path) -> None:
    ids = take_in(database, 40)
    mine(database, WordMiner(), ids[:20])
    before = digests(database)
    found = backup.backup(database, tmp_path / "one.backup")
    assert (tmp_path / "one.backup").stat().st_mode & 0o777 == 0o600
    assert found.rows["interactions"] == 40
    assert backup.restore(empty, tmp_path / "one.backup") == found
    assert digests(empty) == before
    # The queue goes on where it was.
    mine(empty, WordMiner(), ids)
    with empty.session() as session:
        assert set(session.scalars(select(InteractionRow.state))) == {"mined"}
        jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        assert (session.scalar(jobs) or 0) > 0
    with pytest.raises(backup.BackupError, match="is not empty"):
        backup.restore(empty, tmp_path / "one.backup")
    empty.close()


def test_a_backup_made_while_mining_is_of_one_moment(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    ids = take_in(database, 60)
    go_on = threading.Event()

    def work() -> None:
        for at, id in enumerate(ids):
            mine(database, WordMiner(), [id])
            if at == 5:
                go_on.set()

    thread = threading.Thread(target=work)
    thread.start()
    go_on.wait(30)
    backup.backup(database, tmp_path / "one.backup")
    thread.join()
    backup.restore(empty, tmp_path / "one.backup")
    with empty.session() as session:
        mined = text("SELECT count(*) FROM interactions WHERE state = 'mined'")
        found = text("SELECT count(DISTINCT interaction_id) FROM findings")
        assert session.scalar(mined) == session.scalar(found)
        assert (session.scalar(mined) or 0) >= 5
        assert session.scalar(text("SELECT count(*) FROM interactions")) == 60
    empty.close()


def test_what_was_erased_since_goes_again(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    kept, gone = take_in(database, 3), take_in(database, 2, word="quokka")
    mine(database, WordMiner(), [*kept, *gone])
    backup.backup(database, tmp_path / "one.backup")
    id = erase_all(database, gone)
    lines = list(dumps.tombstones(database))
    assert not any("quokka" in line for line in lines)
    backup.restore(empty, tmp_path / "one.backup")
    assert places_of(empty, "quokka") != []
    assert dumps.erase_again(empty, lines) == 2
    assert dumps.erase_again(empty, lines) == 0
    assert places_of(empty, "quokka") == []
    with empty.session() as session:
        row = erasures.get(session, id)
        assert row is not None
        assert erase.verify(session, row) == erase.Verdict(faults=[], left={})
        assert set(session.scalars(select(InteractionRow.id))) == set(kept)
    empty.close()


def test_a_file_that_is_no_whole_backup(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    for broken in (b"", b"not a tar"):
        file.write_bytes(broken)
        with pytest.raises(backup.BackupError, match="no whole backup"):
            backup.restore(empty, file)
    backup.backup(database, file)
    with tarfile.open(file) as tar:
        tar.extractall(tmp_path, filter="data")
    (tmp_path / "database.dump").write_bytes(b"changed")
    with tarfile.open(file, "w") as tar:
        for name in ("manifest.json", "database.dump"):
            tar.add(tmp_path / name, name)
    with pytest.raises(backup.BackupError, match="was changed"):
        backup.restore(empty, file)
    assert dumps.is_empty(empty)
    empty.close()


def test_a_receipt_is_checked_on_the_command_line(database: Database, tmp_path: Path) -> None:
    id = erase_all(database, take_in(database, 1))
    with database.session() as session:
        document = erase.document(session.get_one(ErasureRow, id))
    assert document is not None
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(document))

    def verify(*options: str) -> tuple[int, str]:
        ended = CliRunner().invoke(app, ["receipt", "verify", str(file), *options])
        return ended.exit_code, ended.output

    code, said = verify("--key", document["public_key"])
    assert (code, "valid; receipt 1, 1 interactions erased" in said) == (0, True)
    assert verify("--key", "x")[0] == 1
    file.write_text(json.dumps({**document, "receipt": {**document["receipt"], "held": 9}}))
    assert verify()[0] == 1
    file.write_text("{}")
    assert verify()[0] == 2

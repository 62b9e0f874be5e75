"""Seed: an empty store gets the files, any other is left alone."""

import threading
from pathlib import Path

import pytest

from api.steps.seed import seed
from api.store import interactions, jobs
from api.store.database import Database
from api.store.interactions import InteractionFilter
from api.store.jobs import JobFilter
from nlp.errors import OptionError
from tests.api.interactions import PlainRedactor
from tests.conftest import NewDatabase

CALL = "Agent: How can I help?\nCustomer: SECRET leaks.\n"


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    return new_database()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.txt").write_text(CALL)
    (tmp_path / "deep" / "b.txt").write_text(CALL.replace("leaks", "is loud"))
    (tmp_path / "broken.json").write_text('{"turns": [')
    (tmp_path / ".hidden.txt").write_text(CALL)
    (tmp_path / "card.md").write_text("# What these are")
    return tmp_path


def _stored(database: Database) -> list[str]:
    with database.session() as session:
        rows = interactions.list_page(session, InteractionFilter(), limit=50)
        return sorted(row.source for row in rows)


def test_files_below_a_folder_are_read(
    database: Database, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert seed(database, folder, redactor=PlainRedactor()) == 2
    assert _stored(database) == ["a.txt", "b.txt"]
    assert "broken.json" in caplog.text
    with database.session() as session:
        (job,) = jobs.list_page(session, JobFilter(), limit=10)
        found = jobs.progress(session, job.id)
        assert (found.total, found.accepted, found.rejected) == (3, 2, 1)


def test_one_file(database: Database, folder: Path) -> None:
    assert seed(database, folder / "a.txt", redactor=PlainRedactor()) == 1
    assert _stored(database) == ["a.txt"]


def test_a_store_that_holds_something_is_left_alone(database: Database, folder: Path) -> None:
    seed(database, folder / "a.txt", redactor=PlainRedactor())
    assert seed(database, folder, redactor=PlainRedactor()) == 0
    assert _stored(database) == ["a.txt"]


def test_what_was_erased_does_not_come_back(database: Database, folder: Path) -> None:
    seed(database, folder / "a.txt", redactor=PlainRedactor())
    with database.session() as session:
        (row,) = interactions.list_page(session, InteractionFilter(), limit=50)
        interactions.erase(session, row.id)
    assert seed(database, folder, redactor=PlainRedactor()) == 0
    assert _stored(database) == []


def test_two_at_once_seed_once(database: Database, folder: Path) -> None:
    numbers: list[int] = []

    def run() -> None:
        numbers.append(seed(database, folder, redactor=PlainRedactor()))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [0, 0, 2]
    assert len(_stored(database)) == 2


def test_a_folder_that_is_not_there(database: Database, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"no file or folder '.*nowhere'"):
        seed(database, tmp_path / "nowhere", redactor=PlainRedactor())

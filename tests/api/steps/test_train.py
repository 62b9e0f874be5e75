"""Trainings in real processes on a tiny corpus: done, stopped, failed, left, and taken up again."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from api import worker
from api.settings import Settings
from api.steps.train import BY_SCHEDULE, Workshop, ask, ask_due, next_name, tidy, train
from api.store import jobs, trainings
from api.store.database import Database
from api.store.department_tables import EventRow
from api.store.erasing import erase
from api.store.tables import JobRow
from api.store.training_tables import TrainingRow, TrainingScheduleRow
from api.store.trainings import Wanted
from nlp.learn import registry
from nlp.learn.corpora import PROJECT_CORPUS
from tests.api.interactions import WordMiner
from tests.api.training import cache_of, judged, shelf_with_first, tiny_corpus
from tests.api.waiting import end_worker_when, wait_until

SCRIPT = """
import sys
from uuid import UUID
from api.settings import Settings
from api.steps.train import Workshop, train
from api.store.database import Database

settings = Settings()
train(Database(settings.database_url), Workshop.of(settings), UUID(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def settings(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a service with a tiny corpus and a shelf of its own."""
    return Settings(
        home=tmp_path_factory.mktemp("home"),
        database_url=database.conninfo,
        models=str(shelf_with_first(tmp_path_factory.mktemp("shelf"))),
        corpus=tiny_corpus(tmp_path_factory.mktemp("corpus")),
        cache=cache_of(tmp_path_factory.mktemp("cache")),
        heartbeat_seconds=0.1,
        stalled_seconds=0.4,
    )


@pytest.fixture(scope="module")
def workshop(settings: Settings) -> Workshop:
    """Of that service."""
    return Workshop.of(settings)


@pytest.fixture(autouse=True)
def none_open(database: Database) -> Iterator[None]:
    """Leaves no training under way to the next test."""
    yield
    with database.session() as session:
        for id in session.scalars(select(JobRow.id).where(JobRow.state == "running")):
            jobs.cancel(session, id)


def _asked(database: Database, name: str, **fields: Any) -> UUID:
    with database.session() as session:
        return ask(session, Wanted(name=name, by_name="dana", **fields)).job_id


def _row(database: Database, id: UUID) -> TrainingRow:
    with database.session() as session:
        found = trainings.get(session, id)
    assert found is not None
    return found[0]


def _lines(database: Database, id: UUID) -> list[tuple[str, str]]:
    with database.session() as session:
        found = trainings.lines_page(session, id, limit=500)
    assert [row.number for row in found] == list(range(1, len(found) + 1))
    return [(row.stage, row.line) for row in found]


def _begun(database: Database, id: UUID) -> bool:
    """Whether its process tells of what it does."""
    return any(stage != "service" for stage, _ in _lines(database, id))


def _processes(workshop: Workshop, id: UUID) -> list[int]:
    """Numbers of the processes that train for it."""
    wanted = str(workshop.folder / str(id)).encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if wanted in place.read_bytes() and b"api.teaching" in place.read_bytes():
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


def _events(database: Database, id: UUID) -> list[tuple[str, Any]]:
    with database.session() as session:
        rows = session.scalars(select(EventRow).where(EventRow.type.startswith("training.")))
        return [
            (row.type, row.data["error_code"]) for row in rows if row.data["training"] == str(id)
        ]


def test_a_killed_worker_leaves_a_training_that_goes_on(
    database: Database, settings: Settings, workshop: Workshop
) -> None:
    person = judged(database, "The kettle leaks from its base, every single morning.")
    id = _asked(database, "conduit-en-2", since=None)
    names = ("home", "models", "corpus", "cache", "database_url")
    given = {f"CONDUIT_{name.upper()}": str(getattr(settings, name)) for name in names}
    dies = subprocess.Popen([sys.executable, "-c", SCRIPT, str(id)], env={**os.environ, **given})
    try:
        wait_until(lambda: _begun(database, id), seconds=120)
        (child,) = _processes(workshop, id)
        folder = workshop.folder / str(id)
        assert oct(folder.stat().st_mode)[-3:] == "700"
        assert os.getpriority(os.PRIO_PROCESS, child) == 19
    finally:
        dies.kill()
        dies.wait()
    wait_until(lambda: _processes(workshop, id) == [], seconds=30)
    assert _row(database, id).state == "running"
    assert "base" in (folder / "corrections.jsonl").read_text(encoding="utf-8")
    # What somebody said is erased meanwhile: no model learns from it.
    with database.session() as session:
        assert erase(session, [person]).ids == (person,)

    train(database, workshop, id)

    row = _row(database, id)
    assert (row.state, row.starts, row.parent, row.error) == ("done", 2, registry.DEFAULT, None)
    assert (row.interactions, row.judgements) == (0, 0)
    said = [line for stage, line in _lines(database, id) if stage == "service"]
    assert said == [
        "1 judgements of 1 interactions; begins with conduit-en-1",
        "an interaction was erased meanwhile: it begins again without it",
        "0 judgements of 0 interactions; begins with conduit-en-1",
    ]
    entry = workshop.where.shelf.describe("conduit-en-2")
    assert (entry.digest, entry.parent) == (row.digest, registry.DEFAULT)
    assert not folder.exists()
    assert _events(database, id) == [("training.done", None)]
    with database.session() as session:
        assert jobs.progress(session, id).mined == 1
    train(database, workshop, id)
    assert _row(database, id).starts == 2, "what is done is not done again"


def test_a_cancelled_job_stops_the_process(database: Database, workshop: Workshop) -> None:
    id = _asked(database, "stopped")
    thread = threading.Thread(target=train, args=(database, workshop, id))
    thread.start()
    try:
        wait_until(lambda: bool(_processes(workshop, id)), seconds=120)
    finally:
        with database.session() as session:
            assert jobs.cancel(session, id)
    thread.join(60)
    assert not thread.is_alive()
    assert _processes(workshop, id) == []
    assert _row(database, id).state == "stopped"
    assert not (workshop.folder / str(id)).exists()
    assert "stopped" not in workshop.where.shelf.names()
    assert _events(database, id) == []


def test_a_worker_that_is_told_to_end_leaves_it_for_later(
    database: Database, settings: Settings, workshop: Workshop
) -> None:
    # Of the whole corpus, so that it is not done before it is told to end.
    long = settings.model_copy(update={"corpus": PROJECT_CORPUS})
    id = _asked(database, "left")
    end_worker_when(lambda: bool(_processes(workshop, id)))
    worker.run(long, database, WordMiner())
    for thread in threading.enumerate():
        if thread.name == "train":
            thread.join()
    assert _processes(workshop, id) == []
    assert _row(database, id).state == "running"
    assert (workshop.folder / str(id)).is_dir()
    with database.session() as session:
        held = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert session.scalar(held) == 0
        jobs.cancel(session, id)
    tidy(database, workshop.folder)
    assert not (workshop.folder / str(id)).exists()


def test_a_corpus_that_breaks_its_format_is_named(
    database: Database, workshop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "bad.jsonl").write_text('{"id": "x", "channel": "fax", "turns": []}\n')
    other = Workshop(folder=workshop.folder, where=workshop.where, corpus=tmp_path)
    id = _asked(database, "broken")
    train(database, other, id)
    row = _row(database, id)
    assert row.state == "failed"
    assert row.error_code == "broken"
    assert row.error is not None
    assert "bad.jsonl" in row.error
    assert "line 1" in row.error
    assert _events(database, id) == [("training.failed", "broken")]
    assert not (workshop.folder / str(id)).exists()
    with database.session() as session:
        assert jobs.progress(session, id).failed == 1
    assert _asked(database, "broken"), "the name is free again"


def test_a_parent_that_is_gone_is_named_with_the_choices(
    database: Database, workshop: Workshop
) -> None:
    id = _asked(database, "orphan", parent="gone")
    train(database, workshop, id)
    row = _row(database, id)
    assert (row.state, row.error_code) == ("failed", "model_not_found")
    assert row.error is not None
    assert registry.DEFAULT in row.error


def test_what_kills_its_workers_is_given_up(database: Database, workshop: Workshop) -> None:
    id = _asked(database, "deadly")
    train(database, workshop, id, deaths=3)
    assert _row(database, id).error_code == "worker_died"


@pytest.mark.parametrize(
    ("parent", "taken", "name"),
    [
        ("conduit-en-1", [], "conduit-en-2"),
        ("conduit-en-1", ["conduit-en-7", "other-9"], "conduit-en-8"),
        ("march", [], "march-2"),
        ("march", ["march-2"], "march-3"),
        ("v1.5", ["v1-3"], "v1-4"),
    ],
)
def test_the_next_name(parent: str, taken: list[str], name: str) -> None:
    assert next_name(parent, taken) == name


def test_a_training_that_is_due_begins(database: Database, workshop: Workshop) -> None:
    def last(ago: str) -> None:
        with database.session() as session:
            moved = text(f"now() - interval '{ago}'")
            session.execute(update(TrainingScheduleRow).values(last_at=moved))

    def schedule(**values: Any) -> None:
        with database.session() as session:
            row = trainings.schedule(session, lock=True)
            nothing = {"enabled": True, "every_days": None, "after_judgements": None}
            trainings.set_schedule(session, row, {**nothing, **values})

    assert ask_due(database, workshop) is None, "nobody set a schedule"
    schedule(every_days=7)
    last("6 days 23 hours")
    assert ask_due(database, workshop) is None
    last("7 days")
    id = ask_due(database, workshop)
    assert id is not None
    row = _row(database, id)
    assert (row.reason, row.by_name, row.state) == ("schedule", BY_SCHEDULE, "waiting")
    assert row.name not in workshop.where.shelf.names()
    last("8 days")
    assert ask_due(database, workshop) is None, "one waits"
    with database.session() as session:
        jobs.cancel(session, id)
    again = ask_due(database, workshop)
    assert again is not None
    with database.session() as session:
        jobs.cancel(session, again)
    assert ask_due(database, workshop) is None, "its time counts anew"

    schedule(after_judgements=2)
    judged(database, "The lid leaks, so I dried the table.")
    assert ask_due(database, workshop) is None
    judged(database, "The lid leaks again, so I dried the floor.")
    assert ask_due(database, workshop) is not None

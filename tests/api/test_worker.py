"""The worker in this process, with a miner whose answers are known: what it does and survives."""

import os
import signal
import threading
import time
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from api import worker
from api.settings import Settings
from api.steps import retheme
from api.steps.accept import accept
from api.steps.mine import ATTEMPTS, mine
from api.store import interactions, theme_runs
from api.store.database import Database
from api.store.theme_history import ThemeRunRow
from nlp.types import Interaction, Mined
from tests.api.interactions import PlainRedactor, WordMiner, interaction
from tests.api.themes import SCOPE, TOPICS, TopicMiner, texts, themes
from tests.api.waiting import end_worker_when
from tests.conftest import NewDatabase


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    return new_database()


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        database_url=database.conninfo,
        heartbeat_seconds=0.1,
        stalled_seconds=0.4,
    )


def _accept(database: Database, *items: Interaction) -> list[UUID]:
    with database.session() as session:
        return list(accept(session, items, redactor=PlainRedactor()).ids)


def _states(database: Database, ids: list[UUID]) -> list[str]:
    with database.session() as session:
        rows = [interactions.get(session, id) for id in ids]
        return [row.state for row in rows if row is not None]


def test_it_mines_what_is_there_and_what_comes(database: Database, settings: Settings) -> None:
    ids = _accept(database, *(interaction(f"call-{number}") for number in range(3)))

    def more() -> bool:
        if _states(database, ids) == ["mined"] * len(ids) and len(ids) == 3:
            ids.extend(_accept(database, interaction("late")))
        return len(ids) == 4 and _states(database, ids) == ["mined"] * 4

    end_worker_when(more)
    worker.run(settings, database, WordMiner())
    assert _states(database, ids) == ["mined"] * 4
    with database.session() as session:
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
        assert session.scalar(text("SELECT count(*) FROM procrastinate_workers")) == 0


def test_it_finishes_the_batch_in_hand_when_it_is_told_to_end(
    database: Database, settings: Settings
) -> None:
    ids = _accept(database, interaction())

    class Told(WordMiner):
        def mine(self, interactions: list[Interaction]) -> list[Mined]:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.5)
            return super().mine(interactions)

    worker.run(settings, database, Told())
    assert _states(database, ids) == ["mined"]


def test_a_bad_interaction_is_tried_and_given_up(database: Database, settings: Settings) -> None:
    ids = _accept(database, interaction("bad", words=("Hi", "poison")), interaction("good"))
    end_worker_when(lambda: "accepted" not in _states(database, ids))
    worker.run(settings, database, WordMiner())
    assert _states(database, ids) == ["failed", "mined"]
    with database.session() as session:
        row = interactions.get(session, ids[0])
        assert row is not None
        assert row.attempts == ATTEMPTS


def test_what_a_dead_worker_held_and_what_no_job_holds_is_mined(
    database: Database, settings: Settings
) -> None:
    held = _accept(database, interaction("held"))
    with database.session() as session:
        session.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
        session.execute(
            text("SELECT procrastinate_fetch_job_v2('{mine}', id) FROM procrastinate_workers")
        )
    lost = _accept(database, interaction("lost"))
    with database.session() as session:
        session.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))
    ids = [*held, *lost]
    end_worker_when(lambda: _states(database, ids) == ["mined", "mined"])
    worker.run(settings, database, WordMiner())
    assert _states(database, ids) == ["mined", "mined"]


def test_heartbeats_go_on_while_it_computes(database: Database, settings: Settings) -> None:
    ids = _accept(database, interaction())
    ages: list[float] = []

    class Slow(WordMiner):
        def mine(self, interactions: list[Interaction]) -> list[Mined]:
            time.sleep(1.0)
            with database.session() as session:
                age = text(
                    "SELECT max(extract(epoch FROM now() - last_heartbeat))::float8"
                    " FROM procrastinate_workers"
                )
                ages.append(session.scalars(age).one())
            return super().mine(interactions)

    end_worker_when(lambda: _states(database, ids) == ["mined"])
    worker.run(settings, database, Slow())
    assert len(ages) == 1
    assert ages[0] < 0.9


def _runs(database: Database) -> list[ThemeRunRow]:
    with database.session() as session:
        return theme_runs.list_page(session, limit=9)


def test_themes_come_without_anybody_asking(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_THEMES_SECONDS", 0.2)
    calls = [
        interaction(f"{topic}-{number}", words=("Hello", text))
        for topic in TOPICS
        for number, text in enumerate(texts(topic, 6))
    ]
    _accept(database, *calls)
    end_worker_when(lambda: [run.state for run in _runs(database)] == ["done", "done"])
    worker.run(settings, database, TopicMiner())
    assert [(run.state, run.reason) for run in _runs(database)] == [("done", "first")] * 2
    assert set(themes(database)) == set(TOPICS)


def test_it_does_not_wait_for_themes_when_it_is_told_to_end(
    database: Database, settings: Settings
) -> None:
    calls = [
        interaction(f"{topic}-{number}", words=("Hello", text))
        for topic in TOPICS
        for number, text in enumerate(texts(topic, 6))
    ]
    mine(database, TopicMiner(), _accept(database, *calls))
    with database.session() as session:
        job = retheme.ask(session, {SCOPE: "asked"}, source=SCOPE)
        assert job is not None
        run = theme_runs.take_up(session, job.id)
        assert run is not None
    late: list[UUID] = []
    none_asked = settings.model_copy(update={"themes_fewest": 1000})

    def told() -> bool:
        if not late and any(thread.name == "themes" for thread in threading.enumerate()):
            late.extend(_accept(database, interaction("late")))
        return bool(late) and _states(database, late) == ["mined"]

    with psycopg.connect(database.conninfo) as gate:
        gate.execute("SELECT FROM theme_runs WHERE id = %s FOR UPDATE", [run.id])
        end_worker_when(told)
        worker.run(none_asked, database, TopicMiner())
        assert _states(database, late) == ["mined"], "what comes in is mined meanwhile"
        assert [run.state for run in _runs(database)] == ["running"]
        gate.rollback()
    # In a process of its own the thread would be gone; here it is waited for.
    for thread in threading.enumerate():
        if thread.name == "themes":
            thread.join()
    with database.session() as session:
        held = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert session.scalar(held) == 0

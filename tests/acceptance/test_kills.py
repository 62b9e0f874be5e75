"""Processes that are killed at any moment lose nothing and double nothing.

The processes are those that a user runs, the database is real, so is the model, and the kills are
SIGKILL at random moments. `CONDUIT_SEED=…` repeats the moments of a run.
"""

import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.steps.accept import accept
from api.store.database import Database
from api.store.embedded import Embedded, kill
from nlp.readers import read
from nlp.redact.build import build
from tests.acceptance import rows
from tests.acceptance.service import (
    Client,
    Process,
    address,
    conversations,
    listener,
    randomness,
    ready,
    running,
    say,
    wait_for,
    web,
    worker,
)
from tests.conftest import NewDatabase

pytestmark = pytest.mark.slow

WORKER_KILLS = 21
HITS = 2
WEB_KILLS = 10
DATABASE_KILLS = 4

Rows = list[dict[str, Any]]


_LIVE_WORKERS = """
    SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '0.7 s'
"""

_IN_HAND = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"


def _some_job_in_hand(database: Database) -> bool:
    """Waits a second at most until a worker holds a job."""
    for _ in range(100):
        if rows.one(database, _IN_HAND):
            return True
        time.sleep(0.01)
    return False


def _workers(database: Database) -> int:
    found: int = rows.one(database, _LIVE_WORKERS)
    return found


def _turns(submitted: Rows) -> dict[str, int]:
    return {row["id"]: len(row["turns"]) for row in submitted}


def _mine_in_peace(database: Database, submitted: Rows, log: Path) -> None:
    """The same interactions, in one upload, with one worker that nobody disturbs."""
    items = [
        item for row in submitted for item in read(json.dumps(row).encode(), name="peace.json")
    ]
    with database.session() as session:
        accept(session, items, redactor=build())
    with running(worker(database.conninfo, log)):
        wait_for("all mined", lambda: _mined(database, len(submitted)), seconds=60, log=log)


def _submit_in_turn(client: Client, submitted: Rows, pace: float) -> None:
    """Two thirds in uploads of many, the rest one by one."""
    for start in range(0, len(submitted), 24):
        part = submitted[start : start + 24]
        client.submit_many(part[:16])
        for row in part[16:]:
            client.submit(row)
            time.sleep(pace)


def _held(log: Path) -> int:
    """Jobs that killed workers had in hand, as those say that took them up."""
    return sum(map(int, re.findall(r"(\d+) jobs of workers that died", log.read_text())))


def _mined(database: Database, number: int) -> bool:
    return rows.counts(database) == {"mined": number}


def test_a_worker_killed_at_any_moment(new_database: NewDatabase, tmp_path: Path) -> None:
    moments = randomness("worker")
    submitted = conversations(192)
    log = tmp_path / "log"
    disturbed, undisturbed = new_database(), new_database()
    killed = 0
    with listener() as behind, running(web(disturbed.conninfo, behind, log)):
        client = Client(address(behind))
        submitting = threading.Thread(target=_submit_in_turn, args=(client, submitted, 0.4))
        submitting.start()
        workers = [worker(disturbed.conninfo, log) for _ in range(2)]
        with running(*workers):
            # As long as something comes in, until enough of them hit something.
            while killed < WORKER_KILLS or (_held(log) < HITS and submitting.is_alive()):
                wait_for("a worker", lambda: _workers(disturbed) > 0, seconds=30, log=log)
                victims, delay = [moments.choice(workers)], moments.uniform(0.0, 0.3)
                # About every other time when some job is in hand, whoever holds it.
                if moments.random() < 0.5 and _some_job_in_hand(disturbed):
                    victims, delay = workers, moments.uniform(0.0, 0.02)
                time.sleep(delay)
                for victim in victims:
                    victim.kill()
                    killed += 1
                for victim in victims:
                    victim.start()
            submitting.join()
            wait_for("all mined", lambda: _mined(disturbed, len(submitted)), seconds=60, log=log)
    held = _held(log)
    say(f"{killed} kills, {held} jobs were in hand")
    assert held >= HITS, "the kills have to hit something"
    rows.assert_whole(disturbed, turns=_turns(submitted))
    assert rows.one(disturbed, "SELECT count(*) FROM jobs WHERE state <> 'done'") == 0
    assert rows.one(disturbed, "SELECT coalesce(max(attempts), 0) FROM interactions") == 0

    _mine_in_peace(undisturbed, submitted, log)
    assert rows.findings(disturbed) == rows.findings(undisturbed)
    assert sum(map(len, rows.findings(disturbed).values())) > 50


def test_the_web_process_killed_at_any_moment(new_database: NewDatabase, tmp_path: Path) -> None:
    moments = randomness("web")
    submitted = conversations(120)
    log = tmp_path / "log"
    database = new_database()
    with listener() as behind:
        process = web(database.conninfo, behind, log)
        client = Client(address(behind))
        submitting = threading.Thread(target=_submit_in_turn, args=(client, submitted, 0.1))
        with running(process):
            submitting.start()
            for _ in range(WEB_KILLS):
                wait_for("the web", lambda: _lives(client), seconds=30, log=log)
                time.sleep(moments.uniform(0.0, 0.5))
                process.kill()
                process.start()
            submitting.join(90)
            assert not submitting.is_alive()
            say(f"{client.broken} requests broke off, {client.refused} were to come again")
            assert client.broken > 0, "the kills have to hit something"
            rows.assert_whole(database, turns=_turns(submitted))
            assert len(client.jobs) == rows.one(database, "SELECT count(*) FROM jobs")
            stored = rows.one(
                database, "SELECT jsonb_object_agg(external_id, id) FROM interactions"
            )
            for name, id in client.acknowledged.items():
                assert stored[name] == id
            queued = rows.one(database, _QUEUED_OTHER_THAN_ONCE)
            assert queued == 0, "each is in exactly one job of the queue"
            again = Client(client.base)
            for row in submitted[16:19]:
                assert again.submit(row) == client.acknowledged[row["id"]]


_QUEUED_OTHER_THAN_ONCE = """
    SELECT count(*) FROM interactions i WHERE 1 <> (
        SELECT count(*) FROM procrastinate_jobs WHERE args -> 'ids' ? i.id::text)
"""


def _lives(client: Client) -> bool:
    try:
        return httpx.get(f"{client.base}/livez", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def test_the_database_killed_while_everything_runs(tmp_path: Path, home: Path) -> None:
    moments = randomness("database")
    submitted = conversations(72)
    log = tmp_path / "log"
    embedded = Embedded(home)
    service = Process(("serve", "--home", str(home), "--port", "0", "--workers", "1"), {}, log)
    with running(service):
        client = Client(ready(log, seconds=60))
        submitting = threading.Thread(target=_submit_in_turn, args=(client, submitted, 0.3))
        submitting.start()
        for _ in range(DATABASE_KILLS):
            time.sleep(moments.uniform(0.5, 3.0))
            kill(embedded)
            wait_for("the database", embedded.answers, seconds=30, log=log)
        submitting.join(90)
        assert not submitting.is_alive()
        say(f"{client.broken} requests broke off, {client.refused} were to come again")
        database = Database(embedded.url)
        wait_for("all mined", lambda: _mined(database, len(submitted)), seconds=60, log=log)
        rows.assert_whole(database, turns=_turns(submitted))

        # And last the supervisor: what it leaves behind is found by the next one.
        service.kill()
        assert embedded.answers()
        log.write_bytes(b"")
        service.start()
        assert _lives(Client(ready(log, seconds=60)))
        rows.assert_whole(database, turns=_turns(submitted))
        database.close()
        service.stop()
    assert embedded.pid() is None, "the last one out stops the database"

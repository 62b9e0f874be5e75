"""Web, worker and database are killed at random, again and again, while everything runs.

Every submission that was acknowledged is there once and mined, and every event of a webhook arrives
at least once, under one id and with one body, though the receiver fails now and then.
"""

import json
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from api.client.conduit_client import verified
from api.store.database import Database
from api.store.embedded import Embedded, kill
from tests.acceptance import rows
from tests.acceptance.service import (
    Client,
    Process,
    address,
    conversations,
    listener,
    randomness,
    running,
    say,
    wait_for,
)

pytestmark = pytest.mark.slow

KILLS = 50
SUBMITTED = 160
SETTINGS = {
    "CONDUIT_WEBHOOKS_ALLOW_HTTP": "true",
    "CONDUIT_WEBHOOKS_ALLOW_PRIVATE": "127.0.0.0/8",
    # Not what is tried here, and it would take the one worker's time.
    "CONDUIT_THEMES_FEWEST": "100000",
}


@dataclass
class Receiver:
    """Who waits for events, and fails one in five times.

    Attributes:
        secret: of the webhook.
        bodies: each event's id to every body that came under it.
        forged: requests whose signature is not right.
        failed: requests that were answered with 500.
    """

    moments: random.Random
    secret: str = ""
    bodies: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    forged: int = 0
    failed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """What is answered to one request."""
        with self.lock:
            try:
                verified(body, headers, self.secret)
            except ValueError:
                self.forged += 1
                return 400
            first = headers["webhook-id"] not in self.bodies
            self.bodies[headers["webhook-id"]].append(body)
            if first and self.moments.random() < 0.2:
                self.failed += 1
                return 500
            return 204


@contextmanager
def listening(receiver: Receiver) -> Iterator[str]:
    """A receiver on a socket, and its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A process that ended though nobody killed it.

    Attributes:
        command: that it ran.
        code: that it ended with.
        began: a moment before it did.
        ended: when it was seen to have ended; both by the clock that only goes forward.
    """

    command: str
    code: int
    began: float
    ended: float


@contextmanager
def kept_running(*processes: Process) -> Iterator[list[Life]]:
    """Starts again what ended, as an operator's tools do, and gathers what ended by itself.

    A process that starts while the database does says that it does not answer, and ends.
    """
    over = threading.Event()
    lives: list[Life] = []
    began = dict.fromkeys((process.arguments for process in processes), time.monotonic())

    def watch() -> None:
        while not over.wait(0.2):
            for process in processes:
                code = None if process.process is None else process.process.poll()
                if code is None:
                    continue
                command, now = process.arguments, time.monotonic()
                if code != -signal.SIGKILL:
                    life = Life(command=command[0], code=code, began=began[command], ended=now)
                    lives.append(life)
                began[command] = now
                process.start()

    with running(*processes):
        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield lives
        finally:
            over.set()
            watching.join()


def _register(base: str, url: str) -> str:
    """A webhook for everything, and a rule that makes an item of every defect; its secret."""
    made = httpx.post(f"{base}/v1/webhooks", json={"url": url}, timeout=20)
    assert made.status_code == 201, made.text
    departments = httpx.get(f"{base}/v1/departments", timeout=20).json()["data"]
    engineering = next(one for one in departments if one["name"] == "engineering")
    rule = {
        "department": engineering["id"],
        "title": "Every defect",
        "rule": "category = product_defect",
        "delivers": "findings",
    }
    answer = httpx.post(f"{base}/v1/rules", json=rule, timeout=20)
    assert answer.status_code == 201, answer.text
    return str(made.json()["secret"])


def _undelivered(database: Database) -> int:
    query = "SELECT count(*) FROM webhook_deliveries WHERE state <> 'delivered'"
    found: int = rows.one(database, query)
    return found


def _submit(client: Client, submitted: list[dict[str, Any]], pause: float) -> None:
    for row in submitted:
        client.submit(row)
        time.sleep(pause)


def _without_cause(lives: list[Life], outages: list[tuple[float, float]]) -> list[Life]:
    """Those that ended though the database was there all their life."""
    return [
        life
        for life in lives
        if all(back < life.began or life.ended < gone for gone, back in outages)
    ]


def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path, home: Path) -> None:
    moments = randomness("everywhere")
    submitted = conversations(SUBMITTED)
    log = tmp_path / "log"
    receiver = Receiver(random.Random(moments.random()))  # noqa: S311 - no secret
    killed: Counter[str] = Counter()
    outages: list[tuple[float, float]] = []
    with listening(receiver) as url, listener() as behind, Embedded(home) as embedded:
        settings = {
            **SETTINGS,
            "CONDUIT_HOME": str(embedded.home),
            "CONDUIT_DATABASE_URL": embedded.url,
        }
        web = Process(("web", "--socket", str(behind.fileno())), settings, log, (behind.fileno(),))
        worker = Process(("worker",), settings, log)
        database = Database(embedded.url)
        database.upgrade()
        with kept_running(web, worker) as lives:
            client = Client(address(behind))
            receiver.secret = _register(client.base, url)
            submitting = threading.Thread(target=_submit, args=(client, submitted, 0.25))
            submitting.start()
            while sum(killed.values()) < KILLS:
                time.sleep(moments.uniform(0.2, 1.8))
                victim = moments.choices(("web", "worker", "database"), (4, 4, 2))[0]
                killed[victim] += 1
                if victim == "database":
                    gone = time.monotonic()
                    kill(embedded)
                    embedded.start()
                    outages.append((gone, time.monotonic()))
                else:
                    (web if victim == "web" else worker).kill()
            submitting.join(180)
            assert not submitting.is_alive()
            say(f"killed {dict(killed)}; {client.broken} broke off, {client.refused} to come again")
            wait_for("all mined", lambda: _mined(database), seconds=120, log=log)
            wait_for("all delivered", lambda: _undelivered(database) == 0, seconds=120, log=log)
            _assert_nothing_lost(database, client, receiver, submitted)
        database.close()
    assert _without_cause(lives, outages) == [], log.read_text()[-4000:]
    assert client.broken + client.refused > 0, "the kills have to hit something"


def _mined(database: Database) -> bool:
    return rows.counts(database) == {"mined": SUBMITTED}


def _assert_nothing_lost(
    database: Database, client: Client, receiver: Receiver, submitted: list[dict[str, Any]]
) -> None:
    rows.assert_whole(database, turns={row["id"]: len(row["turns"]) for row in submitted})
    with psycopg.connect(database.conninfo) as connection:
        stored: dict[str, str] = dict(
            connection.execute("SELECT external_id, id::text FROM interactions")
        )
        made = {str(id) for (id,) in connection.execute("SELECT id FROM events")}
        opened = connection.execute(
            "SELECT count(*) FROM events WHERE type = 'item.opened'"
        ).fetchone()
    assert client.acknowledged == stored
    assert opened is not None
    assert opened[0] > 30
    assert receiver.forged == 0
    assert receiver.failed > 0
    assert set(receiver.bodies) == made, "every event came, and none that there is not"
    for id, bodies in receiver.bodies.items():
        assert len(set(bodies)) == 1, f"event {id} came with different bodies"
        assert json.loads(bodies[0])["type"]
    say(f"{len(made)} events in {sum(map(len, receiver.bodies.values()))} deliveries")

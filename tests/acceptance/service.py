"""Real processes of the service, and a client that does not give up."""

import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.api.waiting import wait_until

ROOT = Path(__file__).parents[2]

# As quick as the tests want it; what a service is set to by default takes four times as long.
QUICK = {
    "CONDUIT_HEARTBEAT_SECONDS": "0.5",
    "CONDUIT_STALLED_SECONDS": "2",
    "CONDUIT_THREADS": "1",
    # Compiled once, as the same processes are started dozens of times.
    "PYTHONDONTWRITEBYTECODE": "",
}

Json = Mapping[str, Any]


def conversations(number: int) -> list[dict[str, Any]]:
    """So many calls and mails of the project's own corpus, each with an id of its own."""
    folder = ROOT / "corpora" / "contact_centre"
    rows = [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    found = []
    for index, row in zip(range(number), itertools.cycle(rows), strict=False):
        turns = [{"speaker": turn["speaker"], "text": turn["text"]} for turn in row["turns"]]
        found.append({"id": f"{row['id']}/{index}", "channel": row["channel"], "turns": turns})
    assert len(found) == number
    return found


@dataclass
class Process:
    """One process of the service: `python -m api …`.

    Attributes:
        arguments: after `python -m api`.
        environment: of it, over ours.
        log: where its errors go.
        descriptors: that it inherits.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    descriptors: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Process":
        """Starts it, or starts it again."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CONDUIT_") and name != "DATABASE_URL"
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api", *self.arguments],
                cwd=ROOT,
                env={**inherited, **QUICK, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.descriptors,
            )
        return self

    @property
    def pid(self) -> int:
        """Its number."""
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL, which nothing can catch."""
        # Taken once: who keeps it running may have started the next by the second time.
        process = self.process
        assert process is not None
        process.kill()
        process.wait()

    def stop(self) -> None:
        """SIGTERM, at which it ends in good order."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.log.read_text()[-4000:]


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Starts them, and ends them however the test ends."""
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()


@contextmanager
def listener() -> Iterator[socket.socket]:
    """A socket that outlives the web processes behind it, as the supervisor holds it."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as found:
        yield found


def web(url: str, behind: socket.socket, log: Path, **environment: str) -> Process:
    """A web process on that socket."""
    number = behind.fileno()
    settings = {"CONDUIT_DATABASE_URL": url, **environment}
    return Process(("web", "--socket", str(number)), settings, log, (number,))


def worker(url: str, log: Path) -> Process:
    """A worker process."""
    return Process(("worker",), {"CONDUIT_DATABASE_URL": url}, log)


def address(behind: socket.socket) -> str:
    """Where the service behind a socket answers."""
    return f"http://127.0.0.1:{behind.getsockname()[1]}"


def wait_for(what: str, condition: Callable[[], bool], *, seconds: float, log: Path) -> None:
    """Waits until a condition holds.

    Raises:
        AssertionError: it did not in time; the message ends with the processes' log.
    """
    try:
        wait_until(condition, seconds=seconds)
    except AssertionError:
        told = f"{what}: not within {seconds} seconds\n{log.read_text()[-4000:]}"
        raise AssertionError(told) from None


def ready(log: Path, *, seconds: float) -> str:
    """The address that `conduit serve` says it answers at, once it says so."""
    said = "Conduit is ready: "
    wait_for("the service", lambda: said in log.read_text(), seconds=seconds, log=log)
    return log.read_text().partition(said)[2].split()[0]


def make_key(home: Path, name: str, *options: str) -> str:
    """A key of the service at a home, made as a user makes it."""
    made = subprocess.run(
        [sys.executable, "-m", "api", "key", "create", name, "--home", str(home), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


@dataclass
class Client:
    """Submits with keys, again and again until it is told that it was accepted.

    Attributes:
        base: the service's address.
        acknowledged: the file's own identifier to the id that the service gave.
        broken: requests that ended without an answer.
        refused: answers that asked to come again.
    """

    base: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    jobs: list[str] = field(default_factory=list)
    broken: int = 0
    refused: int = 0

    def submit(self, row: Json) -> str:
        """Submits one interaction and returns the id that the service gave it."""
        name = str(row["id"])
        headers = {"Idempotency-Key": f"key of {name}"}
        answer = self._until_accepted("/v1/interactions", headers=headers, json=row)
        self.acknowledged[name] = answer["id"]
        return str(answer["id"])

    def submit_many(self, rows: list[dict[str, Any]]) -> str:
        """Submits several as JSON Lines and returns the job's id."""
        headers = {
            "Idempotency-Key": f"key of {rows[0]['id']} and more",
            "Content-Type": "application/x-ndjson",
        }
        body = "\n".join(json.dumps(row) for row in rows)
        answer = self._until_accepted("/v1/batches", headers=headers, content=body.encode())
        self.jobs.append(answer["id"])
        return str(answer["id"])

    def _until_accepted(self, path: str, **request: Any) -> Json:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                # A new connection each time: the other end may be another process by now.
                answer = httpx.post(self.base + path, timeout=20, **request)
            except httpx.HTTPError:
                self.broken += 1
                time.sleep(0.05)
                continue
            if answer.status_code == httpx.codes.ACCEPTED:
                found: Json = answer.json()
                return found
            # 409: the twin of a request that broke off still runs; 5xx: the database is away.
            assert answer.status_code in {409, 500, 503}, answer.text
            self.refused += 1
            time.sleep(0.05)
        raise AssertionError(f"{path} was not accepted in 90 seconds")


def randomness(name: str) -> random.Random:
    """Random delays from a seed that is printed; `CONDUIT_SEED` repeats a run."""
    seed = int(os.environ.get("CONDUIT_SEED") or random.SystemRandom().randrange(10**6))
    say(f"{name}: CONDUIT_SEED={seed}")
    return random.Random(f"{seed} {name}")  # noqa: S311 - moments to kill at, no secret


def say(line: str) -> None:
    """Prints a line, which pytest shows with a failed test."""
    sys.stdout.write(f"{line}\n")

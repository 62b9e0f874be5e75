"""Measures the service over a generated store, beside a bare FastAPI app on the same machine.

One command starts everything: `conduit serve` with its processes, a worker that mines all along,
and wrk, which sends the requests.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from api.store.embedded import Embedded
from benchmarks.load import requests
from benchmarks.load.generate import READY

SCRIPT = Path(__file__).with_name("wrk.lua")
DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- load -->", "<!-- /load -->"
CONNECTIONS = 8
SEARCHING = 2
"""Searches that are asked at once; a search is a person's, who reads what it found."""

WAITING = 3_000
"""Mails that wait to be mined when a measurement begins, so that the worker never rests."""

_SETTINGS = {
    "CONDUIT_WORKERS": "1",
    "CONDUIT_WEBS": "2",
    "CONDUIT_THREADS": "1",
    # Nothing is gathered anew meanwhile, and nobody is told to slow down.
    "CONDUIT_THEMES_EVERY_MINUTES": "1000000",
    "CONDUIT_RATE_PER_SECOND": "100000",
    "CONDUIT_RATE_BURST": "100000",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one load came to.

    Attributes:
        name: of the load.
        rate: answers a second.
        p50: milliseconds within which half of the answers came.
        p95: of 95 in a hundred.
        p99: of 99 in a hundred.
        refused: answers that were errors.
        broken: requests without an answer.
        mined: interactions that were mined a second meanwhile.
    """

    name: str
    rate: float
    p50: float
    p95: float
    p99: float
    refused: int
    broken: int
    mined: float | None


def run(home: Path, *, seconds: int, only: Sequence[str] = ()) -> None:
    """Measures, prints a table and writes it into `docs/benchmarks.md`.

    Args:
        home: of the store.
        seconds: that each load lasts.
        only: names of loads; all of them where none is named.
    """
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk, or https://github.com/wg/wrk")
    if not (home / READY).exists():
        sys.exit(f"there is no store at {home}: python -m benchmarks.load generate")
    dice = random.Random(11)  # noqa: S311 - nothing secret
    with _hello() as address:
        found = [_load("bare FastAPI", address, ["GET /hello"], seconds)]
    with (
        Embedded(home) as embedded,
        _service(home) as address,
        psycopg.connect(embedded.url, autocommit=True) as connection,
    ):
        loads = {
            **requests.reads(connection, dice),
            "mails, submitted": requests.submits(dice),
            "search": requests.searches(dice),
        }
        loads = {name: lines for name, lines in loads.items() if not only or name in only}
        _feed(address, dice)
        for name, lines in loads.items():
            took = seconds if name in ("reads, mixed", "search", "mails, submitted") else 5
            found.append(_load(name, address, lines, took, connection))
    _print(found)
    DOCUMENT.write_text(documented(DOCUMENT.read_text("utf-8"), [_row(one) for one in found]))


def documented(text: str, rows: Sequence[dict[str, Any]]) -> str:
    """The document with these figures in its block; those of other loads stay."""
    head, rest = text.split(_BEGIN)
    old, tail = rest.split(_END)
    new = table(rows).splitlines()
    named = {line.split(" | ")[0]: line for line in old.strip().splitlines()[2:]}
    named |= {line.split(" | ")[0]: line for line in new[2:]}
    return head + "\n".join([_BEGIN, *new[:2], *named.values(), _END]) + tail


def _row(one: Measured) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Measured.__slots__}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The figures as a table of Markdown."""
    lines = ["| load | a second | p50 | p95 | p99 | errors | mined a second meanwhile |"]
    lines.append("|---|---|---|---|---|---|---|")
    for row in rows:
        times = " | ".join(f"{row[name]:.1f} ms" for name in ("p50", "p95", "p99"))
        mined = "" if row["mined"] is None else f"{row['mined']:.1f}"
        errors = row["refused"] + row["broken"]
        lines.append(f"| {row['name']} | {row['rate']:.0f} | {times} | {errors} | {mined} |")
    return "\n".join(lines)


def _print(found: Sequence[Measured]) -> None:
    print(table([_row(one) for one in found]))


def _load(
    name: str,
    address: str,
    lines: Sequence[str],
    seconds: int,
    connection: psycopg.Connection[Any] | None = None,
) -> Measured:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        at_once = SEARCHING if name == "search" else CONNECTIONS
        command = ["wrk", "-t1", f"-c{at_once}", f"-d{seconds}s", "--timeout", "10s"]
        arguments = ["-s", str(SCRIPT), address, "--", file.name, "7"]
        # Once round for caches and plans, which a service that runs has.
        subprocess.run(  # noqa: S603 - ours
            [*command[:3], "-d3s", "--timeout", "10s", *arguments], check=True, capture_output=True
        )
        since, began = _clock(connection), time.monotonic()
        out = subprocess.run(  # noqa: S603 - ours
            [*command, *arguments], check=True, capture_output=True, text=True
        ).stdout
        mined, took = _mined(connection, since), time.monotonic() - began
    said = json.loads(out.strip().splitlines()[-1])
    measured = Measured(
        name=name,
        rate=said["requests"] / said["seconds"],
        p50=said["p50"],
        p95=said["p95"],
        p99=said["p99"],
        refused=said["refused"],
        broken=said["broken"],
        mined=None if mined is None else mined / took,
    )
    print(f"  {measured}", file=sys.stderr, flush=True)
    return measured


def _clock(connection: psycopg.Connection[Any] | None) -> datetime | None:
    """The time of the database."""
    row = None if connection is None else connection.execute("SELECT clock_timestamp()").fetchone()
    return None if row is None else row[0]


def _mined(connection: psycopg.Connection[Any] | None, since: datetime | None) -> int | None:
    """Interactions that were mined since then."""
    if connection is None:
        return None
    query = "SELECT count(*) FROM interactions WHERE state = 'mined' AND mined_at > %s"
    row = connection.execute(query, [since]).fetchone()
    return None if row is None else int(row[0])


def _feed(address: str, dice: random.Random) -> None:
    """Hands in what the worker is to mine, and waits until it has begun."""
    body = "\n".join(requests.mails(dice, WAITING)).encode()
    asked = urllib.request.Request(  # noqa: S310 - this machine
        f"{address}/v1/batches", body, {"Content-Type": "application/x-ndjson"}
    )
    with urllib.request.urlopen(asked, timeout=600) as answer:  # noqa: S310
        json.load(answer)


@contextmanager
def _service(home: Path) -> Iterator[str]:
    process = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-m", "api", "serve", "--port", "0", "--home", str(home)],
        env={**os.environ, **_SETTINGS},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            if line.startswith("Conduit is ready: "):
                yield line.split()[3]
                break
        else:
            sys.exit("the service does not start")
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _hello() -> Iterator[str]:
    """As many processes as the service has, on one socket."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    number = listener.fileno()
    command = [sys.executable, "-m", "benchmarks.load.hello", str(number)]
    processes = [
        subprocess.Popen(command, pass_fds=[number])  # noqa: S603 - ours
        for _ in range(int(_SETTINGS["CONDUIT_WEBS"]))
    ]
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{address}/hello", timeout=5).close()  # noqa: S310
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        listener.close()

"""What a training costs the worker that mines: `python -m benchmarks.training`.

A real service on this machine, with one worker, mines a stored backlog of the project's corpus
twice: alone, and while a training that was started over the API reads the corpus in its process.
Both take turns, so that a machine that slows down slows both, and the ratio is the median of the
pairs' ratios. What was read before is thrown away each time, so that every training has the
encoder to run, and it is stopped before it ends.

Interactions a second are counted from the moment at which the first batch of a backlog was written
to that of its last.
"""

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from api.store.embedded import Embedded
from nlp.learn import registry
from nlp.weights import CACHE

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "corpora" / "contact_centre"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- training -->", "<!-- /training -->"
ASKED = 0.5
"""The least that may be left of the worker's speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A backlog mined alone, and one mined while a training runs: interactions a second."""

    alone: float
    beside: float

    @property
    def ratio(self) -> float:
        """What is left of the speed."""
        return self.beside / self.alone


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs.

    Attributes:
        address: where it answers.
        connection: to its database.
        states: folder of what trainings have read.
    """

    address: str
    connection: "psycopg.Connection[Any]"
    states: Path

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "json") -> dict[str, Any]:
        """An answer of its API."""
        headers = {"Content-Type": f"application/{kind}"} if body else {}
        request = urllib.request.Request(  # noqa: S310 - this machine
            self.address + path, body if method == "POST" else None, headers, method=method
        )
        with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def mined(self, lines: Sequence[str]) -> float:
        """Interactions a second of a backlog that is handed in now."""
        job = self.ask("POST", "/v1/batches", "\n".join(lines).encode(), "x-ndjson")
        while self.ask("GET", job["url"])["state"] == "running":
            time.sleep(0.2)
        row = self.connection.execute(
            """
            WITH mined AS (SELECT mined_at FROM interactions WHERE job_id = %s)
            SELECT count(*) FILTER (WHERE mined_at > (SELECT min(mined_at) FROM mined)),
                extract(epoch FROM max(mined_at) - min(mined_at))
            FROM mined
            """,
            [job["id"]],
        ).fetchone()
        assert row is not None  # noqa: S101 - an aggregate has a row
        return float(row[0]) / float(row[1])

    @contextmanager
    def training(self, name: str) -> Iterator[None]:
        """While a training runs that has to read everything."""
        shutil.rmtree(self.states, ignore_errors=True)
        found = self.ask("POST", "/v1/trainings", json.dumps({"name": name}).encode())
        try:
            while (now := self.ask("GET", found["url"]))["stage"] != "read" or not now["done"]:
                if now["state"] not in {"waiting", "running"}:
                    sys.exit(f"the training is {now['state']}: {now['error']}")
                time.sleep(0.2)
            yield
            now = self.ask("GET", found["url"])
            if now["state"] != "running":
                sys.exit("the training ended before the backlog: take fewer --interactions")
            print(f"  it has read {now['done']} of {now['total']}", file=sys.stderr, flush=True)
        finally:
            self.ask("POST", f"{found['job_url']}/cancel")
            while (self.states.parent / "trainings" / found["id"]).exists():
                time.sleep(0.2)


def backlogs(size: int) -> Iterator[list[str]]:
    """The same interactions of the corpus again and again, under ids of their own."""
    rows = [
        json.loads(line)
        for file in sorted(CORPUS.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    # Evenly over all files: calls, chats and mails.
    chosen = rows[:: max(1, len(rows) // size)][:size]
    for number in itertools.count():
        yield [
            json.dumps(
                {
                    "id": f"{row['id']}/{number}",
                    "channel": row["channel"],
                    "turns": [
                        {"speaker": turn["speaker"], "text": turn["text"]} for turn in row["turns"]
                    ],
                }
            )
            for row in chosen
        ]


@contextmanager
def service(home: Path) -> Iterator[Service]:
    """A service with one worker, a shelf of its own and nothing that was read before."""
    shelf, cache = home / "models", home / "cache"
    shutil.copytree(registry.default_folder(), shelf / registry.DEFAULT)
    cache.mkdir()
    for graph in CACHE.expanduser().glob("*.onnx"):
        (cache / graph.name).symlink_to(graph)
    given = {
        "CONDUIT_WORKERS": "1",
        "CONDUIT_MODELS": str(shelf),
        "CONDUIT_CACHE": str(cache),
        "CONDUIT_TRAINING_DIR": str(cache / "trainings"),
        # Nothing is gathered anew meanwhile.
        "CONDUIT_THEMES_EVERY_MINUTES": "1000000",
        "CONDUIT_THEMES_FEWEST": "1000000",
    }
    process = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-m", "api", "serve", "--port", "0", "--home", str(home / "store")],
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        ready = (line for line in process.stdout if line.startswith("Conduit is ready: "))
        line = next(ready, None)
        if line is None:
            sys.exit("the service does not start")
        with (
            Embedded(home / "store") as embedded,
            psycopg.connect(embedded.url, autocommit=True) as connection,
        ):
            yield Service(line.split()[3], connection, cache / "states")
    finally:
        process.terminate()
        process.wait()


def measure(pairs: int, size: int) -> list[Pair]:
    """The pairs; what is mined first warms up and does not count."""
    found: list[Pair] = []
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as running:
        waiting = backlogs(size)
        running.mined(next(waiting))
        for number in range(pairs):
            alone = running.mined(next(waiting))
            with running.training(f"bench-{number}"):
                beside = running.mined(next(waiting))
            found.append(Pair(alone=alone, beside=beside))
            print(f"  {found[-1]}: {found[-1].ratio:.2f}", file=sys.stderr, flush=True)
    return found


def table(pairs: Sequence[Pair], size: int) -> str:
    """The figures as a table of Markdown."""
    ratio = statistics.median(one.ratio for one in pairs)
    ratios = ", ".join(f"{one.ratio:.2f}" for one in pairs)
    kept = "kept" if ratio >= ASKED else "**not kept**"
    return "\n".join(
        [
            f"{size} interactions a backlog, {len(pairs)} pairs, {os.cpu_count()} cores",
            "",
            "| | interactions mined a second, median |",
            "|---|---|",
            f"| alone | {statistics.median(one.alone for one in pairs):.1f} |",
            f"| while a training runs | {statistics.median(one.beside for one in pairs):.1f} |",
            f"| ratio, median of the pairs ({ratios}) | {ratio:.2f} |",
            "",
            f"Asked: never below {ASKED}; {kept}.",
        ]
    )


def documented(text: str, block: str) -> str:
    """The document with these figures in their block."""
    head, rest = text.split(_BEGIN)
    return "\n".join([head + _BEGIN, block, _END + rest.split(_END)[1]])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--interactions", type=int, default=600, help="of a backlog")
    parser.add_argument("--print", action="store_true", help="and leave the document as it is")
    wanted = parser.parse_args()
    figures = table(measure(wanted.pairs, wanted.interactions), wanted.interactions)
    print(figures)
    if not wanted.print:
        DOCUMENT.write_text(documented(DOCUMENT.read_text("utf-8"), figures), "utf-8")

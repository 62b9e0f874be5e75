"""The table of speed: each clusterer in a process of its own, rounds that take turns."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.speed import ROOT, Contender, Cost
from benchmarks.themes import worker
from benchmarks.themes.scores import table
from benchmarks.themes.sets import Labelled

RACERS: Mapping[str, str] = {
    "ours": "ours",
    "bertopic": "BERTopic",
    "evoc": "EVoC",
    "kmeans": "k-means, told k",
}
LIMITS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


@contextmanager
def started(name: str, folder: Path, threads: int) -> Iterator[Contender]:
    """A clusterer's process; it ends with the block."""
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.themes.worker", name, str(folder), str(threads)],
        cwd=ROOT,
        env={**os.environ, **quiet, **dict.fromkeys(LIMITS, str(threads))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process without pipes")
        try:
            yield Contender(name, process.stdin, process.stdout)
        finally:
            process.stdin.close()


def race(names: Sequence[str], on: Labelled, *, threads: int, rounds: int) -> dict[str, list[Cost]]:
    """The costs by clusterer, one a round, after a round on the same that is not counted."""
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        worker.write(Path(folder), on.documents.texts, on.documents.vectors)
        running = {
            name: stack.enter_context(started(name, Path(folder), threads)) for name in names
        }
        for number in range(rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
            for name, contender in running.items():
                cost = contender.do(str(on.groups))
                if number:
                    costs[name].append(cost)
    return costs


def rows(costs: Mapping[str, Sequence[Cost]]) -> list[list[str]]:
    """A row a clusterer; ratios are medians of the rounds' ratios."""
    ours = costs["ours"]
    found = []
    for name, rounds in costs.items():
        ratio = statistics.median(a.seconds / b.seconds for a, b in zip(rounds, ours, strict=True))
        found.append(
            [
                RACERS[name],
                f"{statistics.median(one.seconds for one in rounds):.2f}",
                f"{ratio:.1f}",
                f"{statistics.median(one.processor for one in rounds):.2f}",
                f"{max(one.peak_mb for one in rounds):,.0f}",
            ]
        )
    return found


def lines(on: Labelled, *, threads: int, runs: int) -> Iterator[str]:
    """The table of speed."""
    yield (
        f"{on.name}: {len(on.documents):,} passages, vectors given, {threads} threads each, medians"
        f" of {runs} rounds that take turns, after a first one on the same passages that is not"
        " counted: in it numba compiles what the peers run.\n"
    )
    heads = ["", "seconds", "we are faster by", "processor seconds", "peak memory, MB"]
    yield from table(heads, rows(race(list(RACERS), on, threads=threads, rounds=runs)))

"""The table of size: ten thousand, a hundred thousand and a million documents.

Each size is a process of its own: `python -m benchmarks.themes.scale KIND SIZE [ORIGINALS]` makes
the documents, clusters them once and prints what that cost, as JSON.
"""

import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders import forget_peak, peak_mb
from benchmarks.speed import ROOT
from benchmarks.themes.generated import Originals, drawn, originals, repeated
from benchmarks.themes.race import LIMITS
from benchmarks.themes.scores import agreement, table
from benchmarks.themes.sets import Labelled, served_encoder
from nlp.themes.cluster import cluster

SIZES = (10_000, 100_000, 1_000_000)
KINDS = {"generated": "drawn vectors", "sentences": "sentences said again with noise"}
OURS = f"{os.sep}nlp{os.sep}themes{os.sep}"
STAGES = 5  # that are shown


def resident_mb() -> float:
    """What this process holds now, MB; not a number where nobody says."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e6


def stages(profile: cProfile.Profile) -> dict[str, float]:
    """Seconds in each function of `nlp.themes`, without those in others of them; longest first.

    What a function runs elsewhere, in faiss or numpy, is its own; so is a comprehension of it.
    """
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # undocumented, and old
    own: Counter[str] = Counter()
    for place, (_, _, _, cumulative, callers) in stats.items():
        if not _counts(place):
            continue
        own[_shown(place)] += cumulative
        for caller, (_, _, _, of_caller) in callers.items():
            if _counts(caller):
                own[_shown(caller)] -= of_caller
    return dict(own.most_common())


def _counts(place: tuple[str, int, str]) -> bool:
    return OURS in place[0] and not place[2].startswith("<")


def _shown(place: tuple[str, int, str]) -> str:
    return f"{Path(place[0]).stem}.{place[2]}"


def measured(on: Labelled) -> dict[str, Any]:
    """Clusters documents once: seconds, seconds by stage, MB, and agreement with the truth."""
    held = resident_mb()
    forget_peak()
    # Functions in C are not timed one by one, so that the profiler costs next to nothing.
    profile = cProfile.Profile(builtins=False)
    started, processor = time.perf_counter(), time.process_time()
    found = profile.runcall(cluster, on.documents)
    seconds, worked = time.perf_counter() - started, time.process_time() - processor
    peak = peak_mb()
    fits = agreement(on.truth, found.labels)
    return {
        "seconds": seconds,
        "processor": worked,
        "stages": stages(profile),
        "held_mb": held,
        "peak_mb": peak,
        "ari": fits.ari,
        "nmi": fits.nmi,
        "found": fits.found,
        "true": fits.true,
        "outside": fits.outside,
        "folded": float((found.folded != range(len(found.folded))).mean()),
    }


def _child(kind: str, size: int, file: Path, threads: int) -> dict[str, Any]:
    """What `measured` says of one size, from a process of its own."""
    print(f"{kind}, {size:,}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.themes.scale", kind, str(size), str(file)]
    ended = subprocess.run(  # noqa: S603 - our own module
        command,
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(LIMITS, str(threads))},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def rows(sizes: Sequence[int], answers: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    """A row a size; what a document costs beside the size before, and ARI beside the smallest."""
    for place, (size, one) in enumerate(zip(sizes, answers, strict=True)):
        before = answers[max(place - 1, 0)]["seconds"] / sizes[max(place - 1, 0)]
        slowest = list(one["stages"].items())[:STAGES]
        yield [
            f"{size:,}",
            f"{one['seconds']:,.1f}",
            f"{one['processor']:,.1f}",
            f"{one['seconds'] / size / before:.2f}" if place else "",
            f"{one['peak_mb']:,.0f} ({one['held_mb']:,.0f})",
            f"{one['ari']:.3f}",
            f"{100 * (one['ari'] - answers[0]['ari']):+.1f}" if place else "",
            f"{one['nmi']:.3f}",
            f"{one['found']} of {one['true']}",
            f"{one['outside']:.1%}",
            f"{one['folded']:.1%}",
            ", ".join(f"{name} {seconds:,.1f}" for name, seconds in slowest),
        ]


def lines(root: Path, *, threads: int, sizes: Sequence[int] = SIZES) -> Iterator[str]:
    """The tables of both kinds."""
    heads = ["documents", "seconds", "processor seconds", "a document costs, times the size before"]
    heads += ["peak MB (held before)", "ARI", "points beside the smallest", "NMI", "themes found"]
    heads += ["without a theme", "folded", "seconds by stage"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "originals.npz"
        kept = originals(root, served_encoder())
        kept.save(file)
        for kind, title in KINDS.items():
            yield f"Size, {title}, {threads} threads, each size once.\n"
            if kind == "sentences":
                yield f"{len(kept.texts):,} sentences are drawn again and again.\n"
            answers = [_child(kind, size, file, threads) for size in sizes]
            yield from table(heads, list(rows(sizes, answers)))
            yield ""


def main(kind: str, size: int, file: Path) -> None:
    """Prints what one size costs.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r}: there are {', '.join(KINDS)}")
    if hasattr(os, "sched_setaffinity") and "OMP_NUM_THREADS" in os.environ:
        allowed = sorted(os.sched_getaffinity(0))[: int(os.environ["OMP_NUM_THREADS"])]
        os.sched_setaffinity(0, allowed)
    on = drawn(size) if kind == "generated" else repeated(Originals.read(file), size)
    print(json.dumps(measured(on)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))

"""The tables of agreement with the true groups: everybody on the same texts and vectors."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping

from benchmarks.peers.clustering import CLUSTERERS, Asked, Clusterer
from benchmarks.themes.ours import Ours
from benchmarks.themes.scores import Agreement, agreement, middle, table
from benchmarks.themes.sets import Labelled

HEADS = ("", "NMI", "ARI", "themes found", "off the true number", "without a theme", "seconds")


def _ours(asked: Asked) -> Clusterer:
    return Ours()


EVERYBODY: Mapping[str, Callable[[Asked], Clusterer]] = {"ours": _ours, **CLUSTERERS}


def measured(name: str, on: Labelled, *, runs: int) -> tuple[str, Agreement]:
    """A clusterer's name for the table, and its figures: medians of runs with seeds from 0 on.

    Ours draws nothing by lot, and its runs differ in their seconds only.
    """
    found, shown = [], ""
    for seed in range(runs):
        peer = EVERYBODY[name](Asked(groups=on.groups, seed=seed))
        shown = peer.name
        started = time.perf_counter()
        labels = peer.cluster(on.documents.texts, on.documents.vectors)
        found.append(agreement(on.truth, labels, seconds=time.perf_counter() - started))
        print(f"{on.name}: {shown}, {found[-1]}", file=sys.stderr, flush=True)
    return shown, middle(found)


def cells(shown: str, found: Agreement) -> tuple[str, ...]:
    """A row."""
    return (
        shown,
        f"{found.nmi:.3f}",
        f"{found.ari:.3f}",
        f"{found.found} of {found.true}",
        "told" if shown.endswith("told k") else f"{found.off:+.0%}",
        f"{found.outside:.1%}",
        f"{found.seconds:.1f}",
    )


def lines(on: Labelled, *, runs: int) -> Iterator[str]:
    """The table of one set."""
    yield f"{on.name}: {len(on.documents):,} texts, {on.groups} groups, medians of {runs} runs.\n"
    yield from table(HEADS, [cells(*measured(name, on, runs=runs)) for name in EVERYBODY])

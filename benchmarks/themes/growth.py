"""What happens to themes as documents come: identity, edits, newcomers, and another order.

Four fifths of a set are clustered, at random, then a twentieth is added four times, and each time
all of it is clustered again.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Protocol

import numpy as np
from sklearn.metrics import adjusted_rand_score

from benchmarks.peers.clustering import CLUSTERERS, Asked, Clusterer
from benchmarks.themes.edits import THEMES, drawn, obeyed
from benchmarks.themes.ours import Ours, Store
from benchmarks.themes.scores import (
    NOTHING_KEPT,
    Ids,
    Kept,
    agreement,
    kept,
    matched,
    same_partition,
    table,
)
from benchmarks.themes.sets import Labelled, chosen
from nlp.themes.cluster import cluster
from nlp.themes.values import Documents, Ints

FIRST, STEP, STEPS = 0.80, 0.05, 4
REFITTED = ("bertopic", "evoc", "kmeans")
ONCE = frozenset({"bertopic", "kmeans"})  # they take minutes: one run, whatever is asked
SHUFFLES = 3


class Follower(Protocol):
    """Clusters what there is at each step, and says which themes are those of before."""

    def recluster(self, documents: Documents) -> dict[str, str]:
        """Key of each document to the id of its theme, "" for none."""
        ...


class Refit:
    """A clusterer that knows nothing of its last run; the best matching gives it ids.

    Args:
        peer: the clusterer.
    """

    def __init__(self, peer: Clusterer) -> None:
        self._peer = peer
        self._former: Ids = {}
        self._run = 0

    def recluster(self, documents: Documents) -> dict[str, str]:
        """Clusters anew and takes over ids."""
        self._run += 1
        labels = self._peer.cluster(documents.texts, documents.vectors).tolist()
        found = dict(zip(documents.keys, labels, strict=True))
        ids = matched(self._former, found, f"run-{self._run}")
        self._former = ids
        return ids


def growing(count: int, *, seed: int) -> list[Ints]:
    """Rows that are there at each step, each in the order of the set."""
    order = np.random.default_rng(seed).permutation(count)
    ends = [round(count * (FIRST + STEP * step)) for step in range(STEPS + 1)]
    return [np.sort(order[:end]) for end in ends]


@dataclass(slots=True, kw_only=True)
class Course:
    """What a follower did over the steps.

    Attributes:
        steps: counts of each step.
        whole: counts from the first clustering to the last.
        themes: how many there were at each clustering.
        ari: of the last one with the truth.
    """

    steps: list[Kept] = field(default_factory=list)
    whole: Kept = NOTHING_KEPT
    themes: list[int] = field(default_factory=list)
    ari: float = 0.0


def course(follower: Follower, on: Labelled, *, seed: int) -> Course:
    """Lets a set grow under a follower."""
    found, all_ids = Course(), list[Ids]()
    for rows in growing(len(on.documents), seed=seed):
        ids = follower.recluster(chosen(on.documents, rows))
        if all_ids:
            found.steps.append(kept(all_ids[-1], ids))
        all_ids.append(ids)
        found.themes.append(len(set(ids.values()) - {""}))
    found.whole = kept(all_ids[0], all_ids[-1])
    numbers = {theme: number for number, theme in enumerate(sorted(set(ids.values()) - {""}))}
    labels = np.array([numbers.get(ids[key], -1) for key in on.documents.keys], dtype=np.int64)
    found.ari = agreement(on.truth, labels).ari
    return found


def _followers(on: Labelled, runs: int) -> Iterator[tuple[str, list[Course]]]:
    yield "ours", [course(Store(), on, seed=seed) for seed in range(runs)]
    anew = [course(Refit(Ours()), on, seed=seed) for seed in range(runs)]
    yield "ours, but each time from nothing", anew
    for name in REFITTED:
        found, shown = [], ""
        for seed in range(1 if name in ONCE else runs):
            peer = CLUSTERERS[name](Asked(groups=on.groups, seed=seed))
            shown = f"{peer.name}, fitted anew"
            found.append(course(Refit(peer), on, seed=seed))
        yield shown, found


def stability(on: Labelled, *, runs: int) -> Iterator[str]:
    """The table of how many old documents keep their theme."""
    yield (
        f"{on.name}: share of the old documents whose theme is the one of before. Whoever is fitted"
        f" anew takes over ids by the best one-to-one matching. {runs} random orders,"
        " BERTopic and k-means one.\n"
    )
    heads = ["", *(f"step {step + 1}" for step in range(STEPS)), "all steps"]
    heads += ["of those with a theme", "first to last", "themes, first to last"]
    heads += ["ARI at the end"]
    rows = []
    for name, courses in _followers(on, runs):
        print(f"{on.name}, stability: {name}", file=sys.stderr, flush=True)
        each = [reduce(add, counts) for counts in zip(*(c.steps for c in courses), strict=True)]
        total = reduce(add, each)
        whole = reduce(add, (one.whole for one in courses))
        rows.append(
            [
                name,
                *(f"{one.share:.1%}" for one in each),
                f"{total.share:.1%}",
                f"{total.share_of_themes:.1%}",
                f"{whole.share:.1%}",
                ", ".join(f"{one.themes[0]} to {one.themes[-1]}" for one in courses),
                f"{np.mean([one.ari for one in courses]):.3f}",
            ]
        )
    yield from table(heads, rows)


def edited(on: Labelled, *, runs: int) -> Iterator[str]:
    """The table of people's edits: made after the first clustering, checked after each later."""
    yield f"{on.name}: wishes that hold, counted after each of {STEPS} steps, {runs} draws.\n"
    counts: dict[str, list[int]] = {}
    steady, too_few = NOTHING_KEPT, 0
    for seed in range(runs):
        store = Store()
        first, *later = growing(len(on.documents), seed=seed)
        documents = chosen(on.documents, first)
        store.recluster(documents)
        if store.known is None or len(store.known.themes) < THEMES:
            too_few += 1
            continue
        edits = drawn(store.known, documents, seed=seed)
        store.known, store.wishes = edits.known, edits.wishes
        for rows in later:
            free = [key for key in documents.keys if key not in edits.decided]
            before = store.ids(free)
            documents = chosen(on.documents, rows)
            ids = store.recluster(documents)
            steady += kept(before, ids)
            for kind, (held, asked) in obeyed(edits, ids).items():
                so_far = counts.setdefault(kind, [0, 0])
                so_far[0] += held
                so_far[1] += asked
    if too_few:
        yield f"{too_few} of the draws began with fewer than {THEMES} themes and were left out.\n"
    cells = [[kind, str(asked), f"{held / asked:.1%}"] for kind, (held, asked) in counts.items()]
    yield from table(["wish", "checked", "obeyed"], cells)
    if steady.old:
        yield f"\nOf the documents that nobody decided about, {steady.share:.1%} kept their theme."


def online(on: Labelled, *, runs: int) -> Iterator[str]:
    """The table of newcomers: where they were put at once, and where the re-clustering put them."""
    agreed = np.zeros((runs, STEPS))
    asked, assigned, right, waiting, waiting_after = 0, 0, 0, 0, 0
    for seed in range(runs):
        store = Store()
        first, *later = growing(len(on.documents), seed=seed)
        store.recluster(chosen(on.documents, first))
        for step, rows in enumerate(later):
            new = np.setdiff1d(rows, first)
            at_once = store.assigned(chosen(on.documents, new))
            ids = store.recluster(chosen(on.documents, rows))
            same = {key: ids[key] == theme for key, theme in at_once.items()}
            agreed[seed, step] = np.mean(list(same.values()))
            asked += len(same)
            assigned += sum(bool(theme) for theme in at_once.values())
            right += sum(same[key] for key, theme in at_once.items() if theme)
            waiting += sum(not theme for theme in at_once.values())
            waiting_after += sum(not ids[key] for key in at_once)
            first = rows
    yield f"{on.name}: newcomers that a re-clustering leaves where they were put, {runs} orders.\n"
    heads = [*(f"step {step + 1}" for step in range(STEPS)), "all", "of those put into a theme"]
    heads += ["put nowhere at once", "nowhere after the re-clustering"]
    cells = [f"{share:.1%}" for share in agreed.mean(axis=0)]
    cells += [f"{agreed.mean():.1%}", f"{right / max(assigned, 1):.1%}"]
    yield from table(heads, [[*cells, f"{waiting / asked:.1%}", f"{waiting_after / asked:.1%}"]])


def order(on: Labelled) -> Iterator[str]:
    """Whether another order gives the same themes, and what other keys do."""
    documents = on.documents
    first = cluster(documents)
    same, numbers, renamed = 0, 0, []
    for seed in range(SHUFFLES):
        rows = np.random.default_rng(seed).permutation(len(documents))
        shuffled = chosen(documents, rows)
        again = cluster(shuffled)
        same += same_partition(documents.keys, first.labels, shuffled.keys, again.labels)
        numbers += _same_numbers(first.labels[rows], again.labels) and _same_numbers(
            first.subthemes[rows], again.subthemes
        )
        # Keys give the order in which equals are looked at: other keys are another such order.
        other = Documents(
            keys=documents.keys,
            texts=shuffled.texts,
            vectors=shuffled.vectors,
            groups=documents.groups,
        )
        renamed.append(adjusted_rand_score(first.labels[rows], cluster(other).labels))
    heads = ["", "the same themes", "with the same numbers, sub-themes too"]
    heads += ["other keys as well: ARI between the two, least"]
    row = [on.name, f"{same} of {SHUFFLES}", f"{numbers} of {SHUFFLES}", f"{min(renamed):.3f}"]
    yield from table(heads, [row])


def _same_numbers(expected: Ints, found: Ints) -> bool:
    return bool(np.array_equal(expected, found))


def lines(names: Sequence[str], on: Labelled, *, runs: int) -> Iterator[str]:
    """The tables of this module that are named, of one set."""
    if "stability" in names:
        yield from stability(on, runs=runs)
        yield ""
        yield from edited(on, runs=runs)
        yield ""
    if "order" in names:
        yield from order(on)
        yield ""
    if "online" in names:
        yield from online(on, runs=runs)
        yield ""

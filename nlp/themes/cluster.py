"""Documents gathered into themes, areas of themes, and parts of themes.

Nobody says how many there are, nothing is drawn by lot, and no bucket takes the rest: what fits
nowhere waits, until enough of it has gathered. A re-clustering starts from the themes as they were
and moves what the documents themselves move; what people decided stays as they decided it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.themes import steady
from nlp.themes.graph import Graph, Matrix, build, centred, chunks, common
from nlp.themes.partition import (
    Cut,
    centres,
    clearest,
    leiden,
    relabelled,
    summed,
    without_itself,
)
from nlp.themes.values import NOWHERE, Clustering, Documents, Floats, Ints, Known, Wishes

FEWEST = 3  # interactions that must say it before it is a theme: two are a coincidence
# Cosines to a theme's middle, centred, where strangers have 0. Whoever is further away than the
# first waits; whoever waits and is nearer than the second is taken in.
STRAY, HOME = 0.2, 0.35
# A document stands in a second theme where it is nearly as much at home as in its own, and the two
# themes are not about the same thing.
SECOND_NEARLY, SECOND_HOME, UNLIKE = 0.9, 0.4, 0.5
FINER = 4.0  # times the themes' resolution: that of their parts
FEWEST_OF_PART = 5  # documents
AREAS_RESOLUTION = 1.0  # on the graph of themes: modularity's own
GROWN = 1.5  # times as many documents as were known: the resolution is chosen anew


def cluster(
    documents: Documents, *, known: Known | None = None, wishes: Wishes | None = None
) -> Clustering:
    """Gathers documents into themes.

    The same documents give the same themes in any order.

    Args:
        documents: what is gathered; any number of them.
        known: the themes as they were, which it starts from.
        wishes: what people decided, which it obeys.

    Raises:
        ValueError: two documents have the same key, or a vector is not of length 1.
    """
    _check(documents)
    order = np.argsort(np.array(documents.keys, dtype=np.str_), kind="stable")
    ordered = Documents(
        keys=tuple(documents.keys[row] for row in order),
        texts=tuple(documents.texts[row] for row in order),
        vectors=np.ascontiguousarray(documents.vectors[order], dtype=np.float32),
        groups=tuple(documents.groups[row] for row in order),
    )
    found = _cluster(ordered, known, wishes or Wishes()) if len(order) else _nothing(ordered)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Clustering(
        labels=found.labels[back],
        second=found.second[back],
        subthemes=found.subthemes[back],
        parents=found.parents,
        areas=found.areas,
        centroids=found.centroids,
        folded=order[found.folded[back]],
        resolution=found.resolution,
    )


def _check(documents: Documents) -> None:
    if len(set(documents.keys)) != len(documents):
        raise ValueError("two documents have the same key: give each its own")
    lengths = np.linalg.norm(documents.vectors, axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) < 1e-2))
    if len(wrong):
        raise ValueError(
            f"the vector of {documents.keys[wrong[0]]} has length {lengths[wrong[0]]:.3g}:"
            " divide each by its length"
        )


def _nothing(documents: Documents) -> Clustering:
    none = np.empty(0, dtype=np.int64)
    return Clustering(
        labels=none,
        second=none,
        subthemes=none,
        parents=none,
        areas=none,
        centroids=documents.vectors,
        folded=none,
        resolution=1.0,
    )


def _cluster(documents: Documents, known: Known | None, wishes: Wishes) -> Clustering:
    vectors = centred(documents.vectors, common(documents.vectors))
    graph = build(documents.texts, vectors)
    was = steady.before(documents.keys, known, wishes)
    rows = {key: row for row, key in enumerate(documents.keys)}
    together = _groups(wishes.together, rows)
    tied = steady.anchored(graph, was, together) if was.themes or together else None
    cut = _cut(graph, tied, documents, known)
    labels, stands = steady.obeyed(cut.labels[graph.folded], vectors, was, wishes)
    labels = _settled(labels, vectors, documents.groups, stands)
    labels = steady.kept_together(labels, together, was.fixed)
    pairs = tuple((rows[a], rows[b]) for a, b in wishes.apart if a in rows and b in rows)
    labels = by_size(steady.kept_apart(labels, vectors, pairs, was.fixed))
    subthemes, parents = _parts(graph, labels, cut.resolution)
    return Clustering(
        labels=labels,
        second=_second(vectors, labels),
        subthemes=subthemes,
        parents=parents,
        areas=_areas(graph, labels),
        centroids=centres(documents.vectors, labels),
        folded=graph.leaders[graph.folded],
        resolution=cut.resolution,
    )


def _cut(graph: Graph, tied: Matrix | None, documents: Documents, known: Known | None) -> Cut:
    """At the resolution of the themes as they were, until the documents have outgrown it.

    Args:
        graph: of the documents.
        tied: its weights with the anchors behind them; None where nothing is tied.
        documents: all of them.
        known: the themes as they were.
    """
    if known is not None and len(documents) < GROWN * max(len(known.members), 1):
        resolution = known.resolution
    else:
        found = clearest(graph)
        if tied is None:
            return found
        resolution = found.resolution
    weights = graph.weights if tied is None else tied
    return Cut(relabelled(leiden(weights, resolution)[: len(graph.leaders)]), resolution)


def _groups(together: tuple[tuple[str, ...], ...], rows: dict[str, int]) -> tuple[Ints, ...]:
    """Groups of keys as indexes; keys that are no longer there are passed over."""
    found = [np.array([rows[key] for key in group if key in rows], np.int64) for group in together]
    return tuple(group for group in found if len(group) > 1)


def _settled(
    labels: Ints, vectors: Floats, groups: tuple[str, ...], fixed: NDArray[np.bool_]
) -> Ints:
    """Communities that are themes; whoever is at home in none of them waits.

    Args:
        labels: (documents,) community of each.
        vectors: (documents, width) centred.
        groups: interaction of each document.
        fixed: (documents,) where a person decided: these stay, and what they are in is a theme.
    """
    large = _large(labels, groups)
    large[labels[fixed & (labels >= 0)]] = True
    labels = steady.numbered(np.where(large[labels] & (labels >= 0), labels, NOWHERE))
    if not (labels >= 0).any():
        return labels
    sums = summed(vectors, labels)
    lengths = np.linalg.norm(sums, axis=1)
    waiting = labels == NOWHERE
    found = labels.copy()
    for rows in chunks(len(labels), len(sums)):
        products = vectors[rows] @ sums.T
        likeness = products / lengths
        # To the middle of the others: a stranger in a small theme is like itself.
        own = without_itself(
            products[np.arange(len(products)), labels[rows]], lengths[labels[rows]]
        )
        joins = ~fixed[rows] & waiting[rows] & (likeness.max(axis=1) >= HOME)
        strays = ~fixed[rows] & ~waiting[rows] & (own < STRAY)
        moved = np.where(strays, NOWHERE, labels[rows])
        found[rows] = np.where(joins, likeness.argmax(axis=1), moved)
    return found


def _large(labels: Ints, groups: tuple[str, ...]) -> NDArray[np.bool_]:
    """(communities,) whether enough interactions speak of each."""
    _, interactions = np.unique(np.array(groups, dtype=np.str_), return_inverse=True)
    there = labels >= 0
    pairs = np.unique(np.stack([labels[there], interactions[there]], axis=1), axis=0)
    return np.bincount(pairs[:, 0], minlength=int(labels.max(initial=0)) + 1) >= FEWEST


def by_size(labels: Ints) -> Ints:
    """The same themes, the largest first; of two of one size, the one that begins first."""
    labels = steady.numbered(labels)
    there = labels >= 0
    sizes = np.bincount(labels[there])
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    labels[there] = rank[labels[there]]
    return labels


def _second(vectors: Floats, labels: Ints) -> Ints:
    """(documents,) the other theme of those that are about two things, or `NOWHERE`."""
    second = np.full_like(labels, NOWHERE)
    middles = centres(vectors, labels)
    if len(middles) < 2:
        return second
    alike = middles @ middles.T >= UNLIKE
    inside = np.flatnonzero(labels >= 0)
    for chunk in chunks(len(inside), len(middles)):
        rows = inside[chunk]
        second[rows] = other_theme(vectors[rows] @ middles.T, labels[rows], alike)
    return second


def other_theme(likeness: Floats, own: Ints, alike: NDArray[np.bool_]) -> Ints:
    """(documents,) the other theme of those that are about two things, or `NOWHERE`.

    Args:
        likeness: (documents, themes) cosines to the middles of themes.
        own: (documents,) theme of each.
        alike: (themes, themes) whether two are about the same thing.
    """
    at = np.arange(len(own))
    bound = np.maximum(SECOND_NEARLY * likeness[at, own], SECOND_HOME)
    others = np.where(alike[own], -1, likeness)
    best = others.argmax(axis=1)
    return np.where(others[at, best] >= bound, best, NOWHERE)


def _parts(graph: Graph, labels: Ints, resolution: float) -> tuple[Ints, Ints]:
    """Sub-themes: (documents,) index of each one's, and (sub-themes,) the theme of each."""
    finer = leiden(graph.weights, resolution * FINER)[graph.folded]
    inside = np.flatnonzero(labels >= 0)
    pairs, part, sizes = np.unique(
        np.stack([labels[inside], finer[inside]], axis=1),
        axis=0,
        return_inverse=True,
        return_counts=True,
    )
    large = sizes >= FEWEST_OF_PART
    # A theme that has one part has none.
    several = np.bincount(pairs[large, 0], minlength=int(labels.max(initial=-1)) + 1) > 1
    kept = large & several[pairs[:, 0]] if len(pairs) else large
    number = np.where(kept, np.cumsum(kept) - 1, NOWHERE)
    subthemes = np.full_like(labels, NOWHERE)
    subthemes[inside] = number[part.ravel()]
    return subthemes, pairs[kept, 0].astype(np.int64)


def _areas(graph: Graph, labels: Ints) -> Ints:
    """(themes,) the area of each: themes that are near each other, by all that ties them."""
    nodes = labels[np.unique(graph.folded, return_index=True)[1]]
    rows = np.flatnonzero(nodes >= 0)
    count = int(labels.max(initial=-1)) + 1
    members = sparse.csr_matrix(
        (np.ones(len(rows)), (nodes[rows], rows)), shape=(count, len(nodes))
    )
    links = sparse.coo_matrix(members @ graph.weights @ members.T)
    apart = links.row != links.col
    sizes = np.maximum(np.asarray(members.sum(axis=1)).ravel(), 1)
    # Per document, so that large themes are not everybody's nearest.
    per = links.data / np.sqrt(sizes[links.row] * sizes[links.col])
    between = sparse.csr_matrix(
        (per[apart], (links.row[apart], links.col[apart])), shape=(count, count)
    )
    return leiden(between, AREAS_RESOLUTION)

"""The graph of documents: who is near whom, with what is said again and again folded first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from nlp.themes.values import NOWHERE, Floats, Ints

NEIGHBOURS = 12  # tried on Banking77's train split: 8, 10, 12, 15, 16, 25
# Up to so many documents every pair is compared. Beyond, documents are put into cells, and those of
# one cell are compared with those of the nearest cells (an inverted file, Sivic and Zisserman
# 2003): on a million, comparing all would take hours.
EXACT = 6_000
CELL = 500  # documents a cell, about
PROBES = 8  # cells, its own among them
LEARNED_FROM, ROUNDS = 64, 6  # documents a cell that its middle is learned from, and how often
PRODUCT = 20_000_000  # numbers of a product that is held at once
# Of the common direction of all documents, so much is taken out: it makes all alike, and some
# documents everybody's neighbour. Tried on Banking77's train split: 0, .7 and 1.
CENTRED, FEW = 0.7, 50
# Two documents at least so alike say the same in the same words ("app crashes" and "App crashes!").
SAME = 0.97
SPARE = 8  # neighbours looked for beyond, in place of those that turn out to be copies

# A sparse matrix of SciPy's in rows, which has no types of its own.
Matrix: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest documents of each document.

    Attributes:
        ids: (documents, k) their indexes, the nearest first; -1 where there are fewer.
        likeness: (documents, k) cosines.
    """

    ids: Ints
    likeness: Floats


@dataclass(frozen=True, slots=True)
class Graph:
    """Who is near whom.

    Attributes:
        leaders: (nodes,) index of the document that each node stands for.
        folded: (documents,) node of each document.
        vectors: (nodes, width) centred, of length 1.
        weights: (nodes, nodes) symmetric, none negative, the diagonal empty.
    """

    leaders: Ints
    folded: Ints
    vectors: Floats
    weights: Matrix


def unit(vectors: Floats) -> Floats:
    """Each row at length 1; a row of nothing stays so."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def common(vectors: Floats) -> Floats:
    """(width,) most of what is common to all documents; of few, less, as it may be their theme.

    Args:
        vectors: (documents, width).
    """
    total = vectors.sum(axis=0, dtype=np.float64)
    return np.asarray(CENTRED * total / (len(vectors) + FEW), dtype=np.float32)


def centred(vectors: Floats, shared: Floats) -> Floats:
    """Vectors without what is common to all, of length 1.

    Args:
        vectors: (documents, width).
        shared: (width,) as `common` gives it.
    """
    return unit(vectors - shared)


def build(texts: Sequence[str], vectors: Floats) -> Graph:
    """The graph of documents.

    Args:
        texts: of each; equal ones are one node.
        vectors: (documents, width) centred, of length 1.
    """
    first: dict[str, int] = {}
    same = [first.setdefault(_plain(text), row) for row, text in enumerate(texts)]
    leaders, folded = np.unique(same, return_inverse=True)
    moved = vectors[leaders] if len(leaders) < len(vectors) else vectors
    near = nearest(moved, NEIGHBOURS + SPARE)
    kept, place = np.unique(_fold(near), return_inverse=True)
    if len(kept) < len(moved):
        leaders, folded, moved = leaders[kept], place[folded], moved[kept]
        near = _among_leaders(near, kept, place)
    near = Neighbours(near.ids[:, :NEIGHBOURS], near.likeness[:, :NEIGHBOURS])
    return Graph(leaders, folded.astype(np.int64), moved, _weights(near))


def _among_leaders(near: Neighbours, kept: Ints, place: Ints) -> Neighbours:
    """The neighbours of documents that lead, each copy replaced by its leader, each leader once.

    Args:
        near: of all documents.
        kept: indexes of those that lead.
        place: (documents,) place of each one's leader in `kept`.
    """
    ids = np.where(near.ids[kept] >= 0, place[near.ids[kept]], NOWHERE)
    likeness = near.likeness[kept]
    ids[ids == np.arange(len(kept))[:, None]] = NOWHERE
    # In a stable order by id, whoever stands behind the same id is a repeat, and less alike.
    order = np.argsort(ids, axis=1, kind="stable")
    ranked = np.take_along_axis(ids, order, axis=1)
    again = np.zeros_like(ranked, dtype=bool)
    again[:, 1:] = ranked[:, 1:] == ranked[:, :-1]
    np.put_along_axis(ids, order, np.where(again, NOWHERE, ranked), axis=1)
    last = np.argsort(ids == NOWHERE, axis=1, kind="stable")
    return Neighbours(
        np.take_along_axis(ids, last, axis=1), np.take_along_axis(likeness, last, axis=1)
    )


def nearest(vectors: Floats, k: int) -> Neighbours:
    """The k nearest of each vector, itself not among them.

    Args:
        vectors: (documents, width) of length 1.
        k: how many.
    """
    count = len(vectors)
    k = min(k, count - 1)
    ids = np.full((count, k + 1), NOWHERE, dtype=np.int64)
    likeness = np.full((count, k + 1), -1, dtype=np.float32)
    for members, candidates in _blocks(vectors):
        products = vectors[members] @ vectors[candidates].T
        asked = min(k + 1, len(candidates))
        best = np.argpartition(products, len(candidates) - asked, axis=1)[:, -asked:]
        found = np.take_along_axis(products, best, axis=1)
        ranked = np.lexsort((best, -found), axis=1)
        ids[members, :asked] = candidates[np.take_along_axis(best, ranked, axis=1)]
        likeness[members, :asked] = np.take_along_axis(found, ranked, axis=1)
    return _without_itself(ids, likeness)


def _blocks(vectors: Floats) -> Iterator[tuple[Ints, Ints]]:
    """Documents, and those among which their neighbours are looked for."""
    everybody = np.arange(len(vectors), dtype=np.int64)
    if len(vectors) <= EXACT:
        for first in range(0, len(vectors), CELL):
            yield everybody[first : first + CELL], everybody
        return
    middles = _middles(vectors)
    cell = closest(vectors, middles)
    around = np.argsort(-(middles @ middles.T), axis=1, kind="stable")[:, :PROBES]
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(len(middles) + 1))
    for own, near in enumerate(around):
        candidates = np.concatenate([order[bounds[one] : bounds[one + 1]] for one in near])
        for first in range(bounds[own], bounds[own + 1], 2 * CELL):
            yield order[first : min(first + 2 * CELL, bounds[own + 1])], candidates


def _middles(vectors: Floats) -> Floats:
    """(cells, width) middles of cells: spherical k-means (Dhillon and Modha 2001) on a sample."""
    cells = len(vectors) // CELL
    even = np.linspace(0, len(vectors) - 1, cells * LEARNED_FROM).astype(np.int64)
    learned_from = vectors[even]
    middles = learned_from[::LEARNED_FROM].copy()
    for _ in range(ROUNDS):
        own = closest(learned_from, middles)
        order = np.argsort(own, kind="stable")
        there, firsts = np.unique(own[order], return_index=True)
        middles[there] = unit(np.add.reduceat(learned_from[order], firsts, axis=0))
    return middles


def closest(vectors: Floats, middles: Floats) -> Ints:
    """(documents,) index of the middle that each vector is nearest to."""
    found = np.empty(len(vectors), dtype=np.int64)
    for rows in chunks(len(vectors), len(middles)):
        found[rows] = (vectors[rows] @ middles.T).argmax(axis=1)
    return found


def chunks(rows: int, columns: int) -> Iterator[slice]:
    """Slices of rows, such that a product with so many columns stays small."""
    size = max(1, PRODUCT // max(columns, 1))
    for first in range(0, rows, size):
        yield slice(first, first + size)


def _without_itself(ids: Ints, likeness: Floats) -> Neighbours:
    """Drops each row's own index, or its last neighbour where copies had pushed it out."""
    own = ids == np.arange(len(ids))[:, None]
    own[~own.any(axis=1), -1] = True
    shape = (len(ids), ids.shape[1] - 1)
    return Neighbours(ids[~own].reshape(shape), likeness[~own].reshape(shape))


def _fold(near: Neighbours) -> Ints:
    """(documents,) index of the earlier document that each one nearly repeats, or its own."""
    into = np.arange(len(near.ids), dtype=np.int64)
    repeats = (near.likeness >= SAME) & (near.ids >= 0) & (near.ids < into[:, None])
    # In the order of documents, so that whoever is repeated repeats nobody: no chains.
    for row in np.flatnonzero(repeats.any(axis=1)):
        for other in near.ids[row, repeats[row]]:
            if into[other] == other:
                into[row] = other
                break
    return into


def _weights(near: Neighbours) -> Matrix:
    """Cosines between neighbours, whoever of the two counts the other among its nearest."""
    count, k = near.ids.shape
    rows = np.repeat(np.arange(count), k)
    columns, values = near.ids.ravel(), np.maximum(near.likeness.ravel(), 1e-3)
    there = columns >= 0
    found = sparse.csr_matrix(
        (values[there].astype(np.float64), (rows[there], columns[there])), shape=(count, count)
    )
    return sparse.csr_matrix(found.maximum(found.T))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(".!?,; ")

"""A graph cut into communities, as finely as their own clearness asks for.

The cut is Leiden's (Traag, Waltman and van Eck 2019, arXiv:1810.08473) under modularity with a
resolution (Reichardt and Bornholdt 2006). Nobody has to say how many communities there are: of the
resolutions tried, the coarsest is taken whose communities are nearly as clear as the clearest.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import sparse

from nlp.themes.graph import Graph, Matrix, unit
from nlp.themes.values import Floats, Ints

SEED = 20261127
RANDOMNESS = 0.001
ITERATIONS = 2
COARSEST, FINEST, STEP = 0.125, 64.0, 2**0.5
# Chosen on Banking77's train split (whole, by 20, 40 and 77 intents, 1,500 to 10,003 questions)
# and on MultiDoGO's intents: from 17 % too few to 29 % too many, nearly right on average.
NEARLY = 0.985
BARELY = 0.1  # below, all is one: pure noise comes to .08 at the most
# So far below the clearest, so often in a row: it stops looking.
GIVEN_UP, PATIENCE = 0.9, 3
# What people say is always clearly of two or three kinds (mails and calls, machines and pages), and
# nobody wants two themes: fewer than half the root of the nodes are taken only where they are much
# clearer than any finer cut. Seen on the project's corpus: .19 for 2 communities, .15 for 200.
FEWEST, MUCH_CLEARER = 0.5, 1.35
JUDGED = 20_000  # nodes that a cut is judged on: more say the same


@dataclass(frozen=True, slots=True)
class Cut:
    """Nodes in communities.

    Attributes:
        labels: (nodes,) from 0, without gaps, in the order of their first nodes.
        resolution: that it was found with.
    """

    labels: Ints
    resolution: float


def leiden(weights: Matrix, resolution: float, *, iterations: int = ITERATIONS) -> Ints:
    """(nodes,) community of each node; the same graph, the same answer.

    Args:
        weights: (nodes, nodes) symmetric.
        resolution: higher, finer.
        iterations: times that the whole of it is improved.
    """
    # Imported here: only clustering needs it.
    import graspologic_native

    count = weights.shape[0]
    if weights.nnz == 0:
        return np.arange(count, dtype=np.int64)
    _, found = graspologic_native.leiden_csr(
        weights.indptr.astype(np.int64),
        weights.indices.astype(np.int32),
        weights.data.astype(np.float64),
        count,
        resolution=resolution,
        randomness=RANDOMNESS,
        iterations=iterations,
        use_modularity=True,
        seed=SEED,
    )
    return relabelled(np.fromiter((found[node] for node in range(count)), np.int64, count))


def relabelled(labels: Ints) -> Ints:
    """The same communities, numbered from 0 in the order of their first members."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse], dtype=np.int64)


def clearest(graph: Graph) -> Cut:
    """The coarsest cut that is nearly as clear as the clearest one.

    Args:
        graph: of the documents.
    """
    if len(graph.leaders) <= JUDGED:
        return _nearly(_tried(graph, STEP), smooth=True)
    # A cut of a million takes most of a minute: few are tried, and then those beside the best.
    found = _tried(graph, STEP**4)
    best = _nearly(found, smooth=False).resolution
    found += [_judged(graph, best / 2), _judged(graph, best * 2)]
    return _nearly(sorted(found, key=lambda one: one.resolution), smooth=False)


@dataclass(frozen=True, slots=True)
class _Judged:
    cut: Cut
    clear: float

    @property
    def labels(self) -> Ints:
        return self.cut.labels

    @property
    def resolution(self) -> float:
        return self.cut.resolution


def _tried(graph: Graph, step: float) -> list[_Judged]:
    """Cuts from the coarsest on, until they only become less clear."""
    found: list[_Judged] = []
    steps = int(np.log(FINEST / COARSEST) / np.log(step) + 0.5) + 1
    resolutions = [COARSEST * step**place for place in range(steps)]
    behind = 0.0
    # The library computes beside Python; two large graphs at once would cost too much memory.
    small = len(graph.leaders) <= JUDGED
    with ThreadPoolExecutor((os.cpu_count() or 1) if small else 1) as pool:
        for one in pool.map(partial(_judged, graph), resolutions):
            found.append(one)
            best = max((cut.clear for cut in _fine(found)), default=0.0)
            # A long step counts for the short ones that it leaves out.
            passed = np.log(step) / np.log(STEP)
            behind = behind + passed if one.clear < best * GIVEN_UP else 0.0
            if behind >= PATIENCE:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    return found


def _judged(graph: Graph, resolution: float) -> _Judged:
    # Of a large graph, a second round takes another half minute and changes little.
    rounds = ITERATIONS if len(graph.leaders) <= JUDGED else 1
    labels = leiden(graph.weights, resolution, iterations=rounds)
    return _Judged(Cut(labels, resolution), clearness(graph.vectors, labels))


def _fine(found: list[_Judged]) -> list[_Judged]:
    """Those with as many communities as are worth having."""
    return [one for one in found if one.labels.max() + 1 >= FEWEST * len(one.labels) ** 0.5]


def _nearly(found: list[_Judged], *, smooth: bool) -> Cut:
    """The first that is nearly as clear as the clearest.

    Args:
        found: in the order of their resolutions.
        smooth: whether each is judged with those beside it, as one may be lucky.
    """
    best = max(one.clear for one in found)
    if best < BARELY:
        alone = np.zeros(len(found[0].labels), dtype=np.int64)
        return Cut(alone, found[0].resolution)
    fine = _fine(found)
    if fine and best < MUCH_CLEARER * max(one.clear for one in fine):
        found = fine
    clear = np.array([one.clear for one in found])
    if smooth:
        padded = np.pad(clear, 1, mode="edge")
        clear = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    chosen = int(np.argmax(clear >= clear.max() * NEARLY))
    # Where finer cuts are the same one, the middle of them is the furthest from becoming another.
    last = chosen
    while last + 1 < len(found) and np.array_equal(found[last + 1].labels, found[chosen].labels):
        last += 1
    return found[(chosen + last) // 2].cut


def clearness(vectors: Floats, labels: Ints) -> float:
    """How clearly communities stand apart: the mean silhouette, by cosine to their middles.

    After the simplified silhouette (Hruschka, de Castro and Campello 2004), of Rousseeuw's (1987),
    where the own middle is taken without the node itself, so that small communities gain nothing.

    Args:
        vectors: (nodes, width) of length 1.
        labels: (nodes,) from 0 without gaps.
    """
    count = int(labels.max(initial=-1)) + 1
    if count < 2:
        return 0.0
    sums = summed(vectors, labels)
    rows = sample(len(labels))
    chosen, own = labels[rows], np.arange(len(rows))
    products = vectors[rows] @ sums.T
    lengths = np.linalg.norm(sums, axis=1)
    mine = products[own, chosen]
    within = 1 - without_itself(mine, lengths[chosen])
    cosines = products / np.maximum(lengths, 1e-9)
    cosines[own, chosen] = -1
    between = 1 - cosines.max(axis=1)
    silhouette = (between - within) / np.maximum(np.maximum(within, between), 1e-9)
    silhouette[np.bincount(labels)[chosen] == 1] = 0
    return float(silhouette.mean())


def without_itself(product: Floats, length: Floats) -> Floats:
    """(nodes,) cosine of each node to the middle of the others in its community.

    Args:
        product: (nodes,) of each node's vector with the sum of its community's, itself among them.
        length: (nodes,) of that sum.
    """
    # |s - v|² = |s|² - 2 s·v + 1, and (s - v)·v = s·v - 1.
    rest = np.sqrt(np.maximum(length**2 - 2 * product + 1, 1e-6))
    return np.asarray((product - 1) / rest, dtype=np.float32)


def sample(count: int) -> Ints:
    """Indexes of the nodes that are judged: all, or an even sample of them."""
    if count <= JUDGED:
        return np.arange(count, dtype=np.int64)
    return np.linspace(0, count - 1, JUDGED).astype(np.int64)


def summed(vectors: Floats, labels: Ints) -> Floats:
    """(communities, width) sum of the vectors of each community; labels below 0 count nowhere."""
    rows = np.flatnonzero(labels >= 0)
    shape = (int(labels.max(initial=-1)) + 1, len(labels))
    ones = np.ones(len(rows), dtype=np.float32)
    members = sparse.csr_matrix((ones, (labels[rows], rows)), shape=shape)
    return np.asarray(members @ vectors, dtype=np.float32)


def centres(vectors: Floats, labels: Ints) -> Floats:
    """(communities, width) the middle of each community, of length 1."""
    return unit(summed(vectors, labels))

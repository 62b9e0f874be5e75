"""What keeps a re-clustering near the themes as they were, and to what people decided.

Every known theme is a node of its own, an anchor, tied to its members. So a document leaves its
theme where the documents around it pull harder, and not because a cut through the same graph fell
elsewhere. The ties are weak; what people decided is no tie, but is put right afterwards, exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from nlp.themes.graph import Graph, Matrix
from nlp.themes.partition import centres, relabelled
from nlp.themes.values import NOWHERE, Floats, Ints, Known, Wishes

# A tie's weight, as a share of all that a document is tied to. Tried on Banking77's train split and
# MultiDoGO, four steps of 5 %: 0 keeps 92 % of the old documents in their theme a step, .1 99.5 %,
# .25 and more 100 %, where nothing moves any more.
TIE = 0.1
DECIDED = 3.0  # the same for what a person put there, and between documents that belong together
MOVED = 1e-3  # what a document that a person moved says about where its theme's others are


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Where documents stand before they are clustered.

    Attributes:
        themes: ids of all themes that were known or that people named.
        old: (documents,) index into `themes`, or `NOWHERE`.
        fixed: (documents,) whether a person decided so.
    """

    themes: tuple[str, ...]
    old: Ints
    fixed: NDArray[np.bool_]

    def index(self, theme: str) -> int:
        """Of a theme, `NOWHERE` where it is not there."""
        return self.themes.index(theme) if theme in self.themes else NOWHERE


def before(keys: tuple[str, ...], known: Known | None, wishes: Wishes) -> Before:
    """Where documents stand: a person's word first, then the theme that they were in."""
    decided = {key: theme for theme, given in wishes.seeds.items() for key in given}
    decided |= wishes.placed
    themes = list(known.themes) if known else []
    themes += sorted({theme for theme in decided.values() if theme} - set(themes))
    places = {theme: place for place, theme in enumerate(themes)}
    members = known.members if known else {}
    old = np.array(
        [
            places.get(decided[key], NOWHERE) if key in decided else members.get(key, NOWHERE)
            for key in keys
        ],
        dtype=np.int64,
    )
    fixed = np.array([key in decided for key in keys], dtype=bool)
    return Before(themes=tuple(themes), old=old, fixed=fixed)


def anchored(graph: Graph, was: Before, together: tuple[Ints, ...]) -> Matrix:
    """The graph with an anchor for each known theme, behind the nodes.

    Args:
        graph: of the documents.
        was: where they stand.
        together: indexes of documents that a person wants in one theme, a group each.
    """
    nodes = len(graph.leaders)
    pulls = np.asarray(graph.weights.sum(axis=1)).ravel()
    rows = np.flatnonzero(was.old >= 0)
    ties = sparse.csr_matrix(
        (
            np.where(was.fixed[rows], DECIDED, TIE) * pulls[graph.folded[rows]],
            (graph.folded[rows], was.old[rows]),
        ),
        shape=(nodes, len(was.themes)),
    )
    # Copies that are one node tie it once, and as strongly as the strongest of them.
    ties = ties.minimum(DECIDED * sparse.diags(pulls) @ (ties > 0))
    pairs = [
        (graph.folded[group[0]], graph.folded[other]) for group in together for other in group[1:]
    ]
    weights = graph.weights
    if pairs:
        left, right = np.array(pairs).T
        bound = sparse.csr_matrix(
            (DECIDED * (pulls[left] + pulls[right]), (left, right)), shape=weights.shape
        )
        weights = weights + bound + bound.T
    if not len(was.themes):
        return sparse.csr_matrix(weights)
    return sparse.csr_matrix(sparse.bmat([[weights, ties], [ties.T, None]]))


def obeyed(
    labels: Ints, vectors: Floats, was: Before, wishes: Wishes
) -> tuple[Ints, NDArray[np.bool_]]:
    """The communities, with what people decided of whole themes put right.

    Themes that a person holds keep a community each, themes that are to be whole and both sides of
    a split keep all that was in them, and fixed documents stand where they were put.

    Args:
        labels: (documents,) community of each, from 0.
        vectors: (documents, width) of length 1.
        was: where they stood.
        wishes: what people decided.

    Returns:
        (documents,) the communities, and (documents,) whether each stands where a person wants it
        to, itself or its theme: that is not to be decided again.
    """
    sides = {theme for pair in wishes.split for theme in pair}
    decided = {was.themes[place] for place in np.unique(was.old[was.fixed]) if place >= 0}
    asked = sides | wishes.held | wishes.whole | decided
    places = sorted(was.index(theme) for theme in asked & set(was.themes))
    found, stands = labels.copy(), was.fixed.copy()
    if places:
        home = _homes(labels, was, places)
        _part(found, vectors, was, home)
        for place, community in home.items():
            own = was.old == place
            # Where others have its community, it takes its documents along.
            everything = community > labels.max() or was.themes[place] in sides | wishes.whole
            found[own if everything else own & was.fixed] = community
            stands |= own & (found == community)
    found[was.fixed & (was.old == NOWHERE)] = NOWHERE
    return found, stands


def _homes(labels: Ints, was: Before, places: list[int]) -> dict[int, int]:
    """A community for each of these themes: its own, or a new one where others have that."""
    count = int(labels.max(initial=-1)) + 1
    shared = np.zeros((len(was.themes), count))
    there = (was.old >= 0) & (labels >= 0)
    # What a person put into a theme lies in the community that it was taken from.
    counted = np.where(was.fixed[there], MOVED, 1.0)
    np.add.at(shared, (was.old[there], labels[there]), counted)
    rows, columns = linear_sum_assignment(-shared)
    own = {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if shared[row, column] > 0
    }
    home: dict[int, int] = {}
    for place in places:
        if place in own:
            home[place] = own[place]
        elif (was.old == place).any():
            home[place] = count
            count += 1
    return home


def _part(labels: Ints, vectors: Floats, was: Before, home: dict[int, int]) -> None:
    """Takes the documents of held themes out of other held themes' communities, in place.

    New documents of such a community go with the nearest of the themes that it held.
    """
    owner = {community: place for place, community in home.items()}
    for community, own in owner.items():
        inside = labels == community
        guests = [p for p in home if p != own and (inside & (was.old == p)).any()]
        if not guests:
            continue
        kinds = np.array([own, *guests])
        old = np.where(np.isin(was.old, kinds) & inside, was.old, NOWHERE)
        middles = np.stack([vectors[old == kind].sum(axis=0) for kind in kinds])
        middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-9)
        free = inside & (old == NOWHERE)
        old[free] = kinds[(vectors[free] @ middles.T).argmax(axis=1)]
        for kind in guests:
            labels[old == kind] = home[kind]


def kept_together(labels: Ints, groups: tuple[Ints, ...], fixed: NDArray[np.bool_]) -> Ints:
    """Each group in one theme: that of its fixed document, or of most of them."""
    labels = labels.copy()
    for group in groups:
        chosen = group[fixed[group]] if fixed[group].any() else group
        there = labels[chosen][labels[chosen] >= 0]
        if len(there):
            labels[group[~fixed[group]]] = np.bincount(there).argmax()
    return labels


def kept_apart(
    labels: Ints, vectors: Floats, pairs: tuple[tuple[int, int], ...], fixed: NDArray[np.bool_]
) -> Ints:
    """No pair in one theme: the one less at home there goes to its next theme, or waits."""
    labels = labels.copy()
    for left, right in pairs:
        if labels[left] != labels[right] or labels[left] == NOWHERE:
            continue
        likeness = vectors[[left, right]] @ centres(vectors, labels).T
        own = int(labels[left])
        goes = int(likeness[0, own] >= likeness[1, own])
        if fixed[(left, right)[goes]]:
            goes = 1 - goes
        if fixed[(left, right)[goes]]:
            continue  # a person put both there, which is the later word
        likeness[goes, own] = -1
        best = int(likeness[goes].argmax())
        labels[(left, right)[goes]] = best if likeness[goes, best] > 0 else NOWHERE
    return labels


def numbered(labels: Ints) -> Ints:
    """Communities from 0 without gaps, `NOWHERE` kept."""
    found = labels.copy()
    there = found >= 0
    found[there] = relabelled(found[there])
    return found

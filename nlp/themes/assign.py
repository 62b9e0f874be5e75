"""A new document put into a known theme at once, without clustering anything.

Every theme is kept as some of its documents, from the most to the least like its middle, and that
middle. The nearest of all themes' documents vote, and the middles have a say; who is too far from
what the theme has let in so far waits for the next re-clustering.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nlp.themes.cluster import UNLIKE, other_theme
from nlp.themes.graph import centred, chunks, common
from nlp.themes.partition import centres
from nlp.themes.values import NOWHERE, Floats, Ints

# Tried on Banking77's train split and MultiDoGO, against what a re-clustering then decides: 24 that
# are as different as they come agree on 93 %, 24 in even steps on 95 %, 48 on 97 %, as do all.
PER_THEME, VOTERS = 48, 10
# A theme lets in what is not much less like its middle than all but this share of its documents.
# Tried with a seventh of the intents unknown (Banking77's train split, MultiDoGO): 3 % of what
# belongs somewhere waits, and 15 to 36 % of what is new; without lenience 6 % and 23 to 46 %.
FURTHEST, LENIENCE = 0.02, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Prototypes:
    """Themes as a newcomer is compared with them.

    Attributes:
        vectors: (prototypes, width) centred, of length 1.
        themes: (prototypes,) index of the theme of each.
        middles: (themes, width) centred, of length 1.
        floors: (themes,) least cosine to the middle that a theme lets in.
        shared: (width,) what is common to all documents.
    """

    vectors: Floats
    themes: Ints
    middles: Floats
    floors: Floats
    shared: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Where newcomers stand.

    Attributes:
        labels: (documents,) index of the theme of each, `NOWHERE` for the emerging pool.
        second: (documents,) index of another theme that each one is about too, or `NOWHERE`.
        likeness: (documents,) cosine to the middle of the nearest theme, centred; 0 without themes.
    """

    labels: Ints
    second: Ints
    likeness: Floats


def prototypes(vectors: Floats, labels: Ints, *, shared: Floats | None = None) -> Prototypes:
    """What is kept of themes.

    Args:
        vectors: (documents, width) of length 1.
        labels: (documents,) theme of each, from 0 without gaps, or `NOWHERE`.
        shared: (width,) what is common to all, where these are but some of all; from these if None.
    """
    shared = common(vectors) if shared is None else shared
    moved = centred(vectors, shared)
    middles = centres(moved, labels)
    kept: list[Ints] = []
    floors = np.zeros(len(middles), dtype=np.float32)
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(len(middles) + 1))
    for theme, (first, last) in enumerate(pairwise(bounds)):
        rows = order[first:last]
        likeness = moved[rows] @ middles[theme]
        floors[theme] = LENIENCE * np.quantile(likeness, FURTHEST)
        ranked = rows[np.argsort(-likeness, kind="stable")]
        even = np.linspace(0, len(ranked) - 1, min(len(ranked), PER_THEME)).astype(np.int64)
        kept.append(ranked[even])
    chosen = np.concatenate(kept) if kept else np.empty(0, dtype=np.int64)
    return Prototypes(
        vectors=moved[chosen],
        themes=labels[chosen],
        middles=middles,
        floors=floors,
        shared=shared,
    )


def assign(vectors: Floats, known: Prototypes) -> Assigned:
    """Puts newcomers into themes.

    Args:
        vectors: (documents, width) of length 1.
        known: the themes.
    """
    count, themes = len(vectors), len(known.middles)
    labels = np.full(count, NOWHERE, dtype=np.int64)
    if not count or not themes:
        return Assigned(
            labels=labels, second=labels.copy(), likeness=np.zeros(count, dtype=np.float32)
        )
    alike = known.middles @ known.middles.T >= UNLIKE
    second, likeness = labels.copy(), np.zeros(count, dtype=np.float32)
    for rows in chunks(count, len(known.themes)):
        moved = centred(vectors[rows], known.shared)
        cosines = moved @ known.middles.T
        best = (_votes(moved, known) + cosines).argmax(axis=1)
        inside = cosines[np.arange(len(best)), best] >= known.floors[best]
        labels[rows] = np.where(inside, best, NOWHERE)
        second[rows] = np.where(inside, other_theme(cosines, best, alike), NOWHERE)
        likeness[rows] = cosines.max(axis=1)
    return Assigned(labels=labels, second=second, likeness=likeness)


def _votes(moved: Floats, known: Prototypes) -> Floats:
    """(documents, themes) share of each theme among the nearest prototypes, by their likeness."""
    near = moved @ known.vectors.T
    voters = np.argsort(-near, axis=1, kind="stable")[:, :VOTERS]
    strengths = np.maximum(np.take_along_axis(near, voters, axis=1), 0) ** 2
    votes = np.zeros((len(moved), len(known.middles)), dtype=np.float32)
    np.add.at(votes, (np.arange(len(moved))[:, None], known.themes[voters]), strengths)
    return np.asarray(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1e-9))

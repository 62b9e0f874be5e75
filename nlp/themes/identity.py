"""Which of the themes found now are the ones that were known, and what became of the others.

Themes are matched one to one, so that all together share the most documents (the assignment
problem, Kuhn 1955); where documents have new keys, as after mining them again with another model,
their middles decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from nlp.themes import steady
from nlp.themes.values import NOWHERE, Clustering, Documents, Floats, Ints, Known, Wishes

EventKind = Literal["born", "grown", "split", "merged", "faded"]

ALIKE = 0.8  # cosine of two middles from which they may be the same theme without a shared document
WHOLE = 1000.0  # what a document that a person put there counts, beside 1
GROWN, GROWN_BY = 1.25, 5  # times as many documents, and so many more at the least
# A theme comes out of another where so much of it stood there, and goes into one where so much of
# it went there.
SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What became of a theme.

    Attributes:
        kind: `born` (from documents that were in no theme), `grown`, `split` (from a theme that
            goes on), `merged` (other themes went into it) or `faded` (nothing is left of it).
        theme: index of the theme as it is now; None for one that faded.
        old: ids of the known themes concerned: where it split from, what merged, what faded.
        documents: how many are concerned.
    """

    kind: EventKind
    theme: int | None
    old: tuple[str, ...]
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Themes of now with the ids of before.

    Attributes:
        ids: (themes,) the id of the known theme that each one continues, None for a new one.
        events: in the order of the themes, those that faded last.
    """

    ids: tuple[str | None, ...]
    events: tuple[Event, ...]


def follow(
    documents: Documents, clustering: Clustering, *, known: Known | None, wishes: Wishes | None
) -> Followed:
    """Says which themes go on, and what happened to all of them.

    Args:
        documents: that were clustered.
        clustering: of them.
        known: the themes as they were; None the first time.
        wishes: what people decided, as it was given to the clustering.
    """
    was = steady.before(documents.keys, known, wishes or Wishes())
    ids = _matched(clustering, was, known)
    shared = _shared(was.old, clustering.labels, len(was.themes), clustering.count)
    events = [
        event
        for theme, id in enumerate(ids)
        for event in _events(theme, id, shared=shared, was=was, clustering=clustering)
    ]
    gone = [place for place, id in enumerate(was.themes) if id not in ids]
    for place in gone:
        into = int(shared[place].argmax()) if clustering.count else 0
        size = (was.old == place).sum()
        if size and clustering.count and shared[place, into] >= SHARE * size:
            events.append(
                Event(
                    kind="merged",
                    theme=into,
                    old=(was.themes[place],),
                    documents=int(shared[place, into]),
                )
            )
        else:
            events.append(
                Event(kind="faded", theme=None, old=(was.themes[place],), documents=int(size))
            )
    return Followed(ids=tuple(ids), events=tuple(events))


def _shared(old: Ints, labels: Ints, before: int, now: int) -> Floats:
    """(known themes, themes) documents that they share."""
    both = (old >= 0) & (labels >= 0)
    shared = np.zeros((before, now), dtype=np.float32)
    np.add.at(shared, (old[both], labels[both]), 1)
    return shared


def _matched(clustering: Clustering, was: steady.Before, known: Known | None) -> list[str | None]:
    ids: list[str | None] = [None] * clustering.count
    if not was.themes or not clustering.count:
        return ids
    weights = _shared(was.old, clustering.labels, len(was.themes), clustering.count)
    fixed = np.where(was.fixed, was.old, NOWHERE)
    weights += WHOLE * _shared(fixed, clustering.labels, len(was.themes), clustering.count)
    if known is not None and len(known.themes):
        # Less than one shared document, so that it decides only where there is none.
        alike = known.centroids @ clustering.centroids.T
        weights[: len(known.themes)] += np.where(alike >= ALIKE, alike, 0) / 2
    rows, columns = linear_sum_assignment(-weights)
    for row, column in zip(rows, columns, strict=True):
        if weights[row, column] > 0:
            ids[column] = was.themes[row]
    return ids


def _events(
    theme: int, id: str | None, *, shared: Floats, was: steady.Before, clustering: Clustering
) -> list[Event]:
    """What happened to a theme that is there now."""
    size = int((clustering.labels == theme).sum())
    if id is not None:
        before = int((was.old == was.index(id)).sum())
        if size >= max(GROWN * before, before + GROWN_BY):
            return [Event(kind="grown", theme=theme, old=(id,), documents=size - before)]
        return []
    sources = shared[:, theme]
    place = int(sources.argmax()) if len(sources) else 0
    if len(sources) and sources[place] >= SHARE * size:
        old = (was.themes[place],)
        return [Event(kind="split", theme=theme, old=old, documents=int(sources[place]))]
    return [Event(kind="born", theme=theme, old=(), documents=size)]


def renamed(known: Known, into: Mapping[str, str]) -> Known:
    """The themes as they were after people merged some: what was in one is in the other.

    Args:
        known: the themes.
        into: id of a merged theme to the id of the one that took it in.

    Raises:
        ValueError: a theme was merged into one that is not there.
    """
    kept = [theme for theme in known.themes if theme not in into]
    places = {theme: place for place, theme in enumerate(kept)}
    missing = sorted(set(into.values()) - set(places))
    if missing:
        raise ValueError(f"merged into {', '.join(missing)}, which is not among the themes")
    goes = [places[into.get(theme, theme)] for theme in known.themes]
    return Known(
        themes=tuple(kept),
        members={key: goes[place] for key, place in known.members.items()},
        centroids=known.centroids[[known.themes.index(theme) for theme in kept]],
        resolution=known.resolution,
    )

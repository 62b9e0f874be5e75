"""From a clustering to what is written of it: ids that go on, names, quotes, parts, lineage."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar
from uuid import UUID

import numpy as np
from scipy.optimize import linear_sum_assignment

from api.store.theme_documents import Placed, Read
from api.store.theme_tables import FIRST, SECOND
from api.store.theme_writing import Found, Happened, Outcome
from nlp.themes import names, quotes
from nlp.themes.assign import Prototypes, prototypes
from nlp.themes.graph import centred
from nlp.themes.identity import Followed
from nlp.themes.values import NOWHERE, Clustering, Documents, Ints

Old = TypeVar("Old", bound=Hashable)

Rewords: TypeAlias = Callable[[Sequence[tuple[names.Name, Sequence[str]]]], list[names.Name]]
"""Names, each with quotes, to the names as they are written (`api.steps.reword`)."""

_UNNAMED = "Without a name"
_DOMINANT = 0.6  # of a theme's passages, that name one product
_DIGITS = 4  # of a likeness that is stored: the last ones differ from machine to machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A scope that was read, and what was found in it.

    Attributes:
        scope: the scope.
        model: whose vectors it was made of; None where nothing is in the scope.
        read: as it was read.
        documents: the same as documents.
        clustering: of them.
        followed: which themes go on.
        held: ids of themes that stay even where nothing is in them.
        placed: keys of documents that a person put somewhere.
        areas: id of each known theme's area.
        called: the machine's name of each known theme.
    """

    scope: str
    model: str | None
    read: Read
    documents: Documents
    clustering: Clustering
    followed: Followed
    held: frozenset[UUID]
    placed: frozenset[str]
    areas: dict[UUID, UUID]
    called: dict[UUID, str]


def carried(old: Sequence[Old | None], labels: Ints, count: int) -> list[Old | None]:
    """Which of the groups of before each group of now goes on: they share the most documents.

    Args:
        old: of each document, the group that it was in.
        labels: (documents,) group of each by now, or `NOWHERE`.
        count: groups by now.

    Returns:
        One a group, None for a new one; each old one once at the most.
    """
    known = sorted({one for one in old if one is not None}, key=str)
    places = {one: place for place, one in enumerate(known)}
    shared = np.zeros((len(known), count))
    for one, label in zip(old, labels, strict=True):
        if one is not None and label != NOWHERE:
            shared[places[one], label] += 1
    found: list[Old | None] = [None] * count
    for row, column in zip(*linear_sum_assignment(-shared), strict=True):
        if shared[row, column] > 0:
            found[column] = known[row]
    return found


def outcome(gathered: Gathered, *, make_id: Callable[[], UUID], reword: Rewords) -> Outcome:
    """What is written of a clustering.

    Args:
        gathered: the scope and its clustering.
        make_id: makes the id of something new.
        reword: may put new headlines in other words.
    """
    clustering, read = gathered.clustering, gathered.read
    points = prototypes(gathered.documents.vectors, clustering.labels)
    ids = [UUID(one) if one is not None else make_id() for one in gathered.followed.ids]
    area_ids, areas = _areas(gathered, make_id)
    sub_ids, subthemes = _subthemes(gathered, ids, make_id)
    merged, faded, happened = _fates(gathered, ids)
    return Outcome(
        scope=gathered.scope,
        model=gathered.model,
        resolution=clustering.resolution,
        centre=points.shared,
        documents=len(read.places),
        themes=_themes(gathered, _called(gathered, ids, reword), area_ids, points),
        areas=areas,
        subthemes=subthemes,
        merged=merged,
        faded=faded,
        happened=happened,
        placed=_placed(gathered, ids, sub_ids, points),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Called:
    """A theme with what it is called and what is shown of it."""

    id: UUID
    name: names.Name
    shown: quotes.Quotes


def _called(gathered: Gathered, ids: Sequence[UUID], reword: Rewords) -> list[_Called]:
    """Every theme's name: the one that it had where customers still say so."""
    documents, labels = gathered.documents, gathered.clustering.labels
    before = {theme: gathered.called[id] for theme, id in enumerate(ids) if id in gathered.called}
    found = names.names(documents, labels, products=gathered.read.products, before=before)
    shown = quotes.quotes(documents, labels)
    new = [theme for theme, name in enumerate(found) if name.headline != before.get(theme)]
    asked = [
        (found[theme], [documents.texts[row] for row in (*of.central, *of.diverse)])
        for theme in new
        for of in (shown[theme],)
    ]
    for theme, name in zip(new, reword(asked), strict=True):
        found[theme] = name
    return [
        _Called(id=id, name=name, shown=of) for id, name, of in zip(ids, found, shown, strict=True)
    ]


def _themes(
    gathered: Gathered, called: Sequence[_Called], area_ids: Sequence[UUID], points: Prototypes
) -> tuple[Found, ...]:
    clustering, read = gathered.clustering, gathered.read
    labels = clustering.labels
    return tuple(
        Found(
            id=one.id,
            is_new=gathered.followed.ids[theme] is None,
            name=one.name.headline or _UNNAMED,
            key_terms=one.name.terms,
            product=_product([read.products[row] for row in np.flatnonzero(labels == theme)]),
            area=area_ids[clustering.areas[theme]],
            centroid=clustering.centroids[theme],
            middle=points.middles[theme],
            floor=float(np.clip(points.floors[theme], -1, 1)),
            prototypes=points.vectors[points.themes == theme],
            central=tuple(read.findings[row] for row in one.shown.central),
            diverse=tuple(read.findings[row] for row in one.shown.diverse),
        )
        for theme, one in enumerate(called)
    )


def _product(said: Sequence[str]) -> str | None:
    """The product that most passages name."""
    counted = Counter(sorted(said)).most_common(1)
    if not counted:
        return None
    best, times = counted[0]
    return best if best and times >= _DOMINANT * len(said) else None


def _areas(
    gathered: Gathered, make_id: Callable[[], UUID]
) -> tuple[list[UUID], tuple[tuple[UUID, str], ...]]:
    """Ids of the areas by index, and each with its name."""
    clustering, read = gathered.clustering, gathered.read
    labels = np.full(len(clustering.labels), NOWHERE, dtype=np.int64)
    inside = clustering.labels >= 0
    labels[inside] = clustering.areas[clustering.labels[inside]]
    count = int(clustering.areas.max(initial=-1)) + 1
    old = [None if theme is None else gathered.areas.get(theme) for theme in read.themes]
    ids = [one or make_id() for one in carried(old, labels, count)]
    called = names.names(gathered.documents, labels)
    return ids, tuple((id, called[area].headline or _UNNAMED) for area, id in enumerate(ids))


def _subthemes(
    gathered: Gathered, themes: Sequence[UUID], make_id: Callable[[], UUID]
) -> tuple[list[UUID], tuple[tuple[UUID, UUID, str], ...]]:
    """Ids of the parts by index, and each with its theme and name."""
    clustering = gathered.clustering
    count = len(clustering.parents)
    found = carried(gathered.read.subthemes, clustering.subthemes, count)
    ids = [one or make_id() for one in found]
    called = names.names(gathered.documents, clustering.subthemes)
    parts = tuple(
        (id, themes[clustering.parents[part]], called[part].headline or _UNNAMED)
        for part, id in enumerate(ids)
    )
    return ids, parts


def _fates(
    gathered: Gathered, ids: Sequence[UUID]
) -> tuple[tuple[tuple[UUID, UUID], ...], tuple[UUID, ...], tuple[Happened, ...]]:
    """Themes that merged, themes that faded, and the lineage of all."""
    merged: list[tuple[UUID, UUID]] = []
    faded: list[UUID] = []
    happened: list[Happened] = []

    def tell(theme: UUID, kind: str, passages: int, *others: UUID) -> None:
        happened.append(Happened(theme=theme, kind=kind, others=others, passages=passages))

    for event in gathered.followed.events:
        old = [UUID(one) for one in event.old]
        theme = None if event.theme is None else ids[event.theme]
        if event.kind in ("born", "grown") and theme is not None:
            tell(theme, event.kind, event.documents)
        elif event.kind == "split" and theme is not None:
            tell(theme, "split", event.documents, *old)
            for one in old:
                tell(one, "split", event.documents, theme)
        elif not gathered.held.isdisjoint(old):
            continue  # a person keeps it, though nothing is in it now
        elif event.kind == "merged" and theme is not None:
            for one in old:
                merged.append((one, theme))
                tell(one, "merged", event.documents, theme)
                tell(theme, "merged", event.documents, one)
        else:
            for one in old:
                faded.append(one)
                tell(one, "faded", event.documents)
    return tuple(merged), tuple(faded), tuple(happened)


def _placed(
    gathered: Gathered, ids: Sequence[UUID], sub_ids: Sequence[UUID], points: Prototypes
) -> list[Placed]:
    clustering, places = gathered.clustering, gathered.read.places
    moved = centred(gathered.documents.vectors, points.shared)
    found: list[Placed] = []
    for row, (place, key) in enumerate(zip(places, gathered.documents.keys, strict=True)):
        label, second = int(clustering.labels[row]), int(clustering.second[row])
        by_person = key in gathered.placed
        if label == NOWHERE:
            found.append(Placed(place=place, theme=None, rank=FIRST, likeness=0.0))
            continue
        part = int(clustering.subthemes[row])
        found.append(
            Placed(
                place=place,
                theme=ids[label],
                rank=FIRST,
                likeness=1.0 if by_person else _likeness(moved[row], points.middles[label]),
                by_person=by_person,
                subtheme=None if part == NOWHERE else sub_ids[part],
            )
        )
        if second != NOWHERE and not by_person:
            likeness = _likeness(moved[row], points.middles[second])
            found.append(Placed(place=place, theme=ids[second], rank=SECOND, likeness=likeness))
    return found


def _likeness(vector: np.ndarray, middle: np.ndarray) -> float:
    return round(float(np.clip(vector @ middle, -1, 1)), _DIGITS)

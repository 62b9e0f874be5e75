"""Mined interactions to themes: clustered, named, quoted, followed over time and over runs.

Each scope (a category, or every passage with a finding) is gathered by itself; what ties themes of
different scopes together is said at the end.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from nlp.errors import OptionError
from nlp.themes import course, material
from nlp.themes.breakdown import breakdown, values
from nlp.themes.cluster import cluster
from nlp.themes.course import Calendar
from nlp.themes.gathered import Change, Gathered, Link, Part, Quote, Theme
from nlp.themes.graph import centred, chunks
from nlp.themes.identity import follow
from nlp.themes.intervals import mean_sentiment, wilson
from nlp.themes.kept import KeptScope, KeptTheme, centroid
from nlp.themes.material import ALL, SCOPES, Heard, Material, Said
from nlp.themes.names import Name, names
from nlp.themes.quality import report, stayed
from nlp.themes.quotes import quotes
from nlp.themes.related import alike, shared, together
from nlp.themes.values import NOWHERE, Clustering, Documents, Ints, Known
from nlp.types import SENTIMENTS

QUOTES = 4  # of each sort, a theme
WAITING = 5  # findings of the pool that are shown
LINKS = 3  # of each kind, a theme
PREFIXES = {
    "product_defect": "defect",
    "documentation_error": "documentation",
    "feature_request": "request",
}


def gather(
    found: Material,
    scopes: Sequence[str],
    kept: Mapping[str, KeptScope] | None = None,
    *,
    same_vectors: bool = True,
) -> tuple[Gathered, ...]:
    """The themes of scopes.

    Args:
        found: what was mined.
        scopes: of `SCOPES`, each once.
        kept: by scope, themes of an earlier run, which this one continues.
        same_vectors: whether those were made of vectors of the same model.

    Returns:
        In the order of the scopes.

    Raises:
        OptionError: there is no such scope.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise OptionError(f"no scope {scope!r} of themes; there are {', '.join(SCOPES)}")
    days = course.calendar(found.interactions)
    earlier = kept or {}
    every = [
        _Scope(found, scope, earlier.get(scope), same_vectors=same_vectors) for scope in scopes
    ]
    links = {
        id: some
        for group in (
            [one for one in every if one.name != ALL],
            [one for one in every if one.name == ALL],
        )
        for id, some in _links(group).items()
    }
    return tuple(one.gathered(days, links) for one in every)


class _Scope:
    """One scope on its way: documents, clustering, ids, names."""

    def __init__(
        self, found: Material, name: str, kept: KeptScope | None, *, same_vectors: bool
    ) -> None:
        self.name = name
        self.interactions = found.interactions
        self.said = material.in_scope(found, name)
        self.documents = material.documents(found, self.said, name)
        self.kept = kept or KeptScope()
        present = frozenset(self.documents.keys)
        self.known = self.kept.known(present, same_vectors=same_vectors)
        self.clustering = cluster(self.documents, known=self.known)
        self.followed = follow(self.documents, self.clustering, known=self.known, wishes=None)
        labels, second = self.clustering.labels, self.clustering.second
        self.rows = [
            np.flatnonzero((labels == theme) | (second == theme)).tolist()
            for theme in range(self.clustering.count)
        ]
        self.ids, self.numbered = self._ids()
        products = tuple(_product(self.interactions[one.heard]) for one in self.said)
        self.names = names(self.documents, self.clustering.labels, products=products)
        self.headlines = _headlines(self.ids, self.names, self.kept)

    def _ids(self) -> tuple[list[str], int]:
        """An id for each theme: a new one has a number that none ever had, the largest first."""
        new = [theme for theme, id in enumerate(self.followed.ids) if id is None]
        new.sort(key=lambda theme: (-self._interactions(theme), -len(self.rows[theme])))
        prefix, first = PREFIXES.get(self.name, self.name), self.kept.numbered + 1
        numbers = {theme: number for number, theme in enumerate(new, start=first)}
        ids = [id or f"{prefix}-{numbers[theme]}" for theme, id in enumerate(self.followed.ids)]
        return ids, self.kept.numbered + len(new)

    def _interactions(self, theme: int) -> int:
        return len({self.said[row].heard for row in self.rows[theme]})

    def gathered(self, days: Calendar | None, links: Mapping[str, tuple[Link, ...]]) -> Gathered:
        """Everything that is said of it."""
        members = [[self.said[row] for row in rows] for rows in self.rows]
        growths = course.grown(members, self.interactions, days) if days else None
        shown = quotes(self.documents, self.clustering.labels, most=QUOTES)
        parts = _parts(self.documents, self.clustering)
        usual = values(self.interactions)
        themes = []
        for theme, said in enumerate(members):
            heard = sorted({one.heard for one in said})
            feelings = _feelings(said)
            folded = self.clustering.folded[self.rows[theme]]
            themes.append(
                Theme(
                    id=self.ids[theme],
                    headline=self.headlines[theme],
                    terms=self.names[theme].terms,
                    others=self.names[theme].others,
                    findings=len(said),
                    interactions=len(heard),
                    repeated=int((folded != np.array(self.rows[theme])).sum()),
                    feelings=feelings,
                    sentiment=mean_sentiment(*feelings),
                    share=wilson(len(heard), len(self.interactions)),
                    quotes=self._quotes(shown[theme].central),
                    spread=self._quotes(shown[theme].diverse),
                    course=course.course(said, self.interactions, days) if days else (),
                    growth=growths[theme] if growths else None,
                    parts=parts[theme],
                    links=links.get(self.ids[theme], ()),
                    breakdown=breakdown([self.interactions[one] for one in heard], usual),
                    area=int(self.clustering.areas[theme]),
                )
            )
        waiting = _nearest_to_a_theme(self.documents, self.clustering)
        return Gathered(
            scope=self.name,
            themes=tuple(sorted(themes, key=lambda one: (-one.interactions, -one.findings))),
            areas=self._areas(),
            findings=len(self.said),
            interactions=len({one.heard for one in self.said}),
            mined=len(self.interactions),
            waiting=self._quotes(waiting),
            pool=int((self.clustering.labels == NOWHERE).sum()),
            changes=None if self.known is None else self._changes(self.known),
            quality=report(self.documents, self.clustering, stability=self._stability()),
            calendar=days,
            kept=self._to_keep(),
        )

    def _quotes(self, rows: Iterable[int]) -> tuple[Quote, ...]:
        shown = []
        for row in rows:
            said = self.said[row]
            heard = self.interactions[said.heard]
            shown.append(
                Quote(
                    text=said.quote,
                    source=heard.source,
                    turn=said.turn,
                    channel=heard.channel,
                    day=heard.day,
                    sentiment=said.sentiment,
                )
            )
        return tuple(shown)

    def _areas(self) -> tuple[str, ...]:
        """What each area is about: an area of one theme has its headline, others their terms."""
        labels, areas = self.clustering.labels, self.clustering.areas
        if not len(areas):
            return ()
        of_documents = np.where(labels >= 0, areas[labels], NOWHERE)
        named = names(self.documents, of_documents)
        only = Counter(areas.tolist())
        return tuple(
            self.headlines[int(np.flatnonzero(areas == area)[0])]
            if only[area] == 1 or not name.terms
            else ", ".join(name.terms[:3])
            for area, name in enumerate(named)
        )

    def _stability(self) -> float | None:
        """Share of what was known, in a theme or waiting, that stayed where it was."""
        before = dict.fromkeys(self.kept.waiting, "")
        before |= {key: one.id for one in self.kept.themes for key in one.members}
        pairs = [
            (before[key], "" if label == NOWHERE else self.ids[label])
            for key, label in zip(self.documents.keys, self.clustering.labels.tolist(), strict=True)
            if key in before
        ]
        return stayed([old for old, _ in pairs], [new for _, new in pairs], [False] * len(pairs))

    def _changes(self, known: Known) -> tuple[Change, ...]:
        was = {one.id: one for one in self.kept.themes}
        there = Counter(known.members.values())
        found = []
        for theme, id in enumerate(self.ids):
            if id in was and was[id].faded:
                size = len(self.rows[theme])
                change = Change(
                    kind="returned", id=id, headline=self.headlines[theme], findings=size
                )
                found.append(change)
        for event in self.followed.events:
            if event.theme is None:
                (id,) = event.old
                if not was[id].faded:
                    found.append(Change(kind="faded", id=id, headline=was[id].name))
                continue
            id = self.ids[event.theme]
            old = tuple((other, was[other].name) for other in event.old if other != id)
            # With nothing of the earlier run's findings beside them, all are new: no growth.
            unmeasured = event.kind == "grown" and (
                was[id].faded or not there[known.themes.index(id)]
            )
            if not unmeasured:
                change = Change(
                    kind=event.kind,
                    id=id,
                    headline=self.headlines[event.theme],
                    others=old,
                    findings=event.documents,
                )
                found.append(change)
        return tuple(found)

    def _to_keep(self) -> KeptScope:
        """What a later run continues; findings that are not read any more stay known."""
        present = frozenset(self.documents.keys)
        merged = dict(self.kept.merged)
        for event in self.followed.events:
            if event.kind == "merged" and event.theme is not None:
                merged |= dict.fromkeys(event.old, self.ids[event.theme])
        members: dict[str, list[str]] = defaultdict(list)
        for one in self.kept.themes:
            goes = merged.get(one.id, one.id)
            members[goes] += [key for key in one.members if key not in present]
        labels = self.clustering.labels.tolist()
        for key, label in zip(self.documents.keys, labels, strict=True):
            if label != NOWHERE:
                members[self.ids[label]].append(key)
        live = [
            KeptTheme(
                id=id,
                name=self.headlines[theme],
                centroid=centroid(self.clustering.centroids[theme]),
                members=tuple(sorted(members[id])),
            )
            for theme, id in enumerate(self.ids)
        ]
        faded = [
            replace(one, faded=True, members=tuple(sorted(members[one.id])))
            for one in self.kept.themes
            if one.id not in merged and one.id not in self.ids
        ]
        waiting = [key for key in self.kept.waiting if key not in present]
        waiting += [
            key for key, label in zip(self.documents.keys, labels, strict=True) if label == NOWHERE
        ]
        return KeptScope(
            themes=(*live, *faded),
            merged=merged,
            waiting=tuple(sorted(waiting)),
            resolution=self.clustering.resolution,
            numbered=self.numbered,
        )


def _headlines(ids: Sequence[str], named: Sequence[Name], kept: KeptScope) -> list[str]:
    """A theme that goes on keeps its name, whatever else it could be called now."""
    old = {one.id: one.name.strip() for one in kept.themes if one.name.strip()}
    taken = {name.casefold() for name in old.values()}
    found = []
    for id, name in zip(ids, named, strict=True):
        tries = [name.headline, *name.others, f"{name.headline} ({id})"]
        new = next(one for one in tries if one.casefold() not in taken)
        chosen = old.get(id, new)
        taken.add(chosen.casefold())
        found.append(chosen)
    return found


def _product(heard: Heard) -> str:
    value = next((heard.metadata[key] for key in heard.metadata if key.casefold() == "product"), "")
    return "" if "[" in value else value


def _feelings(said: Sequence[Said]) -> tuple[int, int, int]:
    counts = Counter(one.sentiment for one in said)
    negative, neutral, positive = (counts[feeling] for feeling in SENTIMENTS)
    return negative, neutral, positive


def _parts(documents: Documents, clustering: Clustering) -> list[tuple[Part, ...]]:
    """The sub-themes of each theme, the largest first."""
    found: list[list[Part]] = [[] for _ in range(clustering.count)]
    sizes = Counter(clustering.subthemes.tolist())
    named = names(documents, clustering.subthemes)
    for part, (theme, name) in enumerate(zip(clustering.parents.tolist(), named, strict=True)):
        found[theme].append(Part(headline=name.headline, findings=sizes[part]))
    return [tuple(sorted(parts, key=lambda one: -one.findings)) for parts in found]


def _nearest_to_a_theme(documents: Documents, clustering: Clustering) -> list[int]:
    """Waiting findings that have the nearest fellow in another interaction."""
    rows: Ints = np.flatnonzero(clustering.labels == NOWHERE)
    if not len(rows):
        return []
    vectors = centred(documents.vectors[rows], documents.vectors.mean(axis=0))
    _, groups = np.unique(np.array([documents.groups[row] for row in rows]), return_inverse=True)
    nearest = np.full(len(rows), -1.0)
    for chunk in chunks(len(rows), len(rows)):
        likeness = np.where(groups[chunk, None] == groups, -1, vectors[chunk] @ vectors.T)
        nearest[chunk] = likeness.max(axis=1)
    order = sorted(
        range(len(rows)),
        key=lambda place: (-round(float(nearest[place]), 6), documents.keys[rows[place]]),
    )
    first: dict[str, int] = {}
    for place in order:
        first.setdefault(documents.groups[rows[place]], int(rows[place]))
    return list(first.values())[:WAITING]


def _links(scopes: Sequence[_Scope]) -> dict[str, tuple[Link, ...]]:
    """Of each theme, those that are alike and those that come together, over all these scopes."""
    places = {id: (one, theme) for one in scopes for theme, id in enumerate(one.ids)}
    if len(places) < 2:
        return {}
    found: dict[str, list[Link]] = defaultdict(list)

    def link(id: str, other: str, **rest: object) -> None:
        scope, theme = places[other]
        made = Link(id=other, headline=scope.headlines[theme], scope=scope.name, **rest)  # type: ignore[arg-type]  # checked where it is called
        found[id].append(made)

    middles = np.concatenate([one.clustering.centroids for one in scopes if one.ids])
    for near in alike(tuple(places), middles, most=LINKS):
        link(near.theme, near.other, kind="alike", strength=near.cosine)
    memberships = {
        id: np.array([scope.said[row].heard for row in scope.rows[theme]], dtype=np.int64)
        for id, (scope, theme) in places.items()
    }
    for pair in together(shared(memberships)):
        for id, other in ((pair.first, pair.second), (pair.second, pair.first)):
            link(id, other, kind="together", strength=pair.lift, interactions=pair.observed)
    return {id: _few(some) for id, some in found.items()}


def _few(links: Sequence[Link]) -> tuple[Link, ...]:
    near = [one for one in links if one.kind == "alike"]
    often = [one for one in links if one.kind == "together"]
    return (*near[:LINKS], *often[:LINKS])

"""Assign: new findings go into the themes that are known, in the transaction that writes them.

What a theme is compared by is read once for each version of a scope's themes and kept in the
worker. Where nothing is known yet, and where a finding fits nowhere, it waits in the emerging pool.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from api.store import theme_members, theme_wishes, themes
from api.store.theme_members import Newcomer
from api.store.theme_tables import ALL, FIRST, SECOND
from nlp.themes.assign import Prototypes, assign, prototypes
from nlp.themes.cluster import HOME
from nlp.themes.graph import centred
from nlp.themes.partition import centres
from nlp.themes.values import NOWHERE, Floats

SAMPLE = 2_000
"""Members of a theme that are read after an edit to describe it anew: more say the same."""

_FEW = 20  # members, up to which how far they are apart says little


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The themes of a scope, as newcomers are compared with them.

    Attributes:
        version: of the scope.
        model: whose vectors they are made of.
        themes: id of each.
        prototypes: of them.
    """

    version: int
    model: str | None
    themes: tuple[UUID, ...]
    prototypes: Prototypes


class Memory:
    """What a process keeps of the scopes' themes; safe to share between threads."""

    def __init__(self) -> None:
        self._kept: dict[str, Loaded] = {}
        self._lock = threading.Lock()

    def of(self, session: Session, scope: str, version: int) -> Loaded:
        """The themes of a scope at a version, read where they are not kept."""
        with self._lock:
            kept = self._kept.get(scope)
            if kept is None or kept.version != version:
                kept = _load(session, scope, version)
                self._kept[scope] = kept
            return kept


def _load(session: Session, scope: str, version: int) -> Loaded:
    stored = theme_members.prototypes(session, scope)
    return Loaded(
        version=version,
        model=stored.model,
        themes=stored.themes,
        prototypes=Prototypes(
            vectors=stored.vectors,
            themes=stored.owners,
            middles=stored.middles,
            floors=stored.floors,
            shared=stored.centre,
        ),
    )


def hold(session: Session, categories: Iterable[str]) -> dict[str, int]:
    """The versions of these categories' scopes and that of all; their themes stay as they are.

    Whoever deletes findings calls this before, so that it and a re-clustering do not wait for each
    other. Scopes that are new are made.
    """
    names = sorted({*categories, ALL})
    held = theme_members.hold(session, names)
    if len(held) < len(names):
        themes.make_scopes(session, names)
        held = theme_members.hold(session, names)
    return held


def newcomers(session: Session, memory: Memory, interactions: Collection[UUID]) -> int:
    """Puts the findings of interactions that stand in no theme into the themes that they fit.

    What a person decided about a passage is obeyed first.

    Args:
        session: the transaction that wrote the findings.
        memory: of this process.
        interactions: whose findings are new.

    Returns:
        How many memberships were written.
    """
    found = theme_members.newcomers(session, interactions)
    if not found:
        return 0
    held = hold(session, {one.category for one in found})
    written = 0
    for scope, version in held.items():
        known = memory.of(session, scope, version)
        theirs = [one for one in found if scope in (ALL, one.category)]
        waiting = theme_members.without(session, scope, theirs)
        written += _put(session, scope, known, waiting)
    return written


def _put(session: Session, scope: str, known: Loaded, found: Sequence[Newcomer]) -> int:
    decided = theme_wishes.placements(session, scope, {one.interaction for one in found})
    heirs = theme_wishes.heirs(session, scope) if decided else {}
    rows: list[dict[str, object]] = []
    free: list[Newcomer] = []
    for one in found:
        place = (one.interaction, one.passage)
        if place not in decided:
            if known.model in (None, one.model):
                free.append(one)
            continue
        theme = decided[place]
        goal = heirs.get(theme, theme) if theme is not None else None
        if goal is not None:
            rows.append(_row(one, scope, goal, likeness=1.0, placed_by="person"))
    if free and known.themes:
        rows += _fitting(scope, known, free)
    theme_members.add(session, rows)
    return len(rows)


def _fitting(scope: str, known: Loaded, found: Sequence[Newcomer]) -> list[dict[str, object]]:
    vectors = np.stack([one.vector for one in found]).astype(np.float32)
    fits = assign(vectors, known.prototypes)
    moved = centred(vectors, known.prototypes.shared) @ known.prototypes.middles.T
    rows = []
    for number, one in enumerate(found):
        for place, label in ((FIRST, fits.labels[number]), (SECOND, fits.second[number])):
            if label != NOWHERE:
                likeness = float(np.clip(moved[number, label], -1, 1))
                row = _row(one, scope, known.themes[label], likeness=likeness, placed_by="online")
                rows.append({**row, "place": place})
    return rows


def _row(
    one: Newcomer, scope: str, theme: UUID, *, likeness: float, placed_by: str
) -> dict[str, object]:
    return {
        "finding_id": one.finding,
        "interaction_id": one.interaction,
        "theme_id": theme,
        "scope": scope,
        "place": FIRST,
        "likeness": likeness,
        "placed_by": placed_by,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What a theme is compared by.

    Attributes:
        centroid: (width,) middle of its members, of length 1.
        middle: (width,) the same, the scope's centre taken off.
        prototypes: (prototypes, width) some members, the scope's centre taken off.
        floor: least likeness to the middle that it lets in.
    """

    centroid: Floats
    middle: Floats
    prototypes: Floats
    floor: float


def sketch(vectors: Floats, centre: Floats) -> Sketch:
    """Describes one theme by its members, of which a few let in little that is unlike them.

    Args:
        vectors: (members, width) at least one, of length 1.
        centre: (width,) of the scope.
    """
    one = np.zeros(len(vectors), dtype=np.int64)
    found = prototypes(vectors, one, shared=centre)
    floor = float(found.floors[0])
    return Sketch(
        centroid=centres(vectors, one)[0],
        middle=found.middles[0],
        prototypes=found.vectors,
        floor=min(floor, HOME) if len(vectors) < _FEW else floor,
    )


def describe_anew(session: Session, scope: str, ids: Iterable[UUID | None]) -> None:
    """Writes what themes are compared by, after their members changed; an empty one keeps it."""
    centre = theme_members.centre(session, scope)
    for id in ids:
        if id is None:
            continue
        vectors = theme_members.vectors_of(session, id, limit=SAMPLE)
        if not len(vectors):
            continue
        found = sketch(vectors, centre)
        theme_members.describe(
            session,
            id,
            {"centroid": found.centroid, "middle": found.middle, "floor": found.floor},
            found.prototypes,
        )

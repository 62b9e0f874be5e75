"""What people do to themes, drawn by lot, and whether each later re-clustering obeys it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.themes.scores import Ids
from nlp.themes.identity import renamed
from nlp.themes.values import Documents, Floats, Known, Wishes

MOVES, HOLDS, MERGES, SPLITS, TOGETHER, APART = 20, 5, 3, 3, 5, 5
SPLIT_FROM = 8  # documents that a theme must have to be split
THEMES = 24  # that must be there for all these edits


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Edits, and what must hold from then on.

    Attributes:
        known: the themes right after the edits.
        wishes: as the service would hand them to each re-clustering.
        merged: id of each theme that went into another, to the id of that.
        whole: id of each theme that took one in, to all keys that were in it then.
        moved: key of each document that was moved to the id of where it was moved.
        sides: for both ids of each split, the keys that were on its side then.
    """

    known: Known
    wishes: Wishes
    moved: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    whole: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sides: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def decided(self) -> frozenset[str]:
        """Keys of the documents that a wish names."""
        groups = (*self.wishes.together, *self.wishes.apart)
        return frozenset(self.wishes.placed) | {key for group in groups for key in group}


def drawn(known: Known, documents: Documents, *, seed: int) -> Edits:
    """Edits of known themes; no two concern the same theme, except that moves may lead anywhere.

    A merge takes a theme and the one nearest to it; a split cuts a theme between the two documents
    that are least alike in it.

    Args:
        known: at least `THEMES` themes.
        documents: that are in them.
        seed: of the lot.

    Raises:
        ValueError: there are fewer themes.
    """
    if len(known.themes) < THEMES:
        raise ValueError(f"{len(known.themes)} themes: all these edits need {THEMES} or more")
    random = np.random.default_rng(seed)
    rows = {key: row for row, key in enumerate(documents.keys)}
    inside: list[list[str]] = [[] for _ in known.themes]
    for key in sorted(known.members):
        inside[known.members[key]].append(key)
    free = [int(place) for place in random.permutation(len(known.themes))]
    split = [place for place in free if len(inside[place]) >= SPLIT_FROM][:SPLITS]
    free = [place for place in free if place not in split]
    merged: dict[str, str] = {}
    for _ in range(MERGES):
        place = free.pop()
        likeness = known.centroids[free] @ known.centroids[place]
        merged[known.themes[place]] = known.themes[free.pop(int(likeness.argmax()))]
    held, rest = free[:HOLDS], free[HOLDS:]
    keys = [key for place in rest for key in inside[place]]
    keys = [keys[place] for place in random.permutation(len(keys))]
    moved, bound = keys[:MOVES], keys[MOVES : MOVES + 2 * TOGETHER]
    left = set(keys[MOVES + 2 * TOGETHER :])
    places = random.choice(rest, size=MOVES).tolist()
    full = [place for place in rest if len(left.intersection(inside[place])) >= 2][:APART]
    pairs = [sorted(left.intersection(inside[place]))[:2] for place in full]
    after = renamed(known, merged)
    for place in split:
        side = _one_side(documents.vectors[[rows[key] for key in inside[place]]])
        parted = [key for key, there in zip(inside[place], side, strict=True) if there]
        after = _split(after, parted, f"{known.themes[place]}-split", documents.vectors, rows)
    old_and_new = tuple((known.themes[p], f"{known.themes[p]}-split") for p in split)
    goals = {key: known.themes[p] for key, p in zip(moved, places, strict=True)}
    # As the service does: what was split off was put there, what was left was not.
    parted_to = {key: new for _, new in old_and_new for key in sorted(_keys(after, new))}
    return Edits(
        known=after,
        wishes=Wishes(
            placed=goals | parted_to,
            held=frozenset(known.themes[place] for place in held),
            whole=frozenset(merged.values()),
            together=tuple(zip(bound[::2], bound[1::2], strict=True)),
            apart=tuple((one, other) for one, other in pairs),
            split=old_and_new,
        ),
        moved=goals,
        merged=merged,
        whole={theme: _keys(after, theme) for theme in merged.values()},
        sides={theme: _keys(after, theme) for pair in old_and_new for theme in pair},
    )


def _one_side(vectors: Floats) -> list[bool]:
    """Which documents are nearer to the second of the two that are least alike."""
    likeness = vectors @ vectors.T
    one, other = np.unravel_index(int(likeness.argmin()), likeness.shape)
    return [bool(near) for near in likeness[:, other] > likeness[:, one]]


def _split(
    known: Known, parted: list[str], new: str, vectors: Floats, rows: Mapping[str, int]
) -> Known:
    """The themes after these documents were taken out of theirs and put into a new one."""
    centre = vectors[[rows[key] for key in parted]].sum(axis=0)
    return replace(
        known,
        themes=(*known.themes, new),
        members={**known.members, **dict.fromkeys(parted, len(known.themes))},
        centroids=np.vstack([known.centroids, centre / np.linalg.norm(centre)]),
    )


def _keys(known: Known, theme: str) -> frozenset[str]:
    place = known.themes.index(theme)
    return frozenset(key for key, there in known.members.items() if there == place)


def obeyed(edits: Edits, ids: Ids) -> dict[str, tuple[int, int]]:
    """How many wishes of each kind hold, and how many there are.

    A move holds where the document has the theme it was moved to; a hold, where the theme is there;
    a merge, where the merged id is gone and what was in the theme then is in no other; a split,
    where all that was split off is in the new theme, and most of what was left in the old one.

    Args:
        edits: what must hold.
        ids: after a re-clustering.
    """
    wishes, themes = edits.wishes, set(ids.values())
    checks = {
        "moves": [ids[key] == theme for key, theme in edits.moved.items()],
        "holds": [theme in themes for theme in wishes.held],
        "merges": [
            gone not in themes and {ids[key] for key in edits.whole[into]} - {""} == {into}
            for gone, into in edits.merged.items()
        ],
        "splits": [
            all(ids[key] == new for key in edits.sides[new]) and _most(edits, ids, old)
            for old, new in wishes.split
        ],
        "together": [len({ids[key] for key in group}) == 1 for group in wishes.together],
        "apart": [ids[one] != ids[other] or not ids[one] for one, other in wishes.apart],
    }
    return {kind: (sum(found), len(found)) for kind, found in checks.items()}


def _most(edits: Edits, ids: Ids, theme: str) -> bool:
    there = [ids[key] == theme for key in edits.sides[theme]]
    return 2 * sum(there) > len(there)

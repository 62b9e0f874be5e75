"""What people decided about the themes of a scope, as a clustering obeys it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, product
from uuid import UUID

from sqlalchemy.orm import Session

from api.store import theme_wishes as store
from api.store.theme_history import ThemeEditRow
from api.store.theme_wishes import Place
from nlp.themes.values import Wishes

MOST_PAIRS = 10_000
"""Pairs of passages of one `apart` that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people decided.

    Attributes:
        wishes: as a clustering takes them.
        held: themes that stay, even where nothing is in them.
        wished: keys of the passages that any decision is about.
    """

    wishes: Wishes
    held: frozenset[UUID]
    wished: frozenset[str]


def key_of(place: Place) -> str:
    """The key of a passage among documents: unique and lasting, in the order of arrival."""
    return f"{place[0]}:{place[1]}"


def decided(session: Session, scope: str) -> Decided:
    """What holds in a scope; what was said of a theme that was merged goes for its heir."""
    heirs = store.heirs(session, scope)
    placed = {
        key_of(place): "" if theme is None else str(heir)
        for place, theme in store.placements(session, scope).items()
        for heir in [_heir(heirs, theme)]
        if theme is None or heir is not None
    }
    edits = store.holding(session, scope, ("merge", "split", "seed", "together", "apart"))
    sides = store.sides(session, [one.id for one in edits if one.kind in _LISTED])
    together = tuple(
        tuple(map(key_of, sides[one.id][0])) for one in edits if one.kind == "together"
    )
    apart = tuple(
        (key_of(left), key_of(right))
        for one in edits
        if one.kind == "apart"
        for left, right in islice(product(*sides[one.id]), MOST_PAIRS)
    )
    seeds = {
        str(heir): tuple(map(key_of, sides[one.id][0]))
        for one in edits
        if one.kind == "seed" and (heir := _heir(heirs, one.theme_id)) is not None
    }
    wishes = Wishes(
        placed=placed,
        held=frozenset(map(str, store.held(session, scope))),
        whole=frozenset(_whole(edits, heirs)),
        together=together,
        apart=apart,
        split=tuple(_split(edits, heirs)),
        seeds=seeds,
    )
    listed = {key for group in (*together, *apart, *seeds.values()) for key in group}
    return Decided(
        wishes=wishes,
        held=frozenset(UUID(id) for id in wishes.held | wishes.whole),
        wished=frozenset(listed | placed.keys()),
    )


_LISTED = ("seed", "together", "apart")


def _heir(heirs: dict[UUID, UUID | None], theme: UUID | None) -> UUID | None:
    return None if theme is None else heirs.get(theme, theme)


def _whole(edits: Iterable[ThemeEditRow], heirs: dict[UUID, UUID | None]) -> Iterable[str]:
    """Themes that people merged others into."""
    for one in edits:
        heir = _heir(heirs, one.other_id)
        if one.kind == "merge" and one.undone_at is None and heir is not None:
            yield str(heir)


def _split(
    edits: Iterable[ThemeEditRow], heirs: dict[UUID, UUID | None]
) -> Iterable[tuple[str, str]]:
    """Themes that people split, or whose merge they took back: these two are not one."""
    for one in edits:
        if one.kind == "split" or (one.kind == "merge" and one.undone_at is not None):
            first, second = _heir(heirs, one.theme_id), _heir(heirs, one.other_id)
            if first is not None and second is not None and first != second:
                yield str(first), str(second)

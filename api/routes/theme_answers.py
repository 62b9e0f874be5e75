"""Themes as the schemas have them: rows and counts, with what they were counted over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from api.context import Session
from api.errors import Fault, InvalidRequest, NotFound, ThemeMerged
from api.routes import remembered, theme_movement
from api.routes.remembered import Remembered
from api.routes.theme_movement import PERIOD
from api.schemas.categories import FigureOut
from api.schemas.theme_edits import ThemeEditOut
from api.schemas.theme_queries import Sliced
from api.schemas.themes import (
    AreaRefOut,
    BasisOut,
    GrowthOut,
    QuoteOut,
    SubthemeOut,
    ThemeDetailOut,
    ThemeOut,
    ThemeRefOut,
)
from api.store import categories, counters, theme_kept, theme_reads, themes
from api.store.theme_counts import Slice
from api.store.theme_history import ThemeEditRow
from api.store.theme_reads import Heard, Tally
from api.store.theme_tables import ALL, ThemeRow
from nlp.learn.judging import Figure
from nlp.themes.growth import Growth
from nlp.themes.intervals import mean_sentiment, wilson
from nlp.types import CATEGORIES

_NAMES = (
    "id scope name named_by machine_name description product state pinned hidden made_by born_at "
    "revision"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How themes of one scope are looked at.

    Attributes:
        scope: of all of them.
        slice: which interactions count.
        today: growth is measured over the days before this one.
    """

    scope: str
    slice: Slice
    today: date


def today() -> date:
    """The day that it is, in UTC."""
    return datetime.now(UTC).date()


def url(id: UUID) -> str:
    """The address of a theme."""
    return f"/v1/themes/{id}"


def ref(id: UUID, names: Mapping[UUID, str]) -> ThemeRefOut:
    """A theme by its name."""
    return ThemeRefOut(id=id, name=names.get(id, ""), url=url(id))


def figure(found: Figure | None) -> FigureOut | None:
    """A figure with its interval."""
    return None if found is None else FigureOut.model_validate(found)


def share(part: int, whole: int) -> FigureOut | None:
    """A share with its interval; None where there is nothing to take a share of."""
    return figure(wilson(part, whole))


def basis(session: Session, scope: str, slice: Slice, *, heard: Heard | None = None) -> BasisOut:
    """What figures of a scope's themes are counted over.

    Args:
        session: the transaction.
        scope: of the themes.
        slice: which interactions count.
        heard: how many there are, where that is known.
    """
    if heard is None:
        pulse = remembered.pulse(session, scope)
        asked = (scope, slice.window, slice.channel, tuple(sorted(slice.metadata.items())))
        found = _bases.get(session, asked, pulse)
        if found is None:
            found = _basis(session, scope, slice, theme_reads.heard(session, slice))
            _bases.put(session, asked, pulse, found)
        return found
    return _basis(session, scope, slice, heard)


def _basis(session: Session, scope: str, slice: Slice, known: Heard) -> BasisOut:
    window = slice.window
    open_end = window is None or window.until > date(2999, 1, 1)
    return BasisOut(
        since=None if window is None or window.since < date(1900, 1, 2) else window.since,
        until=None if window is None or open_end else window.until,
        interactions=known.mined,
        coverage=share(known.mined, known.received),
        model=theme_reads.models(session, [scope]).get(scope),
    )


_bases: Remembered[BasisOut] = Remembered()


def sliced(query: Sliced) -> Slice:
    """Which interactions a query counts.

    Raises:
        InvalidRequest: a piece of metadata is not written `key=value`.
    """
    window = theme_reads.window(query.since, query.until)
    return Slice(window=window, channel=query.channel, metadata=pairs(query))


def pairs(query: Sliced) -> dict[str, str]:
    """The metadata that a query asks for.

    Raises:
        InvalidRequest: a piece of it is not written `key=value`.
    """
    found = {}
    for index, pair in enumerate(query.metadata):
        key, separator, value = pair.partition("=")
        if not separator or not key:
            message = "has to be key=value, such as product=Aria 3 router"
            fault = Fault(place="query", pointer=f"/metadata/{index}", message=message)
            raise InvalidRequest("A piece of metadata is not written key=value.", faults=[fault])
        found[key] = value
    return found


def growths(session: Session, view: View) -> dict[str, Growth]:
    """How all active themes of a scope moved: each is judged beside the others."""
    return theme_movement.growths(session, view.scope, view.today)


def _moved(found: Growth | None, view: View) -> GrowthOut | None:
    if found is None:
        return None
    names = ("movement", "note", "before", "now", "ratio", "low", "high", "q")
    return GrowthOut.model_validate(
        {
            **{name: getattr(found, name) for name in names},
            "since": view.today - timedelta(days=2 * PERIOD),
            "until": view.today,
        }
    )


def several(
    session: Session,
    rows: Sequence[ThemeRow],
    view: View,
    *,
    moved: Mapping[str, Growth] | None = None,
) -> list[ThemeOut]:
    """Themes of one scope in a list.

    Args:
        session: the transaction.
        rows: of them.
        view: how they are looked at.
        moved: how all themes of the scope moved, where that is known.
    """
    if not rows:
        return []
    known = growths(session, view) if moved is None else moved
    counted = theme_reads.tallies(session, [row.id for row in rows], view.slice)
    over = basis(session, view.scope, view.slice)
    areas = themes.area_names(session, [row.area_id for row in rows if row.area_id is not None])
    heirs = {row.id: themes.successor(session, row) for row in rows if row.merged_into is not None}
    found = []
    for row in rows:
        heir = heirs.get(row.id)
        values = {
            **_values(row, counted[row.id], over),
            "growth": _moved(known.get(str(row.id)), view),
            "area": _area(row, areas),
            "merged_into": None if heir is None else ref(heir.id, themes.names(session, [heir.id])),
        }
        found.append(ThemeOut.model_validate(values))
    return found


def _area(row: ThemeRow, names: Mapping[UUID, str]) -> AreaRefOut | None:
    return None if row.area_id is None else AreaRefOut(id=row.area_id, name=names[row.area_id])


def _values(row: ThemeRow, tally: Tally, over: BasisOut) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _NAMES.split()},
        "terms": row.key_terms,
        "findings": tally.findings,
        "interactions": tally.interactions,
        "share": share(tally.interactions, over.interactions),
        "sentiment": figure(mean_sentiment(*tally.feelings)),
        "first_seen": tally.first,
        "last_seen": tally.last,
        "basis": over,
        "url": url(row.id),
    }


def detail(session: Session, row: ThemeRow, view: View) -> ThemeDetailOut:
    """A theme with its parts and quotes."""
    (found,) = several(session, [row], view)
    return ThemeDetailOut.model_validate(
        {
            **found.model_dump(),
            "subthemes": subthemes(session, [row.id])[row.id],
            "quotes": quotes(session, row.id),
        }
    )


def told(session: Session, id: UUID, slice: Slice) -> ThemeDetailOut:
    """A theme with its parts and quotes, as it is read.

    Raises:
        NotFound: it never was.
        ThemeMerged: another one took it in.
    """
    row = None
    if slice == Slice() and counters.kept(session, slice):
        row = theme_kept.one(session, id)
    if row is None or row.state == "merged":
        row = existing(session, id)
        return detail(session, row, View(scope=row.scope, slice=slice, today=today()))
    counters.tell(session, row.scope, counters.felt(row))
    view = View(scope=row.scope, slice=slice, today=today())
    tally = Tally(
        findings=row.findings,
        interactions=row.interactions,
        first=row.first,
        last=row.last,
        feelings=(row.negative, row.neutral, row.positive),
    )
    values = {
        **_values(row, tally, basis(session, row.scope, slice)),
        "growth": _moved(growths(session, view).get(str(id)), view),
        "area": _area(row, {row.area_id: row.area}),
        "merged_into": None,
        "subthemes": row.parts,
        "quotes": [_with_url(one) for one in row.quotes],
    }
    return ThemeDetailOut.model_validate(values)


def subthemes(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[SubthemeOut]]:
    """The parts of themes."""
    return {
        id: [
            SubthemeOut(id=row.id, name=row.name, findings=findings, interactions=interactions)
            for row, findings, interactions in parts
        ]
        for id, parts in theme_reads.subtheme_sizes(session, ids).items()
    }


def quotes(session: Session, id: UUID) -> list[QuoteOut]:
    """The quotes that were chosen for a theme, the central ones first."""
    chosen = themes.quotes(session, [id])[id]
    return [_quote(row, kind) for kind in ("central", "diverse") for row in chosen[kind]]


def _quote(row: Any, kind: str) -> QuoteOut:
    names = ("turn", "start", "end", "quote", "sentiment", "confidence")
    return QuoteOut.model_validate(
        {
            **{name: getattr(row, name) for name in names},
            "kind": kind,
            "finding": row.id,
            **_with_url({"interaction": row.interaction_id}),
        }
    )


def _with_url(quote: Mapping[str, Any]) -> dict[str, Any]:
    return {**quote, "interaction_url": f"/v1/interactions/{quote['interaction']}"}


def existing(session: Session, id: UUID, *, merged: bool = False) -> ThemeRow:
    """A theme that is there.

    Args:
        session: the transaction.
        id: of the theme.
        merged: whether one that another took in will do.

    Raises:
        NotFound: it never was.
        ThemeMerged: another one took it in.
    """
    row = themes.get(session, id)
    if row is None:
        raise NotFound(f"No theme has the id {id}.")
    if row.state == "merged" and not merged:
        raise gone(session, row)
    return row


def check(session: Session, id: UUID) -> None:
    """Makes sure that a theme is there and was not taken in, as `existing` does.

    Raises:
        NotFound: it never was.
        ThemeMerged: another one took it in.
    """
    if themes.state(session, id) in (None, "merged"):
        existing(session, id)


def gone(session: Session, row: ThemeRow) -> ThemeMerged:
    """The error for a theme that another one took in."""
    heir = themes.successor(session, row)
    return ThemeMerged(
        f"Theme {row.id} was merged into theme {heir.id}.", into=str(heir.id), url=url(heir.id)
    )


def check_scope(session: Session, name: str, *, place: str = "query") -> None:
    """Refuse a scope that is not there, lest its empty list be taken for good news.

    Args:
        session: the transaction.
        name: of the scope.
        place: where it stands in the request: query or body.

    Raises:
        InvalidRequest: with those that are.
    """
    if name == ALL or name in CATEGORIES:
        return
    known = [ALL, *categories.names(session)]
    if name not in known:
        message = f"no scope is called {name[:60]!r}; there are {', '.join(known)}"
        fault = Fault(
            place="body" if place == "body" else "query", pointer="/scope", message=message
        )
        raise InvalidRequest("There is no such scope.", faults=[fault])


def edits(session: Session, rows: Sequence[ThemeEditRow]) -> list[ThemeEditOut]:
    """What people decided, with the names of the themes as they are now."""
    concerned = [id for row in rows for id in (row.theme_id, row.other_id) if id is not None]
    names = themes.names(session, concerned)
    sizes = theme_reads.edit_sizes(session, [row.id for row in rows])
    kept = ("id", "kind", "scope", "before", "after", "made_at", "undone_at")
    return [
        ThemeEditOut.model_validate(
            {
                **{name: getattr(row, name) for name in kept},
                "theme": None if row.theme_id is None else ref(row.theme_id, names),
                "other": None if row.other_id is None else ref(row.other_id, names),
                "passages": sizes.get(row.id, 0),
                "url": f"/v1/theme-edits/{row.id}",
            }
        )
        for row in rows
    ]

"""Themes as they are read: ranked, tallied over a window, with what the figures were counted over.

Whoever reads figures in more than one statement begins with `snapshot`: a re-clustering that is
written meanwhile is then seen whole or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    cast,
    exists,
    extract,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased, defer

from api.store import counters, seen, theme_kept
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_counts import Slice
from api.store.theme_history import ThemeEditPassageRow, ThemeRunRow
from api.store.theme_kept import LAST, MICRO, Sort
from api.store.theme_tables import (
    SubthemeRow,
    ThemeMemberRow,
    ThemeRow,
    ThemeScopeRow,
)
from api.store.themes import ThemeFilter
from nlp.themes.trends import Window

_HAPPENED = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)
_DAY = cast(func.timezone("UTC", _HAPPENED), Date)
_VECTORS = (defer(ThemeRow.centroid), defer(ThemeRow.middle))


@dataclass(frozen=True, slots=True)
class ThemeKey:
    """The place of a theme in a ranked list: it holds even when that theme changes."""

    value: int
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a theme has in a window.

    Attributes:
        findings: that stand in it.
        interactions: in which these stand.
        first: when the first of them was; None where there is none.
        last: when the last of them was.
        feelings: findings in negative, neutral and positive passages.
    """

    findings: int = 0
    interactions: int = 0
    first: datetime | None = None
    last: datetime | None = None
    feelings: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How much came in, and how much of it was mined.

    Attributes:
        received: interactions of any state.
        mined: those of them that are mined.
    """

    received: int = 0
    mined: int = 0


def snapshot(session: Session) -> None:
    """Lets every later statement of this transaction see the same state. Call it first, to read."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    counters.still(session)


def ranked(
    session: Session,
    filter: ThemeFilter,
    slice: Slice,
    sort: Sort,
    *,
    page: tuple[ThemeKey | None, int] | None = None,
) -> list[ThemeKey]:
    """Themes with their places in a list, the first first.

    Args:
        session: the transaction.
        filter: which themes.
        slice: which interactions count; with a window, themes without any in it are left out.
        sort: by number of interactions, by the last one, or the most negative first.
        page: the last place of the page before, and most of them; all of them if None.
    """
    if counters.kept(session, slice):
        return _paged(session, theme_kept.ranks(filter, slice.window, sort), page)
    counted = (
        select(ThemeMemberRow.theme_id, _KEYS[sort].label("value"))
        .join(ThemeRow, ThemeRow.id == ThemeMemberRow.theme_id)
        .where(*filter.conditions())
        .group_by(ThemeMemberRow.theme_id)
    )
    if sort == "sentiment":
        counted = counted.join(FindingRow, FindingRow.id == ThemeMemberRow.finding_id)
    if sort == "recency" or slice != Slice():
        counted = counted.join(InteractionRow, InteractionRow.id == ThemeMemberRow.interaction_id)
        counted = counted.where(*slice.conditions())
    keys = counted.subquery()
    query = (
        select(ThemeRow.id, func.coalesce(keys.c.value, LAST).label("value"))
        .join(keys, keys.c.theme_id == ThemeRow.id, isouter=slice == Slice())
        .where(*filter.conditions())
    )
    return _paged(session, query.subquery(), page)


def _paged(
    session: Session, keys: Subquery, page: tuple[ThemeKey | None, int] | None
) -> list[ThemeKey]:
    """The places of themes in their order, from the one on that a page begins with."""
    id, value = keys.c
    query = select(id, value).order_by(value.desc(), id.desc())
    if page is not None:
        after, limit = page
        query = query.limit(limit)
        if after is not None:
            query = query.where(tuple_(value, id) < tuple_(after.value, after.id))
    return [ThemeKey(number, theme) for theme, number in session.execute(query)]


def _feeling(label: str) -> ColumnElement[int]:
    return func.count().filter(FindingRow.sentiment == label)


_KEYS: dict[Sort, ColumnElement[int]] = {
    "size": func.count(ThemeMemberRow.interaction_id.distinct()),
    "recency": cast(extract("epoch", func.max(_HAPPENED)) * MICRO, BigInteger),
    "sentiment": cast(
        (_feeling("negative") - _feeling("positive")) * MICRO / func.count(), BigInteger
    ),
}


def rows(session: Session, ids: Sequence[UUID]) -> list[ThemeRow]:
    """The themes of these ids, in their order, without vectors."""
    query = select(ThemeRow).where(ThemeRow.id.in_(ids)).options(*_VECTORS)
    found = session.scalars(query).all()
    seen.show(session, found)
    by_id = {row.id: row for row in found}
    return [by_id[id] for id in ids if id in by_id]


def tallies(session: Session, ids: Sequence[UUID], slice: Slice) -> dict[UUID, Tally]:
    """What themes have in a slice; one without anything has zeros."""
    if counters.kept(session, slice):
        return dict.fromkeys(ids, Tally()) | {
            id: Tally(
                findings=numbers[0],
                interactions=numbers[1],
                first=first,
                last=last,
                feelings=(numbers[2], numbers[3], numbers[4]),
            )
            for id, numbers, first, last in counters.tallies(session, ids, slice.window)
        }
    counted = session.execute(
        select(
            ThemeMemberRow.theme_id,
            func.count(),
            func.count(ThemeMemberRow.interaction_id.distinct()),
            func.min(_HAPPENED),
            func.max(_HAPPENED),
            *(_feeling(label) for label in ("negative", "neutral", "positive")),
        )
        .join(FindingRow, FindingRow.id == ThemeMemberRow.finding_id)
        .join(InteractionRow, InteractionRow.id == ThemeMemberRow.interaction_id)
        .where(ThemeMemberRow.theme_id.in_(ids), *slice.conditions())
        .group_by(ThemeMemberRow.theme_id)
    )
    found = dict.fromkeys(ids, Tally())
    for id, findings, interactions, first, last, *feelings in counted:
        found[id] = Tally(
            findings=findings,
            interactions=interactions,
            first=first,
            last=last,
            feelings=(feelings[0], feelings[1], feelings[2]),
        )
    return found


def heard(session: Session, slice: Slice) -> Heard:
    """How many interactions came in, and how many of them are mined."""
    if counters.kept(session, slice, channel=True):
        ((received, mined, _),) = counters.heard(session, slice)
        return Heard(received=received, mined=mined)
    received, mined = session.execute(_heard(slice)).one()
    return Heard(received=received, mined=mined)


def heard_by_day(session: Session, slice: Slice) -> dict[date, Heard]:
    """The same for each day on which any came in."""
    if counters.kept(session, slice, channel=True):
        return {
            day: Heard(received=received, mined=mined)
            for received, mined, day in counters.heard(session, slice, by_day=True)
            if day is not None
        }
    found = session.execute(_heard(slice, _DAY).group_by(_DAY))
    return {day: Heard(received=received, mined=mined) for received, mined, day in found}


def _heard(slice: Slice, *columns: Any) -> Select[*tuple[Any, ...]]:
    mined = func.count().filter(InteractionRow.state == "mined")
    query: Select[*tuple[Any, ...]] = select(func.count(), mined, *columns)
    query = query.select_from(InteractionRow)
    if slice.window is not None:
        query = query.where(
            counters.midnight(slice.window.since) <= _HAPPENED,
            counters.midnight(slice.window.until) > _HAPPENED,
        )
    if slice.channel is not None:
        query = query.where(InteractionRow.channel == slice.channel)
    if slice.metadata:
        query = query.where(InteractionRow.meta.contains(dict(slice.metadata)))
    return query


def window(since: date | None, until: date | None) -> Window | None:
    """The window between two days, either of which may be open; None for all time."""
    if since is None and until is None:
        return None
    return Window(since=since or date(1900, 1, 1), until=until or date(2999, 1, 2))


def models(session: Session, scopes: Sequence[str]) -> Mapping[str, str | None]:
    """The model whose vectors each scope's themes were gathered by; None before the first time."""
    found = session.execute(
        select(ThemeScopeRow.scope, ThemeScopeRow.model).where(ThemeScopeRow.scope.in_(scopes))
    )
    return dict(found.all())


def subtheme_sizes(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[tuple[Any, int, int]]]:
    """The parts of themes, the largest first: each with its findings and interactions.

    A part has its `id` and `name`.
    """
    if counters.kept(session, Slice()):
        return theme_kept.subtheme_sizes(session, ids)
    interactions = func.count(ThemeMemberRow.interaction_id.distinct())
    counted = session.execute(
        select(SubthemeRow, func.count(), interactions)
        .join(ThemeMemberRow, ThemeMemberRow.subtheme_id == SubthemeRow.id)
        .where(SubthemeRow.theme_id.in_(ids))
        .group_by(SubthemeRow.id)
        .order_by(interactions.desc(), SubthemeRow.id)
    )
    found: dict[UUID, list[tuple[Any, int, int]]] = {id: [] for id in ids}
    listed = counted.all()
    seen.show_subthemes(session, [row for row, _, _ in listed])
    for row, findings, number in listed:
        found[row.theme_id].append((row, findings, number))
    return found


def edit_sizes(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many passages edits are about; those about none are left out."""
    counted = session.execute(
        select(ThemeEditPassageRow.edit_id, func.count())
        .where(ThemeEditPassageRow.edit_id.in_(ids))
        .group_by(ThemeEditPassageRow.edit_id)
    )
    return dict(counted.all())


def last_runs(session: Session, scope: str | None) -> list[tuple[ThemeRunRow, ThemeScopeRow]]:
    """The last re-clustering of each scope that is done, by scope; of one scope, or of all."""
    later = aliased(ThemeRunRow)
    newer = exists().where(
        later.scope == ThemeRunRow.scope, later.state == "done", later.id > ThemeRunRow.id
    )
    query = (
        select(ThemeRunRow, ThemeScopeRow)
        .join(ThemeScopeRow, ThemeScopeRow.scope == ThemeRunRow.scope)
        .where(ThemeRunRow.state == "done", ~newer)
        .options(defer(ThemeScopeRow.centre))
    )
    if scope is not None:
        query = query.where(ThemeRunRow.scope == scope)
    return list(session.execute(query.order_by(ThemeRunRow.scope)))

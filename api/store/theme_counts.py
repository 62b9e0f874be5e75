"""Counts of themes over time and beside each other, as `nlp.themes` judges them.

A day is one of UTC, of when an interaction began, or else of when it came in. Only mined
interactions count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Date, Select, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from api.store import counters
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_tables import ThemeMemberRow, ThemeRow
from nlp.themes.growth import DailyTable
from nlp.themes.related import Shared
from nlp.themes.trends import DayCounts, Step, Window

CHANNEL = "channel"
"""What can be broken down by beside the keys of metadata."""

CUSTOMER = ("customer", "customer_id")
"""Keys of metadata that may name the customer, the first that is there."""

_HAPPENED = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)
_UTC = func.timezone("UTC", _HAPPENED)
_DAY = cast(_UTC, Date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which interactions count; what is None or empty does not narrow it.

    Attributes:
        window: days, in UTC.
        channel: call, email or chat.
        metadata: keys and their values, exactly.
    """

    window: Window | None = None
    channel: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What an interaction has to fulfil."""
        found: list[ColumnElement[bool]] = [InteractionRow.state == "mined"]
        if self.window is not None:
            found += [
                counters.midnight(self.window.since) <= _HAPPENED,
                counters.midnight(self.window.until) > _HAPPENED,
            ]
        if self.channel is not None:
            found.append(InteractionRow.channel == self.channel)
        if self.metadata:
            found.append(InteractionRow.meta.contains(dict(self.metadata)))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One value of what a theme is broken down by.

    Attributes:
        value: the value; None for interactions that have none.
        findings: of the theme, in interactions of that value.
        interactions: that these stand in.
        total: all mined interactions of that value.
    """

    value: str | None
    findings: int
    interactions: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A theme by the values of something.

    Attributes:
        by: channel, or a key of metadata.
        parts: the values with the most interactions, the most first.
        others: all other values together; None where there is none.
    """

    by: str
    parts: tuple[Part, ...]
    others: Part | None


def days(session: Session, theme: UUID, slice: Slice) -> list[DayCounts]:
    """What a theme had on each day on which it had anything, in their order."""
    if counters.kept(session, slice):
        return _days(counters.days(session, theme, slice.window))
    rows = session.execute(
        _members(
            theme,
            slice,
            _DAY,
            func.count(),
            func.count(ThemeMemberRow.interaction_id.distinct()),
            *(
                func.count().filter(FindingRow.sentiment == label)
                for label in ("negative", "neutral", "positive")
            ),
        )
        .group_by(_DAY)
        .order_by(_DAY)
    )
    return _days(rows)


def _days(rows: Iterable[Any]) -> list[DayCounts]:
    return [
        DayCounts(
            day=day,
            findings=findings,
            interactions=interactions,
            negative=negative,
            neutral=neutral,
            positive=positive,
        )
        for day, findings, interactions, negative, neutral, positive in rows
    ]


def _members(theme: UUID, slice: Slice, *columns: Any) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(*columns)
    return (
        query.select_from(ThemeMemberRow)
        .join(FindingRow, FindingRow.id == ThemeMemberRow.finding_id)
        .join(InteractionRow, InteractionRow.id == ThemeMemberRow.interaction_id)
        .where(ThemeMemberRow.theme_id == theme, *slice.conditions())
    )


def totals(session: Session, slice: Slice) -> dict[date, int]:
    """Mined interactions of each day on which there were any."""
    if counters.kept(session, slice, channel=True):
        found = counters.heard(session, slice, by_day=True)
        return {day: mined for _, mined, day in found if mined and day is not None}
    rows = session.execute(select(_DAY, func.count()).where(*slice.conditions()).group_by(_DAY))
    return dict(rows.all())


def customers(session: Session, theme: UUID, slice: Slice, step: Step) -> dict[date, int]:
    """Distinct customers of a theme in each day, ISO week or month, by its first day.

    Interactions whose metadata name no customer (`CUSTOMER`) do not count.
    """
    start = cast(func.date_trunc(step, _UTC), Date)
    rows = session.execute(
        _members(theme, slice, start, func.count(_customer().distinct())).group_by(start)
    )
    return dict(rows.all())


def all_customers(session: Session, theme: UUID, slice: Slice) -> int:
    """Distinct customers of a theme over all of a slice."""
    return session.scalar(_members(theme, slice, func.count(_customer().distinct()))) or 0


def _customer() -> ColumnElement[str]:
    return func.coalesce(*(InteractionRow.meta[key].astext for key in CUSTOMER))


def table(session: Session, scope: str, window: Window) -> DailyTable:
    """Interactions of every active theme of a scope, day by day, zeros included."""
    rows = session.execute(
        select(ThemeRow.id, ThemeRow.born_at)
        .where(ThemeRow.scope == scope, ThemeRow.state == "active")
        .order_by(ThemeRow.id)
    ).all()
    places = {id: place for place, (id, _) in enumerate(rows)}
    length = (window.until - window.since).days
    counts = np.zeros((len(rows), length), dtype=np.int64)
    for theme, day, number in _daily(session, scope, window):
        counts[places[theme], (day - window.since).days] = number
    mined = totals(session, Slice(window=window))
    listed = [window.since + timedelta(days=number) for number in range(length)]
    return DailyTable(
        first=window.since,
        themes=tuple(str(id) for id in places),
        counts=counts,
        totals=np.array([mined.get(day, 0) for day in listed], dtype=np.int64),
        born=tuple(_first_day(counts[place], born, window) for place, (_, born) in enumerate(rows)),
    )


def _daily(session: Session, scope: str, window: Window) -> list[tuple[UUID, date, int]]:
    slice = Slice(window=window)
    if counters.kept(session, slice):
        return counters.daily(session, scope, window)
    of_scope = (ThemeMemberRow.scope == scope) & (ThemeRow.state == "active")
    rows = session.execute(
        select(
            ThemeMemberRow.theme_id,
            _DAY,
            func.count(ThemeMemberRow.interaction_id.distinct()),
        )
        .join(ThemeRow, ThemeRow.id == ThemeMemberRow.theme_id)
        .join(InteractionRow, InteractionRow.id == ThemeMemberRow.interaction_id)
        .where(of_scope, *slice.conditions())
        .group_by(ThemeMemberRow.theme_id, _DAY)
    )
    return [(theme, day, number) for theme, day, number in rows]


def _first_day(counts: Any, born: datetime, window: Window) -> date:
    """The day from which on a theme's zeros mean something: it is made from older findings."""
    spoken = np.flatnonzero(counts)
    made = born.astimezone(UTC).date()
    if not len(spoken):
        return made
    return min(made, window.since + timedelta(days=int(spoken[0])))


def breakdown(session: Session, theme: UUID, slice: Slice, by: str, *, most: int = 10) -> Breakdown:
    """A theme by channel, or by a key of the metadata that came with the interactions.

    Args:
        session: the transaction.
        theme: its id.
        slice: which interactions count.
        by: `CHANNEL`, or a key.
        most: values that are listed; the others are summed up.
    """
    column = _column(by)
    found = session.execute(
        _members(
            theme,
            slice,
            column,
            func.count(),
            func.count(ThemeMemberRow.interaction_id.distinct()),
        )
        .group_by(column)
        .order_by(func.count(ThemeMemberRow.interaction_id.distinct()).desc(), column)
    ).all()
    counted = session.execute(
        select(column, func.count()).where(*slice.conditions()).group_by(column)
    )
    mined: dict[str | None, int] = dict(counted.all())
    parts = [
        Part(value=value, findings=findings, interactions=interactions, total=mined[value])
        for value, findings, interactions in found
    ]
    shown, rest = parts[:most], parts[most:]
    left = sum(mined.values()) - sum(one.total for one in shown)
    others = None
    if left:
        others = Part(
            value=None,
            findings=sum(one.findings for one in rest),
            interactions=sum(one.interactions for one in rest),
            total=left,
        )
    return Breakdown(by=by, parts=tuple(shown), others=others)


def _column(by: str) -> InstrumentedAttribute[str] | ColumnElement[str]:
    return InteractionRow.channel if by == CHANNEL else InteractionRow.meta[by].astext


def keys(session: Session, theme: UUID, *, most: int = 50) -> list[tuple[str, int]]:
    """Keys of the metadata of a theme's interactions, with how many have each, the most first."""
    key = func.jsonb_object_keys(InteractionRow.meta).label("key")
    stands = select(ThemeMemberRow.interaction_id).where(ThemeMemberRow.theme_id == theme)
    named = select(key).where(InteractionRow.id.in_(stands)).subquery()
    rows = session.execute(
        select(named.c.key, func.count())
        .group_by(named.c.key)
        .order_by(func.count().desc(), named.c.key)
        .limit(most)
    )
    return list(rows)


def shared(session: Session, scope: str, slice: Slice) -> Shared:
    """In how many interactions the active themes of a scope stand, and pairs of them together."""
    stands = _stands(session, scope, slice).cte("stands")
    one, other = aliased(stands, name="one"), aliased(stands, name="other")
    met = session.execute(
        select(one.c.theme_id, other.c.theme_id, func.count())
        .join(
            other,
            (one.c.interaction_id == other.c.interaction_id) & (one.c.theme_id <= other.c.theme_id),
        )
        .group_by(one.c.theme_id, other.c.theme_id)
        .order_by(one.c.theme_id, other.c.theme_id)
    ).all()
    # Each theme meets itself wherever it stands.
    sizes = {first: number for first, second, number in met if first == second}
    places = {id: place for place, id in enumerate(sizes)}
    apart = [(places[a], places[b], number) for a, b, number in met if a != b]
    table = np.array(apart, dtype=np.int64).reshape(-1, 3)
    return Shared(
        themes=tuple(str(id) for id in places),
        sizes=np.array(list(sizes.values()), dtype=np.int64),
        pairs=table[:, :2],
        counts=table[:, 2],
        total=session.scalar(select(func.count(stands.c.interaction_id.distinct()))) or 0,
    )


def _stands(session: Session, scope: str, slice: Slice) -> Select[UUID, UUID]:
    """The active themes of a scope with the interactions in which they stand, each pair once."""
    of_scope = (ThemeRow.scope == scope, ThemeRow.state == "active")
    if counters.kept(session, slice):
        return counters.stands(slice.window).where(*of_scope)
    return (
        select(ThemeMemberRow.theme_id, ThemeMemberRow.interaction_id)
        .join(ThemeRow, ThemeRow.id == ThemeMemberRow.theme_id)
        .join(InteractionRow, InteractionRow.id == ThemeMemberRow.interaction_id)
        .where(*of_scope, *slice.conditions())
        .distinct()
    )


def earliest(session: Session) -> date | None:
    """The day of the first mined interaction; None where there is none."""
    return session.scalar(select(func.min(_DAY)).where(InteractionRow.state == "mined"))


def mined(session: Session, slice: Slice) -> int:
    """All mined interactions of a slice."""
    if counters.kept(session, slice, channel=True):
        return counters.heard(session, slice)[0][1]
    query = select(func.count()).select_from(InteractionRow).where(*slice.conditions())
    return session.scalar(query) or 0

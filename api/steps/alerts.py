"""Alerts: what each day says of the themes of a scope, told as one story a theme and kind.

Runs once a day, and after a re-clustering. The day that is under way is looked at too, and again:
a count that is high enough by noon need not wait for midnight. Run twice it changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy.orm import Session

from api.store import alerts as store
from api.store import events, theme_counts
from api.store.alerts import Birth
from api.store.database import Database
from api.store.theme_history import ThemeAlertRow
from nlp.themes.alerts import (
    Alert,
    AlertKind,
    AlertState,
    Gathering,
    Signal,
    after,
    emerging,
    of_burst,
    of_growth,
)
from nlp.themes.bursts import bursts
from nlp.themes.growth import DailyTable, growth
from nlp.themes.trends import Window

HISTORY = 58
"""Days that one day is judged by: eight weeks and the two days that are judged."""

CATCH_UP = 14
"""Days that are looked at after the service stood still, the last ones."""

SETTLED = 28
"""Days of traffic before a theme's first word that make it news in a first clustering."""


def watch_all(database: Database, *, today: date) -> None:
    """Looks at every scope that was not looked at today.

    Args:
        database: where they are.
        today: the day in UTC.
    """
    with database.session() as session:
        scopes = store.unwatched(session, today)
    for scope in scopes:
        watch(database, scope, today=today)


def watch(database: Database, scope: str, *, today: date) -> None:
    """Looks at the days of a scope that were not looked at, the last one of these again, and today.

    Args:
        database: where it is.
        scope: gathered before.
        today: the day in UTC.
    """
    with database.session() as session:
        last = store.watched(session, scope)
        first = today if last is None else max(min(last, today), today - timedelta(days=CATCH_UP))
        since = first - timedelta(days=HISTORY - 1)
        table = theme_counts.table(
            session, scope, Window(since=since, until=today + timedelta(days=1))
        )
        born = birthdays(
            store.births(session, scope, [UUID(id) for id in table.themes]),
            earliest=theme_counts.earliest(session),
        )
        newest = store.newest(session, scope)
        for number in range((today - first).days + 1):
            day = first + timedelta(days=number)
            for signal in signals(up_to(table, day), born, day):
                _tell(session, scope, newest, (signal, day))
        store.close_ended(session, scope, today)
        store.set_watched(session, scope, today)


def birthdays(births: Collection[Birth], *, earliest: date | None) -> dict[str, date]:
    """The days on which new themes came up, by their ids.

    To a first clustering all themes are new: there, those count that were first spoken of when
    there had been traffic for `SETTLED` days.

    Args:
        births: of themes.
        earliest: the day of the first interaction of all.
    """
    found: dict[str, date] = {}
    for one in births:
        spoken = one.spoken.astimezone(UTC).date()
        if not one.is_first:
            found[str(one.theme)] = one.made.astimezone(UTC).date()
        elif earliest is not None and spoken - earliest >= timedelta(days=SETTLED):
            found[str(one.theme)] = spoken
    return found


def up_to(table: DailyTable, day: date) -> DailyTable:
    """The `HISTORY` days of a table that end on a day."""
    end = (day - table.first).days + 1
    start = max(end - HISTORY, 0)
    return DailyTable(
        first=table.first + timedelta(days=start),
        themes=table.themes,
        counts=table.counts[:, start:end],
        totals=table.totals[start:end],
        born=table.born,
    )


def signals(table: DailyTable, born: dict[str, date], day: date) -> Sequence[Signal]:
    """What a day says of every theme.

    Args:
        table: that ends on that day.
        born: days on which new themes came up.
        day: in UTC.
    """
    found = [of_burst(one) for one in bursts(table)]
    found += [of_growth(one) for one in growth(table)]
    mined = table.totals
    for row, theme in enumerate(table.themes):
        if theme in born:
            counts = table.counts[row]
            gathering = Gathering(
                theme=theme,
                born=born[theme],
                now=int(counts[-7:].sum()),
                before=int(counts[-14:-7].sum()),
                mined_now=int(mined[-7:].sum()),
                mined_before=int(mined[-14:-7].sum()),
            )
            found.append(emerging(gathering, day))
    return found


def _tell(
    session: Session,
    scope: str,
    newest: dict[tuple[UUID, str], ThemeAlertRow],
    told: tuple[Signal, date],
) -> None:
    """Writes what a signal of a day does to the newest alert of its theme and kind."""
    signal, day = told
    key = (UUID(signal.theme), signal.kind)
    row = newest.get(key)
    before = None if row is None else alert_of(row)
    now = after(before, signal, day)
    if row is not None and before is not None:
        # A new story ends the one before, which may still have been open.
        same = now is not None and now.opened == before.opened
        kept = now if same else after(before, replace(signal, holds=False), day)
        if kept is not None:
            values = _values(kept)
            reopened = kept.reopened > before.reopened
            if reopened:
                values["acknowledged_at"] = None
            store.change(session, row, values)
            if reopened and not row.muted:
                _emit(session, "alert.reopened", row)
        if same:
            return
    if now is not None:
        newest[key] = store.open_new(
            session, {"scope": scope, "theme_id": key[0], "kind": signal.kind, **_values(now)}
        )
        _emit(session, "alert.opened", newest[key])


def _emit(session: Session, type: str, row: ThemeAlertRow) -> None:
    """Tells each department that a finding of the theme reached."""
    data = {
        "alert": str(row.id),
        "theme": str(row.theme_id),
        "scope": row.scope,
        "kind": row.kind,
        "days": row.days,
        "reopened": row.reopened,
        "url": f"/v1/alerts/{row.id}",
    }
    for department in store.departments(session, row.theme_id):
        events.emit(session, type, data, department=department)


def alert_of(row: ThemeAlertRow) -> Alert:
    """The alert that a row holds."""
    return Alert(
        theme=str(row.theme_id),
        kind=cast("AlertKind", row.kind),
        state=cast("AlertState", row.state),
        opened=row.opened,
        last=row.last,
        closed=row.closed,
        days=row.days,
        reopened=row.reopened,
        peak=row.peak,
    )


def _values(alert: Alert) -> dict[str, object]:
    names = ("state", "opened", "last", "closed", "days", "reopened", "peak")
    return {name: getattr(alert, name) for name in names}

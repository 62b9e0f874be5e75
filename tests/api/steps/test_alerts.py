"""Alerts day by day: opened, extended, closed, reopened, answered; run twice, the same."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from api.steps import theme_edits
from api.steps.alerts import CATCH_UP, SETTLED, birthdays, up_to, watch, watch_all
from api.store import alerts as store
from api.store import theme_counts
from api.store.alerts import AlertFilter, Birth
from api.store.database import Database
from api.store.theme_history import ThemeAlertRow
from nlp.themes.trends import Window
from tests.api.themes import SCOPE, START, dump, gather, on_days, say, texts, themes
from tests.conftest import NewDatabase

QUIET = 24
"""Days of even traffic before anything happens."""

MANY = 24
SAID = ("kettle", "screen", "login")

FIRST = START.date()
BURST = FIRST + timedelta(days=QUIET)


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    """Two calls of each topic a day, and then of the kettle many."""
    made = new_database()
    for topic in SAID:
        on_days(made, topic, [2] * QUIET)
    on_days(made, "kettle", [MANY], since=START + timedelta(days=QUIET))
    for topic in SAID[1:]:
        on_days(made, topic, [2], since=START + timedelta(days=QUIET))
    gather(made)
    # The gathering looked at the real today, at which nothing of this happens.
    with made.session() as session:
        store.set_watched(session, SCOPE, BURST)
    return made


def _alerts(database: Database, **narrowed: object) -> list[ThemeAlertRow]:
    with database.session() as session:
        return store.list_page(session, AlertFilter(**narrowed), limit=99)  # type: ignore[arg-type]  # as named


def _watch(database: Database, today: date) -> None:
    watch(database, SCOPE, today=today)


def test_a_burst_is_one_alert_that_is_extended_closed_and_reopened(database: Database) -> None:
    kettle = themes(database)["kettle"].id
    _watch(database, BURST)
    (alert,) = _alerts(database, kind="burst")
    assert (alert.theme_id, alert.state, alert.opened, alert.days) == (kettle, "open", BURST, 1)
    assert alert.peak > 3

    on_days(database, "kettle", [MANY], since=START + timedelta(days=QUIET + 1))
    _watch(database, BURST + timedelta(days=1))
    (alert,) = _alerts(database, kind="burst")
    assert (alert.state, alert.last, alert.days) == ("open", BURST + timedelta(days=1), 2)

    with database.session() as session:
        row = store.get(session, alert.id, lock=True)
        assert row is not None
        store.acknowledge(session, row)
        assert row.acknowledged_at is not None
        assert row.revision == alert.revision + 1
    for topic in SAID:
        on_days(database, topic, [2] * 6, since=START + timedelta(days=QUIET + 2))
    _watch(database, BURST + timedelta(days=7))
    (alert,) = _alerts(database, kind="burst")
    assert (alert.state, alert.closed) == ("closed", BURST + timedelta(days=4))
    assert alert.acknowledged_at is not None

    on_days(database, "kettle", [MANY], since=START + timedelta(days=QUIET + 8))
    for topic in SAID[1:]:
        on_days(database, topic, [2], since=START + timedelta(days=QUIET + 8))
    _watch(database, BURST + timedelta(days=8))
    (alert,) = _alerts(database, kind="burst")
    assert (alert.state, alert.reopened, alert.closed) == ("open", 1, None)
    assert alert.acknowledged_at is None, "it asks for attention again"


def test_the_same_day_twice_changes_nothing(database: Database) -> None:
    _watch(database, BURST)
    before = dump(database, "theme_alerts", "theme_scopes")
    _watch(database, BURST)
    assert dump(database, "theme_alerts", "theme_scopes") == before


def test_days_on_which_nothing_ran_are_looked_at(database: Database) -> None:
    with database.session() as session:
        store.set_watched(session, SCOPE, BURST - timedelta(days=2))
    for topic in SAID:
        on_days(database, topic, [2], since=START + timedelta(days=QUIET + 1))
    _watch(database, BURST + timedelta(days=1))
    (alert,) = _alerts(database, kind="burst")
    assert alert.opened == BURST
    assert CATCH_UP > 3


def test_what_is_muted_stays_so_and_lists_are_narrowed(database: Database) -> None:
    _watch(database, BURST)
    (alert,) = _alerts(database, kind="burst")
    with database.session() as session:
        row = store.get(session, alert.id, lock=True)
        assert row is not None
        store.mute(session, row)
    _watch(database, BURST + timedelta(days=9))
    (alert,) = _alerts(database, muted=True)
    assert alert.kind == "burst"
    assert _alerts(database, muted=False, kind="burst") == []
    assert _alerts(database, acknowledged=True) == []
    assert len(_alerts(database, scope=SCOPE, theme=alert.theme_id, state="closed")) == 1
    assert _alerts(database, scope="all") == []


def test_the_alerts_of_a_theme_that_is_no_more_are_closed(database: Database) -> None:
    found = themes(database)
    _watch(database, BURST)
    with database.session() as session:
        kettle = theme_edits.held(session, found["kettle"].id)
        screen = theme_edits.held(session, found["screen"].id)
        assert kettle is not None
        assert screen is not None
        theme_edits.merge(session, kettle, screen)
    _watch(database, BURST)
    closed = _alerts(database, theme=found["kettle"].id)
    assert [one.state for one in closed] == ["closed"]


def test_a_theme_that_comes_up_is_news_and_those_of_the_first_clustering_are_not(
    database: Database,
) -> None:
    today = datetime.now(UTC)
    watch_all(database, today=today.date())
    assert _alerts(database, kind="emerging") == []
    for number in range(8):
        say(database, texts("novelty", 1, first=number), started_at=today)
    gather(database)
    (alert,) = _alerts(database, kind="emerging")
    assert alert.opened == today.date()
    assert alert.theme_id == themes(database)["It is about novelty altogether"].id


def test_every_scope_is_looked_at_once_a_day(database: Database) -> None:
    with database.session() as session:
        assert store.unwatched(session, BURST) == []
        assert store.unwatched(session, BURST + timedelta(days=1)) == [SCOPE]
    watch_all(database, today=BURST + timedelta(days=1))
    with database.session() as session:
        assert store.unwatched(session, BURST + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("is_first", "spoken", "born"),
    [
        (False, FIRST, BURST),
        (True, FIRST, None),
        (True, FIRST + timedelta(days=SETTLED - 1), None),
        (True, FIRST + timedelta(days=SETTLED), FIRST + timedelta(days=SETTLED)),
    ],
)
def test_when_a_theme_came_up(is_first: bool, spoken: date, born: date | None) -> None:
    birth = Birth(
        theme=UUID(int=1),
        made=datetime(BURST.year, BURST.month, BURST.day, tzinfo=UTC),
        spoken=datetime(spoken.year, spoken.month, spoken.day, 12, tzinfo=UTC),
        is_first=is_first,
    )
    found = birthdays([birth], earliest=FIRST)
    assert found == ({} if born is None else {str(birth.theme): born})


def test_a_table_is_cut_at_its_day(database: Database) -> None:
    window = Window(since=BURST - timedelta(days=70), until=BURST + timedelta(days=1))
    with database.session() as session:
        table = theme_counts.table(session, SCOPE, window)
    cut = up_to(table, BURST - timedelta(days=3))
    assert cut.last == BURST - timedelta(days=3)
    assert len(cut.totals) == 58
    assert cut.totals[-1] == 2 * len(SAID)

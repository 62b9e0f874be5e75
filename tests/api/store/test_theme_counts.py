"""Counts of themes by day, customer, channel and metadata, beside one another."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from api.store import theme_counts as counts
from api.store import theme_reads as reads
from api.store import themes as stored
from api.store.database import Database
from api.store.theme_counts import CHANNEL, Slice
from api.store.theme_tables import ALL
from api.store.themes import ThemeFilter
from nlp.themes.trends import Window, trend
from tests.api.themes import SCOPE, START, TOPICS, gather, say, texts, themes

DAY = START.date()
NEXT = DAY + timedelta(days=1)
WEEK = Window(since=DAY, until=DAY + timedelta(days=7))


@pytest.fixture(scope="module")
def filled(database: Database) -> Database:
    """Kettles on two days, of three customers and two products; the others on the first day."""
    for number, one in enumerate(texts("kettle", 6)):
        say(
            database,
            [one],
            started_at=START + timedelta(days=number // 4),
            channel=("call", "email")[number % 2],
            metadata={
                "customer": f"c{number % 3}",
                **({"product": "K1" if number < 4 else "K2"} if number else {}),
            },
        )
    for topic in list(TOPICS)[1:]:
        say(database, texts(topic, 4), started_at=START, metadata={"product": "K1"})
    # At 23:30 in New York it is the next day in UTC.
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC) + timedelta(hours=5)
    say(database, ["My screen goes black when it starts, late"], started_at=late)
    gather(database, SCOPE, ALL)
    return database


@pytest.fixture(scope="module")
def kettle(filled: Database) -> UUID:
    return themes(filled)["kettle"].id


def test_each_day_with_its_findings_and_their_sentiment(filled: Database, kettle: UUID) -> None:
    with filled.session() as session:
        found = counts.days(session, kettle, Slice(window=WEEK))
        totals = counts.totals(session, Slice(window=WEEK))
        customers = counts.customers(session, kettle, Slice(window=WEEK), "week")
        daily = counts.customers(session, kettle, Slice(window=WEEK), "day")
        everyone = counts.all_customers(session, kettle, Slice(window=WEEK))
        assert counts.mined(session, Slice(window=WEEK)) == 19
        assert counts.earliest(session) == DAY
    assert [(one.day, one.findings, one.interactions) for one in found] == [
        (DAY, 4, 4),
        (NEXT, 2, 2),
    ]
    assert [(one.negative, one.neutral, one.positive) for one in found] == [(4, 0, 0), (2, 0, 0)]
    assert totals == {DAY: 16, NEXT: 3}
    assert customers == {DAY: 3}
    assert daily == {DAY: 3, NEXT: 2}
    assert everyone == 3
    week = trend(WEEK, "week", found, totals, customers=customers)
    assert [(one.interactions, one.total, one.customers) for one in week] == [(6, 19, 3)]


def test_a_month_begins_with_its_first_day(filled: Database, kettle: UUID) -> None:
    with filled.session() as session:
        found = counts.customers(session, kettle, Slice(), "month")
    assert found == {date(2026, 3, 1): 3}


@pytest.mark.parametrize(
    ("slice", "number"),
    [
        (Slice(), 6),
        (Slice(channel="email"), 3),
        (Slice(metadata={"product": "K2"}), 2),
        (Slice(metadata={"product": "K1", "customer": "c1"}), 1),
        (Slice(window=Window(since=NEXT, until=NEXT + timedelta(days=1))), 2),
        (Slice(window=Window(since=NEXT, until=NEXT + timedelta(days=1)), channel="call"), 1),
        (Slice(metadata={"product": "none"}), 0),
    ],
)
def test_a_slice_narrows_every_count(
    filled: Database, kettle: UUID, slice: Slice, number: int
) -> None:
    with filled.session() as session:
        assert sum(one.findings for one in counts.days(session, kettle, slice)) == number
        tallies = reads.tallies(session, [kettle], slice)
        assert {id: (one.findings, one.interactions) for id, one in tallies.items()} == {
            kettle: (number, number)
        }


def test_a_breakdown_sums_up_to_all(filled: Database, kettle: UUID) -> None:
    with filled.session() as session:
        by_product = counts.breakdown(session, kettle, Slice(), "product")
        by_channel = counts.breakdown(session, kettle, Slice(), CHANNEL)
        one = counts.breakdown(session, kettle, Slice(), "customer", most=1)
    listed = [(part.value, part.interactions, part.total) for part in by_product.parts]
    assert listed == [("K1", 3, 15), ("K2", 2, 2), (None, 1, 2)]
    assert by_product.others is None
    assert [(part.value, part.interactions) for part in by_channel.parts] == [
        ("call", 3),
        ("email", 3),
    ]
    assert len(one.parts) == 1
    assert one.others is not None
    assert (one.others.interactions, one.others.total) == (4, 17)


def test_what_can_be_broken_down_by(filled: Database, kettle: UUID) -> None:
    with filled.session() as session:
        assert counts.keys(session, kettle) == [("customer", 6), ("product", 5)]


def test_the_table_of_a_scope_has_every_day(filled: Database, kettle: UUID) -> None:
    with filled.session() as session:
        table = counts.table(session, SCOPE, WEEK)
    row = table.themes.index(str(kettle))
    assert table.counts.shape == (4, 7)
    assert table.counts[row].tolist() == [4, 2, 0, 0, 0, 0, 0]
    assert table.totals.tolist() == [16, 3, 0, 0, 0, 0, 0]
    assert table.born[row] == DAY


def test_themes_that_come_together_are_counted_in_pairs(filled: Database) -> None:
    with filled.session() as session:
        found = counts.shared(session, SCOPE, Slice())
    assert sorted(found.sizes.tolist()) == [4, 4, 5, 6]
    assert found.total == 19
    assert found.counts.tolist() == []
    assert np.shape(found.pairs) == (0, 2)


def test_sizes_and_places_in_the_list(filled: Database, kettle: UUID) -> None:
    with filled.session() as session:
        size = reads.tallies(session, [kettle, UUID(int=3)], Slice())
        assert size[kettle].findings == size[kettle].interactions == 6
        assert size[kettle].first == START
        assert size[UUID(int=3)].last is None
        wanted = ThemeFilter(scope=SCOPE)
        listed = reads.ranked(session, wanted, Slice(), "size", page=(None, 9))
        assert [key.value for key in listed] == [6, 5, 4, 4]
        ids = [key.id for key in listed]
        assert [row.id for row in reads.rows(session, ids)] == ids
        for limit in (1, 2, 3):
            seen: list[UUID] = []
            after = None
            while page := reads.ranked(session, wanted, Slice(), "size", page=(after, limit)):
                seen += [key.id for key in page]
                after = page[-1]
            assert seen == ids
        words = ThemeFilter(scope=SCOPE, words="KETTLE")
        found = reads.ranked(session, words, Slice(), "size", page=(None, 9))
        assert [key.id for key in found] == [kettle]
        percent = ThemeFilter(words="%")
        assert reads.ranked(session, percent, Slice(), "size", page=(None, 9)) == []
        row = stored.get(session, kettle)
        assert row is not None
        alike = stored.similar(session, row, limit=9)
        assert len(alike) == 3
        assert [one.likeness for one in alike] == sorted(
            (one.likeness for one in alike), reverse=True
        )
        assert row.product is None, "half of it is not most of it"
        assert themes(filled)["parcel"].product == "K1"

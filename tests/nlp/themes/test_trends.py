"""Buckets of a trend: the zeros, the edges, the figures."""

from datetime import date, timedelta

import pytest

from nlp.errors import OptionError
from nlp.themes.trends import Bucket, DayCounts, Step, Window, bucket_start, trend

WINDOW = Window(since=date(2026, 1, 29), until=date(2026, 3, 5))
TOTALS = {WINDOW.since + timedelta(days=n): 10 for n in range(-5, 50)}
DAYS = (
    DayCounts(day=date(2026, 2, 3), findings=5, interactions=4, negative=3, neutral=1, positive=1),
    DayCounts(day=date(2026, 1, 29), findings=1, interactions=1, negative=1),
    DayCounts(day=date(2026, 2, 1), findings=2, interactions=2, neutral=2),
    DayCounts(day=date(2026, 1, 28), findings=9, interactions=9, negative=9),
    DayCounts(day=date(2026, 3, 5), findings=7, interactions=7, positive=7),
)


def found(step: Step) -> tuple[Bucket, ...]:
    return trend(WINDOW, step, DAYS, TOTALS)


def test_days_have_no_gaps_and_nothing_from_outside() -> None:
    buckets = found("day")
    assert [one.start for one in buckets] == sorted(
        day for day in TOTALS if WINDOW.since <= day < WINDOW.until
    )
    assert sum(one.interactions for one in buckets) == 7
    assert [one.interactions for one in buckets[:6]] == [1, 0, 0, 2, 0, 4]
    assert not any(one.partial for one in buckets)


def test_weeks_begin_on_monday_and_cut_ones_are_partial() -> None:
    buckets = found("week")
    assert buckets[0].start == date(2026, 1, 26)
    assert [one.start.weekday() for one in buckets] == [0] * 6
    assert [one.interactions for one in buckets] == [3, 4, 0, 0, 0, 0]
    assert [one.total for one in buckets] == [40, 70, 70, 70, 70, 30]
    assert [one.partial for one in buckets] == [True, False, False, False, False, True]


def test_months_have_their_own_lengths() -> None:
    buckets = found("month")
    assert [(one.start.month, one.end.month) for one in buckets] == [(1, 2), (2, 3), (3, 4)]
    assert [one.total for one in buckets] == [30, 280, 40]
    assert [one.partial for one in buckets] == [True, False, True]
    leap = trend(Window(since=date(2028, 2, 1), until=date(2028, 3, 1)), "month", (), {})
    assert [(one.end, one.partial) for one in leap] == [(date(2028, 3, 1), False)]
    (december,) = trend(Window(since=date(2025, 12, 1), until=date(2025, 12, 9)), "month", (), {})
    assert (december.end, december.partial) == (date(2026, 1, 1), True)


def test_shares_and_sentiment_of_a_bucket() -> None:
    week = found("week")[1]
    assert week.findings == 5
    assert week.share is not None
    assert week.share.value == pytest.approx(4 / 70)
    assert week.share.low < 4 / 70 < week.share.high
    assert week.sentiment is not None
    assert week.sentiment.value == pytest.approx(-2 / 5)
    empty = found("week")[2]
    assert empty.share is not None
    assert (empty.share.value, empty.share.low) == (0, 0)
    assert empty.share.high > 0
    assert empty.sentiment is None
    nothing = trend(Window(since=date(2020, 1, 1), until=date(2020, 1, 2)), "day", (), {})
    assert nothing[0].share is None


def test_customers_are_those_that_were_counted_for_the_bucket() -> None:
    given = {date(2026, 1, 26): 2, date(2026, 2, 2): 3}
    buckets = trend(WINDOW, "week", DAYS, TOTALS, customers=given)
    assert [one.customers for one in buckets] == [2, 3, 0, 0, 0, 0]
    assert {one.customers for one in found("week")} == {None}
    with pytest.raises(ValueError, match=r"2026-02-03, which starts no week .* bucket_start"):
        trend(WINDOW, "week", DAYS, TOTALS, customers={date(2026, 2, 3): 1})


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-02-03 is given twice"):
        trend(WINDOW, "day", DAYS + DAYS[:1], TOTALS)
    with pytest.raises(ValueError, match="9 interactions of 0 on 2026-01-28"):
        trend(WINDOW, "day", DAYS[3:], {})
    with pytest.raises(OptionError, match="from 2026-01-02 until before 2026-01-02"):
        Window(since=date(2026, 1, 2), until=date(2026, 1, 2))
    with pytest.raises(OptionError, match="'year': choose one of day, week, month"):
        bucket_start(date(2026, 1, 2), "year")  # type: ignore[arg-type]  # what a caller may send

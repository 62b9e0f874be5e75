"""How themes went over time: weeks or months without gaps, feelings, and the verdict on growth."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from nlp.themes.growth import DailyTable, Growth, growth
from nlp.themes.material import Heard, Said
from nlp.themes.trends import Bucket, DayCounts, Step, Window, bucket_start, trend
from nlp.types import SENTIMENTS

LONGEST = 3 * 366
"""Days that are looked at, the last ones: a wrong date of long ago must not stretch everything."""

WEEKS = 60
"""Up to so many weeks a course is told by week, beyond by month."""

PERIODS = (28, 21, 14, 7)
"""Days whose share is compared with that of as many before: the longest that fit twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One week or month of a theme.

    Attributes:
        bucket: its counts, share and mean sentiment.
        feelings: its findings by the sentiment of their passage, as `SENTIMENTS` orders them.
    """

    bucket: Bucket
    feelings: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days on which something was mined.

    Attributes:
        window: from the first to the last of them.
        step: of the courses.
        period: days of each of the two periods that growth compares; None where too few are there.
        totals: mined interactions of each day.
        undated: interactions without a date.
    """

    window: Window
    step: Step
    period: int | None
    totals: Counter[date]
    undated: int


def calendar(interactions: Sequence[Heard]) -> Calendar | None:
    """The days of interactions; None where none has a date, or all are of one day."""
    totals = Counter(one.day for one in interactions if one.day is not None)
    if len(totals) < 2:
        return None
    last = max(totals)
    since = max(min(totals), last - timedelta(days=LONGEST - 1))
    window = Window(since=since, until=last + timedelta(days=1))
    days = (window.until - since).days
    return Calendar(
        window=window,
        step="week" if days <= 7 * WEEKS else "month",
        period=next((period for period in PERIODS if 2 * period <= days), None),
        totals=totals,
        undated=len(interactions) - totals.total(),
    )


def course(
    said: Sequence[Said], interactions: Sequence[Heard], known: Calendar
) -> tuple[Point, ...]:
    """The weeks or months of one theme, those without anything among them.

    Args:
        said: its findings; those without a date are left out.
        interactions: that they stand in.
        known: the days of all interactions.
    """
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    heard: dict[date, set[int]] = defaultdict(set)
    buckets: dict[date, Counter[str]] = defaultdict(Counter)
    for one in said:
        day = interactions[one.heard].day
        if day is not None and known.window.since <= day:
            counts[day][one.sentiment] += 1
            heard[day].add(one.heard)
            buckets[bucket_start(day, known.step)][one.sentiment] += 1
    days = [
        DayCounts(
            day=day,
            findings=found.total(),
            interactions=len(heard[day]),
            negative=found["negative"],
            neutral=found["neutral"],
            positive=found["positive"],
        )
        for day, found in counts.items()
    ]
    points = []
    for bucket in trend(known.window, known.step, days, known.totals):
        negative, neutral, positive = (buckets[bucket.start][feeling] for feeling in SENTIMENTS)
        points.append(Point(bucket=bucket, feelings=(negative, neutral, positive)))
    return tuple(points)


def grown(
    themes: Sequence[Sequence[Said]], interactions: Sequence[Heard], known: Calendar
) -> tuple[Growth, ...] | None:
    """The verdict on the growth of each theme, None where there are too few days for any.

    Args:
        themes: the findings of each.
        interactions: that they stand in.
        known: the days of all interactions.
    """
    if known.period is None:
        return None
    length = (known.window.until - known.window.since).days
    totals = np.zeros(length, dtype=np.int64)
    for day, count in known.totals.items():
        if day >= known.window.since:
            totals[(day - known.window.since).days] = count
    counts = np.zeros((len(themes), length), dtype=np.int64)
    for row, said in enumerate(themes):
        for place in {one.heard for one in said}:
            when = interactions[place].day
            if when is not None and when >= known.window.since:
                counts[row, (when - known.window.since).days] += 1
    table = DailyTable(
        first=known.window.since,
        themes=tuple(map(str, range(len(themes)))),
        counts=counts,
        totals=totals,
    )
    return growth(table, period=known.period)

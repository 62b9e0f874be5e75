"""The course of a theme: counts by day, ISO week and month, with shares and mean sentiment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from nlp.errors import OptionError
from nlp.learn.judging import Figure
from nlp.themes.intervals import mean_sentiment, wilson

Step = Literal["day", "week", "month"]
STEPS: tuple[Step, ...] = ("day", "week", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of days.

    Attributes:
        since: its first day.
        until: the day after its last.
    """

    since: date
    until: date

    def __post_init__(self) -> None:
        """Refuse a window without a day in it.

        Raises:
            OptionError: with both ends.
        """
        if self.since >= self.until:
            raise OptionError(f"no day lies from {self.since} until before {self.until}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """What one theme had on one day; days without any may be left out.

    Attributes:
        day: which.
        findings: of the theme.
        interactions: that they stand in.
        negative: findings in negative passages.
        neutral: findings in neutral passages.
        positive: findings in positive passages.
    """

    day: date
    findings: int
    interactions: int
    negative: int = 0
    neutral: int = 0
    positive: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One day, ISO week (from Monday) or month of a trend.

    Attributes:
        start: first day of the day, week or month, even where the window begins later.
        end: the day after its last.
        partial: the window cuts it: it is not to be compared with whole ones.
        findings: of the theme, inside the window.
        interactions: that they stand in.
        customers: distinct customers of these, None where they were not counted.
        total: all mined interactions.
        share: of all mined interactions; None where there were none.
        sentiment: mean from -1 to 1; None where there is no finding. Findings count as if each
            were said apart: several in one call make the interval too narrow.
    """

    start: date
    end: date
    partial: bool
    findings: int
    interactions: int
    customers: int | None
    total: int
    share: Figure | None
    sentiment: Figure | None


def bucket_start(day: date, step: Step) -> date:
    """First day of the day, ISO week or month that a day lies in.

    The same as PostgreSQL's `date_trunc`.

    Raises:
        OptionError: there is no such step; with those that there are.
    """
    if step == "day":
        return day
    if step == "week":
        return day - timedelta(days=day.weekday())
    if step == "month":
        return day.replace(day=1)
    raise OptionError(f"no step {step!r}: choose one of {', '.join(STEPS)}")


def bucket_end(start: date, step: Step) -> date:
    """The day after the last of the bucket that starts on a day."""
    if step == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if step == "week" else 1)


def bucket_starts(window: Window, step: Step) -> tuple[date, ...]:
    """Starts of all buckets that the window touches, in order: the zeros are among them."""
    found = []
    start = bucket_start(window.since, step)
    while start < window.until:
        found.append(start)
        start = bucket_end(start, step)
    return tuple(found)


def trend(
    window: Window,
    step: Step,
    days: Iterable[DayCounts],
    totals: Mapping[date, int],
    *,
    customers: Mapping[date, int] | None = None,
) -> tuple[Bucket, ...]:
    """Counts of one theme in buckets, without gaps.

    Args:
        window: days outside it are left out.
        step: how long a bucket is.
        days: of the theme, in any order, each day once.
        totals: all mined interactions of a day, with the theme or without.
        customers: distinct customers of the theme, by `bucket_start` of their bucket. A customer
            who writes on two days is one, so that they cannot be summed up here.

    Returns:
        Each bucket that the window touches, in order.

    Raises:
        OptionError: there is no such step.
        ValueError: a day stands twice, a theme has more interactions on a day than were mined, or
            customers are given for a day that starts no bucket.
    """
    starts = bucket_starts(window, step)
    strange = set(customers or ()) - set(starts)
    if strange:
        raise ValueError(
            f"customers are given for {min(strange)}, which starts no {step} from {window.since} "
            f"until before {window.until}: key them by bucket_start"
        )
    inside: dict[date, list[DayCounts]] = {start: [] for start in starts}
    seen: set[date] = set()
    for one in days:
        if one.day in seen:
            raise ValueError(f"{one.day} is given twice: give each day once")
        if one.interactions > totals.get(one.day, 0):
            raise ValueError(
                f"{one.interactions} interactions of {totals.get(one.day, 0)} on {one.day}: "
                f"the totals must count the theme's own"
            )
        seen.add(one.day)
        if window.since <= one.day < window.until:
            inside[bucket_start(one.day, step)].append(one)
    mined = dict.fromkeys(starts, 0)
    for day, count in totals.items():
        if window.since <= day < window.until:
            mined[bucket_start(day, step)] += count
    found = []
    for start in starts:
        bucket = _bucket(inside[start], mined[start], start, bucket_end(start, step))
        found.append(
            replace(
                bucket,
                partial=bucket.start < window.since or bucket.end > window.until,
                customers=None if customers is None else customers.get(start, 0),
            )
        )
    return tuple(found)


def _bucket(days: list[DayCounts], total: int, start: date, end: date) -> Bucket:
    interactions = sum(one.interactions for one in days)
    feelings = (
        sum(one.negative for one in days),
        sum(one.neutral for one in days),
        sum(one.positive for one in days),
    )
    return Bucket(
        start=start,
        end=end,
        partial=False,
        findings=sum(one.findings for one in days),
        interactions=interactions,
        customers=None,
        total=total,
        share=wilson(interactions, total),
        sentiment=mean_sentiment(*feelings),
    )

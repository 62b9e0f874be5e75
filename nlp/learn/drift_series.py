"""Where the weeks before lead one to expect a figure, and how far it lies from there.

Between windows there is more spread than sampling explains. It is estimated from their residuals
(by moments, as DerSimonian & Laird 1986 do, "Meta-analysis in clinical trials"), and taken for the
same in all weeks that are judged together, however many: a swing lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy import special

from nlp.learn.sketches import Floats, Sums

FEWEST_WINDOWS = 8
SEASON_WEEKS = 3
"""Weeks earlier or later that a season may be from one year to the next: Easter moves by four."""

WAVES_FROM = 104
"""Weeks from which on the waves of a year are fitted: each was seen twice."""

_YEAR_DAYS = 365.25
LASTS = 0.1
"""Chance of each single window that is judged: less is asked of it than of all together."""


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of one window: the week's Monday, None for an industry, and its sums."""

    day: date | None
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A figure beside what was expected of it.

    Attributes:
        value: in the windows that are judged.
        interval: 95 % of it, by sampling alone.
        usual: 95 % of what was expected.
        windows: that it was expected from.
        p: chance of lying so far out, the usual spread included; None where there is no telling.
        noise_p: the same by sampling alone, as if windows did not differ.
        lasts: whether it is so in each of the windows that are judged.
    """

    value: float | None
    interval: tuple[float, float] | None
    usual: tuple[float, float] | None
    windows: int
    p: float | None
    noise_p: float | None
    lasts: bool


UNKNOWN = Outlook(
    value=None, interval=None, usual=None, windows=0, p=None, noise_p=None, lasts=False
)


def error(sums: Sums) -> float:
    """Variance of a mean over interactions."""
    if sums.number < 2:
        return float("inf")
    spread = (sums.squares - sums.total**2 / sums.number) / (sums.number - 1)
    return max(spread, 0.5 / sums.number) / sums.number


def design(days: Sequence[date | None], steps: Sequence[date], *, waves: bool) -> Floats:
    """(windows, terms): a level, a step at each day from which on all is different, and waves."""
    columns = [np.ones(len(days))]
    columns += [
        np.array([float(day is not None and day >= step) for day in days]) for step in steps
    ]
    if waves:
        angles = np.array(
            [2 * np.pi * (day.toordinal() if day else 0) / _YEAR_DAYS for day in days]
        )
        for times in (1, 2):
            columns += [np.sin(times * angles), np.cos(times * angles)]
    return np.stack(columns, axis=1)


def _has_waves(past: Sequence[date | None]) -> bool:
    known = [day for day in past if day is not None]
    return len(known) >= WAVES_FROM // 2 and _weeks(known) >= WAVES_FROM


def _weeks(days: Sequence[date]) -> int:
    return (max(days) - min(days)).days // 7 + 1 if days else 0


def designs(
    now: Sequence[date | None], past: Sequence[date | None], steps: Sequence[date]
) -> tuple[Floats, Floats] | None:
    """The terms of the windows that judge and that are judged; None where they cannot be told."""
    waves = _has_waves(past)
    before = design(past, steps, waves=waves)
    after = design(now, steps, waves=waves)
    # A step that all of history lies behind, or before, is none.
    constant = [place for place in range(1, before.shape[1]) if np.ptp(before[:, place]) == 0]
    for place in constant:
        if (after[:, place] != before[0, place]).any():
            return None
    kept = [place for place in range(before.shape[1]) if place not in constant]
    before, after = before[:, kept], after[:, kept]
    if len(past) - before.shape[1] < FEWEST_WINDOWS - 1:
        return None
    if np.linalg.matrix_rank(before) < before.shape[1]:
        return None
    return before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """What the past leads one to expect of a figure.

    Attributes:
        fitted: (terms,) coefficients.
        doubt: (terms, terms) their covariance.
        spread: variance between windows beyond sampling.
        within: variance of interactions inside their windows.
        freedom: degrees of freedom.
    """

    fitted: Floats
    doubt: Floats
    spread: float
    within: float
    freedom: int

    def reach(self, row: Floats, number: int) -> float:
        """Standard error of a prediction of windows of so many interactions."""
        return float(np.sqrt(self.within / number + self.spread + row @ self.doubt @ row))


def outlook(
    now: Sequence[Point],
    past: Sequence[Point],
    *,
    steps: Sequence[date] = (),
    tolerance: float = 0.0,
) -> Outlook:
    """A figure of the windows that are judged, beside what those before lead one to expect.

    Args:
        now: the windows that are judged, in order.
        past: windows to judge by.
        steps: days from which on all is different, as a model changed or people said so.
        tolerance: how far out is no matter, beside what is usual.
    """
    terms = designs([one.day for one in now], [one.day for one in past], steps) if now else None
    if terms is None:
        return UNKNOWN
    before, after = terms
    within = _within([one.sums for one in (*past, *now)])
    values = np.array([one.sums.mean for one in past])
    noise = within / np.array([one.sums.number for one in past])
    spread = _spread(before, values, noise)
    fitted, doubt = _fit(before, values, noise + spread)
    expected = _Expected(
        fitted=fitted,
        doubt=doubt,
        spread=spread,
        within=within,
        freedom=len(past) - before.shape[1],
    )
    total = _sum([one.sums for one in now])
    place = after.mean(axis=0)
    centre, reach = float(place @ fitted), expected.reach(place, total.number)
    gap = total.mean - centre
    beyond = max(abs(gap) - tolerance, 0.0)
    chance = 2 * tail(beyond / reach, expected.freedom)
    own = within / total.number
    alone = np.sqrt(own + place @ _fit(before, values, noise)[1] @ place)
    half = quantile(expected.freedom) * reach + tolerance
    sampling = 1.96 * float(np.sqrt(own))
    rows = zip(now, after, strict=True)
    return Outlook(
        value=total.mean,
        interval=(total.mean - sampling, total.mean + sampling),
        usual=(centre - half, centre + half),
        windows=len(past),
        p=max(chance, _season(now, past, gap, expected)),
        noise_p=2 * float(special.ndtr(-beyond / alone)),
        lasts=all(_lasts(one, row, gap, expected) for one, row in rows),
    )


def tail(value: float, freedom: int) -> float:
    """Chance that Student's t lies above a value."""
    return float(special.stdtr(freedom, -value))


def quantile(freedom: int) -> float:
    """Student's t that 97.5 % lie below."""
    return float(special.stdtrit(freedom, 0.975))


def _within(sums: Sequence[Sums]) -> float:
    """Variance of interactions inside their windows, all windows together."""
    squares = sum(one.squares - one.total**2 / one.number for one in sums)
    number = sum(one.number for one in sums)
    return max(squares / max(number - len(sums), 1), 0.5 / number)


def _sum(sums: Sequence[Sums]) -> Sums:
    total = sums[0]
    for one in sums[1:]:
        total += one
    return total


def _spread(terms: Floats, values: Floats, noise: Floats) -> float:
    """Variance between windows beyond sampling, from the residuals of an ordinary fit."""
    hat = terms @ np.linalg.pinv(terms)
    left = values - hat @ values
    free = 1 - np.diag(hat)
    return max(0.0, float((left @ left - noise @ free) / free.sum()))


def _fit(terms: Floats, values: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Coefficients by weighted least squares, and their covariance."""
    weighted = terms / variances[:, None]
    doubt = np.asarray(np.linalg.pinv(terms.T @ weighted), dtype=np.float64)
    return doubt @ (weighted.T @ values), doubt


def _lasts(one: Point, row: Floats, gap: float, expected: _Expected) -> bool:
    """Whether one window alone lies on the same side, further out than most."""
    own = float(one.sums.mean - row @ expected.fitted) * np.sign(gap)
    return bool(special.ndtr(-own / expected.reach(row, one.sums.number)) < LASTS)


def _season(now: Sequence[Point], past: Sequence[Point], gap: float, expected: _Expected) -> float:
    """Chance of so much, beside the same time of earlier years; 0 where there are none.

    The earlier weeks that come nearest count: whatever was so once at this time of the year is no
    news.
    """
    total = _sum([one.sums for one in now])
    highest = 0.0
    for span in same_season([one.day for one in now], [one.day for one in past]):
        then = _sum([past[place].sums for place in span])
        beyond = (total.mean - then.mean) * np.sign(gap)
        noise = expected.within / total.number + expected.within / then.number
        reach = np.sqrt(noise + expected.spread)
        highest = max(highest, 2 * tail(beyond / reach, expected.freedom))
    return min(highest, 1.0)


def same_season(now: Sequence[date | None], past: Sequence[date | None]) -> list[tuple[int, ...]]:
    """Runs of as many weeks, about as many years before: places in the past."""
    days = [day for day in now if day is not None]
    if not days:
        return []
    places = {day.toordinal(): place for place, day in enumerate(past) if day is not None}
    found = []
    for years in (1, 2, 3):
        for shift in range(-SEASON_WEEKS, SEASON_WEEKS + 1):
            wanted = [day.toordinal() - 364 * years + 7 * shift for day in days]
            if all(one in places for one in wanted):
                found.append(tuple(places[one] for one in wanted))
    return found

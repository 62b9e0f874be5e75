"""Whether a theme grew between two equal periods, with a test that does not cry wolf."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nlp.errors import OptionError
from nlp.themes.intervals import Doubles, adjusted, wilson
from nlp.themes.values import Ints

Movement = Literal["growing", "shrinking", "steady", "unknown"]

FEWEST = 10
"""Interactions of a theme in both periods together, below which nothing is said of its growth."""

CHANCE = 0.05
"""Of the themes that are called growing or shrinking, the share that may be neither."""

SMALLEST = 1.1
"""A change by less than this factor is called steady, however sure it is."""

WIDEST = 2.0
"""Where the interval still holds this factor either way, no change is found and none is ruled
out: that is `unknown`, not `steady`."""

_LAGS = 6  # days over which one busy day may carry on into the next: all but a week
_LEAST_DAYS = 10  # with traffic, in both periods, for an estimate of the spread


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyTable:
    """Interactions of many themes day by day, zeros included.

    Attributes:
        first: the first day.
        themes: ids, each once.
        counts: (themes, days) interactions in which the theme stands.
        totals: (days,) all mined interactions.
        born: first day of each theme, before which its zeros mean nothing; empty where all are
            older than the table.
    """

    first: date
    themes: tuple[str, ...]
    counts: Ints
    totals: Ints
    born: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        """Refuse columns that do not fit each other.

        Raises:
            ValueError: with the shapes, or the theme whose counts cannot be.
        """
        if self.counts.shape != (len(self.themes), len(self.totals)):
            raise ValueError(
                f"{len(self.themes)} themes and {len(self.totals)} days do not make counts of "
                f"shape {self.counts.shape}"
            )
        if self.born and len(self.born) != len(self.themes):
            raise ValueError(f"{len(self.born)} days of birth for {len(self.themes)} themes")
        wrong = ((self.counts < 0) | (self.counts > self.totals)).any(axis=1)
        if wrong.any():
            raise ValueError(
                f"theme {self.themes[int(wrong.argmax())]} has on some day less than no "
                f"interactions or more than were mined"
            )

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=len(self.totals) - 1)

    def lived(self) -> NDArray[np.bool_]:
        """(themes, days) whether the theme was there."""
        if not self.born:
            return np.ones(self.counts.shape, dtype=bool)
        starts = np.array([(one - self.first).days for one in self.born])
        return np.asarray(np.arange(len(self.totals)) >= starts[:, None])


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How the share of a theme changed from one period to the next of equal length.

    Attributes:
        theme: its id.
        movement: `growing` or `shrinking` where the change is beyond chance and not slight,
            `steady` where a doubling and a halving are ruled out, `unknown` otherwise.
        note: for a person: why it is so.
        before: interactions in the first period.
        now: interactions in the second.
        ratio: share now to share before; None where there was nothing before.
        low: lower end of its 95 per cent interval; None where nothing is known.
        high: upper end; None where it has none.
        p: chance of such a change, or a greater one, where nothing changed; None if not asked.
        q: the same, corrected for all the themes that were asked at once.
        dispersion: variance of the daily counts in multiples of what chance alone makes.
    """

    theme: str
    movement: Movement
    note: str
    before: int
    now: int
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None
    dispersion: float | None = None


def growth(table: DailyTable, *, period: int = 28) -> tuple[Growth, ...]:
    """Compares the last `period` days of a table with as many before them.

    The theme's counts are set against all mined interactions, so that a busier month is no growth.
    Given both counts together, the second is binomial if nothing changed; its variance is widened
    by a dispersion estimated from the theme's own days (quasi-likelihood: Wedderburn 1974,
    Biometrika 61), which grows where busy days come in a row (Newey & West 1987, Econometrica 55),
    so that a burst, or a theme that comes in waves, is no growth. The interval is that of Wilson
    on the effective counts and turns the test round: it leaves out 1 where p is below 0.05.

    Args:
        table: two periods or more; what is earlier is not looked at.
        period: in days; whole weeks, so that no weekday stands in one of them more often.

    Returns:
        One a theme, in their order; corrected over all of them (`nlp.themes.intervals.adjusted`).

    Raises:
        OptionError: the period is not whole weeks, or the table shorter than two of them.
    """
    if period < 7 or period % 7:
        raise OptionError(f"a period of {period} days: take whole weeks, such as 28")
    if len(table.totals) < 2 * period:
        raise OptionError(
            f"{len(table.totals)} days do not hold two periods of {period}: give more days or a "
            f"shorter period"
        )
    counts = table.counts[:, -2 * period :].astype(float)
    halves = counts.reshape(len(counts), 2, period)
    mined = table.totals[-2 * period :].astype(float)
    known = _Periods(
        sums=halves.sum(axis=2),
        mined=mined.reshape(2, period).sum(axis=1),
        dispersions=_dispersions(halves, mined.reshape(2, period)),
        days=int((mined > 0).sum()),
        ripe=table.lived()[:, -2 * period],
    )
    found = [_measured(theme, row, known) for row, theme in enumerate(table.themes)]
    asked = [one.p for one in found if one.p is not None]
    corrected = iter(adjusted(asked))
    return tuple(
        one if one.p is None else _judged(replace(one, q=float(next(corrected)))) for one in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Periods:
    """What both periods come to: sums (themes, 2), mined (2,), dispersions and ripe (themes,)."""

    sums: Doubles
    mined: Doubles
    dispersions: Doubles
    days: int
    ripe: NDArray[np.bool_]


def _dispersions(halves: Doubles, mined: Doubles) -> Doubles:
    """Pearson's dispersion of each theme's days, times what rows of busy days add; 1 or more.

    Args:
        halves: (themes, 2, days) counts.
        mined: (2, days) all interactions.
    """
    rates = halves.sum(axis=2) / np.maximum(mined.sum(axis=1), 1)
    expected = np.maximum(rates[:, :, None] * mined, 1e-9)
    # A day on which nothing was mined says nothing.
    residuals = np.where(mined > 0, (halves - expected) / np.sqrt(expected), 0.0)
    squares = (residuals**2).sum(axis=(1, 2))
    spread = squares / max(int((mined > 0).sum()) - 2, 1)
    carried = np.ones(len(halves))
    for lag in range(1, _LAGS + 1):
        products = (residuals[:, :, lag:] * residuals[:, :, :-lag]).sum(axis=(1, 2))
        carried += 2 * (1 - lag / (_LAGS + 1)) * products / np.maximum(squares, 1e-9)
    return np.asarray(np.maximum(spread, 1.0) * np.maximum(carried, 1.0))


def _measured(theme: str, row: int, known: _Periods) -> Growth:
    """Ratio, interval and p of one theme; without p where there is not enough to say."""
    before, now = known.sums[row]
    said = Growth(theme=theme, movement="unknown", note="", before=int(before), now=int(now))
    if not known.ripe[row]:
        return replace(said, note="the theme is younger than both periods")
    if known.mined.min() == 0 or known.days < _LEAST_DAYS:
        return replace(said, note="too few days on which anything was mined")
    if before + now < FEWEST:
        return replace(said, note=f"{before + now:.0f} interactions, fewer than {FEWEST}")
    dispersion, total = float(known.dispersions[row]), before + now
    even = known.mined[1] / known.mined.sum()
    spread = np.sqrt(dispersion * total * even * (1 - even))
    freedom = known.days - 2
    p = min(1.0, 2 * float(special.stdtr(freedom, -abs(now - total * even) / spread)))
    inside = wilson(
        now / dispersion,
        total / dispersion,
        deviations=float(special.stdtrit(freedom, 0.975)),
    )
    low, high = (0.0, 1.0) if inside is None else (inside.low, inside.high)
    odds = known.mined[0] / known.mined[1]
    return replace(
        said,
        ratio=float(now / before * odds) if before else None,
        low=float(low / (1 - low) * odds) if low < 1 else None,
        high=float(high / (1 - high) * odds) if before and high < 1 else None,
        p=p,
        dispersion=dispersion,
    )


def _judged(one: Growth) -> Growth:
    low, high = one.low or 0.0, np.inf if one.high is None else one.high
    ratio = np.inf if one.ratio is None else one.ratio
    if one.q is not None and one.q <= CHANCE:
        if ratio >= SMALLEST:
            return replace(one, movement="growing", note="its share of interactions grew")
        if ratio <= 1 / SMALLEST:
            return replace(one, movement="shrinking", note="its share of interactions shrank")
        return replace(one, movement="steady", note="the change is slight")
    if low > 1 / WIDEST and high < WIDEST:
        return replace(one, movement="steady", note="a doubling and a halving are ruled out")
    return replace(one, note="the counts are too few or too uneven to tell")

"""Whether a theme bursts today: its count against what its own last weeks lead one to expect.

The baseline is a gamma-Poisson model of each theme: its level against the traffic beside it, with
recent days weighing more (West, Harrison & Migon 1985, JASA 80) and a slope that carries it on; a
factor for each weekday, drawn towards 1 until there are weeks enough; and an overdispersion
estimated from the residuals. Days that stick out are left out and the rest fitted again, where
Noufaily et al. 2013 (Statistics in Medicine 32, "An improved algorithm for outbreak detection in
multiple surveillance systems") lower the weight of past outbreaks. The expectation is a negative
binomial, as wide as all of that is unsure, and averaged over what the overdispersion may be. Today
alone, and yesterday and today together, are held against it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nlp.errors import OptionError
from nlp.themes.growth import DailyTable
from nlp.themes.intervals import Doubles

Bools = NDArray[np.bool_]

BurstVerdict = Literal["burst", "calm", "unknown"]

_FITS = 3  # times that what sticks out is left out and the rest fitted again; it settles by then
_WEEKS = 4  # from which on the median of a weekday says something
_HERMITE = ((-np.sqrt(3), 1 / 6), (0.0, 2 / 3), (np.sqrt(3), 1 / 6))  # Gauss, three points
_LEVEL_START = 0.5  # interactions added to a theme's past: one that never spoke is not impossible


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """How bursts are judged.

    The defaults were chosen on simulated days of other seeds than are reported;
    `python -m benchmarks.bursts --choose` compares them with their neighbours.

    Attributes:
        level: a theme is said to burst where chance makes such a count less often than this, a
            theme and day. It is a rate of false alerts and so is not corrected over themes: 1 in
            3000 is one a month for each hundred themes. The default is half of that, because real
            themes move in ways that no model foresees.
        history: days that are looked back on.
        half_life: days after which a day weighs half in the level of the theme today.
        weekdays: expected interactions of a weekday from which on its own factor weighs as much as
            the traffic's weekday.
        dispersion: what is expected of a theme whose own days say little: variance of its daily
            rate in squares of the rate.
        spread: standard deviation of that from theme to theme.
        trend: how fast the level of themes usually moves: standard deviation of its logarithm a
            day.
        drift: by which share it strays from that: standard deviation of its logarithm.
        sticks_out: in standard deviations: a day of the past above this is left out.
        most_left_out: share of the past that may be left out: what lasts is a new level.
        fewest: interactions in the one or two days, below which nothing is a burst.
        smallest: times the expectation, below which nothing is a burst.
        least_days: of history with traffic, below which nothing is said.
    """

    level: float = 1 / 6000
    history: int = 112
    half_life: float = 10.0
    weekdays: float = 40.0
    dispersion: float = 0.05
    spread: float = 0.05
    trend: float = 0.006
    drift: float = 0.07
    sticks_out: float = 3.0
    most_left_out: float = 0.25
    fewest: int = 5
    smallest: float = 1.5
    least_days: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What is said of one theme on one day.

    Attributes:
        theme: its id.
        verdict: `unknown` where the history is too short or nothing was mined today.
        days: 1 where today alone is the most unlikely, 2 where it is yesterday and today.
        count: interactions in these days.
        expected: how many were to be expected.
        ratio: count over expectation.
        p: chance of as many or more, corrected for having looked at one day and at two; 1 where
            nothing is known.
    """

    theme: str
    verdict: BurstVerdict
    days: int
    count: int
    expected: float
    ratio: float
    p: float


def bursts(table: DailyTable, *, caution: Caution | None = None) -> tuple[Burst, ...]:
    """Judges the last day of the table.

    Args:
        table: its last two days are judged by the days before them, `caution.history` of them
            where there are as many. Of a day that is not over yet, a burst is found once its count
            is high enough: ask again later.
        caution: how bursts are judged.

    Returns:
        One a theme, in their order. A theme of which nothing was heard today never bursts.

    Raises:
        OptionError: the table has fewer than three days.
    """
    manner = caution or Caution()
    if len(table.totals) < 3:
        raise OptionError(f"{len(table.totals)} days: bursts need two and the days before them")
    traffic = _Traffic.of(table, manner)
    baseline = _fitted(traffic, manner)
    chances, counts, expected = _tails(traffic, baseline)
    days = np.where(chances[:, 1] < chances[:, 0], 2, 1)
    rows = np.arange(len(days))
    count, likely = counts[rows, days - 1], expected[rows, days - 1]
    ratio = count / np.maximum(likely, 1e-9)
    p = np.minimum(chances.min(axis=1) * 2, 1.0)
    known = (traffic.valid.sum(axis=1) >= manner.least_days) & (table.totals[-1] > 0)
    stands_out = (
        (p <= manner.level)
        & (count >= manner.fewest)
        & (ratio >= manner.smallest)
        # Yesterday's burst is not today's where today is as usual.
        & (counts[:, 0] > expected[:, 0])
    )
    return tuple(
        Burst(
            theme=theme,
            verdict=("burst" if stands_out[row] else "calm") if known[row] else "unknown",
            days=int(days[row]),
            count=int(count[row]),
            expected=float(likely[row]),
            ratio=float(ratio[row]),
            p=float(p[row]) if known[row] else 1.0,
        )
        for row, theme in enumerate(table.themes)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traffic:
    """Counts and what they are set against, the two judged days last.

    Attributes:
        counts: (themes, days).
        beside: (themes, days) other interactions of the day, 1 added: a theme that is a large part
            of the traffic must not hide behind itself.
        noise: (themes, days) relative variance of `beside`.
        valid: (themes, days before) whether the day says something of the theme.
        nearness: (days before, days) what the one day weighs in the level of the other; a day
            weighs nothing in its own, so that what sticks out does not hide behind itself.
        weekdays: (days, 7) one 1 a row.
    """

    counts: Doubles
    beside: Doubles
    noise: Doubles
    valid: Bools
    nearness: Doubles
    weekdays: Doubles

    @classmethod
    def of(cls, table: DailyTable, caution: Caution) -> "_Traffic":
        size = min(caution.history + 2, len(table.totals))
        counts = table.counts[:, -size:].astype(float)
        totals = table.totals[-size:]
        others = totals - counts
        # Today and yesterday are as far from the days before: neither knows the other.
        days = np.minimum(np.arange(size), size - 2)
        apart = np.abs(days[:-2, None] - days)
        # A past day has days on both sides: half as far they are as many, and bend less.
        halves = np.where(days < size - 2, caution.half_life / 2, caution.half_life)
        places = (table.last.weekday() - np.arange(size - 1, -1, -1)) % 7
        return cls(
            counts=counts,
            beside=others + 1.0,
            noise=others / (others + 1.0) ** 2,
            valid=(table.lived()[:, -size:] & (totals > 0))[:, :-2],
            nearness=np.where(apart == 0, 0.0, 0.5 ** (apart / halves)),
            weekdays=np.eye(7)[places],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Baseline:
    """What a theme's past says of its days.

    Attributes:
        expected: (themes, days) before the two judged days and on them.
        level: (themes,) relative variance of the level.
        weekday: (themes, days) relative variance of the weekday's factor.
        dispersion: (themes,) variance of the daily rate in squares of the rate.
        doubt: (themes,) variance of that estimate.
    """

    expected: Doubles
    level: Doubles
    weekday: Doubles
    dispersion: Doubles
    doubt: Doubles


def _fitted(traffic: _Traffic, caution: Caution) -> _Baseline:
    past = traffic.counts[:, :-2]
    expected = _at_first(traffic)
    dispersion = np.full(len(past), caution.dispersion)
    for _ in range(_FITS):
        kept = _kept(traffic, expected[:, : past.shape[1]], dispersion, caution)
        factors, unsure = _factors(traffic, kept, caution)
        shape = traffic.beside * (factors @ traffic.weekdays.T)
        heard = np.where(kept, past, 0.0) @ traffic.nearness + _LEVEL_START
        due = np.where(kept, shape[:, :-2], 0.0) @ traffic.nearness
        expected = heard / np.maximum(due, 1e-9) * shape
        dispersion, doubt = _dispersion(past, expected[:, :-2], kept, caution)
    flat = np.where(kept, shape[:, :-2] * (heard / np.maximum(due, 1e-9))[:, -1:], 0.0)
    variances = np.where(kept, past + dispersion[:, None] * expected[:, :-2] ** 2, 0.0)
    moved, unsteady = _moved(traffic, flat, np.where(kept, past, 0.0), variances, caution)
    expected[:, -2:] *= moved[:, None]
    return _Baseline(
        expected=expected,
        level=unsteady,
        weekday=unsure @ traffic.weekdays.T,
        dispersion=dispersion,
        doubt=doubt,
    )


def _at_first(traffic: _Traffic) -> Doubles:
    """(themes, days before) generously expected by medians, to tell what sticks out at first.

    The greater of the median of all days and that of the weekday: a theme of Mondays must not lose
    its Mondays, and a burst is seldom on half of them.
    """
    beside = traffic.beside[:, :-2]
    rates = np.where(traffic.valid, traffic.counts[:, :-2] / beside, np.nan)
    rates[~traffic.valid.any(axis=1)] = 0.0
    usual = np.repeat(np.nanmedian(rates, axis=1)[:, None], rates.shape[1], axis=1)
    for weekday in traffic.weekdays[:-2].T.astype(bool):
        heard = np.where(np.isnan(rates[:, weekday]), 0.0, rates[:, weekday])
        if heard.shape[1] >= _WEEKS:
            usual[:, weekday] = np.maximum(usual[:, weekday], np.median(heard, axis=1)[:, None])
    return np.asarray(usual * beside)


def _moved(
    traffic: _Traffic, flat: Doubles, counts: Doubles, variances: Doubles, caution: Caution
) -> tuple[Doubles, Doubles]:
    """How far the level moved on since the days that it was taken from, and how unsure it is now.

    Their mean age is weeks. The slope is that of a regression with the same weights; a normal prior
    draws it to 0 while the days say little.

    Args:
        traffic: what the counts are set against.
        flat: (themes, days before) expected if the level of today had held, 0 for days left out.
        counts: (themes, days before), 0 for days left out.
        variances: (themes, days before) of the counts.
        caution: how bursts are judged.

    Returns:
        (themes,) factors, and (themes,) relative variances of the level, moved on.
    """
    weights = traffic.nearness[:, -1]
    ages = np.arange(len(weights), 0, -1.0)
    heard = flat @ weights + _LEVEL_START
    age = (flat @ (weights * ages)) / heard
    apart = ages - age[:, None]
    due = np.maximum((weights * flat * apart**2).sum(axis=1), 1e-9)
    slope = -(weights * apart * counts).sum(axis=1) / due
    variance = ((weights * apart) ** 2 * variances).sum(axis=1) / due**2 + 1e-12
    trust = caution.trend**2 / (caution.trend**2 + variance)
    # What one interaction more on a day would add: to the level, and by the slope. Recent days add
    # to both, so that the two variances may not simply be summed.
    adds = weights * (1 / heard[:, None] - (trust * age / due)[:, None] * apart)
    unsure = (adds**2 * variances).sum(axis=1) + _LEVEL_START / heard**2
    strays = ((1 - trust) * caution.trend * age) ** 2 + caution.drift**2
    return np.exp(trust * slope * age), unsure + strays


def _kept(traffic: _Traffic, expected: Doubles, dispersion: Doubles, caution: Caution) -> Bools:
    """(themes, days before) whether the day is as usual, or one too many to be left out.

    Residuals are those of Anscombe 1948 (Biometrika 35), about normal for small counts too.
    """
    counts = traffic.counts[:, :-2]
    gap = 2 * (np.sqrt(counts + 0.375) - np.sqrt(expected + 0.375))
    residuals = gap / np.sqrt(1 + dispersion[:, None] * expected)
    residuals[~traffic.valid] = -np.inf
    ranked = np.sort(residuals, axis=1)
    spared = (caution.most_left_out * traffic.valid.sum(axis=1)).astype(int)
    places = np.maximum(ranked.shape[1] - 1 - spared, 0)
    most = np.take_along_axis(ranked, places[:, None], axis=1)
    return np.asarray(traffic.valid & (residuals <= np.maximum(caution.sticks_out, most)))


def _factors(traffic: _Traffic, kept: Bools, caution: Caution) -> tuple[Doubles, Doubles]:
    """Each weekday's factor beside the traffic's own week, and its relative variance, (themes, 7).

    A gamma prior of mean 1 draws it to 1 until the weekday has been heard often enough.
    """
    before = traffic.weekdays[:-2]
    heard = np.where(kept, traffic.counts[:, :-2], 0.0)
    # The level goes without weekdays here, or the factors would feed on themselves.
    beside = np.where(kept, traffic.beside[:, :-2], 0.0)
    near = traffic.nearness[:, :-2]
    level = (heard @ near + _LEVEL_START) / np.maximum(beside @ near, 1e-9)
    there = heard @ before + caution.weekdays
    due = (level * beside) @ before + caution.weekdays
    return there / due, 1 / due


def _dispersion(
    counts: Doubles, expected: Doubles, kept: Bools, caution: Caution
) -> tuple[Doubles, Doubles]:
    """(themes,) dispersion and the variance of what is known of it.

    It is found by moments over the kept days and drawn towards what is usual while these say
    little: both weigh by the inverses of their variances. That of the moments is what gamma rates
    would make, of the fourth moment 3 + 6 * dispersion.
    """
    usual = caution.dispersion
    due = np.where(kept, expected, 0.0)
    surplus = np.where(kept, (counts - expected) ** 2 - expected, 0.0).sum(axis=1)
    squares = np.maximum((due**2).sum(axis=1), 1e-9)
    found = surplus / squares
    wide = np.maximum(found, usual / 5)
    noise = ((due + wide[:, None] * due**2) ** 2).sum(axis=1)
    variance = (2 + 6 * wide) * np.maximum(noise, 1e-18) / squares**2
    trust = caution.spread**2 / (caution.spread**2 + variance)
    mean = np.maximum(trust * found + (1 - trust) * usual, 0.0)
    return np.asarray(mean), np.asarray(trust * variance)


def _tails(traffic: _Traffic, baseline: _Baseline) -> tuple[Doubles, Doubles, Doubles]:
    """Chances, counts and expectations of today, and of both days, each (themes, 2)."""
    last, before = baseline.expected[:, -1], baseline.expected[:, -2]
    counts = np.stack([traffic.counts[:, -1], traffic.counts[:, -2:].sum(axis=1)], axis=1)
    expected = np.stack([last, last + before], axis=1)
    chances = np.zeros(counts.shape)
    for deviations, weight in _HERMITE:
        moved = baseline.dispersion + deviations * np.sqrt(baseline.doubt)
        own = np.maximum(moved, 0.0)[:, None] + baseline.weekday[:, -2:] + traffic.noise[:, -2:]
        apart = baseline.expected[:, -2:] ** 2 * own
        surplus = np.stack([apart[:, 1], apart.sum(axis=1)], axis=1)
        # The level is as wrong on both days: its part adds up before it is squared.
        surplus = np.maximum(surplus + baseline.level[:, None] * expected**2, 1e-9)
        size = expected**2 / surplus
        # P(Y >= y) of a negative binomial, as an incomplete beta function.
        share = expected / (expected + size)
        chances += weight * special.betainc(np.maximum(counts, 1), size, share)
    return np.where(counts > 0, chances, 1.0), counts, expected

"""How soon a burst is found, and how often noise is taken for one: `python -m benchmarks.bursts`.

The days are simulated. A theme has a base rate a day, a slow wave (30 per cent up and down in 180
days, about 1 per cent a day at its steepest), and a week of its own (log-normal, 15 per cent)
beside that of the traffic (Monday 1.3 to Sunday 0.65). The traffic of about 1000 interactions a
day has noise of its own (8 per cent), and one day in thirty is half as busy again: for every
theme, which is no burst. Counts are Poisson, or negative binomial with a variance of mean + d *
mean^2. One theme in five burst four times its rate in the weeks before. A spike takes a day's mean
times 3, that of a Sunday too, and lasts three days, or one. It is found where its first or second
day is called a burst. An alert is what `nlp.themes.alerts` makes of the verdicts, so that three
days in a row are one; false is any that is opened or reopened where there was no spike, a month
and 100 themes.

Beside it: a count above the mean of 28 days and three standard deviations; a plain Poisson tail
beyond the mean of 28 days, rarer than 1 in 3000; the same with the day's traffic; and, as a bound
that nobody can reach, the exact tail of who knows each day's true mean and the true dispersion.

The second table is of growth between two times 28 days, steady themes and those that grow by half,
beside a plain test of two Poisson counts at 5 per cent.

`--choose` prints the settings that were compared, on seeds of their own.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nlp.themes.alerts import Alert, Signal, after
from nlp.themes.bursts import Caution, bursts
from nlp.themes.growth import DailyTable, growth

Doubles = NDArray[np.float64]
Detector = Callable[["Days"], NDArray[np.bool_]]

START = date(2024, 1, 1)  # a Monday
WEEK = np.array([1.3, 1.15, 1.1, 1.05, 1.0, 0.75, 0.65])
TRAFFIC = 1000
RATES = (2, 5, 8, 10, 15, 30)
DISPERSIONS = (0.0, 0.02, 0.05, 0.1)
HISTORY = 126
JUDGED = 45
SPIKE_DAYS = range(HISTORY, HISTORY + 14)  # each weekday twice
MONTH = 30
CHOOSING = range(1000, 1002)
REPORTING = range(3)
PROMISED = 1 / 3000  # a theme and day: one a month for each 100 themes


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Simulated days, and what nobody knows of them.

    Attributes:
        table: what a detector may look at.
        means: (themes, days) true means without spikes and earlier bursts.
        dispersion: the true one.
    """

    table: DailyTable
    means: Doubles
    dispersion: float

    def until(self, day: int) -> "Days":
        """As it was at the end of a day."""
        counts, totals = self.table.counts[:, : day + 1], self.table.totals[: day + 1]
        return replace(self, table=replace(self.table, counts=counts, totals=totals))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Themes alike in rate and noise.

    Attributes:
        rate: mean a day.
        dispersion: variance of the daily rate in squares of the rate; 0 is Poisson.
        themes: how many.
        days: how many.
        spike: the first day of a spike, or None.
        lasts: its days.
        factor: by what it multiplies a day's mean.
        wave: how far the rate goes up and down.
        burst_before: share of themes that burst in the weeks before.
    """

    rate: float
    dispersion: float
    themes: int = 400
    days: int = HISTORY + JUDGED
    spike: int | None = None
    lasts: int = 3
    factor: float = 3.0
    wave: float = 0.3
    burst_before: float = 0.2

    def drawn(self, seed: int) -> Days:
        """The days of a seed."""
        rng = np.random.default_rng([seed, int(self.rate * 10), int(self.dispersion * 100)])
        days = np.arange(self.days)
        noise = rng.normal(0, 0.08, self.days)
        busy = np.where(rng.random(self.days) < 1 / 30, 1.5, 1.0)
        season = 1 + 0.2 * np.sin(2 * np.pi * (days / 200 + rng.random()))
        traffic = WEEK[days % 7] * np.exp(noise) * busy * season
        own_week = np.exp(rng.normal(0, 0.15, (self.themes, 7)))
        own_week /= own_week.mean(axis=1, keepdims=True)
        wave = 1 + self.wave * np.sin(2 * np.pi * (days / 180 + rng.random((self.themes, 1))))
        means = self.rate * traffic * wave * own_week[:, days % 7]
        if self.spike is not None:  # it begins at the rate that the world is named after
            means /= (season * wave)[:, [self.spike]]
        moved = means.copy()
        anchor = HISTORY if self.spike is None else self.spike
        for theme in np.flatnonzero(rng.random(self.themes) < self.burst_before):
            begins = anchor - int(rng.integers(10, 40))
            moved[theme, begins : begins + 2] *= 4
        if self.spike is not None:
            moved[:, self.spike : self.spike + self.lasts] *= self.factor
        if self.dispersion:
            moved *= rng.gamma(1 / self.dispersion, self.dispersion, moved.shape)
        counts = rng.poisson(moved)
        totals = np.maximum(rng.poisson(TRAFFIC * traffic), counts.max(axis=0))
        table = DailyTable(
            first=START,
            themes=tuple(str(theme) for theme in range(self.themes)),
            counts=counts.astype(np.int64),
            totals=totals.astype(np.int64),
        )
        return Days(table=table, means=means, dispersion=self.dispersion)


def ours(caution: Caution) -> Detector:
    """The detector of the project, with some settings."""

    def detect(days: Days) -> NDArray[np.bool_]:
        return np.array([one.verdict == "burst" for one in bursts(days.table, caution=caution)])

    return detect


def z_score(days: Days) -> NDArray[np.bool_]:
    """Above the mean of 28 days and three standard deviations."""
    past = days.table.counts[:, -29:-1]
    return np.asarray(days.table.counts[:, -1] > past.mean(axis=1) + 3 * past.std(axis=1, ddof=1))


def poisson(days: Days) -> NDArray[np.bool_]:
    """A Poisson tail above the mean of 28 days."""
    return _tail(days.table.counts[:, -1], days.table.counts[:, -29:-1].mean(axis=1))


def poisson_share(days: Days) -> NDArray[np.bool_]:
    """A Poisson tail above the share of 28 days times today's traffic."""
    counts, totals = days.table.counts, days.table.totals
    shares = counts[:, -29:-1].sum(axis=1) / totals[-29:-1].sum()
    return _tail(counts[:, -1], shares * totals[-1])


def all_knowing(days: Days) -> NDArray[np.bool_]:
    """The exact tail of one day or of two, from the true means and the true dispersion."""
    last = days.table.counts.shape[1]
    counts, means = days.table.counts[:, last - 2 :], days.means[:, last - 2 : last]
    chances = []
    for part in (slice(1, None), slice(None)):
        mean = means[:, part].sum(axis=1)
        size = mean**2 / np.maximum(days.dispersion * (means[:, part] ** 2).sum(axis=1), 1e-9)
        count = counts[:, part].sum(axis=1)
        tail = special.betainc(np.maximum(count, 1), size, mean / (mean + size))
        chances.append(np.where(count > 0, tail, 1.0))
    return np.asarray(2 * np.minimum(*chances) <= PROMISED)


def _tail(counts: NDArray[np.int64], means: Doubles) -> NDArray[np.bool_]:
    # P(Y >= y) of a Poisson, as an incomplete gamma function.
    tails = special.gammainc(np.maximum(counts, 1), np.maximum(means, 1e-9))
    return np.asarray((counts > 0) & (tails <= PROMISED))


def false_alerts(world: World, detect: Detector, seeds: range) -> float:
    """Alerts that are opened or reopened in noise, a month and 100 themes."""
    found = 0
    for seed in seeds:
        days = world.drawn(seed)
        alerts: list[Alert | None] = [None] * world.themes
        for day in range(HISTORY, world.days):
            verdicts = detect(days.until(day))
            for theme in np.flatnonzero(verdicts):
                was = alerts[theme]
                signal = Signal(theme=str(theme), kind="burst", holds=True, strength=1.0)
                now = after(was, signal, START + timedelta(days=day))
                alerts[theme] = now
                found += _told(now) != _told(was)
    return found / (len(seeds) * world.themes * (world.days - HISTORY)) * MONTH * 100


def _told(alert: Alert | None) -> tuple[date, int] | None:
    """What changes when a person is told: a new alert, or one that is reopened."""
    return None if alert is None else (alert.opened, alert.reopened)


def found_share(world: World, detect: Detector, seeds: range) -> float:
    """Share of spikes of which the first or the second day is called a burst."""
    shares = []
    for seed in seeds:
        for spike in SPIKE_DAYS:
            begun = replace(world, spike=spike, days=spike + 2)
            days = begun.drawn(seed * 100 + spike)
            shares.append((detect(days.until(spike)) | detect(days)).mean())
    return float(np.mean(shares))


def named(dispersion: float) -> str:
    """The noise, for a table."""
    return f"negative binomial, d = {dispersion:g}" if dispersion else "Poisson"


def rows(seeds: range, detectors: dict[str, Detector]) -> Iterator[str]:
    """The table of bursts, line by line: of each detector, found within two days and false."""
    yield (
        "| counts | rate a day | "
        + " | ".join(f"{name}: found | of one day | false" for name in detectors)
        + " |"
    )
    yield "|---|---|" + "---|" * 3 * len(detectors)
    for dispersion in DISPERSIONS:
        for rate in RATES:
            world = World(rate=rate, dispersion=dispersion)
            spiked = replace(world, themes=100)
            cells = []
            for detect in detectors.values():
                share = found_share(spiked, detect, seeds)
                short = found_share(replace(spiked, lasts=1), detect, seeds)
                false = false_alerts(world, detect, seeds)
                cells.append(f"{share:.1%} | {short:.1%} | {false:.2f}")
            yield f"| {named(dispersion)} | {rate} | {' | '.join(cells)} |"


def choices() -> Iterator[str]:
    """Settings compared on seeds of their own, line by line."""
    usual = Caution()
    tried: dict[str, Caution] = {"as it is": usual}
    options: dict[str, tuple[Any, ...]] = {
        "level": (1 / 10000, 1 / 3000),
        "half_life": (7.0, 14.0),
        "trend": (0.003, 0.01),
        "drift": (0.03, 0.1),
        "dispersion": (0.03, 0.08),
    }
    for name, values in options.items():
        for value in values:
            tried[f"{name} {value:.3g}"] = replace(usual, **{name: value})
    worlds = [World(rate=rate, dispersion=d) for d in DISPERSIONS for rate in (8, 30)]
    yield "| settings | " + " | ".join(f"{one.rate}, d {one.dispersion:g}" for one in worlds) + " |"
    yield "|---|" + "---|" * len(worlds)
    for name, caution in tried.items():
        cells = []
        for world in worlds:
            share = found_share(replace(world, themes=50), ours(caution), CHOOSING)
            false = false_alerts(world, ours(caution), CHOOSING)
            cells.append(f"{share:.0%}, {false:.2f}")
        yield f"| {name} | {' | '.join(cells)} |"


def growing(seeds: range) -> Iterator[str]:
    """The table of growth, line by line."""
    yield (
        "| counts | rate a day | steady: said to move | grown by half: found | unknown "
        "| two Poisson counts: said to move | found |"
    )
    yield "|---|---|---|---|---|---|---|"
    for dispersion in DISPERSIONS:
        for rate in (0.5, 2, 5, 10, 30):
            cells: list[list[float]] = []
            for factor in (1.0, 1.5):
                world = World(
                    rate=rate,
                    dispersion=dispersion,
                    days=56,
                    spike=28,
                    lasts=28,
                    factor=factor,
                    wave=0.0,
                    burst_before=0.0,
                )
                tables = [world.drawn(seed).table for seed in seeds]
                found = [one for table in tables for one in growth(table)]
                plain = np.concatenate([_differ(table) for table in tables])
                moved = np.mean([one.movement in {"growing", "shrinking"} for one in found])
                cells.append(
                    [
                        float(moved),
                        float(np.mean([one.movement == "unknown" for one in found])),
                        float(plain.mean()),
                    ]
                )
            (still, _, plain_still), (grown, unknown, plain_grown) = cells
            yield (
                f"| {named(dispersion)} | {rate} | {still:.1%} | {grown:.0%} | {unknown:.0%} "
                f"| {plain_still:.1%} | {plain_grown:.0%} |"
            )


def _differ(table: DailyTable) -> NDArray[np.bool_]:
    """Whether two counts differ at 5 per cent, as if they were Poisson and the traffic the same."""
    before, now = table.counts[:, :28].sum(axis=1), table.counts[:, 28:].sum(axis=1)
    return np.asarray(np.abs(now - before) > 1.96 * np.sqrt(before + now))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--choose", action="store_true", help="compare settings")
    wanted = parser.parse_args()
    everyone: dict[str, Detector] = {
        "ours": ours(Caution()),
        "3-sigma": z_score,
        "Poisson": poisson,
        "Poisson, traffic": poisson_share,
        "all-knowing": all_knowing,
    }
    for line in choices() if wanted.choose else rows(REPORTING, everyone):
        print(line, flush=True)
    if not wanted.choose:
        print()
        for line in growing(REPORTING):
            print(line, flush=True)

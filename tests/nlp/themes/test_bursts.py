"""Bursts: what sticks out is found, and what only looks like it is not."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from nlp.errors import OptionError
from nlp.themes.bursts import Burst, Caution, bursts
from nlp.themes.growth import DailyTable

FIRST = date(2026, 1, 5)  # a Monday
WEEK = np.array([1.3, 1.15, 1.1, 1.05, 1.0, 0.75, 0.65])


def table(means: NDArray[np.float64], *, traffic: NDArray[np.float64] | None = None) -> DailyTable:
    """Poisson counts of a seed, beside steady traffic unless some is given."""
    counts = np.random.default_rng(6).poisson(means).astype(np.int64)
    days = counts.shape[1]
    totals = np.full(days, 2000.0) if traffic is None else traffic
    return DailyTable(
        first=FIRST,
        themes=tuple(str(row) for row in range(len(counts))),
        counts=counts,
        totals=totals.astype(np.int64),
    )


def steady(days: int = 100, *, themes: int = 100, rate: float = 15.0) -> NDArray[np.float64]:
    return np.full((themes, days), rate)


def share(found: tuple[Burst, ...]) -> float:
    return float(np.mean([one.verdict == "burst" for one in found]))


def test_three_times_the_rate_is_a_burst_and_the_rate_itself_is_none() -> None:
    means = steady()
    means[:50, -1] *= 3
    found = bursts(table(means))
    assert share(found[:50]) >= 0.95
    assert share(found[50:]) == 0
    assert np.mean([one.expected / one.days for one in found]) == pytest.approx(15, rel=0.03)
    assert all(one.ratio == pytest.approx(one.count / one.expected) for one in found)


def test_two_days_together_show_what_neither_shows_alone() -> None:
    counts = np.full((1, 100), 6, dtype=np.int64)
    counts[0, ::2] = 5
    slight = DailyTable(
        first=FIRST, themes=("a",), counts=counts, totals=np.full(100, 2000, dtype=np.int64)
    )
    verdicts = {}
    for name, last in {"one": (5, 17), "two": (17, 17), "over": (17, 5)}.items():
        counts = slight.counts.copy()
        counts[0, -2:] = last
        (verdicts[name],) = bursts(replace(slight, counts=counts))
    assert verdicts["one"].verdict == "calm"
    assert (verdicts["two"].verdict, verdicts["two"].days, verdicts["two"].count) == (
        "burst",
        2,
        34,
    )
    assert verdicts["over"].verdict == "calm"


def test_a_busy_day_is_no_burst() -> None:
    traffic = np.full(100, 2000.0)
    traffic[-1] = 6000
    means = steady() * traffic / 2000
    assert share(bursts(table(means, traffic=traffic))) <= 0.01
    assert share(bursts(table(means))) > 0.95  # were the traffic not known


def test_a_week_of_its_own_is_learnt() -> None:
    own = np.array([3.0, 1.0, 0.8, 0.8, 0.8, 0.3, 0.3])
    means = 15 * own[np.arange(99) % 7] * np.ones((100, 1))  # the last day is a Monday
    found = bursts(table(means))
    assert share(found) <= 0.02
    mean = np.mean([one.expected for one in found if one.days == 1])
    assert mean == pytest.approx(45, rel=0.15)


def test_an_earlier_burst_does_not_hide_the_next() -> None:
    means = steady(rate=10.0)
    means[:, 80:84] *= 8
    means[:, -1] *= 4
    assert share(bursts(table(means))) >= 0.95


def test_what_lasts_becomes_the_new_level() -> None:
    means = steady(120)
    means[:, 40:] *= 3
    assert share(bursts(table(means))) <= 0.01
    assert (
        share(
            bursts(
                replace(
                    table(means),
                    counts=table(means).counts[:, :42],
                    totals=table(means).totals[:42],
                )
            )
        )
        >= 0.95
    )


def test_a_slow_rise_is_no_burst() -> None:
    means = steady() * np.exp(np.log(2) * np.arange(100) / 70)
    found = bursts(table(means))
    assert share(found) == 0
    now = float(means[0, -1])
    assert np.mean([one.expected / one.days for one in found]) == pytest.approx(now, rel=0.1)


def test_uneven_days_widen_what_is_expected() -> None:
    rng = np.random.default_rng(8)
    means = steady(themes=100, rate=20.0)
    means = means * rng.gamma(1 / 0.2, 0.2, means.shape)
    means[:, -2:] = 20.0, 45.0
    wild = share(bursts(table(means)))
    even = steady(themes=100, rate=20.0)
    even[:, -1] = 45.0
    assert share(bursts(table(even))) > wild + 0.5


def test_a_theme_that_is_most_of_the_traffic_does_not_hide_behind_itself() -> None:
    counts = np.full((1, 60), 30, dtype=np.int64)
    counts[0, -1] = 150
    totals = counts[0] + 10
    (found,) = bursts(DailyTable(first=FIRST, themes=("a",), counts=counts, totals=totals))
    assert found.verdict == "burst"
    (alone,) = bursts(DailyTable(first=FIRST, themes=("a",), counts=counts, totals=counts[0]))
    assert alone.verdict == "burst"


def test_few_interactions_are_no_burst() -> None:
    counts = np.zeros((1, 60), dtype=np.int64)
    totals = np.full(60, 1000, dtype=np.int64)
    for last, verdict in ((4, "calm"), (6, "burst"), (0, "calm")):
        counts[0, -1] = last
        (found,) = bursts(DailyTable(first=FIRST, themes=("a",), counts=counts, totals=totals))
        assert found.verdict == verdict


def test_what_cannot_be_known_is_unknown() -> None:
    means = steady(15)
    assert {one.verdict for one in bursts(table(means))} == {"unknown"}  # 13 days before
    assert {one.p for one in bursts(table(means))} == {1.0}
    assert {one.verdict for one in bursts(table(steady(16)))} <= {"calm", "burst"}
    counts = np.full((1, 40), 5, dtype=np.int64)
    totals = np.full(40, 50, dtype=np.int64)
    counts[0, -1] = totals[-1] = 0
    (found,) = bursts(DailyTable(first=FIRST, themes=("a",), counts=counts, totals=totals))
    assert found.verdict == "unknown"
    with pytest.raises(OptionError, match="2 days: bursts need"):
        bursts(table(steady(2)))


def test_a_young_theme_is_judged_by_the_days_it_lived() -> None:
    counts = np.full((3, 60), 12, dtype=np.int64)
    counts[:, :40] = 0
    born = (FIRST + timedelta(days=40), FIRST + timedelta(days=50), FIRST - timedelta(days=9))
    young = DailyTable(
        first=FIRST,
        themes=("a", "b", "c"),
        counts=counts,
        totals=np.full(60, 1000, dtype=np.int64),
        born=born,
    )
    twenty, ten, old = bursts(young)
    assert (twenty.verdict, ten.verdict) == ("calm", "unknown")
    assert twenty.expected / twenty.days == pytest.approx(12, rel=0.1)
    assert old.verdict == "calm"  # twenty days above: no news any more


def test_a_theme_is_judged_alike_alone_and_among_others() -> None:
    means = steady(themes=20) * np.linspace(0.1, 3, 20)[:, None]
    means[3, -1] *= 4
    everyone = table(means)
    for row in (0, 3, 19):
        (alone,) = bursts(
            replace(everyone, themes=everyone.themes[row : row + 1], counts=everyone.counts[[row]])
        )
        among = bursts(everyone)[row]
        assert (alone.verdict, alone.count) == (among.verdict, among.count)
        assert alone.p == pytest.approx(among.p)


def test_caution_is_a_choice() -> None:
    means = steady()
    means[:, -1] *= 1.8
    usual, eager = bursts(table(means)), bursts(table(means), caution=Caution(level=0.05))
    assert share(usual) < share(eager)
    assert bursts(table(np.ones((0, 40)))) == ()


def test_false_alerts_in_noise_are_about_as_rare_as_promised() -> None:
    rng = np.random.default_rng(9)
    traffic = 2000 * WEEK[np.arange(160) % 7]
    means = 15 * WEEK[np.arange(160) % 7] * rng.gamma(1 / 0.03, 0.03, (300, 160))
    whole = table(means, traffic=traffic)
    found = 0
    for day in range(120, 160, 4):
        seen = replace(whole, counts=whole.counts[:, :day], totals=whole.totals[:day])
        found += sum(one.verdict == "burst" for one in bursts(seen))
    assert found <= 3  # one is promised in 3000 days

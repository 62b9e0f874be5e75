"""Growth: what grew is said to grow, and what merely wavers, bursts or rides on traffic is not."""

from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from nlp.errors import OptionError
from nlp.themes.growth import FEWEST, DailyTable, growth

FIRST = date(2026, 1, 5)
WEEK = np.array([1.3, 1.15, 1.1, 1.05, 1.0, 0.75, 0.65])


def table(counts: NDArray[np.int64], *, traffic: float = 500.0) -> DailyTable:
    days = counts.shape[1]
    return DailyTable(
        first=FIRST,
        themes=tuple(f"t{row}" for row in range(len(counts))),
        counts=counts,
        totals=np.full(days, int(traffic), dtype=np.int64),
    )


def drawn(means: NDArray[np.float64], *, dispersion: float = 0.0, seed: int = 1) -> DailyTable:
    rng = np.random.default_rng(seed)
    if dispersion:
        means = means * rng.gamma(1 / dispersion, dispersion, means.shape)
    return table(rng.poisson(means).astype(np.int64))


def moved(found: DailyTable) -> float:
    return float(np.mean([one.movement in {"growing", "shrinking"} for one in growth(found)]))


def test_what_doubles_grows_and_what_halves_shrinks() -> None:
    means = np.full((3, 56), 6.0)
    means[0, 28:], means[1, 28:] = 12.0, 3.0
    up, down, same = growth(drawn(means, dispersion=0.05))
    assert (up.movement, down.movement, same.movement) == ("growing", "shrinking", "steady")
    assert up.ratio is not None
    assert up.low is not None
    assert up.high is not None
    assert 1.2 < up.low < 2 < up.high < 3.5
    assert up.low < up.ratio < up.high
    assert up.p is not None
    assert up.q is not None
    assert up.p <= up.q <= 0.05
    assert up.now == pytest.approx(12 * 28, rel=0.25)


def test_a_busier_month_is_no_growth() -> None:
    rng = np.random.default_rng(2)
    traffic = np.repeat([500, 1000], 28) * WEEK[np.arange(56) % 7]
    counts = rng.poisson(0.01 * traffic, (50, 56)).astype(np.int64)
    busy = DailyTable(
        first=FIRST,
        themes=tuple(map(str, range(50))),
        counts=counts,
        totals=traffic.astype(np.int64),
    )
    assert moved(busy) == 0
    flat = DailyTable(
        first=FIRST, themes=busy.themes, counts=counts, totals=np.full(56, 750, dtype=np.int64)
    )
    assert moved(flat) == 1


def test_uneven_days_do_not_cry_wolf() -> None:
    wild = drawn(np.full((400, 56), 20.0), dispersion=0.3)
    assert moved(wild) <= 0.01
    # Without the dispersion every sixth of them would have moved.
    halves = wild.counts.reshape(400, 2, 28).sum(axis=2)
    naive = abs(halves[:, 1] - halves[:, 0]) / np.sqrt(halves.sum(axis=1))
    assert (naive > 2.6).mean() > 0.15


def test_waves_that_carry_over_days_do_not_cry_wolf() -> None:
    rng = np.random.default_rng(5)
    states = np.zeros((400, 56))
    for day in range(1, 56):
        states[:, day] = 0.7 * states[:, day - 1] + rng.normal(0, 0.3, 400)
    # Whole weeks are high or low here: 28 days hold few that are independent.
    assert moved(drawn(15 * np.exp(states))) <= 0.05


def test_one_burst_is_no_growth() -> None:
    counts = np.full((1, 56), 5, dtype=np.int64)
    counts[0, 50] = 90
    (found,) = growth(table(counts))
    assert found.movement == "unknown"
    assert found.ratio == pytest.approx((28 * 5 + 85) / (28 * 5))
    assert found.dispersion is not None
    assert found.dispersion > 10


def test_the_correction_is_over_all_that_was_asked() -> None:
    means = np.full((200, 56), 8.0)
    means[0, 28:] = 11.0
    many = growth(drawn(means, seed=4))
    alone = growth(table(drawn(means, seed=4).counts[:1]))
    assert many[0].p == alone[0].p
    assert many[0].q is not None
    assert alone[0].q is not None
    assert many[0].q > alone[0].q


def test_little_is_unknown_and_says_why() -> None:
    counts = np.zeros((3, 56), dtype=np.int64)
    counts[0, 30 : 30 + FEWEST - 1] = 1
    counts[1, 30 : 30 + 2 * FEWEST] = 1
    counts[2, ::5] = 1
    few, new, wide = growth(table(counts))
    assert (few.movement, few.p, few.ratio) == ("unknown", None, None)
    assert f"fewer than {FEWEST}" in few.note
    assert (new.movement, new.ratio, new.high) == ("growing", None, None)
    assert new.low is not None
    assert new.low > 1
    assert wide.movement == "unknown"
    assert "too few or too uneven" in wide.note


def test_young_themes_and_silent_periods_are_unknown() -> None:
    counts = np.full((2, 56), 5, dtype=np.int64)
    counts[1, :20] = 0
    young = DailyTable(
        first=FIRST,
        themes=("old", "young"),
        counts=counts,
        totals=np.full(56, 50, dtype=np.int64),
        born=(FIRST - timedelta(days=400), FIRST + timedelta(days=20)),
    )
    old, new = growth(young)
    assert (old.movement, new.movement) == ("steady", "unknown")
    assert "younger" in new.note
    counts = np.full((1, 56), 5, dtype=np.int64)
    counts[0, :28] = 0
    (found,) = growth(DailyTable(first=FIRST, themes=("a",), counts=counts, totals=counts[0] * 10))
    assert (found.movement, found.p) == ("unknown", None)


def test_a_sure_but_slight_change_is_steady() -> None:
    counts = np.full((1, 56), 10_000, dtype=np.int64)
    counts[0, 28:] = 10_500
    (found,) = growth(table(counts, traffic=100_000))
    assert found.q is not None
    assert found.q < 0.001
    assert (found.movement, found.note) == ("steady", "the change is slight")


def test_what_cannot_be_compared_is_refused() -> None:
    flat = table(np.ones((1, 40), dtype=np.int64))
    with pytest.raises(OptionError, match="40 days do not hold two periods of 28"):
        growth(flat)
    with pytest.raises(OptionError, match="10 days: take whole weeks"):
        growth(flat, period=10)
    assert growth(flat, period=14)[0].now == 14
    assert growth(table(np.ones((0, 56), dtype=np.int64))) == ()


def test_a_table_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="1 themes and 3 days"):
        DailyTable(
            first=FIRST,
            themes=("a",),
            counts=np.ones((1, 2), dtype=np.int64),
            totals=np.ones(3, dtype=np.int64),
        )
    with pytest.raises(ValueError, match="theme b has on some day"):
        DailyTable(
            first=FIRST,
            themes=("a", "b"),
            counts=np.array([[1, 1], [1, 2]]),
            totals=np.array([1, 1]),
        )

"""Intervals and corrected chances, against figures that are published or simulated."""

import numpy as np
import pytest

from nlp.themes.intervals import adjusted, mean_sentiment, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_has_the_published_interval(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)
    assert found.value == part / whole


def test_no_share_of_nothing_and_no_part_above_the_whole() -> None:
    assert wilson(0, 0) is None
    for part in (-1, 4):
        with pytest.raises(ValueError, match=f"{part} of 3"):
            wilson(part, 3)


@pytest.mark.parametrize("shares", [(0.7, 0.2, 0.1), (0.05, 0.9, 0.05), (0.9, 0.1, 0.0)])
@pytest.mark.parametrize("size", [5, 12, 60])
def test_the_interval_of_the_mean_holds_the_truth(
    shares: tuple[float, float, float], size: int
) -> None:
    truth = shares[2] - shares[0]
    drawn = np.random.default_rng(4).multinomial(size, shares, size=3000)
    inside = 0
    for counts in drawn.tolist():
        found = mean_sentiment(*counts)
        assert found is not None
        assert -1 <= found.low <= found.value <= found.high <= 1
        inside += found.low <= truth <= found.high
    assert inside / len(drawn) > 0.93


def test_mean_sentiment_of_counts() -> None:
    found = mean_sentiment(6, 2, 2)
    assert found is not None
    assert found.value == pytest.approx(-0.4)
    assert found.low < -0.4 < found.high
    assert mean_sentiment(0, 0, 0) is None
    with pytest.raises(ValueError, match="below 0"):
        mean_sentiment(0, -1, 3)


def test_corrected_chances_by_hand() -> None:
    # 0.03 * 4 / 3 and 0.04 * 4 / 4: the greater rank lowers the smaller one.
    found = adjusted([0.04, 0.001, 0.03, 0.02])
    assert found.tolist() == pytest.approx([0.04, 0.004, 0.04, 0.04])
    assert adjusted([]).tolist() == []
    assert adjusted([0.01, 0.04], asked=10).tolist() == pytest.approx([0.1, 0.2])
    assert adjusted([0.5, 0.6], asked=10).tolist() == [1, 1]

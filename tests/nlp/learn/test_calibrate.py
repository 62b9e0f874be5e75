"""What is chosen on the dev split, on small numbers that can be checked by hand."""

import numpy as np
import pytest

from nlp.encoder import HashEncoder
from nlp.learn import calibrate
from nlp.learn.corpora import Example, Quote

LABELS = np.array([True, True, False, True, False, False])
SAID = np.array([0.9, 0.8, 0.7, 0.6, 0.2, 0.1])


def test_the_best_threshold_is_the_highest_on_the_flat_top() -> None:
    assert calibrate.best_threshold(LABELS, SAID) == pytest.approx(0.4)


def test_the_precise_threshold_keeps_the_promise_as_far_down_as_it_can() -> None:
    labels = np.array([True] * 27 + [False] * 3 + [True] * 9 + [False] * 61)
    said = np.linspace(0.99, 0.01, 100)
    threshold = calibrate.precise_threshold(labels, said, 0.9)
    # 36 of the first 39 are right, and 36 of the first 40: one more wrong one breaks it.
    assert (said >= threshold).sum() == 40
    assert labels[said >= threshold].mean() >= 0.9


def test_a_promise_that_no_threshold_keeps_gets_the_nearest_one() -> None:
    labels = np.array([True, False] * 50)
    said = np.linspace(0.99, 0.01, 100)
    threshold = calibrate.precise_threshold(labels, said, 0.9)
    assert calibrate.FEWEST <= (said >= threshold).sum() <= calibrate.FEWEST + 2


def test_decisions_are_calibrated_and_the_band_ends_where_it_is_sure() -> None:
    rng = np.random.default_rng(1)
    labels = rng.random(4000) < 0.3
    states = labels * 2.0 + rng.normal(size=4000)
    words = labels * 1.0 + rng.normal(size=4000)
    found = calibrate.decide(labels, states, words)
    scores = found.calibration[0] * states + found.calibration[1] * words + found.calibration[2]
    chances = 1 / (1 + np.exp(-scores))
    for low, high in ((0.1, 0.3), (0.4, 0.6), (0.7, 0.9)):
        inside = (chances >= low) & (chances < high)
        assert labels[inside].mean() == pytest.approx(chances[inside].mean(), abs=0.07)
    low, high = found.band
    assert labels[chances >= high].mean() == pytest.approx(0.9, abs=0.01)
    assert high > low > 0.2


def test_temperature_cools_what_is_too_sure() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, size=3000)
    honest = np.eye(3)[labels] * 1.0 + rng.gumbel(size=(3000, 3)) * 0.0
    flipped = np.where(rng.random(3000) < 0.3, rng.integers(0, 3, size=3000), labels)
    assert calibrate.temperature(flipped, honest * 8) > 2
    assert calibrate.temperature(labels, honest * 8) < 1


def test_offsets_lift_what_is_rare() -> None:
    labels = np.array([0] * 10 + [1] * 80 + [2] * 10)
    scores = np.tile([0.0, 1.0, 0.0], (100, 1))
    scores[:10, 0], scores[90:, 2] = 0.6, 0.6
    first, middle, last = calibrate.best_offsets(labels, scores)
    assert middle == 0
    said = (scores + np.array([first, middle, last])).argmax(axis=1)
    assert (said == labels).all()


def test_the_margin_keeps_quotes_to_what_is_marked() -> None:
    text = "well it leaks a lot today"
    (encoded,) = HashEncoder(8).encode([text])
    quote = Quote(category="product_defect", start=5, end=13)
    example = Example(text=text, quotes=(quote,), source="x", group="x")
    assert calibrate.inside(encoded, example, 0).tolist() == [0, 1, 1, 0, 0, 0]
    assert not calibrate.inside(encoded, example, 1).any()
    scores = np.array([-1.0, 9.0, 9.0, -1.0, -1.0, -1.0])
    assert calibrate.best_margin([example], [encoded], [scores], 0) > 0
    wide = np.array([3.0, 9.0, 9.0, 3.0, 3.0, 3.0])
    assert calibrate.best_margin([example], [encoded], [wide], 0) == -2  # nothing helps

"""The measures, against numbers worked out by hand and against scikit-learn."""

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from nlp.learn import figures
from nlp.learn.answers import grown, sentences
from nlp.learn.baseline import best_f1
from nlp.learn.evaluate import as_json
from nlp.learn.figures import Bools, Counts, Floats, Resamples


@pytest.fixture
def drawn() -> tuple[Bools, Floats]:
    """Two hundred answers, many of them equally sure."""
    rng = np.random.default_rng(3)
    gold = rng.random(200) < 0.2
    return gold, np.round(np.where(gold, 0.3, 0.0) + rng.random(200) * 0.7, 2)


def test_figures_of_small_numbers() -> None:
    gold = np.array([True, False, True, False])
    said = np.array([0.9, 0.8, 0.7, 0.1])
    counts = Counts.of(gold, said >= 0.75)
    assert [float(one) for one in (counts.precision, counts.recall, counts.f1)] == [0.5] * 3
    assert figures.average_precision(gold, said) == pytest.approx((1 + 2 / 3) / 2)
    bins = figures.reliability(gold, said, figures.equal_bins(said))
    assert figures.calibration_error(bins) == pytest.approx((0.1 + 0.8 + 0.3 + 0.1) / 4)


def test_what_has_no_value_has_none() -> None:
    nothing = np.zeros(3, dtype=bool)
    counts = Counts.of(nothing, nothing)
    assert np.isnan([counts.precision, counts.recall, counts.f1]).all()
    assert figures.rounded(counts.f1) is None
    assert figures.curve(nothing, np.array([0.1, 0.2, 0.3])) == []
    assert np.isnan(figures.average_precision(nothing, np.array([0.1, 0.2, 0.3])))
    one_said = Counts.of(nothing, np.array([True, False, False]))
    assert one_said.f1 == 0


def test_figures_are_those_of_scikit_learn(drawn: tuple[Bools, Floats]) -> None:
    gold, said = drawn
    assert figures.average_precision(gold, said) == pytest.approx(
        average_precision_score(gold, said)
    )
    assert float(Counts.of(gold, said >= 0.4).f1) == pytest.approx(f1_score(gold, said >= 0.4))
    precision, recall, thresholds = precision_recall_curve(gold, said)
    ours = figures.curve(gold, said)
    assert [one.threshold for one in ours] == pytest.approx(thresholds[::-1])
    assert [one.precision for one in ours] == pytest.approx(precision[:-1][::-1])
    assert [one.recall for one in ours] == pytest.approx(recall[:-1][::-1])


def test_a_thinned_curve_keeps_its_ends(drawn: tuple[Bools, Floats]) -> None:
    points = figures.curve(*drawn)
    few = figures.thinned(points, 10)
    assert len(few) <= 10
    assert (few[0], few[-1]) == (points[0], points[-1])
    assert set(few) <= set(points)
    assert figures.thinned(points, 1000) == points


def test_macro_f1_leaves_out_what_is_neither_there_nor_said() -> None:
    gold = np.array([[True, False, False], [True, True, False]])
    said = np.array([[True, False, False], [True, False, False]])
    assert figures.macro_f1(Counts.of(gold, said)) == pytest.approx((1 + 0) / 2)


def test_each_draw_of_the_bootstrap_is_what_repeating_its_interactions_gives() -> None:
    groups = np.array([0, 0, 1, 2, 2, 2])
    gold = np.array([True, False, True, False, True, True])
    said = np.array([0.9, 0.6, 0.2, 0.8, 0.7, 0.4])
    draws = Resamples.of(groups, resamples=20)
    assert (draws.weights.sum(axis=1) == 3).all()
    counts = draws.counts(gold, said >= 0.5)
    areas = draws.average_precision(gold, said)
    for number, weights in enumerate(draws.weights):
        rows = np.concatenate(
            [
                np.flatnonzero(groups == group)
                for group in range(3)
                for _ in range(int(weights[group]))
            ]
        )
        whole = Counts.of(gold[rows], said[rows] >= 0.5)
        assert counts.hits[number] == whole.hits
        assert counts.f1[number] == pytest.approx(whole.f1)
        assert areas[number] == pytest.approx(average_precision_score(gold[rows], said[rows]))


def test_an_interval_holds_the_figure_and_narrows_with_more_interactions() -> None:
    rng = np.random.default_rng(5)
    gold = rng.random(4000) < 0.5
    said = gold ^ (rng.random(4000) < 0.2)
    wide, narrow = (
        Resamples.of(np.arange(size) // 2, resamples=400).interval(
            Resamples.of(np.arange(size) // 2, resamples=400).counts(gold[:size], said[:size]).f1
        )
        for size in (100, 4000)
    )
    assert wide is not None
    assert narrow is not None
    assert narrow[0] < float(Counts.of(gold, said).f1) < narrow[1]
    assert narrow[1] - narrow[0] < (wide[1] - wide[0]) / 3


def test_one_interaction_has_no_interval() -> None:
    gold = np.array([True, False])
    draws = Resamples.of(np.array([0, 0]))
    assert draws.interval(draws.counts(gold, gold).f1) is None


def test_a_measure_without_a_value_in_most_draws_has_no_interval() -> None:
    draws = Resamples.of(np.arange(50))
    assert draws.interval(np.full(2000, np.nan)) is None


def test_adaptive_bins_hold_equally_many() -> None:
    said = np.random.default_rng(1).random(105) ** 4
    places = figures.adaptive_bins(said)
    assert sorted(np.bincount(places).tolist()) == [10] * 5 + [11] * 5
    assert max(said[places == 0]) <= min(said[places == 1])


def test_reliability_says_what_was_said_and_what_was_right() -> None:
    said = np.array([0.05, 0.07, 0.92, 1.0])
    right = np.array([False, True, True, True])
    low, high = figures.reliability(right, said, figures.equal_bins(said))
    assert [low.passages, low.probability, low.share] == pytest.approx([2, 0.06, 0.5])
    assert (high.low, high.high, high.share) == (0.92, 1.0, 1.0)
    heavy = figures.reliability(
        right, said, figures.equal_bins(said), np.array([3.0, 1.0, 1.0, 1.0])
    )
    assert heavy[0].share == 0.25
    assert figures.calibration_error(heavy[:1]) == pytest.approx(0.25 - (3 * 0.05 + 0.07) / 4)


def test_log_loss_is_what_was_not_given_to_the_truth() -> None:
    loss = figures.log_loss(np.array([True, False, True]), np.array([0.5, 0.9, 0.0]))
    assert loss[:2] == pytest.approx([np.log(2), np.log(10)])
    assert np.isfinite(loss[2])


def test_words_are_counted_by_their_places() -> None:
    text = "the app, the app crashes. every time"
    assert figures.words(text, [(9, 16)]) == {2, 3}
    assert figures.words(text, [(0, len(text))]) == set(range(7))
    assert figures.overlap({1, 2, 3}, {2, 3, 4, 5}) == pytest.approx(2 * 2 / 7)


def test_a_quote_grows_to_the_sentences_that_it_touches() -> None:
    text = "It froze. I rebooted twice! Still dead."
    assert [text[start:end] for start, end in sentences(text)] == [
        "It froze.", "I rebooted twice!", "Still dead.",
    ]  # fmt: skip
    start = text.index("twice")
    assert [text[a:b] for a, b in grown(text, [(start, start + 5)])] == ["I rebooted twice!"]
    assert len(grown(text, [(3, start)])) == 2


def test_the_baseline_takes_the_threshold_with_the_best_f1() -> None:
    gold = np.array([True, True, False, True, False])
    said = np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    assert best_f1(gold, said) == 0.2
    assert best_f1(np.zeros(2, dtype=bool), np.array([0.3, 0.4])) == 0.5


def test_json_is_the_same_and_reads_line_by_line() -> None:
    value = {
        "a": [1, 2.5, None] * 40,
        "b": {"text": 'line\nbreak "[ {', "empty": [], "none": {}},
        "c": [{"low": 0.1, "words": "x" * 90}, {"low": 0.2, "words": "ünï" * 30}],
    }
    text = as_json(value)
    assert json.loads(text) == value
    lines = text.splitlines()
    assert [line.strip()[:4] for line in lines] == [
        "{",
        '"a":',
        '"b":',
        '"c":',
        '{"lo',
        '{"lo',
        "]",
        "}",
    ]

"""The gate: what it lets through, what it refuses, and in which words."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlp.learn import kept_answers, promotion, registry
from nlp.learn.figures import calibration_error, equal_bins, reliability
from nlp.learn.gate import FEWEST, Reviewed, Said, Speed, judge
from nlp.learn.kept_answers import Kept
from nlp.learn.verdict import Checked, Verdict, of_json
from nlp.types import CATEGORIES, Interaction, Mined

Bools = Sequence[bool]


@pytest.fixture(scope="module")
def serving() -> Kept:
    """A sixth of what the project's model says, so that resampling takes no time."""
    kept = kept_answers.read(registry.default_folder())
    rows = np.flatnonzero(kept.groups % 6 == 0)
    place = {int(row): number for number, row in enumerate(rows)}
    quotes = np.isin(kept.quotes[:, 0], rows)
    return replace(
        kept,
        groups=kept.groups[rows],
        gold=kept.gold[rows],
        probabilities=kept.probabilities[rows],
        feeling=kept.feeling[rows],
        feelings=kept.feelings[rows],
        quotes=np.array([(place[int(row)], column) for row, column in kept.quotes[quotes]]),
        agreement=kept.agreement[quotes],
    )


def figure(verdict: Verdict, name: str, data: str = "test") -> Checked:
    """One figure of a verdict."""
    [found] = [one for one in verdict.figures if (one.name, one.data) == (name, data)]
    return found


def worse(kept: Kept, column: int, *, share: float = 1.0) -> Kept:
    """A model whose answers to one category are mixed up among passages."""
    probabilities = kept.probabilities.copy()
    rng = np.random.default_rng(3)
    rows = np.flatnonzero(rng.random(len(probabilities)) < share)
    probabilities[rows, column] = probabilities[rng.permutation(rows), column]
    return replace(kept, model="mixed-up", digest="other", probabilities=probabilities)


def test_a_model_passes_against_itself(serving: Kept) -> None:
    verdict = judge(serving, replace(serving, model="twin"))
    assert verdict.passed
    assert {one.name for one in verdict.figures} == {
        *(f"F1 of {name}" for name in CATEGORIES),
        *(f"quote F1 of {name}" for name in CATEGORIES),
        *(f"calibration error of {name}" for name in (*CATEGORIES, "sentiment")),
        "macro F1 of sentiment",
    }
    assert all(one.candidate == one.serving for one in verdict.figures)


def test_a_category_that_got_worse_is_named_with_its_figures(serving: Kept) -> None:
    verdict = judge(worse(serving, 1), serving)
    assert not verdict.passed
    reason = verdict.reasons[0]
    assert (reason.code, reason.label) == ("f1_fell", "documentation_error")
    checked = reason.checked
    assert checked is not None
    assert checked.interval is not None
    assert checked.interval[1] < 0
    for words in (
        "F1 of documentation_error falls",
        f"from {checked.serving:.3f} (conduit-en-1) to {checked.candidate:.3f}",
        "on the frozen test",
        f"{checked.interval[0]:+.3f} to {checked.interval[1]:+.3f}",
        "conduit models compare mixed-up conduit-en-1",
        "by force",
    ):
        assert words in reason.message
    assert {one.label for one in verdict.reasons} == {"documentation_error"}
    assert figure(verdict, "F1 of feature_request").passed


def test_a_fall_that_may_be_chance_passes_up_to_what_is_let_through(serving: Kept) -> None:
    verdict = judge(worse(serving, 0, share=0.02), serving)
    checked = figure(verdict, "F1 of product_defect")
    assert checked.interval is not None
    assert -0.02 < checked.candidate - checked.serving < 0
    assert checked.passed == (checked.interval[1] >= 0)


def test_a_large_fall_is_refused_even_where_it_may_be_chance(serving: Kept) -> None:
    few = np.flatnonzero(serving.groups < np.sort(np.unique(serving.groups))[40])
    small = replace(
        serving,
        groups=serving.groups[few],
        gold=serving.gold[few],
        probabilities=serving.probabilities[few],
        feeling=serving.feeling[few],
        feelings=serving.feelings[few],
        quotes=np.zeros((0, 2), dtype=np.int64),
        agreement=np.zeros(0),
    )
    probabilities = small.probabilities.copy()
    hits = np.flatnonzero(small.gold[:, 0] & small.found[:, 0])
    probabilities[hits[:2], 0] = 0.0
    verdict = judge(replace(small, model="m", probabilities=probabilities), small)
    checked = figure(verdict, "F1 of product_defect")
    assert checked.interval is not None
    assert checked.interval[1] >= 0
    assert checked.candidate - checked.serving < -0.02
    assert not checked.passed
    assert "it may be chance, and is more than the 0.02 let through" in verdict.reasons[0].message


def test_overconfidence_is_refused_though_nothing_else_moved(serving: Kept) -> None:
    sharp = np.where(serving.found, np.maximum(serving.probabilities, 0.999), 0.0)
    verdict = judge(replace(serving, model="sure", probabilities=sharp), serving)
    assert {one.code for one in verdict.reasons} == {"calibration_worse"}
    assert "calibration error of product_defect rises from" in verdict.reasons[0].message
    checked = figure(verdict, "calibration error of product_defect")
    gold, said = serving.gold[:, 0], serving.probabilities[:, 0]
    by_evaluate = calibration_error(reliability(gold, said, equal_bins(said)))
    assert checked.serving == pytest.approx(by_evaluate)


def test_worse_quotes_and_feelings_are_refused(serving: Kept) -> None:
    verdict = judge(
        replace(
            serving,
            model="m",
            agreement=serving.agreement * 0.9,
            feelings=np.roll(serving.feelings, 1, axis=1),
        ),
        serving,
    )
    codes = {(one.code, one.label) for one in verdict.reasons}
    assert {("quote_f1_fell", name) for name in CATEGORIES} < codes
    assert ("f1_fell", "sentiment") in codes


@pytest.mark.parametrize(("seconds", "passed"), [(0.0124, True), (0.0126, False)])
def test_a_slower_model_is_refused_by_medians(serving: Kept, seconds: float, passed: bool) -> None:
    speed = Speed(candidate=(seconds, seconds, 9.0), serving=(0.01, 0.01, 0.01), passages=160)
    verdict = judge(serving, serving, speed=speed)
    assert verdict.passed == passed
    if not passed:
        assert "seconds a passage rises from 10.00 to 12.60 ms" in verdict.reasons[0].message


def reviewed_of(passages: int, *, missed: int) -> Reviewed:
    """Passages that all carry a defect; the candidate misses some, and nobody said of the rest."""
    gold = np.zeros((passages, 3), dtype=bool)
    gold[:, 0] = True
    candidate = gold.copy()
    candidate[:missed, 0] = False
    known = np.zeros_like(gold)
    known[:, 0] = True
    felt = np.zeros(passages, dtype=np.int64)
    return Reviewed(
        groups=np.arange(passages),
        gold=gold,
        known=known,
        feeling=np.full(passages, -1),
        candidate=Said(found=candidate, felt=felt),
        serving=Said(found=gold, felt=felt),
    )


def test_reviewed_passages_refuse_what_the_frozen_test_lets_through(serving: Kept) -> None:
    verdict = judge(serving, serving, reviewed=reviewed_of(60, missed=30))
    [reason] = verdict.reasons
    assert "F1 of product_defect falls from 1.000" in reason.message
    assert "on reviewed passages from production" in reason.message
    assert [one.data for one in verdict.figures].count("reviewed") == 1  # of what was judged


def test_few_reviewed_passages_are_shown_and_do_not_count(serving: Kept) -> None:
    verdict = judge(serving, serving, reviewed=reviewed_of(FEWEST - 1, missed=FEWEST - 1))
    checked = figure(verdict, "F1 of product_defect", "reviewed")
    assert verdict.passed
    assert checked.note == f"too few to tell: {FEWEST - 1} passages, and {FEWEST} are needed"


def test_reviewed_passages_that_may_be_chance_say_so(serving: Kept) -> None:
    verdict = judge(serving, serving, reviewed=reviewed_of(FEWEST, missed=1))
    checked = figure(verdict, "F1 of product_defect", "reviewed")
    assert verdict.passed
    assert "more reviewed passages would tell" in checked.note


def test_answers_to_other_passages_are_not_compared(serving: Kept) -> None:
    verdict = judge(replace(serving, words_sha256="0"), serving)
    assert [one.code for one in verdict.reasons] == ["not_comparable"]
    assert not verdict.passed


def test_a_verdict_outlives_json(serving: Kept) -> None:
    verdict = judge(worse(serving, 2), serving)
    again = of_json(verdict.as_json())
    assert again.as_json() == verdict.as_json()
    assert again.reasons[0].message == verdict.reasons[0].message


def test_a_folder_without_answers_is_refused_with_the_way_out(tmp_path: Path) -> None:
    found = promotion.verdict(tmp_path, registry.default_folder())
    [reason] = found.reasons
    assert reason.code == "not_measured"
    assert f"conduit evaluate {tmp_path.name}" in reason.message


class Takes:
    """A miner that takes so long, by a clock that it turns itself."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        self._clock, self._seconds = clock, seconds
        self.runs = 0

    def mine(self, interactions: Sequence[Interaction]) -> list[Mined]:
        """Nothing, after a while."""
        self._clock[0] += self._seconds * len(interactions)
        self.runs += 1
        return []


def test_speed_is_measured_in_turns() -> None:
    clock = [0.0]
    slow, fast = Takes(clock, 0.03), Takes(clock, 0.01)
    found = promotion.speed(slow, fast, clock=lambda: clock[0], runs=3)
    assert found.candidate == pytest.approx((0.03,) * 3)
    assert found.serving == pytest.approx((0.01,) * 3)
    assert slow.runs == fast.runs == 1 + 3 * 5

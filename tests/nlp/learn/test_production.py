"""Figures from a random share: unbiased, with intervals that keep their promise, and honest."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from nlp.errors import OptionError
from nlp.learn.production import FEWEST, Stratum, rates, share
from nlp.learn.review import draw

Flags = NDArray[np.bool_]
DRAWS = 150


@dataclass(frozen=True)
class Stream:
    """All that came in, with what the model and people say of each passage."""

    said: Flags
    truth: Flags
    found: Flags

    def judged(
        self, random: np.random.Generator, count: int, *, lost: float = 0.0
    ) -> list[Stratum]:
        """A draw of it of which everything was judged, but for a part that nobody came to."""
        chosen = [
            one
            for one in draw(self.found, random.random(len(self.said)), count)
            if random.random() >= lost
        ]
        parts = []
        for there in (True, False):
            rows = np.array([one.place for one in chosen if self.found[one.place] == there])
            parts.append(
                Stratum(
                    total=float((self.found == there).sum()),
                    chances=np.array(
                        [one.chance for one in chosen if self.found[one.place] == there]
                    ),
                    said=self.said[rows],
                    truth=self.truth[rows],
                    may_say=there,
                )
            )
        return parts

    def figures(self) -> tuple[float, float, float]:
        """Precision, recall and F1 as they are."""
        right = float((self.said & self.truth).sum())
        said, there = float(self.said.sum()), float(self.truth.sum())
        return right / said, right / there, 2 * right / (said + there)


def stream(*, base: float = 0.08, precision: float = 0.9, recall: float = 0.85) -> Stream:
    """Passages of which one in twelve carries the label, and one in five carries something."""
    random = np.random.default_rng(0)
    number = 12_000
    truth = random.random(number) < base
    wrong = base * recall * (1 - precision) / precision / (1 - base)
    said = np.where(truth, random.random(number) < recall, random.random(number) < wrong)
    return Stream(said, truth, said | (random.random(number) < 0.12))


@pytest.mark.parametrize("lost", [0.0, 0.3])
@pytest.mark.parametrize(("precision", "recall"), [(0.9, 0.85), (0.97, 0.95), (0.75, 0.6)])
def test_figures_are_unbiased_and_intervals_hold_what_they_promise(
    precision: float, recall: float, lost: float
) -> None:
    whole = stream(precision=precision, recall=recall)
    random = np.random.default_rng(1)
    values: list[list[float]] = [[], [], []]
    inside = np.zeros(3)
    for _ in range(DRAWS):
        found = rates(whole.judged(random, 400, lost=lost))
        for place, truth in enumerate(whole.figures()):
            figure = (found.precision, found.recall, found.f1)[place]
            assert figure is not None
            values[place].append(figure.value)
            inside[place] += figure.low <= truth <= figure.high
    for place, truth in enumerate(whole.figures()):
        # Four standard errors, and a hundredth for what a ratio is off with few cases.
        error = 4 * np.std(values[place]) / np.sqrt(DRAWS) + 0.01
        assert abs(np.mean(values[place]) - truth) < error
    # Of 150 intervals of 95 per cent, between 134 and 149 hold the truth in 998 of 1000 series.
    assert (inside >= 134).all(), inside


def test_passages_count_by_their_stratum_and_not_alike() -> None:
    """What was missed hides where few of many are judged: without weights, recall would flatter."""
    strata = [
        _stratum("1" * 100, "1" * 90 + "0" * 10),
        _stratum("0" * 100, "1" * 2 + "0" * 98, total=10_000, may_say=False),
    ]
    found = rates(strata)
    assert found.recall is not None
    assert found.recall.value == pytest.approx(900 / (900 + 200))
    assert found.recall.low < 90 / 92 - 0.1


def _stratum(said: str, truth: str, *, total: float = 1000.0, may_say: bool = True) -> Stratum:
    one = np.array([letter == "1" for letter in said], dtype=bool)
    other = np.array([letter == "1" for letter in truth], dtype=bool)
    return Stratum(
        total=total, chances=np.full(len(one), 0.1), said=one, truth=other, may_say=may_say
    )


def test_too_few_to_tell() -> None:
    found = rates([_stratum("1" * 9, "1" * 9), _stratum("0" * 50, "0" * 50, may_say=False)])
    assert (found.judged, found.said, found.there) == (59, 9, 9)
    assert (found.precision, found.recall, found.f1) == (None, None, None)
    assert found.note == (
        f"Too few to tell: 9 that the model found and 9 that people found, of {FEWEST} that it "
        "takes."
    )


def test_nothing_was_judged() -> None:
    found = rates([_stratum("", ""), _stratum("", "", may_say=False)])
    assert found.precision is None
    assert found.note == "Nothing that was drawn at random was judged yet."


def test_a_stratum_of_which_nothing_was_judged_may_hold_whatever() -> None:
    found = rates([_stratum("1" * 20, "1" * 20), _stratum("", "", total=9000, may_say=False)])
    assert found.recall is None
    assert "not known" in found.note
    empty = rates([_stratum("1" * 20, "1" * 20), _stratum("", "", total=0, may_say=False)])
    assert empty.recall is not None


def test_all_right_is_not_told_as_certain() -> None:
    found = rates([_stratum("1" * 30, "1" * 30), _stratum("0" * 99, "0" * 99, may_say=False)])
    assert found.precision is not None
    assert found.recall is not None
    assert found.precision.value == 1
    assert 0.85 < found.precision.low < 0.95
    # One missed in a few hundred passages of which none was seen would be many of all.
    assert found.recall.low < found.precision.low


def test_passages_count_for_as_many_as_they_stand_for() -> None:
    chances = np.array([0.5] * 20 + [0.05] * 20)
    right = np.arange(40) < 20
    one = Stratum(total=440, chances=chances, said=np.ones(40, dtype=bool), truth=right)
    found = rates([one])
    assert found.precision is not None
    assert found.precision.value == pytest.approx(40 / 440)


def test_the_share_of_sentiments_that_are_right() -> None:
    strata = [_stratum("1" * 20, "1" * 15 + "0" * 5), _stratum("1" * 20, "1" * 20, total=3000)]
    figure = share(strata)
    assert figure is not None
    assert figure.value == pytest.approx(0.25 * 0.75 + 0.75)
    assert figure.low < figure.value < figure.high
    assert share([_stratum("1" * 4, "1" * 4)]) is None


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (
            Stratum(
                total=9,
                chances=np.zeros(1),
                said=np.ones(1, dtype=bool),
                truth=np.ones(1, dtype=bool),
            ),
            "chance",
        ),
        (_stratum("11", "11", total=1), "2 were judged"),
    ],
)
def test_what_cannot_be(one: Stratum, message: str) -> None:
    for measure in (rates, share):
        with pytest.raises(OptionError, match=message):
            measure([one])

"""Kappa of however many people: held against figures that were printed, and against definitions."""

from collections.abc import Hashable
from math import isnan

import pytest

from nlp.learn.agreement import judged, kappa

# The worked example of Wikipedia's article on Fleiss' kappa: ten things, fourteen judges, 0.210.
COUNTS = (
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
)


def test_many_judges() -> None:
    things = []
    for row in COUNTS:
        answers = [str(answer) for answer, number in enumerate(row) for _ in range(number)]
        things.append(dict[Hashable, str](enumerate(answers)))
    found = judged(things)
    assert (found.method, found.things, found.people, found.judgements) == ("fleiss", 10, 14, 140)
    assert found.observed == pytest.approx(0.378, abs=5e-4)
    assert found.kappa == pytest.approx(0.210, abs=5e-4)
    assert found.low < found.kappa < found.high


def test_two_judges_of_everything() -> None:
    first = ["yes", "yes", "yes", "no", "no", "no", "no", "yes", "no", "yes"]
    second = ["yes", "no", "yes", "no", "no", "yes", "no", "yes", "no", "yes"]
    pairs = zip(first, second, strict=True)
    found = judged([{"Anna": one, "Ben": other} for one, other in pairs])
    assert found.method == "cohen"
    assert (found.observed, found.kappa) == pytest.approx(kappa(first, second))


def test_who_judged_alone_is_passed_over() -> None:
    found = judged([{"Anna": "yes"}, {"Ben": "no"}, {"Anna": "yes", "Ben": "yes", "Cara": "no"}])
    assert (found.things, found.people, found.judgements) == (1, 3, 3)
    assert found.observed == pytest.approx(1 / 3)
    assert isnan(found.low)


def test_nobody_judged() -> None:
    found = judged([])
    assert found.things == 0
    assert isnan(found.observed)
    assert isnan(found.kappa)


def test_all_say_the_same() -> None:
    found = judged([{"Anna": "yes", "Ben": "yes"}] * 3)
    assert (found.observed, found.kappa) == (1.0, 1.0)

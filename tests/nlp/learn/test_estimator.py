"""The classifier of passages keeps scikit-learn's contract."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import (
    check_estimator_cloneable,
    check_estimator_repr,
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
)

from nlp.learn.estimator import PassageClassifier
from nlp.types import CATEGORIES

BROKEN = ["the lid broke off", "the screen is cracked", "it leaks oil", "the hinge snapped"]
THANKS = ["thank you so much", "thanks, that is all", "you were lovely, thank you", "many thanks"]
TEXTS = BROKEN + THANKS
NAMES = ["fault"] * 4 + ["thanks"] * 4


@pytest.fixture(scope="module")
def fitted(cache: Path) -> PassageClassifier:
    """A classifier of two labels of one's own."""
    return PassageClassifier(cache=cache, penalty=1.0).fit(TEXTS, NAMES)


@pytest.mark.parametrize(
    "check",
    [
        check_estimator_cloneable,
        check_estimator_repr,
        check_get_params_invariance,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
        check_set_params,
    ],
    ids=lambda check: check.__name__,
)
def test_the_checks_of_scikit_learn_that_need_no_numbers(check) -> None:  # type: ignore[no-untyped-def]
    check("PassageClassifier", PassageClassifier())


def test_labels_of_ones_own_are_learned(fitted: PassageClassifier) -> None:
    assert fitted.classes_.tolist() == ["fault", "thanks"]
    unseen = ["the handle is broken", ("thank you very much", "Anything else?")]
    assert fitted.predict(unseen).tolist() == ["fault", "thanks"]
    chances = fitted.predict_proba(unseen)
    assert chances.shape == (2, 2)
    assert chances.sum(axis=1) == pytest.approx(1)
    assert (fitted.decision_function(unseen) > 0).tolist() == [False, True]


def test_it_works_where_classifiers_do(cache: Path) -> None:
    asked = PassageClassifier(cache=cache, penalty=1.0)
    assert clone(asked).get_params() == asked.get_params()
    assert cross_val_score(asked, TEXTS, NAMES, cv=2).mean() > 0.7
    pipeline = make_pipeline(FunctionTransformer(lambda few: [one.lower() for one in few]), asked)
    assert pipeline.fit(TEXTS, NAMES).score(TEXTS, NAMES) == 1.0


def test_an_indicator_matrix_begins_at_what_the_model_knows(cache: Path) -> None:
    truth = np.zeros((8, 3), dtype=int)
    truth[:4, 0] = 1
    several = PassageClassifier(cache=cache, penalty=1000.0).fit(TEXTS, truth)
    assert several.classes_.tolist() == list(CATEGORIES)
    chances = several.predict_proba(["please add a dark mode", "the strap tore"])
    assert chances.shape == (2, 3)
    assert chances[0, 2] > 0.5 > chances[0, 1]  # nobody taught it a request: the model knew
    assert several.predict(["the strap tore"]).tolist() == [[1, 0, 0]]


def test_what_cannot_be_learned_is_told(cache: Path) -> None:
    asked = PassageClassifier(cache=cache)
    with pytest.raises(NotFittedError):
        asked.predict(["x"])
    with pytest.raises(ValueError, match="one class alone"):
        asked.fit(["a", "b"], ["x", "x"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        asked.fit(["a", "b"], ["x"])
    with pytest.raises(ValueError, match=r"texts, or pairs of a text .* not int"):
        asked.fit([1, 2], ["x", "y"])

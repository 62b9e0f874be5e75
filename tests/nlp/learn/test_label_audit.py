"""Chances that speak of a label come from fits that never saw its interaction."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from nlp.learn.label_audit import out_of_sample
from nlp.learn.refit import Rows
from nlp.types import CATEGORIES

GROUPS = [f"call-{number // 2}" for number in range(60)]
"""Interactions of two passages."""


def rows() -> Rows:
    """The first category is told by a state, the second by nothing; of the third all say no."""
    rng = np.random.default_rng(3)
    truth = np.zeros((60, len(CATEGORIES)))
    truth[::2, 0] = truth[::3, 1] = 1
    truth[7, 0] = np.nan
    states = rng.normal(0, 0.1, (60, 8))
    states[:, 0] += np.where(np.arange(60) % 2, -20, 20)
    return Rows(
        states=states,
        words=sparse.csr_matrix((60, 4)),
        truth=truth,
        feeling=np.full(60, -1),
        mass=np.ones(60),
        groups=GROUPS,
    )


def test_chances_are_there_where_somebody_said_and_labels_differ() -> None:
    found = out_of_sample(rows())
    assert np.flatnonzero(np.isnan(found[:, 0])).tolist() == [7]
    assert np.isnan(found[:, 2]).all()
    told = np.delete(np.arange(60), 7)
    assert ((found[told, 0] > 0.5) == (told % 2 == 0)).all()


def test_a_label_has_no_say_in_its_own_chance() -> None:
    given = rows()
    before = out_of_sample(given)
    turned = given.truth.copy()
    turned[10, 0] = 1 - turned[10, 0]
    after = out_of_sample(replace(given, truth=turned))
    assert (after[10:12, 0] == before[10:12, 0]).all(), "nor in that of its interaction"
    assert (after[:, 0] != before[:, 0])[:6].any()

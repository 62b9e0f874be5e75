"""Newcomers in known themes."""

import numpy as np

from nlp.themes.assign import PER_THEME, assign, prototypes
from nlp.themes.values import NOWHERE
from tests.nlp.themes.made import around, directions

MIDDLES = directions(13)
LABELS = np.repeat(np.arange(12), 60)
VECTORS = around(MIDDLES, LABELS, noise=1.2)


def test_newcomers_go_where_their_like_are() -> None:
    known = prototypes(VECTORS, LABELS)
    asked = np.array([3, 1, 1, 0, 2])

    found = assign(around(MIDDLES, asked, noise=0.4, seed=6), known)

    assert found.labels.tolist() == asked.tolist()
    assert (found.second == NOWHERE).all()
    assert (found.likeness > 0.5).all()


def test_a_newcomer_of_no_known_theme_waits() -> None:
    found = assign(around(MIDDLES, np.full(5, 12), seed=6), prototypes(VECTORS, LABELS))

    assert found.labels.tolist() == [NOWHERE] * 5


def test_a_newcomer_about_two_things_stands_in_both() -> None:
    both = MIDDLES[0] + MIDDLES[3]

    found = assign((both / np.linalg.norm(both))[None, :], prototypes(VECTORS, LABELS))

    assert {int(found.labels[0]), int(found.second[0])} == {0, 3}


def test_a_theme_is_kept_as_a_few_of_its_documents() -> None:
    known = prototypes(VECTORS, np.where(LABELS == 11, NOWHERE, LABELS))

    assert np.bincount(known.themes).tolist() == [PER_THEME] * 11
    assert known.floors.shape == (11,)


def test_without_themes_everybody_waits() -> None:
    nothing = prototypes(VECTORS, np.full(len(VECTORS), NOWHERE))

    found = assign(VECTORS[:3], nothing)

    assert found.labels.tolist() == [NOWHERE] * 3
    assert found.likeness.tolist() == [0, 0, 0]
    assert len(assign(VECTORS[:0], prototypes(VECTORS, LABELS)).labels) == 0


def test_what_was_known_alone_decides() -> None:
    """A newcomer gets the same answer in any company."""
    known = prototypes(VECTORS, LABELS)
    asked = around(MIDDLES, np.arange(4), noise=0.9, seed=2)

    together = assign(asked, known).labels.tolist()

    assert together == [int(assign(one[None, :], known).labels[0]) for one in asked]

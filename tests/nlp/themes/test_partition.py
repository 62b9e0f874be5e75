"""Cuts of a graph: how clear they are, and how fine."""

import numpy as np
from scipy import sparse

from nlp.themes.graph import build
from nlp.themes.partition import centres, clearest, clearness, leiden, relabelled, summed
from nlp.themes.values import NOWHERE
from tests.nlp.themes.made import around, directions

LABELS = np.repeat(np.arange(15), 20)
VECTORS = around(directions(15), LABELS)


def test_the_right_cut_is_clearer_than_coarser_finer_and_drawn_ones() -> None:
    right = clearness(VECTORS, LABELS)
    drawn = np.random.default_rng(0).integers(15, size=len(LABELS))

    assert right > clearness(VECTORS, LABELS // 3) > clearness(VECTORS, drawn)
    assert right > clearness(VECTORS, LABELS * 2 + np.arange(len(LABELS)) % 2)
    assert clearness(VECTORS, np.zeros_like(LABELS)) == 0


def test_the_clearest_cut_is_the_right_one() -> None:
    found = clearest(build([str(row) for row in range(len(LABELS))], VECTORS))

    assert found.labels.tolist() == LABELS.tolist()


def test_leiden_gives_the_same_answer_twice_and_finer_ones_when_asked() -> None:
    weights = build([str(row) for row in range(len(LABELS))], VECTORS).weights

    coarse, fine = leiden(weights, 0.2), leiden(weights, 30.0)

    assert coarse.tolist() == leiden(weights, 0.2).tolist()
    assert coarse.max() < fine.max()


def test_nodes_without_edges_stay_alone() -> None:
    assert leiden(sparse.csr_matrix((3, 3)), 1.0).tolist() == [0, 1, 2]


def test_communities_are_numbered_as_they_come() -> None:
    assert relabelled(np.array([7, 7, 2, 9, 2])).tolist() == [0, 0, 1, 2, 1]


def test_sums_and_middles_leave_out_who_belongs_nowhere() -> None:
    labels = np.array([0, 1, NOWHERE, 0])
    vectors = VECTORS[:4]

    np.testing.assert_allclose(summed(vectors, labels)[0], vectors[0] + vectors[3], atol=1e-6)
    np.testing.assert_allclose(centres(vectors, labels)[1], vectors[1], atol=1e-6)
    assert centres(vectors, np.full(4, NOWHERE)).shape == (0, vectors.shape[1])

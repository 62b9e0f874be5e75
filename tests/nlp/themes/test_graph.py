"""Neighbours, exact and by cells, and copies."""

import numpy as np
import pytest

from nlp.themes import graph
from nlp.themes.graph import build, closest, nearest
from tests.nlp.themes.made import around, directions

LABELS = np.repeat(np.arange(12), 60)
VECTORS = around(directions(12), LABELS, noise=0.9)


def test_neighbours_are_the_nearest_in_order_without_oneself() -> None:
    found = nearest(VECTORS, 7)

    products = VECTORS @ VECTORS.T
    np.fill_diagonal(products, -2)
    assert found.ids.tolist() == np.argsort(-products, axis=1)[:, :7].tolist()
    np.testing.assert_allclose(found.likeness, -np.sort(-products, axis=1)[:, :7], atol=1e-5)


def test_by_cells_nearly_all_neighbours_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = nearest(VECTORS, 7)
    monkeypatch.setattr(graph, "EXACT", 100)
    monkeypatch.setattr(graph, "CELL", 80)
    monkeypatch.setattr(graph, "PROBES", 4)

    near = nearest(VECTORS, 7)

    same = [len(set(a) & set(b)) / 7 for a, b in zip(near.ids, exact.ids, strict=True)]
    assert np.mean(same) > 0.9
    assert (near.ids != np.arange(len(VECTORS))[:, None]).all()


def test_fewer_documents_than_neighbours() -> None:
    assert nearest(VECTORS[:3], 12).ids.tolist() == [
        row.tolist() for row in nearest(VECTORS[:3], 2).ids
    ]
    assert nearest(VECTORS[:1], 12).ids.shape == (1, 0)


def test_equal_words_and_nearly_equal_vectors_are_one_node() -> None:
    vectors = VECTORS[:40].copy()
    vectors[7] = vectors[3]  # the same meaning, other words
    texts = [f"text {row}" for row in range(40)]
    texts[30] = "  TEXT 12! "

    found = build(texts, vectors)

    assert len(found.leaders) == 38
    assert found.folded[7] == found.folded[3]
    assert found.folded[30] == found.folded[12]
    assert found.weights.shape == (38, 38)
    assert (found.weights != found.weights.T).nnz == 0
    assert found.weights.diagonal().sum() == 0


def test_copies_do_not_crowd_out_neighbours() -> None:
    vectors = np.concatenate([VECTORS[:100], np.repeat(VECTORS[:1], 15, axis=0)])

    found = build([f"text {row}" for row in range(115)], vectors)

    assert len(found.leaders) == 100
    assert found.weights[0].nnz >= 3


def test_closest_is_the_middle_with_the_highest_cosine(monkeypatch: pytest.MonkeyPatch) -> None:
    middles = directions(12)
    monkeypatch.setattr(graph, "PRODUCT", 50)

    assert closest(VECTORS, middles).tolist() == (VECTORS @ middles.T).argmax(axis=1).tolist()

"""The figures that are served with themes."""

import numpy as np
import pytest

from nlp.themes.cluster import cluster
from nlp.themes.quality import coherence, report, stayed
from nlp.themes.values import NOWHERE
from tests.nlp.themes.made import around, directions, documents

LABELS = np.repeat(np.arange(4), 20)


def test_a_clear_clustering_is_reported_as_one() -> None:
    words = ("battery drains fast", "manual page missing", "dark mode please", "router drops wifi")
    texts = tuple(f"{words[label]} number{row}" for row, label in enumerate(LABELS))
    made = documents(around(directions(4), LABELS), texts=texts)

    found = report(made, cluster(made), stability=0.98)

    assert (found.documents, found.themes, found.stability) == (80, 4, 0.98)
    assert found.coverage == 1
    assert found.silhouette is not None
    assert found.silhouette > 0.4
    assert found.coherence == pytest.approx(1, abs=0.01)


def test_words_that_never_meet_are_incoherent() -> None:
    texts = [f"alpha{row % 5} beta{row % 3}" for row in range(30)]
    mixed = ["apple pear", "apple pear", "stone", "stone", *texts]
    labels = np.array([0, 0, 0, 0, *[NOWHERE] * 30])

    score = coherence(mixed, labels)

    assert score is not None
    assert -1 <= score < 0
    assert coherence(["", ""], np.array([0, 0])) is None


def test_nothing_is_covered_whole() -> None:
    made = documents(np.empty((0, 256), dtype=np.float32))

    found = report(made, cluster(made), stability=None)

    assert (found.themes, found.coverage) == (0, 1.0)
    assert found.silhouette is None
    assert found.coherence is None


@pytest.mark.parametrize(
    ("before", "now", "wished", "share"),
    [
        (["a", "a", "b", ""], ["a", "b", "b", ""], [False] * 4, 0.75),
        (["a", "a"], ["a", "b"], [False, True], 1.0),
        (["a"], ["b"], [True], None),
        ([], [], [], None),
    ],
)
def test_who_stayed(
    before: list[str], now: list[str], wished: list[bool], share: float | None
) -> None:
    assert stayed(before, now, wished) == share

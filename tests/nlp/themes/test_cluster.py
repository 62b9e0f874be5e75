"""Documents in themes: how many, which, in any order, and what waits."""

import numpy as np
import pytest

from nlp.themes.cluster import by_size, cluster
from nlp.themes.values import NOWHERE, Documents
from tests.nlp.themes.made import around, directions, documents, reordered

SIZES = (40, 30, 20, 12)
LABELS = np.repeat(np.arange(len(SIZES)), SIZES)


def _made(noise: float = 0.6) -> Documents:
    return documents(around(directions(len(SIZES)), LABELS, noise=noise))


def test_themes_are_found_without_saying_how_many() -> None:
    found = cluster(_made())

    assert found.labels.tolist() == LABELS.tolist()
    assert found.count == len(SIZES)
    assert found.areas.shape == (len(SIZES),)
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1, atol=1e-5)


def test_the_order_of_documents_changes_nothing() -> None:
    made = _made(noise=1.3)
    order = np.random.default_rng(3).permutation(len(made))

    there, here = cluster(reordered(made, order)), cluster(made)

    assert there.labels.tolist() == here.labels[order].tolist()
    assert there.second.tolist() == here.second[order].tolist()
    assert there.subthemes.tolist() == here.subthemes[order].tolist()
    assert there.areas.tolist() == here.areas.tolist()
    assert [order[row] for row in there.folded] == here.folded[order].tolist()


def test_what_fits_nowhere_waits() -> None:
    strangers = directions(2, seed=9)
    vectors = np.concatenate([_made().vectors, strangers])

    found = cluster(documents(vectors))

    assert found.labels[-2:].tolist() == [NOWHERE, NOWHERE]
    assert (found.labels[:-2] >= 0).all()
    assert found.second[-2:].tolist() == [NOWHERE, NOWHERE]


def test_one_interaction_that_says_it_ten_times_is_no_theme() -> None:
    middles = directions(3)
    labels = np.repeat([0, 1, 2], [20, 20, 10])
    made = documents(around(middles, labels))
    groups = (*made.groups[:40], *["one call"] * 10)

    found = cluster(
        Documents(keys=made.keys, texts=made.texts, vectors=made.vectors, groups=groups)
    )

    assert found.count == 2
    assert set(found.labels[40:].tolist()) == {NOWHERE}


def test_repeated_words_are_folded_and_counted() -> None:
    made = _made()
    texts = tuple("The app crashes!" if row % 2 else text for row, text in enumerate(made.texts))
    same = np.where(np.arange(len(made))[:, None] % 2, made.vectors[:1], made.vectors)

    found = cluster(documents(same, texts=texts))

    odd = np.arange(1, len(made), 2)
    assert set(found.folded[odd].tolist()) == {0}
    assert len(set(found.labels[odd].tolist())) == 1
    assert found.labels[1] == found.labels[0] == 0
    assert (found.labels == 0).sum() >= len(odd)


def test_a_document_about_two_things_stands_in_both() -> None:
    middles = directions(10)
    both = middles[0] + middles[2]
    vectors = around(middles, np.repeat(np.arange(10), 15))
    vectors = np.concatenate([vectors, (both / np.linalg.norm(both))[None, :]])

    found = cluster(documents(vectors))

    homes = {int(found.labels[0]), int(found.labels[30])}
    assert {int(found.labels[-1]), int(found.second[-1])} == homes
    assert (found.second[:-1] == NOWHERE).all()


def test_a_theme_of_two_halves_has_two_sub_themes_and_a_plain_one_none() -> None:
    base = directions(6, seed=4)
    near = base[[0, 0, 1, 2, 3]] + 0.5 * base[[4, 5, 4, 5, 4]]
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    labels = np.repeat(np.arange(5), 25)

    found = cluster(documents(around(near.astype(np.float32), labels, noise=0.5)))

    for part, theme in enumerate(found.parents):
        inside = found.subthemes == part
        assert set(found.labels[inside].tolist()) == {int(theme)}
        assert inside.sum() >= 5
    assert (np.bincount(found.parents, minlength=found.count) != 1).all()


def test_nothing_gives_nothing() -> None:
    found = cluster(documents(np.empty((0, 256), dtype=np.float32)))

    assert found.count == 0
    assert found.labels.shape == found.folded.shape == (0,)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_few_documents_are_no_accident(count: int) -> None:
    found = cluster(documents(around(directions(1), np.zeros(count, dtype=np.int64))))

    assert found.labels.tolist() == [0] * count if count >= 3 else [NOWHERE] * count


def test_a_key_that_is_given_twice_is_refused() -> None:
    made = _made()
    with pytest.raises(ValueError, match="same key"):
        cluster(
            Documents(
                keys=("a",) * len(made),
                texts=made.texts,
                vectors=made.vectors,
                groups=made.groups,
            )
        )


def test_a_vector_that_is_not_of_length_one_is_named() -> None:
    vectors = _made().vectors.copy()
    vectors[17] *= 3
    with pytest.raises(ValueError, match=r"000017 has length 3: divide"):
        cluster(documents(vectors))


def test_columns_of_unlike_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 0, 1, 1\)"):
        Documents(keys=("a",), texts=(), vectors=directions(1), groups=("g",))


def test_themes_are_numbered_by_size() -> None:
    labels = np.array([5, 5, 2, 2, 2, NOWHERE, 9, 9])
    assert by_size(labels).tolist() == [1, 1, 0, 0, 0, NOWHERE, 2, 2]

"""Quotes of a theme: central ones, diverse ones, each of another interaction, none alike."""

import numpy as np
import pytest

from nlp.themes.quotes import quotes, readability
from nlp.themes.values import Documents, Ints


def _documents(
    texts: list[str], vectors: list[list[float]], groups: list[str] | None = None
) -> tuple[Documents, Ints]:
    columns = np.array(vectors, dtype=np.float32)
    columns /= np.linalg.norm(columns, axis=1, keepdims=True)
    keys = tuple(f"{number:03d}" for number in range(len(texts)))
    documents = Documents(
        keys=keys, texts=tuple(texts), vectors=columns, groups=tuple(groups or keys)
    )
    return documents, np.zeros(len(texts), dtype=np.int64)


TEXTS = [
    "the app logs me out after the last update",
    "since the update i have to sign in every hour",
    "it forgets my password whenever the phone restarts",
    "the tablet version asks for the code again and again",
]
VECTORS = [[1.0, 0.1, 0.0], [1.0, -0.2, 0.0], [0.8, 0.6, 0.0], [0.8, 0.0, -0.6]]


def test_central_ones_come_first_and_diverse_ones_are_far_from_them() -> None:
    documents, labels = _documents(TEXTS, VECTORS)
    found = quotes(documents, labels, most=1)[0]
    assert found.central == (0,)
    assert found.diverse == (3,)


def test_no_quote_is_shown_twice() -> None:
    documents, labels = _documents(TEXTS, VECTORS)
    found = quotes(documents, labels, most=3)[0]
    shown = found.central + found.diverse
    assert sorted(shown) == [0, 1, 2, 3]


def test_near_duplicates_are_shown_once() -> None:
    repeated = [TEXTS[0], f"so {TEXTS[0]}", TEXTS[0].upper(), TEXTS[2]]
    documents, labels = _documents(
        repeated, [[1, 0.1, 0], [1, -0.3, 0], [1, 0, 0.3], [0.8, 0.6, 0]]
    )
    found = quotes(documents, labels)[0]
    assert len(found.central + found.diverse) == 2
    close, _ = _documents(TEXTS[:2], [[1, 0, 0], [1, 0.01, 0]])
    assert len(quotes(close, labels[:2])[0].central) == 1


def test_an_interaction_is_quoted_once() -> None:
    documents, labels = _documents(TEXTS, VECTORS, ["a", "a", "b", "b"])
    found = quotes(documents, labels)[0]
    chosen = found.central + found.diverse
    assert len({documents.groups[row] for row in chosen}) == len(chosen) == 2


def test_the_order_of_the_documents_changes_nothing() -> None:
    documents, labels = _documents(TEXTS, VECTORS)
    order = [2, 0, 3, 1]
    shuffled = Documents(
        keys=tuple(documents.keys[row] for row in order),
        texts=tuple(documents.texts[row] for row in order),
        vectors=documents.vectors[order],
        groups=tuple(documents.groups[row] for row in order),
    )
    first, second = quotes(documents, labels, most=2)[0], quotes(shuffled, labels, most=2)[0]
    for one, other in ((first.central, second.central), (first.diverse, second.diverse)):
        assert [documents.keys[row] for row in one] == [shuffled.keys[row] for row in other]


def test_each_theme_has_its_own_and_an_unreadable_one_has_none() -> None:
    documents, labels = _documents([*TEXTS[:2], "um", "[PERSON_1]"], VECTORS)
    labels[2:] = 1
    found = quotes(documents, labels)
    assert set(found[0].central) == {0, 1}
    assert found[1].central == found[1].diverse == ()


@pytest.mark.parametrize(
    "text",
    [
        "write to me at jo@example.com about the broken lid",
        "it is on https://example.com/me for all to see",
        "my account 44718829 is locked again today",
        "[PERSON_1] [PHONE_1] called",
        "um yeah",
        "word " * 120,
        "",
    ],
)
def test_what_could_identify_somebody_or_does_not_read_is_not_shown(text: str) -> None:
    assert readability(text) == 0


def test_a_sentence_reads_better_than_a_shard_or_a_story() -> None:
    sentence = readability("the app logs me out after the update of [DATE_1]")
    assert sentence == 1
    assert 0 < readability("still broken") < sentence
    assert 0 < readability("the app logs me out and then " * 10) < sentence


def test_labels_are_one_a_document() -> None:
    documents, labels = _documents(TEXTS, VECTORS)
    with pytest.raises(ValueError, match="4 documents, but 3 labels"):
        quotes(documents, labels[1:])

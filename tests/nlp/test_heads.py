"""The heads' own arithmetic, on small numbers that can be checked by hand."""

import numpy as np
import pytest

from nlp.encoder import HashEncoder
from nlp.heads.categories import CategoryHead
from nlp.heads.linear import Features, Lexical, Linear
from nlp.heads.quotes import Edges, QuoteHead, best_run, trim, whole_words
from nlp.heads.sentiment import SentimentHead, labels
from nlp.lexical import Lexicon, terms

LEXICON = Lexicon(["manual", "wrong"], np.array([3, 4], dtype=np.float32))


def layer(labels: int, *, width: int = 2) -> Linear:
    """A layer that scores the first numbers of what it reads."""
    return Linear(np.eye(labels, width, dtype=np.float32), np.zeros(labels, dtype=np.float32))


def words(labels: int, *values: float) -> Lexical:
    """A layer that scores the words of `LEXICON` alike for every label."""
    weights = np.tile(np.array(values or (0.0, 0.0), dtype=np.float32), (labels, 1))
    return Lexical(weights, np.zeros(labels, dtype=np.float32))


def features(states: list[float], text: str = "") -> Features:
    """One passage."""
    return Features(np.array([states], dtype=np.float32), [LEXICON.vector(text)])


def test_words_and_pairs() -> None:
    assert terms("It doesn’t WORK") == ["it", "doesn't", "work", "it doesn't", "doesn't work"]


def test_known_words_have_length_one_together() -> None:
    vector = LEXICON.vector("the manual, the manual is wrong")
    assert vector.places.tolist() == [0, 1]
    assert vector.values == pytest.approx([0.6, 0.8])
    assert len(LEXICON.vector("nothing known").places) == 0


def test_a_lexicon_keeps_what_is_said_often_enough() -> None:
    learned = Lexicon.learn(["the page", "the link", "a page"], min_count=2)
    assert learned.vocabulary == ("page", "the")


def test_linear_adds_states_and_bias() -> None:
    both = Linear(np.array([[2.0, 0.0]], dtype=np.float32), np.array([0.5], dtype=np.float32))
    assert both.scores(features([0.25, 9.0]))[0, 0] == pytest.approx(1.0)


def test_lexical_adds_words_and_bias() -> None:
    lexical = Lexical(np.array([[10.0, 5.0]], dtype=np.float32), np.array([-1.0], dtype=np.float32))
    score = lexical.scores(features([0.0, 0.0], "manual wrong"))[0, 0]
    assert score == pytest.approx(0.6 * 10 + 0.8 * 5 - 1)
    assert lexical.scores(features([0.0, 0.0], "nothing known"))[0, 0] == pytest.approx(-1)


def test_categories_weigh_two_opinions_one_by_one() -> None:
    head = CategoryHead(
        layer(3, width=3),
        words(3, 5.0, 0.0),
        np.array([[1, 0, 0], [2, 0, 0], [1, 0.5, -1]], dtype=np.float32),
        np.tile(np.array([0.2, 0.5], dtype=np.float32), (3, 1)),
    )
    found = head.probabilities(features([0.0, 1.0, 1.0], "manual"))[0]
    assert found == pytest.approx([0.5, 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-2.5))])


def test_sentiment_sums_to_one_and_cools_with_temperature() -> None:
    none = np.zeros(3, dtype=np.float32)
    warm = SentimentHead(layer(3, width=3), np.array([1.0], dtype=np.float32), none)
    cool = SentimentHead(layer(3, width=3), np.array([4.0], dtype=np.float32), none)
    given = features([3.0, 0.0, -3.0])
    assert warm.probabilities(given).sum() == pytest.approx(1)
    assert warm.probabilities(given)[0].argmax() == 0
    assert cool.probabilities(given)[0, 0] < warm.probabilities(given)[0, 0]


def test_a_rare_feeling_is_named_below_one_half() -> None:
    offsets = np.array([1.0, 0.0, 0.0], dtype=np.float32)
    head = SentimentHead(layer(3, width=3), np.ones(1, dtype=np.float32), offsets)
    said = np.array([[0.3, 0.6, 0.1], [0.1, 0.8, 0.1]], dtype=np.float32)
    balanced = head.balanced(said)
    assert labels(balanced) == ["negative", "neutral"]
    assert balanced.sum(axis=1) == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("text", "scores", "expected"),
    [
        ("a b c d", [-9, 9, 9, -9], "b c"),  # strong scores outweigh the cost of a ragged edge
        ("a b c d", [-1, 2, 2, -1], "a b c d"),  # weak ones do not
        ("ok, it broke, thanks", [-3, -3, 1, 2, -3, -3], "it broke"),
        ("It broke. It is red.", [2, 2, -1, -3, -3, -3, 0], "It broke"),
        ("yes", [-5], "yes"),
        # Marks within a word or a number part nothing.
        ("send it by e-mail, please", [1, 1, 1, 2, -1, -1, -9, -9], "send it by e-mail"),
        ("shows 3.5 bar", [1, 2, -1, -1, 1], "shows 3.5 bar"),
        ("it broke.please help", [1, 2, -1, -5, -5], "it broke"),
    ],
)
def test_the_best_run_follows_clauses(text: str, scores: list[float], expected: str) -> None:
    offsets = np.array(_pieces(text), dtype=np.int32)
    first, last = best_run(np.array(scores, dtype=np.float32), Edges.of(text, offsets))
    assert text[offsets[first][0] : offsets[last][1]] == expected


def _pieces(text: str) -> list[tuple[int, int]]:
    """Words and punctuation marks, as a word-piece tokenizer parts them."""
    pieces, start = [], 0
    for place, letter in enumerate(f"{text} "):
        if letter in " ,.-" and start < place:
            pieces.append((start, place))
        if letter in ",.-":
            pieces.append((place, place + 1))
        if letter in " ,.-":
            start = place + 1
    return pieces


def test_spans_grow_to_words_and_lose_their_punctuation() -> None:
    text = 'so, "unplugging" it - helps.'
    start = text.index("plug")
    assert text[slice(*whole_words(text, start, start + 4))] == "unplugging"
    mailed = "the code by e-mail, at 10:30."
    for cut in ("e", "mail"):
        start = mailed.index(f" {cut}-" if cut == "e" else cut) + (cut == "e")
        assert mailed[slice(*whole_words(mailed, start, start + len(cut)))] == "e-mail"
    assert mailed[slice(*whole_words(mailed, 23, 25))] == "10:30"
    redacted = "so [PERSON_2] missed it at [ADDRESS_11]."
    assert redacted[slice(*whole_words(redacted, 4, 19))] == "[PERSON_2] missed"
    assert redacted[slice(*whole_words(redacted, 14, 31))] == "missed it at [ADDRESS_11]"
    assert redacted[slice(*whole_words(redacted, 0, 5))] == "so [PERSON_2]"
    assert text[slice(*trim(text, 2, len(text)))] == '"unplugging" it - helps'
    assert trim("...", 0, 3) != (0, 0)


def test_a_quote_of_a_text_without_tokens_is_the_text() -> None:
    encoder = HashEncoder(4)
    head = QuoteHead(
        np.zeros((3, 4), dtype=np.float32),
        np.zeros(3, dtype=np.float32),
        np.zeros(3, dtype=np.float32),
    )
    assert head.span("x", encoder.encode([""])[0], 0) == (0, 1)

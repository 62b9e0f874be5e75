"""Passages: everything the customer says, nothing twice, cut where sentences end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.passages import MAX_WORDS, passages, spans
from tests.nlp.conversations import interaction

SENTENCE = "The router drops the line every evening and the light on the front turns red."


def test_only_customers_turns_are_passages() -> None:
    found = passages(
        interaction(("agent", "How can I help?"), ("customer", "It broke."), ("other", "Hold on."))
    )
    assert [(one.turn, one.text) for one in found] == [(1, "It broke.")]


def test_a_short_turn_is_one_passage() -> None:
    assert spans("  It broke. Again.  ") == [(2, 18)]


def test_a_long_turn_is_cut_between_sentences() -> None:
    text = " ".join([SENTENCE] * 9)
    pieces = [text[start:end] for start, end in spans(text)]
    assert len(pieces) == 3
    assert all(piece.startswith("The router") and piece.endswith("red.") for piece in pieces)


def test_a_turn_without_full_stops_is_cut_between_words() -> None:
    text = "and then it um it stopped again " * 40
    pieces = [text[start:end] for start, end in spans(text)]
    assert max(len(piece.split()) for piece in pieces) <= MAX_WORDS
    assert " ".join(pieces).split() == text.split()


@given(st.text(alphabet=st.sampled_from(" \n.!?abc'-é1"), max_size=900))
def test_nothing_is_lost_and_nothing_stands_twice(text: str) -> None:
    found = spans(text)
    kept = "".join(text[start:end] for start, end in found)
    assert "".join(kept.split()) == "".join(text.split())
    for start, end in found:
        assert text[start:end] == text[start:end].strip() != ""
    assert all(end <= start for (_, end), (start, _) in pairwise(found))


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_white_space_is_no_passage(text: str) -> None:
    assert spans(text) == []

"""Findings in the words: pieces that join to the text, however findings overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dashboard.words import Piece, Span, pieces

TEXT = "My [PERSON_1] kettle leaks and the guide is wrong."


def span(number: int, start: int, end: int) -> Span:
    return Span(number=number, category="product_defect", start=start, end=end)


def numbers(piece: Piece) -> list[int]:
    return [mark.span.number for mark in piece.marks]


def test_a_text_without_findings_is_one_piece() -> None:
    (piece,) = pieces("It leaks.", [])
    assert (piece.text, piece.start, piece.marks, piece.placeholder) == ("It leaks.", 0, (), False)


def test_a_placeholder_is_a_piece() -> None:
    found = pieces(TEXT, [])
    assert [(piece.text, piece.placeholder) for piece in found] == [
        ("My ", False),
        ("[PERSON_1]", True),
        (" kettle leaks and the guide is wrong.", False),
    ]


@pytest.mark.parametrize("text", ["[1]", "[inaudible]", "[person_1]", "[PERSON]", "PERSON_1", "[]"])
def test_what_only_looks_like_a_placeholder_is_none(text: str) -> None:
    assert not any(piece.placeholder for piece in pieces(text, []))


def test_overlapping_findings_share_a_piece_and_the_first_is_outermost() -> None:
    found = pieces("abcdefgh", [span(1, 4, 8), span(2, 2, 6), span(3, 2, 4)])
    assert [(piece.text, numbers(piece)) for piece in found] == [
        ("ab", []),
        ("cd", [2, 3]),
        ("ef", [2, 1]),
        ("gh", [1]),
    ]


def test_only_the_last_piece_of_a_finding_ends_it() -> None:
    found = pieces(TEXT, [span(1, 0, 20)])
    assert [[mark.last for mark in piece.marks] for piece in found] == [
        [False],
        [False],
        [True],
        [],
    ]


def test_the_same_stretch_found_twice_has_both() -> None:
    found = pieces("it leaks", [span(1, 3, 8), span(2, 3, 8)])
    assert [(piece.text, numbers(piece)) for piece in found] == [("it ", []), ("leaks", [1, 2])]


def test_a_finding_past_the_end_is_cut() -> None:
    assert [piece.text for piece in pieces("abc", [span(1, 1, 9)])] == ["a", "bc"]


texts = st.text(alphabet=st.sampled_from("ab [PERSON_1]\n😀é"), min_size=1, max_size=40)
spans = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=6)


@given(text=texts, places=spans)
def test_pieces_join_to_the_text_and_findings_to_their_quotes(
    text: str, places: list[tuple[int, int]]
) -> None:
    made = [span(number, start, start + length) for number, (start, length) in enumerate(places)]
    found = pieces(text, made)
    assert "".join(piece.text for piece in found) == text
    for piece in found:
        assert text[piece.start :].startswith(piece.text)
        assert piece.text
    for each in made:
        marked = "".join(piece.text for piece in found if each.number in numbers(piece))
        assert marked == text[each.start : each.end]

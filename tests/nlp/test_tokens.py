"""The token head's arithmetic: rows of tags, entities, and the words around a word."""

import numpy as np
import pytest

from nlp.heads.tokens import DILATIONS, REACH, TokenHead, best_tags

LABELS = ("PERSON", "ADDRESS")
TAGS = 1 + 2 * len(LABELS)
NONE, BEGIN, INSIDE, OTHER_BEGIN, OTHER_INSIDE = range(TAGS)


def head(*, lean: float = 0.0) -> TokenHead:
    """A head that takes a state's numbers for scores, and does not look around."""
    width = TAGS
    straight = np.zeros((REACH * (width + 1), width), dtype=np.float32)
    middle = REACH // 2 * (width + 1)
    straight[middle : middle + width] = np.eye(width)
    nothing = np.zeros((REACH * width, width), dtype=np.float32)
    leaning = np.zeros(TAGS, dtype=np.float32)
    leaning[NONE] = -lean
    return TokenHead(
        labels=LABELS,
        table=np.zeros((4, 1), dtype=np.float32),
        inner=np.eye(TAGS, dtype=np.float32),
        inner_bias=np.zeros(TAGS, dtype=np.float32),
        convolutions=(
            (straight, np.zeros(width, dtype=np.float32)),
            (nothing, np.zeros(width, dtype=np.float32)),
        ),
        outer=np.eye(TAGS, dtype=np.float32),
        outer_bias=np.zeros(TAGS, dtype=np.float32),
        lean=leaning,
    )


def states(*tags: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """States that say these tags."""
    return np.eye(TAGS, dtype=np.float32)[list(tags)] * 9


def rows(count: int) -> list[np.ndarray[tuple[int], np.dtype[np.int32]]]:
    return [np.array([0], dtype=np.int32)] * count


def test_entities_are_runs_of_their_tags() -> None:
    tags = (NONE, BEGIN, INSIDE, OTHER_BEGIN, NONE, BEGIN)
    found = head().find(rows(6), states(*tags))
    assert [(one.first, one.last, one.label) for one in found] == [
        (1, 2, "PERSON"),
        (3, 3, "ADDRESS"),
        (5, 5, "PERSON"),
    ]
    assert all(0.99 < one.chance <= 1 for one in found)


def test_two_beginnings_are_two_entities() -> None:
    found = head().find(rows(2), states(BEGIN, BEGIN))
    assert [(one.first, one.last) for one in found] == [(0, 0), (1, 1)]


def test_no_words_hold_nothing() -> None:
    assert head().find([], states()) == []


@pytest.mark.parametrize(
    ("said", "best"),
    [
        # An inside without a beginning is paid for by the cheapest row that may be.
        ([[0.0, -1, -9, -9, -9], [-5, -3, 0, -9, -9]], [BEGIN, INSIDE]),
        ([[0.0, -9, -9, -9, -9], [-1, -3, 0, -9, -9]], [NONE, NONE]),
        # The inside of one does not follow the beginning of another.
        ([[-9, 0.0, -9, -9, -9], [-4, -9, -5, -9, 0]], [BEGIN, NONE]),
        ([[-1, -9, 0.0, -9, -9]], [NONE]),
    ],
)
def test_an_inside_follows_its_own_beginning(said: list[list[float]], best: list[int]) -> None:
    assert best_tags(np.array(said, dtype=np.float32)) == best


def test_a_lean_against_nothing_finds_more() -> None:
    unsure = states(NONE) + np.array([[-0.5, 8, 0, 0, 0]], dtype=np.float32)
    assert head().find(rows(1), unsure) == []
    (found,) = head(lean=4).find(rows(1), unsure)
    assert (found.label, found.first) == ("PERSON", 0)
    assert found.chance < 0.5  # as it is, not as it was leaned on


def test_the_words_around_are_seen_as_far_as_the_reach() -> None:
    wide = head()
    weight = wide.convolutions[0][0].copy()
    weight[:TAGS] = 5 * np.eye(TAGS)  # what stands two words before speaks loudest
    seeing = TokenHead(
        labels=LABELS,
        table=wide.table,
        inner=wide.inner,
        inner_bias=wide.inner_bias,
        convolutions=((weight, wide.convolutions[0][1]), wide.convolutions[1]),
        outer=wide.outer,
        outer_bias=wide.outer_bias,
        lean=wide.lean,
    )
    found = seeing.find(rows(4), states(BEGIN, NONE, NONE, NONE))
    assert [one.first for one in found] == [0, 2]


def test_a_head_is_what_its_file_holds() -> None:
    one = head()
    tensors = {
        "table": one.table,
        "inner/weight": one.inner,
        "inner/bias": one.inner_bias,
        "outer/weight": one.outer,
        "outer/bias": one.outer_bias,
        "lean": one.lean,
    }
    for number in range(len(DILATIONS)):
        weight, bias = one.convolutions[number]
        tensors[f"convolution{number}/weight"] = weight
        tensors[f"convolution{number}/bias"] = bias
    halves = {name: value.astype(np.float16) for name, value in tensors.items()}
    read = TokenHead.from_tensors(halves, LABELS)
    (found,) = read.find(rows(1), states(BEGIN))
    assert (found.first, found.last, found.label) == (0, 0, "PERSON")
    del halves["lean"]
    with pytest.raises(KeyError, match="lean"):
        TokenHead.from_tensors(halves, LABELS)

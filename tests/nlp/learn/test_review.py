"""What is chosen for people to look at, and what is not chosen twice."""

from dataclasses import replace

import numpy as np
import pytest

from nlp.errors import OptionError
from nlp.learn import review
from nlp.learn.review import Candidates, choose, closeness, draw, halves, rarity, unread

WIDTH = 8


def unlike(number: int) -> np.ndarray:
    """(number, width) directions of which no two are near."""
    found = np.random.default_rng(3).normal(size=(number, WIDTH))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def candidates(*rows: tuple[float, float, float]) -> Candidates:
    """Passages with these probabilities, unlike each other."""
    return Candidates(
        probabilities=np.array(rows),
        thresholds=np.array([0.4, 0.4, 0.4]),
        vectors=unlike(len(rows)),
        judged=np.array([50, 50, 50]),
    )


SURE, NOTHING, DOUBT = (0.99, 0.01, 0.01), (0.01, 0.01, 0.01), (0.42, 0.01, 0.01)


def test_doubt_lies_at_the_threshold_and_not_at_one_half() -> None:
    near = closeness(np.array([[0.4, 0.5, 0.02, 0.98]]), np.full(4, 0.4))[0]
    assert near[0] == pytest.approx(1)
    assert near[1] < near[0]
    assert max(near[2:]) < 0.15


def test_what_the_model_doubts_comes_before_what_it_is_sure_of() -> None:
    found = choose(candidates(SURE, NOTHING, DOUBT, NOTHING, DOUBT), 2)
    assert {one.place for one in found} == {2, 4}
    assert {one.reason for one in found} == {"unsure"}
    assert {one.chance for one in found} == {None}


def test_the_same_is_not_asked_twenty_times() -> None:
    rows = [DOUBT] * 10 + [(0.3, 0.01, 0.01)] * 3
    given = candidates(*rows)
    vectors = given.vectors.copy()
    vectors[:10] = vectors[0]
    found = choose(replace(given, vectors=vectors), 4)
    assert sorted(one.place for one in found)[1:] == [10, 11, 12]


def test_what_is_like_a_passage_that_waits_is_left_for_later() -> None:
    given = candidates(DOUBT, (0.3, 0.01, 0.01))
    (first,) = choose(given, 1)
    assert first.place == 0
    (other,) = choose(replace(given, seen=given.vectors[:1]), 1)
    assert other.place == 1


def test_a_category_of_which_few_were_judged_comes_first_and_says_so() -> None:
    given = candidates((0.4, 0.01, 0.01), (0.01, 0.01, 0.45))
    (usual,) = choose(given, 1)
    assert (usual.place, usual.reason) == (0, "unsure")
    (rare,) = choose(replace(given, judged=np.array([50, 50, 2])), 1)
    assert (rare.place, rare.reason) == (1, "rare")
    assert rarity(np.array([3, 3, 3])).tolist() == [1, 1, 1]


def test_two_models_that_say_otherwise_are_asked_about() -> None:
    given = candidates(*[DOUBT] * 18, (0.05, 0.01, 0.01), NOTHING)
    other = given.probabilities.copy()
    other[18, 0] = 0.9
    found = choose(replace(given, other=other), 10)
    assert [one.place for one in found if one.reason == "disagreement"] == [18]


def test_words_that_recur_are_new_vocabulary_and_slips_are_not() -> None:
    words: list[tuple[str, ...]] = [(), ("airlock",), ("airlock", "brine"), ("hte",), ()]
    worth = review.unknown_words(words)
    assert worth[1] == worth[2] > 0
    assert worth[[0, 3, 4]].tolist() == [0, 0, 0]
    given = replace(candidates(*[NOTHING] * 5), new_words=words)
    found = choose(given, 10)
    assert len(found) == 5
    assert review.SHARES["new_words"] * 10 == 1
    assert [one.reason for one in found].count("new_words") == 0  # half a passage of five
    found = choose(replace(candidates(*[NOTHING] * 15), new_words=words * 3), 10)
    (new,) = [one for one in found if one.reason == "new_words"]
    assert words[new.place % 5]


def test_unread_words() -> None:
    known = {"the", "leaks", "it is"}
    text = "The airlock leaks, [PERSON_1] says; 42 airlock-brine it is I'd"
    assert unread(text, known) == ("airlock", "says", "brine")


def test_parts_that_speak_of_other_passages_are_refused() -> None:
    given = candidates(DOUBT, DOUBT)
    with pytest.raises(OptionError, match="vectors, judged"):
        choose(replace(given, vectors=unlike(3), judged=np.array([1])), 1)


def test_nothing_to_choose_from() -> None:
    empty = replace(candidates(DOUBT), probabilities=np.zeros((0, 3)), vectors=np.zeros((0, WIDTH)))
    assert choose(empty, 5) == []
    assert draw(np.zeros(0, dtype=bool), np.zeros(0), 5) == []


@pytest.mark.parametrize(
    ("found", "others", "count", "taken"),
    [
        (100, 1000, 20, (10, 10)),
        (100, 1000, 21, (11, 10)),
        (3, 1000, 20, (3, 17)),
        (100, 4, 20, (16, 4)),
        (3, 4, 20, (3, 4)),
        (0, 9, 5, (0, 5)),
        (5, 5, 0, (0, 0)),
    ],
)
def test_half_is_drawn_where_something_was_found(
    found: int, others: int, count: int, taken: tuple[int, int]
) -> None:
    assert halves(found, others, count=count) == taken


def test_chances_are_what_they_say() -> None:
    random = np.random.default_rng(5)
    found = np.arange(60) < 12
    times = np.zeros(60)
    said = np.zeros(60)
    for _ in range(2000):
        for one in draw(found, random.random(60), 10):
            assert one.chance is not None
            times[one.place] += 1
            said[one.place] = one.chance
    assert set(said[found]) == {5 / 12}
    assert set(said[~found]) == {5 / 48}
    # Four standard errors of 2000 draws.
    error = 4 * np.sqrt(said * (1 - said) / 2000)
    assert (np.abs(times / 2000 - said) < error).all()


def test_the_same_keys_draw_the_same_passages() -> None:
    keys = np.random.default_rng(7).random(30)
    found = np.arange(30) % 3 == 0
    assert draw(found, keys, 8) == draw(found, keys, 8)
    more = {one.place for one in draw(found, keys, 12)}
    assert {one.place for one in draw(found, keys, 8)} < more

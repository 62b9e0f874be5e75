"""What is alike, and what comes together: small sets that can be counted by hand."""

import math

import numpy as np
import pytest

from nlp.errors import OptionError
from nlp.themes.related import Shared, alike, shared, together


def test_the_nearest_themes_come_first_and_none_is_near_itself() -> None:
    angles = np.radians([0, 10, 30, 180])
    centroids = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    found = alike(("a", "b", "c", "d"), centroids, most=1)
    assert [(one.theme, one.other) for one in found] == [("a", "b"), ("b", "a"), ("c", "b")]
    assert found[0].cosine == pytest.approx(math.cos(math.radians(10)))
    wide = alike(("a", "b", "c", "d"), centroids, most=3, least=-1.0)
    assert [one.other for one in wide if one.theme == "a"] == ["b", "c", "d"]


def test_alike_refuses_what_makes_no_sense() -> None:
    with pytest.raises(OptionError, match="most is 0"):
        alike(("a",), np.ones((1, 1), dtype=np.float32), most=0)
    with pytest.raises(ValueError, match="2 themes and 1 centroids"):
        alike(("a", "b"), np.ones((1, 1), dtype=np.float32))


def test_interactions_are_counted_once_a_theme_and_pairs_where_they_meet() -> None:
    counts = shared(
        {
            "a": np.array([7, 3, 3, 9]),
            "b": np.array([3, 7]),
            "c": np.array([9, 3]),
            "d": np.array([1]),
        }
    )
    assert counts.sizes.tolist() == [3, 2, 2, 1]
    assert counts.total == 4
    pairs = dict(zip(map(tuple, counts.pairs.tolist()), counts.counts.tolist(), strict=True))
    assert pairs == {(0, 1): 2, (0, 2): 2, (1, 2): 1}


def test_nothing_is_counted_where_nothing_is() -> None:
    for nothing in ({}, {"a": np.array([], dtype=np.int64)}):
        counts = shared(nothing)
        assert (counts.total, len(counts.pairs)) == (0, 0)
        assert together(counts) == ()


def test_the_chance_is_that_of_fisher() -> None:
    memberships = {"a": np.arange(10), "b": np.arange(2, 12), "c": np.arange(20, 40)}
    (found,) = together(shared(memberships))
    assert (found.first, found.second, found.observed) == ("a", "b", 8)
    assert found.expected == pytest.approx(10 * 10 / 32)
    assert found.lift == pytest.approx(8 / (100 / 32))
    total = math.comb(32, 10)
    tail = sum(math.comb(10, k) * math.comb(22, 10 - k) for k in range(8, 11)) / total
    assert found.p == pytest.approx(tail)
    # Three pairs could have met, two of them never did.
    assert found.q == pytest.approx(3 * tail)


def test_few_common_interactions_say_nothing() -> None:
    memberships = {"a": np.arange(4), "b": np.arange(4), "c": np.arange(10, 400)}
    assert together(shared(memberships)) == ()
    assert [one.observed for one in together(shared(memberships), fewest=4)] == [4]


def test_themes_at_random_do_not_come_together() -> None:
    rng = np.random.default_rng(3)
    apart = {str(n): rng.choice(3000, size=300, replace=False) for n in range(40)}
    assert len(together(shared(apart))) <= 1
    twins = apart | {"twin": np.concatenate([apart["0"][:100], rng.choice(3000, size=200)])}
    first = together(shared(twins))[0]
    assert {first.first, first.second} == {"0", "twin"}


def test_large_themes_meet_by_necessity() -> None:
    # 90 and 90 of 100 have 80 in common at least, and 81 to be expected.
    memberships = {"a": np.arange(90), "b": np.arange(10, 100)}
    assert together(shared(memberships)) == ()


@pytest.mark.parametrize(
    ("sizes", "counts", "total", "message"),
    [
        ([3, 3, 3], [1], 9, "2 themes"),
        ([30, 3], [1], 9, "30 interactions of 9"),
        ([3, 3], [4], 9, "more interactions than one of its themes"),
    ],
)
def test_counts_that_cannot_be_are_refused(
    sizes: list[int], counts: list[int], total: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Shared(
            themes=("a", "b"),
            sizes=np.array(sizes),
            pairs=np.array([[0, 1]]),
            counts=np.array(counts),
            total=total,
        )


def test_together_refuses_pairs_that_never_met() -> None:
    with pytest.raises(OptionError, match="fewest is 0"):
        together(shared({}), fewest=0)

"""The sentiment arc: a point a turn, and a curve that stays between them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dashboard.arc import HEIGHT, WIDTH, draw

NUMBER = re.compile(r"-?[0-9.]+(?:e-?[0-9]+)?")


def test_no_turns_no_arc() -> None:
    assert draw([]) is None


def test_one_turn_is_a_dot_in_the_middle() -> None:
    arc = draw([(3, "neutral", 0.0)])
    assert arc is not None
    (point,) = arc.points
    assert (point.turn, point.x, point.y) == (3, WIDTH / 2, HEIGHT / 2)
    assert arc.summary == "One customer's turn, neutral (+0.00)."


def test_better_is_higher_and_later_is_further_right() -> None:
    arc = draw([(0, "negative", -1.0), (2, "neutral", 0.0), (5, "positive", 1.0)])
    assert arc is not None
    assert [point.turn for point in arc.points] == [0, 2, 5]
    assert arc.points[0].y > arc.zero > arc.points[2].y
    assert arc.points[1].y == arc.zero
    assert arc.points[0].x < arc.points[1].x < arc.points[2].x
    gaps = [arc.points[1].x - arc.points[0].x, arc.points[2].x - arc.points[1].x]
    assert gaps[0] == pytest.approx(gaps[1])


def test_the_summary_says_where_it_was_lowest() -> None:
    arc = draw([(1, "neutral", 0.1), (3, "negative", -0.8), (5, "positive", 0.6)])
    assert arc is not None
    assert arc.summary == (
        "3 customer's turns: begins neutral (+0.10), ends positive (+0.60), "
        "lowest at turn 4 (-0.80)."
    )


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30))
def test_the_curve_never_leaves_the_band_between_its_points(scores: list[float]) -> None:
    arc = draw([(index, "neutral", score) for index, score in enumerate(scores)])
    assert arc is not None
    assert len(arc.points) == len(scores)
    curves = arc.line.split("C")[1:]
    assert len(curves) == len(scores) - 1
    for (left, right), curve in zip(
        zip(arc.points, arc.points[1:], strict=False), curves, strict=True
    ):
        x1, y1, x2, y2, x, y = (float(number) for number in NUMBER.findall(curve))
        assert left.x - 0.01 <= x1 <= x2 <= x + 0.01
        assert (x, y) == pytest.approx((right.x, right.y), abs=0.01)
        low, high = sorted((left.y, right.y))
        # Control points within the band keep the curve within it.
        assert low - 0.02 <= y1 <= high + 0.02
        assert low - 0.02 <= y2 <= high + 0.02
    for point in arc.points:
        assert 0 <= point.x <= WIDTH
        assert 0 <= point.y <= HEIGHT

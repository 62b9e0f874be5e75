"""The sentiment arc as a drawing: one point a customer's turn, and a line that never overshoots.

Between points runs the monotone cubic of Fritsch and Carlson (SIAM J. Numer. Anal. 17, 1980, with
the harmonic mean of Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5, 1984, for the slopes), so
that a curve through two neutral turns does not show a mood that nobody had.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 100.0, 100.0
"""The drawing is stretched to its place: numbers are percent of it."""

_MARGIN_X, _MARGIN_Y = 1.5, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of the arc.

    Attributes:
        turn: index of the customer's turn.
        label: negative, neutral or positive.
        score: from -1 to 1.
        x: in the drawing, from the left.
        y: in the drawing, from the top.
    """

    turn: int
    label: str
    score: float
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A drawn arc.

    Attributes:
        points: in the order of the turns.
        line: path data of the curve through them.
        area: path data of what lies between the curve and neutral.
        zero: where neutral is, from the top.
        summary: the arc in one sentence, for whoever does not see it.
    """

    points: tuple[Point, ...]
    line: str
    area: str
    zero: float
    summary: str


def draw(arc: Sequence[tuple[int, str, float]]) -> Arc | None:
    """Draw an arc of (turn, label, score), or None when there is nothing to draw."""
    if not arc:
        return None
    step = (WIDTH - 2 * _MARGIN_X) / max(1, len(arc) - 1)
    first = _MARGIN_X if len(arc) > 1 else WIDTH / 2
    points = tuple(
        Point(turn=turn, label=label, score=score, x=round(first + at * step, 2), y=_y(score))
        for at, (turn, label, score) in enumerate(arc)
    )
    line = _curve(points)
    zero = _y(0.0)
    area = f"{line} L{points[-1].x:g} {zero:g} L{points[0].x:g} {zero:g} Z"
    return Arc(points=points, line=line, area=area, zero=zero, summary=_summary(points))


def _y(score: float) -> float:
    half = HEIGHT / 2 - _MARGIN_Y
    return round(HEIGHT / 2 - max(-1.0, min(1.0, score)) * half, 2)


def _curve(points: Sequence[Point]) -> str:
    """Path data of the monotone cubic through the points."""
    path = [f"M{points[0].x:g} {points[0].y:g}"]
    slopes = _slopes(points)
    for (left, right), (rise, fall) in zip(pairwise(points), pairwise(slopes), strict=True):
        third = (right.x - left.x) / 3
        path.append(
            f"C{left.x + third:.2f} {left.y + rise * third:.2f} "
            f"{right.x - third:.2f} {right.y - fall * third:.2f} {right.x:g} {right.y:g}"
        )
    return " ".join(path)


def _slopes(points: Sequence[Point]) -> list[float]:
    """The curve's slope at each point: flat at every turn of direction, and at both ends."""
    secants = [(right.y - left.y) / (right.x - left.x) for left, right in pairwise(points)]
    inner = [
        0.0 if left * right <= 0 else 2 * left * right / (left + right)
        for left, right in pairwise(secants)
    ]
    return [0.0, *inner, 0.0] if len(points) > 1 else [0.0]


def _summary(points: Sequence[Point]) -> str:
    """Where it begins, where it ends, and its lowest point, in words."""
    low = min(points, key=lambda point: point.score)
    if len(points) == 1:
        return f"One customer's turn, {low.label} ({low.score:+.2f})."
    first, last = points[0], points[-1]
    return (
        f"{len(points)} customer's turns: begins {first.label} ({first.score:+.2f}), ends "
        f"{last.label} ({last.score:+.2f}), lowest at turn {low.turn + 1} ({low.score:+.2f})."
    )

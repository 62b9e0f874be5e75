"""Curves as small SVG drawings for the report: a square from 0 to 1 both ways."""

from collections.abc import Mapping, Sequence
from typing import Any

SIDE = 240  # pixels
EDGE = 34  # left of it and below, for the numbers
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

Point = tuple[float, float]


def precision_recall(category: Mapping[str, Any]) -> str:
    """The precision-recall curve of a category of the metrics, with its threshold as a dot."""
    shown = category["curve"]
    points = list(zip(shown["recall"], shown["precision"], strict=True))
    parts = [_line(points)]
    if category["precision"] is not None and category["recall"] is not None:
        x, y = _place((category["recall"], category["precision"]))
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
    return _square(parts, "recall", "precision")


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """A reliability diagram: on the diagonal, what is said with 70 % is right in 70 of 100.

    A dot's area grows with the passages of its bin, and never vanishes.
    """
    most = max((one["passages"] for one in bins), default=1)
    points = [(one["probability"], one["share"]) for one in bins]
    dots = []
    for one, point in zip(bins, points, strict=True):
        x, y = _place(point)
        radius = 2.5 + 6 * (one["passages"] / max(most, 1)) ** 0.5
        dots.append(
            f'<circle class="bin" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{one['passages']} passages, said {point[0]:.2f}, right {point[1]:.2f}</title>"
            "</circle>"
        )
    diagonal = _line([(0, 0), (1, 1)], "diagonal")
    return _square([diagonal, _line(points), *dots], "probability that was said", "share right")


def _place(point: Point) -> Point:
    return EDGE + point[0] * SIDE, 8 + (1 - point[1]) * SIDE


def _line(points: Sequence[Point], name: str = "line") -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(_place, points))
    return f'<polyline class="{name}" points="{places}"/>'


def _square(parts: Sequence[str], across: str, up: str) -> str:
    marks = []
    for tick in TICKS:
        x, y = _place((tick, tick))
        low, left = 8 + SIDE, EDGE
        marks += [
            f'<path class="grid" d="M{x:.1f} 8V{low}M{left} {y:.1f}H{left + SIDE}"/>',
            f'<text x="{x:.1f}" y="{low + 13}" text-anchor="middle">{tick:g}</text>',
            f'<text x="{left - 5}" y="{y + 3:.1f}" text-anchor="end">{tick:g}</text>',
        ]
    width, height = EDGE + SIDE + 10, SIDE + 8 + EDGE
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{up} over {across}">{"".join([*marks, *parts])}'
        f'<text x="{EDGE + SIDE / 2}" y="{height - 4}" text-anchor="middle">{across}</text>'
        f'<text x="9" y="{8 + SIDE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 9 {8 + SIDE / 2})">{up}</text></svg>'
    )

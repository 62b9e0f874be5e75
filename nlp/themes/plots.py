"""Drawings for the page of themes: a map of boxes, courses as bars, feelings as a strip.

All are made of numbers, and of words that the template escapes; nothing is loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from nlp.themes.course import Point
from nlp.themes.listing import counted
from nlp.types import SENTIMENTS

WIDTH, HEIGHT = 460, 150  # of a course, in pixels
LEFT, FOOT, HEAD = 26, 20, 8
SPARK_WIDTH, SPARK_HEIGHT = 96, 22
SPARKS = 26  # weeks or months of a small course, the last ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle, in per cent of what it lies in.

    Attributes:
        left: of its left side.
        top: of its upper side.
        width: of it.
        height: of it.
    """

    left: float
    top: float
    width: float
    height: float


def boxes(sizes: Sequence[float], *, shape: float = 2.0) -> list[Box]:
    """Rectangles that fill a rectangle, as large as the sizes say, and near to squares.

    A squarified treemap (Bruls, Huizing and van Wijk 2000, doi:10.1007/978-3-7091-6783-0_4).

    Args:
        sizes: above 0, the largest first.
        shape: width of the whole over its height.
    """
    if not sizes:
        return []
    scale = shape / sum(sizes)  # the whole is `shape` wide and 1 high
    areas = [size * scale for size in sizes]
    found: list[Box] = []
    left, top, width, height = 0.0, 0.0, shape, 1.0
    while areas:
        short = min(width, height)
        count = 1
        while count < len(areas) and _worst(areas[: count + 1], short) <= _worst(
            areas[:count], short
        ):
            count += 1
        row, areas = areas[:count], areas[count:]
        deep = sum(row) / short
        place = 0.0
        for area in row:
            long = area / deep
            if width >= height:
                found.append(_box(left, top + place, deep, long, shape=shape))
            else:
                found.append(_box(left + place, top, long, deep, shape=shape))
            place += long
        if width >= height:
            left, width = left + deep, width - deep
        else:
            top, height = top + deep, height - deep
    return found


def _worst(row: Sequence[float], short: float) -> float:
    """How far from a square the least square rectangle of a row is; 1 is a square."""
    squared = sum(row) ** 2
    return max(short**2 * max(row) / squared, squared / (short**2 * min(row)))


def _box(left: float, top: float, width: float, height: float, *, shape: float) -> Box:
    return Box(
        left=100 * left / shape, top=100 * top, width=100 * width / shape, height=100 * height
    )


def course(points: Sequence[Point], *, step: str) -> str:
    """Findings by week or month as bars, stacked by sentiment; what the window cuts is pale.

    Args:
        points: in order, those without anything among them.
        step: what each is.
    """
    most = max((sum(one.feelings) for one in points), default=0) or 1
    wide = (WIDTH - LEFT) / max(len(points), 1)
    high = HEIGHT - HEAD - FOOT
    parts = [
        f'<path class="grid" d="M{LEFT} {HEAD}H{WIDTH}M{LEFT} {HEAD + high}H{WIDTH}"/>',
        f'<text x="{LEFT - 5}" y="{HEAD + 4}" text-anchor="end">{most}</text>',
        f'<text x="{LEFT - 5}" y="{HEAD + high + 4}" text-anchor="end">0</text>',
    ]
    for place, point in enumerate(points):
        bottom = float(HEAD + high)
        bars = []
        for feeling, count in zip(SENTIMENTS, point.feelings, strict=True):
            if count:
                tall = high * count / most
                bottom -= tall
                bars.append(
                    f'<rect class="{feeling}" x="{LEFT + place * wide + wide * 0.1:.1f}" '
                    f'y="{bottom:.1f}" width="{wide * 0.8:.1f}" height="{tall:.1f}"/>'
                )
        if bars:
            partial = ' class="partial"' if point.bucket.partial else ""
            parts.append(f"<g{partial}><title>{_told(point, step)}</title>{''.join(bars)}</g>")
    parts += _dates([one.bucket.start for one in points], wide)
    label = escape(f"Findings by {step}. {_summary(points, step)}")
    frame = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}"'
    return f"<svg {frame}>{''.join(parts)}</svg>"


def _dates(starts: Sequence[date], wide: float) -> list[str]:
    """The first, a middle and the last start, as they have room."""
    places = sorted({0, len(starts) // 2, len(starts) - 1}) if len(starts) > 4 else [0]
    ends = {0: "start", len(starts) - 1: "end"}
    found = []
    for place in places:
        anchor = ends.get(place, "middle")
        x = LEFT + wide * {"start": place, "middle": place + 0.5, "end": place + 1}[anchor]
        found.append(
            f'<text x="{x:.1f}" y="{HEIGHT - 5}" text-anchor="{anchor}">'
            f"{starts[place].day} {starts[place]:%b %Y}</text>"
        )
    return found


def _told(point: Point, step: str) -> str:
    counts = ", ".join(
        f"{count} {feeling}"
        for feeling, count in zip(SENTIMENTS, point.feelings, strict=True)
        if count
    )
    cut = ", not whole" if point.bucket.partial else ""
    calls = counted(point.bucket.interactions, "interaction")
    return f"{step} of {point.bucket.start}{cut}: {counts}; {calls}"


def _summary(points: Sequence[Point], step: str) -> str:
    """A course in words, for who does not see it."""
    counts = [sum(one.feelings) for one in points]
    if not counts or not max(counts):
        return "None with a date."
    peak = points[counts.index(max(counts))].bucket.start
    quiet = counts.count(0)
    return (
        f"From {points[0].bucket.start} to the {step} of {points[-1].bucket.start}: "
        f"most in the {step} of {peak} with {max(counts)}, "
        f"none in {quiet} of {len(counts)} {step}s, {counts[-1]} in the last."
    )


def spark(points: Sequence[Point]) -> str:
    """Interactions by week or month as small bars, for a row of a table."""
    counts = [one.bucket.interactions for one in points[-SPARKS:]]
    most = max(counts, default=0) or 1
    wide = SPARK_WIDTH / max(len(counts), 1)
    bars = "".join(
        f'<rect x="{place * wide:.1f}" y="{SPARK_HEIGHT * (1 - count / most):.1f}" '
        f'width="{max(wide - 1, 0.8):.1f}" height="{SPARK_HEIGHT * count / most:.1f}"/>'
        for place, count in enumerate(counts)
        if count
    )
    label = escape(", ".join(map(str, counts)))
    return (
        f'<svg class="spark" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" role="img" '
        f'aria-label="{label}"><path class="grid" d="M0 {SPARK_HEIGHT}H{SPARK_WIDTH}"/>{bars}</svg>'
    )

"""The curves of the review queue's benchmark, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Curves = tuple[Sequence[int], Doubles]
"""Numbers of judged passages, and (seeds, numbers) what was reached with them."""

_WIDE, _HIGH, _LEFT, _LOW, _EDGE = 640, 320, 48, 280, 16


@dataclass(frozen=True, slots=True)
class Frame:
    """Where values stand in the drawing.

    Attributes:
        most: judged passages at the right end.
        least: F1 at the bottom.
        top: F1 at the top.
    """

    most: int
    least: float
    top: float

    def place(self, number: float, value: float) -> tuple[float, float]:
        """Of a number of judged passages and an F1."""
        x = _LEFT + (_WIDE - _LEFT - _EDGE) * number / self.most
        return round(x, 1), round(
            _LOW - (_LOW - 24) * (value - self.least) / (self.top - self.least), 1
        )

    def path(self, numbers: Sequence[float], values: Sequence[float]) -> str:
        """Points of a line."""
        places = [self.place(*one) for one in zip(numbers, values, strict=True)]
        return " ".join(f"{x:g},{y:g}" for x, y in places)

    def axes(self) -> list[str]:
        """Lines and numbers."""
        parts = []
        for value in np.arange(self.least, self.top + 0.01, 0.1):
            _, y = self.place(0, float(value))
            parts.append(f'<path d="M{_LEFT} {y:g}H{_WIDE - _EDGE}" stroke="#ddd"/>')
            parts.append(
                f'<text x="{_LEFT - 8}" y="{y:g}" text-anchor="end" dy="4">{value:.1f}</text>'
            )
        for number in range(500, self.most + 1, 500):
            x, _ = self.place(number, self.least)
            parts.append(f'<text x="{x:g}" y="{_LOW + 18}" text-anchor="middle">{number:,}</text>')
        parts.append(
            f'<text x="{_WIDE / 2:g}" y="{_HIGH - 6}" text-anchor="middle">judged passages</text>'
        )
        return parts


def drawing(queued: Curves, drawn: Curves) -> str:
    """Both curves with the middle four fifths of the seeds, as SVG.

    Args:
        queued: those of the queue.
        drawn: those of random choice; shown as far as the queue's go.
    """
    at, queue = queued
    shown = [number for number in drawn[0] if number <= at[-1]]
    random = drawn[1][:, : len(shown)]
    frame = Frame(
        at[-1],
        float(np.floor(min(queue.min(), random.min()) * 10) / 10),
        float(np.ceil(max(queue.max(), random.max()) * 10) / 10),
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img" '
        'font-family="sans-serif" font-size="12">',
        "<title>Macro F1 by judged passages: the review queue against random choice</title>",
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>',
        *frame.axes(),
    ]
    for numbers, values, colour, name, lift in (
        (at, queue, "#0b6e4f", "queue", -10),
        (shown, random, "#b4531a", "random", 22),
    ):
        low, high = np.quantile(values, [0.1, 0.9], axis=0)
        mean = values.mean(axis=0)
        x, y = frame.place(numbers[-1], float(mean[-1]))
        edge = frame.path([*numbers, *numbers[::-1]], [*high, *low[::-1]])
        parts += [
            f'<polygon points="{edge}" fill="{colour}" opacity="0.15"/>',
            f'<polyline points="{frame.path(numbers, mean)}" fill="none" stroke="{colour}" '
            'stroke-width="2"/>',
            f'<text x="{x:g}" y="{y:g}" text-anchor="end" dy="{lift}" fill="{colour}">'
            f"{name}</text>",
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"

"""A turn's text cut into pieces, so that findings and placeholders can be shown in the words.

The pieces' texts joined are the text: nothing is added, dropped or moved.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]*_[0-9]+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a finding stands.

    Attributes:
        number: of the finding on the page, from 1.
        category: what was found.
        start: offset of its first character.
        end: offset after its last.
    """

    number: int
    category: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A finding on a piece of text.

    Attributes:
        span: the finding.
        last: whether the piece ends it.
    """

    span: Span
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text under the same findings.

    Attributes:
        text: the run.
        start: its offset.
        marks: the findings on it, the one that begins first and reaches furthest outermost.
        placeholder: whether it stands for personal data that was taken out.
    """

    text: str
    start: int
    marks: tuple[Mark, ...]
    placeholder: bool


def pieces(text: str, spans: Sequence[Span]) -> tuple[Piece, ...]:
    """Cut a text wherever a finding or a placeholder begins or ends."""
    holes = [found.span() for found in _PLACEHOLDER.finditer(text)]
    cuts = {0, len(text)}
    for start, end in [*holes, *((span.start, span.end) for span in spans)]:
        cuts |= {min(start, len(text)), min(end, len(text))}
    places = sorted(cuts)
    order = sorted(spans, key=lambda span: (span.start, -span.end, span.number))
    return tuple(
        Piece(
            text=text[start:end],
            start=start,
            marks=tuple(
                Mark(span=span, last=span.end == end)
                for span in order
                if span.start <= start and end <= span.end
            ),
            placeholder=any(hole[0] <= start and end <= hole[1] for hole in holes),
        )
        for start, end in pairwise(places)
    )

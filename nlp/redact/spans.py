"""What redaction finds: a stretch of text, the kind of personal data, and how sure that is."""

import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

KINDS: tuple[str, ...] = (
    "PERSON",
    "EMAIL",
    "PHONE",
    "CARD",
    "IBAN",
    "ACCOUNT",
    "ADDRESS",
    "NATIONAL_ID",
    "BIRTH_DATE",
    "IP",
    "USERNAME",
    "SECRET",
)
"""Every kind there is, by the word that its placeholder carries ("[PERSON_1]")."""

PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)})_(\d{{1,6}})\]")


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of personal data.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        kind: one of `KINDS`.
        score: 0 to 1; where two spans overlap the higher one stays.
    """

    start: int
    end: int
    kind: str
    score: float


class NameFinder(Protocol):
    """Finds names and addresses: the seam where a model stands beside the rules."""

    def __call__(self, texts: Sequence[str], /) -> list[list[Span]]:
        """One list of PERSON and ADDRESS spans a text, in the order of the texts."""
        ...


def resolve(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans that stay: no two overlap, none touches a placeholder that is already there.

    Of two that overlap the higher score stays, then the longer, then the first. White space and
    closing punctuation at the ends of a span are given back to the text.
    """
    ranked = sorted(spans, key=lambda span: (-span.score, span.start - span.end, span.start))
    taken = [match.span() for match in PLACEHOLDER.finditer(text)] if "[" in text else []
    kept: list[Span] = []
    for span in ranked:
        trimmed = _trim(text, span)
        if trimmed is None:
            continue
        # Those that were taken do not overlap and are in order, so only two neighbours can matter.
        place = bisect(taken, (trimmed.start, trimmed.end))
        if place and taken[place - 1][1] > trimmed.start:
            continue
        if place < len(taken) and taken[place][0] < trimmed.end:
            continue
        taken.insert(place, (trimmed.start, trimmed.end))
        kept.append(trimmed)
    return tuple(sorted(kept, key=lambda span: span.start))


def _trim(text: str, span: Span) -> Span | None:
    start, end = span.start, span.end
    while start < end and text[start] in " \t\r\n,;":
        start += 1
    while start < end and text[end - 1] in " \t\r\n,;":
        end -= 1
    if start >= end:
        return None
    if (start, end) == (span.start, span.end):
        return span
    return Span(start, end, span.kind, span.score)

"""Joins what the rules found with what a model found.

Each knows something: the rules check sums and forms, the model reads what stands around a name. So
a number's kind is the rules' to say; a name or an address is both's, and where they overlap, it
reaches as far as either says.
"""

from collections.abc import Iterable

from nlp.redact.spans import Span

SURE = 0.85
"""What a name by rules must score to stand against a model that does not see one: a cue announces
it or somebody asked for it. What only looks like a name from the lists is the model's to judge."""

_SHARED = frozenset({"PERSON", "ADDRESS"})


def joined(ruled: Iterable[Span], learned: Iterable[Span]) -> list[Span]:
    """The spans of both; those of the same shared kind that overlap are one.

    Args:
        ruled: what the rules found.
        learned: persons and addresses that a model found.
    """
    by_rule = list(ruled)
    numbers = [span for span in by_rule if span.kind not in _SHARED]
    found = [span for span in learned if not _denied(span, numbers)]
    kept = [
        span
        for span in by_rule
        if span.kind != "PERSON" or span.score >= SURE or any(_touch(span, one) for one in found)
    ]
    for span in found:
        same = [one for one in kept if one.kind == span.kind and _touch(one, span)]
        # A number inside an address is a part of it, whatever it looks like by itself.
        inside = [one for one in kept if one.kind not in _SHARED and _holds(span, one)]
        kept = [one for one in kept if one not in same and one not in inside]
        group = [span, *same]
        kept.append(
            Span(
                min(one.start for one in group),
                max(one.end for one in group),
                span.kind,
                max(one.score for one in group),
            )
        )
    return kept


def _denied(span: Span, numbers: Iterable[Span]) -> bool:
    """Whether the rules know better: it overlaps a number that is no part of an address."""
    return any(
        _touch(span, number) and not (span.kind == "ADDRESS" and _holds(span, number))
        for number in numbers
    )


def _touch(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _holds(outer: Span, inner: Span) -> bool:
    return (
        outer.start <= inner.start
        and inner.end <= outer.end
        and outer.end - outer.start > (inner.end - inner.start)
    )

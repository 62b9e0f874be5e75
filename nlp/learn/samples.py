"""Windows of labelled passages for training: the same windows as in serving."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from nlp.learn.corpora import Example, Labelled
from nlp.passages import segments
from nlp.types import CATEGORIES, SENTIMENTS, SentimentLabel
from nlp.windows import SERVED, Segment, Shape, Span, Window, windows

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Target:
    """What people say of one passage.

    Attributes:
        head: name of the head that learns its categories; every source has its own manner.
        labels: (labels of the head,) how likely each is, for people 0 or 1; `UNKNOWN` where the
            source does not say.
        sentiment: (feelings,) how likely each is; all `UNKNOWN` where the source does not say.
        tokens: (tokens, categories) 1 where a word piece stands in the quote of that category.
    """

    head: str
    labels: NDArray[np.float32]
    sentiment: NDArray[np.float32]
    tokens: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """One window and what is known of the passages in it.

    Attributes:
        window: the tokens.
        targets: one a span of the window.
    """

    window: Window
    targets: tuple[Target, ...]


def of_interactions(
    labelled: Iterable[Labelled], tokenizer: Tokenizer, head: str, shape: Shape = SERVED
) -> list[Sample]:
    """Windows over whole interactions."""
    return [
        sample
        for one in labelled
        for sample in _windows(segments(one.interaction), one.examples, tokenizer, head, shape)
    ]


def of_passages(examples: Iterable[Example], tokenizer: Tokenizer, head: str) -> list[Sample]:
    """A window for every passage that stands alone."""
    return [
        sample
        for one in examples
        for sample in _windows([Segment(one.text)], [one], tokenizer, head)
    ]


def spoken(sample: Sample, marks: frozenset[int]) -> Sample:
    """A window as a speech recogniser without punctuation would write it.

    Args:
        sample: a window.
        marks: token ids of punctuation.
    """
    kept = [place for place, id in enumerate(sample.window.ids) if id not in marks]
    spans, targets = [], []
    for span, target in zip(sample.window.spans, sample.targets, strict=True):
        inside = [place - span.start for place in kept if span.start <= place < span.end]
        first = bisect_left(kept, span.start)
        # A passage of nothing but marks stays out: nobody said it.
        if inside:
            spans.append(Span(span.segment, first, first + len(inside)))
            targets.append(replace(target, tokens=target.tokens[inside]))
    ids = tuple(sample.window.ids[place] for place in kept)
    return Sample(Window(ids, tuple(spans)), tuple(targets))


def _windows(
    found: Sequence[Segment],
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    head: str,
    shape: Shape = SERVED,
) -> list[Sample]:
    pieces = tokenizer.encode_batch([one.text for one in found], add_special_tokens=False)
    asked = [number for number, one in enumerate(found) if one.asked]
    of = dict(zip(asked, examples, strict=True))
    return [
        Sample(
            window,
            tuple(_target(of[s.segment], pieces[s.segment], s, head) for s in window.spans),
        )
        for window in windows([one.ids for one in pieces], [one.asked for one in found], shape)
    ]


def feeling(known: SentimentLabel | None) -> NDArray[np.float32]:
    """(feelings,) 1 for the known one, else 0; `UNKNOWN` where none is known."""
    found = np.full(len(SENTIMENTS), UNKNOWN if known is None else 0, dtype=np.float32)
    if known is not None:
        found[SENTIMENTS.index(known)] = 1
    return found


def _target(example: Example, pieces: Encoding, span: Span, head: str) -> Target:
    known = example.categories is not None
    given = example.categories or frozenset()
    categories = [float(name in given) if known else UNKNOWN for name in CATEGORIES]
    tokens = np.zeros((span.end - span.start, len(CATEGORIES)), dtype=np.float32)
    for quote in example.quotes:
        column = CATEGORIES.index(quote.category)
        for place, (start, end) in enumerate(pieces.offsets[: len(tokens)]):
            tokens[place, column] = tokens[place, column] or (
                start < quote.end and end > quote.start
            )
    return Target(
        head,
        np.array(categories, dtype=np.float32),
        feeling(example.sentiment),
        tokens,
    )

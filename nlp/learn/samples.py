"""Windows of labelled passages for training: the same windows as in serving."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from nlp.learn.corpora import Example, Labelled
from nlp.passages import segments
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.windows import Segment, Span, Window, windows

UNKNOWN = -1

MARKS = frozenset('.,!?;:"()[]-–—…')


@dataclass(frozen=True, slots=True)
class Target:
    """What people say of one passage.

    Attributes:
        head: name of the head that learns its categories; every source has its own manner.
        labels: (labels of the head,) 0 or 1; `UNKNOWN` where the source does not say.
        sentiment: index into `SENTIMENTS`, or `UNKNOWN`.
        tokens: (tokens, categories) 1 where a word piece stands in the quote of that category.
    """

    head: str
    labels: NDArray[np.float32]
    sentiment: int
    tokens: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """One window and what is known of the passages in it.

    Attributes:
        window: the tokens.
        targets: one a span of the window.
        spoken: the same window as a speech recogniser would have written it.
    """

    window: Window
    targets: tuple[Target, ...]
    spoken: "Sample | None" = None


def of_interactions(labelled: Iterable[Labelled], tokenizer: Tokenizer, head: str) -> list[Sample]:
    """Windows over whole interactions."""
    return [
        sample
        for one in labelled
        for sample in _pack(segments(one.interaction), one.examples, tokenizer, head)
    ]


def of_passages(examples: Iterable[Example], tokenizer: Tokenizer, head: str) -> list[Sample]:
    """A window for every passage that stands alone."""
    return [
        sample for one in examples for sample in _pack([Segment(one.text)], [one], tokenizer, head)
    ]


def with_spoken(sample: Sample, marks: Container[int]) -> Sample:
    """A window that has a copy as a speech recogniser would write it: without punctuation.

    Args:
        sample: the window; a passage of marks alone keeps them.
        marks: token ids of punctuation marks.
    """
    ids = sample.window.ids
    kept = np.array([id not in marks for id in ids])
    for span in sample.window.spans:
        if not kept[span.start : span.end].any():
            kept[span.start : span.end] = True
    places = np.append(0, np.cumsum(kept))  # of each token, and of the end, among those that stay
    window = Window(
        tuple(id for id, stays in zip(ids, kept, strict=True) if stays),
        tuple(
            Span(span.segment, int(places[span.start]), int(places[span.end]))
            for span in sample.window.spans
        ),
    )
    targets = tuple(
        replace(target, tokens=target.tokens[kept[span.start : span.end]])
        for span, target in zip(sample.window.spans, sample.targets, strict=True)
    )
    return replace(sample, spoken=Sample(window, targets))


def punctuation(tokenizer: Tokenizer) -> frozenset[int]:
    """Token ids of the marks that no recogniser writes; apostrophes belong to their words."""
    return frozenset(
        id for word, id in tokenizer.get_vocab().items() if not set(word.removeprefix("##")) - MARKS
    )


def _pack(
    found: Sequence[Segment], examples: Sequence[Example], tokenizer: Tokenizer, head: str
) -> list[Sample]:
    pieces = tokenizer.encode_batch([one.text for one in found], add_special_tokens=False)
    asked = [number for number, one in enumerate(found) if one.asked]
    of = dict(zip(asked, examples, strict=True))
    return [
        Sample(
            window,
            tuple(_target(of[s.segment], pieces[s.segment], s, head) for s in window.spans),
        )
        for window in windows([one.ids for one in pieces], [one.asked for one in found])
    ]


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
        UNKNOWN if example.sentiment is None else SENTIMENTS.index(example.sentiment),
        tokens,
    )

"""Windows of labelled passages for training: those of serving, and others that part elsewhere."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from nlp.learn.corpora import Example, Labelled
from nlp.passages import segments
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.windows import WINDOW, Segment, Span, Window, windows

UNKNOWN = -1

MARKS = frozenset('.,!?;:"()[]-–—…')


@dataclass(frozen=True, slots=True)
class Target:
    """What people say of one passage.

    Attributes:
        head: name of the head that learns its categories; every source has its own manner.
        labels: (labels of the head,) 0 or 1; `UNKNOWN` where the source does not say.
        sentiment: (feelings,) 1 for the one that is felt, else 0; `UNKNOWN` where the source does
            not say.
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
        spoken: the same window as a speech recogniser would have written it.
    """

    window: Window
    targets: tuple[Target, ...]
    spoken: "Sample | None" = None


@dataclass(frozen=True, slots=True)
class Readings:
    """The ways to read one interaction, or one passage that stands alone.

    Attributes:
        served: the windows as they are served.
        parted: the same passages in windows that begin and end elsewhere, so that each is read with
            other words around it; some ways.
        share: of the epochs, in how many it is read.
    """

    served: tuple[Sample, ...]
    parted: tuple[tuple[Sample, ...], ...] = ()
    share: float = 1.0

    def windows(self, parted_share: float) -> float:
        """How many windows an epoch reads of it, on average.

        Args:
            parted_share: how often it is parted in other ways.
        """
        found = float(len(self.served))
        if self.parted:
            others = sum(len(way) for way in self.parted) / len(self.parted)
            found += parted_share * (others - found)
        return found * self.share


def of_interactions(
    labelled: Iterable[Labelled], tokenizer: Tokenizer, head: str, *, firsts: Sequence[int] = ()
) -> list[Readings]:
    """Windows over whole interactions.

    Args:
        labelled: with what people say of them.
        tokenizer: the encoder's, neither padding nor cutting.
        head: that learns the categories.
        firsts: tokens of the first window, of every other way to part an interaction.
    """
    return [
        Readings(
            _pack(segments(one.interaction), one.examples, tokenizer, head),
            tuple(
                _pack(segments(one.interaction), one.examples, tokenizer, head, first=first)
                for first in firsts
            ),
        )
        for one in labelled
    ]


def of_passages(examples: Iterable[Example], tokenizer: Tokenizer, head: str) -> list[Readings]:
    """A window for every passage that stands alone."""
    return [Readings(_pack([Segment(one.text)], [one], tokenizer, head)) for one in examples]


def as_spoken(given: Readings, marks: Container[int]) -> Readings:
    """Readings whose windows have copies as a speech recogniser would write them."""
    return replace(
        given,
        served=tuple(with_spoken(one, marks) for one in given.served),
        parted=tuple(tuple(with_spoken(one, marks) for one in way) for way in given.parted),
    )


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
    found: Sequence[Segment],
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    head: str,
    *,
    first: int = WINDOW,
) -> tuple[Sample, ...]:
    pieces = tokenizer.encode_batch([one.text for one in found], add_special_tokens=False)
    asked = [number for number, one in enumerate(found) if one.asked]
    of = dict(zip(asked, examples, strict=True))
    cut = windows([one.ids for one in pieces], [one.asked for one in found], first=first)
    return tuple(
        Sample(
            window,
            tuple(_target(of[s.segment], pieces[s.segment], s, head) for s in window.spans),
        )
        for window in cut
    )


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
        np.array(
            [
                UNKNOWN if example.sentiment is None else float(name == example.sentiment)
                for name in SENTIMENTS
            ],
            dtype=np.float32,
        ),
        tokens,
    )

"""The shortest run of words that shows a category, read off the token states of the same pass."""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np

from nlp.encoder import Encoded
from nlp.heads.linear import Floats, Tensors

# What may stand at a quote's ends without belonging to it.
_EDGE = re.compile(r"^[\s,.;:!?\-–—)\]]+|[\s,;:\-–—(\[]+$")
_WORD_PART = re.compile(r"[\w'’]")


@dataclass(frozen=True, slots=True)
class QuoteHead:
    """A logistic score a token: is it part of the words that show the category?

    Attributes:
        weights: (categories, width) over token states of length 1.
        bias: (categories,).
        margin: (categories,), what every token costs, so that only telling ones are taken in.
    """

    weights: Floats
    bias: Floats
    margin: Floats

    @classmethod
    def from_tensors(cls, tensors: Tensors) -> Self:
        """The head from the tensors below `quotes/`."""
        return cls(tensors["quotes/weights"], tensors["quotes/bias"], tensors["quotes/margin"])

    def span(self, text: str, encoded: Encoded, category: int) -> tuple[int, int]:
        """Offsets of the quote in the passage: the run of tokens with the largest sum of scores.

        Args:
            text: the passage, not empty.
            encoded: what the encoder said of it.
            category: index into `CATEGORIES`.
        """
        if not len(encoded.states):
            return trim(text, 0, len(text))
        norms = np.linalg.norm(encoded.states, axis=1, keepdims=True)
        scores = (encoded.states / norms) @ self.weights[category] + self.bias[category]
        first, last = best_run(scores - self.margin[category])
        start, end = int(encoded.offsets[first][0]), int(encoded.offsets[last][1])
        return trim(text, *whole_words(text, start, end))


def best_run(scores: Floats) -> tuple[int, int]:
    """First and last index of the run with the largest sum (Kadane's algorithm).

    Where every score is negative, it is the single largest one.
    """
    best, best_first, best_last = -np.inf, 0, 0
    total, first = 0.0, 0
    for place, score in enumerate(scores):
        if total <= 0:
            total, first = 0.0, place
        total += float(score)
        if total > best:
            best, best_first, best_last = total, first, place
    return best_first, best_last


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A span grown to the ends of the words that it cuts."""
    while start > 0 and _WORD_PART.match(text[start - 1]) and _WORD_PART.match(text[start]):
        start -= 1
    while end < len(text) and _WORD_PART.match(text[end]) and _WORD_PART.match(text[end - 1]):
        end += 1
    return start, end


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the punctuation and white space at its ends; never empty where text is not."""
    piece = text[start:end]
    head = _EDGE.match(piece)
    if head and head.end() < len(piece):
        start += head.end()
    tail = _EDGE.search(text[start:end])
    if tail and tail.start() > 0:
        end = start + tail.start()
    return start, end

"""The shortest run of words that shows a category, read off the token states of the same pass."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import Encoded
from nlp.heads.linear import Floats, Tensors

# A quote that begins or ends inside a clause costs this much, in the units of token scores, and
# each sentence end inside it that much: people read clauses. Tried in cross-validation over own
# quotes, edge and crossing in 0 to 4: token F1 .611 .658 .634 (defects, document errors, requests)
# without, .651 .689 .670 with these.
EDGE_COST = 4.0
CROSSING_COST = 2.0
# How much of a clause's edge a conjunction is, beside a punctuation mark's 1.
CONJUNCTION_EDGE = 0.8
_CONJUNCTIONS = frozenset(
    ["and", "but", "because", "so", "when", "which", "that", "if", "then", "or", "while", "since"]
)
_STOPS = frozenset(".!?…")
_MARKS = frozenset(',;:"“”()[]–—-') | _STOPS

# What may stand at a quote's ends without belonging to it.
_EDGE = re.compile(r"^[\s,.;:!?\-–—)\]]+|[\s,.;:\-–—(\[]+$")
_HYPHENS, _POINTS = frozenset("-–"), frozenset(".,:")
_REDACTED, _LONGEST = re.compile(r"\[[A-Z_]+_\d+\]"), 40  # such as [PERSON_2]
_WORD_PART = re.compile(r"[\w'’]")


@dataclass(frozen=True, slots=True)
class QuoteHead:
    """A logistic score a token: is it part of the words that show the category?

    Attributes:
        weights: (categories, width) over token states.
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
        """Offsets of the quote in the passage.

        It is the run of tokens with the largest sum of scores, less the costs of edges inside
        clauses and of sentence ends inside the quote.

        Args:
            text: the passage, not empty.
            encoded: what the encoder said of it.
            category: index into `CATEGORIES`.
        """
        if not len(encoded.states):
            return trim(text, 0, len(text))
        scores = encoded.states @ self.weights[category] + self.bias[category]
        edges = Edges.of(text, encoded.offsets)
        first, last = best_run(scores - self.margin[category], edges)
        start, end = int(encoded.offsets[first][0]), int(encoded.offsets[last][1])
        return trim(text, *whole_words(text, start, end))


@dataclass(frozen=True, slots=True)
class Edges:
    """Where clauses begin and end, token by token.

    Attributes:
        starts: (tokens,), 1 where a clause begins with the token, 0 where it does not.
        ends: (tokens,), 1 where a clause ends with the token.
        sentences: (tokens,), how many sentences ended before the token.
    """

    starts: Floats
    ends: Floats
    sentences: Floats

    @classmethod
    def of(cls, text: str, offsets: NDArray[np.int32]) -> Self:
        """Edges by punctuation and conjunctions.

        Args:
            text: the passage.
            offsets: (tokens, 2) of its word pieces.
        """
        starts = np.zeros(len(offsets), dtype=np.float32)
        ends = np.zeros_like(starts)
        sentences = np.zeros_like(starts)
        for place, (start, end) in enumerate(offsets.tolist()):
            # Some characters around suffice, and slicing a whole text for every token does not.
            before, after = text[max(0, start - 20) : start].rstrip(), text[end : end + 20].lstrip()
            joined, joining = _joins(text, start - 1), _joins(text, end)
            starts[place] = 0.0 if joined else _edge(before[-1:], _last_word(before))
            ends[place] = 0.0 if joining else _edge(after[:1], _first_word(after))
            stopped = before[-1:] in _STOPS and not joined
            sentences[place] = stopped and text[start:end] not in _STOPS
        return cls(starts, ends, np.cumsum(sentences, dtype=np.float32))


def _joins(text: str, place: int) -> bool:
    """Whether a character is a mark within a word or a number: of "e-mail", "3.5" or "10:30"."""
    if not 0 < place < len(text) - 1:
        return False
    before, after = text[place - 1], text[place + 1]
    if text[place] in _HYPHENS:
        return before.isalnum() and after.isalnum()
    return text[place] in _POINTS and before.isdigit() and after.isdigit()


def _edge(mark: str, word: str) -> float:
    if not mark or mark in _MARKS:
        return 1.0
    return CONJUNCTION_EDGE if word in _CONJUNCTIONS else 0.0


def _last_word(text: str) -> str:
    return text[-12:].lower().rpartition(" ")[2]


def _first_word(text: str) -> str:
    return text[:12].lower().partition(" ")[0]


def best_run(scores: Floats, edges: Edges) -> tuple[int, int]:
    """First and last index of the run with the largest sum of scores less its costs."""
    sums = np.concatenate([np.zeros(1), np.cumsum(scores, dtype=np.float64)])
    value = sums[None, 1:] - sums[:-1, None]
    value -= EDGE_COST * ((1 - edges.starts)[:, None] + (1 - edges.ends)[None, :])
    value -= CROSSING_COST * (edges.sentences[None, :] - edges.sentences[:, None])
    value[_below(len(scores))] = -np.inf
    first, last = np.unravel_index(int(value.argmax()), value.shape)
    return int(first), int(last)


@lru_cache(maxsize=256)
def _below(size: int) -> NDArray[np.bool_]:
    """(size, size) true below the diagonal: runs that would end before they begin."""
    return np.tri(size, k=-1, dtype=bool)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A span grown to the ends of the words that it cuts, and of what was redacted."""
    while start > 0 and _of_word(text, start - 1) and _of_word(text, start):
        start -= 1
    while end < len(text) and _of_word(text, end) and _of_word(text, end - 1):
        end += 1
    for redacted in _REDACTED.finditer(text, max(0, start - _LONGEST), end + _LONGEST):
        if redacted.start() < start < redacted.end():
            start = redacted.start()
        if redacted.start() < end < redacted.end():
            end = redacted.end()
    return start, end


def _of_word(text: str, place: int) -> bool:
    return _WORD_PART.match(text[place]) is not None or _joins(text, place)


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

"""What is classified as one: a customer's turn, cut at sentence ends where it is long."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from nlp.types import Interaction, Passage, Turn
from nlp.windows import Segment

if TYPE_CHECKING:  # who only names what is cut, and cuts nothing, does without spaCy
    from spacy.language import Language
    from spacy.tokens import Doc

MAX_WORDS = 60  # about 80 word pieces: two or three spoken sentences, one paragraph of a mail


@cache
def _language() -> "Language":
    from spacy.lang.en import English

    language = English()
    language.add_pipe("sentencizer")
    return language


def passages(interaction: Interaction) -> tuple[Passage, ...]:
    """The customer's passages of an interaction, in the order they were said."""
    return tuple(
        passage
        for turn in interaction.turns
        if turn.speaker == "customer"
        for passage in of_turn(turn)
    )


def segments(interaction: Interaction) -> list[Segment]:
    """An interaction as the encoder reads it: its passages are asked for, other turns read along.

    The asked ones are those of `passages`, in the same order.
    """
    return [
        segment
        for turn in interaction.turns
        for segment in (
            [Segment(passage.text) for passage in of_turn(turn)]
            if turn.speaker == "customer"
            else [Segment(turn.text, asked=False)]
        )
    ]


def of_turn(turn: Turn) -> tuple[Passage, ...]:
    """One turn as passages of at most `MAX_WORDS` words.

    Sentences are kept whole and gathered; one that is longer by itself (a speech recogniser writes
    no full stops) is cut between words.
    """
    return tuple(
        Passage(turn=turn.index, start=start, end=end, text=turn.text[start:end])
        for start, end in spans(turn.text)
    )


def spans(text: str) -> list[tuple[int, int]]:
    """Offsets of the passages of a text, without white space at their ends."""
    if len(text.split()) <= MAX_WORDS:
        stripped = text.strip()
        start = text.find(stripped)
        return [(start, start + len(stripped))] if stripped else []
    doc = _language()(text)
    return [_trim(text, start, end) for start, end in _gather(doc) if text[start:end].strip()]


def _gather(doc: "Doc") -> Iterator[tuple[int, int]]:
    """Sentences joined up to the limit, as character offsets."""
    start, words = 0, 0
    for first, last in _units(doc):
        size = last - first
        if words and words + size > MAX_WORDS:
            yield doc[start].idx, doc[first].idx
            start, words = first, 0
        words += size
    if words:
        yield doc[start].idx, len(doc.text)


def _units(doc: "Doc") -> Iterator[tuple[int, int]]:
    """Sentences as token offsets, the overlong ones in pieces."""
    for sentence in doc.sents:
        for first in range(sentence.start, sentence.end, MAX_WORDS):
            yield first, min(first + MAX_WORDS, sentence.end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))

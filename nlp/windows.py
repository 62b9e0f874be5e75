"""Packs an interaction into windows of tokens: every passage is read with what surrounds it.

A passage alone often says nothing ("same thing again"). Read with the turns beside it in one
window, it costs no second pass: each turn is encoded once, and attention does the rest. An agent's
turn gives its last words only; a window that follows another begins with a little of what was said
before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Longer windows cost attention and bring no more context that counts; a longer passage makes its
# window longer, up to what the encoder was trained with.
WINDOW = 128
MAX_TOKENS = 256  # the encoder's own limit (its sentence_bert_config.json)
BEFORE = 32  # tokens of earlier turns at the start of a window that follows another
AGENT = 24  # the last tokens of an agent's turn: the question that the customer answers

START, END = 101, 102  # [CLS] and [SEP] of the vocabulary
AGENT_SAYS = 4005  # the word "agent" of the vocabulary, before an agent's turn


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of an interaction as the encoder reads it.

    Attributes:
        text: the words.
        asked: a customer's passage, whose states are wanted; where False, an agent's turn that is
            only read along.
    """

    text: str
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """Where an asked segment stands in a window.

    Attributes:
        segment: its index among the segments of the interaction.
        start: place of its first token.
        end: place after its last token: that of the [SEP] which closes it.
    """

    segment: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens that are encoded together.

    Attributes:
        ids: token ids, [CLS] first and a [SEP] after every segment.
        spans: of the asked segments that this window answers for.
    """

    ids: tuple[int, ...]
    spans: tuple[Span, ...]


def windows(
    pieces: Sequence[Sequence[int]], asked: Sequence[bool], *, first: int = WINDOW
) -> Iterator[Window]:
    """Windows over the segments of one interaction; every asked segment is answered for once.

    Args:
        pieces: token ids of each segment, without special tokens.
        asked: of each segment.
        first: tokens of the first window; the others then part elsewhere.
    """
    kept = [
        ids[: MAX_TOKENS - BEFORE - 2] if wanted else [AGENT_SAYS, *ids[-AGENT:]]
        for ids, wanted in zip(pieces, asked, strict=True)
    ]
    place, room = 0, first
    while place < len(kept):
        ids = [START]
        for earlier in range(_reach_back(kept, place), place):
            ids += [*kept[earlier], END]
        spans: list[Span] = []
        begin = place
        while place < len(kept) and (place == begin or len(ids) + len(kept[place]) < room):
            if asked[place]:
                spans.append(Span(place, len(ids), len(ids) + len(kept[place])))
            ids += [*kept[place], END]
            place += 1
        room = WINDOW
        if spans:
            yield Window(tuple(ids), tuple(spans))


def _reach_back(kept: Sequence[Sequence[int]], place: int) -> int:
    """The first of the segments just before a place that fit into `BEFORE` tokens."""
    room = BEFORE
    while place > 0 and len(kept[place - 1]) + 1 <= room:
        room -= len(kept[place - 1]) + 1
        place -= 1
    return place

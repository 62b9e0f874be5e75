"""Packs an interaction into windows of tokens: every passage is read with what surrounds it.

A passage alone often says nothing ("same thing again"). Read with the turns beside it in one
window, it costs no second pass: each turn is encoded once, and attention does the rest. An agent's
turn gives its last words only; a window that follows another begins with a little of what was said
before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_TOKENS = 256  # the encoder's own limit (its sentence_bert_config.json)
LONGEST = 222  # tokens of a segment that are read, so that something before it fits in too

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


@dataclass(frozen=True, slots=True)
class Shape:
    """How much stands in a window, in tokens.

    Attributes:
        window: it ends where the next segment would make it longer; a longer passage makes it
            longer all the same, up to what the encoder was trained with.
        before: of earlier turns at the start of a window that follows another.
        agent: the last of an agent's turn: the question that the customer answers.
    """

    window: int = 128
    before: int = 32
    agent: int = 24


# Longer windows cost attention and bring no more context that counts.
SERVED = Shape()


def windows(
    pieces: Sequence[Sequence[int]], asked: Sequence[bool], shape: Shape = SERVED
) -> Iterator[Window]:
    """Windows over the segments of one interaction; every asked segment is answered for once.

    Args:
        pieces: token ids of each segment, without special tokens.
        asked: of each segment.
        shape: of the windows.
    """
    kept = [
        ids[:LONGEST] if wanted else [AGENT_SAYS, *ids[-shape.agent :]]
        for ids, wanted in zip(pieces, asked, strict=True)
    ]
    place = 0
    while place < len(kept):
        ids = [START]
        for earlier in range(_reach_back(kept, place, shape.before), place):
            ids += [*kept[earlier], END]
        spans: list[Span] = []
        first = place
        while place < len(kept) and (place == first or len(ids) + len(kept[place]) < shape.window):
            if asked[place]:
                spans.append(Span(place, len(ids), len(ids) + len(kept[place])))
            ids += [*kept[place], END]
            place += 1
        if spans:
            yield Window(tuple(ids), tuple(spans))


def _reach_back(kept: Sequence[Sequence[int]], place: int, room: int) -> int:
    """The first of the segments just before a place that fit into so many tokens."""
    while place > 0 and len(kept[place - 1]) + 1 <= room:
        room -= len(kept[place - 1]) + 1
        place -= 1
    return place

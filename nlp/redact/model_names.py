"""Names and addresses by a model: the `NameFinder` that stands beside the rules.

Most of what people say holds no name, and reading it would cost as much as mining it. So a text is
cut into windows, and only those go through the encoder in which something could be one: a capital
where no sentence begins, a name of the lists, a cue that announces one, a street with a figure.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from nlp import weights as pinned
from nlp.heads.tokens import Found, TokenHead
from nlp.redact import gazetteer, lexicon, names, names_model, surface
from nlp.redact.name_cues import CLOSING_WORDS, ORG_WORDS, STOP
from nlp.redact.reading import Reading
from nlp.redact.spans import PLACEHOLDER, Span
from nlp.redact.states import EncoderStates, WordStates, cached_graph
from nlp.redact.surface import Bounds

WINDOW = 360
"""Characters that are read together: some seventy words, well below what the encoder takes."""

SHORT = 4
"""Up to so many words with a capital first are read whatever they are: answers, greetings."""

REDACTED = frozenset({"PERSON", "ADDRESS"})

_CUT = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')]))\s+|\n{2,}")
_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿ][^\W\d_]+")
_NO_NAMES = STOP | ORG_WORDS
_STREETS = lexicon.words("street types") | lexicon.words("street prefixes")
_OPENING = " \"'\u201c\u2018("
_SENTENCE_END = frozenset(".!?:")


def windows(text: str) -> Iterator[tuple[int, int]]:
    """The bounds of the windows of a text: whole sentences up to `WINDOW` characters.

    A sentence that is longer is cut at its last space, so that nothing is left out.
    """
    start = 0
    while len(text) - start > WINDOW:
        ends = [cut.end() for cut in _CUT.finditer(text, start + 1, start + WINDOW)]
        space = text.rfind(" ", start + 1, start + WINDOW) + 1
        end = ends[-1] if ends else (space or start + WINDOW)
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def worth_reading(text: str) -> bool:
    """Whether a name or an address could stand in a text; cheap, and right to be generous."""
    reading = Reading(PLACEHOLDER.sub(" ", text) if "[" in text else text)
    words = reading.words
    if (
        not names.announcing_or_common().isdisjoint(words)
        or ("\n" in reading.text and not CLOSING_WORDS.isdisjoint(words))
        or (reading.has_digit and not _STREETS.isdisjoint(words))
    ):
        return True
    few = len(reading.words) <= SHORT
    for match in _CAPITAL.finditer(reading.text):
        word = match.group().lower()
        if word in _NO_NAMES:
            continue
        before = reading.text[: match.start()].rstrip(_OPENING)
        if before and before[-1] not in _SENTENCE_END and not before.endswith("\n"):
            return True
        if few or word in gazetteer.given_names() or reading.has_digit:
            return True
    return False


class ModelNames:
    """Finds persons and addresses; thread-safe.

    Args:
        states: gives words their states.
        head: learned over those states.
    """

    def __init__(self, states: WordStates, head: TokenHead) -> None:
        self._states = states
        self._head = head

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        *,
        weights: Path | None = None,
        cache: Path,
        threads: int | None = None,
    ) -> Self:
        """The finder from its folder; the encoder's graph is built on first use and kept.

        Args:
            folder: of the names model; the project's own if None.
            weights: the folder with the encoder's weights, where it is none of the usual places.
            cache: folder for the built graph.
            threads: of the encoder; None for all cores.

        Raises:
            ModelError: there is no names model in that folder.
            WeightsMissing: the encoder's weights are nowhere.
            WeightsChanged: they are other weights, or the folder was changed.
        """
        model = names_model.open_folder(folder)
        files = pinned.find(weights)
        graph = cached_graph(files, model.ranges, cache, model.layers)
        return cls(EncoderStates(files.tokenizer, graph, threads=threads), model.head)

    def __call__(self, texts: Sequence[str], /) -> list[list[Span]]:
        """One list of PERSON and ADDRESS spans a text, in the order of the texts."""
        found: list[list[Span]] = [[] for _ in texts]
        for number, span in self.entities(texts):
            if span.kind in REDACTED:
                found[number].append(span)
        return [_merged(text, spans) for text, spans in zip(texts, found, strict=True)]

    def entities(self, texts: Sequence[str]) -> Iterator[tuple[int, Span]]:
        """Everything that the head tells apart, with the number of its text.

        Kinds are the head's labels: persons and addresses, and also places, organisations,
        products and works, which are no personal data.
        """
        places = [
            (number, start, text[start:end])
            for number, text in enumerate(texts)
            for start, end in windows(text)
            if worth_reading(text[start:end])
        ]
        read = [surface.read(part) for _, _, part in places]
        kept = [row for row, one in enumerate(read) if one.bounds]
        states = self._states([places[row][2] for row in kept], [read[row].bounds for row in kept])
        for row, state in zip(kept, states, strict=True):
            number, offset, _ = places[row]
            for one in self._head.find(read[row].features, state):
                yield number, _span(one, read[row].bounds, offset)


def _span(found: Found, bounds: Bounds, offset: int) -> Span:
    start, end = bounds[found.first][0], bounds[found.last][1]
    return Span(offset + start, offset + end, found.label, found.chance)


def _merged(text: str, spans: Sequence[Span]) -> list[Span]:
    """Addresses with nothing but signs between them are one address."""
    done: list[Span] = []
    for span in spans:
        last = done[-1] if done else None
        if last is not None and last.kind == span.kind == "ADDRESS":
            between = text[last.end : span.start]
            if not any(char.isalnum() for char in between) and len(between) < 6:
                done[-1] = Span(last.start, span.end, "ADDRESS", max(last.score, span.score))
                continue
        done.append(span)
    return done

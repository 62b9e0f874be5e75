"""Redaction of a whole interaction: what one turn says of a person holds in every other."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nlp.redact import gazetteer
from nlp.redact.context import Question, asked_in, metadata_kind
from nlp.redact.cues import EVIDENCE
from nlp.redact.identity import Numbering, known_words, name_words, replaced
from nlp.redact.name_cues import STOP
from nlp.redact.names import known_names
from nlp.redact.numbers import bare_phone
from nlp.redact.reading import Reading
from nlp.redact.recognise import recognise
from nlp.redact.spans import PLACEHOLDER, NameFinder, Span, resolve
from nlp.redact.spoken import digits_of
from nlp.types import Interaction, Redacted, Turn

MAX_ROUNDS = 4
"""A placeholder may change what its neighbours mean: texts are read until nothing is found."""

# Values of these kinds are looked for again as they stand, where nothing announces them.
_REPEATED = frozenset({"SECRET", "ACCOUNT", "USERNAME", "NATIONAL_ID", "CARD", "PHONE"})
_COMPLETE_CARD = 13
_SPOKEN_WORDS = 3
# What is taken out even of a metadata field that states an order or a version.
_NEVER_EVIDENCE = frozenset({"EMAIL", "CARD", "IBAN"})

_RUN = re.compile(r"[^\W_]+")
_Found = list[tuple[Span, ...]]
_Values = dict[str, list[tuple[int, str, str]]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A text of the interaction: the subject, a turn, a metadata value or the source.

    Attributes:
        text: as it stands now.
        turn: the turn that it is the text of, or None.
        asked: for a metadata value what its key says that it holds.
        is_source: whether it is the name of a file, in which underscores stand for spaces.
    """

    text: str
    turn: Turn | None = None
    asked: str | None = None
    is_source: bool = False

    @property
    def readable(self) -> str:
        """The text as it is read: of the same length."""
        return self.text.replace("_", " ") if self.is_source else self.text


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one part holds, asks for, and its different words.

    Attributes:
        spans: the personal data.
        asks: the kind of data that it asks for, or None.
        words: its words in lower case.
    """

    spans: tuple[Span, ...]
    asks: str | None
    words: frozenset[str]


_Memory = dict[tuple[str, str | None, bool], _Heard]


def redact_interaction(interaction: Interaction, names: NameFinder | None) -> Redacted:
    """The interaction without personal data; see `Redactor.redact`.

    Args:
        interaction: as it was read.
        names: finds names beside the rules.
    """
    parts = _parts(interaction)
    numbering = Numbering()
    for part in parts:
        numbering.reserve(part.text)
    known = known_words((*interaction.names, *_label_names(interaction)))
    heard: _Memory = {}
    for _ in range(MAX_ROUNDS):
        found = _everywhere(parts, _judge(parts, known, heard, names), known)
        if not any(found):
            break
        numbering.learn(
            part.text[span.start : span.end]
            for part, spans in zip(parts, found, strict=True)
            for span in spans
            if span.kind == "PERSON"
        )
        parts = [
            replace(part, text=replaced(part.text, spans, numbering)) if spans else part
            for part, spans in zip(parts, found, strict=True)
        ]
        known = frozenset()
        heard = {key: one for key, one in heard.items() if not one.spans}
    return _assembled(interaction, parts)


def _parts(interaction: Interaction) -> list[_Part]:
    parts = [_Part(interaction.subject or "")]
    parts.extend(_Part(turn.text, turn=turn) for turn in interaction.turns)
    parts.extend(
        _Part(value, asked=metadata_kind(key)) for key, value in interaction.metadata.items()
    )
    parts.append(_Part(interaction.source, is_source=True))
    return parts


def _label_names(interaction: Interaction) -> Iterator[str]:
    """Names in the labels of speakers: "Rep (Dana)" tells of Dana, "spk_0" of nobody."""
    for label in {turn.label for turn in interaction.turns if turn.label}:
        words = [word for word in name_words(label) if word not in STOP]
        yield " ".join(word for word in words if word in gazetteer.given_names() and len(word) > 2)


def _judge(
    parts: Sequence[_Part], known: frozenset[str], heard: _Memory, names: NameFinder | None
) -> list[_Heard]:
    """What every part holds; what was read before in the same light is not read again."""
    extra = None if names is None else _learned(parts, heard, names)
    question = Question()
    found = []
    for part in parts:
        asked = question.kind if part.turn is not None else part.asked
        key = (part.text, asked, part.is_source)
        one = heard.get(key)
        if one is None:
            others = None if extra is None else extra.get(part.text, [])
            one = heard[key] = _hear(part, asked, known, others)
        found.append(one)
        if part.turn is not None:
            turn = replace(part.turn, text=part.text)
            question.hear(turn, one.asks, unfinished=_unfinished(part.text, one.spans))
    return found


def _learned(parts: Sequence[_Part], heard: _Memory, names: NameFinder) -> dict[str, list[Span]]:
    """What the finder says of the texts that were not heard yet, each read once.

    Files' names and metadata of a word or two are no language: they are left to the rules.
    """
    old = {text for text, _, _ in heard}
    texts = [
        part.text
        for part in parts
        if part.text not in old
        and not part.is_source
        and (part.turn is not None or len(part.text.split()) >= _SPOKEN_WORDS)
    ]
    different = list(dict.fromkeys(texts))
    return dict(zip(different, names(different), strict=True)) if different else {}


def _hear(
    part: _Part, asked: str | None, known: frozenset[str], others: Sequence[Span] | None
) -> _Heard:
    reading = Reading(part.readable, asked=asked, known=known)
    spans = recognise(reading, others)
    if part.is_source:
        spans = resolve(part.text, (*spans, *_phones(reading)))
    if asked == EVIDENCE:
        spans = tuple(span for span in spans if span.kind in _NEVER_EVIDENCE)
    return _Heard(spans, asked_in(reading) if part.turn is not None else None, reading.words)


def _phones(reading: Reading) -> Iterator[Span]:
    for run in reading.written:
        if bare_phone(run):
            yield Span(run.start, run.end, "PHONE", 0.8)


def _unfinished(text: str, spans: tuple[Span, ...]) -> bool:
    """Whether the last thing said is a part of a card number."""
    if not spans or spans[-1].kind != "CARD":
        return False
    return len(digits_of(text[spans[-1].start : spans[-1].end])) < _COMPLETE_CARD


def _everywhere(parts: Sequence[_Part], heard: Sequence[_Heard], known: frozenset[str]) -> _Found:
    """The spans found, and the same names and numbers wherever else they stand."""
    people: set[str] = set()
    values: dict[str, str] = {}
    for part, one in zip(parts, heard, strict=True):
        for span in one.spans:
            value = part.text[span.start : span.end]
            if span.kind == "PERSON":
                people.update(word for word in name_words(value) if len(word) > 2)
            elif span.kind in _REPEATED and _is_telling(value):
                values[value] = span.kind
    fresh = frozenset(people - STOP - known)
    if not (fresh or values):
        return [one.spans for one in heard]
    index = _by_first_word(values)
    return [_with_repeats(part, one, fresh, index) for part, one in zip(parts, heard, strict=True)]


def _is_telling(value: str) -> bool:
    return len(value) >= 4 and (any(char.isdigit() for char in value) or len(value) >= 8)


def _by_first_word(values: dict[str, str]) -> _Values:
    """Values by their first run of letters and digits, so that texts are searched word by word."""
    index: _Values = {}
    for value, kind in values.items():
        first = _RUN.search(value)
        if first is not None:
            index.setdefault(first.group(), []).append((first.start(), value, kind))
    return index


def _with_repeats(
    part: _Part, one: _Heard, fresh: frozenset[str], values: _Values
) -> tuple[Span, ...]:
    more: list[Span] = []
    if not fresh.isdisjoint(map(gazetteer.fold, one.words)):
        more.extend(known_names(Reading(part.readable, known=fresh)))
    if values:
        more.extend(_repeats(part.readable, values))
    return resolve(part.text, (*one.spans, *more)) if more else one.spans


def _repeats(text: str, values: _Values) -> Iterator[Span]:
    for match in _RUN.finditer(text):
        for offset, value, kind in values.get(match.group(), ()):
            start = match.start() - offset
            end = start + len(value)
            if start >= 0 and text.startswith(value, start) and not text[end : end + 1].isalnum():
                yield Span(start, end, kind, 0.94)


def _assembled(interaction: Interaction, parts: Sequence[_Part]) -> Redacted:
    texts = iter(part.text for part in parts)
    subject = next(texts)
    turns = tuple(replace(turn, text=next(texts), label=None) for turn in interaction.turns)
    metadata = {key: next(texts) for key in interaction.metadata}
    source = next(texts)
    counts = Counter(match.group(1) for part in parts for match in PLACEHOLDER.finditer(part.text))
    clean = replace(
        interaction,
        id=_clean_id(interaction.id),
        source=source,
        turns=turns,
        subject=subject if interaction.subject is not None else None,
        metadata=metadata,
        names=(),
    )
    return Redacted(interaction=clean, counts=dict(sorted(counts.items())))


def _clean_id(identifier: str) -> str:
    """A Message-ID is an address: its digest names the same mail and nobody's mail server."""
    if "@" not in identifier:
        return identifier
    return "mail-" + hashlib.sha256(identifier.encode()).hexdigest()[:24]

"""Redaction of a whole interaction: what one turn says of a person holds in every other."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nlp.redact import gazetteer
from nlp.redact.context import Question, metadata_kind
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
    judged: dict[tuple[str, str | None, bool], tuple[Span, ...]] = {}
    for _ in range(MAX_ROUNDS):
        found = _everywhere(parts, _judge(parts, known, judged, names), known)
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
        judged = {key: spans for key, spans in judged.items() if not spans}
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
    parts: Sequence[_Part],
    known: frozenset[str],
    judged: dict[tuple[str, str | None, bool], tuple[Span, ...]],
    names: NameFinder | None,
) -> _Found:
    """The spans of every part; what was read before in the same light is not read again."""
    extra = names([part.text for part in parts]) if names is not None else [[] for _ in parts]
    question = Question()
    found: _Found = []
    for part, others in zip(parts, extra, strict=True):
        asked = question.kind if part.turn is not None else part.asked
        text = part.text.replace("_", " ") if part.is_source else part.text
        reading = Reading(text, asked=asked, known=known)
        key = (part.text, asked, part.is_source)
        if key not in judged:
            spans = recognise(reading, [*others, *(_phones(reading) if part.is_source else ())])
            if asked == EVIDENCE:
                spans = tuple(span for span in spans if span.kind in _NEVER_EVIDENCE)
            judged[key] = resolve(part.text, spans) if part.is_source else spans
        found.append(judged[key])
        if part.turn is not None:
            question.hear(part.turn, reading, unfinished=_unfinished(part.text, judged[key]))
    return found


def _phones(reading: Reading) -> Iterator[Span]:
    for run in reading.written:
        if bare_phone(run):
            yield Span(run.start, run.end, "PHONE", 0.8)


def _unfinished(text: str, spans: tuple[Span, ...]) -> bool:
    """Whether the last thing said is a part of a card number."""
    if not spans or spans[-1].kind != "CARD":
        return False
    return len(digits_of(text[spans[-1].start : spans[-1].end])) < _COMPLETE_CARD


def _everywhere(parts: Sequence[_Part], found: _Found, known: frozenset[str]) -> _Found:
    """The spans found, and the same names and numbers wherever else they stand."""
    people: set[str] = set()
    values: dict[str, str] = {}
    for part, spans in zip(parts, found, strict=True):
        for span in spans:
            value = part.text[span.start : span.end]
            if span.kind == "PERSON":
                people.update(word for word in name_words(value) if len(word) > 2)
            elif span.kind in _REPEATED and _is_telling(value):
                values[value] = span.kind
    fresh = frozenset(people - STOP - known)
    if not (fresh or values):
        return found
    index = _by_first_word(values)
    return [
        _with_repeats(part, spans, fresh, index) for part, spans in zip(parts, found, strict=True)
    ]


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
    part: _Part, spans: tuple[Span, ...], fresh: frozenset[str], values: _Values
) -> tuple[Span, ...]:
    text = part.text.replace("_", " ") if part.is_source else part.text
    more: list[Span] = []
    if fresh:
        reading = Reading(text, known=fresh)
        if not fresh.isdisjoint(gazetteer.fold(word) for word in reading.words):
            more.extend(known_names(reading))
    if values:
        more.extend(_repeats(text, values))
    return resolve(part.text, (*spans, *more)) if more else spans


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

"""Which values are the same: the number in a placeholder tells two people apart, and joins one."""

import re
from collections.abc import Iterable

from nlp.redact.gazetteer import fold
from nlp.redact.spans import PLACEHOLDER, Span
from nlp.redact.spoken import digits_of

_DIGIT_KINDS = frozenset({"PHONE", "CARD", "NATIONAL_ID", "ACCOUNT"})
_SAID = (
    (" dot ", "."),
    (" underscore ", "_"),
    (" dash ", "-"),
    (" hyphen ", "-"),
    (" plus ", "+"),
    (" at ", "@"),
)
_HONORIFICS = frozenset({"mr", "mrs", "ms", "dr", "miss", "prof"})


def key(kind: str, value: str) -> str:
    """What two values must share to be the same: without case, spaces and punctuation."""
    lower = fold(value)
    if kind in _DIGIT_KINDS:
        digits = digits_of(lower)
        letters = (
            ""
            if kind in {"PHONE", "CARD"}
            else "".join(re.findall(r"(?<![a-z])[a-z](?![a-z])", lower))
        )
        if len(digits) >= 3:
            # A leading 1, 0 or 00 is how a number is dialled, not which number it is.
            return letters + (digits.lstrip("0").removeprefix("1") if kind == "PHONE" else digits)
    if kind == "EMAIL":
        for said, written in _SAID:
            lower = lower.replace(said, written)
    return re.sub(r"[\W_]+", "", lower)


def name_words(value: str) -> tuple[str, ...]:
    """The words of a name, folded; a spelled name is one word."""
    words = [word for word in re.findall(r"[^\W\d_]+", fold(value)) if word not in _HONORIFICS]
    if len(words) > 2 and all(len(word) == 1 for word in words):
        return ("".join(words),)
    return tuple(word for word in words if len(word) > 1) or tuple(words)


class Numbering:
    """Hands out the numbers of placeholders within one interaction."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._last: dict[str, int] = {}
        self._people: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._names: list[tuple[str, ...]] = []

    def reserve(self, text: str) -> None:
        """Keep clear of the placeholders that a text already holds."""
        for match in PLACEHOLDER.finditer(text):
            kind, number = match.group(1), int(match.group(2))
            self._last[kind] = max(self._last.get(kind, 0), number)

    def learn(self, names: Iterable[str]) -> None:
        """Take note of names before any is numbered: "Dana" is "Dana Miller" if only she fits."""
        self._names.extend(name_words(name) for name in names)
        full = [words for words in dict.fromkeys(self._names) if len(words) > 1]
        for words in self._names:
            if words in self._people:
                continue
            longer = [other for other in full if words != other and set(words) < set(other)]
            distinct = [one for one in longer if not any(set(one) < set(other) for other in longer)]
            self._people[words] = distinct[0] if len(distinct) == 1 else words

    def placeholder(self, kind: str, value: str) -> str:
        """The placeholder of a value: the one it has had, or the next of its kind."""
        if kind == "PERSON":
            words = name_words(value)
            same = " ".join(self._people.get(words, words))
        else:
            same = key(kind, value)
        number = self._numbers.get((kind, same))
        if number is None:
            number = self._last.get(kind, 0) + 1
            self._last[kind] = number
            self._numbers[kind, same] = number
        return f"[{kind}_{number}]"


def known_words(names: Iterable[str]) -> frozenset[str]:
    """The words of names, folded, that are long enough to be looked for by themselves."""
    return frozenset(word for name in names for word in name_words(name) if len(word) > 1)


def replaced(text: str, spans: Iterable[Span], numbering: Numbering) -> str:
    """The text with each span replaced by its placeholder."""
    pieces = []
    place = 0
    for span in spans:
        pieces.append(text[place : span.start])
        pieces.append(numbering.placeholder(span.kind, text[span.start : span.end]))
        place = span.end
    pieces.append(text[place:])
    return "".join(pieces)

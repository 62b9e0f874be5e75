"""One text as the recognisers read it: scanned once, so that most of them need not look at all."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nlp.redact.spans import Span
from nlp.redact.spoken import NUMBER_WORDS, Run, spoken_runs, written_runs

_WORDS = re.compile(r"[^\W\d_]+")
_ASCII_WORDS = re.compile(r"[a-z]+")
_DIGIT = re.compile(r"\d")


class Reading:
    """A text, what was asked just before it, and what a cheap scan says of it.

    Attributes:
        text: the words.
        lower: the same in lower case and of the same length, so that offsets hold in both.
        asked: the kind of personal data that the speaker before asked for, or None.
        known: names that the interaction is known to hold, in lower case, by their words.
        words: the different words, in lower case.
        digits: how many digits there are.
        has_digit: whether there is one.
        has_long: whether there are twenty characters without white space, as in keys and links.
        has_spoken_number: whether enough number words occur that they may be a number said aloud.
    """

    __slots__ = (
        "_spoken",
        "_written",
        "asked",
        "digits",
        "has_digit",
        "has_long",
        "has_spoken_number",
        "known",
        "lower",
        "text",
        "words",
    )

    def __init__(
        self, text: str, *, asked: str | None = None, known: frozenset[str] = frozenset()
    ) -> None:
        self.text = text
        self.asked = asked
        self.known = known
        lower = text.lower()
        if len(lower) != len(text):
            lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
        self.lower = lower
        self.words = frozenset((_ASCII_WORDS if lower.isascii() else _WORDS).findall(lower))
        self.has_digit = _DIGIT.search(text) is not None
        self.digits = len(_DIGIT.findall(text)) if self.has_digit else 0
        if NUMBER_WORDS.isdisjoint(self.words):
            self.has_spoken_number = False
        else:
            two = len(NUMBER_WORDS & self.words) > 1
            self.has_spoken_number = two or asked is not None or self.has_digit
        self.has_long = len(text) > 19 and max(map(len, text.split()), default=0) > 19
        self._written: tuple[Run, ...] | None = None
        self._spoken: tuple[Run, ...] | None = None

    @property
    def written(self) -> tuple[Run, ...]:
        """The numbers in figures, of three digits or more."""
        if self._written is None:
            self._written = tuple(written_runs(self.text)) if self.digits > 2 else ()
        return self._written

    @property
    def spoken(self) -> tuple[Run, ...]:
        """The numbers in words, of three digits or more."""
        if self._spoken is None:
            self._spoken = tuple(spoken_runs(self.lower)) if self.has_spoken_number else ()
        return self._spoken


@dataclass(frozen=True, slots=True)
class Recogniser:
    """One kind of evidence: when it is worth looking, and how to look.

    Attributes:
        name: for a person ("cards and phones").
        wants: whether it could find anything; cheap, from the scan alone.
        find: the spans; they may overlap, `resolve` decides.
    """

    name: str
    wants: Callable[[Reading], bool]
    find: Callable[[Reading], Iterable[Span]]

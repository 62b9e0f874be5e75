"""One text as the recognisers read it: scanned once, so that most of them need not look at all."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nlp.redact.spans import Span
from nlp.redact.spoken import NUMBER_WORDS, Run, spoken_runs, written_runs

_WORDS = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
# Most texts are ASCII, and are scanned as bytes: letters in lower case and blanks for the rest; all
# that is no digit; and white space (as `str.split` knows it) and anything else told apart.
_LETTERS = bytes(
    code if chr(code).islower() else code + 32 if chr(code).isupper() else 32 for code in range(128)
) + bytes(128)
_NO_DIGITS = bytes(code for code in range(128) if not chr(code).isdigit())
_SHAPES = bytes(32 if chr(code).isspace() else 120 for code in range(128)) + bytes(128)
_LONG = 20
# Signs of typesetting that mean what an ASCII sign means, or nothing: texts that hold no other
# characters beyond ASCII are scanned as if they were ASCII.
_TYPESET = (
    ("\u2019", "'"), ("\u2018", "`"), ("\u201c", '"'), ("\u201d", '"'), ("\u2013", ";"),
    ("\u2014", ";"), ("\u2026", "."), ("\u00a0", " "), ("\u00b0", ";"), ("\u00a3", "$"),
    ("\u20ac", "$"), ("\u2022", ";"),
)  # fmt: skip
_LONG_SHAPE = b"x" * _LONG


class Reading:
    """A text, what was asked just before it, and what a cheap scan says of it.

    Attributes:
        text: the words.
        lower: the same in lower case and of the same length, so that offsets hold in both.
        plain: the text with typeset signs as ASCII, of the same length, for scanning.
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
        "plain",
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
        self.plain = plain = text if text.isascii() else _as_ascii(text)
        if plain.isascii():
            scanned = plain.encode("ascii")
            self.words = frozenset(scanned.translate(_LETTERS).decode("ascii").split())
            self.digits = len(scanned.translate(None, _NO_DIGITS))
            self.has_long = _LONG_SHAPE in scanned.translate(_SHAPES)
        else:
            self.words = frozenset(_WORDS.findall(lower))
            self.digits = len(_DIGIT.findall(text))
            self.has_long = max(map(len, text.split()), default=0) >= _LONG
        self.has_digit = self.digits > 0
        if NUMBER_WORDS.isdisjoint(self.words):
            self.has_spoken_number = False
        else:
            two = len(NUMBER_WORDS & self.words) > 1
            self.has_spoken_number = two or asked is not None or self.has_digit
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


def _as_ascii(text: str) -> str:
    for sign, plain in _TYPESET:
        text = text.replace(sign, plain)
        if text.isascii():
            break
    return text


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

"""One text as the recognisers read it: scanned once, so that most of them need not look at all."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from nlp.redact.spans import Span
from nlp.redact.spoken import NUMBER_WORDS, Run, spoken_runs, written_runs

_WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")


class Reading:
    """A text, what was asked just before it, and what a cheap scan says of it.

    Attributes:
        text: the words.
        asked: the kind of personal data that the speaker before asked for, or None.
        known: names that the interaction is known to hold, in lower case, by their words.
    """

    __slots__ = ("__dict__", "asked", "known", "text")

    def __init__(
        self, text: str, *, asked: str | None = None, known: frozenset[str] = frozenset()
    ) -> None:
        self.text = text
        self.asked = asked
        self.known = known

    @cached_property
    def lower(self) -> str:
        """The text in lower case, of the same length (so that offsets hold in both)."""
        lower = self.text.lower()
        if len(lower) == len(self.text):
            return lower
        return "".join(char.lower() if len(char.lower()) == 1 else char for char in self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """The different words, in lower case."""
        return frozenset(_WORD.findall(self.lower))

    @cached_property
    def has_digit(self) -> bool:
        """Whether there is a digit."""
        return _DIGIT.search(self.text) is not None

    @cached_property
    def has_spoken_number(self) -> bool:
        """Whether enough number words occur that they may be a number said aloud."""
        said = len(NUMBER_WORDS & self.words)
        return said > 1 or (said == 1 and (self.asked is not None or self.has_digit))

    @cached_property
    def written(self) -> tuple[Run, ...]:
        """The numbers in figures."""
        return tuple(written_runs(self.text)) if self.has_digit else ()

    @cached_property
    def spoken(self) -> tuple[Run, ...]:
        """The numbers in words."""
        return tuple(spoken_runs(self.lower)) if self.has_spoken_number else ()


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

"""A text as the rules for names read it: word by word, with what the lists say of each word."""

import re
from itertools import accumulate

from nlp.redact import gazetteer
from nlp.redact.name_cues import LAST_WORDS, MAX_WORDS, NONE, ORG_WORDS, PHRASES, STOP, SURE
from nlp.redact.reading import Reading

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ASCII_TOKENS = re.compile(r"([a-z]+(?:['-][a-z]+)*)")
_CAPITAL = re.compile(r"[A-Z]")
_CLAUSE_END = re.compile(r"\s*(?:[,.!?;:\n<(\])\"]|$|-- |– )|['’]s\b")
_CUE_GAP = re.compile(r"[ \t]{1,3}|,[ \t]{1,3}|:\s{0,3}|\.[ \t]{1,3}|\n")
CONTRACTED = frozenset(
    ["it", "that", "here", "name", "what", "who", "there", "he", "she", "let", "where", "how"]
)
_TITLES = frozenset(["mr", "mrs", "ms", "dr", "prof", "c/o", "attn"])
_BODIES = frozenset(["team", "crew", "staff", "department", "helpdesk"])
_STRENGTHS = ("maybe", "likely", "introducing", "sure")


class NameText:
    """The words of a text: offsets, folded forms, capitals.

    Attributes:
        text: the text.
        spans: offset of each word and offset after it, without a possessive.
        folds: each word in lower case without accents.
        cased: whether capitals tell anything: there are some, and not on nearly every word.
        capitals: which words begin with a capital.
        words: the different words, as the reading has them.
    """

    __slots__ = ("capitals", "cased", "folds", "spans", "text", "words")

    def __init__(self, reading: Reading) -> None:
        text = reading.text
        self.text = text
        self.words = reading.words
        ascii_only = reading.plain.isascii()
        if ascii_only:
            pieces = _ASCII_TOKENS.split(reading.plain.lower())
            offsets = list(accumulate(map(len, pieces)))
            self.spans = list(zip(offsets[::2], offsets[1::2], strict=False))
            self.folds = pieces[1::2]
        else:
            matches = list(_TOKEN.finditer(text))
            self.spans = [match.span() for match in matches]
            self.folds = [gazetteer.fold(match.group()) for match in matches]
        if "'s" in reading.lower or "’s" in reading.lower:
            self._cut_possessives()
        self.capitals = self._with_capital(ascii_only=ascii_only)
        shouted = len(self.folds) > 8 and len(self.capitals) > 0.7 * len(self.folds)
        self.cased = bool(self.capitals) and not shouted and not text.isupper()

    def _cut_possessives(self) -> None:
        for index, word in enumerate(self.folds):
            if word.endswith("'s") and word[:-2] not in CONTRACTED:
                start, end = self.spans[index]
                self.folds[index] = word[:-2]
                self.spans[index] = (start, end - 2)

    def _with_capital(self, *, ascii_only: bool) -> list[int]:
        text = self.text
        initials = "".join([text[start] for start, _ in self.spans])
        if not ascii_only:
            return [index for index, char in enumerate(initials) if char.isupper()]
        found = []
        strict = text.isascii()
        for match in _CAPITAL.finditer(initials):
            start = self.spans[match.start()][0]
            before = text[start - 1 : start]
            if not (strict and (before.isdigit() or before == "_")):
                found.append(match.start())
        return found

    def capital(self, index: int) -> bool:
        """Whether a word begins with a capital."""
        return self.text[self.spans[index][0]].isupper()

    def written(self, index: int) -> str:
        """A word as it is written."""
        start, end = self.spans[index]
        return self.text[start:end]

    def gap(self, index: int) -> str:
        """The text between a word and the next; a new line after the last."""
        if index + 1 >= len(self.spans):
            return "\n"
        return self.text[self.spans[index][1] : self.spans[index + 1][0]]

    def joined(self, index: int) -> bool:
        """Whether a word and the next may be of one name ("Dana Miller", "Tom I. Holzman")."""
        gap = self.gap(index)
        if gap in {" ", "-"}:
            return True
        return gap == ". " and self.capital(index) and len(self.folds[index]) == 1

    def ends_clause(self, index: int) -> bool:
        """Whether the clause ends after a word."""
        return _CLAUSE_END.match(self.text, self.spans[index][1]) is not None

    def starts_clause(self, index: int) -> bool:
        """Whether a word is the first of a sentence or a line."""
        if index == 0:
            return True
        return any(mark in self.gap(index - 1) for mark in ".!?:\n")

    def before_thing(self, last: int) -> bool:
        """Whether the word after it makes it an organisation or a thing ("Alex Toys", "Acme team").

        Without a capital only words for a body of people do.
        """
        if last + 1 >= len(self.spans):
            return False
        word = self.folds[last + 1]
        if word in _BODIES:
            return self.gap(last) == " "
        return word in ORG_WORDS and self.capital(last + 1) and self.gap(last) == " "

    def stops(self, index: int) -> bool:
        """Whether a word never is part of a name."""
        fold = self.folds[index]
        return (
            fold in STOP
            or fold in ORG_WORDS
            or ("-" in fold and not ORG_WORDS.isdisjoint(fold.split("-")))
        )

    def announced(self, index: int) -> str | None:
        """How strongly the words before it say that a name begins here, or None."""
        if index == 0 or self.folds[index - 1] not in LAST_WORDS:
            return None
        gap = self.gap(index - 1)
        if _CUE_GAP.fullmatch(gap) is None:
            return None
        if gap[0] == "." and self.folds[index - 1] not in _TITLES:
            return None
        colon = ":" if gap[0] == ":" else ""
        best = -1
        phrase = ""
        for first in range(index - 1, max(-1, index - 1 - MAX_WORDS), -1):
            phrase = f"{self.folds[first]} {phrase}" if phrase else self.folds[first]
            strength = PHRASES.get(phrase + colon) or (PHRASES.get(phrase) if colon else None)
            if strength == NONE:
                return None
            if strength is not None:
                best = max(best, _STRENGTHS.index(strength))
        if gap[0] == "\n" and best < _STRENGTHS.index(SURE):
            return None
        return _STRENGTHS[best] if best >= 0 else None

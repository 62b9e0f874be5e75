"""Numbers as they are said and written: runs of digits, number words, "double four" and "oh".

A run is turned into its digits once, and every recogniser that judges numbers works on runs.
"""

import re
from typing import NamedTuple

_UNITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "nil": "0", "one": "1", "two": "2",
    "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5",
    "sixty": "6", "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_SCALES = {"hundred": "00", "thousand": "000"}

NUMBER_WORDS = frozenset({*_UNITS, *_TEENS, *_TENS, *_TIMES, *_SCALES})
NUMBER_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))

_SPOKEN_RUN = re.compile(
    rf"(?<![\w.])(?:\d+|{NUMBER_WORD})(?:[ \t,.\-]{{1,3}}(?:\d+|{NUMBER_WORD})\b)++", re.IGNORECASE
)
_EXTENSION = re.compile(r"(?:x|ext\.?)\s?\d", re.IGNORECASE)
_FIGURES = re.compile(r"\d+")
_SHAPE = {ord(digit): "d" for digit in "0123456789"}
_TOKEN = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
# Digits with the separators that people write between groups; a new line ends a number.
_WRITTEN_RUN = re.compile(r"\d++(?:[ .\-/()\u00a0\u2011\u2013]{1,3}\d++)*+")


class Run(NamedTuple):
    """One number as it stands in the text.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        digits: the digits that it says.
        shape: for a written one its text with every digit as "d"; "" for a spoken one.
        ends: for each part, the offset after it and how many digits there are up to there.
    """

    start: int
    end: int
    digits: str
    shape: str
    ends: tuple[tuple[int, int], ...]

    def prefix(self, count: int) -> "Run | None":
        """The run up to the part that completes exactly `count` digits, if a part ends there."""
        for end, so_far in self.ends:
            if so_far == count:
                shape = self.shape[: end - self.start]
                return Run(self.start, end, self.digits[:count], shape, ())
        return None


def digits_of(text: str) -> str:
    """The digits that a text says, in figures or in words: "four double two" is "422"."""
    return "".join(digits for _, digits in _parts(text, 0))


def written_runs(text: str) -> list[Run]:
    """Numbers in figures, with the separators inside them."""
    runs = []
    for match in _WRITTEN_RUN.finditer(text):
        start, end = match.span()
        if start and text[start - 1].isalpha():
            # "SN4C78": what begins with a letter is a name of a thing up to its first separator.
            start = _first_separator(text, start, end)
            if start == end:
                continue
        if start and text[start - 1] == "(":
            start -= 1
        if start and text[start - 1] == "+":
            start -= 1
        # "SN4C78" and "12V": a number that a letter continues is part of a name of a thing.
        if (
            end < len(text)
            and (text[end].isalpha() or text[end] == "_")
            and _EXTENSION.match(text, end) is None
        ):
            cut = _last_separator(text, start, end)
            if cut == start:
                continue
            end = cut
        said = text[start:end]
        groups = list(_FIGURES.finditer(said))
        digits = "".join([group.group() for group in groups])
        if len(digits) >= 3:
            ends = _ends([(start + group.end(), group.group()) for group in groups])
            runs.append(Run(start, end, digits, said.translate(_SHAPE), ends))
    return runs


def _first_separator(text: str, start: int, end: int) -> int:
    while start < end and text[start].isdigit():
        start += 1
    while start < end and not text[start].isdigit():
        start += 1
    return start


def _last_separator(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isdigit():
        end -= 1
    while end > start and not text[end - 1].isdigit():
        end -= 1
    return end


def spoken_runs(text: str) -> list[Run]:
    """Numbers with at least one word in them, and at least two parts."""
    runs = []
    for match in _SPOKEN_RUN.finditer(text):
        said = match.group()
        if not any(char.isalpha() for char in said):
            continue
        parts = _parts(said, match.start())
        digits = "".join(part for _, part in parts)
        if len(digits) >= 3:
            runs.append(Run(match.start(), match.end(), digits, "", _ends(parts)))
    return runs


def _ends(parts: list[tuple[int, str]]) -> tuple[tuple[int, int], ...]:
    ends = []
    count = 0
    for end, digits in parts:
        count += len(digits)
        ends.append((end, count))
    return tuple(ends)


def _parts(text: str, offset: int) -> list[tuple[int, str]]:
    """(offset after it, its digits) for each part of a run."""
    tokens = [(match.group().lower(), match.end() + offset) for match in _TOKEN.finditer(text)]
    parts: list[tuple[int, str]] = []
    place = 0
    while place < len(tokens):
        word, end = tokens[place]
        after = tokens[place + 1][0] if place + 1 < len(tokens) else ""
        if word in _TIMES and (after in _UNITS or (after.isdigit() and len(after) == 1)):
            digit = _UNITS.get(after, after)
            parts.append((tokens[place + 1][1], digit * _TIMES[word]))
            place += 2
        elif word in _TENS and _UNITS.get(after, "0") != "0":
            parts.append((tokens[place + 1][1], _TENS[word] + _UNITS[after]))
            place += 2
        else:
            parts.append((end, _digits(word)))
            place += 1
    return parts


def _digits(word: str) -> str:
    if word.isdigit():
        return word
    if word in _TENS:
        return _TENS[word] + "0"
    return _UNITS.get(word) or _TEENS.get(word) or _SCALES.get(word) or ""

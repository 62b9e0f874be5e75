"""How the words of a text are written, as features for the head that reads names.

The encoder reads lower case only, so what capitals, lists of names and the rules say is told here:
each feature is a short string, hashed into one of `BUCKETS` rows of a learned table ("feature
hashing", Weinberger et al. 2009, arXiv:0902.2206).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nlp.redact import addresses, gazetteer, lexicon, names
from nlp.redact.name_cues import LAST_WORDS, ORG_WORDS, PARTICLES, STOP
from nlp.redact.reading import Reading
from nlp.redact.spoken import NUMBER_WORDS

BUCKETS = 2**14

_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
_SENTENCE_ENDS = frozenset(".!?:\n")

Bounds = tuple[tuple[int, int], ...]

_LISTS: tuple[tuple[str, Callable[[], frozenset[str]]], ...] = (
    ("given", gazetteer.given_names),
    ("common", gazetteer.common_given_names),
    ("rare", gazetteer.rare_given_names),
    ("family", gazetteer.family_names),
    ("familyonly", gazetteer.family_not_words),
    ("other", gazetteer.others),
    ("nameword", gazetteer.name_words),
    ("stop", lambda: STOP),
    ("org", lambda: ORG_WORDS),
    ("particle", lambda: PARTICLES),
    ("cue", lambda: LAST_WORDS),
    ("number", lambda: NUMBER_WORDS),
    ("street", lambda: lexicon.words("street types") | lexicon.words("street prefixes")),
)


@dataclass(frozen=True, slots=True)
class Surface:
    """The words of a text and how they are written.

    Attributes:
        bounds: each word's first character and the one after its last. A word is a run of letters
            and digits, or one sign.
        features: for each word its rows in the table, in no order that matters.
    """

    bounds: Bounds
    features: tuple[NDArray[np.int32], ...]


def words(text: str) -> Bounds:
    """The bounds of the words of a text."""
    return tuple(match.span() for match in _WORD.finditer(text))


def read(text: str) -> Surface:
    """The words of a text with their features."""
    bounds = words(text)
    ruled = _ruled(text, bounds)
    first = _first_of_sentences(text, bounds)
    manner = _manner(text)
    found = []
    for number, (start, end) in enumerate(bounds):
        own = _of_word(text[start:end])
        place = f"{'first' if first[number] else 'inside'} {manner} {_capital(text[start:end])}"
        gap = "" if number == 0 else text[bounds[number - 1][1] : start]
        around = [f"p {place}", f"p {place} {own.listed}", f"r {ruled[number]}"]
        around.append(f"r {ruled[number]} {place}")
        around.append(f"g {'line' if chr(10) in gap else 'space' if gap else 'none'}")
        hashed = [crc32(feature.encode()) % BUCKETS for feature in around]
        found.append(np.array([*own.rows, *hashed], dtype=np.int32))
    return Surface(bounds, tuple(found))


@dataclass(frozen=True, slots=True)
class _Word:
    """What a word tells by itself: its rows, and which lists hold it."""

    rows: tuple[int, ...]
    listed: str


@lru_cache(maxsize=32768)
def _of_word(word: str) -> _Word:
    fold = gazetteer.fold(word)
    listed = "+".join(name for name, get in _LISTS if fold in get())
    features = [f"s {_shape(word)}", f"l {listed}", f"w {fold}", f"n {min(len(word), 12)}"]
    if fold.isalpha():
        edged = f"<{fold}>"
        features += [f"a {edged[:size]}" for size in (2, 3, 4, 5)]
        features += [f"z {edged[-size:]}" for size in (2, 3, 4, 5)]
        features += [f"c {edged[place : place + 3]}" for place in range(len(edged) - 2)][:12]
        features += [f"i {name}" for name in listed.split("+")]
    return _Word(tuple(crc32(feature.encode()) % BUCKETS for feature in features), listed)


def _shape(word: str) -> str:
    """Upper case, lower case and digits, runs cut to three: "90deSLB" is "99xxXXX"."""
    shape = "".join(
        "X" if char.isupper() else "x" if char.islower() else "9" if char.isdigit() else char
        for char in word[:24]
    )
    return re.sub(r"(.)\1{3,}", r"\1\1\1", shape)


def _capital(word: str) -> str:
    if not word[0].isalpha():
        return "sign"
    if word.isupper() and len(word) > 1:
        return "shouted"
    return "capital" if word[0].isupper() else "small"


def _manner(text: str) -> str:
    """How the whole text is written: without capitals, in nothing else, or as people write."""
    letters = sum(map(str.isalpha, text))
    capitals = sum(map(str.isupper, text))
    if capitals == 0:
        return "low"
    return "loud" if capitals * 2 > letters else "usual"


def _first_of_sentences(text: str, bounds: Bounds) -> list[bool]:
    found, begins = [], True
    end = 0
    for start, stop in bounds:
        begins = begins or "\n" in text[end:start]
        found.append(begins)
        end = stop
        sign = text[start]
        # Quotation marks and brackets before the first word are no first word.
        begins = sign in _SENTENCE_ENDS or (begins and not sign.isalnum())
    return found


def _ruled(text: str, bounds: Bounds) -> list[str]:
    """What the rules take each word for: "P9" is a name that they are sure of."""
    reading = Reading(text)
    marks = [""] * len(bounds)
    for start, end, mark in _spans(reading):
        for number in _within(bounds, start, end):
            marks[number] = mark
    return marks


def _spans(reading: Reading) -> Iterator[tuple[int, int, str]]:
    if addresses.wants(reading):
        for span in addresses.find(reading):
            yield span.start, span.end, "A"
    if names.wants(reading):
        for span in names.find(reading):
            yield span.start, span.end, f"P{int(span.score * 10)}"


def _within(bounds: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[int]:
    for number, (first, last) in enumerate(bounds):
        if first >= end:
            return
        if last > start:
            yield number

"""Which quotes show a theme: the ones at its heart, and the ones that show how wide it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.themes.names import central
from nlp.themes.values import Documents, Floats, Ints
from nlp.themes.words import CARRIERS, Kind, Word, looks_like_an_identifier, runs

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

CONSIDERED = 300
"""Most central members that are weighed; a theme's quotes are never far from its middle."""

# Words between which a quote reads well, and beyond which it does not read at all.
_SHORT, _LONG, _TOO_LONG = 6, 30, 90
# Cosine, and share of words in common, from which on two quotes say the same.
_SAME_VECTOR, _SAME_WORDS = 0.97, 0.7
_GAPS = 0.3  # share of a quote's words that may be taken out of it
_RELEVANCE = 0.5  # of a diverse quote, against being unlike those that are chosen
_ADDRESS = re.compile(r"\S@\S|://|\bwww\.")
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]*(?:_\d+)?\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """The quotes of one theme, each of another interaction, no two of them alike.

    Attributes:
        central: rows of the documents that say what the theme is about, the most central first.
        diverse: rows that say it otherwise; none of them is in `central`.
    """

    central: tuple[int, ...]
    diverse: tuple[int, ...]


def quotes(documents: Documents, labels: Ints, *, most: int = 5) -> list[Quotes]:
    """The quotes of each theme, the same ones for the same documents in any order.

    The diverse ones are chosen by maximal marginal relevance (Carbonell and Goldstein 1998,
    doi:10.1145/290941.291025): each is the one that is most central and least like any chosen yet.

    Args:
        documents: findings or passages, redacted. A text with what looks like an address or a long
            number beside its placeholders is never chosen.
        labels: (documents,) index of each one's theme, `NOWHERE` for none.
        most: how many of each sort at most.

    Returns:
        One a theme, in the order of their indices; empty where a theme has nothing to show.

    Raises:
        ValueError: labels are not one a document.
    """
    if len(labels) != len(documents):
        raise ValueError(f"{len(documents)} documents, but {len(labels)} labels: give one to each")
    order = np.array(sorted(range(len(documents)), key=documents.keys.__getitem__), dtype=np.int64)
    ordered = labels[order]
    count = int(labels.max(initial=-1)) + 1
    return [_of_theme(documents, order[ordered == index].tolist(), most) for index in range(count)]


def _of_theme(documents: Documents, rows: Sequence[int], most: int) -> Quotes:
    if not rows:
        return Quotes(central=(), diverse=())
    near = central(documents.vectors[list(rows)])
    ranked = np.argsort(-near, kind="stable")[:CONSIDERED]
    members = _Members([rows[place] for place in ranked], near[ranked], documents)
    heart = members.pick(most)
    spread = members.pick(most, apart=True)
    return Quotes(central=heart, diverse=spread)


class _Members:
    """The readable members of a theme, and which of them are chosen."""

    def __init__(self, rows: Sequence[int], near: Floats, documents: Documents) -> None:
        read = [readability(documents.texts[row]) for row in rows]
        kept = [place for place, value in enumerate(read) if value > 0]
        self.rows = [rows[place] for place in kept]
        self.groups = [documents.groups[row] for row in self.rows]
        self.words = [_words(documents.texts[row]) for row in self.rows]
        self.vectors = documents.vectors[self.rows]
        self.worth = np.array([near[place] * read[place] for place in kept], dtype=np.float64)
        self.chosen: list[int] = []

    def pick(self, most: int, *, apart: bool = False) -> tuple[int, ...]:
        """Rows of the best that are like none chosen before, and notes that they are chosen."""
        found: list[int] = []
        open_to = np.ones(len(self.rows), dtype=bool)
        likeness = np.zeros(len(self.rows))
        for place in self.chosen:
            self._close(place, open_to, likeness)
        while len(found) < most and open_to.any():
            value = _RELEVANCE * self.worth - (1 - _RELEVANCE) * likeness if apart else self.worth
            place = int(np.argmax(np.where(open_to, np.round(value, 6), -np.inf)))
            self.chosen.append(place)
            found.append(self.rows[place])
            self._close(place, open_to, likeness)
        return tuple(found)

    def _close(self, place: int, open_to: Bools, likeness: Doubles) -> None:
        """Closes what says the same as a chosen one, or stands in the same interaction."""
        alike = self.vectors @ self.vectors[place]
        np.maximum(likeness, alike, out=likeness)
        open_to &= alike < _SAME_VECTOR
        for other in np.flatnonzero(open_to):
            same = _share(self.words[place], self.words[other]) >= _SAME_WORDS
            if same or self.groups[other] == self.groups[place]:
                open_to[other] = False
        open_to[place] = False


def readability(text: str) -> float:
    """How well a quote reads by itself, from 0 (it is not shown) to 1."""
    bare = _PLACEHOLDER.sub(" ", text)
    if _ADDRESS.search(bare) or any(map(looks_like_an_identifier, bare.split())):
        return 0.0
    gaps, words = len(_PLACEHOLDER.findall(text)), len(bare.split())
    if words < 2 or gaps > _GAPS * (gaps + words) or words > _TOO_LONG:
        return 0.0
    telling = [word for run in runs(bare) for word in run if word.kind in CARRIERS]
    if not any(word.kind is Kind.CONTENT for word in telling):
        return 0.0
    if words < _SHORT:
        return 0.6 + 0.4 * words / _SHORT
    return 1.0 if words <= _LONG else max(0.3, 1 - (words - _LONG) / _TOO_LONG)


def _words(text: str) -> frozenset[str]:
    found: list[Word] = [word for run in runs(text) for word in run]
    return frozenset(word.stem or word.lower for word in found)


def _share(first: frozenset[str], second: frozenset[str]) -> float:
    """The share of their words that two quotes have in common (Jaccard)."""
    return len(first & second) / max(len(first | second), 1)

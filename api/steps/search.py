"""Search: what a query's words find and what its meaning finds, put into one order."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from api.store import search
from api.store.search import Place
from api.store.search_filter import SearchFilter

Floats = NDArray[np.float32]

DEPTH = 100
"""Passages of each list that the common order is made of."""

DAMPING = 60
"""How much lower places count, of reciprocal rank fusion; 60 as in the paper."""

_KEPT = 1_000
"""Queries whose vectors are kept: people page, and ask the same again."""


class Embeds(Protocol):
    """Whatever turns a query into a vector: `nlp.pipeline.Miner`, or a test's."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """(texts, width) vectors of length 1, as passages have them."""
        ...


class OnDemand:
    """An encoder that is made when it is first asked, and remembers what it was asked last.

    Args:
        make: makes it; takes a second, and some 300 MB from then on.
    """

    def __init__(self, make: Callable[[], Embeds]) -> None:
        self._make = make
        self._made: Embeds | None = None
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Floats] = OrderedDict()

    def embed(self, texts: Sequence[str]) -> Floats:
        """(texts, width) vectors of length 1, as passages have them."""
        return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Floats:
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
            if self._made is None:
                self._made = self._make()
            encoder = self._made
        found: Floats = encoder.embed([text])[0]
        with self._lock:
            self._known[text] = found
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that was found.

    Attributes:
        place: which passage.
        score: by which hits are ordered; means nothing beside that.
        by_words: its rank in the list by words, from 1; None where it is not in it.
        by_meaning: its rank in the list by meaning.
        likeness: cosine to the query, where it is in the list by meaning.
    """

    place: Place
    score: float
    by_words: int | None = None
    by_meaning: int | None = None
    likeness: float | None = None


def find(
    session: Session,
    query: str,
    filter: SearchFilter,
    *,
    embeds: Embeds | None,
    by: frozenset[str] = frozenset({"words", "meaning"}),
) -> list[Hit]:
    """Passages that answer a query, the best first.

    Args:
        session: the transaction, whose view narrows what is found.
        query: as a person typed it.
        filter: which passages are searched.
        embeds: gives the query's vector; None where there is no encoder.
        by: the lists that are asked.
    """
    search.prepare(session)
    words: dict[Place, float] = {}
    likeness: dict[Place, float] = {}
    if "words" in by:
        words = search.by_words(session, query, filter, limit=DEPTH)
    if "meaning" in by and embeds is not None:
        (vector,) = embeds.embed([query])
        likeness = search.by_meaning(session, vector, filter, limit=DEPTH)
    return fused(words, likeness)


def fused(words: dict[Place, float], likeness: dict[Place, float]) -> list[Hit]:
    """One order of two, by reciprocal ranks.

    Each list gives a passage 1 / (60 + rank); who is in both gets both (Cormack, Clarke & Buettcher
    2009, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods",
    SIGIR). No score of either list is needed, and theirs cannot be compared. What the list by words
    gives is less where words are missing, by the square of what is there: most passages with one
    word of five are there by chance, and stood in front of those that say the same in other words.

    Args:
        words: the list by words, the best first, and how much of the query each has (0 to 1).
        likeness: the list by meaning with cosines, the best first.
    """
    by_words = {place: rank for rank, place in enumerate(words, start=1)}
    by_meaning = {place: rank for rank, place in enumerate(likeness, start=1)}
    parts = {place: words[place] ** 2 / (DAMPING + rank) for place, rank in by_words.items()}
    hits = [
        Hit(
            place=place,
            score=parts.get(place, 0.0)
            + (1 / (DAMPING + by_meaning[place]) if place in by_meaning else 0.0),
            by_words=by_words.get(place),
            by_meaning=by_meaning.get(place),
            likeness=likeness.get(place),
        )
        for place in dict.fromkeys([*by_words, *by_meaning])
    ]
    # Of two that are as good the one that came in later.
    return sorted(hits, key=lambda hit: (-hit.score, -hit.place[0].int, hit.place[1]))

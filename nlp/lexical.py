"""Words beside vectors: which words and pairs of words a passage holds.

A small encoder blurs single telling words ("manual", "could", "still"). The category and sentiment
heads therefore read them too, weighted by inverse document frequency (Spärck Jones 1972) and scaled
to length 1.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Self

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def terms(text: str) -> list[str]:
    """The lower-case words of a text, and each pair of neighbours joined by a space."""
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    return words + [f"{first} {second}" for first, second in pairwise(words)]


@dataclass(frozen=True, slots=True)
class WordVector:
    """The known terms of one passage.

    Attributes:
        places: (known terms,) int64, their places in the vocabulary, ascending.
        values: (known terms,) float32, of length 1 together.
    """

    places: NDArray[np.int64]
    values: NDArray[np.float32]


class Lexicon:
    """A vocabulary with a weight a term.

    Args:
        vocabulary: terms; a term's place is its index.
        rarity: (terms,) inverse document frequencies.
    """

    def __init__(self, vocabulary: Sequence[str], rarity: NDArray[np.float32]) -> None:
        self.vocabulary = tuple(vocabulary)
        self.rarity = rarity
        self._places = {term: place for place, term in enumerate(self.vocabulary)}

    @classmethod
    def learn(cls, texts: Iterable[str], *, min_count: int = 3) -> Self:
        """The terms that stand in at least `min_count` of the texts."""
        counts: Counter[str] = Counter()
        total = 0
        for text in texts:
            counts.update(set(terms(text)))
            total += 1
        kept = sorted(term for term, count in counts.items() if count >= min_count)
        rarity = [log((1 + total) / (1 + counts[term])) + 1 for term in kept]
        return cls(kept, np.array(rarity, dtype=np.float32))

    def vector(self, text: str) -> WordVector:
        """The known terms of a text; each counts once, however often it stands there."""
        found = sorted(
            {place for term in terms(text) if (place := self._places.get(term, -1)) >= 0}
        )
        places = np.array(found, dtype=np.int64)
        values = self.rarity[places] if found else np.zeros(0, dtype=np.float32)
        norm = float(np.linalg.norm(values))
        return WordVector(places, values / np.float32(norm) if norm else values)

"""How far to trust a clustering: figures that are served with the themes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from nlp.themes.graph import centred, common
from nlp.themes.partition import clearness, sample
from nlp.themes.values import Clustering, Documents, Ints

WORD = re.compile(r"[^\W\d_]{3,}")
TOP_WORDS = 8  # of a theme, that its coherence is measured on
WIDESPREAD = 0.5  # a word in so large a share of all documents says nothing of a theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Figures of a clustering.

    Attributes:
        documents: that were clustered.
        themes: that were found.
        coherence: mean over themes of the normalised pointwise mutual information of their words
            (Bouma 2009; Röder, Both and Hinneburg 2015), -1 to 1: do the words that mark a theme
            stand together in documents? None where no theme has two such words.
        silhouette: -1 to 1, how clearly themes stand apart (`nlp.themes.partition.clearness`); None
            below two themes.
        coverage: share of the documents that are in a theme; the others wait. 1 without documents.
        stability: share of the documents known before whose theme stayed, but for what people
            wished; None the first time.
    """

    documents: int
    themes: int
    coherence: float | None
    silhouette: float | None
    coverage: float
    stability: float | None


def report(documents: Documents, clustering: Clustering, *, stability: float | None) -> Quality:
    """The figures of a clustering.

    Args:
        documents: that were clustered.
        clustering: of them.
        stability: as `stayed` gives it; None the first time.
    """
    inside = np.flatnonzero(clustering.labels >= 0)
    silhouette = None
    if clustering.count > 1:
        vectors = centred(documents.vectors[inside], common(documents.vectors))
        silhouette = clearness(vectors, clustering.labels[inside])
    return Quality(
        documents=len(documents),
        themes=clustering.count,
        coherence=coherence(documents.texts, clustering.labels),
        silhouette=silhouette,
        coverage=len(inside) / len(documents) if len(documents) else 1.0,
        stability=stability,
    )


def stayed(before: Sequence[str], now: Sequence[str], wished: Sequence[bool]) -> float | None:
    """Share of the documents whose theme is the one that it was.

    Args:
        before: id of the theme of each document that was known, "" for the pool.
        now: the same after the re-clustering; themes that people merged count as one.
        wished: of each, whether a person decided about it: it counts neither way.

    Returns:
        None where there is no document to count.
    """
    kept = [old == new for old, new, by in zip(before, now, wished, strict=True) if not by]
    return sum(kept) / len(kept) if kept else None


def coherence(texts: Sequence[str], labels: Ints) -> float | None:
    """Mean over themes of the NPMI of their words, by documents; None without such words.

    Args:
        texts: of each document.
        labels: theme of each, below 0 for none.
    """
    rows = sample(len(texts))
    words = [frozenset(WORD.findall(texts[row].casefold())) for row in rows]
    everywhere = Counter(word for found in words for word in found)
    inside: dict[int, Counter[str]] = {}
    for row, found in zip(rows, words, strict=True):
        if labels[row] >= 0:
            inside.setdefault(int(labels[row]), Counter()).update(found)
    marks = {
        theme: _marks(counted, everywhere, len(words)) for theme, counted in sorted(inside.items())
    }
    wanted = {pair for found in marks.values() for pair in combinations(sorted(found), 2)}
    partners: dict[str, set[str]] = {}
    for left, right in wanted:
        partners.setdefault(left, set()).add(right)
    together: Counter[tuple[str, str]] = Counter()
    for found in words:
        for left in found & partners.keys():
            together.update((left, right) for right in partners[left] & found)
    scores = [
        float(np.mean([_npmi(pair, together, everywhere, len(words)) for pair in pairs]))
        for found in marks.values()
        if (pairs := list(combinations(sorted(found), 2)))
    ]
    return float(np.mean(scores)) if scores else None


def _marks(inside: Counter[str], everywhere: Counter[str], documents: int) -> list[str]:
    """The words that mark a theme: in many of its documents, and in few others."""
    common = {word for word, count in inside.items() if count > 1}
    rated = {
        word: inside[word] * np.log(documents / everywhere[word])
        for word in common
        if everywhere[word] <= max(WIDESPREAD * documents, 2)
    }
    return sorted(rated, key=lambda word: (-rated[word], word))[:TOP_WORDS]


def _npmi(
    pair: tuple[str, str],
    together: Counter[tuple[str, str]],
    everywhere: Counter[str],
    documents: int,
) -> float:
    if not together[pair]:
        return -1.0
    both = together[pair] / documents
    if both == 1:
        return 1.0
    left, right = (everywhere[word] / documents for word in pair)
    return float(np.log(both / (left * right)) / -np.log(both))

"""Large sets whose groups are known: drawn vectors, and real sentences said again with noise.

Both are the same for the same seed and size. They are made in one process with what clusters them,
in blocks, so that no second copy of a million vectors is ever held.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.themes.sets import (
    Labelled,
    app_reviews,
    banking77,
    documents_of,
    multidogo,
    vectors_of,
)
from nlp.encoder import Encoder
from nlp.themes.values import NOWHERE, Floats, Ints

SEED = 7
WIDTH = 384
BLOCK = 50_000  # rows that are made at a time
# Noise beside a middle of length 1: the median of its lengths, and how their logarithms spread.
NOISE, SPREAD = 1.6, 0.25
# So many documents have something of a second group, up to a little more than of their own.
MIXED, MOST_OF_SECOND = 0.3, 1.2
RANK_OFFSET = 2.7  # of Mandelbrot's form of Zipf's law: a share of 1 / (rank + 2.7)
SENTENCES = 10_000  # taken of MultiDoGO's
TRIED = 4_000  # sentences whose noisy forms are encoded
VERBATIM = 0.2  # share of the repetitions that say it word for word


def groups_of(count: int) -> int:
    """How many groups so many documents have: ten times for a hundred times the documents."""
    return max(round(math.sqrt(count)), 2)


def shares(groups: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(groups,) sizes after Zipf and Mandelbrot (1953), of sum 1."""
    found = 1 / (np.arange(1, groups + 1) + RANK_OFFSET)
    return np.asarray(found / found.sum(), dtype=np.float64)


def drawn(count: int, *, noise: float = NOISE, seed: int = SEED) -> Labelled:
    """Vectors around middles on the sphere, some of them between two middles.

    Around each middle the noise is the same in every direction, close to a von Mises-Fisher
    distribution, but longer for some documents than for others. The groups grow in number with the
    root of the documents, differ in size as words do, and have middles drawn evenly from the
    sphere. How hard it is to tell a document's group depends little on how many there are.

    Args:
        count: of documents.
        noise: its median length beside a middle's.
        seed: of everything.
    """
    random = np.random.default_rng(seed)
    sizes = shares(groups_of(count))
    middles = _unit(random.standard_normal((len(sizes), WIDTH), dtype=np.float32))
    truth = random.choice(len(sizes), size=count, p=sizes).astype(np.int64)
    second = random.choice(len(sizes), size=count, p=sizes)
    weights = MOST_OF_SECOND * random.random(count) * (random.random(count) < MIXED)
    lengths = noise * np.exp(SPREAD * random.standard_normal(count)) / WIDTH**0.5
    vectors = np.empty((count, WIDTH), dtype=np.float32)
    for first in range(0, count, BLOCK):
        rows = slice(first, first + BLOCK)
        around = random.standard_normal((len(truth[rows]), WIDTH), dtype=np.float32)
        around *= lengths[rows, None].astype(np.float32)
        around += middles[truth[rows]]
        around += weights[rows, None].astype(np.float32) * middles[second[rows]]
        vectors[rows] = _unit(around)
    texts = [f"passage {number}" for number in range(count)]
    return Labelled(name="generated", documents=documents_of(texts, vectors), truth=truth)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """Real sentences, and what noise in their words does to their vectors.

    Attributes:
        texts: each once.
        vectors: (texts, width) of length 1.
        truth: (texts,) intent of each, `NOWHERE` where nobody says or it may be about anything.
        shifts: (tried, width) vector of a noisy form less that of the sentence, of some of them.
    """

    texts: tuple[str, ...]
    vectors: Floats
    truth: Ints
    shifts: Floats

    def save(self, path: Path) -> None:
        """Writes them for another process."""
        np.savez(
            path,
            texts=np.array(self.texts, dtype=np.str_),
            vectors=self.vectors,
            truth=self.truth,
            shifts=self.shifts,
        )

    @classmethod
    def read(cls, path: Path) -> "Originals":
        """What `save` wrote."""
        with np.load(path) as found:
            return cls(
                texts=tuple(found["texts"].tolist()),
                vectors=found["vectors"],
                truth=found["truth"],
                shifts=found["shifts"],
            )


def originals(root: Path, encoder: Encoder) -> Originals:
    """Sentences of MultiDoGO, Banking77's train part and app reviews, encoded."""
    random = np.random.default_rng(SEED)
    chats = multidogo(root)
    some = random.choice(len(chats), size=min(SENTENCES, len(chats)), replace=False)
    pairs = dict([*(chats[place] for place in sorted(some)), *banking77(root, "train")])
    pairs = {text: group for text, group in app_reviews(root) if text not in pairs} | pairs
    numbers = {group: number for number, group in enumerate(sorted(set(pairs.values()) - {""}))}
    texts = list(pairs)
    vectors = vectors_of(texts, encoder)
    tried = random.choice(len(texts), size=min(TRIED, len(texts)), replace=False)
    changed = [noisy(texts[place], random) for place in tried]
    return Originals(
        texts=tuple(texts),
        vectors=vectors,
        truth=np.array([numbers.get(group, NOWHERE) for group in pairs.values()], np.int64),
        shifts=vectors_of(changed, encoder) - vectors[tried],
    )


def noisy(text: str, random: np.random.Generator) -> str:
    """A text with one to three slips: a word left out, two words in turn, two letters in turn."""
    words = text.split()
    for kind, draw in random.random((int(random.integers(1, 4)), 2)).tolist():
        words = _slip(words, kind, draw)
    return " ".join(words)


def _slip(words: Sequence[str], kind: float, draw: float) -> list[str]:
    """One slip at a place that the draw names; a text too short for it stays."""
    found, place = list(words), int(draw * (len(words) - 1))
    if len(found) < 2:
        return found
    if kind < 1 / 3:
        del found[place]
    elif kind < 2 / 3:
        found[place], found[place + 1] = found[place + 1], found[place]
    else:
        found[place] = _swapped(found[place])
    return found


def _swapped(word: str) -> str:
    """A word with its two middle letters in turn."""
    half = len(word) // 2
    return word[: half - 1] + word[half] + word[half - 1] + word[half + 1 :] if half else word


def repeated(of: Originals, count: int, *, seed: int = SEED) -> Labelled:
    """Sentences drawn again and again, most of them with noise.

    The noise in the words moves a vector by what it moved that of another sentence, so that a
    million need not be encoded; a sentence that is repeated word for word has its own vector.

    Args:
        of: what is repeated.
        count: of documents.
        seed: of everything.
    """
    random = np.random.default_rng(seed)
    rows = random.integers(len(of.texts), size=count)
    shift = random.integers(len(of.shifts), size=count)
    shift[random.random(count) < VERBATIM] = NOWHERE
    texts = [
        of.texts[row] if moved == NOWHERE else noisy(of.texts[row], random)
        for row, moved in zip(rows.tolist(), shift.tolist(), strict=True)
    ]
    vectors = np.empty((count, of.vectors.shape[1]), dtype=np.float32)
    for first in range(0, count, BLOCK):
        block = slice(first, first + BLOCK)
        moved = np.where((shift[block] != NOWHERE)[:, None], of.shifts[shift[block]], 0)
        vectors[block] = _unit(of.vectors[rows[block]] + moved)
    return Labelled(
        name="sentences with noise",
        documents=documents_of(texts, vectors),
        truth=of.truth[rows],
    )

"""Sketches of many interactions: the sums that drift is measured by, without anybody's sentences.

A sketch holds, of a number of interactions, sums over interactions: of figures, of a kernel's
features of their vectors, and how many interactions said a word. Interactions are what is counted,
as passages of one call resemble each other. Sketches of two lots add up to that of both.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.types import CATEGORIES, SENTIMENTS, Mined

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

LEAST = 5
"""Interactions that have to say a word before a sketch of a service names it."""

BINS = 10
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def words(text: str) -> list[str]:
    """The lower-case words of a text: letters alone, as numbers and codes are new each time."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One interaction as it was read: what a sketch counts.

    Attributes:
        words: distinct words that its customer said.
        vectors: (passages, width) of its customer's passages.
        confidences: of the findings of each category that was found.
        unsure: whether any finding is one that a person should decide.
        sentiment: of the whole.
        agreement: of each category, what people made of findings that they looked at because these
            were drawn at random: 1 where they agree and 0 where not, less the confidence.
    """

    words: frozenset[str]
    vectors: Vectors
    confidences: Mapping[str, Sequence[float]]
    unsure: bool
    sentiment: str
    agreement: Mapping[str, Sequence[float]] = field(default_factory=dict)


def of_mined(mined: Mined, gold: Sequence[Collection[str]] | None = None) -> Arrived:
    """What a miner says of an interaction, ready to be counted.

    Args:
        mined: what it says.
        gold: what each passage carries, where people said so of all of them.
    """
    confidences: dict[str, list[float]] = {}
    agreement: dict[str, list[float]] = {}
    for finding in mined.findings:
        confidences.setdefault(finding.category, []).append(finding.confidence)
        if gold is not None:
            right = float(finding.category in gold[finding.passage])
            agreement.setdefault(finding.category, []).append(right - finding.confidence)
    width = len(mined.vectors[0]) if mined.vectors else 0
    return Arrived(
        words=frozenset(word for one in mined.passages for word in words(one.text)),
        vectors=np.array(mined.vectors, dtype=np.float32).reshape(-1, width),
        confidences=confidences,
        unsure=any(finding.unsure for finding in mined.findings),
        sentiment=mined.sentiment.label,
        agreement=agreement,
    )


@dataclass(frozen=True, slots=True)
class Kernel:
    """Features whose inner product is a Gaussian kernel of two vectors, nearly.

    Random Fourier features (Rahimi & Recht 2007, "Random features for large-scale kernel
    machines"): the distance between the mean features of two lots is then the maximum mean
    discrepancy of the two (Gretton et al. 2012, "A kernel two-sample test").

    Attributes:
        frequencies: (width, features).
        phases: (features,).
    """

    frequencies: NDArray[np.float32]
    phases: NDArray[np.float32]

    @classmethod
    def drawn(cls, *, width: int, scale: float, features: int, seed: int) -> Self:
        """Draws features.

        Args:
            width: of the vectors.
            scale: distance at which two vectors are neither alike nor strangers: the median.
            features: how many.
            seed: of the draw.
        """
        rng = np.random.default_rng(seed)
        frequencies = rng.normal(0, 1 / scale, (width, features))
        phases = rng.uniform(0, 2 * np.pi, features)
        return cls(
            frequencies.astype(np.float16).astype(np.float32),
            phases.astype(np.float16).astype(np.float32),
        )

    @classmethod
    def usual(cls) -> Self:
        """For a model that has no reference: the scale is that of the pinned encoder's passages."""
        return cls.drawn(width=384, scale=1.25, features=256, seed=18)

    @property
    def size(self) -> int:
        """How many features there are."""
        return len(self.phases)

    def features(self, vectors: Vectors) -> Floats:
        """(vectors, features) of each vector."""
        angles = vectors.astype(np.float32) @ self.frequencies + self.phases
        return np.asarray(np.sqrt(2 / self.size) * np.cos(angles), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one figure: over how many interactions, and the sums of their values and squares."""

    number: int
    total: float
    squares: float

    def __add__(self, other: "Sums") -> "Sums":
        """Of both."""
        return Sums(
            self.number + other.number, self.total + other.total, self.squares + other.squares
        )

    @property
    def mean(self) -> float:
        """Over the interactions; NaN where there are none."""
        return self.total / self.number if self.number else float("nan")


NOTHING = Sums(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is kept of a number of interactions.

    Attributes:
        interactions: how many.
        figures: sums, by the figure's name.
        confidences: of each category, findings in ten equal steps of confidence.
        words: how many interactions said a word.
        embedding: (features,) sum over interactions of the mean features of their passages.
        norms: sum over interactions of the squared length of these features.
        embedded: interactions that have any passage.
    """

    interactions: int
    figures: Mapping[str, Sums]
    confidences: Mapping[str, tuple[int, ...]]
    words: Mapping[str, float]
    embedding: Floats
    norms: float
    embedded: int

    def __add__(self, other: "Sketch") -> "Sketch":
        """The sketch of both."""
        names = {**self.figures, **other.figures}
        bins = {**self.confidences, **other.confidences}
        none = (0,) * BINS
        return Sketch(
            interactions=self.interactions + other.interactions,
            figures={
                name: self.figures.get(name, NOTHING) + other.figures.get(name, NOTHING)
                for name in names
            },
            confidences={
                name: tuple(
                    one + two
                    for one, two in zip(
                        self.confidences.get(name, none),
                        other.confidences.get(name, none),
                        strict=True,
                    )
                )
                for name in bins
            },
            words=dict(Counter(self.words) + Counter(other.words)),
            embedding=self.embedding + other.embedding,
            norms=self.norms + other.norms,
            embedded=self.embedded + other.embedded,
        )

    def times(self, factor: float) -> "Sketch":
        """As if there were so many times as many interactions like these."""
        return Sketch(
            interactions=round(self.interactions * factor),
            figures={
                name: Sums(
                    max(round(one.number * factor), 1), one.total * factor, one.squares * factor
                )
                for name, one in self.figures.items()
            },
            confidences=self.confidences,
            words={word: number * factor for word, number in self.words.items()},
            embedding=self.embedding * factor,
            norms=self.norms * factor,
            embedded=round(self.embedded * factor),
        )

    def without_rare_words(self, least: int = LEAST) -> "Sketch":
        """The same, which names no word that fewer than so many interactions said."""
        kept = {word: number for word, number in self.words.items() if number >= least}
        return replace(self, words=kept)

    def as_json(self) -> dict[str, Any]:
        """Everything but the embedding, which is an array."""
        return {
            "interactions": self.interactions,
            "embedded": self.embedded,
            "norms": self.norms,
            "figures": {
                name: [one.number, one.total, one.squares] for name, one in self.figures.items()
            },
            "confidences": {name: list(bins) for name, bins in self.confidences.items()},
            "words": dict(self.words),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any], embedding: Floats) -> Self:
        """What `as_json` wrote, with its embedding."""
        return cls(
            interactions=kept["interactions"],
            embedded=kept["embedded"],
            norms=kept["norms"],
            figures={name: Sums(*numbers) for name, numbers in kept["figures"].items()},
            confidences={name: tuple(bins) for name, bins in kept["confidences"].items()},
            words=kept["words"],
            embedding=embedding,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The interactions of one week that came over one channel.

    Attributes:
        start: the week's Monday.
        channel: call, email or chat.
        sketch: of them, or of a sample.
    """

    start: date
    channel: str
    sketch: Sketch


def sketch(
    arrived: Iterable[Arrived],
    kernel: Kernel,
    known: Collection[str] | None,
    *,
    categories: Sequence[str] = CATEGORIES,
) -> Sketch:
    """Counts interactions.

    Args:
        arrived: the interactions.
        kernel: of the reference that they are to be compared with.
        known: words that its training data hold; None where nobody knows.
        categories: that the model looks for: their share is 0 where none was found.
    """
    number = embedded = 0
    norms = 0.0
    figures: dict[str, Sums] = {}
    bins: dict[str, NDArray[np.int64]] = {}
    said: Counter[str] = Counter()
    embedding = np.zeros(kernel.size)
    for one in arrived:
        number += 1
        said.update(one.words)
        for name, value in values(one, known, categories=categories).items():
            figures[name] = figures.get(name, NOTHING) + Sums(1, value, value * value)
        for name, confidences in one.confidences.items():
            places = np.minimum((np.asarray(confidences) * BINS).astype(int), BINS - 1)
            found = bins.setdefault(name, np.zeros(BINS, dtype=np.int64))
            found += np.bincount(places, minlength=BINS)
        if len(one.vectors):
            features = kernel.features(one.vectors).mean(axis=0)
            embedding += features
            norms += float(features @ features)
            embedded += 1
    return Sketch(
        interactions=number,
        figures=figures,
        confidences={name: tuple(found.tolist()) for name, found in sorted(bins.items())},
        words=dict(said),
        embedding=embedding,
        norms=norms,
        embedded=embedded,
    )


def values(
    one: Arrived, known: Collection[str] | None, *, categories: Sequence[str] = CATEGORIES
) -> dict[str, float]:
    """The figures of one interaction, by name; what does not apply to it is left out."""
    found = {f"label.{name}": float(name in one.confidences) for name in categories}
    for label in SENTIMENTS:
        if label != "neutral":
            found[f"sentiment.{label}"] = float(one.sentiment == label)
    for name, confidences in one.confidences.items():
        found[f"confidence.{name}"] = float(np.mean(confidences))
    if one.confidences:
        found["unsure"] = float(one.unsure)
    if one.words and known is not None:
        found["vocabulary.unknown"] = sum(word not in known for word in one.words) / len(one.words)
    for name, gaps in one.agreement.items():
        if len(gaps):
            found[f"agreement.{name}"] = float(np.mean(gaps))
    return found

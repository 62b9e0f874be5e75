"""Measures of labels and probabilities: pure functions over arrays, nothing else.

What has no value (the precision of a label that was never said) is NaN here and null in JSON.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESAMPLES = 2000
SEED = 7
BINS = 10  # of the calibration errors
CELLS = 4_000_000  # numbers held at once while resampling: 32 MB


def ratio(part: Any, whole: Any) -> Floats:
    """`part / whole` element by element, NaN where the whole is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    found = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=found, where=whole > 0)
    return found


def rounded(value: Any, digits: int = 3) -> float | None:
    """A number for JSON: rounded, None where it is NaN."""
    number = float(value)
    return None if math.isnan(number) else round(number, digits)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the rates of a label are made of; numbers or arrays of one shape.

    Attributes:
        hits: said, and right.
        said: all that were said.
        gold: all that are there.
    """

    hits: Floats
    said: Floats
    gold: Floats

    @classmethod
    def of(cls, gold: Bools, said: Bools) -> Self:
        """Counts over the rows, one a column where there are columns."""
        both, one, other = ((gold & said), said, gold)
        return cls(*(np.asarray(part.sum(axis=0), dtype=float) for part in (both, one, other)))

    @property
    def precision(self) -> Floats:
        """Share of what was said that is right."""
        return ratio(self.hits, self.said)

    @property
    def recall(self) -> Floats:
        """Share of what is there that was said."""
        return ratio(self.hits, self.gold)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of both: 0 where nothing is right, NaN where there is nothing at all."""
        return ratio(2 * self.hits, self.said + self.gold)


@dataclass(frozen=True, slots=True)
class Resamples:
    """Bootstrap over interactions, because passages of one call resemble each other.

    Attributes:
        weights: (resamples, interactions), how often each interaction was drawn.
        groups: (passages,), the interaction of each passage.
    """

    weights: NDArray[np.float32]
    groups: Ints

    @classmethod
    def of(cls, groups: Ints, *, resamples: int = RESAMPLES, seed: int = SEED) -> Self:
        """Draws, each as many interactions as there are, with replacement (Efron 1979)."""
        _, places = np.unique(groups, return_inverse=True)
        size = int(places.max()) + 1 if len(places) else 0
        rng = np.random.default_rng(seed)
        weights = np.empty((resamples, size), dtype=np.float32)
        for row in weights:
            row[:] = np.bincount(rng.integers(size, size=size), minlength=size) if size else 0
        return cls(weights, places.astype(np.int64))

    def totals(self, values: NDArray[Any]) -> Floats:
        """(resamples, …) sums over the passages of each draw.

        Args:
            values: (passages,) or (passages, columns).
        """
        sums = np.zeros((self.weights.shape[1], *values.shape[1:]))
        np.add.at(sums, self.groups, values.astype(float))
        step = max(1, CELLS // max(len(sums), 1))
        parts = [
            self.weights[start : start + step].astype(float) @ sums
            for start in range(0, len(self.weights), step)
        ]
        return np.concatenate(parts)

    def counts(self, gold: Bools, said: Bools) -> Counts:
        """Counts in each draw."""
        return Counts(self.totals(gold & said), self.totals(said), self.totals(gold))

    def average_precision(self, gold: Bools, probabilities: Floats) -> Floats:
        """(resamples,) average precision of each draw."""
        step = max(1, CELLS // max(len(gold), 1))
        parts = [
            _average_precision(gold, probabilities, self.weights[start : start + step, self.groups])
            for start in range(0, len(self.weights), step)
        ]
        return np.concatenate(parts)

    def interval(self, values: Floats) -> list[float] | None:
        """The middle 95 % of what a measure was in the draws.

        None where there are not two interactions, or where the measure has no value in half of the
        draws: such an interval would say nothing.
        """
        known = values[~np.isnan(values)]
        if self.weights.shape[1] < 2 or len(known) * 2 < len(values):
            return None
        return [round(float(end), 3) for end in np.percentile(known, [2.5, 97.5])]


def average_precision(gold: Bools, probabilities: Floats) -> float:
    """Area under the precision-recall curve as a step function; NaN where nothing is there.

    It is the sum over distinct probabilities of precision times the gain in recall, as
    scikit-learn's `average_precision_score` defines it.
    """
    return float(_average_precision(gold, probabilities, np.ones((1, len(gold))))[0])


def _average_precision(gold: Bools, probabilities: Floats, weights: NDArray[Any]) -> Floats:
    order = np.argsort(-probabilities, kind="stable")
    ends = _last_of_ties(probabilities[order])
    drawn = np.asarray(weights[:, order], dtype=float)
    said = np.cumsum(drawn, axis=1)[:, ends]
    hits = np.cumsum(drawn * gold[order], axis=1)[:, ends]
    gains = np.diff(hits, axis=1, prepend=0.0)
    area = (gains * np.nan_to_num(ratio(hits, said))).sum(axis=1)
    return ratio(area, drawn @ gold[order].astype(float))


def _last_of_ties(ordered: Floats) -> Ints:
    """Places of the last of each run of equal values."""
    return np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)])


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of a precision-recall curve: what counts from this probability on."""

    threshold: float
    precision: float
    recall: float


def curve(gold: Bools, probabilities: Floats) -> list[CurvePoint]:
    """The precision-recall curve, one point a distinct probability, from the surest on."""
    order = np.argsort(-probabilities, kind="stable")
    ends = _last_of_ties(probabilities[order])
    hits = np.cumsum(gold[order])[ends]
    if not gold.any():
        return []
    return [
        CurvePoint(float(threshold), float(precision), float(recall))
        for threshold, precision, recall in zip(
            probabilities[order][ends], hits / (ends + 1), hits / gold.sum(), strict=True
        )
    ]


def thinned(points: Sequence[CurvePoint], count: int = 100) -> list[CurvePoint]:
    """At most `count` points of a curve, evenly spread over recall, its ends among them."""
    if len(points) <= count:
        return list(points)
    recalls = np.array([point.recall for point in points])
    wanted = np.linspace(recalls[0], recalls[-1], count - 1)
    places = {0, len(points) - 1, *(int(np.abs(recalls - one).argmin()) for one in wanted)}
    return [points[place] for place in sorted(places)[-count:]]


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a reliability diagram.

    Attributes:
        low: least probability in it.
        high: greatest.
        passages: how many, or their weight.
        probability: mean of what was said.
        share: how many were right.
    """

    low: float
    high: float
    passages: float
    probability: float
    share: float


def equal_bins(probabilities: Floats) -> Ints:
    """The bin of each probability when 0 to 1 is cut into ten equal parts."""
    return np.minimum((probabilities * BINS).astype(np.int64), BINS - 1)


def adaptive_bins(probabilities: Floats) -> Ints:
    """The bin of each probability when ten bins hold equally many.

    Most passages carry nothing and lie in the lowest equal bin, so that equal bins alone judge
    the rare sure answers by a handful (Nixon et al. 2019, arXiv:1904.01685).
    """
    places = np.empty(len(probabilities), dtype=np.int64)
    order = np.argsort(probabilities, kind="stable")
    for number, part in enumerate(np.array_split(order, BINS)):
        places[part] = number
    return places


def reliability(
    right: Bools, probabilities: Floats, places: Ints, weights: Floats | None = None
) -> list[Bin]:
    """The reliability diagram; empty bins are left out.

    Args:
        right: (passages,) whether what was said is so.
        probabilities: (passages,) how sure it was said.
        places: (passages,) bin of each, from `equal_bins` or `adaptive_bins`.
        weights: (passages,) how much each counts; 1 if None.
    """
    counted = np.ones(len(right)) if weights is None else weights
    bins = []
    for number in np.unique(places):
        inside = places == number
        total, said = counted[inside], probabilities[inside]
        bins.append(
            Bin(
                float(said.min()),
                float(said.max()),
                float(total.sum()),
                float(np.average(said, weights=total)),
                float(np.average(right[inside], weights=total)),
            )
        )
    return bins


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error (Guo et al. 2017, arXiv:1706.04599): the mean gap of the bins."""
    total = sum(one.passages for one in bins)
    return float(ratio(sum(one.passages * abs(one.probability - one.share) for one in bins), total))


def macro_f1(counts: Counts) -> Floats:
    """Mean F1 over the last axis; labels that are neither there nor said do not count."""
    known = ~np.isnan(counts.f1)
    return ratio(np.where(known, counts.f1, 0).sum(axis=-1), known.sum(axis=-1))


def log_loss(gold: Bools, probabilities: Floats) -> Floats:
    """What each answer costs, in nats: minus the logarithm of what was given to the truth."""
    truth = np.where(gold, probabilities, 1 - probabilities)
    return np.asarray(-np.log(np.maximum(truth, 1e-9)))


def overlap(gold: set[int], said: set[int]) -> float:
    """F1 of two sets of words' places (as SQuAD measures answers, with places for words)."""
    return 2 * len(gold & said) / max(len(gold) + len(said), 1)


def words(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    """Places of the words of a text that touch a span."""
    places, position = set(), 0
    for place, word in enumerate(text.split()):
        begin = text.index(word, position)
        position = begin + len(word)
        if any(start < position and end > begin for start, end in spans):
            places.add(place)
    return places


def one_hot(places: Ints, width: int) -> Bools:
    """(rows, width), true at each row's place; a row with place -1 is all false."""
    return np.asarray(places[:, None] == np.arange(width))

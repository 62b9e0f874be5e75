"""What is chosen after fitting, on the dev split and as the model is served.

Calibration, thresholds, the unsure band, the balance of feelings, what a quote's tokens must bring.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from nlp.encoder import Encoded
from nlp.heads.quotes import Edges, best_run
from nlp.learn import logistic
from nlp.learn.corpora import Example
from nlp.types import CATEGORIES, SENTIMENTS

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# What the model promises of what it finds: nine in ten are right (measured on the dev split).
STATED_PRECISION = 0.9
# A threshold needs this many findings above it, or its precision is luck.
FEWEST = 20
# Of fewer passages that carry a category, three numbers are fitted to chance.
FEWEST_TO_WEIGH = 100
FLAT = 0.01
_PENALTY = 0.01  # L2, on the weights of the two opinions


@dataclass(frozen=True, slots=True)
class Decision:
    """How one category's scores become findings.

    Attributes:
        calibration: (3,) weights of the two opinions and an intercept.
        band: from which probability it is found, and from which on that is sure.
    """

    calibration: Floats
    band: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Picked:
    """Passages that people looked at because they are of some kind, not by chance.

    Attributes:
        labels: (passages,) what is there.
        opinions: (passages, 2) the encoder's scores and the words'.
    """

    labels: Bools
    opinions: Floats


def decide(
    labels: Bools,
    states: Floats,
    words: Floats,
    *,
    picked: Picked | None = None,
    known: Floats | None = None,
) -> Decision:
    """Weighs two opinions on a category, and chooses where it begins to count.

    How often a category is there, passages that were picked do not tell: probabilities, and the
    promise of precision, come from the others alone. From where it counts as found is chosen over
    both.

    Args:
        labels: (passages,) what is there.
        states: (passages,) the encoder's scores.
        words: (passages,) the words' scores.
        picked: more passages; None where there are none.
        known: (3,) the calibration of a parent, which stays where too few passages carry the
            category to weigh two opinions by.
    """
    opinions = np.stack([states, words], axis=1)
    if known is not None and labels.sum() < FEWEST_TO_WEIGH:
        fitted = logistic.Line(np.asarray(known[:2], dtype=np.float64), float(known[2]))
    else:
        fitted = logistic.fit(
            opinions, labels.astype(np.float64), np.ones(len(labels)), penalty=_PENALTY
        )
    probabilities = 1 / (1 + np.exp(-fitted.scores(opinions)))
    high = precise_threshold(labels, probabilities, STATED_PRECISION)
    if picked is not None:
        more = 1 / (1 + np.exp(-fitted.scores(picked.opinions)))
        labels, probabilities = np.append(labels, picked.labels), np.append(probabilities, more)
    low = best_threshold(labels, probabilities)
    return Decision(np.array([*fitted.weights, fitted.bias]), (min(low, high), high))


def best_threshold(labels: Bools, probabilities: Floats) -> float:
    """The highest threshold whose F1 is within `FLAT` of the best.

    The curve is flat around its top, and whoever reads findings is helped more by few wrong ones.
    It lies in the middle between two neighbouring probabilities.
    """
    order = np.argsort(-probabilities)
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + labels.sum())
    return _between(probabilities[order], int(np.argmax(f1 >= f1.max() - FLAT)))


def precise_threshold(labels: Bools, probabilities: Floats, precision: float) -> float:
    """The lowest threshold above which the stated share of findings is right.

    Where no threshold keeps the promise over at least `FEWEST` findings, the one that comes
    closest to it.
    """
    order = np.argsort(-probabilities)
    reached = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    reached[: min(FEWEST, len(reached)) - 1] = 0
    kept = np.flatnonzero(reached >= precision)
    return _between(probabilities[order], int(kept[-1] if len(kept) else reached.argmax()))


def _between(ordered: Floats, last: int) -> float:
    """The middle between the last probability that counts and the next."""
    following = ordered[last + 1] if last + 1 < len(ordered) else 0.0
    return float((ordered[last] + following) / 2)


def temperature(labels: NDArray[np.int64], scores: Floats) -> float:
    """What scores are divided by so that they say how sure they are (Guo et al. 2017)."""

    def loss(value: float) -> float:
        scaled = scores / value
        scaled -= scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1))
        return float(np.mean(log_sum - scaled[np.arange(len(labels)), labels]))

    return float(minimize_scalar(loss, bounds=(0.3, 8.0), method="bounded").x)


def best_offsets(labels: NDArray[np.int64], scores: Floats) -> Floats:
    """What is added to the scores of the first and last of three labels for the best macro F1."""

    def reached(offsets: Floats) -> float:
        return macro_f1(labels, (scores + offsets).argmax(axis=1))

    steps = np.linspace(-0.5, 2.0, 26)
    return max((np.array([a, 0.0, b]) for a in steps for b in steps), key=reached)


def macro_f1(labels: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """The mean over feelings of the F1 of what is said."""
    hits = [((said == k) & (labels == k)).sum() for k in range(len(SENTIMENTS))]
    sizes = [(said == k).sum() + (labels == k).sum() for k in range(len(SENTIMENTS))]
    return float(np.mean([2 * hit / max(size, 1) for hit, size in zip(hits, sizes, strict=True)]))


def best_margin(
    examples: Sequence[Example], encoded: Sequence[Encoded], scores: Sequence[Floats], category: int
) -> float:
    """What every token of a quote must cost for the best mean token F1 against the written ones.

    Args:
        examples: passages that carry the category.
        encoded: one a passage.
        scores: (tokens,) of that category, one a passage.
        category: index into `CATEGORIES`.
    """
    gold = [inside(one, example, category) for one, example in zip(encoded, examples, strict=True)]
    edges = [
        Edges.of(example.text, one.offsets) for one, example in zip(encoded, examples, strict=True)
    ]

    def f1(margin: float) -> float:
        values = []
        for tokens, marked, edge in zip(scores, gold, edges, strict=True):
            first, last = best_run(np.asarray(tokens - margin, dtype=np.float32), edge)
            hits = marked[first : last + 1].sum()
            values.append(2 * hits / max(1, last + 1 - first + marked.sum()))
        return float(np.mean(values))

    return float(max(np.linspace(-2.0, 1.5, 15), key=f1))


def inside(encoded: Encoded, example: Example, category: int) -> Bools:
    """(tokens,) whether a token stands in a written quote of the category."""
    found = np.zeros(len(encoded.offsets), dtype=bool)
    starts, ends = encoded.offsets[:, 0], encoded.offsets[:, 1]
    for quote in example.quotes:
        if quote.category == CATEGORIES[category]:
            found |= (starts < quote.end) & (ends > quote.start)
    return found

"""How good a small category is, told without flattery: cross-validation, calibration, intervals.

A share of `PREVALENCE` is assumed, as few passages carry any one category: precision depends on it,
and a set made of examples would flatter.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp.learn import logistic

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

PREVALENCE = 0.05
"""The assumed share of passages that carry a category: one in twenty. In the project's own corpus
each of the three built-in ones stands in 6 to 12 per cent."""

FOLDS = 10
_DRAWS = 4000  # of the intervals; their ends move in the third decimal
_BOOTSTRAP = 400


@dataclass(frozen=True, slots=True)
class Held:
    """What is held out in turn.

    Attributes:
        truth: (rows,) whether the row carries the category.
        is_background: (rows,) whether it is one of the ordinary passages.
        groups: a number a row; rows that share it are held out together.
    """

    truth: Flags
    is_background: Flags
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its 95 per cent interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How good a category is, where one passage in twenty carries it.

    Attributes:
        precision: of what is found, the share that is right.
        recall: of what is there, the share that is found.
        f1: their harmonic mean.
        average_precision: mean precision over all thresholds (AP).
        examples: how many there were.
        counterexamples: how many there were.
        counterexamples_found: those of them that, held out, were found all the same.
        background: ordinary passages.
        background_found: those of them that, held out, were found.
        prevalence: the share that is assumed.
        threshold: from which probability it counts as found.
        wanted: the precision for which the threshold was chosen.
        reached: whether some threshold has that precision on held-out passages.
    """

    precision: Figure
    recall: Figure
    f1: Figure
    average_precision: Figure
    examples: int
    counterexamples: int
    counterexamples_found: int
    background: int
    background_found: int
    prevalence: float
    threshold: float
    wanted: float
    reached: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """An estimate and what else came out of holding out.

    Attributes:
        estimate: the figures.
        found: (rows,) whether the row was found when it was held out.
        slope: of the calibration (Platt 1999) over raw scores.
        intercept: of it.
    """

    estimate: Estimate
    found: Flags
    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class _Odds:
    """Calibrated odds over raw scores."""

    slope: float
    intercept: float

    def chances(self, scores: Doubles) -> Doubles:
        """Probabilities of scores."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * scores + self.intercept))))


def judge(held: Held, held_out: Callable[[Places, Places], Doubles], *, precision: float) -> Judged:
    """Holds out every row once and judges what the others say of it.

    Args:
        held: the rows.
        held_out: fits on some rows and gives the scores of others.
        precision: that the threshold should have.
    """
    folds = _folds(held)
    scores = np.zeros(len(held.truth))
    everything = np.arange(len(scores))
    for fold in range(folds.max() + 1):
        test = folds == fold
        scores[test] = held_out(everything[~test], everything[test])
    odds = _platt(scores, held.truth)
    threshold, reached = _threshold(scores, held.truth, odds, precision)
    # A row's decision takes a threshold that was chosen on the other folds: one chosen on the same
    # rows that it is judged by looks better than it is.
    found = np.zeros_like(held.truth)
    for fold in range(folds.max() + 1):
        test, others = folds == fold, folds != fold
        known, truth = scores[others], held.truth[others]
        found[test] = scores[test] >= _threshold(known, truth, _platt(known, truth), precision)[0]
    chance = float(odds.chances(np.array(threshold)))
    estimate = _estimate(held, scores, found)
    return Judged(
        replace(estimate, threshold=chance, wanted=precision, reached=reached),
        found,
        odds.slope,
        odds.intercept,
    )


def _folds(held: Held) -> Places:
    """A fold a row: each kind of row spread evenly, twins together, the same every time."""
    random = np.random.default_rng(0)
    folds = np.full(len(held.truth), -1, dtype=np.int64)
    given: dict[int, int] = {}
    kinds = np.where(held.truth, 0, np.where(held.is_background, 2, 1))
    for kind in range(3):
        rows = random.permutation(np.flatnonzero(kinds == kind))
        turn = 0
        for row in rows.tolist():
            group = held.groups[row]
            if group not in given:
                given[group] = turn % FOLDS
                turn += 1
            folds[row] = given[group]
    # No fold may be empty: there may be fewer rows of all kinds than folds.
    _, folds = np.unique(folds, return_inverse=True)
    return np.asarray(folds, dtype=np.int64)


def _mass(truth: Flags) -> Doubles:
    """How much each row counts, so that the category has its assumed share."""
    yes, no = max(int(truth.sum()), 1), max(int((~truth).sum()), 1)
    return np.asarray(np.where(truth, PREVALENCE / yes, (1 - PREVALENCE) / no), dtype=np.float64)


def _platt(scores: Doubles, truth: Flags) -> _Odds:
    """Probabilities over scores; targets smoothed after Platt (1999)."""
    yes, no = int(truth.sum()), int((~truth).sum())
    target = np.where(truth, (yes + 1) / (yes + 2), 1 / (no + 2))
    spread = float(max(scores.std(), 1e-9))
    line = logistic.fit((scores / spread)[:, None], target, _mass(truth), penalty=1e-3)
    # Higher scores never mean less, even where the examples have nothing in common.
    return _Odds(max(float(line.weights[0]) / spread, 1e-3), line.bias)


def _threshold(scores: Doubles, truth: Flags, line: _Odds, precision: float) -> tuple[float, bool]:
    """The lowest score from which on the precision is expected, and whether any reaches it.

    What is expected is told by the calibrated probabilities of all that is found, which jumps less
    than a count of the few false ones. Where no score reaches it, it is the one with the best
    expected F1. A threshold lies half-way to the next score below, so that an example at the edge
    is not lost to a rounding. Nothing is found of which the chance is below half the precision:
    where a category is easy, there would be room for guesses.
    """
    order = np.argsort(-scores, kind="stable")
    ordered, mass = scores[order], _mass(truth)[order]
    chances = line.chances(ordered)
    right = np.cumsum(mass * chances)
    exact = right / np.cumsum(mass)
    enough = np.flatnonzero((exact >= precision) & (chances >= precision / 2))
    if len(enough):
        last = int(enough[-1])
    else:
        recall = right / right[-1]
        last = int(np.argmax(2 * exact * recall / np.maximum(exact + recall, 1e-12)))
    below = ordered[last + 1] if last + 1 < len(ordered) else ordered[last] - 1e-6
    return float((ordered[last] + below) / 2), len(enough) > 0


def _precision(recall: Doubles, share: Doubles) -> Doubles:
    """Precision at the assumed prevalence, from the shares of both sides that are found."""
    right = recall * PREVALENCE
    return np.asarray(right / np.maximum(right + share * (1 - PREVALENCE), 1e-12))


def _estimate(held: Held, scores: Doubles, found: Flags) -> Estimate:
    """The figures; what belongs to the threshold is filled in by the caller."""
    random = np.random.default_rng(0)
    truth = held.truth
    hits, wrong = int((found & truth).sum()), int((found & ~truth).sum())
    yes, no = int(truth.sum()), int((~truth).sum())
    # Beta draws after Jeffreys: what may be true of both shares, given so many tries.
    recalls = random.beta(hits + 0.5, yes - hits + 0.5, _DRAWS)
    shares = random.beta(wrong + 0.5, no - wrong + 0.5, _DRAWS)
    exact = _precision(recalls, shares)
    f1 = 2 * exact * recalls / np.maximum(exact + recalls, 1e-12)
    recall = hits / yes
    precision = float(_precision(np.array(recall), np.array(wrong / no))) if hits else 0.0
    counter = ~truth & ~held.is_background
    return Estimate(
        precision=_figure(precision, exact),
        recall=_figure(recall, recalls),
        f1=_figure(2 * precision * recall / max(precision + recall, 1e-12), f1),
        average_precision=_average_precision(scores, truth, random),
        examples=yes,
        counterexamples=int(counter.sum()),
        counterexamples_found=int((counter & found).sum()),
        background=int(held.is_background.sum()),
        background_found=int((held.is_background & found).sum()),
        prevalence=PREVALENCE,
        threshold=0.5,
        wanted=0.5,
        reached=False,
    )


def _figure(value: float, draws: Doubles) -> Figure:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Figure(value=value, low=min(float(low), value), high=max(float(high), value))


def _average_precision(scores: Doubles, truth: Flags, random: np.random.Generator) -> Figure:
    value = average_precision(scores, truth)
    yes, no = np.flatnonzero(truth), np.flatnonzero(~truth)
    draws = []
    for _ in range(_BOOTSTRAP):
        rows = np.concatenate([random.choice(yes, len(yes)), random.choice(no, len(no))])
        draws.append(average_precision(scores[rows], truth[rows]))
    return _figure(value, np.array(draws))


def average_precision(scores: Doubles, truth: Flags) -> float:
    """Mean precision over the places of the examples, at the assumed prevalence."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order]) / truth.sum()
    share = np.cumsum(~truth[order]) / (~truth).sum()
    return float(_precision(hits, share)[truth[order]].mean())


def warnings(estimate: Estimate, count: int, wanted: float) -> list[str]:
    """What the figures mean for whoever relies on them."""
    low, high = estimate.precision.low, estimate.precision.high
    found = []
    if high - low > 0.2:
        found.append(
            f"{count} examples: expect the true precision between {low:.2f} and {high:.2f}"
        )
    if not estimate.reached:
        found.append(
            f"no threshold reaches a precision of {wanted:g} on passages that were held out: the "
            "one with the best F1 is taken; counterexamples would help"
        )
    if estimate.background_found:
        found.append(
            f"{estimate.background_found} of {estimate.background} ordinary passages look like it: "
            "where they are it, add them as examples; where not, as counterexamples"
        )
    if estimate.counterexamples_found:
        found.append(
            f"{estimate.counterexamples_found} of {estimate.counterexamples} counterexamples were "
            "found all the same when they were held out"
        )
    return found

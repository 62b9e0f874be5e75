"""Fits the heads on what is new, and chooses how far it may move them.

How much new rows count is chosen for each head by itself: the least log loss on new rows that were
held out by interaction, among those strengths that lose nothing on the dev split. Calibration is
then fitted on the dev split alone, and so is the balance of feelings: corrections are picked, and
say nothing of how often something comes. From where a category counts is chosen on both, so that it
knows the new kind too.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.heads.linear import Tensors
from nlp.learn import calibrate, pull
from nlp.learn.figures import average_precision
from nlp.learn.pull import Doubles, Prior
from nlp.types import CATEGORIES, SENTIMENTS

Ints = NDArray[np.int64]

# How much a new row counts beside one that the parent learned from; 0 leaves the parent's head.
STRENGTHS = (0.0, 1.0, 4.0, 8.0, 16.0, 64.0)
STATES_PENALTY = 1000.0  # on the squared distance from the parent's weights over states
# The same over words. New words begin at 0 and may go where they like, as words did in training.
WORDS_PENALTY, NEW_WORDS_PENALTY = 3.0, 0.3
FEELINGS_PENALTY = 1000.0
FOLDS = 5
# What a head may lose on the dev split for the sake of what is new: an eighth of the half-width of
# its 95 % interval there.
ALLOWED = 0.005
# What is new is to have a say in thresholds beside a dev split many times as large: its rows count
# up to so often, until they are half as many.
MOST_OFTEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Passages to learn from or to choose on.

    Attributes:
        states: (rows, 2 * width).
        words: (rows, terms) sparse.
        truth: (rows, categories) 1, 0, or NaN where nobody says.
        feeling: (rows,) index into `SENTIMENTS`, -1 where nobody says.
        mass: (rows,) how much each counts.
        groups: of each row its interaction, so that no fold cuts through one.
    """

    states: Doubles
    words: Any
    truth: Doubles
    feeling: Ints
    mass: Doubles
    groups: Sequence[str]

    def where(self, known: NDArray[np.bool_]) -> "Rows":
        """Some of the rows; they themselves where it is all of them."""
        if known.all():
            return self
        places = np.flatnonzero(known)
        return Rows(
            states=self.states[places],
            words=self.words[places],
            truth=self.truth[places],
            feeling=self.feeling[places],
            mass=self.mass[places],
            groups=[self.groups[int(place)] for place in places],
        )

    def judged(self, column: int) -> "Rows":
        """The rows of which somebody says whether they carry a category."""
        return self.where(~np.isnan(self.truth[:, column]) & (self.mass > 0))

    def felt(self) -> "Rows":
        """The rows of which somebody says how the customer feels."""
        return self.where((self.feeling >= 0) & (self.mass > 0))

    def folds(self, seed: int) -> Ints:
        """(rows,) which fold each row belongs to; interactions are dealt in turn."""
        order = sorted(
            set(self.groups), key=lambda one: hashlib.sha256(f"{seed} {one}".encode()).digest()
        )
        place = {group: number % FOLDS for number, group in enumerate(order)}
        return np.array([place[group] for group in self.groups], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that heads are fitted and chosen on.

    Attributes:
        learned: what the parent learned from.
        fresh: what is new.
        dev: what choices are made on.
        known: how many of the words were the parent's.
        seed: of the folds.
    """

    learned: Rows
    fresh: Rows
    dev: Rows
    known: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How far one head moved, and why.

    Attributes:
        strength: how much new rows count.
        rows: of the new kind that were judged.
        held_out: log loss on them when they were held out, with this strength.
        held_out_before: the same with the parent's head.
        dev: average precision, or macro F1 of feelings, on the dev split.
        dev_before: of the parent's head there.
    """

    strength: float
    rows: int
    held_out: float
    held_out_before: float
    dev: float
    dev_before: float


Asked = Callable[[str], None]
"""Is told what is done next; raises `Stopped` where somebody wants it to stop."""


def categories(
    tensors: Tensors, material: Material, asked: Asked
) -> tuple[dict[str, Doubles], list[Choice]]:
    """The category head: both opinions, their calibration and bands.

    Args:
        tensors: the parent's, its words' weights padded with zeros for new words.
        material: what to fit and choose on.
        asked: is told of every category.
    """
    found: dict[str, list[Any]] = {}
    choices = []
    for column, name in enumerate(CATEGORIES):
        asked(name)
        opinions = _Opinions(tensors, material, column)
        tried: list[_Tried] = []
        for strength in STRENGTHS if len(opinions.fresh.mass) else STRENGTHS[:1]:
            tried.append(opinions.tried(strength, _least(tried), partial(asked, name)))
        kept = _best(tried)
        states, words = tried[kept].fitted
        decision = tried[kept].decision
        parts = {
            "categories/weights": states[:-1],
            "categories/bias": states[-1],
            "categories/words/weights": words[:-1],
            "categories/words/bias": words[-1],
            "categories/calibration": decision.calibration,
            "categories/bands": np.array(decision.band),
        }
        for key, value in parts.items():
            found.setdefault(key, []).append(value)
        choices.append(_choice(tried, kept, len(opinions.fresh.mass)))
    return {key: np.array(values) for key, values in found.items()}, choices


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What one strength is worth. Where it loses too much on dev, nothing is held out for it."""

    strength: float
    held_out: float
    dev: float
    decision: Any
    fitted: Any


def _least(tried: Sequence[_Tried]) -> float:
    """What a strength must reach on dev to be chosen."""
    return tried[0].dev - ALLOWED if tried else -np.inf


def _best(tried: Sequence[_Tried]) -> int:
    """The strength with the least loss on held-out rows of those that keep dev; the first keeps."""
    allowed = [n for n, one in enumerate(tried) if one.dev >= _least(tried)]
    return min(allowed, key=lambda n: tried[n].held_out)


def _choice(tried: Sequence[_Tried], kept: int, rows: int) -> Choice:
    return Choice(
        strength=tried[kept].strength,
        rows=rows,
        held_out=tried[kept].held_out,
        held_out_before=tried[0].held_out,
        dev=tried[kept].dev,
        dev_before=tried[0].dev,
    )


class _Opinions:
    """Both opinions on one category, the encoder's and the words', at any strength."""

    def __init__(self, tensors: Tensors, material: Material, column: int) -> None:
        self._states = _line(tensors, "categories", column)
        self._words = _line(tensors, "categories/words", column)
        self.fresh, self._dev = material.fresh.judged(column), material.dev.judged(column)
        self._known = tensors["categories/calibration"][column]
        self._truth, self._labels = self.fresh.truth[:, column], self._dev.truth[:, column] > 0
        self._folds = self.fresh.folds(material.seed)
        self._said = self._scores(self.fresh, self._states, self._words)
        if not len(self._truth):
            return  # Nothing pulls, so that nothing has to pull back.
        learned = material.learned.judged(column)
        self._prior = Prior(
            pull.with_bias(learned.states),
            self._states,
            learned.truth[:, column],
            penalty=STATES_PENALTY,
        )
        self._scaled = self._prior.scaled(pull.with_bias(self.fresh.states))
        # Words that no new passage holds stay where they are.
        self._used = np.unique(self.fresh.words.nonzero()[1])
        penalty = np.where(self._used < material.known, WORDS_PENALTY, NEW_WORDS_PENALTY)
        self._scale = np.append(1 / np.sqrt(penalty), 1.0)
        self._held = _terms(self.fresh, self._used, self._scale)

    def tried(self, strength: float, least: float, asked: Callable[[], None]) -> _Tried:
        """What a strength is worth: fitted on everything, and without each fold in turn.

        Args:
            strength: how much new rows count.
            least: what it must reach on dev for the folds to be worth their time.
            asked: is called before every fit.
        """
        asked()
        fitted = self._weights(strength)
        dev = self._scores(self._dev, *fitted)
        decision = self._decided(dev, None)
        weights, bias = decision.calibration[:2], decision.calibration[2]
        reached = average_precision(self._labels, dev @ weights + bias)
        loss = np.inf
        if reached >= least:
            held = self._held_out(strength, asked)
            loss = _log_loss(held @ weights + bias, self._truth, self.fresh.mass)
            # A head that stays where it was has nothing new to begin to count from.
            decision = self._decided(dev, held) if strength else decision
        return _Tried(
            strength=strength, held_out=loss, dev=reached, decision=decision, fitted=fitted
        )

    def _decided(self, dev: Doubles, held: Doubles | None) -> calibrate.Decision:
        picked, often = None, self._often()
        if held is not None:
            truth = np.tile(self._truth > 0, often)
            picked = calibrate.Picked(truth, np.tile(held, (often, 1)))
        return calibrate.decide(
            self._labels, dev[:, 0], dev[:, 1], picked=picked, known=self._known
        )

    def _held_out(self, strength: float, asked: Callable[[], None]) -> Doubles:
        """(rows, 2) scores of new rows, each from a fit without its fold."""
        held = np.array(self._said)
        for fold in np.unique(self._folds) if strength else ():
            asked()
            out = self._folds == fold
            states, words = self._change(strength, ~out)
            held[out, 0] += self._scaled[out] @ states
            held[out, 1] += self._held[out] @ words
        return held

    def _often(self) -> int:
        rows = max(1, len(self._truth))
        return int(np.clip(len(self._labels) // (2 * rows), 1, MOST_OFTEN))

    def _weights(self, strength: float) -> tuple[Doubles, Doubles]:
        """Weights and bias over states, and over words, fitted on everything."""
        if not strength:
            return self._states, self._words
        states, words = self._change(strength, np.ones(len(self._truth), dtype=bool))
        moved = self._words.copy()
        moved[np.append(self._used, len(moved) - 1)] += words * self._scale
        return self._states + self._prior.change(states), moved

    @staticmethod
    def _scores(rows: Rows, states: Doubles, words: Doubles) -> Doubles:
        return np.stack(
            [rows.states @ states[:-1] + states[-1], rows.words @ words[:-1] + words[-1]], axis=1
        )

    def _change(self, strength: float, rows: NDArray[np.bool_]) -> tuple[Doubles, Doubles]:
        truth, mass = self._truth[rows], strength * self.fresh.mass[rows]
        said = self._said[rows]
        return (
            pull.binary(self._scaled[rows], said[:, 0], truth, mass, slope=self._prior.slope),
            pull.binary(self._held[rows], said[:, 1], truth, mass),
        )


def _line(tensors: Tensors, prefix: str, row: int) -> Doubles:
    """Weights of one label with its bias at their end."""
    weights, bias = tensors[f"{prefix}/weights"][row], tensors[f"{prefix}/bias"][row]
    return np.append(weights, bias).astype(np.float64)


def _terms(rows: Rows, used: Ints, scale: Doubles) -> Any:
    """(rows, used terms + 1) sparse, their words with a column of ones, scaled."""
    ones = sparse.csr_matrix(np.ones((len(rows.mass), 1)))
    found = sparse.hstack([rows.words[:, used], ones]) @ sparse.diags(scale)
    return found.tocsr()


def _log_loss(scores: Doubles, truth: Doubles, mass: Doubles) -> float:
    if not mass.sum():
        return 0.0
    losses = np.logaddexp(0, scores) - truth * scores
    return float(mass @ losses / mass.sum())


def feelings(
    tensors: Tensors, material: Material, asked: Asked
) -> tuple[dict[str, Doubles], Choice]:
    """The sentiment head with its temperature and offsets."""
    asked("sentiment")
    before = np.stack([_line(tensors, "sentiment", row) for row in range(len(SENTIMENTS))])
    fresh, dev = material.fresh.felt(), material.dev.felt()
    folds, scale = fresh.folds(material.seed), 1 / np.sqrt(FEELINGS_PENALTY)
    plain, own = pull.with_bias(fresh.states), pull.with_bias(dev.states)
    features, said = plain * scale, plain @ before.T
    tried: list[_Tried] = []
    for strength in STRENGTHS if len(fresh.mass) else STRENGTHS[:1]:
        asked("sentiment")
        weights = before
        if strength:
            change = pull.choice(features, said, fresh.feeling, strength * fresh.mass)
            weights = before + change * scale
        scores = own @ weights.T
        warmth = calibrate.temperature(dev.feeling, scores)
        offsets = calibrate.best_offsets(dev.feeling, scores / warmth)
        there = (scores / warmth + offsets).argmax(axis=1)
        reached, loss = calibrate.macro_f1(dev.feeling, there), np.inf
        if reached >= _least(tried):
            held = said.copy()
            for fold in np.unique(folds) if strength else ():
                asked("sentiment")
                rows = folds != fold
                mass = strength * fresh.mass[rows]
                change = pull.choice(features[rows], said[rows], fresh.feeling[rows], mass)
                held[~rows] += features[~rows] @ change.T
            loss = _choice_loss(held / warmth, fresh.feeling, fresh.mass)
        tried.append(
            _Tried(
                strength=strength,
                held_out=loss,
                dev=reached,
                decision=(warmth, offsets),
                fitted=weights,
            )
        )
    kept = _best(tried)
    warmth, offsets = tried[kept].decision
    return {
        "sentiment/weights": tried[kept].fitted[:, :-1],
        "sentiment/bias": tried[kept].fitted[:, -1],
        "sentiment/temperature": np.array([warmth]),
        "sentiment/offsets": offsets,
    }, _choice(tried, kept, len(fresh.mass))


def _choice_loss(scores: Doubles, truth: Ints, mass: Doubles) -> float:
    if not mass.sum():
        return 0.0
    least = scores - scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(least).sum(axis=1)) - least[np.arange(len(truth)), truth]
    return float(mass @ losses / mass.sum())

"""A category of a team's own: fitted from a few examples in a second, and judged honestly.

A logistic regression over the encoder's vectors tells the examples from counterexamples and from
300 ordinary passages (`nlp.learn.background`). What is said of its quality comes from passages that
were held out in turn, each decided with a threshold that was chosen without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nlp.encoder import Encoded
from nlp.heads.custom import CustomCategory, token_scores
from nlp.learn import judging, logistic
from nlp.learn.background import Ordinary, ordinary, said
from nlp.learn.judging import Doubles, Flags, Held, Places
from nlp.learn.lessons import Fitted, Lesson, check
from nlp.pipeline import Reading
from nlp.types import CATEGORIES, Interaction

# Tried on two made-up categories (those of `python -m benchmarks.custom`), average precision over
# both and over 8, 16 and 32 examples: .765 at a tenth of it, .776 here, .773 at ten times it.
# A shrunken linear discriminant over the background's covariance came to .746 at best.
_PENALTY = 1e-3
# Directions that are kept: all 384 take ten times as long and are no better (.776 against .772).
_DIRECTIONS = 128
_COUNTER_MASS = 3.0  # what one counterexample weighs, in ordinary passages

# Passages as alike as this say the same; one is held out only together with the other.
_SAME = 0.9
_LOOKS_LIKE = 0.5  # from which probability a built-in category claims an example for itself


class Reads(Protocol):
    """Whatever reads passages as mining does: `nlp.pipeline.Miner`."""

    @property
    def model(self) -> str:
        """Name of the model."""
        ...

    @property
    def digest(self) -> str:
        """Of the model: changes with whatever was learned."""
        ...

    def read(self, interactions: Sequence[Interaction]) -> list[Reading]:
        """What the encoder and the heads say, one reading an interaction."""
        ...


@dataclass(frozen=True, slots=True)
class _Rows:
    """All passages of a lesson, the examples first, then counterexamples, then ordinary ones."""

    texts: tuple[str, ...]
    features: Doubles  # the vectors in the directions in which they differ most
    directions: Doubles  # (directions, width)
    alike: Flags  # (own, own) which examples and counterexamples say the same
    held: Held
    mass: Doubles


class Teacher:
    """Fits categories. The ordinary passages are read once and kept; safe to share by threads.

    Args:
        miner: reads passages as they will be read when they are mined.
    """

    def __init__(self, miner: Reads) -> None:
        self._miner = miner
        self._ordinary: tuple[Encoded, ...] | None = None

    @property
    def model(self) -> str:
        """Name of the model that categories are fitted on."""
        return self._miner.model

    @property
    def digest(self) -> str:
        """Of that model."""
        return self._miner.digest

    def fit(self, lesson: Lesson) -> Fitted:
        """Learns a category; a second or two. The same lesson gives the same category.

        Raises:
            OptionError: the name cannot be one, there are too few or too many examples, one is
                empty, or one is also a counterexample.
        """
        check(lesson)
        ordinary_passages, usual = self._usual()
        own = [*lesson.examples, *lesson.counterexamples]
        readings = self._read_examples(own)
        given = {text.strip().lower() for text in own}
        kept = [
            number
            for number, one in enumerate(ordinary_passages)
            if one.text.strip().lower() not in given
        ]
        background = [usual[number] for number in kept]
        texts = (*own, *(ordinary_passages[number].text for number in kept))
        encoded = [*(one.encoded[0] for one in readings), *background]
        rows = _rows(lesson, texts, encoded, self._alike(own))
        judged = _judge(rows, lesson.precision)
        category = _final(lesson.name, rows, judged, background, self.digest)
        lookalikes = tuple(
            rows.texts[number] for number in np.flatnonzero(judged.found & rows.held.is_background)
        )
        return Fitted(
            category=category,
            estimate=judged.estimate,
            warnings=tuple(_warnings(lesson, rows, judged, readings)),
            lookalikes=lookalikes,
        )

    def _usual(self) -> tuple[tuple[Ordinary, ...], tuple[Encoded, ...]]:
        passages = ordinary()
        if self._ordinary is None:
            readings = self._miner.read([said(one.text, one.before) for one in passages])
            self._ordinary = tuple(reading.encoded[0] for reading in readings)
        return passages, self._ordinary

    def _read_examples(self, texts: Sequence[str]) -> list[Reading]:
        """Readings of the examples, each after what somebody said before an ordinary passage.

        An encoder that looks at the turn before should not take its absence for a mark of the
        category.
        """
        before = [one.before for one in ordinary()]
        return self._miner.read(
            [said(text, before[number % len(before)]) for number, text in enumerate(texts)]
        )

    def _alike(self, texts: Sequence[str]) -> Flags:
        """(texts, texts) which say the same: read alone, as what was said before is not theirs."""
        readings = self._miner.read([said(text) for text in texts])
        vectors = np.stack([one.encoded[0].vector for one in readings]).astype(np.float64)
        found: Flags = vectors @ vectors.T >= _SAME
        return found


def _rows(
    lesson: Lesson, texts: tuple[str, ...], encoded: Sequence[Encoded], alike: Flags
) -> _Rows:
    vectors = np.stack([one.vector for one in encoded]).astype(np.float64)
    count, counter = len(lesson.examples), len(lesson.counterexamples)
    truth = np.zeros(len(vectors), dtype=bool)
    truth[:count] = True
    is_background = np.zeros_like(truth)
    is_background[count + counter :] = True
    # Both sides count the same, and a counterexample, which was chosen, more than an ordinary one.
    mass = np.where(is_background, 1.0, _COUNTER_MASS)
    mass[truth] = 0.5 / count
    mass[~truth] *= 0.5 / mass[~truth].sum()
    groups = _groups(alike, len(vectors))
    _, _, directions = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    directions = directions[:_DIRECTIONS]
    features = vectors @ directions.T
    held = Held(truth, is_background, groups)
    return _Rows(texts, features, directions, alike, held, mass)


def _groups(alike: Flags, total: int) -> tuple[int, ...]:
    """A number a row: rows that say the same share it, so that none is judged by its twin."""
    groups = list(range(total))
    for row in range(len(alike)):
        for earlier in np.flatnonzero(alike[row, :row]):
            old, new = groups[row], groups[int(earlier)]
            groups = [new if group == old else group for group in groups]
    return tuple(groups)


def _whole(rows: _Rows) -> logistic.Line:
    """Fitted on everything."""
    return logistic.fit(rows.features, rows.held.truth.astype(float), rows.mass, penalty=_PENALTY)


def _judge(rows: _Rows, precision: float) -> judging.Judged:
    whole = _whole(rows)

    def held_out(train: Places, test: Places) -> Doubles:
        line = logistic.fit(
            rows.features[train],
            rows.held.truth[train].astype(float),
            rows.mass[train] / rows.mass[train].sum(),
            penalty=_PENALTY,
            start=whole,
        )
        return line.scores(rows.features[test])

    return judging.judge(rows.held, held_out, precision=precision)


def _final(
    name: str, rows: _Rows, judged: judging.Judged, usual: Sequence[Encoded], digest: str
) -> CustomCategory:
    """The category fitted on everything, with its scores turned into probabilities."""
    line = _whole(rows)
    weights = (judged.slope * line.weights @ rows.directions).astype(np.float32)
    tokens = np.concatenate([token_scores(one, weights) for one in usual])
    return CustomCategory(
        name=name,
        weights=weights,
        bias=line.bias * judged.slope + judged.intercept,
        threshold=judged.estimate.threshold,
        token_mean=float(tokens.mean()),
        token_scale=float(max(tokens.std(), 1e-6)),
        digest=digest,
    )


def _warnings(
    lesson: Lesson, rows: _Rows, judged: judging.Judged, readings: Sequence[Reading]
) -> list[str]:
    """What its maker should know, in plain words."""
    count = len(lesson.examples)
    found = judging.warnings(judged.estimate, count, lesson.precision)
    names = [f"example {number + 1}" for number in range(count)]
    names += [f"counterexample {number + 1}" for number in range(len(lesson.counterexamples))]
    for first, second in zip(*np.nonzero(np.triu(rows.alike, 1)), strict=True):
        if names[first].startswith("example") and names[second].startswith("example"):
            found.append(
                f"examples {first + 1} and {second + 1} say the same: one of them teaches little"
            )
        elif names[first].startswith("example"):
            found.append(
                f"{names[first]} and {names[second]} say nearly the same, and one is meant to "
                "carry the category and the other not: check which is right"
            )
    for column, name in enumerate(CATEGORIES):
        claimed = sum(one.categories[0, column] >= _LOOKS_LIKE for one in readings[:count])
        if claimed >= max(3, count // 4):
            found.append(
                f"{claimed} of {count} examples look like {name} already: such passages will carry "
                "both"
            )
    for number, one in enumerate(readings):
        if len(one.passages) > 1:
            found.append(f"{names[number]} is longer than one passage: only its beginning is read")
    odd = [str(number + 1) for number in range(count) if not judged.found[number]]
    if 0 < len(odd) <= count // 2:
        several = "s" if len(odd) > 1 else ""
        found.append(
            f"example{several} {', '.join(odd)}: unlike the others, not found when held out; "
            "add more of the kind"
        )
    if not lesson.counterexamples:
        found.append(
            "no counterexamples: add passages that could be taken for it, which sharpen it most"
        )
    return found

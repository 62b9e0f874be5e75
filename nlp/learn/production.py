"""How good a model is on what comes in: precision and recall from passages that were drawn blindly.

What people correct of their own accord, and what the review queue picks because the model doubts
it, says nothing of how good the model is on the rest. A random share does. It is drawn in strata,
passages in which something was found and passages in which nothing was, as the first are few and
tell of precision, and the second hide what was missed; every passage of a stratum has the same
chance, and counts for as many as it stands for (Horvitz and Thompson 1952; Cochran 1977, ch. 5).

Intervals come from what the counts leave open: within a stratum the four outcomes (found or not,
there or not) have a Dirichlet distribution after Jeffreys' prior, whose intervals of a proportion
keep their promise with few cases and at zero (Brown, Cai and DasGupta 2001). They are put through
the same formulas, stratum by stratum. Where chances differ within a stratum, its count is taken for
as small as Kish's effective size (1965).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.errors import OptionError
from nlp.learn.judging import Figure

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEWEST = 10
"""Cases below which a rate is not told: ten that are all right speak for anything above .7."""

_DRAWS = 4000  # of the intervals; their ends move in the third decimal
_PRIOR = 0.5  # Jeffreys'


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Judged passages of one stratum, as one label sees them.

    Attributes:
        total: passages that the stratum stands for, judged or not.
        chances: (judged,) with which each was drawn, above 0 and up to 1.
        said: (judged,) whether the model found the label in it.
        truth: (judged,) whether people did.
        may_say: whether the model finds the label in some passages of the stratum at all. Where
            nothing was found in any, it is known that it did not.
    """

    total: float
    chances: Doubles
    said: Flags
    truth: Flags
    may_say: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How good a model is at one label, on all that came in.

    Attributes:
        judged: passages that were drawn and judged.
        said: those of them in which the model found the label.
        there: those in which people did.
        precision: of what is found, the share that is right; None where there is too little.
        recall: of what is there, the share that is found; None where there is too little.
        f1: their harmonic mean; None where one of the two is.
        note: what there is too little of, in one sentence, or "".
    """

    judged: int
    said: int
    there: int
    precision: Figure | None
    recall: Figure | None
    f1: Figure | None
    note: str = ""


def rates(strata: Sequence[Stratum]) -> Rates:
    """Precision, recall and F1 with 95 per cent intervals.

    Args:
        strata: all of them, also those of which nothing was judged.

    Raises:
        OptionError: a chance is none, or a stratum is smaller than what was judged of it.
    """
    for one in strata:
        _check(one)
    judged = sum(len(one.truth) for one in strata)
    said = sum(int(one.said.sum()) for one in strata)
    there = sum(int(one.truth.sum()) for one in strata)
    # A stratum of which nobody judged anything may hold whatever: recall cannot be told.
    blind = any(one.total > 0 and not len(one.truth) for one in strata)
    note = _note(judged, said=said, there=there, blind=blind)
    if blind or judged == 0:
        return Rates(
            judged=judged, said=said, there=there, precision=None, recall=None, f1=None, note=note
        )
    strata = [one for one in strata if len(one.truth)]
    precision, recall, f1 = _measures(np.stack([_shares(one) * one.total for one in strata]))
    random = np.random.default_rng(0)
    drawn = np.stack([_drawn(one, random) * one.total for one in strata])
    precisions, recalls, f1s = _measures(drawn)
    told = said >= FEWEST, there >= FEWEST
    return Rates(
        judged=judged,
        said=said,
        there=there,
        precision=_figure(float(precision), precisions) if told[0] else None,
        recall=_figure(float(recall), recalls) if told[1] else None,
        f1=_figure(float(f1), f1s) if all(told) else None,
        note=note,
    )


def share(strata: Sequence[Stratum]) -> Figure | None:
    """The share of passages in which `said` and `truth` are the same, or None for too few.

    Args:
        strata: all of them; `may_say` plays no part.

    Raises:
        OptionError: a chance is none, or a stratum is smaller than what was judged of it.
    """
    for one in strata:
        _check(one)
    kept = [one for one in strata if one.total > 0]
    if sum(len(one.truth) for one in kept) < FEWEST or any(not len(one.truth) for one in kept):
        return None
    totals = np.array([one.total for one in kept])
    totals = totals / totals.sum()
    random = np.random.default_rng(0)
    values, draws = [], []
    for one in kept:
        size, right = _effective(one), float(np.average(one.said == one.truth, weights=_mass(one)))
        values.append(right)
        hits = size * right
        draws.append(random.beta(hits + _PRIOR, size - hits + _PRIOR, _DRAWS))
    return _figure(float(totals @ values), totals @ np.stack(draws))


def _check(one: Stratum) -> None:
    if len(one.chances) and not (one.chances.min() > 0 and one.chances.max() <= 1):
        raise OptionError("a chance of being drawn lies above 0, and is 1 at the most")
    if one.total < len(one.truth):
        raise OptionError(
            f"a stratum of {one.total:g} passages, of which {len(one.truth)} were judged: count "
            "all that could have been drawn"
        )


def _note(judged: int, *, said: int, there: int, blind: bool) -> str:
    if judged == 0:
        return "Nothing that was drawn at random was judged yet."
    if blind:
        return "Of one kind of passages nothing was judged yet: what was missed is not known."
    lacking = [
        f"{number} that {kind}"
        for number, kind in ((said, "the model found"), (there, "people found"))
        if number < FEWEST
    ]
    if not lacking:
        return ""
    return f"Too few to tell: {' and '.join(lacking)}, of {FEWEST} that it takes."


def _mass(one: Stratum) -> Doubles:
    return np.asarray(1 / one.chances, dtype=np.float64)


def _effective(one: Stratum) -> float:
    """How many equally likely passages say as much as these."""
    mass = _mass(one)
    return float(mass.sum() ** 2 / (mass**2).sum())


def _shares(one: Stratum) -> Doubles:
    """(4,) of the stratum: right, wrong, missed, rightly passed over."""
    cells = (
        one.said & one.truth,
        one.said & ~one.truth,
        ~one.said & one.truth,
        ~one.said & ~one.truth,
    )
    return (
        np.array([np.average(cell, weights=_mass(one)) for cell in cells])
        if len(one.truth)
        else np.zeros(4)
    )


def _drawn(one: Stratum, random: np.random.Generator) -> Doubles:
    """(4, draws) what the shares may be in truth."""
    known = _effective(one) * _shares(one)
    kept = np.array([one.may_say, one.may_say, True, True])
    found = np.zeros((4, _DRAWS))
    found[kept] = random.dirichlet(known[kept] + _PRIOR, _DRAWS).T
    return found


def _measures(cells: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Precision, recall and F1 of (strata, 4, …) numbers of passages."""
    right, wrong, missed, _ = cells.sum(axis=0)
    least = 1e-12
    return (
        right / np.maximum(right + wrong, least),
        right / np.maximum(right + missed, least),
        2 * right / np.maximum(2 * right + wrong + missed, least),
    )


def _figure(value: float, draws: Doubles) -> Figure:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Figure(value=value, low=min(float(low), value), high=max(float(high), value))

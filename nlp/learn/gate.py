"""The gate: whether a model may take over from the one that serves.

It is refused where a label's F1 falls by more than chance explains, or by more than any fall that
is let through; where its probabilities are further from the truth; or where it is slower. What it
looks at are the answers of both models to the same passages (`nlp.learn.kept_answers`), resampled
together by interactions (Koehn 2004), so that what makes a passage hard cancels out. Pure
functions: what is not measured yet is measured elsewhere (`nlp.learn.promotion`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from nlp.learn.compare import Difference, difference_of, of_feelings
from nlp.learn.figures import (
    Bools,
    Counts,
    Floats,
    Ints,
    Resamples,
    equal_bins,
    one_hot,
    ratio,
)
from nlp.learn.kept_answers import Kept
from nlp.learn.verdict import Checked, Reason, Verdict, refusal
from nlp.types import CATEGORIES, SENTIMENTS

MOST_FALL = 0.02
"""A fall of F1 on the frozen test that is refused even where it may be chance. It is less than half
of the interval that a label's own F1 has there (.05 to .06): two models of which each fell so far
are still inside of what the first one's card says."""

MOST_MISCALIBRATION = 0.01
"""A rise of the calibration error from which on it is refused, where it is no chance: the error of
the model that comes with the project is .01, so this doubles it."""

MOST_SLOWER = 1.25
"""Times the seconds a passage. Medians of alternating runs on one machine differ by some 5 %
without any reason; whoever planned for the workers' load has a quarter to spare, not a half."""

FEWEST = 20
"""Reviewed passages in which a label is there, or either model finds it, below which its F1 says
nothing: then it is shown, and does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one model says of reviewed passages.

    Attributes:
        found: (passages, categories) what it finds.
        felt: (passages,) the feeling, index into `SENTIMENTS`.
    """

    found: Bools
    felt: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Passages from production that people judged, and what both models say of them.

    Only what the candidate did not learn from belongs here.

    Attributes:
        groups: (passages,) which interaction each belongs to.
        gold: (passages, categories) what people say is there.
        known: (passages, categories) whether they spoke of it.
        feeling: (passages,) index into `SENTIMENTS`, -1 where nobody said.
        candidate: what the candidate says.
        serving: what the model that serves says.
    """

    groups: Ints
    gold: Bools
    known: Bools
    feeling: Ints
    candidate: Said
    serving: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Seconds a passage, of alternating runs over the same passages on one machine.

    Attributes:
        candidate: one a run.
        serving: one a run.
        passages: that each run read.
    """

    candidate: tuple[float, ...]
    serving: tuple[float, ...]
    passages: int


def judge(
    candidate: Kept,
    serving: Kept,
    *,
    reviewed: Reviewed | None = None,
    speed: Speed | None = None,
) -> Verdict:
    """Whether the candidate may take over; with every figure that was looked at.

    Args:
        candidate: its kept answers.
        serving: those of the model that serves.
        reviewed: passages from production; None where there are none.
        speed: of both; None where it was not measured.
    """
    names = (candidate.model, serving.model)
    if candidate.words_sha256 != serving.words_sha256:
        return _incomparable(names)
    draws = Resamples.of(candidate.groups)
    figures = [*_on_test(candidate, serving, draws), *_calibration(candidate, serving, draws)]
    if reviewed is not None and len(reviewed.groups):
        figures += _on_reviewed(reviewed)
    if speed is not None:
        figures.append(_speed(speed))
    reasons = tuple(refusal(one, names) for one in figures if not one.passed)
    return Verdict(
        candidate=names[0],
        serving=names[1],
        passed=not reasons,
        figures=tuple(figures),
        reasons=reasons,
    )


def _incomparable(names: tuple[str, str]) -> Verdict:
    candidate, serving = names
    reason = Reason(
        code="not_comparable",
        label="",
        message=f"{candidate} and {serving} were measured on other passages: measure both on the "
        f"corpus as it is now, with conduit evaluate {candidate} and conduit evaluate {serving}",
    )
    return Verdict(
        candidate=candidate, serving=serving, passed=False, figures=(), reasons=(reason,)
    )


def _on_test(candidate: Kept, serving: Kept, draws: Resamples) -> list[Checked]:
    both = (candidate, serving)
    found = []
    for column, label in enumerate(CATEGORIES):
        gold = candidate.gold[:, column]
        said = [one.found[:, column] for one in both]
        found.append(_checked_f1("test", label, _f1(draws, gold, said), int(gold.sum())))
    known = candidate.feeling >= 0
    felt = [one.felt[known] for one in both]
    difference = of_feelings(candidate.groups[known], candidate.feeling[known], felt)
    found.append(_checked_f1("test", "sentiment", difference, int(known.sum())))
    for column, label in enumerate(CATEGORIES):
        rows = candidate.quotes[:, 1] == column
        if rows.any() and np.array_equal(candidate.quotes, serving.quotes):
            quoted = Resamples.of(candidate.groups[candidate.quotes[rows, 0]])
            sides = [one.agreement[rows] for one in both]
            found.append(
                _checked_f1("test", label, _mean(quoted, sides), int(rows.sum()), figure="quote F1")
            )
    return found


def _on_reviewed(reviewed: Reviewed) -> list[Checked]:
    both = (reviewed.candidate, reviewed.serving)
    found = []
    for column, label in enumerate(CATEGORIES):
        known = reviewed.known[:, column]
        if not known.any():
            continue
        gold = reviewed.gold[known, column]
        said = [one.found[known, column] for one in both]
        cases = int((gold | said[0] | said[1]).sum())
        difference = _f1(Resamples.of(reviewed.groups[known]), gold, said)
        found.append(_checked_f1("reviewed", label, difference, cases))
    known = reviewed.feeling >= 0
    if known.any():
        felt = [one.felt[known] for one in both]
        difference = of_feelings(reviewed.groups[known], reviewed.feeling[known], felt)
        found.append(_checked_f1("reviewed", "sentiment", difference, int(known.sum())))
    return found


def _checked_f1(
    data: str, label: str, difference: Difference, cases: int, *, figure: str = "F1"
) -> Checked:
    """A figure that may not fall; on reviewed passages chance excuses it, as few are there."""
    if figure == "F1" and label == "sentiment":
        figure = "macro F1"
    interval, note, passed = difference.interval, "", True
    if interval is None or (data == "reviewed" and cases < FEWEST):
        note = f"too few to tell: {cases} passages, and {FEWEST} are needed"
    elif interval[1] < 0:
        passed, note = False, "it cannot be chance, as the whole interval lies below 0"
    elif difference.value < -MOST_FALL and data == "reviewed":
        note = "it may be chance: more reviewed passages would tell"
    elif difference.value < -MOST_FALL:
        passed, note = False, f"it may be chance, and is more than the {MOST_FALL} let through"
    return Checked(
        figure=figure,
        label=label,
        data=data,
        candidate=difference.first,
        serving=difference.second,
        interval=None if interval is None else (interval[0], interval[1]),
        cases=cases,
        passed=passed,
        note=note,
    )


def _f1(draws: Resamples, gold: Bools, said: Sequence[Bools]) -> Difference:
    return difference_of(
        draws,
        [Counts.of(gold, one).f1 for one in said],
        [draws.counts(gold, one).f1 for one in said],
    )


def _mean(draws: Resamples, sides: Sequence[Floats]) -> Difference:
    sizes = draws.totals(np.ones(len(draws.groups)))
    return difference_of(
        draws,
        [one.mean() for one in sides],
        [ratio(draws.totals(one), sizes) for one in sides],
    )


def _calibration(candidate: Kept, serving: Kept, draws: Resamples) -> list[Checked]:
    both = (candidate, serving)
    found = []
    for column, label in enumerate(CATEGORIES):
        gold = candidate.gold[:, column]
        errors = [_error(gold, one.probabilities[:, column], np.ones(len(gold))) for one in both]
        found.append(_checked_error(label, draws, errors, len(gold)))
    known = candidate.feeling >= 0
    if known.any():
        gold_feeling = candidate.feeling[known]
        # The three weigh alike, as the model states its probabilities.
        weights = 1 / np.maximum(np.bincount(gold_feeling, minlength=len(SENTIMENTS)), 1)
        errors = [
            _error(
                gold_feeling == one.felt[known],
                one.feelings[known].max(axis=1),
                weights[gold_feeling],
            )
            for one in both
        ]
        of_known = Resamples.of(candidate.groups[known])
        found.append(_checked_error("sentiment", of_known, errors, int(known.sum())))
    return found


def _error(
    right: Bools, probabilities: Floats, weights: Floats
) -> Callable[[Callable[[Floats], Floats]], Floats]:
    """Expected calibration error (Guo et al. 2017) over whatever sums passages up."""
    inside = one_hot(equal_bins(probabilities), 10) * weights[:, None]
    gaps = inside * (probabilities - right)[:, None]

    def of(totals: Callable[[Floats], Floats]) -> Floats:
        summed = np.abs(totals(np.asarray(gaps))).sum(axis=-1)
        return ratio(summed, totals(np.asarray(inside)).sum(axis=-1))

    return of


def _checked_error(
    label: str,
    draws: Resamples,
    errors: Sequence[Callable[[Callable[[Floats], Floats]], Floats]],
    cases: int,
) -> Checked:
    difference = difference_of(
        draws,
        [one(lambda values: np.asarray(values.sum(axis=0))) for one in errors],
        [one(draws.totals) for one in errors],
    )
    interval, note = difference.interval, ""
    passed = interval is None or interval[0] <= 0 or difference.value <= MOST_MISCALIBRATION
    if not passed:
        note = f"it cannot be chance, and is more than the {MOST_MISCALIBRATION} let through"
    return Checked(
        figure="calibration error",
        label=label,
        data="test",
        candidate=difference.first,
        serving=difference.second,
        interval=None if interval is None else (interval[0], interval[1]),
        cases=cases,
        passed=passed,
        note=note,
    )


def _speed(speed: Speed) -> Checked:
    candidate, serving = median(speed.candidate), median(speed.serving)
    slower = candidate / serving
    passed = slower <= MOST_SLOWER
    return Checked(
        figure="seconds a passage",
        label="",
        data="speed",
        candidate=candidate,
        serving=serving,
        interval=None,
        cases=speed.passages,
        passed=passed,
        note="" if passed else f"{slower:.2f} times as long, and {MOST_SLOWER} is let through",
    )

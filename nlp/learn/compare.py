"""Two models on the same passages: a paired bootstrap over interactions.

Both are measured on every draw, so that what makes a draw hard or easy cancels out (Koehn 2004,
"Statistical significance tests for machine translation evaluation"; Berg-Kirkpatrick et al. 2012).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nlp.learn.figures import (
    Bools,
    Counts,
    Floats,
    Ints,
    Resamples,
    average_precision,
    macro_f1,
    one_hot,
    rounded,
)
from nlp.types import CATEGORIES, SENTIMENTS

SAME = "the same"
UNTOLD = "too few to tell"
CHANCE = 0.05  # what happens less often by chance is called a difference


class Compared(Protocol):
    """What a model says of passages: `nlp.learn.answers.Answers`, or those that were kept."""

    @property
    def model(self) -> str:
        """Its name."""
        ...

    @property
    def groups(self) -> Ints:
        """(passages,) the interaction of each."""
        ...

    @property
    def words_sha256(self) -> str:
        """Of the passages' texts."""
        ...

    @property
    def gold(self) -> Bools:
        """(passages, categories) what is there."""
        ...

    @property
    def probabilities(self) -> Floats:
        """(passages, categories) what the model gives it."""
        ...

    @property
    def found(self) -> Bools:
        """(passages, categories) what the model finds."""
        ...

    @property
    def feeling(self) -> Ints:
        """(passages,) index into `SENTIMENTS`, -1 where nobody said."""
        ...

    @property
    def felt(self) -> Ints:
        """(passages,) the feeling that the model says."""
        ...


@dataclass(frozen=True, slots=True)
class Scored:
    """What one model says of one category.

    Attributes:
        found: (passages,).
        probabilities: (passages,).
    """

    found: Bools
    probabilities: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far the first model is above the second.

    Attributes:
        first: the first model's figure.
        second: the second's.
        value: first less second.
        interval: the middle 95 % of the difference, or None where there is no telling.
        p: two-sided: twice the share of draws in which the difference is nought or turned round.
            None where there is no telling.
    """

    first: float
    second: float
    value: float
    interval: list[float] | None
    p: float | None

    def as_json(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        return {
            "first": rounded(self.first),
            "second": rounded(self.second),
            "difference": rounded(self.value),
            "interval": self.interval,
            "p": None if self.p is None else rounded(self.p, 4),
        }


def difference(groups: Ints, gold: Bools, first: Scored, second: Scored) -> Difference:
    """Difference in F1 of one category, each model at its own threshold."""
    draws = Resamples.of(groups)
    sides = [Counts.of(gold, one.found).f1 for one in (first, second)]
    drawn = [draws.counts(gold, one.found).f1 for one in (first, second)]
    return difference_of(draws, sides, drawn)


def difference_of(draws: Resamples, sides: Sequence[Any], drawn: Sequence[Floats]) -> Difference:
    """How far the first of two sides is above the second.

    Args:
        draws: of the bootstrap.
        sides: the figure of each side.
        drawn: (resamples,) the figure of each side in every draw.
    """
    gaps = drawn[0] - drawn[1]
    interval = draws.interval(gaps)
    known = gaps[~np.isnan(gaps)]
    # One more than counted (Davison & Hinkley 1997, 4.2.3): no number of draws shows a p of 0.
    below, above = (int((known <= 0).sum()), int((known >= 0).sum()))
    return Difference(
        first=float(sides[0]),
        second=float(sides[1]),
        value=float(sides[0] - sides[1]),
        interval=interval,
        p=None if interval is None else min(1.0, 2 * (1 + min(below, above)) / (1 + len(known))),
    )


def compare(first: Compared, second: Compared) -> dict[str, Difference]:
    """Every figure of two models on the same passages: first less second.

    Raises:
        ValueError: they did not answer on the same passages.
    """
    if first.words_sha256 != second.words_sha256:
        raise ValueError(f"{first.model} and {second.model} did not answer on the same passages")
    draws = Resamples.of(first.groups)
    found: dict[str, Difference] = {}
    gold, both = first.gold, (first, second)
    drawn = [draws.counts(gold, one.found).f1 for one in both]
    sides = [Counts.of(gold, one.found).f1 for one in both]
    for column, name in enumerate(CATEGORIES):
        found[f"F1 of {name}"] = difference_of(
            draws, [one[column] for one in sides], [one[:, column] for one in drawn]
        )
    for column, name in enumerate(CATEGORIES):
        there, given = gold[:, column], [one.probabilities[:, column] for one in both]
        found[f"average precision of {name}"] = difference_of(
            draws,
            [average_precision(there, one) for one in given],
            [draws.average_precision(there, one) for one in given],
        )
    found["macro F1 of categories"] = difference_of(
        draws,
        [macro_f1(Counts.of(gold, one.found)) for one in both],
        [macro_f1(draws.counts(gold, one.found)) for one in both],
    )
    known = first.feeling >= 0
    felt = [one.felt[known] for one in both]
    found["macro F1 of sentiment"] = of_feelings(first.groups[known], first.feeling[known], felt)
    return found


def of_feelings(groups: Ints, gold: Ints, felt: Sequence[Ints]) -> Difference:
    """Difference in macro F1 of sentiment.

    Args:
        groups: (passages,) the interaction of each.
        gold: (passages,) index into `SENTIMENTS` that people say.
        felt: (passages,) that each of the two models says.
    """
    draws, there = Resamples.of(groups), one_hot(gold, len(SENTIMENTS))
    said = [one_hot(one, len(SENTIMENTS)) for one in felt]
    return difference_of(
        draws,
        [macro_f1(Counts.of(there, one)) for one in said],
        [macro_f1(draws.counts(there, one)) for one in said],
    )


def adjusted(differences: Mapping[str, Difference]) -> dict[str, float | None]:
    """The p of each figure, raised for how many are looked at (Holm 1979).

    One of twenty comparisons of equal models would fall below 0.05 by chance.
    """
    known = sorted((one.p, name) for name, one in differences.items() if one.p is not None)
    found: dict[str, float | None] = dict.fromkeys(differences)
    highest = 0.0
    for place, (p, name) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - place)))
        found[name] = highest
    return found


def verdicts(first: str, second: str, differences: Mapping[str, Difference]) -> dict[str, str]:
    """In words which model is better at each figure, or that it may be chance."""
    raised = adjusted(differences)
    said = {}
    for name, one in differences.items():
        p = raised[name]
        if p is None:
            said[name] = UNTOLD
        elif one.value == 0 and one.interval == [0.0, 0.0]:
            said[name] = SAME
        elif p >= CHANCE:
            said[name] = "may be chance"
        else:
            said[name] = f"{first if one.value > 0 else second} is better"
    return said


def summary(first: str, second: str, differences: Mapping[str, Difference]) -> str:
    """The comparison in one sentence or two."""
    said = verdicts(first, second, differences)
    parts = []
    for model in (first, second):
        won = [name for name, words in said.items() if words == f"{model} is better"]
        if won:
            parts.append(f"{model} is better at {_listed(won)}.")
    if set(said.values()) == {UNTOLD}:
        return f"Too few interactions to tell {first} and {second} apart."
    if set(said.values()) <= {SAME, UNTOLD}:
        return f"{first} and {second} reach the same figures."
    rest = len(said) - sum(words.endswith(" is better") for words in said.values())
    if not parts:
        return f"No difference between {first} and {second} that could not be chance."
    if rest:
        parts.append(f"What the other {rest} figures differ by may be chance.")
    return " ".join(parts)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def as_json(first: str, second: str, differences: Mapping[str, Difference]) -> dict[str, Any]:
    """The comparison, ready for JSON."""
    raised, said = adjusted(differences), verdicts(first, second, differences)
    return {
        "first": first,
        "second": second,
        "summary": summary(first, second, differences),
        "figures": {
            name: {
                **one.as_json(),
                "p_adjusted": None if raised[name] is None else rounded(raised[name], 4),
                "verdict": said[name],
            }
            for name, one in differences.items()
        },
    }

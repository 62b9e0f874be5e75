"""How far readers agree: Cohen's kappa a label (Cohen 1960), and Fleiss' for more than two.

The corpus' second reader saw the same interactions without the first reader's labels.
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.types import CATEGORIES, SENTIMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Agreement on one question.

    Attributes:
        label: a category, or "sentiment".
        passages: turns that both read.
        observed: share on which they agree.
        kappa: agreement beyond chance; 1 is perfect, 0 is chance.
    """

    label: str
    passages: int
    observed: float
    kappa: float


def kappa(first: Sequence[str], second: Sequence[str]) -> tuple[float, float]:
    """Observed agreement and Cohen's kappa of two readers' answers to the same questions."""
    total = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    answers = set(first) | set(second)
    chance = sum(first.count(a) / total * (second.count(a) / total) for a in answers)
    return observed, 1.0 if chance == 1 else (observed - chance) / (1 - chance)


def agreement(corpus: Path, second: Path) -> list[Agreement]:
    """Agreement between the corpus and a second reader's file, label by label.

    Args:
        corpus: folder of the corpus.
        second: JSON Lines, `{"id", "turns": [{"i", "sentiment", "categories"}]}`.
    """
    rows = (
        json.loads(line)
        for file in sorted(corpus.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    )
    ours = {row["id"]: row["turns"] for row in rows}
    pairs = [
        (ours[read["id"]][turn["i"]], turn)
        for read in map(json.loads, second.read_text(encoding="utf-8").splitlines())
        for turn in read["turns"]
    ]
    found: list[Agreement] = []
    for category in CATEGORIES:
        first = [str(category in {x["category"] for x in one["labels"]}) for one, _ in pairs]
        other = [str(category in turn["categories"]) for _, turn in pairs]
        observed, value = kappa(first, other)
        found.append(Agreement(label=category, passages=len(pairs), observed=observed, kappa=value))
    feelings = [(one["sentiment"], turn["sentiment"]) for one, turn in pairs]
    if not all(feeling in SENTIMENTS for pair in feelings for feeling in pair):
        raise ValueError(f"a sentiment is none of {', '.join(SENTIMENTS)}")
    observed, value = kappa([a for a, _ in feelings], [b for _, b in feelings])
    found.append(Agreement(label="sentiment", passages=len(pairs), observed=observed, kappa=value))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Agreement of however many people, each of whom judged some of the things.

    Attributes:
        things: that two or more people judged.
        people: who did.
        judgements: how often, all together.
        observed: share of pairs of judgements of one thing that are the same; NaN for no pair.
        kappa: agreement beyond chance; NaN where nothing can be said.
        method: "cohen" where the same two people judged everything, else "fleiss".
        low: lower end of kappa's interval; NaN where it has none.
        high: upper end.
    """

    things: int
    people: int
    judgements: int
    observed: float
    kappa: float
    method: str
    low: float
    high: float


DRAWS = 1_000
"""Of the bootstrap."""


def judged(things: Sequence[Mapping[Hashable, str]], *, seed: int = 0) -> Judged:
    """How far people agree who need not have judged the same things.

    Two people who judged everything: Cohen's kappa (Cohen 1960). Else Fleiss' (Fleiss 1971), each
    thing weighed alike whatever the number of its judges, as Fleiss & Cuzick (1979) have it. The
    interval is a percentile bootstrap over things, 95 %.

    Args:
        things: of each what every person said of it; those of fewer than two people are passed
            over.
        seed: of the bootstrap.
    """
    several = [one for one in things if len(one) > 1]
    people = {person for one in several for person in one}
    cohen = len(people) == 2
    number = sum(map(len, several))
    answers = sorted({answer for one in several for answer in one.values()})
    table = np.zeros((len(several), 2 if cohen else 1, max(len(answers), 1)))
    order = {person: place for place, person in enumerate(sorted(people, key=str))}
    for row, one in enumerate(several):
        for person, answer in one.items():
            table[row, order[person] if cohen else 0, answers.index(answer)] += 1
    observed, value = _fit(table)
    low = high = float("nan")
    if len(several) > 1:
        drawn = np.random.default_rng(seed).integers(len(several), size=(DRAWS, len(several)))
        kappas = np.array([_fit(table[rows])[1] for rows in drawn])
        if not np.isnan(kappas).all():
            low, high = map(float, np.nanpercentile(kappas, (2.5, 97.5)))
    return Judged(
        things=len(several),
        people=len(people),
        judgements=number,
        observed=observed,
        kappa=value,
        method="cohen" if cohen else "fleiss",
        low=low,
        high=high,
    )


def _fit(table: NDArray[np.float64]) -> tuple[float, float]:
    """Observed agreement and kappa of (things, judges told apart, answers) counts."""
    if not len(table):
        return float("nan"), float("nan")
    counts = table.sum(axis=1)
    judges = counts.sum(axis=1)
    same = (counts * (counts - 1)).sum(axis=1) / (judges * (judges - 1))
    observed = float(same.mean())
    shares = table.sum(axis=0)
    shares = shares / shares.sum(axis=1, keepdims=True)
    # Of two judges each has shares of his own (Cohen); of many, all have the same (Fleiss).
    chance = float((shares[0] * shares[-1]).sum())
    return observed, 1.0 if chance == 1 else (observed - chance) / (1 - chance)

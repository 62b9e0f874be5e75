"""How far two readers agree: Cohen's kappa a label (Cohen 1960).

The second reader saw the same interactions without the first reader's labels.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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

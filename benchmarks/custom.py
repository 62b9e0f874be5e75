"""How good an own category gets, and how true its estimate is: `python -m benchmarks.custom`.

Two made-up categories, "safety" and "churn risk" (`data/custom.json`), are fitted from their first
8, 16 and 32 examples, without and with counterexamples. They are judged on passages that were
written apart and never fitted on: 16 that carry the category, 16 that only sound like it, and the
ordinary passages of the corpus's development split, of which some may carry it in truth. Precision
is said for one passage in twenty, as in the estimate that stands beside it.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nlp.heads.custom import CustomCategory
from nlp.learn import corpora
from nlp.learn.background import said
from nlp.learn.custom import Fitted, Lesson, Teacher
from nlp.learn.judging import PREVALENCE, average_precision
from nlp.pipeline import Miner
from nlp.weights import CACHE

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data" / "custom.json"
ORDINARY = 500
SIZES = (8, 16, 32)


def ordinary_passages() -> list[str]:
    """Passages of the development split, evenly over it."""
    found = [
        example.text
        for example in corpora.own(ROOT / "corpora" / "contact_centre")
        if corpora.split_of(example.group, example.industry) == "dev"
        and len(example.text.split()) >= 5
    ]
    return found[:: max(len(found) // ORDINARY, 1)][:ORDINARY]


def chances(miner: Miner, category: CustomCategory, texts: list[str]) -> np.ndarray[Any, Any]:
    """The probability of each passage."""
    readings = miner.read([said(text) for text in texts])
    return np.concatenate([category.probabilities(one.encoded[:1]) for one in readings])


def row(miner: Miner, fitted: Fitted, known: dict[str, Any], usual: list[str]) -> str:
    """The measured figures of one category, and beside them what was estimated."""
    category = fitted.category
    yes = chances(miner, category, known["test"])
    near = chances(miner, category, known["test_not"])
    far = chances(miner, category, usual)
    recall = float((yes >= category.threshold).mean())
    share = float((far >= category.threshold).mean())
    right = recall * PREVALENCE
    precision = right / max(right + share * (1 - PREVALENCE), 1e-12)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    truth = np.repeat([True, False], [len(yes), len(far)])
    whole = average_precision(np.concatenate([yes, far]).astype(float), truth)
    said_of = fitted.estimate
    return (
        f"{precision:.2f} | {recall:.2f} | {f1:.2f} | {whole:.2f} | "
        f"{int((near >= category.threshold).sum())} of {len(near)} | "
        f"{said_of.precision.value:.2f} ({said_of.precision.low:.2f} to "
        f"{said_of.precision.high:.2f}) | {said_of.recall.value:.2f} "
        f"({said_of.recall.low:.2f} to {said_of.recall.high:.2f}) | {said_of.f1.value:.2f}"
    )


def rows(miner: Miner) -> Iterator[str]:
    """The table, line by line."""
    usual = ordinary_passages()
    teacher = Teacher(miner)
    yield (
        "| category | examples | against | precision | recall | F1 | AP | near misses found "
        "| precision as estimated | recall as estimated | F1 as estimated | seconds |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for name, known in json.loads(DATA.read_text(encoding="utf-8")).items():
        for size in SIZES:
            for against in (0, len(known["counterexamples"])):
                began = time.perf_counter()
                fitted = teacher.fit(
                    Lesson(
                        name=name,
                        examples=tuple(known["examples"][:size]),
                        counterexamples=tuple(known["counterexamples"][:against]),
                    )
                )
                took = time.perf_counter() - began
                figures = row(miner, fitted, known, usual)
                yield f"| {name} | {size} | {against} | {figures} | {took:.1f} |"


if __name__ == "__main__":
    for line in rows(Miner.load(cache=CACHE.expanduser())):
        print(line, flush=True)

"""Measures a model as it is served; the only module that reads the test split.

Every interval is the middle 95 % of a bootstrap over interactions, not passages, because passages
of one call resemble each other (`nlp.learn.figures.Resamples`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from nlp.errors import EmptyInput
from nlp.learn import corpora, registry
from nlp.learn.answers import Answers
from nlp.learn.breakdowns import breakdowns, confusion, rates
from nlp.learn.corpora import PROJECT_CORPUS, Labelled
from nlp.learn.figures import (
    RESAMPLES,
    Bools,
    Counts,
    Floats,
    Ints,
    Resamples,
    adaptive_bins,
    average_precision,
    calibration_error,
    curve,
    equal_bins,
    macro_f1,
    one_hot,
    reliability,
    rounded,
    thinned,
)
from nlp.types import CATEGORIES, SENTIMENTS

Part = Literal["train", "dev", "test", "all"]

LINE = 120  # characters of a line of metrics.json


def held_out_interactions(path: Path) -> list[Labelled]:
    """The test split of a corpus: what training and choosing never look at."""
    return [one for one in corpora.interactions(path) if corpora.split(one) == "test"]


def select(path: Path, part: Part) -> list[Labelled]:
    """The interactions of one split of a corpus, or all of them.

    Raises:
        EmptyInput: no customer says a word in that split.
    """
    if part == "test":
        found = held_out_interactions(path)
    else:
        found = [one for one in corpora.interactions(path) if part in ("all", corpora.split(one))]
    if not any(one.examples for one in found):
        raise EmptyInput(
            f"no passage of a customer in the {part} split; --split all takes everything",
            source=str(path),
        )
    return found


def default_part(path: Path) -> Part:
    """What is measured where nobody says: of the project's corpus, what was not trained on."""
    project, given = PROJECT_CORPUS.resolve(), path.resolve()
    return "test" if given == project or project in given.parents else "all"


def is_record(path: Path, part: Part) -> bool:
    """Whether these are the figures that a model is known by: the project's whole test split."""
    return part == "test" and path.resolve() == PROJECT_CORPUS.resolve()


def measure(answers: Answers) -> dict[str, Any]:
    """All figures of a model's answers, ready for JSON."""
    draws = Resamples.of(answers.groups)
    return {
        "model": answers.model,
        "passages": len(answers.examples),
        "interactions": len(answers.labelled),
        "resamples": RESAMPLES,
        "categories": {
            name: _category(answers, draws, column) for column, name in enumerate(CATEGORIES)
        },
        "macro": _macro(draws, answers.gold, answers.found),
        "unsure": _unsure(answers, draws),
        "sentiment": _sentiment(answers),
        "quotes": {name: _quotes(answers, draws, n) for n, name in enumerate(CATEGORIES)},
        "breakdowns": breakdowns(answers),
        "confusion": confusion(answers.gold, answers.found),
    }


def provenance(folder: Path, corpus: Path, part: Part) -> dict[str, Any]:
    """What was measured on what, by digests."""
    description = registry.open_folder(folder).description
    return {
        "measured_on": f"{part} split of {corpus.name}, int8 as served"
        if part != "all"
        else f"{corpus.name}, int8 as served",
        "corpus_sha256": corpora.digests(corpus),
        "model_sha256": dict(description["files"]),
    }


def unseen(answers: Answers) -> dict[str, Any]:
    """F1 on the industries that stand in the test split alone, and on the others."""
    draws = Resamples.of(answers.groups)
    new = np.array([one.industry in corpora.UNSEEN_INDUSTRIES for one in answers.examples])

    def side(rows: Bools) -> dict[str, Any]:
        gold, found = answers.gold & rows[:, None], answers.found & rows[:, None]
        counts, drawn = Counts.of(gold, found), draws.counts(gold, found)
        return {
            "passages": int(rows.sum()),
            **{
                name: {
                    "f1": rounded(counts.f1[column]),
                    "f1_interval": draws.interval(drawn.f1[:, column]),
                }
                for column, name in enumerate(CATEGORIES)
            },
            "macro_f1": rounded(macro_f1(counts)),
        }

    return {
        "names": sorted(corpora.UNSEEN_INDUSTRIES),
        "unseen": side(new),
        "seen": side(~new),
    }


def _category(answers: Answers, draws: Resamples, column: int) -> dict[str, Any]:
    gold, found = answers.gold[:, column], answers.found[:, column]
    probabilities = answers.probabilities[:, column]
    counts, drawn = Counts.of(gold, found), draws.counts(gold, found)
    points = thinned(curve(gold, probabilities))
    equal = reliability(gold, probabilities, equal_bins(probabilities))
    adaptive = reliability(gold, probabilities, adaptive_bins(probabilities))
    return {
        "passages": int(counts.gold),
        "threshold": rounded(answers.bands[column, 0]),
        "precision": rounded(counts.precision),
        "precision_interval": draws.interval(drawn.precision),
        "recall": rounded(counts.recall),
        "recall_interval": draws.interval(drawn.recall),
        "f1": rounded(counts.f1),
        "f1_interval": draws.interval(drawn.f1),
        **{name: value for name, value in rates(gold, found).items() if name != "f1"},
        "average_precision": rounded(average_precision(gold, probabilities)),
        "average_precision_interval": draws.interval(draws.average_precision(gold, probabilities)),
        "calibration_error": rounded(calibration_error(equal)),
        "adaptive_calibration_error": rounded(calibration_error(adaptive)),
        "curve": {
            "threshold": [rounded(one.threshold, 4) for one in points],
            "precision": [rounded(one.precision) for one in points],
            "recall": [rounded(one.recall) for one in points],
        },
        "reliability": _bars(equal),
        "adaptive_reliability": _bars(adaptive),
    }


def _bars(bins: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "low": rounded(one.low, 4),
            "high": rounded(one.high, 4),
            "passages": round(one.passages),
            "probability": rounded(one.probability, 4),
            "share": rounded(one.share, 4),
        }
        for one in bins
    ]


def _macro(draws: Resamples, gold: Bools, found: Bools) -> dict[str, Any]:
    return {
        "f1": rounded(macro_f1(Counts.of(gold, found))),
        "f1_interval": draws.interval(macro_f1(draws.counts(gold, found))),
    }


def _unsure(answers: Answers, draws: Resamples) -> dict[str, Any]:
    """What the model is sure of, and what goes to people: between the two ends of a band."""
    low, high = answers.bands[:, 0], answers.bands[:, 1]
    inside = (answers.probabilities >= low) & (answers.probabilities < high)
    above = Counts.of(answers.gold, answers.probabilities >= high)
    drawn = draws.counts(answers.gold, answers.probabilities >= high)
    within = Counts.of(answers.gold, inside)
    return {
        "share": rounded(inside.any(axis=1).mean()),
        **{
            name: {
                "low": rounded(low[column]),
                "high": rounded(high[column]),
                "share": rounded(inside[:, column].mean()),
                "passages": int(within.said[column]),
                "precision_within": rounded(within.precision[column]),
                "precision_above": rounded(above.precision[column]),
                "precision_above_interval": draws.interval(drawn.precision[:, column]),
                "recall_above": rounded(above.recall[column]),
                # Of all that carry the category: what people would still find there.
                "recall_within": rounded(within.recall[column]),
            }
            for column, name in enumerate(CATEGORIES)
        },
    }


def _sentiment(answers: Answers) -> dict[str, Any]:
    known = answers.feeling >= 0
    gold, felt = answers.feeling[known], answers.felt[known]
    draws = Resamples.of(answers.groups[known])
    there, said = one_hot(gold, len(SENTIMENTS)), one_hot(felt, len(SENTIMENTS))
    counts = Counts.of(there, said)
    right, surest = gold == felt, answers.feelings[known].max(axis=1)
    bars = reliability(right, surest, equal_bins(surest))
    macro = _macro(draws, there, said)
    return {
        "passages": int(known.sum()),
        "macro_f1": macro["f1"],
        "macro_f1_interval": macro["f1_interval"],
        "accuracy": rounded(right.mean() if len(right) else np.nan),
        **{
            name: {
                "passages": int(counts.gold[place]),
                "precision": rounded(counts.precision[place]),
                "recall": rounded(counts.recall[place]),
                "f1": rounded(counts.f1[place]),
            }
            for place, name in enumerate(SENTIMENTS)
        },
        "confusion": {
            name: {
                other: int((there[:, row] & said[:, column]).sum())
                for column, other in enumerate(SENTIMENTS)
            }
            for row, name in enumerate(SENTIMENTS)
        },
        "calibration_error": rounded(calibration_error(bars)),
        "calibration_error_balanced": _balanced_error(right, surest, gold),
        "reliability": _bars(bars),
    }


def _balanced_error(right: Bools, surest: Floats, gold: Ints) -> float | None:
    """Calibration error with the three feelings weighted alike, as the model states them."""
    sizes = np.bincount(gold, minlength=len(SENTIMENTS))
    weights = 1 / np.maximum(sizes, 1)[gold]
    return rounded(calibration_error(reliability(right, surest, equal_bins(surest), weights)))


def _quotes(answers: Answers, draws: Resamples, column: int) -> dict[str, Any]:
    """Token F1 against the words that people marked, where the category is there."""
    asked = [one for one in answers.quotes if one.category == column]
    rows = np.array([one.passage for one in asked], dtype=np.int64)
    count = np.zeros(len(answers.examples))
    count[rows] = 1

    def mean(of: Callable[[Any], float]) -> tuple[float | None, list[float] | None]:
        values = np.zeros(len(answers.examples))
        values[rows] = [of(one) for one in asked]
        drawn = Counts(draws.totals(values), draws.totals(count), draws.totals(count))
        whole = Counts(values.sum(), count.sum(), count.sum())
        return rounded(whole.precision), draws.interval(drawn.precision)

    ours, interval = mean(lambda one: one.ours)
    return {
        "quotes": len(asked),
        "token_f1": ours,
        "token_f1_interval": interval,
        "token_f1_whole_sentences": mean(lambda one: one.sentences)[0],
        "token_f1_right_sentences": mean(lambda one: one.right_sentences)[0],
        "token_f1_whole_passage": mean(lambda one: one.passage_whole)[0],
    }


def as_json(value: Any, indent: int = 0) -> str:
    """Indented JSON in which lists of numbers, and what else fits, stand on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= LINE or not isinstance(value, dict | list) or not value:
        return flat
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return flat
    margin = "\n" + " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {as_json(one, indent + 2)}" for k, one in value.items()]
        return "{" + margin + f",{margin}".join(parts) + margin[:-2] + "}"
    parts = [as_json(one, indent + 2) for one in value]
    return "[" + margin + f",{margin}".join(parts) + margin[:-2] + "]"


def write(folder: Path, metrics: Mapping[str, Any]) -> Path:
    """Writes `metrics.json` beside the model."""
    path = folder / "metrics.json"
    path.write_text(as_json(metrics) + "\n", encoding="utf-8")
    return path

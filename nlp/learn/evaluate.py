"""Measures a model as it is served, on the test split, which nothing else reads.

Intervals are 95 % percentile bootstraps over interactions, not passages, because passages of one
call resemble each other.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlp.encoder import Encoder
from nlp.heads.linear import Features
from nlp.heads.sentiment import labels
from nlp.learn import corpora, registry
from nlp.learn.corpora import Example
from nlp.lexical import Lexicon
from nlp.types import CATEGORIES, SENTIMENTS, SentimentLabel
from nlp.weights import digest

RESAMPLES = 1000
SEED = 7
BINS = 10  # of the calibration error

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def held_out_examples(folder: Path) -> list[Example]:
    """The test split of the project's own corpus."""
    return [
        example
        for example in corpora.own(folder)
        if corpora.split_of(example.group, example.industry) == "test"
    ]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of examples.

    Attributes:
        probabilities: (examples, categories).
        feelings: one label an example.
        quotes: one a pair of example and category that the corpus says is there.
    """

    probabilities: Floats
    feelings: Sequence[SentimentLabel]
    quotes: Sequence[tuple[int, str, tuple[int, int]]]


def answers(model: registry.Model, encoder: Encoder, examples: Sequence[Example]) -> Answers:
    """Asks a model, with the same encoder and heads as the pipeline."""
    encoded = encoder.encode([example.text for example in examples])
    features = Features.of([example.text for example in examples], encoded, model.lexicon)
    quotes = [
        (row, category, model.quotes.span(example.text, encoded[row], number))
        for row, example in enumerate(examples)
        for number, category in enumerate(CATEGORIES)
        if category in (example.categories or ())
    ]
    return Answers(
        model.categories.probabilities(features).astype(np.float64),
        labels(model.sentiment.balanced(model.sentiment.probabilities(features))),
        quotes,
    )


def evaluate(model: registry.Model, encoder: Encoder, corpus: Path) -> dict[str, Any]:
    """All figures of a model on the test split, ready for `metrics.json`."""
    examples = held_out_examples(corpus)
    said = answers(model, encoder, examples)
    found = said.probabilities >= model.categories.thresholds
    unseen = np.array([example.industry in corpora.UNSEEN_INDUSTRIES for example in examples])
    groups = np.array([example.group for example in examples])
    categories = {}
    for number, category in enumerate(CATEGORIES):
        gold, hit = _gold(examples, category), found[:, number]
        categories[category] = {
            "passages": int(gold.sum()),
            "threshold": round(float(model.categories.thresholds[number]), 3),
            **_rates(gold, hit),
            "f1_interval": _interval(groups, _f1_of(gold, hit)),
            "f1_unseen_industries": _round(f1(gold[unseen], hit[unseen])),
            "f1_seen_industries": _round(f1(gold[~unseen], hit[~unseen])),
            "average_precision": _round(average_precision(gold, said.probabilities[:, number])),
            "calibration_error": _round(calibration_error(gold, said.probabilities[:, number])),
        }
    return {
        "measured_on": "test split of corpora/contact_centre, int8 as served",
        "passages": len(examples),
        "interactions": len(set(groups)),
        "unseen_industries": sorted(corpora.UNSEEN_INDUSTRIES),
        "corpus_sha256": {file.name: digest(file) for file in sorted(corpus.glob("*.jsonl"))},
        "heads_sha256": model.description["files"][registry.HEADS],
        "categories": categories,
        "sentiment": _sentiment(examples, said.feelings, groups),
        "quotes": {category: _quotes(examples, said, category) for category in CATEGORIES},
        "baseline_tfidf": _baseline(corpus, examples),
    }


def _gold(examples: Sequence[Example], category: str) -> Bools:
    return np.array([category in (example.categories or ()) for example in examples])


def f1(gold: Bools, found: Bools) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is right."""
    return 2 * float((gold & found).sum()) / max(float(gold.sum() + found.sum()), 1.0)


def _f1_of(gold: Bools, found: Bools) -> Callable[[NDArray[np.int64]], float]:
    return lambda rows: f1(gold[rows], found[rows])


def _rates(gold: Bools, found: Bools) -> dict[str, float]:
    hits = float((gold & found).sum())
    return {
        "precision": _round(hits / max(found.sum(), 1)),
        "recall": _round(hits / max(gold.sum(), 1)),
        "f1": _round(f1(gold, found)),
    }


def _round(value: float) -> float:
    return round(float(value), 3)


def _interval(groups: NDArray[Any], measure: Callable[[NDArray[np.int64]], float]) -> list[float]:
    names = np.unique(groups)
    members = {name: np.flatnonzero(groups == name) for name in names}
    rng = np.random.default_rng(SEED)
    values = [
        measure(np.concatenate([members[name] for name in rng.choice(names, len(names))]))
        for _ in range(RESAMPLES)
    ]
    return [_round(value) for value in np.percentile(values, [2.5, 97.5])]


def average_precision(gold: Bools, probabilities: Floats) -> float:
    """Area under the precision-recall curve, as the mean precision at each right answer."""
    ordered = gold[np.argsort(-probabilities, kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    return float(precision[ordered].mean()) if ordered.any() else 0.0


def calibration_error(gold: Bools, probabilities: Floats) -> float:
    """Expected calibration error over ten equal bins (Guo et al. 2017, arXiv:1706.04599)."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return float(
        sum(
            abs(probabilities[bins == place].sum() - gold[bins == place].sum())
            for place in range(BINS)
        )
        / len(gold)
    )


def _sentiment(
    examples: Sequence[Example], feelings: Sequence[SentimentLabel], groups: NDArray[Any]
) -> dict[str, Any]:
    gold = np.array([SENTIMENTS.index(example.sentiment or "neutral") for example in examples])
    said = np.array([SENTIMENTS.index(label) for label in feelings])

    def macro(rows: NDArray[np.int64]) -> float:
        return float(np.mean([f1(gold[rows] == k, said[rows] == k) for k in range(3)]))

    return {
        "macro_f1": _round(macro(np.arange(len(gold)))),
        "macro_f1_interval": _interval(groups, macro),
        "accuracy": _round(float((gold == said).mean())),
        **{name: _rates(gold == k, said == k) for k, name in enumerate(SENTIMENTS)},
    }


def _quotes(examples: Sequence[Example], said: Answers, category: str) -> dict[str, float]:
    """Token F1 of quotes against the written ones, beside whole passages as quotes."""
    ours, whole = [], []
    for row, name, (start, end) in said.quotes:
        if name != category:
            continue
        text = examples[row].text
        gold = _words(text, [(q.start, q.end) for q in examples[row].quotes if q.category == name])
        ours.append(_overlap(gold, _words(text, [(start, end)])))
        whole.append(_overlap(gold, _words(text, [(0, len(text))])))
    return {
        "token_f1": _round(float(np.mean(ours)) if ours else 0.0),
        "token_f1_whole_passage": _round(float(np.mean(whole)) if whole else 0.0),
    }


def _words(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    """Places of the words of a text that touch a span."""
    places, position = set(), 0
    for place, word in enumerate(text.split()):
        begin = text.index(word, position)
        position = begin + len(word)
        if any(start < position and end > begin for start, end in spans):
            places.add(place)
    return places


def _overlap(gold: set[int], found: set[int]) -> float:
    return 2 * len(gold & found) / max(len(gold) + len(found), 1)


def _baseline(corpus: Path, examples: Sequence[Example]) -> dict[str, float]:
    """F1 of words alone under the same learner, at its best threshold on the training rows."""
    rows = [
        example
        for example in corpora.own(corpus)
        if corpora.split_of(example.group, example.industry) != "test"
    ]
    lexicon = Lexicon.learn((row.text for row in rows), min_count=2)

    def matrix(found: Sequence[Example]) -> Floats:
        dense = np.zeros((len(found), len(lexicon.vocabulary)))
        for place, row in enumerate(found):
            vector = lexicon.vector(row.text)
            dense[place, vector.places] = vector.values
        return dense

    fitted, asked = matrix(rows), matrix(examples)
    return {
        category: _round(
            f1(
                _gold(examples, category),
                LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
                .fit(fitted, _gold(rows, category))
                .predict(asked),
            )
        )
        for category in CATEGORIES
    }


def write(model: registry.Model, metrics: dict[str, Any]) -> Path:
    """Writes `metrics.json` beside the model."""
    path = model.folder / "metrics.json"
    path.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    return path

"""The plain peer beside every figure: TF-IDF and logistic regression on the same splits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.learn import corpora
from nlp.learn.answers import Answers
from nlp.learn.compare import Scored, difference
from nlp.learn.corpora import Example
from nlp.learn.figures import Bools, Counts, average_precision, rounded
from nlp.types import CATEGORIES


def beside(answers: Answers, corpus: Path) -> dict[str, Any]:
    """What words alone reach: learned on the train split, thresholds from the dev split.

    Args:
        answers: of the model, on the test split.
        corpus: that the split is of.

    Returns:
        For each category the peer's F1, its average precision and threshold, and by how much the
        model's F1 is above it (see `nlp.learn.compare`).
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    rows: dict[str, list[Example]] = {
        part: [
            one for one in corpora.own(corpus) if corpora.split_of(one.group, one.industry) == part
        ]
        for part in ("train", "dev")
    }
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    fitted = words.fit_transform([one.text for one in rows["train"]])
    chosen = words.transform([one.text for one in rows["dev"]])
    asked = words.transform([one.text for one in answers.examples])
    figures: dict[str, Any] = {}
    for column, category in enumerate(CATEGORIES):
        learned = LogisticRegression(C=10, class_weight="balanced", max_iter=1000).fit(
            fitted, _gold(rows["train"], category)
        )
        threshold = best_f1(_gold(rows["dev"], category), learned.predict_proba(chosen)[:, 1])
        said = learned.predict_proba(asked)[:, 1]
        gold = answers.gold[:, column]
        ours = Scored(answers.found[:, column], answers.probabilities[:, column])
        theirs = Scored(said >= threshold, said)
        figures[category] = {
            "f1": rounded(Counts.of(gold, theirs.found).f1),
            "average_precision": rounded(average_precision(gold, said)),
            "threshold": rounded(threshold),
            "ours_above": difference(answers.groups, gold, ours, theirs).as_json(),
        }
    return figures


def best_f1(gold: Bools, probabilities: np.ndarray[Any, Any]) -> float:
    """The probability from which on F1 is best; 0.5 where nothing is there."""
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(gold[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + max(gold.sum(), 1))
    return float(probabilities[order][int(f1.argmax())]) if gold.any() else 0.5


def _gold(examples: Sequence[Example], category: str) -> Bools:
    return np.array([category in (one.categories or ()) for one in examples], dtype=bool)

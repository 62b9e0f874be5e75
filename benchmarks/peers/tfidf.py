"""Words and pairs of words, weighed by rarity, under logistic regression."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.peers import Bools, Floats


class TfidfPeer:
    """TF-IDF over one and two words, and a balanced logistic regression a label.

    Args:
        rarest: a term counts that at least so many texts have.
    """

    name = "TF-IDF + logistic regression"

    def __init__(self, *, rarest: int = 2) -> None:
        self._words = TfidfVectorizer(ngram_range=(1, 2), min_df=rarest, sublinear_tf=True)
        # A label that all or none of the texts carry has nothing to be told by: its share instead.
        self._learned: list[LogisticRegression | float] = []

    def fit(self, texts: Sequence[str], labels: Bools) -> None:
        """Learns the terms, then one regression a label."""
        terms = self._words.fit_transform(texts)
        self._learned = [
            LogisticRegression(C=10, class_weight="balanced", max_iter=1000).fit(terms, column)
            if column.any() and not column.all()
            else float(column.mean())
            for column in np.asarray(labels, dtype=bool).T
        ]

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, labels)."""
        terms = self._words.transform(texts)
        columns = [
            np.full(len(texts), learned)
            if isinstance(learned, float)
            else learned.predict_proba(terms)[:, 1]
            for learned in self._learned
        ]
        return np.stack(columns, axis=1).astype(np.float32)

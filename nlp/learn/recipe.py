"""The recipe of the project's own model on anybody's labelled texts.

An adapter on the pinned encoder, a head on what it reads, and an opinion of the words beside it.
The benchmarks measure it where others have published figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from tokenizers import Tokenizer

from nlp import weights as pinned
from nlp.adapter import merged
from nlp.learn.fit import Plan, batches, features, fit
from nlp.learn.network import Network
from nlp.learn.samples import UNKNOWN, Readings, Sample, Target
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.windows import windows

HEAD = "labels"

# How much each opinion counts, on the scale of log-odds: what the calibration of the project's own
# model came to on its dev split (.63 and .31, .60 and .41, .53 and .41 for its categories).
STATES_WEIGHT, WORDS_WEIGHT = 0.6, 0.4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TextClassifier:
    """Independent labels of texts, each with a probability.

    Attributes:
        tokenizer: the encoder's.
        network: fitted.
        words: one classifier a label.
        longest: tokens that are read of a text.
    """

    tokenizer: Tokenizer
    network: Network
    words: Sequence[Pipeline]
    longest: int

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        labels: NDArray[np.bool_],
        plan: Plan,
        *,
        adapter: Path | None = None,
        longest: int = 222,
    ) -> Self:
        """Fits a classifier.

        Args:
            texts: what it learns from.
            labels: (texts, labels).
            plan: how the network is fitted.
            adapter: of a model whose reading of customers it starts from; None for the encoder's.
            longest: tokens that are read of a text; the rest is passed over.

        Raises:
            WeightsMissing: the encoder's weights are nowhere.
            WeightsChanged: they are not the pinned ones.
        """
        files = pinned.find()
        pinned.verify(files)
        tokenizer: Tokenizer = Tokenizer.from_file(str(files.tokenizer))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        weights = merged(load_file(files.weights), adapter)
        network = Network(weights, {HEAD: labels.shape[1]}, seed=plan.seed)
        readings = [Readings((one,)) for one in _samples(texts, labels, tokenizer, longest)]
        fit(network, readings, plan)
        return cls(tokenizer, network, [_words(texts, column) for column in labels.T], longest)

    def scores(self, texts: Sequence[str]) -> Floats:
        """(texts, labels) log-odds."""
        none = np.zeros((len(texts), len(self.words)), dtype=bool)
        samples = _samples(texts, none, self.tokenizer, self.longest)
        found = np.zeros(none.shape)
        with torch.no_grad():
            for rows, batch in batches(samples):
                read, _ = features(self.network, batch)
                found[rows] = self.network.heads[HEAD](read).cpu().numpy()
        words = np.stack([one.decision_function(texts) for one in self.words], axis=1)
        return np.asarray(found * STATES_WEIGHT + words * WORDS_WEIGHT)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, labels), each label on its own."""
        return np.asarray(1 / (1 + np.exp(-self.scores(texts))))


def _words(texts: Sequence[str], labels: NDArray[np.bool_]) -> Pipeline:
    """Words and pairs of words beside pieces of words, which bear misspellings."""
    terms = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True),
    )
    learner = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    return make_pipeline(terms, learner).fit(texts, labels)


def _samples(
    texts: Sequence[str], labels: NDArray[np.bool_], tokenizer: Tokenizer, longest: int
) -> list[Sample]:
    found: list[Sample] = []
    pieces = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    for one, row in zip(pieces, labels, strict=True):
        (window,) = windows([one.ids[:longest]], [True])
        (span,) = window.spans
        none = np.zeros((span.end - span.start, len(CATEGORIES)), dtype=np.float32)
        unfelt = np.full(len(SENTIMENTS), UNKNOWN, dtype=np.float32)
        found.append(Sample(window, (Target(HEAD, row.astype(np.float32), unfelt, none),)))
    return found

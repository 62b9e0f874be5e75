"""The recipe of the project's own model on anybody's labelled texts.

Adapters on the pinned encoder, heads on what they read, and an opinion of the words beside them.
The benchmarks measure it where others have published figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from nlp.learn.device import mixed
from nlp.learn.fit import Plan, batches, features, fit
from nlp.learn.network import Network
from nlp.learn.samples import Sample, Target, feeling
from nlp.types import CATEGORIES
from nlp.windows import LONGEST, windows

HEAD = "labels"

# How much each opinion counts, on the scale of log-odds: chosen by cross-validation on the train
# split of NLBSE'24 (.801 the network alone, .733 the words, .820 both; two networks averaged).
STATES_WEIGHT, WORDS_WEIGHT = 0.4, 0.6
RANK = 32  # of the updates: few texts teach them
NETWORKS = 3  # averaged: they differ in the seed of their heads and of the order

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Start:
    """Where the networks set out from, and how much of a text they read.

    Attributes:
        adapter: on top of the pinned encoder; None for the encoder as it is.
        longest: tokens that are read of a text.
    """

    adapter: Path | None = None
    longest: int = LONGEST


@dataclass(frozen=True, slots=True)
class TextClassifier:
    """Independent labels of texts, each with a probability.

    Attributes:
        tokenizer: the encoder's.
        networks: fitted; their scores are averaged.
        words: one classifier a label.
        longest: tokens that are read of a text.
    """

    tokenizer: Tokenizer
    networks: Sequence[Network]
    words: Sequence[Pipeline]
    longest: int

    @classmethod
    def fit(cls, texts: Sequence[str], labels: NDArray[np.bool_], plan: Plan, start: Start) -> Self:
        """Fits networks and words.

        Args:
            texts: at least one that carries each label and one that does not.
            labels: (texts, labels).
            plan: how the networks are fitted.
            start: where from.

        Raises:
            WeightsMissing: the encoder's weights are nowhere.
            WeightsChanged: they are not the pinned ones.
        """
        files = pinned.find()
        pinned.verify(files)
        tokenizer: Tokenizer = Tokenizer.from_file(str(files.tokenizer))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        weights = merged(load_file(files.weights), start.adapter)
        learning = _samples(texts, labels, tokenizer, start.longest)
        networks = []
        for number in range(NETWORKS):
            networks.append(
                Network(weights, {HEAD: labels.shape[1]}, rank=RANK, seed=plan.seed + number)
            )
            fit(networks[-1], learning, replace(plan, seed=plan.seed + number))
        words = [_words(texts, column) for column in labels.T]
        return cls(tokenizer, networks, words, start.longest)

    def scores(self, texts: Sequence[str]) -> Floats:
        """(texts, labels) log-odds."""
        none = np.zeros((len(texts), len(self.words)), dtype=bool)
        samples = _samples(texts, none, self.tokenizer, self.longest)
        found = np.zeros(none.shape)
        with torch.no_grad(), mixed():
            for network in self.networks:
                for rows, batch in batches(samples):
                    read, _ = features(network, batch)
                    found[rows] += network.heads[HEAD](read).float().cpu().numpy()
        words = np.stack([one.decision_function(texts) for one in self.words], axis=1)
        return np.asarray(found / len(self.networks) * STATES_WEIGHT + words * WORDS_WEIGHT)

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
        found.append(Sample(window, (Target(HEAD, row.astype(np.float32), feeling(None), none),)))
    return found

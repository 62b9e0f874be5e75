"""spaCy's own classifier of texts with several labels."""

import random
from collections.abc import Sequence

import numpy as np
import spacy
from spacy.training import Example
from thinc.util import fix_random_seed

from benchmarks.peers import Bools, Floats


class TextcatPeer:
    """`textcat_multilabel` as it comes (`spacy.TextCatEnsemble.v2`) in a blank English pipeline.

    Args:
        epochs: passes over the texts.
        batch: texts an update.
        seed: of what is random.
    """

    name = "spaCy textcat_multilabel"

    def __init__(self, *, epochs: int = 10, batch: int = 32, seed: int = 0) -> None:
        self._epochs, self._batch, self._seed = epochs, batch, seed
        self._language = spacy.blank("en")
        self._names: list[str] = []

    def fit(self, texts: Sequence[str], labels: Bools) -> None:
        """Trains from the beginning."""
        fix_random_seed(self._seed)
        shuffled = random.Random(self._seed)  # noqa: S311 - an order, no secret
        self._language = spacy.blank("en")
        self._names = [str(number) for number in range(labels.shape[1])]
        head = self._language.add_pipe("textcat_multilabel")
        for name in self._names:
            head.add_label(name)  # type: ignore[attr-defined]  # a pipe is any callable to spaCy
        examples = [
            Example.from_dict(
                self._language.make_doc(text),
                {"cats": dict(zip(self._names, map(float, row), strict=True))},
            )
            for text, row in zip(texts, labels.tolist(), strict=True)
        ]
        optimizer = self._language.initialize(lambda: examples)
        for _ in range(self._epochs):
            shuffled.shuffle(examples)
            for first in range(0, len(examples), self._batch):
                self._language.update(examples[first : first + self._batch], sgd=optimizer)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, labels), through `Language.pipe` with its own batches."""
        rows = [[doc.cats[name] for name in self._names] for doc in self._language.pipe(texts)]
        return np.array(rows, dtype=np.float32).reshape(len(texts), len(self._names))

"""How the customer feels in a passage."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from nlp.heads.linear import Features, Floats, Linear, Tensors
from nlp.types import SENTIMENTS, SentimentLabel


@dataclass(frozen=True, slots=True)
class SentimentHead:
    """A softmax over the three feelings, with a temperature (Guo et al. 2017, arXiv:1706.04599).

    Attributes:
        layer: scores in the order of `SENTIMENTS`.
        temperature: (1,), what scores are divided by.
        offsets: (feelings,), added to log-probabilities before the label is chosen. Two thirds of
            what customers say is neutral, so that the most probable label alone would seldom be
            another; chosen for the best macro F1.
    """

    layer: Linear
    temperature: Floats
    offsets: Floats

    @classmethod
    def from_tensors(cls, tensors: Tensors) -> Self:
        """The head from the tensors below `sentiment/`."""
        head = cls(
            Linear.from_tensors(tensors, "sentiment"),
            tensors["sentiment/temperature"],
            tensors["sentiment/offsets"],
        )
        if len(head.layer.bias) != len(SENTIMENTS):
            raise ValueError(f"{len(head.layer.bias)} feelings, expected {', '.join(SENTIMENTS)}")
        return head

    def probabilities(self, features: Features) -> Floats:
        """(passages, feelings) probabilities; each row sums to 1."""
        scores = self.layer.scores(features) / self.temperature
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)

    def balanced(self, probabilities: Floats) -> Floats:
        """(passages, feelings) probabilities as if the three were equally common."""
        powers = probabilities * np.exp(self.offsets)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def labels(balanced: Floats) -> list[SentimentLabel]:
    """The feeling that each row of balanced probabilities speaks for."""
    return [SENTIMENTS[int(place)] for place in balanced.argmax(axis=1)]

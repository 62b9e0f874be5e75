"""What the heads on passages read, and linear layers over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import Encoded
from nlp.lexical import Lexicon, WordVector

Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Features:
    """A batch of passages as the heads see them.

    Attributes:
        states: (passages, 2 * width), the mean of each passage beside the state that closes it.
        words: one a passage.
    """

    states: Floats
    words: Sequence[WordVector]

    @classmethod
    def of(cls, texts: Sequence[str], encoded: Sequence[Encoded], lexicon: Lexicon) -> Self:
        """The features of passages that were encoded; at least one."""
        return cls(
            np.stack([one.both for one in encoded]),
            [lexicon.vector(text) for text in texts],
        )


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores of labels from the encoder's states.

    Attributes:
        weights: (labels, 2 * width).
        bias: (labels,).
    """

    weights: Floats
    bias: Floats

    @classmethod
    def from_tensors(cls, tensors: Tensors, prefix: str) -> Self:
        """The layer from `<prefix>/weights` and `<prefix>/bias`."""
        return cls(tensors[f"{prefix}/weights"], tensors[f"{prefix}/bias"])

    def scores(self, features: Features) -> Floats:
        """(passages, labels) scores, before any squashing."""
        return features.states @ self.weights.T + self.bias


@dataclass(frozen=True, slots=True)
class Lexical:
    """Scores of labels from the words of a passage.

    Attributes:
        weights: (labels, terms).
        bias: (labels,).
    """

    weights: Floats
    bias: Floats

    @classmethod
    def from_tensors(cls, tensors: Tensors, prefix: str) -> Self:
        """The layer from `<prefix>/weights` and `<prefix>/bias`."""
        return cls(tensors[f"{prefix}/weights"], tensors[f"{prefix}/bias"])

    def scores(self, features: Features) -> Floats:
        """(passages, labels) scores, before any squashing."""
        scores = np.tile(self.bias, (len(features.words), 1))
        for row, word in enumerate(features.words):
            scores[row] += self.weights[:, word.places] @ word.values
        return scores

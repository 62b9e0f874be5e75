"""A linear layer over a passage's vector and its words: what the passage heads share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlp.lexical import WordVector

Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Features:
    """A batch of passages as the heads see them.

    Attributes:
        vectors: (passages, width), rows of length 1.
        words: one a passage.
    """

    vectors: Floats
    words: Sequence[WordVector]


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores of labels.

    Attributes:
        vectors: (labels, width) weights of the passage's vector.
        words: (labels, terms) weights of its words.
        bias: (labels,).
    """

    vectors: Floats
    words: Floats
    bias: Floats

    @classmethod
    def from_tensors(cls, tensors: Tensors, prefix: str) -> Self:
        """The layer from `<prefix>/vectors`, `<prefix>/words` and `<prefix>/bias`."""
        return cls(*(tensors[f"{prefix}/{part}"] for part in ("vectors", "words", "bias")))

    def scores(self, features: Features) -> Floats:
        """(passages, labels) scores, before any squashing."""
        scores = features.vectors @ self.vectors.T + self.bias
        for row, word in enumerate(features.words):
            scores[row] += self.words[:, word.places] @ word.values
        return scores

"""A linear layer over a passage's vector and its words: what the passage heads share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import Encoded
from nlp.lexical import Lexicon, WordVector

Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]
PARTS = ("vectors", "words", "length", "bias")


@dataclass(frozen=True, slots=True)
class Features:
    """A batch of passages as the heads see them.

    Attributes:
        vectors: (passages, width), rows of length 1.
        words: one a passage.
        lengths: (passages,), half the logarithm of one more than the number of words. Both other
            parts have length 1, and a short answer is seldom a finding. Tried: average precision
            .731 to .781 for document errors, .649 to .729 for requests.
    """

    vectors: Floats
    words: Sequence[WordVector]
    lengths: Floats

    @classmethod
    def of(cls, texts: Sequence[str], encoded: Sequence[Encoded], lexicon: Lexicon) -> Self:
        """The features of passages that were encoded; at least one."""
        return cls(
            np.stack([one.vector for one in encoded]),
            [lexicon.vector(text) for text in texts],
            np.asarray(np.log1p([len(text.split()) for text in texts]) / 2, dtype=np.float32),
        )


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores of labels.

    Attributes:
        vectors: (labels, width) weights of the passage's vector.
        words: (labels, terms) weights of its words.
        length: (labels,) weight of its length.
        bias: (labels,).
    """

    vectors: Floats
    words: Floats
    length: Floats
    bias: Floats

    @classmethod
    def from_tensors(cls, tensors: Tensors, prefix: str) -> Self:
        """The layer from `<prefix>/vectors`, `<prefix>/words` and so on."""
        return cls(*(tensors[f"{prefix}/{part}"] for part in PARTS))

    def scores(self, features: Features) -> Floats:
        """(passages, labels) scores, before any squashing."""
        scores = features.vectors @ self.vectors.T + self.bias
        scores += np.outer(features.lengths, self.length)
        for row, word in enumerate(features.words):
            scores[row] += self.words[:, word.places] @ word.values
        return scores

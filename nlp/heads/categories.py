"""Which of the three categories a passage carries, each with a probability of its own."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from nlp.heads.linear import Features, Floats, Lexical, Linear, Tensors
from nlp.types import CATEGORIES


@dataclass(frozen=True, slots=True)
class CategoryHead:
    """Two opinions on every category, the encoder's and the words', weighed and calibrated.

    The weighing is a logistic regression over both scores (Platt 1999, with two inputs), fitted on
    passages that neither was fitted on, so that what comes out is a probability.

    Attributes:
        layer: scores from the encoder's states, in the order of `CATEGORIES`.
        words: scores from words.
        calibration: (categories, 3), weight of each opinion and an intercept.
        bands: (categories, 2), from which probability a category counts as found, and from which
            on the model is sure and keeps its stated precision. Between the two a person decides.
    """

    layer: Linear
    words: Lexical
    calibration: Floats
    bands: Floats

    @classmethod
    def from_tensors(cls, tensors: Tensors) -> Self:
        """The head from the tensors below `categories/`."""
        head = cls(
            Linear.from_tensors(tensors, "categories"),
            Lexical.from_tensors(tensors, "categories/words"),
            tensors["categories/calibration"],
            tensors["categories/bands"],
        )
        if len(head.bands) != len(CATEGORIES):
            raise ValueError(f"{len(head.bands)} categories, expected {', '.join(CATEGORIES)}")
        return head

    def probabilities(self, features: Features) -> Floats:
        """(passages, categories) calibrated probabilities."""
        states, words, intercept = self.calibration.T
        scores = self.layer.scores(features) * states + self.words.scores(features) * words
        return np.asarray(1 / (1 + np.exp(-(scores + intercept))), dtype=np.float32)

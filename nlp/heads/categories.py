"""Which of the three categories a passage carries, each with a probability of its own."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from nlp.heads.linear import Features, Floats, Linear, Tensors
from nlp.types import CATEGORIES


@dataclass(frozen=True, slots=True)
class CategoryHead:
    """Independent logistic scores, calibrated after Platt (1999).

    Attributes:
        layer: scores in the order of `CATEGORIES`.
        calibration: (categories, 2), slope and intercept over the score.
        thresholds: (categories,), from which probability a category counts as found.
    """

    layer: Linear
    calibration: Floats
    thresholds: Floats

    @classmethod
    def from_tensors(cls, tensors: Tensors) -> Self:
        """The head from the tensors below `categories/`."""
        head = cls(
            Linear.from_tensors(tensors, "categories"),
            tensors["categories/calibration"],
            tensors["categories/thresholds"],
        )
        if len(head.thresholds) != len(CATEGORIES):
            raise ValueError(f"{len(head.thresholds)} categories, expected {', '.join(CATEGORIES)}")
        return head

    def probabilities(self, features: Features) -> Floats:
        """(passages, categories) calibrated probabilities."""
        scores = self.layer.scores(features)
        slope, intercept = self.calibration[:, 0], self.calibration[:, 1]
        return np.asarray(1 / (1 + np.exp(-(scores * slope + intercept))), dtype=np.float32)

"""A small logistic regression: weighted, L2, by Newton's method, with numpy alone.

The service fits a team's own category while somebody waits, in a process without scikit-learn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_STEPS = 50
_CLOSE = 1e-7


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted score: `features @ weights + bias`, the logarithm of the odds.

    Attributes:
        weights: (width,).
        bias: added.
    """

    weights: Doubles
    bias: float

    def scores(self, features: Doubles) -> Doubles:
        """(rows,) scores."""
        return np.asarray(features @ self.weights + self.bias, dtype=np.float64)


def fit(
    features: Doubles, truth: Doubles, mass: Doubles, *, penalty: float, start: Line | None = None
) -> Line:
    """The line with the least weighted log loss plus half `penalty` times its squared length.

    Args:
        features: (rows, width).
        truth: (rows,), 1 or 0, or a probability between.
        mass: (rows,) how much each row counts.
        penalty: above 0, on the weights alone; it makes the answer unique.
        start: where to begin; the answer does not depend on it.
    """
    rows, width = features.shape
    wide = np.column_stack([features, np.ones(rows)])
    decay = np.full(width + 1, penalty)
    decay[-1] = 1e-9  # the bias is free, and yet never infinite
    beta = np.zeros(width + 1)
    if start is not None:
        beta[:-1], beta[-1] = start.weights, start.bias
    loss = _loss(wide, truth, mass, decay, beta)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(wide @ beta, -500, 500)))
        slope = wide.T @ (mass * (chance - truth)) + decay * beta
        curve = (wide * (mass * chance * (1 - chance))[:, None]).T @ wide
        step = np.linalg.solve(curve + np.diag(decay), slope)
        size = 1.0
        # A full step may overshoot where chances are near 0 or 1: it is halved until it helps.
        while (then := _loss(wide, truth, mass, decay, beta - size * step)) > loss and size > 1e-6:
            size /= 2
        beta = beta - size * step
        done = loss - then < _CLOSE * max(abs(loss), 1e-12)
        loss = min(loss, then)
        if done:
            break
    return Line(beta[:-1], float(beta[-1]))


def _loss(wide: Doubles, truth: Doubles, mass: Doubles, decay: Doubles, beta: Doubles) -> float:
    scores = wide @ beta
    losses = np.logaddexp(0, scores) - truth * scores
    return float(mass @ losses + 0.5 * decay @ (beta * beta))

"""Linear scores that leave their parent's only as far as what is new pulls them.

The least log loss of new rows plus half the squared distance from the parent's weights, a MAP
estimate whose prior is the parent (Chelba and Acero 2004, "Adaptation of maximum entropy
capitalizer"). Columns are scaled beforehand so that the penalty is the same on all: the problem is
then so well conditioned that L-BFGS needs a few dozen steps.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

Doubles = NDArray[np.float64]

# Beyond these the weights change in digits that no decision shows.
_STEPS = 100
_CLOSE = 1e-6


def binary(
    features: Any, before: Doubles, truth: Doubles, mass: Doubles, *, slope: Doubles | float = 0.0
) -> Doubles:
    """(width,) by how much weights leave the parent's, in scaled columns.

    Args:
        features: (rows, width), dense or sparse, its columns scaled.
        before: (rows,) the parent's scores.
        truth: (rows,) 1 or 0.
        mass: (rows,) how much each row counts.
        slope: (width,) of the loss on what the parent learned from, in scaled columns.
    """
    extra = np.broadcast_to(np.asarray(slope, dtype=np.float64), (features.shape[1],))

    def loss(change: Doubles) -> tuple[float, Doubles]:
        scores = before + features @ change
        there = chance(scores)
        value = mass @ (np.logaddexp(0, scores) - truth * scores)
        value += extra @ change + 0.5 * change @ change
        return float(value), features.T @ (mass * (there - truth)) + extra + change

    return _least(loss, features.shape[1])


def choice(features: Doubles, before: Doubles, truth: NDArray[np.int64], mass: Doubles) -> Doubles:
    """(labels, width) by how much weights of a softmax leave the parent's, in scaled columns.

    Args:
        features: (rows, width), its columns scaled.
        before: (rows, labels) the parent's scores.
        truth: (rows,) which label is right.
        mass: (rows,) how much each row counts.
    """
    shape = (before.shape[1], features.shape[1])
    rows = np.arange(len(truth))

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        change = flat.reshape(shape)
        scores = before + features @ change.T
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        total = powers.sum(axis=1)
        value = mass @ (np.log(total) - scores[rows, truth]) + 0.5 * flat @ flat
        error = powers / total[:, None]
        error[rows, truth] -= 1
        return float(value), ((mass[:, None] * error).T @ features + change).ravel()

    return _least(loss, shape[0] * shape[1]).reshape(shape)


def _least(loss: Any, width: int) -> Doubles:
    found = minimize(
        loss,
        np.zeros(width),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _STEPS, "ftol": _CLOSE},
    )
    return np.asarray(found.x, dtype=np.float64)


def chance(scores: Doubles) -> Doubles:
    """Probabilities of scores in log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -500, 500))), dtype=np.float64)


def with_bias(features: Doubles) -> Doubles:
    """Features with a column of ones, whose weight is the bias."""
    return np.column_stack([features, np.ones(len(features))])


class Prior:
    """What the parent is pulled back by: a penalty, and the rows that it learned from.

    Around the parent the loss on those rows is taken for the parabola that it nearly is, so that
    thousands of rows become one matrix and the fits that follow look at new rows alone.

    Args:
        features: (rows, width) that the parent learned from, the bias's column with them; may have
            no row.
        weights: (width,) of the parent.
        truth: (rows,) 1 or 0.
        penalty: on the squared distance from the parent.
    """

    def __init__(
        self, features: Doubles, weights: Doubles, truth: Doubles, *, penalty: float
    ) -> None:
        there = chance(features @ weights)
        curve = (features * (there * (1 - there))[:, None]).T @ features
        curve[np.diag_indices_from(curve)] += penalty
        self._root = np.linalg.cholesky(curve)
        self.slope = self.scaled((features.T @ (there - truth))[None])[0]

    def scaled(self, features: Doubles) -> Doubles:
        """Features in columns on which the penalty is the same."""
        found = solve_triangular(self._root, features.T, lower=True)
        return np.asarray(found.T, dtype=np.float64)

    def change(self, scaled: Doubles) -> Doubles:
        """(width,) a change in scaled columns as a change of the weights."""
        return np.asarray(
            solve_triangular(self._root, scaled, lower=True, trans="T"), dtype=np.float64
        )

"""Intervals for shares and mean sentiment, and chances corrected for having asked about many."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.learn.judging import Figure

Doubles = NDArray[np.float64]

NORMAL = 1.959963984540054
"""Standard deviations from the middle of a normal distribution that hold 95 per cent of it."""


def wilson(part: float, whole: float, *, deviations: float = NORMAL) -> Figure | None:
    """A share with its 95 per cent interval (Wilson 1927, "Probable inference", JASA 22).

    It stays inside 0 to 1 and keeps its promise for small counts, where the usual
    plus-or-minus does not (Brown, Cai & DasGupta 2001, Statistical Science 16).

    Args:
        part: how many of them.
        whole: of how many. Need not be whole numbers: overdispersed counts are divided first.
        deviations: width of the interval, for another quantile.

    Returns:
        None where there is nothing to take a share of.

    Raises:
        ValueError: the part is more than the whole, or less than nothing.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part:g} of {whole:g} is no share: give a part from 0 to the whole")
    if whole == 0:
        return None
    share, square = part / whole, deviations**2
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    spread = math.sqrt(share * (1 - share) / whole + square / (4 * whole**2))
    half = deviations * spread / (1 + square / whole)
    # Rounding must not push an end past the share itself.
    low, high = max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
    return Figure(value=share, low=low, high=high)


def mean_sentiment(negative: int, neutral: int, positive: int) -> Figure | None:
    """Mean sentiment from -1 (all negative) to 1 (all positive), with its 95 per cent interval.

    The mean is the difference of two shares of the same passages; the interval is that of Bonett &
    Price 2012 ("Adjusted Wald confidence interval for a difference of binomial proportions based
    on paired data", JEBS 37), which holds for few passages too.

    Args:
        negative: how many are negative.
        neutral: how many are neutral.
        positive: how many are positive.

    Returns:
        None where there are none.

    Raises:
        ValueError: a count is less than nothing.
    """
    if min(negative, neutral, positive) < 0:
        raise ValueError(f"counts below 0: {negative} negative, {neutral}, {positive} positive")
    total = negative + neutral + positive
    if total == 0:
        return None
    value = (positive - negative) / total
    up, down = (positive + 1) / (total + 2), (negative + 1) / (total + 2)
    half = NORMAL * math.sqrt((up + down - (up - down) ** 2) / (total + 2))
    middle = up - down
    low, high = max(-1.0, min(middle - half, value)), min(1.0, max(middle + half, value))
    return Figure(value=value, low=low, high=high)


def adjusted(chances: Sequence[float] | Doubles, *, asked: int | None = None) -> Doubles:
    """Chances corrected for having asked about many at once.

    If everything up to some corrected chance q is called a find, no more than a share q of the
    finds is expected to be chance (Benjamini & Hochberg 1995, JRSS B 57).

    Args:
        chances: p of each question.
        asked: how many questions there were, if more: those that are left out have a p of 1.

    Returns:
        (questions,) q of each, in the same order.
    """
    given = np.asarray(chances, dtype=float)
    total = max(asked or 0, len(given))
    order = np.argsort(-given, kind="stable")
    ranks = np.arange(len(given), 0, -1)
    found = np.empty(len(given))
    found[order] = np.minimum.accumulate(np.minimum(given[order] * total / ranks, 1.0))
    return found

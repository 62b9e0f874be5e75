"""How far vectors lie from where the windows before lead one to expect them.

The distance of two lots is their maximum mean discrepancy (Gretton et al. 2012, "A kernel
two-sample test"), between the mean random features that sketches hold; what sampling alone puts
between them is known from the spread of interactions inside their windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy import special

from nlp.learn.drift_series import (
    FEWEST_WINDOWS,
    LASTS,
    UNKNOWN,
    Outlook,
    designs,
    quantile,
    same_season,
    tail,
)
from nlp.learn.sketches import Floats

_EFFECTIVE = 20.0  # directions in which vectors of passages vary, in effect
_LONELY = 0.05  # a window that all but decides its own expectation says nothing of the spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The vectors of one window.

    Attributes:
        day: the week's Monday; None for an industry.
        number: interactions that have any.
        embedding: (features,) sum of their mean features.
        norms: sum of the squared lengths of these.
    """

    day: date | None
    number: int
    embedding: Floats
    norms: float

    @property
    def mean(self) -> Floats:
        """(features,) over the interactions."""
        return self.embedding / self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """Vectors of windows, and what they lead one to expect.

    Attributes:
        means: (windows, features) of the past.
        terms: (windows, terms).
        solver: (terms, windows) from means to coefficients.
        within: trace of the covariance of interactions inside their windows.
        small: mean of one over the number of interactions.
        logs: (usable windows,) logarithm of each window's squared distance from what the others
            lead one to expect, in times what sampling explains.
    """

    means: Floats
    terms: Floats
    solver: Floats
    within: float
    small: float
    logs: Floats


def _trace(rows: Sequence[Row]) -> float:
    squares = sum(one.norms - float(one.embedding @ one.embedding) / one.number for one in rows)
    return max(squares / max(sum(one.number - 1 for one in rows), 1), 1e-9)


def _field(rows: Sequence[Row], terms: Floats, within: float) -> _Field:
    means = np.stack([one.mean for one in rows])
    solver = np.asarray(np.linalg.pinv(terms), dtype=np.float64)
    hat = terms @ solver
    own = np.diag(hat)
    usable = 1 - own > _LONELY
    left = (means - hat @ means)[usable] / (1 - own[usable])[:, None]
    numbers = np.array([one.number for one in rows])
    small = float((1 / numbers).mean())
    noise = within * (1 / numbers[usable] + own[usable] / (1 - own[usable]) * small)
    return _Field(
        means=means,
        terms=terms,
        solver=solver,
        within=within,
        small=small,
        logs=np.log(np.maximum((left**2).sum(axis=1) / noise, 1e-9)),
    )


def vectors(now: Sequence[Row], past: Sequence[Row], *, steps: Sequence[date] = ()) -> Outlook:
    """The same of vectors: how far from where the weeks before lead one to expect them.

    Args:
        now: the windows that are judged, in order.
        past: windows to judge by.
        steps: days from which on all is different.
    """
    terms = designs([one.day for one in now], [one.day for one in past], steps) if now else None
    if terms is None:
        return UNKNOWN
    before, after = terms
    within = _trace([*past, *now])
    field = _field(past, before, within)
    centre, spread = float(field.logs.mean()), float(field.logs.std(ddof=1))
    reach = max(spread, 1e-3) * np.sqrt(1 + 1 / len(field.logs))
    freedom = len(field.logs) - 1
    logs = []
    for one, row in zip(now, after, strict=True):
        weights = row @ field.solver
        away = one.mean - weights @ field.means
        noise = within * (1 / one.number + float(weights @ weights) * field.small)
        logs.append(_log(away, noise))
    strength = float(np.mean(logs))
    season = _season_logs(now, past, within)
    chances = [tail((one - centre) / reach, freedom) for one in (strength, *season)]
    usual = centre + quantile(freedom) * reach
    pooled, noise, expected = _pooled(now, after, field)
    squared = max(pooled - noise, 0.0)
    doubt = np.sqrt(2 * noise**2 / _EFFECTIVE + 4 * squared * noise / _EFFECTIVE)
    single = within * (np.mean([1 / one.number for one in now]) + expected * field.small)
    return Outlook(
        value=float(np.sqrt(squared)),
        interval=_roots(squared - 1.96 * doubt, squared + 1.96 * doubt),
        usual=_roots(0.0, float(single * (np.exp(usual) - 1))),
        windows=len(past),
        p=max(chances),
        noise_p=float(special.ndtr(-(pooled / noise - 1) * np.sqrt(_EFFECTIVE / 2))),
        lasts=all(special.ndtr(-(one - centre) / reach) < LASTS for one in logs),
    )


def _pooled(now: Sequence[Row], after: Floats, field: _Field) -> tuple[float, float, float]:
    """All windows that are judged together.

    Returns:
        Their squared distance, what sampling explains of it, and how much the latter owes to the
        expectation's own doubt.
    """
    weights = after.mean(axis=0) @ field.solver
    number = sum(one.number for one in now)
    mean = np.sum([one.embedding for one in now], axis=0) / number
    away = mean - weights @ field.means
    own = float(weights @ weights)
    return float(away @ away), field.within * (1 / number + own * field.small), own


def _log(away: Floats, noise: float) -> float:
    """Logarithm of a squared distance, in times what sampling explains."""
    return float(np.log(max(float(away @ away) / noise, 1e-9)))


def _roots(low: float, high: float) -> tuple[float, float]:
    return float(np.sqrt(max(low, 0.0))), float(np.sqrt(max(high, 0.0)))


def _season_logs(now: Sequence[Row], past: Sequence[Row], within: float) -> list[float]:
    """Distance from the weeks of the same season that come nearest, as a logarithm, or nothing."""
    spans = same_season([one.day for one in now], [one.day for one in past])
    found = []
    for span in spans:
        logs = []
        for one, place in zip(now, span, strict=True):
            then = past[place]
            away = one.mean - then.mean
            noise = within * (1 / one.number + 1 / then.number)
            logs.append(_log(away, noise))
        found.append(float(np.mean(logs)))
    return [min(found)] if found else []


def direction(now: Sequence[Row], past: Sequence[Row]) -> Floats:
    """(features,) from where passages were to where they are: the witness of the discrepancy."""
    return _mean(now) - _mean(past)


def _mean(rows: Sequence[Row]) -> Floats:
    total = np.sum([one.embedding for one in rows], axis=0)
    return np.asarray(total / max(sum(one.number for one in rows), 1))


def distance(now: Row, groups: Sequence[Row]) -> Outlook:
    """How far vectors lie from those of the training data, beside how far its industries do.

    Args:
        now: the windows that are judged, as one.
        groups: industries.
    """
    if len(groups) < FEWEST_WINDOWS or now.number < 2:
        return UNKNOWN
    within = _trace([*groups, now])
    total = np.sum([one.embedding for one in groups], axis=0)
    number = sum(one.number for one in groups)
    away = []
    for one in groups:
        rest = number - one.number
        gap = one.mean - (total - one.embedding) / rest
        away.append(float(gap @ gap) - within * (1 / one.number + 1 / rest))
    centre, spread = float(np.mean(away)), float(np.std(away, ddof=1))
    reach = max(spread, 1e-9) * np.sqrt(1 + 1 / len(groups))
    gap = now.mean - total / number
    noise = within * (1 / now.number + 1 / number)
    squared = float(gap @ gap) - noise
    freedom = len(groups) - 1
    doubt = np.sqrt(2 * noise**2 / _EFFECTIVE + 4 * max(squared, 0.0) * noise / _EFFECTIVE)
    return Outlook(
        value=float(np.sqrt(max(squared, 0.0))),
        interval=_roots(squared - 1.96 * doubt, squared + 1.96 * doubt),
        usual=_roots(0.0, centre + quantile(freedom) * reach),
        windows=len(groups),
        p=tail((squared - centre) / reach, freedom),
        noise_p=float(special.ndtr(-squared / noise * np.sqrt(_EFFECTIVE / 2))),
        lasts=True,
    )

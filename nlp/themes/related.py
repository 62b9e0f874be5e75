"""Themes that are alike, and themes that come together in the same interactions beyond chance."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from nlp.errors import OptionError
from nlp.themes.intervals import Doubles, adjusted
from nlp.themes.values import Floats, Ints

CHANCE = 0.05
"""Of the pairs that are said to come together, the share that may be chance."""

FEWEST = 5
"""Interactions in which both stand, below which nothing is said."""

SMALLEST = 1.2
"""Times the number that chance would make, below which nothing is said."""

_ROWS = 1024  # themes compared at once: their cosines with 10,000 others take 40 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A theme and one that is about nearly the same.

    Attributes:
        theme: id.
        other: id of the other.
        cosine: of their centroids.
    """

    theme: str
    other: str
    cosine: float


def alike(
    themes: tuple[str, ...], centroids: Floats, *, most: int = 5, least: float = 0.5
) -> tuple[Alike, ...]:
    """The nearest themes of each, nearest first.

    Args:
        themes: ids.
        centroids: (themes, width) of length 1.
        most: how many at most for each.
        least: cosine.

    Returns:
        In the order of the themes; ties by the order of the other.

    Raises:
        OptionError: `most` is less than 1.
        ValueError: there are not as many centroids as themes.
    """
    if most < 1:
        raise OptionError(f"most is {most}: ask for 1 or more")
    if len(themes) != len(centroids):
        raise ValueError(f"{len(themes)} themes and {len(centroids)} centroids")
    found: list[Alike] = []
    for start in range(0, len(themes), _ROWS):
        cosines = centroids[start : start + _ROWS] @ centroids.T
        for row, near in enumerate(cosines, start=start):
            near[row] = -np.inf
            close = np.flatnonzero(near >= least)
            found += [
                Alike(theme=themes[row], other=themes[other], cosine=float(near[other]))
                for other in close[np.argsort(-near[close], kind="stable")[:most]]
            ]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """In how many interactions themes stand, and pairs of them together.

    Attributes:
        themes: ids.
        sizes: (themes,) interactions of each.
        pairs: (pairs, 2) indices of two themes, the smaller first; those that never meet may be
            left out.
        counts: (pairs,) interactions in which both stand.
        total: interactions that stand in any theme. All mined interactions would be too many: most
            say nothing, and beside these any two themes seem to seek each other.
    """

    themes: tuple[str, ...]
    sizes: Ints
    pairs: Ints
    counts: Ints
    total: int

    def __post_init__(self) -> None:
        """Refuse counts that cannot be.

        Raises:
            ValueError: with the shapes, or the numbers that contradict each other.
        """
        shapes = (self.sizes.shape, self.pairs.shape, self.counts.shape)
        if shapes != ((len(self.themes),), (len(self.counts), 2), (len(self.counts),)):
            raise ValueError(f"{len(self.themes)} themes; sizes, pairs, counts of shapes {shapes}")
        if self.sizes.max(initial=0) > self.total:
            raise ValueError(f"a theme of {self.sizes.max()} interactions of {self.total}")
        if (self.counts > self.sizes[self.pairs].min(axis=1, initial=self.total)).any():
            raise ValueError("a pair has more interactions than one of its themes")


def shared(memberships: Mapping[str, Ints]) -> Shared:
    """Counts themes and pairs of them.

    Args:
        memberships: id of a theme to the numbers of the interactions in which it stands; one that
            is given twice counts once. Give all themes: their union is the total.

    Returns:
        Only pairs that meet, in the order of the themes.
    """
    own = [np.unique(np.asarray(numbers, dtype=np.int64)) for numbers in memberships.values()]
    sizes = np.array([len(one) for one in own], dtype=np.int64)
    numbers = np.concatenate([*own, np.empty(0, dtype=np.int64)])
    places = np.repeat(np.arange(len(own)), sizes)
    order = np.lexsort((places, numbers))
    numbers, places = numbers[order], places[order]
    # Within an interaction its themes lie side by side: the pairs are neighbours 1, 2, … apart.
    codes, apart = [np.empty(0, dtype=np.int64)], 1
    while (same := numbers[apart:] == numbers[:-apart]).any():
        codes.append(places[:-apart][same] * len(own) + places[apart:][same])
        apart += 1
    found, counts = np.unique(np.concatenate(codes), return_counts=True)
    return Shared(
        themes=tuple(memberships),
        sizes=sizes,
        pairs=np.stack(np.divmod(found, max(len(own), 1)), axis=1),
        counts=counts.astype(np.int64),
        total=len(np.unique(numbers)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Two themes that come together in the same interactions.

    Attributes:
        first: id of a theme.
        second: id of another.
        observed: interactions in which both stand.
        expected: how many it would be if they had nothing to do with each other.
        lift: observed over expected.
        p: chance of as many or more (one-sided Fisher's exact test).
        q: the same, corrected for all pairs of themes.
    """

    first: str
    second: str
    observed: int
    expected: float
    lift: float
    p: float
    q: float


def together(
    counts: Shared, *, fewest: int = FEWEST, chance: float = CHANCE
) -> tuple[Together, ...]:
    """Pairs of themes that meet more often than by chance.

    Chance is that each theme takes its interactions at random from the total: the common ones are
    then hypergeometric (Fisher 1935, JRSS 98). An interaction that says one thing only is part of
    the total, so that the verdict leans to saying nothing. The correction (Benjamini & Hochberg
    1995) counts every pair that could have met `fewest` times, those that never met too.

    Args:
        counts: from `shared`, or counted by a database.
        fewest: common interactions.
        chance: highest q.

    Returns:
        The surest first; ties by the order of the themes.

    Raises:
        OptionError: `fewest` is less than 1.
    """
    if fewest < 1:
        raise OptionError(f"fewest is {fewest}: ask for 1 or more")
    enough = counts.counts >= fewest
    pairs, observed = counts.pairs[enough], counts.counts[enough]
    first, second = counts.sizes[pairs[:, 0]], counts.sizes[pairs[:, 1]]
    expected = first * second / max(counts.total, 1)
    chances = np.array(
        [
            _tail(*numbers, counts.total)
            for numbers in zip(observed.tolist(), first.tolist(), second.tolist(), strict=True)
        ]
    )
    large = int((counts.sizes >= fewest).sum())
    # Pairs that met too seldom to be shown were asked about too: with p taken as 1.
    corrected = adjusted(chances, asked=large * (large - 1) // 2)
    found = [
        Together(
            first=counts.themes[pairs[row, 0]],
            second=counts.themes[pairs[row, 1]],
            observed=int(observed[row]),
            expected=float(expected[row]),
            lift=float(observed[row] / expected[row]),
            p=float(chances[row]),
            q=float(corrected[row]),
        )
        for row in np.argsort(chances, kind="stable")
    ]
    return tuple(one for one in found if one.q <= chance and one.lift >= SMALLEST)


def _tail(observed: int, first: int, second: int, total: int) -> float:
    """P(X >= observed) of a hypergeometric: the part of `first` in `second` drawn from `total`."""
    # Summed here: importing scipy.stats for it costs a light process a second and 40 MB.
    both = np.arange(observed, min(first, second) + 1)
    both = both[total - first - second + both >= 0]
    logs = _choose(first, both) + _choose(total - first, second - both) - _choose(total, second)
    return float(min(1.0, np.exp(logs).sum()))


def _choose(whole: int, part: Ints | int) -> Doubles:
    """Logarithm of the binomial coefficient."""
    beside = np.asarray(whole - part, dtype=float)
    return np.asarray(
        special.gammaln(whole + 1)
        - special.gammaln(np.asarray(part, dtype=float) + 1)
        - special.gammaln(beside + 1)
    )

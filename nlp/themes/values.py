"""The values that pass between the parts of `nlp.themes`: frozen, filled once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NOWHERE = -1
"""In place of a theme's index: it belongs to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What is clustered, in columns: one row a finding, or a passage, or anything with a vector.

    Attributes:
        keys: of each, unique and lasting ("019a…"); their order decides nothing but ties.
        texts: of each, the words that are shown as a quote.
        vectors: (documents, width) float32, each of length 1.
        groups: of each, the interaction that it stands in: a theme is as big as the number of its
            interactions, not of its findings.
    """

    keys: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Floats
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse columns of unlike length.

        Raises:
            ValueError: with the lengths.
        """
        lengths = (len(self.keys), len(self.texts), len(self.vectors), len(self.groups))
        if len(set(lengths)) > 1:
            raise ValueError(f"keys, texts, vectors and groups differ in length: {lengths}")

    def __len__(self) -> int:
        """How many there are."""
        return len(self.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The themes as they were before a re-clustering.

    Attributes:
        themes: ids, each once.
        members: key of a document to the index of its theme in `themes`; who is in the emerging
            pool is not in it.
        centroids: (themes, width) float32 of length 1.
        resolution: that they were found with.
    """

    themes: tuple[str, ...]
    members: Mapping[str, int]
    centroids: Floats
    resolution: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What people decided; every later re-clustering obeys it.

    Attributes:
        placed: key of a document to the id of the theme that a person put it in ("" for none).
        held: ids of themes that never merge into another: pinned, renamed or made by hand.
        whole: ids of themes that a person merged others into: they are not split again.
        together: groups of keys that must share a theme.
        apart: pairs of keys that must not share a theme.
        split: pairs of ids of themes that a person split from each other: the two never merge.
        seeds: id of a theme to the keys that a person gave as its examples.
    """

    placed: Mapping[str, str] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    split: tuple[tuple[str, str], ...] = ()
    seeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """Documents in themes.

    Attributes:
        labels: (documents,) index of each one's theme, `NOWHERE` for the emerging pool.
        second: (documents,) index of the other theme of those that stand in two, or `NOWHERE`.
        subthemes: (documents,) index of each one's sub-theme, over all themes, or `NOWHERE`.
        parents: (subthemes,) index of the theme of each sub-theme.
        areas: (themes,) index of the area of each theme.
        centroids: (themes, width) float32 of length 1.
        folded: (documents,) index of the document that each one repeats word for word or nearly:
            its own where it is the first.
        resolution: that the themes were found with.
    """

    labels: Ints
    second: Ints
    subthemes: Ints
    parents: Ints
    areas: Ints
    centroids: Floats
    folded: Ints
    resolution: float

    @property
    def count(self) -> int:
        """How many themes there are."""
        return len(self.centroids)

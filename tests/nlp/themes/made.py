"""Documents with known themes, made by adding noise to directions."""

import numpy as np

from nlp.themes.graph import unit
from nlp.themes.values import Documents, Floats, Ints

WIDTH = 256


def directions(count: int, *, seed: int = 0) -> Floats:
    """(count, width) unit vectors that have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    return unit(rng.standard_normal((count, WIDTH)).astype(np.float32))


def around(middles: Floats, labels: Ints, *, noise: float = 0.6, seed: int = 1) -> Floats:
    """(labels, width) unit vectors near the middle that each label names."""
    rng = np.random.default_rng(seed)
    spread = rng.standard_normal((len(labels), middles.shape[1])) * noise / WIDTH**0.5
    return unit((middles[labels] + spread).astype(np.float32))


def documents(
    vectors: Floats, *, first: int = 0, texts: tuple[str, ...] | None = None
) -> Documents:
    """One document a vector, each of an interaction of its own."""
    numbers = range(first, first + len(vectors))
    return Documents(
        keys=tuple(f"{number:06}" for number in numbers),
        texts=texts or tuple(f"words {number}" for number in numbers),
        vectors=vectors,
        groups=tuple(f"call {number}" for number in numbers),
    )


def reordered(given: Documents, order: Ints) -> Documents:
    """The same documents in another order."""
    return Documents(
        keys=tuple(given.keys[row] for row in order),
        texts=tuple(given.texts[row] for row in order),
        vectors=given.vectors[order],
        groups=tuple(given.groups[row] for row in order),
    )

"""EVoC (Tutte Institute), which clusters embedding vectors without reducing their dimensions."""

from collections.abc import Sequence

import numpy as np
from evoc import EVoC

from benchmarks.peers.clustering import Ints, Vectors


class EvocPeer:
    """`EVoC()` as it comes, with the layer of clusters that it prefers.

    Args:
        seed: of what is random.
    """

    name = "EVoC"

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed

    def cluster(self, texts: Sequence[str], vectors: Vectors) -> Ints:
        """(texts,) cluster of each, -1 for noise."""
        found = EVoC(random_state=self._seed).fit_predict(vectors)
        return np.asarray(found, dtype=np.int64)

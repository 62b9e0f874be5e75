"""k-means, told the true number of groups: what many people begin with."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans

from benchmarks.peers.clustering import Ints, Vectors


class KMeansPeer:
    """scikit-learn's, the best of ten starts.

    Args:
        groups: how many.
        seed: of the starts.
    """

    name = "k-means, told k"

    def __init__(self, groups: int, *, seed: int = 0) -> None:
        self._groups, self._seed = groups, seed

    def cluster(self, texts: Sequence[str], vectors: Vectors) -> Ints:
        """(texts,) cluster of each; nothing is left out."""
        model = KMeans(self._groups, n_init=10, random_state=self._seed)
        return np.asarray(model.fit_predict(vectors), dtype=np.int64)

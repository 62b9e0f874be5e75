"""Topic models over words alone, told the true number of topics.

Both as scikit-learn's documentation shows them ("Topic extraction with Non-negative Matrix
Factorization and Latent Dirichlet Allocation"), but with all words that two texts share instead of
the thousand most frequent. A text belongs to its strongest topic.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.decomposition import NMF, LatentDirichletAllocation
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from benchmarks.peers.clustering import Ints, Vectors

MOST, LEAST = 0.95, 2  # of the texts may, and so many texts must, have a word that counts


class LdaPeer:
    """Latent Dirichlet allocation (Blei, Ng & Jordan 2003) on counts of words.

    Args:
        groups: how many topics.
        seed: of the beginning.
    """

    name = "LDA, told k"

    def __init__(self, groups: int, *, seed: int = 0) -> None:
        self._groups, self._seed = groups, seed

    def cluster(self, texts: Sequence[str], vectors: Vectors) -> Ints:
        """(texts,) strongest topic of each; the vectors are not looked at."""
        words = CountVectorizer(max_df=MOST, min_df=LEAST, stop_words="english")
        model = LatentDirichletAllocation(self._groups, random_state=self._seed)
        return _strongest(model.fit_transform(words.fit_transform(texts)))


class NmfPeer:
    """Non-negative matrix factorisation (Lee & Seung 1999) of TF-IDF.

    Args:
        groups: how many topics.
        seed: of the beginning.
    """

    name = "NMF, told k"

    def __init__(self, groups: int, *, seed: int = 0) -> None:
        self._groups, self._seed = groups, seed

    def cluster(self, texts: Sequence[str], vectors: Vectors) -> Ints:
        """(texts,) strongest topic of each; the vectors are not looked at."""
        words = TfidfVectorizer(max_df=MOST, min_df=LEAST, stop_words="english")
        model = NMF(self._groups, random_state=self._seed)
        return _strongest(model.fit_transform(words.fit_transform(texts)))


def _strongest(weights: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Ints:
    return np.asarray(weights.argmax(axis=1), dtype=np.int64)

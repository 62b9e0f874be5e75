"""BERTopic (Grootendorst 2022, arXiv:2203.05794), its own release, on vectors that are given."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from bertopic import BERTopic

from benchmarks.peers.clustering import Ints, Vectors

Reduction = Literal["distributions", "embeddings"]


class BertopicPeer:
    """`BERTopic()` as it comes: UMAP to five dimensions, HDBSCAN, topics of ten texts or more.

    Its UMAP takes no seed by default, and with one it would run on a single thread, which costs it
    time: every run is another draw.

    Args:
        reduce: how `reduce_outliers` puts what no topic took into one, or None to leave it out.
            "distributions" is the library's default; "embeddings" looks at the vectors, and on
            Banking77 it agreed better with the truth (ARI .53 beside .52).
    """

    def __init__(self, *, reduce: Reduction | None = None) -> None:
        self._reduce = reduce
        self.name = "BERTopic" if reduce is None else f"BERTopic, outliers reduced by {reduce}"

    def cluster(self, texts: Sequence[str], vectors: Vectors) -> Ints:
        """(texts,) topic of each, -1 for outliers."""
        model = BERTopic()
        topics, _ = model.fit_transform(list(texts), embeddings=vectors)
        if self._reduce is not None and -1 in topics:
            given = {"embeddings": vectors} if self._reduce == "embeddings" else {}
            topics = model.reduce_outliers(list(texts), topics, strategy=self._reduce, **given)
        return np.asarray(topics, dtype=np.int64)

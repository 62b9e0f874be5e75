"""What gathers texts without being told into which groups, behind one protocol.

A peer is given the vectors that everybody gets and the texts, and takes of both what it is made
for. Those that must be told how many groups there are get the true number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]


class Clusterer(Protocol):
    """Puts each text into a group.

    Attributes:
        name: as tables show it.
    """

    name: str

    def cluster(self, texts: Sequence[str], vectors: Vectors) -> Ints:
        """(texts,) the group of each, or -1 for those that it leaves out.

        Args:
            texts: as customers wrote them.
            vectors: (texts, width) float32 of length 1.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a peer may need to be told.

    Attributes:
        groups: the true number of groups.
        seed: of what is random, where the peer as it comes takes a seed.
    """

    groups: int
    seed: int = 0


def _bertopic(asked: Asked) -> Clusterer:
    from benchmarks.peers.bertopic import BertopicPeer

    return BertopicPeer()


def _bertopic_reduced(asked: Asked) -> Clusterer:
    from benchmarks.peers.bertopic import BertopicPeer

    return BertopicPeer(reduce="embeddings")


def _evoc(asked: Asked) -> Clusterer:
    from benchmarks.peers.evoc import EvocPeer

    return EvocPeer(seed=asked.seed)


def _kmeans(asked: Asked) -> Clusterer:
    from benchmarks.peers.kmeans import KMeansPeer

    return KMeansPeer(asked.groups, seed=asked.seed)


def _lda(asked: Asked) -> Clusterer:
    from benchmarks.peers.lda_nmf import LdaPeer

    return LdaPeer(asked.groups, seed=asked.seed)


def _nmf(asked: Asked) -> Clusterer:
    from benchmarks.peers.lda_nmf import NmfPeer

    return NmfPeer(asked.groups, seed=asked.seed)


CLUSTERERS: Mapping[str, Callable[[Asked], Clusterer]] = {
    "bertopic": _bertopic,
    "bertopic-reduced": _bertopic_reduced,
    "evoc": _evoc,
    "kmeans": _kmeans,
    "lda": _lda,
    "nmf": _nmf,
}
"""Every peer with its usual settings. A library is imported when its peer is made."""

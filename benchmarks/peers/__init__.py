"""What others use for the same work, each behind one small contract: the benchmarks' peers.

To add one, write a file with a class that keeps `Peer` and name it in `PEERS`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


class Peer(Protocol):
    """Learns which labels texts carry, and says so with probabilities.

    Attributes:
        name: as tables show it.
    """

    name: str

    def fit(self, texts: Sequence[str], labels: Bools) -> None:
        """Learns from texts.

        Args:
            texts: at least one.
            labels: (texts, labels), of which a text may carry none, one or several.
        """
        ...

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, labels), each by itself between 0 and 1."""
        ...


def _tfidf() -> Peer:
    from benchmarks.peers.tfidf import TfidfPeer

    return TfidfPeer()


def _setfit() -> Peer:
    from benchmarks.peers.contrastive import SetFitPeer

    return SetFitPeer()


def _textcat() -> Peer:
    from benchmarks.peers.textcat import TextcatPeer

    return TextcatPeer()


def _zero_shot() -> Peer:
    from benchmarks.peers.zero_shot import ZeroShotPeer

    return ZeroShotPeer()


PEERS: Mapping[str, Callable[[], Peer]] = {
    "tfidf": _tfidf,
    "setfit": _setfit,
    "textcat": _textcat,
    "zero-shot": _zero_shot,
}
"""Every peer with its usual settings. A library is imported when its peer is made."""

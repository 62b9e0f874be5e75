"""What the encoder says of interactions, read once as it is served and kept by its digest.

A retrained model has its parent's encoder, so that whatever was read for one is read for all that
come after. A bucket of interactions is a file; a reading that was interrupted goes on at the bucket
where it was.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from nlp.encoder import Encoder, Learned, graph_path
from nlp.passages import segments
from nlp.types import Interaction
from nlp.windows import Segment

Halves = NDArray[np.float16]

BUCKET = 32  # interactions, about: their token states lie in memory together


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads interactions and keeps what it read.

    Attributes:
        encoder: as served.
        key: of the encoder; states of another key are never taken for its own.
        stopped: whether to stop; asked before every bucket.
    """

    encoder: Encoder
    key: str
    stopped: Callable[[], bool]

    def read(
        self, interactions: Sequence[Interaction], folder: Path, told: Callable[[int], None]
    ) -> list[Halves]:
        """(passages, 2 * width) states of each interaction: means beside closing states.

        Args:
            interactions: in any order.
            folder: where states are kept. They tell of the words, so that whoever erases the words
                erases the folder.
            told: is told how many interactions were read so far.

        Raises:
            Stopped: it was told to stop.
        """
        folder.mkdir(parents=True, exist_ok=True)
        cut = [segments(one) for one in interactions]
        names = [hashlib.sha256(repr((self.key, one)).encode()).hexdigest() for one in cut]
        buckets = _buckets(names)
        found: dict[int, Halves] = {}
        for bucket in buckets:
            if self.stopped():
                raise Stopped
            found |= zip(bucket, self._bucket([(names[n], cut[n]) for n in bucket], folder),
                         strict=True)  # fmt: skip
            told(len(found))
        return [found[number] for number in range(len(cut))]

    def _bucket(
        self, members: Sequence[tuple[str, Sequence[Segment]]], folder: Path
    ) -> list[Halves]:
        name = hashlib.sha256(" ".join(name for name, _ in members).encode()).hexdigest()
        path = folder / f"{name[:32]}.safetensors"
        sizes = [sum(one.asked for one in cut) for _, cut in members]
        states = _kept(path, sum(sizes), 2 * self.encoder.width)
        if states is None:
            read = self.encoder.read([cut for _, cut in members])
            rows = [np.concatenate([one.mean, one.closing]) for few in read for one in few]
            states = np.array(rows, dtype=np.float16).reshape(-1, 2 * self.encoder.width)
            part = path.with_suffix(".part")
            save_file({"states": states}, part)
            part.replace(path)
        return np.split(states, np.cumsum(sizes)[:-1])


class Stopped(Exception):
    """Somebody told the work to stop; what was done so far is kept."""


def encoder_key(learned: Learned) -> str:
    """The key of a model's encoder: it changes with weights, adapter, ranges and the runtime."""
    return graph_path(learned, Path()).stem


def _buckets(names: Sequence[str]) -> list[list[int]]:
    """Places in buckets by their names, so that one more interaction changes one bucket alone."""
    count = 1
    while count * 2 * BUCKET <= len(names):
        count *= 2
    found: list[list[int]] = [[] for _ in range(count)]
    for place, name in sorted(enumerate(names), key=lambda pair: pair[1]):
        found[int(name[:8], 16) % count].append(place)
    return [bucket for bucket in found if bucket]


def _kept(path: Path, rows: int, width: int) -> Halves | None:
    """States that were kept, or None where there are none or a crash left half of them."""
    if not path.is_file():
        return None
    try:
        states = load_file(path)["states"]
    except (SafetensorError, KeyError):
        return None
    return states if states.shape == (rows, width) else None

"""What the encoder says of interactions, read once as it is served and kept by its digest.

A retrained model has its parent's encoder, so that whatever was read for one is read for all that
come after: a file holds the interactions whose digests begin alike, and only those that are in none
are read. A reading that was interrupted goes on where it was.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from nlp.encoder import WIDTH, Encoded, Encoder, Learned, graph_path
from nlp.passages import segments
from nlp.types import Interaction
from nlp.windows import Segment

States = NDArray[np.float32]
"""(passages, 3 * width) of an interaction: means beside closing states and vectors."""
Halves = NDArray[np.float16]

TOGETHER = 32  # interactions read in one go: their token states lie in memory
PREFIX = 2  # hexadecimal digits of a digest that make a file: 256 files, whatever the corpus


def halves(states: States) -> Halves:
    """(passages, 2 * width) what heads are fitted on: means beside closing states."""
    return states[:, : 2 * WIDTH].astype(np.float16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads interactions and keeps what it read.

    Attributes:
        encoder: as served.
        key: of the encoder; states of another key are never taken for its own.
        stopped: whether to stop; asked before every reading.
    """

    encoder: Encoder
    key: str
    stopped: Callable[[], bool]

    def read(
        self, interactions: Sequence[Interaction], folder: Path, told: Callable[[int], None]
    ) -> list[States]:
        """States of each interaction.

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
        asked = dict(sorted(zip(names, cut, strict=True)))
        found = self._kept(asked, folder)
        missing = [name for name in asked if name not in found]
        told(sum(name in found for name in names))
        for start in range(0, len(missing), TOGETHER):
            if self.stopped():
                raise Stopped
            part = missing[start : start + TOGETHER]
            read = self.encoder.read([asked[name] for name in part])
            new = {name: _rows(few) for name, few in zip(part, read, strict=True)}
            self._keep(new, folder)
            found |= new
            told(sum(name in found for name in names))
        return [found[name] for name in names]

    def _path(self, folder: Path, prefix: str) -> Path:
        return folder / f"{self.key}-{prefix}.safetensors"

    def _kept(self, asked: Mapping[str, Sequence[Segment]], folder: Path) -> dict[str, States]:
        """What was read before; what a crash or another release left otherwise is read again."""
        found: dict[str, States] = {}
        for prefix in dict.fromkeys(name[:PREFIX] for name in asked):
            for name, states in _of_file(self._path(folder, prefix)).items():
                size = sum(one.asked for one in asked.get(name, ()))
                if name in asked and states.shape == (size, 3 * WIDTH):
                    found[name] = states
        return found

    def _keep(self, new: Mapping[str, States], folder: Path) -> None:
        """Puts what was read beside what is kept. Of two processes one may lose what it read."""
        for prefix in dict.fromkeys(name[:PREFIX] for name in new):
            path = self._path(folder, prefix)
            own = {name: one for name, one in new.items() if name.startswith(prefix)}
            # A name of its own: two processes may share the cache.
            descriptor, part = tempfile.mkstemp(dir=folder, suffix=".part")
            os.close(descriptor)
            try:
                save_file({**_of_file(path), **own}, part)
                Path(part).replace(path)
            except BaseException:  # it may be stopped anywhere, and nobody else knows that name
                Path(part).unlink(missing_ok=True)
                raise


class Again:
    """An encoder that says again what was read before; it has no token states.

    Args:
        interactions: that were read.
        states: of each.
    """

    def __init__(self, interactions: Iterable[Interaction], states: Iterable[States]) -> None:
        self._kept = {
            tuple(segments(one)): rows for one, rows in zip(interactions, states, strict=True)
        }

    @property
    def width(self) -> int:
        """Length of a vector."""
        return WIDTH

    def read(self, interactions: Sequence[Sequence[Segment]]) -> list[list[Encoded]]:
        """What was read of interactions.

        Raises:
            KeyError: one of them was not read.
        """
        return [[_encoded(row) for row in self._kept[tuple(one)]] for one in interactions]

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """What was read of texts that stood alone."""
        return [encoded for (encoded,) in self.read([[Segment(text)] for text in texts])]


def _encoded(row: States) -> Encoded:
    mean, closing, vector = np.split(row, 3)
    nothing = np.zeros((0, WIDTH), dtype=np.float32)
    return Encoded(vector, mean, closing, nothing, np.zeros((0, 2), dtype=np.int32))


class Stopped(Exception):
    """Somebody told the work to stop; what was done so far is kept."""


def encoder_key(learned: Learned) -> str:
    """The key of a model's encoder: it changes with weights, adapter, ranges and the runtime."""
    return graph_path(learned, Path()).stem


def _rows(read: Sequence[Encoded]) -> States:
    rows = [np.concatenate([one.both, one.vector]) for one in read]
    return np.array(rows, dtype=np.float32).reshape(-1, 3 * WIDTH)


def _of_file(path: Path) -> dict[str, States]:
    """States that were kept; none where there is no file, or a crash left half of one."""
    if not path.is_file():
        return {}
    try:
        return load_file(path)
    except SafetensorError:
        return {}

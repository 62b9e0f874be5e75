"""What a model's training data looked like, kept in its folder: `reference.safetensors`.

    python -m nlp.learn.reference models/conduit-en-1

The data are kept by industry and channel. An industry is to them what a week is to a service: how
far industries differ says what the model has seen differ, and what lies outside that is news to it.
A model is surer, and more often right, on what it learned from than on anything that comes later:
confidences and agreement are therefore those on the dev split, and all else is the train split's.
The file is not one of those that make the model's digest: nothing that is served reads it.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from nlp.errors import ModelError
from nlp.learn import corpora, sketches
from nlp.learn.corpora import PROJECT_CORPUS, Labelled
from nlp.learn.sketches import Arrived, Kernel, Sketch

if TYPE_CHECKING:  # a web process reads references, and loads no encoder
    from nlp.pipeline import Miner

FILE = "reference.safetensors"

FEATURES = 256
SEED = 18
LEAST_SAID = 2  # interactions from which on a word is known: one alone may be a slip of the pen
# The means of fewer lie so far apart by chance that a new product hides among them.
LEAST_IN_GROUP = 16
LEAST_HELD_OUT = 3  # of the dev split, which is a quarter of the train split
HELD_OUT = ("confidence.", "agreement.", "unsure")
OTHERS = "others"
_TOGETHER = 32
_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Group:
    """The interactions of one industry that came over one channel.

    Attributes:
        channel: call, email or chat.
        industry: what the company sells; `OTHERS` for all that had too few alone.
        sketch: of them, without words.
    """

    channel: str
    industry: str
    sketch: Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the training data looked like.

    Attributes:
        model: name of the model.
        digest: of the kernel and the words, "" before it is written: sketches that were counted by
            one reference mean the same to another of this digest.
        kernel: by which vectors are compared.
        words: that the data hold, and in how many interactions.
        groups: industries and channels.
    """

    model: str
    digest: str
    kernel: Kernel
    words: Mapping[str, int]
    groups: tuple[Group, ...]

    def channel(self, name: str) -> list[Sketch]:
        """The sketches of one channel's industries."""
        return [group.sketch for group in self.groups if group.channel == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One interaction of the training data, as the model reads it.

    Attributes:
        channel: that it came over.
        industry: of the company.
        arrived: what the model says of it.
    """

    channel: str
    industry: str
    arrived: Arrived


def make(model: str, reads: Sequence[Read], held_out: Sequence[Read]) -> Reference:
    """Counts the training data.

    Args:
        model: its name.
        reads: the interactions of its train split.
        held_out: those of the dev split.

    Raises:
        ModelError: there are none.
    """
    if not reads:
        raise ModelError(f"{model} has no training data to be counted: name its corpus")
    vectors = np.concatenate([read.arrived.vectors for read in reads if len(read.arrived.vectors)])
    kernel = Kernel.drawn(
        width=vectors.shape[1], scale=_median_distance(vectors), features=FEATURES, seed=SEED
    )
    said = Counter(word for read in reads for word in read.arrived.words)
    groups = []
    for key, arrived in _grouped(reads, LEAST_IN_GROUP):
        own = Counter(word for one in arrived for word in one.words)
        # Words are known to an industry where the others say them: it is measured as a stranger.
        known = {word for word, count in said.items() if count - own[word] >= LEAST_SAID}
        found = sketches.sketch(arrived, kernel, known)
        groups.append(Group(*key, sketch=_only(found, held_out=False)))
    for key, arrived in _grouped(held_out, LEAST_HELD_OUT):
        found = sketches.sketch(arrived, kernel, ())
        groups.append(Group(*key, sketch=_only(found, held_out=True)))
    words = {word: count for word, count in sorted(said.items()) if count >= LEAST_SAID}
    return Reference(model=model, digest="", kernel=kernel, words=words, groups=tuple(groups))


def _grouped(reads: Sequence[Read], least: int) -> Iterator[tuple[tuple[str, str], list[Arrived]]]:
    numbers = Counter((read.channel, read.industry) for read in reads)
    parts: dict[tuple[str, str], list[Arrived]] = {}
    for read in reads:
        few = numbers[read.channel, read.industry] < least
        key = (read.channel, OTHERS if few else read.industry)
        parts.setdefault(key, []).append(read.arrived)
    yield from sorted(parts.items())


def _only(found: Sketch, *, held_out: bool) -> Sketch:
    """What a split tells of, without words."""
    kept = {
        name: sums for name, sums in found.figures.items() if name.startswith(HELD_OUT) == held_out
    }
    return replace(
        found,
        figures=kept,
        words={},
        confidences=found.confidences if held_out else {},
        embedding=found.embedding * (not held_out),
        norms=found.norms * (not held_out),
        embedded=found.embedded * (not held_out),
    )


def _median_distance(vectors: NDArray[np.float32]) -> float:
    rng = np.random.default_rng(SEED)
    pairs = rng.integers(len(vectors), size=(2, _PAIRS))
    gaps = np.linalg.norm(vectors[pairs[0]] - vectors[pairs[1]], axis=1)
    return float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 1.0


def write(folder: Path, reference: Reference) -> Path:
    """Writes the reference into a model's folder; gives the file."""
    kept = {
        "model": reference.model,
        "groups": [
            {"channel": one.channel, "industry": one.industry, **one.sketch.as_json()}
            for one in reference.groups
        ],
    }
    said = "\n".join(reference.words).encode()
    tensors = {
        "frequencies": reference.kernel.frequencies.astype(np.float16),
        "phases": reference.kernel.phases.astype(np.float16),
        "words": np.frombuffer(said, dtype=np.uint8),
        "counts": np.array(list(reference.words.values()), dtype=np.uint32),
        "embeddings": np.array([one.sketch.embedding for one in reference.groups], np.float32),
        "facts": np.frombuffer(json.dumps(kept, sort_keys=True).encode(), dtype=np.uint8),
    }
    path = folder / FILE
    save_file({name: np.ascontiguousarray(one) for name, one in tensors.items()}, path)
    path.chmod(0o644)  # the library writes it for the owner alone
    return path


def read(folder: Path) -> Reference | None:
    """The reference of a model's folder, or None where there is none.

    Raises:
        ModelError: there is a file, and it is none that this release wrote.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
        facts: dict[str, Any] = json.loads(tensors["facts"].tobytes())
        names = tensors["words"].tobytes().decode().split("\n")
        groups = tuple(
            Group(
                kept["channel"],
                kept["industry"],
                Sketch.of_json(kept, row.astype(np.float64)),
            )
            for kept, row in zip(facts["groups"], tensors["embeddings"], strict=True)
        )
        return Reference(
            model=facts["model"],
            digest=_digest(tensors),
            kernel=Kernel(
                tensors["frequencies"].astype(np.float32), tensors["phases"].astype(np.float32)
            ),
            words=dict(zip(names, tensors["counts"].tolist(), strict=True)),
            groups=groups,
        )
    except (KeyError, ValueError, OSError, SafetensorError) as error:
        raise ModelError(
            f"{path} is no reference of this release ({error}): write it again with "
            f"'python -m nlp.learn.reference {folder}'"
        ) from error


def _digest(tensors: Mapping[str, NDArray[Any]]) -> str:
    parts = (tensors[name].tobytes() for name in ("frequencies", "phases", "words"))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def reads(
    miner: "Miner",
    labelled: Sequence[Labelled],
    *,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> list[Read]:
    """Reads labelled interactions with a model.

    Args:
        miner: the model, as it is served.
        labelled: the interactions.
        told: how many are read, and of how many.
    """
    found: list[Read] = []
    for start in range(0, len(labelled), _TOGETHER):
        part = labelled[start : start + _TOGETHER]
        for one, mined in zip(part, miner.mine([each.interaction for each in part]), strict=True):
            industries = [example.industry for example in one.examples]
            gold = [example.categories or () for example in one.examples]
            found.append(
                Read(
                    channel=one.interaction.channel,
                    industry=industries[0] if industries else "",
                    arrived=sketches.of_mined(mined, gold),
                )
            )
        told(len(found), len(labelled))
    return found


def of_corpus(miner: "Miner", corpus: Path = PROJECT_CORPUS) -> Reference:
    """The reference of a model from a corpus in the project's own format.

    Args:
        miner: the model, as it is served.
        corpus: a folder or a file.
    """
    train, dev = (reads(miner, part) for part in corpora.splits(corpus))
    return make(miner.model, train, dev)


def main(arguments: Sequence[str]) -> int:
    """Writes the reference of a model from the train split of a corpus."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write("python -m nlp.learn.reference FOLDER [CORPUS]\n")
        return 2
    from nlp.pipeline import Miner

    folder = Path(arguments[0])
    corpus = Path(arguments[1]) if len(arguments) == 2 else PROJECT_CORPUS
    found = of_corpus(Miner.load(folder), corpus)
    path = write(folder, found)
    sys.stdout.write(
        f"{path}: {len(found.words)} words, {len(found.groups)} groups, "
        f"{path.stat().st_size:,} bytes\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

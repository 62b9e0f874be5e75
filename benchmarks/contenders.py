"""The processes that `benchmarks.speed` sets beside each other: one contender each.

`python -m benchmarks.contenders NAME FILE THREADS` loads a contender, fits it where it learns,
warms it up, writes a line, and then does one load of the file for each line it is sent, answering
with what that cost, as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from nlp.passages import segments
from nlp.types import Channel, Interaction, Roles, Speaker, Turn

BATCH = 32  # interactions together, as the commands and the worker take them
CLEAR_PEAK = "5"  # see proc(5), /proc/pid/clear_refs


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What all contenders are given, in the shape that each takes.

    Attributes:
        interactions: whole, with the agents' turns.
        texts: the customers' passages of those, one after the other.
        sample: some of the texts, for what would take hours on all.
    """

    interactions: tuple[Interaction, ...]
    texts: tuple[str, ...]
    sample: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        return {
            "interactions": [
                [one.channel, [[turn.speaker, turn.text] for turn in one.turns]]
                for one in self.interactions
            ],
            "texts": self.texts,
            "sample": self.sample,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """From the file."""
        return cls(
            interactions=tuple(
                conversation(str(number), turns, channel=channel)
                for number, (channel, turns) in enumerate(found["interactions"])
            ),
            texts=tuple(found["texts"]),
            sample=tuple(found["sample"]),
        )


def conversation(
    name: str, turns: Sequence[tuple[Speaker, str]], *, channel: Channel = "call"
) -> Interaction:
    """An interaction of turns that are known already."""
    return Interaction(
        id=name,
        source=name,
        format="conduit_json",
        channel=channel,
        turns=tuple(
            Turn(index=index, speaker=speaker, text=text)
            for index, (speaker, text) in enumerate(turns)
        ),
        roles=Roles(source="file", confidence=1.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What contenders that learn are fitted on: the train split of the project's own corpus.

    Attributes:
        texts: passages.
        labels: one row a passage, True where it carries the category.
    """

    texts: tuple[str, ...]
    labels: tuple[tuple[bool, ...], ...]


Work = Callable[[Load], int]
"""Does a load and says how many passages that were."""


def _batches(load: Load) -> Iterator[list[Interaction]]:
    for first in range(0, len(load.interactions), BATCH):
        yield list(load.interactions[first : first + BATCH])


def _mining(lessons: Lessons, threads: int) -> Work:
    from nlp.pipeline import Miner

    miner = Miner.load(threads=threads)
    return lambda load: sum(
        len(mined.passages) for batch in _batches(load) for mined in miner.mine(batch)
    )


def _redacting(lessons: Lessons, threads: int) -> Work:
    from nlp.pipeline import Miner
    from nlp.redact.build import build

    miner, redactor = Miner.load(threads=threads), build(threads=threads)

    def work(load: Load) -> int:
        count = 0
        for batch in _batches(load):
            clean = [redactor.redact(one).interaction for one in batch]
            count += sum(len(mined.passages) for mined in miner.mine(clean))
        return count

    return work


def _encoding(lessons: Lessons, threads: int) -> Work:
    from nlp.encoder import OnnxEncoder
    from nlp.learn import registry
    from nlp.weights import CACHE

    encoder = OnnxEncoder.load(
        learned=registry.open_folder().learned, cache=CACHE.expanduser(), threads=threads
    )

    def work(load: Load) -> int:
        read = (encoder.read([segments(one) for one in batch]) for batch in _batches(load))
        return sum(len(encoded) for batch in read for encoded in batch)

    return work


def _sentences(lessons: Lessons, threads: int) -> Work:
    import torch

    from benchmarks.peers.sentences import Sentences

    torch.set_num_threads(threads)
    peer = Sentences()
    return lambda load: len(peer.encode(load.texts))


def _tfidf(lessons: Lessons, threads: int) -> Work:
    import numpy as np

    from benchmarks.peers.tfidf import TfidfPeer

    peer = TfidfPeer()
    peer.fit(lessons.texts, np.array(lessons.labels))
    return lambda load: len(peer.probabilities(load.texts))


def _setfit(lessons: Lessons, threads: int) -> Work:
    import numpy as np
    import torch

    from benchmarks.peers.contrastive import SetFitPeer

    torch.set_num_threads(threads)
    # How long it was tuned does not show in how fast it answers.
    peer = SetFitPeer(steps=1)
    few = slice(0, len(lessons.texts), max(len(lessons.texts) // 32, 1))
    peer.fit(lessons.texts[few], np.array(lessons.labels[few]))
    return lambda load: len(peer.probabilities(load.texts))


def _textcat(lessons: Lessons, threads: int) -> Work:
    import numpy as np

    from benchmarks.peers.textcat import TextcatPeer

    peer = TextcatPeer(epochs=1)
    few = slice(0, len(lessons.texts), max(len(lessons.texts) // 500, 1))
    peer.fit(lessons.texts[few], np.array(lessons.labels[few]))
    return lambda load: len(peer.probabilities(load.texts))


def _zero_shot(lessons: Lessons, threads: int) -> Work:
    import torch

    from benchmarks.peers.zero_shot import ZeroShotPeer

    torch.set_num_threads(threads)
    peer = ZeroShotPeer()
    return lambda load: len(peer.probabilities(load.sample))


OURS = "mine"
SAMPLED = frozenset({"zero-shot"})
CONTENDERS: Mapping[str, tuple[str, Callable[[Lessons, int], Work]]] = {
    OURS: ("conduit: all heads, quotes", _mining),
    "redact": ("conduit: redaction, all heads, quotes", _redacting),
    "encoder": ("conduit: the encoder's pass alone", _encoding),
    "sentences": ("sentence-transformers, PyTorch: encode alone", _sentences),
    "setfit": ("SetFit, same encoder, PyTorch", _setfit),
    "textcat": ("spaCy textcat_multilabel", _textcat),
    "tfidf": ("TF-IDF + logistic regression", _tfidf),
    "zero-shot": ("zero-shot NLI, BART-large's shape, PyTorch", _zero_shot),
}
"""Key on the command line, how the table shows it, and how it is loaded."""


def peak_mb() -> float:
    """The largest resident memory so far, MB (10**6 bytes); not a number where nobody says.

    Read from /proc, because `getrusage` begins with the memory of the process that started us.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def forget_peak() -> None:
    """Lets `peak_mb` begin again from what is resident now, where the system allows it."""
    try:
        Path("/proc/self/clear_refs").write_text(CLEAR_PEAK, encoding="ascii")
    except OSError:
        return


def read_file(path: Path) -> tuple[dict[str, Load], Lessons]:
    """The loads by name, and the lessons."""
    found = json.loads(path.read_text(encoding="utf-8"))
    lessons = Lessons(
        texts=tuple(found["lessons"]["texts"]),
        labels=tuple(tuple(row) for row in found["lessons"]["labels"]),
    )
    return {name: Load.from_json(load) for name, load in found["loads"].items()}, lessons


def _little(load: Load) -> Load:
    """A load to warm up on."""
    return Load(
        interactions=load.interactions[:BATCH], texts=load.texts[:64], sample=load.sample[:1]
    )


def main(name: str, path: Path, threads: int) -> None:
    """Works until its input ends."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    answers = sys.stdout
    # What libraries print goes elsewhere: standard output carries answers only.
    with redirect_stdout(sys.stderr):
        loads, lessons = read_file(path)
        work = CONTENDERS[name][1](lessons, threads)
        work(_little(next(iter(loads.values()))))
        whole = peak_mb()
        forget_peak()
        print(json.dumps({"ready": True}), file=answers, flush=True)
        for line in sys.stdin:
            wall, processor = time.perf_counter(), time.process_time()
            count = work(loads[line.strip()])
            answer = {
                "seconds": time.perf_counter() - wall,
                "processor": time.process_time() - processor,
                "passages": count,
                "peak_mb": peak_mb(),
                "loading_mb": whole,
            }
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))

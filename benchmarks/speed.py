"""How fast we find what customers say, beside what others use: `python -m benchmarks.speed`.

Every contender is a process of its own, with the same number of threads and, where the system can
do that, on the same processors; all get the same passages, and their rounds take turns (A B C, A B
C …), so that a machine that slows down slows all of them. Ratios are medians of the rounds' ratios.

The passages are the customers' of two sources: the calls of ms_ckm_call_transcripts in
`CONDUIT_DATA` (where it is set), and the test split of the project's own corpus. We read whole
interactions and are counted by the passages that come out; the others get those passages. A second
table is of the distinct passages, each alone: nobody has context or duplicates there. Zero-shot
inference runs on a sample, evenly over the passages in order of length, and is extrapolated.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from benchmarks.contenders import BATCH, CONTENDERS, OURS, SAMPLED, Lessons, Load, conversation
from nlp.learn import corpora
from nlp.passages import passages, segments
from nlp.types import CATEGORIES, Interaction

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "corpora" / "contact_centre"
CALLS = "train/ms_ckm_call_transcripts/processed_conversations.jsonl"
Item = TypeVar("Item")

LOADS = {
    "whole": "Whole interactions, every passage",
    "distinct": "The distinct passages, each alone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one load cost one contender in one round.

    Attributes:
        seconds: by the wall clock.
        processor: seconds of all threads.
        passages: how many it did.
        peak_mb: largest resident memory since it was warm, MB.
        loading_mb: largest resident memory before that: loading and, for peers, learning.
    """

    seconds: float
    processor: float
    passages: int
    peak_mb: float
    loading_mb: float

    @property
    def each(self) -> float:
        """Wall seconds a passage."""
        return self.seconds / self.passages


def every_interaction(data: Path | None) -> list[Interaction]:
    """The calls, where there is a folder of data, and the corpus's test split."""
    found: list[Interaction] = []
    if data is not None:
        from nlp.readers import read

        path = data / CALLS
        items = read(path.read_bytes(), name=path.name)
        found += [item for item in items if isinstance(item, Interaction)]
    for one in corpora.interactions(CORPUS):
        industry = one.examples[0].industry if one.examples else ""
        if corpora.split_of(one.interaction.id, industry) == "test":
            found.append(one.interaction)
    return [one for one in found if passages(one)]


def evenly(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` of the items, evenly over them."""
    if count >= len(items):
        return list(items)
    return [items[int((place + 0.5) * len(items) / count)] for place in range(count)]


def loads(interactions: Sequence[Interaction], sample: int) -> dict[str, Load]:
    """The two loads, by the keys of `LOADS`."""
    texts = [passage.text for one in interactions for passage in passages(one)]
    distinct = list(dict.fromkeys(texts))
    return {
        "whole": _load(interactions, texts, sample),
        "distinct": _load(
            [conversation(str(n), [("customer", text)]) for n, text in enumerate(distinct)],
            distinct,
            sample,
        ),
    }


def _load(interactions: Sequence[Interaction], texts: Sequence[str], sample: int) -> Load:
    return Load(
        interactions=tuple(interactions),
        texts=tuple(texts),
        sample=tuple(evenly(sorted(texts, key=len), sample)),
    )


def lessons() -> Lessons:
    """The train split of the own corpus."""
    found = [
        one
        for one in corpora.own(CORPUS)
        if corpora.split_of(one.group, one.industry) == "train" and one.categories is not None
    ]
    return Lessons(
        texts=tuple(one.text for one in found),
        labels=tuple(tuple(name in (one.categories or ()) for name in CATEGORIES) for one in found),
    )


def windows_of(interactions: Sequence[Interaction]) -> tuple[int, int]:
    """How many windows our encoder is asked for, and how many of them it computes."""
    from tokenizers import Tokenizer

    from nlp import weights
    from nlp.windows import windows

    tokenizer = Tokenizer.from_file(str(weights.find().tokenizer))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    asked = computed = 0
    for first in range(0, len(interactions), BATCH):
        seen: set[tuple[int, ...]] = set()
        for one in interactions[first : first + BATCH]:
            cut = segments(one)
            pieces = tokenizer.encode_batch([s.text for s in cut], add_special_tokens=False)
            for window in windows([piece.ids for piece in pieces], [s.asked for s in cut]):
                asked += 1
                seen.add(window.ids)
        computed += len(seen)
    return asked, computed


class Contender:
    """A process that does loads when it is told to.

    Args:
        name: key of `CONTENDERS`.
        requests: the process's input.
        answers: its output.
    """

    def __init__(self, name: str, requests: IO[str], answers: IO[str]) -> None:
        self._name, self._requests, self._answers = name, requests, answers
        self._answer()  # it is loaded and warm

    def do(self, load: str) -> Cost:
        """Does one load.

        Raises:
            RuntimeError: the process died; what it wrote stands on standard error.
        """
        print(load, file=self._requests, flush=True)
        return Cost(**json.loads(self._answer()))

    def _answer(self) -> str:
        line = self._answers.readline()
        if not line:
            raise RuntimeError(f"the contender {self._name!r} ended before it answered")
        return line


@contextmanager
def started(name: str, file: Path, threads: int) -> Iterator[Contender]:
    """A contender's process; it ends with the block."""
    limits = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.contenders", name, str(file), str(threads)],
        cwd=ROOT,
        env={**os.environ, **quiet, **dict.fromkeys(limits, str(threads))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process without pipes")
        try:
            yield Contender(name, process.stdin, process.stdout)
        finally:
            process.stdin.close()


def race(
    names: Sequence[str], file: Path, *, threads: int, rounds: int
) -> dict[str, dict[str, list[Cost]]]:
    """The costs by load and contender, one a round."""
    costs: dict[str, dict[str, list[Cost]]] = {load: {n: [] for n in names} for load in LOADS}
    with ExitStack() as stack:
        running = {}
        for name in names:
            print(f"loading {name}", file=sys.stderr, flush=True)
            running[name] = stack.enter_context(started(name, file, threads))
        for load in LOADS:
            for number in range(rounds):
                print(f"{load}, round {number + 1} of {rounds}", file=sys.stderr, flush=True)
                for name, contender in running.items():
                    costs[load][name].append(contender.do(load))
    return costs


def table(costs: Mapping[str, Sequence[Cost]]) -> Iterator[str]:
    """One load's costs as Markdown; ratios beside `OURS`."""
    yield (
        "| contender | passages a second | we are faster by | processor ms a passage "
        "| peak memory at work, MB | while loading, MB |"
    )
    yield "|---|---|---|---|---|---|"
    ours = costs[OURS]
    for name, rounds in costs.items():
        rate = statistics.median(1 / one.each for one in rounds)
        ratio = statistics.median(a.each / b.each for a, b in zip(rounds, ours, strict=True))
        processor = statistics.median(one.processor / one.passages for one in rounds)
        shown = f"{CONTENDERS[name][0]}{' (sample)' if name in SAMPLED else ''}"
        yield (
            f"| {shown} | {_short(rate)} | {_short(ratio)} | {_short(1000 * processor)} "
            f"| {max(one.peak_mb for one in rounds):.0f} | {rounds[0].loading_mb:.0f} |"
        )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def about(interactions: Sequence[Interaction], made: Mapping[str, Load]) -> Iterator[str]:
    """What was measured on, in sentences."""
    texts = made["whole"].texts
    distinct = made["distinct"].texts
    words = sum(len(text.split()) for text in texts)
    asked, computed = windows_of(interactions)
    yield (
        f"{len(interactions):,} interactions, {len(texts):,} passages of customers, "
        f"{words / len(texts):.1f} words each."
    )
    yield (
        f"{1 - len(distinct) / len(texts):.1%} of the passages repeat an earlier one. Our encoder "
        f"reads {asked:,} windows of several turns and computes {computed:,} of them: "
        f"{1 - computed / asked:.1%} repeat one of the same batch of {BATCH} interactions."
    )


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--interactions", type=int, default=250, help="how many, evenly over all")
    parser.add_argument("--sample", type=int, default=12, help="passages for zero-shot inference")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), metavar="NAME"
    )
    return parser.parse_args()


def main() -> None:
    """Prints the tables."""
    asked = options()
    names = [name for name in CONTENDERS if name == OURS or name in asked.only]
    data = os.environ.get("CONDUIT_DATA")
    interactions = evenly(every_interaction(Path(data) if data else None), asked.interactions)
    made = loads(interactions, asked.sample)
    learned = lessons()
    print("\n".join(about(interactions, made)))
    print(f"{asked.threads} threads, {asked.rounds} rounds, medians.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "loads.json"
        written = {
            "loads": {name: load.as_json() for name, load in made.items()},
            "lessons": {"texts": learned.texts, "labels": learned.labels},
        }
        file.write_text(json.dumps(written), encoding="utf-8")
        costs = race(names, file, threads=asked.threads, rounds=asked.rounds)
    for load, title in LOADS.items():
        print(f"\n{title} ({len(made[load].texts):,})\n")
        print("\n".join(table(costs[load])), flush=True)


if __name__ == "__main__":
    main()

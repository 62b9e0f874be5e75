"""What mining costs, stage by stage, beside the bare encoder: `python -m benchmarks.mining`.

Reads the 1,039 calls of ms_ckm_call_transcripts from `CONDUIT_DATA`, and takes them through
reading, redaction, passages, encoder, heads and storing, as the service does, in batches of 32.
Seconds are of the processor (all threads), because wall clocks of a shared machine say little;
storing alone is by the wall clock, since Postgres works in processes of its own. Each run is
repeated and the median quoted.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from api.steps.accept import accept
from api.steps.mine import mine as mine_stored
from api.store.database import Database
from api.store.embedded import Embedded
from nlp.encoder import Encoded, Encoder, OnnxEncoder
from nlp.intake import batches
from nlp.learn import registry
from nlp.passages import passages
from nlp.pipeline import Miner
from nlp.readers import read
from nlp.redact.redactor import Redactor
from nlp.types import Interaction, Mined, Redacted
from nlp.weights import CACHE
from nlp.windows import Segment

CALLS = "train/ms_ckm_call_transcripts/processed_conversations.jsonl"
BATCH = 32


class Clock:
    """Processor seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Adds what the block costs to a stage."""
        start = time.process_time()
        yield
        self.seconds[stage] += time.process_time() - start


class TimedEncoder:
    """An encoder that notes what its passes cost."""

    def __init__(self, encoder: Encoder, clock: Clock) -> None:
        self._encoder, self._clock = encoder, clock

    @property
    def width(self) -> int:
        """Length of a vector."""
        return self._encoder.width

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encodes and notes."""
        with self._clock.of("encoder"):
            return self._encoder.encode(texts)

    def read(self, interactions: Sequence[Sequence[Segment]]) -> list[list[Encoded]]:
        """Encodes and notes."""
        with self._clock.of("encoder"):
            return self._encoder.read(interactions)


def once(data: bytes, name: str, folder: Path) -> tuple[dict[str, float], dict[str, int], float]:
    """One run over all calls: seconds by stage, counts, and wall seconds of reading to heads."""
    clock = Clock()
    model = registry.open_folder()
    cache = CACHE.expanduser()
    encoder = OnnxEncoder.load(learned=model.learned, cache=cache)
    encoder.encode(["warm up"])
    miner = Miner(TimedEncoder(encoder, clock), model)
    wall = time.perf_counter()
    with clock.of("reading"):
        calls = [item for item in read(data, name=name) if isinstance(item, Interaction)]
    redactor = Redactor()
    with clock.of("redaction"):
        clean = [redactor.redact(call).interaction for call in calls]
    with clock.of("passages"):
        words = sum(len(one.text.split()) for call in clean for one in passages(call))
    counts = {"calls": len(calls), "words of customers": words, "passages": 0, "findings": 0}
    with clock.of("heads and quotes"):
        for batch in batches(iter(clean), BATCH):
            for mined in miner.mine(batch):
                counts["passages"] += len(mined.passages)
                counts["findings"] += len(mined.findings)
    # The encoder and the cutting run inside the block above.
    clock.seconds["heads and quotes"] -= clock.seconds["encoder"] + clock.seconds["passages"]
    wall = time.perf_counter() - wall
    _store(calls, Miner(encoder, model), clock, folder)
    return dict(clock.seconds), counts, wall


def _store(calls: list[Interaction], miner: Miner, clock: Clock, folder: Path) -> None:
    """What the two storing steps cost beside the redaction and mining inside them."""
    with Embedded(folder) as embedded:
        database = Database(embedded.url)
        database.upgrade()
        redactor, timed = _TimedRedactor(), _TimedMiner(miner)
        start = time.perf_counter()
        with database.session() as session:
            accepted = accept(session, iter(calls), redactor=redactor)
        for first in range(0, len(accepted.ids), BATCH):
            mine_stored(database, timed, accepted.ids[first : first + BATCH])
        whole = time.perf_counter() - start
        clock.seconds["storing"] = whole - redactor.seconds - timed.seconds
        database.close()


class _TimedRedactor(Redactor):
    """A redactor that notes how long it took."""

    seconds = 0.0

    def redact(self, interaction: Interaction) -> Redacted:
        """Redacts and notes."""
        start = time.perf_counter()
        redacted = super().redact(interaction)
        self.seconds += time.perf_counter() - start
        return redacted


class _TimedMiner:
    """A miner that notes how long it took."""

    def __init__(self, miner: Miner) -> None:
        self._miner = miner
        self.seconds = 0.0

    def mine(self, interactions: list[Interaction]) -> list[Mined]:
        """Mines and notes."""
        start = time.perf_counter()
        mined = self._miner.mine(interactions)
        self.seconds += time.perf_counter() - start
        return mined


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    path = Path(os.environ["CONDUIT_DATA"]) / CALLS
    data = path.read_bytes()
    results = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            results.append(once(data, path.name, Path(folder)))
    counts = results[0][1]
    print(", ".join(f"{number:,} {name}" for name, number in counts.items()) + "\n")
    stages = ["reading", "redaction", "passages", "encoder", "heads and quotes", "storing"]
    medians = {s: statistics.median(result[0][s] for result in results) for s in stages}
    print("| stage | processor seconds, median | share of the encoder's |\n|---|---|---|")
    for stage in stages:
        print(f"| {stage} | {medians[stage]:.2f} | {medians[stage] / medians['encoder']:.0%} |")
    others = sum(medians[stage] for stage in stages if stage != "encoder")
    print(f"| all but the encoder | {others:.2f} | {others / medians['encoder']:.0%} |")
    wall = statistics.median(result[2] for result in results)
    print(
        f"\nReading to heads: {counts['calls'] / wall:.0f} calls, "
        f"{counts['passages'] / wall:.0f} passages a second; the bare encoder: "
        f"{counts['passages'] / medians['encoder']:.0f} passages a processor second."
    )


if __name__ == "__main__":
    main()

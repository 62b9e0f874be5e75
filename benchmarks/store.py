"""What storing costs: `python -m benchmarks.store [calls]`.

Two parts of the way, on a fresh embedded database, one process, one connection:

- accept: interactions that were read and redacted already are inserted with their turns and put
  into the queue;
- mine's storing part: what was found in them is written, and they turn to `mined`.

Reading, redaction and the encoder are not in it. Each part is run three times on as many
interactions as are asked for, and the median is printed. The interactions are the project's own,
repeated; each customer's turn is one passage with a random vector, and every fifth has a finding.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.jobs import BATCH
from api.steps.accept import accept
from api.steps.mine import read
from api.store import mined
from api.store.database import Database
from api.store.embedded import Embedded
from api.store.tables import WIDTH
from nlp import readers
from nlp.types import (
    Finding,
    Interaction,
    Mined,
    Passage,
    Redacted,
    Rejected,
    Sentiment,
    TurnSentiment,
)

CORPUS = Path(__file__).parents[1] / "corpora" / "contact_centre"
ROUNDS = 3


class Untouched:
    """Stands where the redactor does, and costs nothing."""

    def redact(self, interaction: Interaction) -> Redacted:
        """The interaction as it is."""
        return Redacted(interaction=interaction, counts={})

    def redact_text(self, text: str) -> str:
        """The text as it is."""
        return text


def corpus(number: int) -> list[Interaction]:
    """So many interactions of the project's own corpus, repeated."""
    found: list[Interaction] = []
    for file in sorted(CORPUS.glob("*.jsonl")):
        for item in readers.read(file.read_bytes(), name=file.name):
            assert not isinstance(item, Rejected), item  # noqa: S101 - our own files
            found.append(item)
    return list(islice(cycle(found), number))


def result(interaction: Interaction, vectors: NDArray[np.float32]) -> Mined:
    """What a miner might say of it, at no cost that counts here."""
    said = [turn for turn in interaction.turns if turn.speaker == "customer"]
    passages = tuple(
        Passage(turn=turn.index, start=0, end=len(turn.text), text=turn.text) for turn in said
    )
    findings = tuple(
        Finding(
            category="product_defect",
            turn=passage.turn,
            start=0,
            end=passage.end,
            quote=passage.text,
            confidence=0.5,
            sentiment="neutral",
            passage=index,
        )
        for index, passage in enumerate(passages)
        if index % 5 == 0
    )
    return Mined(
        passages=passages,
        vectors=tuple(tuple(row) for row in vectors[: len(passages)].tolist()),
        findings=findings,
        sentiment=Sentiment(label="neutral", score=0.0),
        arc=tuple(TurnSentiment(index=turn.index, label="neutral", score=0.0) for turn in said),
        model="none",
    )


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(database: Database, interactions: list[Interaction]) -> tuple[float, float, float]:
    """Seconds that one round takes: accept, reading back, and writing what was found."""
    ids: list[UUID] = []

    def take() -> None:
        with database.session() as session:
            ids.extend(accept(session, interactions, redactor=Untouched()).ids)

    accepted = _seconds(take)
    longest = max(len(interaction.turns) for interaction in interactions)
    vectors = np.random.default_rng(7).normal(size=(longest, WIDTH)).astype(np.float32)
    reading = writing = 0.0
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        began = time.perf_counter()
        with database.session() as session:
            waiting = read(session, batch)
        reading += time.perf_counter() - began
        found = {id: result(interaction, vectors) for id, interaction in waiting.items()}
        began = time.perf_counter()
        with database.session() as session:
            mined.write(session, found)
        writing += time.perf_counter() - began
    return accepted, reading, writing


def main() -> None:
    """Measures and prints a table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    interactions = corpus(number)
    turns = sum(len(interaction.turns) for interaction in interactions)
    said = [turn for one in interactions for turn in one.turns if turn.speaker == "customer"]
    with tempfile.TemporaryDirectory() as folder, Embedded(Path(folder)) as embedded:
        database = Database(embedded.url)
        database.upgrade()
        rounds = [measure(database, interactions) for _ in range(ROUNDS)]
        database.close()
    lines = [f"{number} interactions, {turns} turns, {len(said)} passages; median of {ROUNDS}"]
    names = ("accept", "mine: read back", "mine: write")
    for name, seconds in zip(names, zip(*rounds, strict=True), strict=True):
        median = statistics.median(seconds)
        each = median / number * 1000
        lines.append(
            f"{name:<16} {each:6.2f} ms an interaction {median / len(said) * 1e6:6.0f} us a passage"
            f" {number / median:8.0f} interactions/s"
        )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

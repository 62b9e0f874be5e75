"""Measure: what the gate needs of a candidate and only a worker can tell.

How fast it reads beside the model that serves, and what both say of passages that people judged.
A worker begins it when nothing new waits, and is at it until it is through; others mine meanwhile.
What both have read is kept after every batch: killed anywhere, it reads on where it was.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from api import jobs
from api.steps.mine import interaction_of
from api.steps.serving import Where, stands
from api.store import interactions, models, turns
from api.store.database import Database
from api.store.errors import StoreError
from api.store.models import Answered
from api.store.tables import JobRow
from nlp.errors import ConduitError
from nlp.learn import promotion
from nlp.learn.shelf import Entry
from nlp.types import CATEGORIES, SENTIMENTS, Interaction, Mined

if TYPE_CHECKING:  # it loads what the web process does without
    from nlp.pipeline import Reading

log = logging.getLogger(__name__)

GIVE_UP_AFTER = 3
"""Workers that may die over a measurement before it ends."""

Bools = NDArray[np.bool_]


class Reads(Protocol):
    """Whatever reads without deciding: `nlp.pipeline.Miner`."""

    @property
    def digest(self) -> str:
        """Of its model."""
        ...

    def mine(self, interactions: Sequence[Interaction]) -> list[Mined]:
        """What is found in each."""
        ...

    def read(self, interactions: Sequence[Interaction]) -> "list[Reading]":
        """What the heads say of every passage, in the same order."""
        ...

    def found(self, reading: "Reading") -> Bools:
        """(passages, categories) whether each is found there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where two models are measured beside each other.

    Attributes:
        serving: the miner that serves here.
        load: gives a miner with the model of a name.
        clock: seconds that only go forward.
    """

    serving: Reads
    load: Callable[[str], Reads]
    clock: Callable[[], float] = time.perf_counter


def ask(session: Session, where: Where, entry: Entry) -> JobRow:
    """Puts a job that measures a candidate into the queue; one that runs already is answered."""
    models.claim(session)  # so that of two who ask at once, the second finds the first one's job
    serves = stands(session, where)
    running = models.running_measurement(session, entry.digest, serves.digest)
    if running is not None:
        return running
    job = models.measure(
        session,
        {
            "model": entry.name,
            "digest": entry.digest,
            "against": serves.name,
            "against_digest": serves.digest,
        },
    )
    jobs.defer_measuring(session, job.id)
    return job


def measure(database: Database, job: UUID, bench: Bench, *, deaths: int = 0) -> None:
    """Measures a candidate; does nothing where the job ended or was cancelled.

    Args:
        database: where the interactions are.
        job: the measurement.
        bench: with the model that serves, and what loads the candidate.
        deaths: workers that died over it before.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the job is tried again.
    """
    with database.session() as session:
        row = models.measuring(session, job)
        if row is None:
            return
        name, digests = row.model, (row.digest, row.against_digest)
        if deaths >= GIVE_UP_AFTER:
            models.note_failed(session, job, code="worker_died")
            log.error("%s is not measured: %d workers died over it", name, deaths)
            return
    try:
        if bench.serving.digest != digests[1]:
            _fail(database, job, "other_model")  # it was promoted over meanwhile: ask anew
            return
        candidate = bench.load(name)
        if candidate.digest != digests[0]:
            _fail(database, job, "other_model")
            return
        if not _read_judged(database, job, (candidate, bench.serving)):
            return
        speed = promotion.speed(candidate, bench.serving, clock=bench.clock)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a candidate raises, mining goes on
        code = error.code if isinstance(error, ConduitError) else f"raised_{type(error).__name__}"
        log.error("%s cannot be measured: %s", name, code)
        _fail(database, job, code)
        return
    with database.session() as session:
        if models.measuring(session, job) is not None:
            values = {
                "candidate": list(speed.candidate),
                "serving": list(speed.serving),
                "passages": speed.passages,
            }
            models.note_measured(session, job, values)


def _fail(database: Database, job: UUID, code: str) -> None:
    with database.session() as session:
        models.note_failed(session, job, code=code)


def _read_judged(database: Database, job: UUID, both: tuple[Reads, Reads]) -> bool:
    """Lets both models read what people judged; whether the job still runs at the end."""
    after: UUID | None = None
    done = 0
    while True:
        with database.session() as session:
            if models.measuring(session, job) is None:
                return False
            ids = models.judged(session, after=after, limit=jobs.BATCH)
            if not ids:
                return True
            rows = interactions.several(session, ids)
            said = turns.of_many(session, [row.id for row in rows])
            known = {one.digest: models.answers(session, one.digest, ids) for one in both}
        given = {row.id: interaction_of(row, said[row.id]) for row in rows}
        answers = {
            one.digest: _answers(
                one, {id: each for id, each in given.items() if id not in known[one.digest]}
            )
            for one in both
        }
        after, done = ids[-1], done + len(ids)
        with database.session() as session:
            for digest, found in answers.items():
                models.write_answers(session, digest, found)
            models.note_done(session, job, done)


def _answers(miner: Reads, given: Mapping[UUID, Interaction]) -> dict[UUID, list[Answered]]:
    if not given:
        return {}
    found = {}
    for id, reading in zip(given, miner.read(list(given.values())), strict=True):
        there, feelings = miner.found(reading), reading.feelings
        found[id] = [
            Answered(
                turn=passage.turn,
                start=passage.start,
                end=passage.end,
                found=[CATEGORIES[int(column)] for column in np.flatnonzero(there[number])],
                probabilities=[float(one) for one in reading.categories[number]],
                felt=SENTIMENTS[int(feelings[number].argmax())],
            )
            for number, passage in enumerate(reading.passages)
        ]
    return found

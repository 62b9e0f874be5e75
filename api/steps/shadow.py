"""Shadow: a candidate reads a share of what was mined, and where it differs is kept, without words.

It is work of its own that comes after all mining: no batch waits for it, and what a candidate
raises ends the shadow run and nothing else. Both models read the same interactions, one after the
other, so that their speeds can be compared.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from api.steps.mine import interaction_of
from api.store import interactions, shadows, turns
from api.store.database import Database
from api.store.shadows import Read
from api.store.training_tables import CLOSE, ShadowRow
from nlp.errors import ConduitError
from nlp.types import CATEGORIES, Interaction

if TYPE_CHECKING:  # it loads what the supervisor and the web process do without
    from nlp.pipeline import Reading

log = logging.getLogger(__name__)

GIVE_UP_AFTER = 2
"""Workers that may die while a candidate reads before its shadow run ends."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Reads(Protocol):
    """Whatever reads without deciding: `nlp.pipeline.Miner`."""

    @property
    def model(self) -> str:
        """Name of its model."""
        ...

    def read(self, interactions: Sequence[Interaction]) -> "list[Reading]":
        """What the heads say of every passage, in the same order."""
        ...

    def found(self, reading: "Reading") -> Bools:
        """(passages, categories) whether each is found there."""
        ...


class Candidate:
    """The candidate of the shadow run, loaded once in a process.

    Args:
        load: gives a miner with the model of that name.
    """

    def __init__(self, load: Callable[[str], Reads]) -> None:
        self._load = load
        self._name: str | None = None
        self._reads: Reads | None = None
        self._lock = threading.Lock()

    def of(self, name: str) -> Reads:
        """The miner of a name; what was loaded before is let go."""
        with self._lock:
            if self._reads is None or self._name != name:
                self._reads = None
                self._reads, self._name = self._load(name), name
            return self._reads

    @property
    def loaded(self) -> bool:
        """Whether this process holds one."""
        return self._reads is not None

    def drop(self) -> None:
        """Lets it go: nobody needs it any more."""
        with self._lock:
            self._reads = None


def let_go(database: Database, candidate: Candidate) -> None:
    """Takes the candidate out of memory where no shadow run is left that reads with it."""
    if not candidate.loaded:
        return
    with database.session() as session:
        ended = shadows.running(session) is None
    if ended:
        candidate.drop()


def compare(
    database: Database,
    served: Reads,
    candidate: Candidate,
    ids: Sequence[UUID],
    *,
    deaths: int = 0,
) -> None:
    """Lets both read interactions, and keeps where they differ.

    Args:
        database: where they are.
        served: the miner that serves here.
        candidate: that of the shadow run.
        ids: of mined interactions; what was erased or counted before is left out.
        deaths: workers that died over this before.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the job is tried again.
    """
    with database.session() as session:
        shadow = shadows.running(session)
        if shadow is None:
            candidate.drop()
            return
        if deaths >= GIVE_UP_AFTER:
            _end(session, shadow, "worker_died")
            candidate.drop()
            return
        if served.model != shadow.served:
            shadows.end(session, shadow.id, because="other_model")
            log.info("%s serves now: the shadow run of %s ends", served.model, shadow.model)
            candidate.drop()
            return
        rows = [row for row in interactions.several(session, ids) if row.state == "mined"]
        said = turns.of_many(session, [row.id for row in rows])
    if not rows:
        return
    items = [interaction_of(row, said[row.id]) for row in rows]
    try:
        before = _timed(served, items)
    except Exception as error:  # noqa: BLE001 - it mined them before: that is no candidate's fault
        log.error("%s: %s\n%s", served.model, type(error).__name__, _frames(error))
        return
    try:
        reader = candidate.of(shadow.model)
        after = _timed(reader, items)
        sides = [
            Sides.of(old, served.found(old), new, reader.found(new))
            for old, new in zip(before[0], after[0], strict=True)
        ]
    except Exception as error:  # noqa: BLE001 - whatever a candidate raises, mining goes on
        _failed(database, shadow, error)
        candidate.drop()
        return
    read = {row.id: one for row, one in zip(rows, sides, strict=True)}
    with database.session() as session:
        fresh = shadows.claim(session, shadow.id, list(read))
        if fresh:
            part = len(fresh) / len(read)
            seconds = (before[1] * part, after[1] * part)
            shadows.add(session, shadow.id, tally({id: read[id] for id in fresh}, seconds))


def _timed(reader: Reads, items: Sequence[Interaction]) -> "tuple[list[Reading], float]":
    began = time.perf_counter()
    found = reader.read(items)
    return found, time.perf_counter() - began


def _frames(error: Exception) -> str:
    """Where it was raised. No more: the message may quote the interaction."""
    return "".join(traceback.format_tb(error.__traceback__))


def _failed(database: Database, shadow: ShadowRow, error: Exception) -> None:
    code = error.code if isinstance(error, ConduitError) else f"raised_{type(error).__name__}"
    log.error("%s: %s\n%s", shadow.model, code, _frames(error))
    with database.session() as session:
        _end(session, shadow, code)


def _end(session: Session, shadow: ShadowRow, code: str) -> None:
    shadows.end(session, shadow.id, because="failing", error_code=code)
    log.error("the shadow run of %s ends: %s", shadow.model, code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What both say of one interaction; rows are its passages, columns `CATEGORIES`.

    Attributes:
        served: probabilities of the model that serves.
        candidate: those of the candidate.
        served_found: what the one finds.
        candidate_found: what the other finds.
        same: (passages) whether both say the same feeling.
    """

    served: Floats
    candidate: Floats
    served_found: Bools
    candidate_found: Bools
    same: Bools

    @classmethod
    def of(cls, served: "Reading", found: Bools, candidate: "Reading", also: Bools) -> Self:
        """The two readings of one interaction, and what each finds."""
        return cls(
            served=served.categories.astype(np.float64),
            candidate=candidate.categories.astype(np.float64),
            served_found=found,
            candidate_found=also,
            same=served.feelings.argmax(axis=1) == candidate.feelings.argmax(axis=1),
        )


def tally(sides: Mapping[UUID, Sides], seconds: tuple[float, float]) -> Read:
    """What both say of some interactions, in counts, sums and differences.

    Args:
        sides: by interaction.
        seconds: that the serving model took for them, and the candidate.
    """
    everyone = list(sides.values())
    served = np.concatenate([one.served for one in everyone])
    candidate = np.concatenate([one.candidate for one in everyone])
    found = np.concatenate([one.served_found for one in everyone])
    also = np.concatenate([one.candidate_found for one in everyone])
    columns = {
        "both_found": found & also,
        "served_alone": found & ~also,
        "candidate_alone": ~found & also,
        "neither": ~found & ~also,
        "sum_gap": np.abs(served - candidate),
        "sum_served": served,
        "sum_candidate": candidate,
        "sum_served_square": served**2,
        "sum_candidate_square": candidate**2,
        "sum_product": served * candidate,
    }
    sums = {name: values.sum(axis=0).tolist() for name, values in columns.items()}
    return Read(
        interactions=len(everyone),
        passages=len(served),
        same_feeling=int(sum(one.same.sum() for one in everyone)),
        served_seconds=seconds[0],
        candidate_seconds=seconds[1],
        counts={
            category: {name: values[place] for name, values in sums.items()}
            for place, category in enumerate(CATEGORIES)
        },
        differences=[one for id, both in sides.items() for one in _differences(id, both)],
    )


def _differences(id: UUID, both: Sides) -> Iterator[dict[str, Any]]:
    """Where the two differ in what they find, or by much in how sure they are."""
    gaps = np.rint(np.abs(both.served - both.candidate) * 10_000).astype(int)
    differ = (both.served_found != both.candidate_found) | (gaps >= CLOSE)
    for passage, column in np.argwhere(differ).tolist():
        yield {
            "interaction_id": id,
            "passage": passage,
            "category": CATEGORIES[column],
            "served": float(both.served[passage, column]),
            "candidate": float(both.candidate[passage, column]),
            "served_found": bool(both.served_found[passage, column]),
            "candidate_found": bool(both.candidate_found[passage, column]),
            "gap": int(gaps[passage, column]),
        }

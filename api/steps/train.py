"""Train: corrections and corpus become the next model, in a process of its own, which is published.

A worker takes a training from a queue of its own. Everything that is done so far lies in a private
folder, so that whoever takes it up again goes on from there; when it has ended nothing of that is
left. What was learned from an interaction that was erased meanwhile is learned again without it.
"""

import json
import logging
import re
import shutil
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs
from api.steps import corrections, training_child
from api.steps.serving import Where, stands
from api.steps.training_child import Ended
from api.store import events, trainings
from api.store.database import Database
from api.store.errors import StoreError
from api.store.theme_reads import snapshot
from api.store.training_tables import LONGEST_MODEL_NAME, TrainingRow
from api.store.trainings import Step, Wanted
from api.teaching import STOPPED
from nlp.errors import ConduitError
from nlp.learn import registry
from nlp.learn.corrections import as_line
from nlp.learn.retraining import Retraining

if TYPE_CHECKING:
    from api.settings import Settings

log = logging.getLogger(__name__)

GIVE_UP_AFTER = 3
"""Times that the process may die of a signal, or the worker over it, before a training failed."""

SCHEDULE = "schedule"
BY_SCHEDULE = "the schedule"

_PRIVATE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a training needs beside the database.

    Attributes:
        folder: below which each training has a private one.
        where: models are.
        corpus: labelled interactions that are learned from beside the corrections.
        weights: folder of the encoder's, or None to look where they always are.
    """

    folder: Path
    where: Where
    corpus: Path
    weights: Path | None = None

    @classmethod
    def of(cls, settings: "Settings") -> Self:
        """As the settings say."""
        return cls(
            folder=settings.training_dir or settings.home / "trainings",
            where=Where.of(settings),
            corpus=settings.corpus or registry.MODELS.parent / "corpora" / "contact_centre",
            weights=settings.weights,
        )

    def names(self, session: Session) -> set[str]:
        """Names of all models that there are, and of what serves."""
        return {*self.where.shelf.names(), stands(session, self.where).name}

    def parent(self, session: Session, name: str | None) -> tuple[str, Path]:
        """A model to begin with, what serves if None, and its folder.

        Raises:
            ModelError: there is none of that name, or it cannot be used.
        """
        serves = stands(session, self.where)
        if name in (None, serves.name):
            return serves.name, self.where.folder(serves)
        return name, self.where.shelf.fetch(name, cache=self.where.cache)


def ask(session: Session, wanted: Wanted) -> TrainingRow:
    """Puts a training into the queue, in this transaction."""
    row = trainings.ask(session, wanted)
    jobs.defer_training(session, row.job_id)
    return row


def next_name(parent: str, taken: Collection[str]) -> str:
    """The name of a parent's next model: `conduit-en-3` after `conduit-en-2`."""
    stem = re.sub(r"[-._]?\d+$", "", parent)[: LONGEST_MODEL_NAME - 8]
    pattern = re.compile(rf"{re.escape(stem)}-(\d+)")
    numbers = [int(found[1]) for name in (*taken, parent) if (found := pattern.fullmatch(name))]
    return f"{stem}-{max(numbers, default=1) + 1}"


def ask_due(database: Database, workshop: Workshop) -> UUID | None:
    """Starts a training that the schedule wants by now; its id."""
    with database.session() as session:
        if not jobs.alone(session) or not trainings.due(session):
            return None
        parent = stands(session, workshop.where).name
        name = next_name(parent, trainings.names(session) | workshop.names(session))
        row = ask(session, Wanted(name=name, reason=SCHEDULE, by_name=BY_SCHEDULE))
        return row.job_id


def tidy(database: Database, folder: Path) -> None:
    """Takes away what trainings left that have ended while no worker was at them."""
    for place in folder.glob("*-*-*-*-*"):
        try:
            id = UUID(place.name)
        except ValueError:
            continue
        with database.session() as session:
            found = trainings.get(session, id)
        if found is None or found[0].state not in trainings.OPEN:
            shutil.rmtree(place, ignore_errors=True)


def train(
    database: Database,
    workshop: Workshop,
    id: UUID,
    *,
    deaths: int = 0,
    leave: Callable[[], bool] = lambda: False,
) -> None:
    """Trains; does nothing where the training has ended or another one runs.

    Args:
        database: where it is asked for.
        workshop: what it needs.
        id: of the training.
        deaths: workers that died over it before.
        leave: says whether to stop for now, so that it is taken up again later.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the job is tried again.
    """
    with database.alone(trainings.LOCK) as alone:
        if not alone:
            log.info("another training runs: %s waits", id)
            return
        with database.session() as session:
            row = trainings.take_up(session, id)
        if row is None:
            tidy(database, workshop.folder)
            return
        task = Task(database, workshop, row, leave)
        try:
            if deaths >= GIVE_UP_AFTER:
                task.fail("worker_died", f"{deaths} workers died while it ran; memory was short?")
            else:
                task.run()
        except StoreError:
            raise
        except ConduitError as error:
            task.fail(error.code, str(error))
        except Exception as error:  # noqa: BLE001 - whatever it raises is told as a failure
            kind = type(error).__name__
            # The frames alone: the message may quote a customer.
            log.error(
                "training %s: %s\n%s", id, kind, "".join(traceback.format_tb(error.__traceback__))
            )
            task.fail(f"raised_{kind}", f"{kind} was raised; the worker's log says where")


class Task:
    """One training in the hands of a worker."""

    def __init__(
        self, database: Database, workshop: Workshop, row: TrainingRow, leave: Callable[[], bool]
    ) -> None:
        self._database = database
        self._workshop = workshop
        self._row = row
        self._leave = leave
        self._folder = workshop.folder / str(row.job_id)
        self._target = self._folder / "model" / row.name
        self._pending: list[Step] = []
        self._last: Step | None = None

    def run(self) -> None:
        """Trains until it is done, failed, stopped or left."""
        killed = 0
        while True:
            people = self._prepared()
            ended = training_child.run(
                self._folder / "request.json", heard=self._heard, stopped=self._stopped
            )
            if self._leave():
                return
            if not self._wanted():
                break
            if ended.code == STOPPED:  # somebody ended that process: the job brings it back
                return
            if ended.code < 0 and (killed := killed + 1) < GIVE_UP_AFTER:
                self._tell(f"signal {-ended.code} ended the process: it goes on from what is done")
            elif ended.code != 0:
                self.fail(*_why(ended))
                return
            elif self._erased(people):
                self._tell("an interaction was erased meanwhile: it begins again without it")
                shutil.rmtree(self._folder)
            else:
                self._publish()
                return
        shutil.rmtree(self._folder, ignore_errors=True)

    def fail(self, code: str, error: str) -> None:
        """Ends the training without a model, and says why."""
        with self._database.session() as session:
            ended = trainings.fail(session, self._row.job_id, code=code, error=error)
            if ended is not None:
                _emit(session, "training.failed", ended)
        log.warning("training %s failed: %s", self._row.name, code)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepared(self) -> list[UUID]:
        """Writes what the process reads, unless it is there; the interactions that people judged.

        Raises:
            ModelError: the parent is not on the shelf, or cannot be used.
        """
        self._folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        known = self._folder / "interactions.json"
        if known.is_file():
            return [UUID(one) for one in json.loads(known.read_text(encoding="utf-8"))]
        row, workshop = self._row, self._workshop
        with self._database.session() as session:
            snapshot(session)
            # Not when it was asked for: what is said until here is learned, and may not judge it.
            moment = trainings.moment(session)
            parent, folder = workshop.parent(session, row.parent)
            wanted = corrections.Wanted(since=row.since, until=row.until)
            people = list(corrections.corrected(session, wanted))
        judgements = sum(len(one.judgements) for one in people)
        with self._database.session() as session:
            trainings.begins_with(
                session,
                row.job_id,
                parent=parent,
                interactions=len(people),
                judgements=judgements,
            )
        file = self._folder / "corrections.jsonl"
        lines = (json.dumps(as_line(one), ensure_ascii=False) for one in people)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        request = Retraining(
            parent=folder.resolve(),
            target=self._target.resolve(),
            corpus=workshop.corpus.resolve(),
            corrections=file.resolve() if people else None,
            workspace=(self._folder / "stages").resolve(),
            cache=workshop.where.cache.expanduser().resolve(),
            threads=1,
            seed=row.seed,
            command=f"POST /v1/trainings ({row.job_id})",
            made_at=moment.isoformat(),
            weights=None if workshop.weights is None else workshop.weights.resolve(),
        )
        (self._folder / "request.json").write_text(json.dumps(request.as_json()), encoding="utf-8")
        # Last: where it is there, the others are whole.
        ids = [one.interaction.id for one in people]
        known.write_text(json.dumps(ids), encoding="utf-8")
        self._tell(f"{judgements} judgements of {len(people)} interactions; begins with {parent}")
        return [UUID(one) for one in ids]

    def _publish(self) -> None:
        entry = self._workshop.where.shelf.publish(self._target)
        with self._database.session() as session:
            ended = trainings.finish(session, self._row.job_id, digest=entry.digest)
            if ended is not None:
                _emit(session, "training.done", ended)
        log.info("training %s is done", self._row.name)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _heard(self, steps: Sequence[Step]) -> None:
        """Writes down what was told; while the database is away, it is kept for later."""
        for step in steps:
            if step != self._last:  # it also tells that it lives
                self._pending.append(step)
            self._last = step
        if not self._pending:
            return
        try:
            with self._database.session() as session:
                trainings.tell(session, self._row.job_id, self._pending)
        except StoreError as error:
            log.warning("training %s goes on, and nobody can be told: %s", self._row.name, error)
        else:
            self._pending.clear()

    def _tell(self, line: str) -> None:
        self._heard([Step(stage="service", done=0, total=0, line=line)])

    def _stopped(self) -> bool:
        return self._leave() or not self._wanted()

    def _wanted(self) -> bool:
        """Whether nobody stopped it; while the database is away, nobody did."""
        try:
            with self._database.session() as session:
                return trainings.runs(session, self._row.job_id)
        except StoreError:
            return True

    def _erased(self, people: Sequence[UUID]) -> bool:
        with self._database.session() as session:
            return trainings.erased(session, people)


def _why(ended: Ended) -> tuple[str, str]:
    """Code and words for a process that made no model."""
    if ended.failed is not None:
        return ended.failed
    if ended.code < 0:
        return (
            "process_killed",
            f"signal {-ended.code} ended the process {GIVE_UP_AFTER} times, which is mostly want "
            "of memory: train where there is more, or on fewer corrections",
        )
    return (
        "process_failed",
        f"the process ended with code {ended.code} and said nothing; the worker's log may tell",
    )


def _emit(session: Session, type: str, row: TrainingRow) -> None:
    data = {
        "training": str(row.job_id),
        "name": row.name,
        "parent": row.parent,
        "error_code": row.error_code,
        "url": f"/v1/trainings/{row.job_id}",
    }
    events.emit(session, type, data, department=None)

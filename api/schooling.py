"""What a worker does of training and shadow runs, bound to its queue."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

import procrastinate

from api import jobs, logs
from api.aside import aside
from api.settings import Settings
from api.steps.shadow import Candidate, Reads, compare, let_go
from api.steps.train import Workshop, ask_due, tidy, train
from api.store.database import Database
from api.store.errors import StoreError

log = logging.getLogger(__name__)

_LOOK_SECONDS = 30.0
_TIDY_EVERY = 20
"""Looks between two of what ended trainings left."""


def bind(
    queue: procrastinate.App,
    database: Database,
    settings: Settings,
    *,
    now: Callable[[], Any],
    load: Callable[[str], Reads],
) -> Candidate:
    """Lets a worker train, and read with a candidate.

    Args:
        queue: the worker's.
        database: where it is asked for.
        settings: of this process.
        now: gives the miner that serves.
        load: makes a miner of a model on the shelf.

    Returns:
        The candidate, which whoever keeps to the schedule lets go.
    """
    workshop = Workshop.of(settings)
    candidate = Candidate(load)

    @queue.task(name=jobs.TRAIN, queue=jobs.TRAIN_QUEUE, pass_context=True)
    async def teach(context: procrastinate.JobContext, job: str) -> None:
        leave = threading.Event()
        deaths = context.job.attempts

        def work() -> None:
            with logs.about(job=job):
                train(database, workshop, UUID(job), deaths=deaths, leave=leave.is_set)

        try:
            await aside(work, name=jobs.TRAIN)
        finally:
            # Told to end, it stops what it is at; the job comes back and goes on from there.
            leave.set()

    # A plain function, so it runs in a thread, and heartbeats go on while it computes.
    @queue.task(name=jobs.SHADOW, queue=jobs.QUEUE, pass_context=True)
    def read_beside(context: procrastinate.JobContext, ids: list[str]) -> None:
        with logs.about(job=context.job.id):
            mined = [UUID(id) for id in ids]
            served = cast("Reads", now())
            compare(database, served, candidate, mined, deaths=context.job.attempts)

    return candidate


async def keep_to_schedule(database: Database, settings: Settings, candidate: Candidate) -> None:
    """Now and then: a training that is due begins; what ended ones left is taken away.

    So is the candidate of a shadow run that ended, from this process's memory.
    """
    workshop = Workshop.of(settings)
    looks = 0
    while True:
        try:
            await asyncio.to_thread(ask_due, database, workshop)
            await asyncio.to_thread(let_go, database, candidate)
            if looks % _TIDY_EVERY == 0:
                await asyncio.to_thread(tidy, database, workshop.folder)
        except StoreError as error:
            log.warning("cannot look whether a training is due now: %s", error)
        looks += 1
        await asyncio.sleep(_LOOK_SECONDS)

"""The worker process: takes jobs from the queue, mines, and looks after what the dead left.

Finishes the batch in hand on SIGTERM. Killed in whatever way, it leaves rows that still wait and a
job that another worker puts back (`api.jobs.recover`).
"""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import procrastinate

from api import jobs
from api.settings import Settings
from api.steps.backfill import backfill
from api.steps.mine import Mines, mine
from api.store import idempotency
from api.store.database import Database
from api.store.errors import StoreError

log = logging.getLogger(__name__)

KEEP_ANSWERS = timedelta(days=1)
"""How long an answer is kept for whoever asks the same again."""

_SWEEP_SECONDS = 5.0
_FORGET_SECONDS = 600.0


def run(settings: Settings, database: Database, miner: Mines) -> None:
    """Works until SIGTERM or SIGINT, or until the database is away for long.

    Raises:
        procrastinate.exceptions.ConnectorException: the database went away; start again.
    """
    asyncio.run(_run(settings, database, miner))


async def _run(settings: Settings, database: Database, miner: Mines) -> None:
    queue = _queue(database, miner)
    async with queue.open_async():
        caring = asyncio.create_task(_care(settings, database))
        try:
            await queue.run_worker_async(
                queues=[jobs.QUEUE],
                name=jobs.MINE,
                # A job put back by `recover` sends no notification, so it is also looked for.
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=settings.heartbeat_seconds,
                stalled_worker_timeout=settings.stalled_seconds,
                # What is still to do is told by the rows, and a done job tells nothing.
                delete_jobs="always",
            )
        finally:
            caring.cancel()
            with suppress(asyncio.CancelledError):
                await caring


def _queue(database: Database, miner: Mines) -> procrastinate.App:
    """The queue as a worker sees it: with a connection, and with what its jobs do."""
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=database.conninfo, min_size=2, max_size=4, timeout=10
        )
    )

    # A plain function, so it runs in a thread, and heartbeats go on while it computes.
    @queue.task(name=jobs.MINE, queue=jobs.QUEUE, pass_context=True)
    def work(context: procrastinate.JobContext, ids: list[str]) -> None:
        mine(database, miner, [UUID(id) for id in ids], deaths=context.job.attempts)

    @queue.task(name=jobs.BACKFILL, queue=jobs.QUEUE)
    def read_again(job: str) -> None:
        backfill(database, miner, UUID(job))

    return queue


async def _care(settings: Settings, database: Database) -> None:
    """Every few seconds: what dead workers held goes back, and what is in no job goes in."""
    stalled = timedelta(seconds=settings.stalled_seconds)
    swept = forgot = float("-inf")
    clock = asyncio.get_running_loop().time
    while True:
        try:
            await asyncio.to_thread(_recover, database, stalled)
            if clock() - swept >= _SWEEP_SECONDS:
                await asyncio.to_thread(_sweep, database)
                swept = clock()
            if clock() - forgot >= _FORGET_SECONDS:
                await asyncio.to_thread(_forget, database)
                forgot = clock()
        except StoreError as error:
            log.warning("cannot look after the queue now: %s", error)
        await asyncio.sleep(settings.heartbeat_seconds)


def _recover(database: Database, stalled: timedelta) -> None:
    with database.session() as session:
        back = jobs.recover(session, stalled=stalled)
    if back:
        log.warning("%d jobs of workers that died go back into the queue", back)


def _sweep(database: Database) -> None:
    with database.session() as session:
        found = jobs.sweep(session)
    if found:
        log.warning("%d interactions were in no job and go into the queue", found)


def _forget(database: Database) -> None:
    with database.session() as session:
        idempotency.forget(session, older_than=KEEP_ANSWERS)

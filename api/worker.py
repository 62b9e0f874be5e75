"""The worker process: takes jobs from the queue, mines, and looks after what the dead left.

Beside mining it gathers themes, on a thread of their own. It finishes the batch in hand on SIGTERM,
and leaves themes that it is at. Killed in whatever way, it leaves rows that still wait and a job
that another worker puts back (`api.jobs.recover`).
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import procrastinate

from api import jobs, logs
from api.push.mail import Post
from api.receipts import Signer, signer_for
from api.settings import Settings
from api.steps import digest
from api.steps.alerts import watch_all
from api.steps.assign import Memory
from api.steps.backfill import backfill
from api.steps.deliver import Courier, Round
from api.steps.erase import ask_retention, erase
from api.steps.mine import Mines, mine
from api.steps.retheme import ask_due, retheme
from api.steps.reword import Endpoint
from api.steps.route import apply_next
from api.store import audit, counters, idempotency
from api.store.database import Database
from api.store.errors import StoreError
from api.store.theme_runs import Patience

log = logging.getLogger(__name__)

KEEP_ANSWERS = timedelta(days=1)
"""How long an answer is kept for whoever asks the same again."""

_SWEEP_SECONDS = 5.0
_THEMES_SECONDS = 10.0
_WATCH_SECONDS = 300.0
_DIGESTS_SECONDS = 15.0
_FORGET_SECONDS = 600.0
_AUDIT_SECONDS = 24 * 3600.0
_POLICY_SECONDS = 60.0
_LEAVE_SECONDS = 2.0
"""How long themes that are being gathered may go on once the worker is told to end."""


def run(
    settings: Settings,
    database: Database,
    miner: Mines,
    *,
    refit: Callable[[], object] | None = None,
) -> None:
    """Works until SIGTERM or SIGINT, or until the database is away for long.

    Args:
        settings: of this process.
        database: migrated.
        miner: what finds.
        refit: fits categories anew that lost examples to an erasure.

    Raises:
        procrastinate.exceptions.ConnectorException: the database went away; start again.
    """
    asyncio.run(_run(settings, database, miner, refit))


async def _run(
    settings: Settings, database: Database, miner: Mines, refit: Callable[[], object] | None
) -> None:
    queue = _queue(database, miner, Endpoint.of(settings))
    _erasing(queue, database, signer_for(settings))
    _pushing(queue, database, settings)
    async with queue.open_async():
        beside = [
            asyncio.create_task(_care(settings, database)),
            asyncio.create_task(_keep_to_policy(database, refit)),
            asyncio.create_task(
                _work(
                    queue,
                    settings,
                    queues=[jobs.THEMES_QUEUE],
                    name=jobs.THEMES,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=_LEAVE_SECONDS,
                )
            ),
            asyncio.create_task(
                _work(
                    queue,
                    settings,
                    queues=[jobs.DELIVER_QUEUE],
                    name=jobs.DELIVER,
                    concurrency=settings.webhooks_at_once,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=_LEAVE_SECONDS,
                )
            ),
        ]
        mining = asyncio.create_task(_work(queue, settings, queues=[jobs.QUEUE], name=jobs.MINE))
        try:
            # Mining ends when the worker is told to; whatever else ends first has failed.
            await asyncio.wait([mining, *beside], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (mining, *beside):
                task.cancel()
            ended = await asyncio.gather(mining, *beside, return_exceptions=True)
        for one in ended:
            if isinstance(one, Exception):
                raise one


async def _work(queue: procrastinate.App, settings: Settings, **options: Any) -> None:
    """Takes jobs from one queue, until told to end."""
    await queue.run_worker_async(
        # A job put back by `recover` sends no notification, so it is also looked for.
        fetch_job_polling_interval=1.0,
        update_heartbeat_interval=settings.heartbeat_seconds,
        stalled_worker_timeout=settings.stalled_seconds,
        # What is still to do is told by the rows, and a done job tells nothing.
        delete_jobs="always",
        **options,
    )


def _queue(database: Database, miner: Mines, endpoint: Endpoint | None) -> procrastinate.App:
    """The queue as a worker sees it: with a connection, and with what its jobs do."""
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=database.conninfo, min_size=4, max_size=8, timeout=10
        )
    )

    memory = Memory()

    # A plain function, so it runs in a thread, and heartbeats go on while it computes.
    @queue.task(name=jobs.MINE, queue=jobs.QUEUE, pass_context=True)
    def work(context: procrastinate.JobContext, ids: list[str]) -> None:
        with logs.about(job=context.job.id):
            waiting = [UUID(id) for id in ids]
            mine(database, miner, waiting, deaths=context.job.attempts, memory=memory)

    @queue.task(name=jobs.BACKFILL, queue=jobs.QUEUE)
    def read_again(job: str) -> None:
        backfill(database, miner, UUID(job), memory=memory)

    @queue.task(name=jobs.ROUTE, queue=jobs.QUEUE)
    def route_older(job: str) -> None:
        apply_next(database, UUID(job))

    @queue.task(name=jobs.THEMES, queue=jobs.THEMES_QUEUE, pass_context=True)
    async def gather(context: procrastinate.JobContext, job: str) -> None:
        deaths = context.job.attempts
        await _beside(lambda: retheme(database, UUID(job), deaths=deaths, endpoint=endpoint))

    return queue


def _erasing(queue: procrastinate.App, database: Database, signer: Signer) -> None:
    """Lets a worker erase."""

    @queue.task(name=jobs.ERASE, queue=jobs.QUEUE)
    def take_away(job: str) -> None:
        with logs.about(job=job):
            erase(database, UUID(job), signer=signer)


def _pushing(queue: procrastinate.App, database: Database, settings: Settings) -> None:
    """Lets a worker send: it waits for receivers in the event loop, for many at a time."""
    deliveries = Round(Courier.of(settings, database))
    post = Post.of(settings)

    @queue.task(name=jobs.DELIVER, queue=jobs.DELIVER_QUEUE)
    async def bring(delivery: str) -> None:
        await deliveries.deliver(UUID(delivery))

    @queue.task(name=jobs.DIGEST, queue=jobs.DELIVER_QUEUE)
    async def tell(mail: str) -> None:
        await asyncio.to_thread(digest.send, database, post, UUID(mail))


async def _beside(work: Callable[[], None]) -> None:
    """Works on a thread that the process does not wait for when it ends.

    Themes take minutes, and their outcome is written in one go or not at all.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def tell(error: BaseException | None) -> None:
        if ended.done():
            return
        if error is None:
            ended.set_result(None)
        else:
            ended.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except Exception as raised:  # noqa: BLE001 - handed on to who awaits it
            error = raised
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=run, name=jobs.THEMES, daemon=True).start()
    await ended


async def _care(settings: Settings, database: Database) -> None:
    """Every few seconds: what dead workers held goes back, and what is in no job goes in."""
    stalled = timedelta(seconds=settings.stalled_seconds)
    swept = forgot = asked = watched = planned = dropped = float("-inf")
    patience = Patience(
        every=timedelta(minutes=settings.themes_every_minutes),
        fewest=settings.themes_fewest,
        growth=settings.themes_growth,
        waiting=settings.themes_waiting,
    )
    clock = asyncio.get_running_loop().time
    while True:
        try:
            await asyncio.to_thread(_recover, database, stalled)
            if clock() - swept >= _SWEEP_SECONDS:
                await asyncio.to_thread(_sweep, database)
                await asyncio.to_thread(_settle, database)
                swept = clock()
            if clock() - planned >= _DIGESTS_SECONDS:
                await asyncio.to_thread(digest.plan, database, now=datetime.now(UTC))
                planned = clock()
            if clock() - asked >= _THEMES_SECONDS:
                await asyncio.to_thread(ask_due, database, patience)
                asked = clock()
            if clock() - watched >= _WATCH_SECONDS:
                await asyncio.to_thread(watch_all, database, today=datetime.now(UTC).date())
                watched = clock()
            if clock() - forgot >= _FORGET_SECONDS:
                await asyncio.to_thread(_forget, database)
                forgot = clock()
            if settings.audit_days is not None and clock() - dropped >= _AUDIT_SECONDS:
                keep = timedelta(days=settings.audit_days)
                await asyncio.to_thread(drop_from_audit, database, keep)
                dropped = clock()
        except StoreError as error:
            log.warning("cannot look after the queue now: %s", error)
        await asyncio.sleep(settings.heartbeat_seconds)


async def _keep_to_policy(database: Database, refit: Callable[[], object] | None) -> None:
    """Now and then: what is too old is erased; categories that lost examples are fitted anew."""
    while True:
        try:
            await asyncio.to_thread(ask_retention, database)
            if refit is not None:
                await asyncio.to_thread(refit)
        except StoreError as error:
            log.warning("cannot keep to the retention policy now: %s", error)
        await asyncio.sleep(_POLICY_SECONDS)


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


def _settle(database: Database) -> None:
    with database.session() as session:
        counters.settle(session)


def drop_from_audit(database: Database, keep: timedelta, *, most: int = 10_000) -> None:
    """Takes from the log of who did what whatever is older than it is to be kept.

    Args:
        database: where it is.
        keep: for how long.
        most: rows that one transaction takes away.
    """
    dropped = most
    while dropped == most:
        with database.session() as session:
            dropped = audit.drop(session, keep=keep, most=most)


def _forget(database: Database) -> None:
    with database.session() as session:
        idempotency.forget(session, older_than=KEEP_ANSWERS)

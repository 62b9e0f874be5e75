"""The worker process: takes jobs from the queue, mines, and looks after what the dead left.

Beside mining it gathers themes, on a thread of their own. It finishes the batch in hand on SIGTERM,
and leaves themes that it is at. Killed in whatever way, it leaves rows that still wait and a job
that another worker puts back (`api.jobs.recover`).
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import procrastinate

from api import jobs, logs, schooling
from api.aside import aside
from api.push.mail import Post
from api.receipts import Signer, signer_for
from api.reviewing import keep_filled
from api.settings import Settings
from api.steps import digest
from api.steps.alerts import watch_all
from api.steps.assign import Memory
from api.steps.backfill import backfill
from api.steps.deliver import Courier, Round
from api.steps.drift import Watch
from api.steps.drift import watch as watch_drift
from api.steps.erase import ask_retention, erase
from api.steps.measure import Bench, Reads, measure
from api.steps.mine import Mines, mine
from api.steps.remine import remine
from api.steps.retheme import ask_due, retheme
from api.steps.reword import Endpoint
from api.steps.route import apply_next
from api.steps.serving import Where, load_folder
from api.store import audit, counters, idempotency
from api.store.database import Database
from api.store.errors import StoreError
from api.store.theme_runs import Patience

if TYPE_CHECKING:  # it loads what the supervisor does without
    from nlp.pipeline import Miner

log = logging.getLogger(__name__)

KEEP_ANSWERS = timedelta(days=1)
"""How long an answer is kept for whoever asks the same again."""

_SWEEP_SECONDS = 5.0
_THEMES_SECONDS = 10.0
_WATCH_SECONDS = 300.0
_DIGESTS_SECONDS = 15.0
_DRIFT_SECONDS = 30.0
_FORGET_SECONDS = 600.0
_AUDIT_SECONDS = 24 * 3600.0
_POLICY_SECONDS = 60.0
_LEAVE_SECONDS = 2.0
"""How long what is on a thread of its own may go on once the worker is told to end."""


def run(
    settings: Settings,
    database: Database,
    miner: Mines,
    *,
    refit: Callable[[], object] | None = None,
    now: Callable[[], Mines] | None = None,
) -> None:
    """Works until SIGTERM or SIGINT, or until the database is away for long.

    Args:
        settings: of this process.
        database: migrated.
        miner: what finds.
        refit: fits categories anew that lost examples to an erasure.
        now: asked before each batch for what finds then (`api.steps.serving.Following.now`);
            `miner` for good if None.

    Raises:
        procrastinate.exceptions.ConnectorException: the database went away; start again.
    """
    asyncio.run(_run(settings, database, now or (lambda: miner), refit))


async def _run(
    settings: Settings,
    database: Database,
    now: Callable[[], Mines],
    refit: Callable[[], object] | None,
) -> None:
    memory = Memory()
    queue = _queue(database, now, memory, Endpoint.of(settings))
    _following(queue, database, now, memory, settings)
    _erasing(queue, database, signer_for(settings))
    _pushing(queue, database, settings)
    load = partial(load_named, settings)
    candidate = schooling.bind(queue, database, settings, now=now, load=load)
    async with queue.open_async():
        beside = [
            asyncio.create_task(_care(settings, database)),
            asyncio.create_task(_keep_to_policy(database, refit)),
            asyncio.create_task(_watch_drift(settings, database, now)),
            asyncio.create_task(keep_filled(settings, database, now)),
            asyncio.create_task(schooling.keep_to_schedule(database, settings, candidate)),
        ]
        for name, at_once in (
            (jobs.THEMES_QUEUE, 1),
            (jobs.TRAIN_QUEUE, 1),
            (jobs.DELIVER_QUEUE, settings.webhooks_at_once),
        ):
            more = _work(
                queue,
                settings,
                queues=[name],
                name=name,
                concurrency=at_once,
                install_signal_handlers=False,
                shutdown_graceful_timeout=_LEAVE_SECONDS,
            )
            beside.append(asyncio.create_task(more))
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


def _queue(
    database: Database, now: Callable[[], Mines], memory: Memory, endpoint: Endpoint | None
) -> procrastinate.App:
    """The queue as a worker sees it: with a connection, and with what its jobs do."""
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=database.conninfo, min_size=4, max_size=8, timeout=10
        )
    )

    # A plain function, so it runs in a thread, and heartbeats go on while it computes.
    @queue.task(name=jobs.MINE, queue=jobs.QUEUE, pass_context=True)
    def work(context: procrastinate.JobContext, ids: list[str]) -> None:
        with logs.about(job=context.job.id):
            waiting = [UUID(id) for id in ids]
            mine(database, now(), waiting, deaths=context.job.attempts, memory=memory)

    @queue.task(name=jobs.BACKFILL, queue=jobs.QUEUE)
    def read_again(job: str) -> None:
        backfill(database, now(), UUID(job), memory=memory)

    @queue.task(name=jobs.ROUTE, queue=jobs.QUEUE)
    def route_older(job: str) -> None:
        apply_next(database, UUID(job))

    @queue.task(name=jobs.THEMES, queue=jobs.THEMES_QUEUE, pass_context=True)
    async def gather(context: procrastinate.JobContext, job: str) -> None:
        deaths = context.job.attempts
        await aside(
            lambda: retheme(database, UUID(job), deaths=deaths, endpoint=endpoint),
            name=jobs.THEMES,
        )

    return queue


def _following(
    queue: procrastinate.App,
    database: Database,
    now: Callable[[], Mines],
    memory: Memory,
    settings: Settings,
) -> None:
    """Lets a worker mine again after a promotion, and measure what may be promoted."""

    @queue.task(name=jobs.REMINE, queue=jobs.QUEUE)
    def mine_again(job: str) -> None:
        with logs.about(job=job):
            remine(database, now(), UUID(job), memory=memory)

    @queue.task(name=jobs.MEASURE, queue=jobs.QUEUE, pass_context=True)
    def look_at(context: procrastinate.JobContext, job: str) -> None:
        with logs.about(job=job):
            bench = Bench(serving=cast("Reads", now()), load=partial(load_named, settings))
            measure(database, UUID(job), bench, deaths=context.job.attempts)


def load_named(settings: Settings, name: str) -> "Miner":
    """A miner with a model of the shelf.

    Raises:
        ModelError: there is none of that name, or it does not fit.
    """
    where = Where.of(settings)
    return load_folder(settings, where.shelf.fetch(name, cache=where.cache))


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


async def _watch_drift(settings: Settings, database: Database, now: Callable[[], Mines]) -> None:
    """Now and then: a report on drift is made, if it is time or somebody asked for one."""
    how = Watch(
        every=timedelta(hours=settings.drift_hours),
        sample=settings.drift_sample,
        folder=lambda: _folder(now()),
    )
    while True:
        try:
            today = datetime.now(UTC).date()
            await asyncio.to_thread(watch_drift, database, how, today=today)
        except StoreError as error:
            log.warning("cannot report on drift now: %s", error)
        await asyncio.sleep(_DRIFT_SECONDS)


def _folder(miner: Mines) -> Path | None:
    """Where the model of a miner lies, with what its training data looked like."""
    from nlp.pipeline import Miner

    return miner.folder if isinstance(miner, Miner) else None


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

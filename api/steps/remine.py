"""Remine: what is mined is read again by the model that serves now, batch by batch.

Findings that are the same keep their ids, and with them themes, items and departments; what people
say is laid over. Each batch is one transaction that moves the mark and puts the next batch into the
queue: killed anywhere, it goes on from the mark. New interactions go before.
"""

import logging
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs
from api.steps import speakers
from api.steps.assign import Memory
from api.steps.mine import Mines, interaction_of, with_custom
from api.steps.overlay import overlaid
from api.steps.rewrite import rewrite
from api.store import categories, remines, turns
from api.store import jobs as store_jobs
from api.store.database import Database
from api.store.errors import StoreError
from api.store.remines import Scope
from api.store.tables import JobRow
from nlp.errors import ConduitError
from nlp.types import Interaction, Mined

log = logging.getLogger(__name__)


def ask(session: Session, scope: Scope) -> JobRow:
    """Puts a job that mines a scope again into the queue."""
    job = remines.create(session, scope)
    if job.state == "running":
        jobs.defer_remining(session, job.id)
    return job


def remine(database: Database, miner: Mines, job: UUID, *, memory: Memory | None = None) -> None:
    """Mines the next batch of a job again; does nothing where it ended or was cancelled.

    Args:
        database: where the interactions are.
        miner: what finds, of the model that serves.
        job: which.
        memory: what this process keeps of the themes that findings go into.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the job is tried again.
    """
    with database.session() as session:
        version = categories.version(session)
        row = remines.current(session, job)
        if row is None:
            return
        after = row.after
        batch = remines.batch(session, row, limit=jobs.BATCH)
        said = turns.of_many(session, [one.id for one in batch])
        if not batch:
            store_jobs.end(session, job)
            return
        own = categories.everyone(session, enabled=True)
        if any(one.digest != miner.digest for one in own):
            log.warning("categories were fitted on another model: mining again waits")
            return  # the sweep brings it back; a worker fits them anew, or changes its model
        finder = with_custom(session, miner)
    given = {one.id: interaction_of(one, said[one.id]) for one in batch}
    found = _mined(finder, given)
    with database.session() as session:
        unchanged = categories.hold(session) == version
        again = remines.current(session, job)
        if again is None:
            return
        there = remines.still_mined(session, list(found))
        # Where a category was changed meanwhile, or somebody said who speaks, the same batch is
        # mined again.
        stale = speakers.stale(session, {id: given[id] for id in there})
        if unchanged and again.after == after and not stale:
            results = overlaid(session, {id: found[id] for id in there})
            rewrite(session, results, memory or Memory())
            remines.advance(session, again, list(given), failed=len(given) - len(found))
        jobs.defer_remining(session, job)


def _mined(finder: Mines, given: Mapping[UUID, Interaction]) -> dict[UUID, Mined]:
    """What is found; what the model raises on is left out, and stays as it is stored."""
    try:
        return dict(zip(given, finder.mine(list(given.values())), strict=True))
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it raises is kept from the others
        if len(given) == 1:
            code = error.code if isinstance(error, ConduitError) else type(error).__name__
            log.error("interaction %s stays as it was mined before: %s", next(iter(given)), code)
            return {}
    return {id: mined for id, one in given.items() for mined in _mined(finder, {id: one}).values()}

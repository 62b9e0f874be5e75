"""Backfill: stored interactions are read again for one category of a team's own, batch by batch.

Each batch is one transaction that writes the category's findings, moves the mark and puts the next
batch into the queue: killed anywhere, it goes on from the mark. No other category's findings are
decided again or touched.
"""

import logging
from uuid import UUID

from api import jobs
from api.steps import speakers
from api.steps.assign import Memory, hold, newcomers
from api.steps.mine import Mines, custom_of, interaction_of
from api.steps.overlay import overlaid_category
from api.steps.route import counting, route_again
from api.store import backfills, categories, opinions, turns
from api.store.database import Database

log = logging.getLogger(__name__)


def backfill(database: Database, miner: Mines, job: UUID, *, memory: Memory | None = None) -> None:
    """Reads the next batch of a backfill again; does nothing where it ended or was cancelled.

    Args:
        database: where the interactions are.
        miner: what finds.
        job: the backfill.
        memory: what this process keeps of the themes that findings go into.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the job is tried again.
    """
    with database.session() as session:
        version = categories.version(session)
        running = backfills.current(session, job)
        if running is None:
            return
        row, category = running
        batch = backfills.batch(session, row, limit=jobs.BATCH)
        said = turns.of_many(session, [one.id for one in batch])
        if not batch:
            backfills.end(session, job)
            return
        if category.digest != miner.digest:
            log.warning("category %s was fitted on another model: backfill waits", category.name)
            return  # the sweep brings it back, and a worker that starts fits the category anew
    finder = miner.with_categories([custom_of(category)])
    given = {one.id: interaction_of(one, said[one.id]) for one in batch}
    results = finder.mine_custom(list(given.values()))
    with database.session() as session:
        unchanged = categories.hold(session) == version
        again = backfills.current(session, job)
        if again is None:
            return
        ids = list(given)
        opinions.hold(session, ids)
        # Where a category was changed meanwhile, or somebody said who speaks, the same batch is
        # read again.
        stale = speakers.stale(session, given)
        if unchanged and again[0].after == row.after and not stale:
            hold(session, [category.name])
            counted = counting(session, ids)
            found = dict(zip(ids, results, strict=True))
            laid = overlaid_category(session, category.name, found)
            backfills.write(session, again[0], category.name, laid)
            newcomers(session, memory or Memory(), ids)
            route_again(session, ids, counted)
        jobs.defer_backfill(session, job)

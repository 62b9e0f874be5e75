"""The worker's part in the review queue: it is filled up now and then."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from api.settings import Settings
from api.steps.review import Knows, Wishes, refill
from api.store.database import Database
from api.store.errors import StoreError

log = logging.getLogger(__name__)

_SECONDS = 60.0


async def keep_filled(settings: Settings, database: Database, now: Callable[[], object]) -> None:
    """Fills the queue every minute, for good.

    Args:
        settings: of this process.
        database: where it is.
        now: gives what mines then.
    """
    wishes = wishes_of(settings)
    while settings.review_most:
        try:
            # What mines then may have to be loaded first: that is for the thread too.
            added = await asyncio.to_thread(lambda: refill(database, Knows.of(now()), wishes))
            if added:
                log.info("%d passages go into the review queue", added)
        except StoreError as error:
            log.warning("cannot fill the review queue now: %s", error)
        await asyncio.sleep(_SECONDS)
    await asyncio.Event().wait()  # whoever ends beside mining has failed


def wishes_of(settings: Settings) -> Wishes:
    """How the settings say that the queue is kept."""
    return Wishes(
        most=settings.review_most,
        random_share=settings.review_random,
        expires=timedelta(days=settings.review_days),
    )

"""Sample: what was mined is offered to the candidate of a shadow run, where there is one."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs
from api.store import shadows


def offer(session: Session, ids: Collection[UUID]) -> None:
    """Has the candidate read those of the mined that belong to its share, when there is time.

    Args:
        session: the transaction that writes what was found in them.
        ids: that were mined.
    """
    shadow = shadows.running(session)
    if shadow is None:
        return
    chosen = [id for id in ids if shadows.sampled(id, shadow.share)]
    if chosen:
        jobs.defer_shadow(session, chosen)

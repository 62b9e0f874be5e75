"""Opinions as exports and figures read them: many at a time, in the order of interactions."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.opinion_tables import OpinionRow
from api.store.review_tables import ReviewRow

BATCH = 1_000
"""Rows that are held in memory at a time."""


def spoken_of(session: Session, *, after: UUID | None = None, limit: int) -> list[UUID]:
    """Interactions of which people spoke, in the order of their ids."""
    query = select(OpinionRow.interaction_id).distinct()
    if after is not None:
        query = query.where(OpinionRow.interaction_id > after)
    return list(session.scalars(query.order_by(OpinionRow.interaction_id).limit(limit)))


def reasons(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """Why the review queue asked for passages of interactions, by the ids of its rows."""
    rows = session.execute(
        select(ReviewRow.id, ReviewRow.reason).where(ReviewRow.interaction_id.in_(ids))
    )
    return dict(rows.all())


def every(
    session: Session, *, since: datetime | None, until: datetime | None, model: str | None
) -> Iterator[OpinionRow]:
    """All opinions on passages, those of one interaction after each other.

    Args:
        session: the transaction.
        since: given then or later.
        until: given before then.
        model: on what this model had mined.
    """
    row = OpinionRow
    query = select(row).where(row.kind != "speaker")
    if since is not None:
        query = query.where(row.at >= since)
    if until is not None:
        query = query.where(row.at < until)
    if model is not None:
        query = query.where(row.model == model)
    ordered = query.order_by(row.interaction_id, row.turn, row.start, row.at, row.id)
    yield from session.scalars(ordered.execution_options(yield_per=BATCH))

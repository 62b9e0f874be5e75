"""Turns: what was said, in order."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import TurnRow


def of(session: Session, id: UUID) -> list[TurnRow]:
    """The turns of one interaction, in order."""
    return list(
        session.scalars(select(TurnRow).where(TurnRow.interaction_id == id).order_by(TurnRow.index))
    )


def of_many(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[TurnRow]]:
    """The turns of several interactions, each one's in order."""
    found: dict[UUID, list[TurnRow]] = {id: [] for id in ids}
    for row in session.scalars(
        select(TurnRow)
        .where(TurnRow.interaction_id.in_(ids))
        .order_by(TurnRow.interaction_id, TurnRow.index)
    ):
        found[row.interaction_id].append(row)
    return found

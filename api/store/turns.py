"""Turns: what was said, in order, and of it what the session's view lets through."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.store import view
from api.store.tables import PassageRow, TurnRow


def of(session: Session, id: UUID) -> list[TurnRow]:
    """The turns of one interaction, in order."""
    return of_many(session, [id])[id]


def get(session: Session, id: UUID, index: int) -> TurnRow | None:
    """One turn, with all of its words where the session sees any of them; or None."""
    return session.scalar(
        select(TurnRow).where(TurnRow.interaction_id == id, TurnRow.index == index)
    )


def one(session: Session, id: UUID, index: int) -> TurnRow:
    """A turn that is there, as the session holds its interaction."""
    query = select(TurnRow).where(TurnRow.interaction_id == id, TurnRow.index == index)
    return session.scalars(query).one()


def of_many(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[TurnRow]]:
    """The turns of several interactions, each one's in order."""
    found: dict[UUID, list[TurnRow]] = {id: [] for id in ids}
    for row in session.scalars(
        select(TurnRow)
        .where(TurnRow.interaction_id.in_(ids))
        .order_by(TurnRow.interaction_id, TurnRow.index)
    ):
        found[row.interaction_id].append(row)
    if view.of(session).department is not None:
        _mask(session, found)
    return found


def _mask(session: Session, turns: Mapping[UUID, Sequence[TurnRow]]) -> None:
    """Leaves of each turn the passages that the view shows; the rows leave the session."""
    spans: defaultdict[tuple[UUID, int], list[tuple[int, int]]] = defaultdict(list)
    for row in session.scalars(select(PassageRow).where(PassageRow.interaction_id.in_(turns))):
        spans[row.interaction_id, row.turn].append((row.start, row.end))
    for rows in turns.values():
        for turn in rows:
            session.expunge(turn)
            turn.text = view.masked(turn.text, spans[turn.interaction_id, turn.index])


def set_speakers(session: Session, interaction: UUID, speakers: Mapping[int, str]) -> None:
    """Says who speaks in turns, by their indexes."""
    for index, speaker in speakers.items():
        session.execute(
            update(TurnRow)
            .where(TurnRow.interaction_id == interaction, TurnRow.index == index)
            .values(speaker=speaker)
            .execution_options(synchronize_session=False)
        )

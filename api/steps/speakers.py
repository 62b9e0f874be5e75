"""Speakers: who speaks in a turn, as people say; the interaction is mined again where that changes.

Only what customers say is read. What an interaction has stays until it was mined again, in the
place of which the new findings then come.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs
from api.steps import majority
from api.store import interactions, opinions, turns
from nlp.types import Interaction

NOTE = "People said who speaks."


def before(session: Session, interaction: UUID, turn: int) -> dict[str, Any]:
    """Who spoke in a turn, and how that was known, before anybody said something of it."""
    rows = _spoken(session, interaction)
    row = interactions.get(session, interaction)
    roles = rows[0].said["roles"] if rows and rows[0].said else None
    if roles is None and row is not None:
        roles = row.roles
    first = next((one for one in rows if one.turn == turn and one.said), None)
    if first is not None and first.said is not None:
        speaker = first.said["speaker"]
    else:
        speaker = turns.one(session, interaction, turn).speaker
    return {"speaker": speaker, "roles": roles}


def settle(session: Session, interaction: UUID) -> None:
    """Makes the speakers of an interaction those that people say, and has it mined again.

    Args:
        session: the transaction, which holds the interaction.
        interaction: its id.
    """
    rows = _spoken(session, interaction)
    words = opinions.words(session, [interaction])
    changed: dict[int, str] = {}
    heard = False
    for index in sorted({row.turn for row in rows}):
        said = [row for row in rows if row.turn == index]
        chosen = majority.speaker(said)
        heard = heard or chosen is not None
        first = said[0].said or {}
        speaker = chosen or first.get("speaker", words[interaction, index].speaker)
        if speaker != words[interaction, index].speaker:
            changed[index] = speaker
    roles = {"source": "options", "confidence": 1.0, "note": NOTE}
    if not heard and rows and rows[0].said:
        roles = rows[0].said["roles"]
    interactions.set_roles(session, interaction, roles)
    if changed:
        turns.set_speakers(session, interaction, changed)
        if interactions.put_back(session, interaction):
            jobs.defer_mining(session, [interaction])


def stale(session: Session, read: Mapping[UUID, Interaction]) -> list[UUID]:
    """Those of some interactions of which people said who speaks since they were read.

    Args:
        session: the transaction, which holds them.
        read: as the miner was given them.
    """
    spoken = opinions.with_speakers(session, list(read))
    words = opinions.words(session, spoken)
    return [
        id
        for id in spoken
        if any(words[id, turn.index].speaker != turn.speaker for turn in read[id].turns)
    ]


def _spoken(session: Session, interaction: UUID) -> list[Any]:
    rows = opinions.of_interactions(session, [interaction]).get(interaction, [])
    return [row for row in rows if row.kind == "speaker"]

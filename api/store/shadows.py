"""Shadow runs: one at a time, what a candidate and the serving model say, and where they differ."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store.ids import new_id
from api.store.tables import InteractionRow
from api.store.training_tables import (
    ShadowCountRow,
    ShadowDifferenceRow,
    ShadowReadRow,
    ShadowRow,
)
from nlp.types import CATEGORIES

_LOCK = 0x73686164


def sampled(id: UUID, share: float) -> bool:
    """Whether an interaction belongs to a share of all: everywhere and each time the same."""
    place = int.from_bytes(hashlib.sha256(id.bytes).digest()[:8])
    return place < share * 2**64


def hold(session: Session) -> None:
    """Lets nobody else begin a shadow run until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def start(session: Session, *, model: str, served: str, share: float, by_name: str) -> ShadowRow:
    """A shadow run that runs; the caller has looked whether another one does."""
    row = ShadowRow(id=new_id(), model=model, served=served, share=share, by_name=by_name)
    session.add(row)
    session.flush()
    session.execute(
        insert(ShadowCountRow), [{"shadow_id": row.id, "category": name} for name in CATEGORIES]
    )
    session.refresh(row)
    return row


def running(session: Session, *, lock: bool = False) -> ShadowRow | None:
    """The shadow run that runs, or None."""
    query = select(ShadowRow).where(ShadowRow.state == "running")
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def end(session: Session, id: UUID, *, because: str, error_code: str | None = None) -> bool:
    """Ends a shadow run; one that has ended is left as it is.

    Args:
        session: the transaction.
        id: of the run.
        because: of `SHADOW_ENDS`.
        error_code: what the candidate failed with.

    Returns:
        Whether it ran.
    """
    values = {"state": "ended", "ended_at": func.now(), "ended_because": because}
    ended = session.scalar(
        update(ShadowRow)
        .where(ShadowRow.id == id, ShadowRow.state == "running")
        .values(**values, error_code=error_code)
        .returning(ShadowRow.id)
        .execution_options(synchronize_session=False)
    )
    return ended is not None


def claim(session: Session, shadow: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Those of the interactions that are still there and were not counted yet; now they are.

    The run is locked first, then the interactions are kept from being erased in between.
    """
    state = select(ShadowRow.state).where(ShadowRow.id == shadow).with_for_update()
    if session.scalar(state) != "running":
        return []
    there = session.scalars(
        select(InteractionRow.id)
        .where(InteractionRow.id.in_(ids))
        .order_by(InteractionRow.id)
        .with_for_update(read=True, key_share=True)
    ).all()
    if not there:
        return []
    rows = [{"shadow_id": shadow, "interaction_id": id} for id in there]
    claimed = upsert(ShadowReadRow).on_conflict_do_nothing().returning(ShadowReadRow.interaction_id)
    return sorted(session.scalars(claimed, rows).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What both models said of some interactions.

    Attributes:
        interactions: how many.
        passages: in them.
        same_feeling: passages of which both say the same feeling.
        served_seconds: that the serving model took.
        candidate_seconds: that the candidate took.
        counts: by category, by the columns of `ShadowCountRow`.
        differences: columns of `ShadowDifferenceRow`, without ids of their own.
    """

    interactions: int
    passages: int
    same_feeling: int
    served_seconds: float
    candidate_seconds: float
    counts: Mapping[str, Mapping[str, float]]
    differences: Sequence[Mapping[str, Any]]


def add(session: Session, shadow: UUID, read: Read) -> None:
    """Adds what both said of interactions that were claimed in this transaction."""
    columns = ("interactions", "passages", "same_feeling", "served_seconds", "candidate_seconds")
    session.execute(
        update(ShadowRow)
        .where(ShadowRow.id == shadow)
        .values({name: getattr(ShadowRow, name) + getattr(read, name) for name in columns})
        .execution_options(synchronize_session=False)
    )
    for category, counts in sorted(read.counts.items()):
        session.execute(
            update(ShadowCountRow)
            .where(ShadowCountRow.shadow_id == shadow, ShadowCountRow.category == category)
            .values({name: getattr(ShadowCountRow, name) + more for name, more in counts.items()})
            .execution_options(synchronize_session=False)
        )
    if read.differences:
        rows = [{"id": new_id(), "shadow_id": shadow, **one} for one in read.differences]
        session.execute(upsert(ShadowDifferenceRow).on_conflict_do_nothing(), rows)


def get(session: Session, id: UUID) -> ShadowRow | None:
    """One shadow run, or None where there is none of that id."""
    return session.get(ShadowRow, id)


def list_page(
    session: Session, *, state: str | None = None, after: UUID | None = None, limit: int
) -> list[ShadowRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(ShadowRow).order_by(ShadowRow.id.desc()).limit(limit)
    if state is not None:
        query = query.where(ShadowRow.state == state)
    if after is not None:
        query = query.where(ShadowRow.id < after)
    return list(session.scalars(query))


def counts(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, ShadowCountRow]]:
    """What was counted of each run, by category."""
    found: dict[UUID, dict[str, ShadowCountRow]] = {id: {} for id in ids}
    for row in session.scalars(select(ShadowCountRow).where(ShadowCountRow.shadow_id.in_(ids))):
        found[row.shadow_id][row.category] = row
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceFilter:
    """Which differences a list shows; what is None does not narrow it.

    Attributes:
        category: that they are about.
        found_by: "served" or "candidate": what that one alone finds; "neither": what differs in
            its probability alone, as well as where both find it.
        interaction: in which they stand.
        least: the least absolute difference of the probabilities.
    """

    category: str | None = None
    found_by: str | None = None
    interaction: UUID | None = None
    least: float | None = None


def differences(
    session: Session,
    shadow: UUID,
    filter: DifferenceFilter,
    *,
    after: tuple[int, UUID] | None = None,
    limit: int,
) -> list[ShadowDifferenceRow]:
    """Where the two differ, the most first; `after` is the gap and id of the last one before."""
    row = ShadowDifferenceRow
    query = select(row).where(row.shadow_id == shadow)
    if filter.category is not None:
        query = query.where(row.category == filter.category)
    if filter.found_by == "served":
        query = query.where(row.served_found, ~row.candidate_found)
    elif filter.found_by == "candidate":
        query = query.where(row.candidate_found, ~row.served_found)
    elif filter.found_by is not None:
        query = query.where(row.served_found == row.candidate_found)
    if filter.interaction is not None:
        query = query.where(row.interaction_id == filter.interaction)
    if filter.least is not None:
        query = query.where(row.gap >= round(filter.least * 10_000))
    if after is not None:
        query = query.where(tuple_(row.gap, row.id) < after)
    return list(session.scalars(query.order_by(row.gap.desc(), row.id.desc()).limit(limit)))

"""Interactions: written once, read by id or in pages, erased whole."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store import view
from api.store.jobs import settle
from api.store.prepared import run
from api.store.tables import ErasedRow, FindingRow, InteractionRow

_UNTOUCHED_LOCK = 0x73656564


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionFilter:
    """Which interactions a list shows; what is None does not narrow it.

    Attributes:
        state: accepted, mined, failed or cancelled.
        channel: call, email or chat.
        job: those of one upload.
        external_id: the file's own identifier.
        since: received at or after.
        until: received before.
        sentiment: of the customer over the whole of it.
        category: those in which it was found.
        metadata: keys and their values, exactly.
    """

    state: str | None = None
    channel: str | None = None
    job: UUID | None = None
    external_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sentiment: str | None = None
    category: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        row = InteractionRow
        equal = (
            (row.state, self.state),
            (row.channel, self.channel),
            (row.job_id, self.job),
            (row.external_id, self.external_id),
            (row.sentiment_label, self.sentiment),
        )
        found = [column == value for column, value in equal if value is not None]
        if self.since is not None:
            found.append(row.received_at >= self.since)
        if self.until is not None:
            found.append(row.received_at < self.until)
        if self.metadata:
            found.append(row.meta.contains(dict(self.metadata)))
        if self.category is not None:
            here = (FindingRow.interaction_id == row.id, FindingRow.category == self.category)
            found.append(select(FindingRow.id).where(*here).exists())
        return found


def add(
    session: Session, rows: Sequence[Mapping[str, Any]], turns: Sequence[Mapping[str, Any]]
) -> None:
    """Writes new interactions with their turns, as many as are given, in one statement.

    Args:
        session: the transaction.
        rows: columns of interactions by their attributes' names.
        turns: columns of their turns.
    """
    if rows:
        written = {"rows": _document(rows), "turns": _document(turns)}
        run(session, _ADDED, written)


def _document(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=str)


# As one document each: a parameter a column of each row took the web process most of what a mail
# costs beside the finding of names.
_ADDED = """
    WITH interaction AS (
        INSERT INTO interactions
            (id, external_id, source, format, channel, subject, started_at, roles, metadata,
            redactions, job_id)
        SELECT id, external_id, source, format, channel, subject, started_at, roles, meta,
            redactions, job_id
        FROM json_to_recordset(%(rows)s) row (
            id uuid, external_id text, source text, format text, channel text, subject text,
            started_at timestamptz, roles jsonb, meta jsonb, redactions jsonb, job_id uuid
        )
    )
    INSERT INTO turns (interaction_id, index, speaker, text, start_seconds, end_seconds)
    SELECT interaction_id, index, speaker, text, start_seconds, end_seconds
    FROM json_to_recordset(%(turns)s) turn (
        interaction_id uuid, index integer, speaker text, text text,
        start_seconds double precision, end_seconds double precision
    )
"""


def get(session: Session, id: UUID) -> InteractionRow | None:
    """One interaction, or None where there is none of that id (any more)."""
    row = session.scalar(select(InteractionRow).where(InteractionRow.id == id))
    return None if row is None else _seen(session, row)


def several(session: Session, ids: Collection[UUID]) -> list[InteractionRow]:
    """Those of some interactions that are there, in the order of their ids."""
    query = select(InteractionRow).where(InteractionRow.id.in_(ids)).order_by(InteractionRow.id)
    return [_seen(session, row) for row in session.scalars(query)]


def exist(session: Session) -> bool:
    """Whether there is any."""
    return session.scalar(select(select(InteractionRow.id).exists())) or False


@dataclass(frozen=True, slots=True)
class BeganKey:
    """The place of an interaction in the list by when it began, or else came in."""

    at: datetime
    id: UUID

    @classmethod
    def of(cls, row: InteractionRow) -> Self:
        """The place of this one."""
        return cls(row.started_at or row.received_at, row.id)


def list_page(
    session: Session,
    filter: InteractionFilter,
    *,
    after: UUID | None = None,
    limit: int,
    oldest: bool = False,
) -> list[InteractionRow]:
    """The newest first, or the oldest; `after` is the id of the last one of the page before."""
    query = select(InteractionRow).where(*filter.conditions())
    place = InteractionRow.id
    if after is not None:
        query = query.where(place > after if oldest else place < after)
    order = place.asc() if oldest else place.desc()
    found = session.scalars(query.order_by(order).limit(limit))
    return [_seen(session, row) for row in found]


def list_by_beginning(
    session: Session, filter: InteractionFilter, *, after: BeganKey | None = None, limit: int
) -> list[InteractionRow]:
    """Those that began last first; `after` is the key of the last one of the page before."""
    began = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)
    query = select(InteractionRow).where(*filter.conditions())
    if after is not None:
        query = query.where(tuple_(began, InteractionRow.id) < (after.at, after.id))
    found = session.scalars(query.order_by(began.desc(), InteractionRow.id.desc()).limit(limit))
    return [_seen(session, row) for row in found]


def _seen(session: Session, row: InteractionRow) -> InteractionRow:
    """The row without its subject where the view shows passages alone; it is nobody's then."""
    if view.of(session).department is not None:
        session.expunge(row)
        row.subject = None
    return row


def keep(session: Session, ids: Iterable[UUID]) -> set[UUID]:
    """Those of some interactions that are there; none is erased until this transaction ends."""
    query = select(InteractionRow.id).where(InteractionRow.id.in_(set(ids)))
    shared = query.order_by(InteractionRow.id).with_for_update(read=True, key_share=True)
    return set(session.scalars(shared))


def erase(session: Session, id: UUID) -> bool:
    """Takes every row of an interaction away and leaves a tombstone, which holds its id alone.

    Returns:
        Whether there was such an interaction.
    """
    gone = session.execute(
        delete(InteractionRow).where(InteractionRow.id == id).returning(InteractionRow.job_id)
    ).one_or_none()
    if gone is None:
        return False
    session.execute(upsert(ErasedRow).values(interaction_id=id).on_conflict_do_nothing())
    if gone.job_id is not None:
        # It may have been the last one that its job waited for.
        settle(session, [gone.job_id])
    return True


def untouched(session: Session) -> bool:
    """Whether nothing is stored and nothing was erased; stays so until the transaction ends.

    Only among those who ask: of two that ask at once, the second waits for the first.
    """
    session.execute(select(func.pg_advisory_xact_lock(_UNTOUCHED_LOCK)))
    erased = select(select(ErasedRow.interaction_id).exists())
    return not exist(session) and not session.scalar(erased)


def was_erased(session: Session, id: UUID) -> bool:
    """Whether an interaction of that id was here and was erased."""
    return session.get(ErasedRow, id) is not None


def waiting(session: Session, ids: Sequence[UUID]) -> list[InteractionRow]:
    """Those of them that still wait to be mined, in the order of their ids."""
    return list(
        session.scalars(
            select(InteractionRow)
            .where(InteractionRow.id.in_(ids), InteractionRow.state == "accepted")
            .order_by(InteractionRow.id)
        )
    )


def claim(session: Session, ids: Sequence[UUID]) -> list[tuple[UUID, UUID | None]]:
    """Locks those of them that still wait, and gives each one's id and job.

    What another transaction has mined, cancelled or erased meanwhile is not among them.
    """
    rows = session.execute(
        select(InteractionRow.id, InteractionRow.job_id)
        .where(InteractionRow.id.in_(ids), InteractionRow.state == "accepted")
        .order_by(InteractionRow.id)
        .with_for_update()
    )
    return [(id, job) for id, job in rows]


def put_back(session: Session, id: UUID) -> bool:
    """Lets an interaction wait to be mined again; what it has stays until then.

    Returns:
        Whether it waits now and did not before. One that was cancelled stays so.
    """
    put = session.execute(
        update(InteractionRow)
        .where(InteractionRow.id == id, InteractionRow.state.in_(("mined", "failed")))
        .values(state="accepted", mined_at=None, attempts=0, error_code=None)
        .returning(InteractionRow.id)
        .execution_options(synchronize_session=False)
    )
    return put.one_or_none() is not None


def set_roles(session: Session, interaction: UUID, roles: Mapping[str, Any]) -> None:
    """Says how the speakers of an interaction are known."""
    session.execute(
        update(InteractionRow)
        .where(InteractionRow.id == interaction, InteractionRow.roles != dict(roles))
        .values(roles=dict(roles))
        .execution_options(synchronize_session=False)
    )


def tried(session: Session, ids: Sequence[UUID], *, code: str, limit: int) -> list[UUID]:
    """Notes that the miner raised on them; who reaches the limit has failed for good.

    Args:
        session: the transaction.
        ids: the interactions.
        code: what was raised, stable and without words of the interaction.
        limit: attempts that an interaction has.

    Returns:
        Those that are to be tried again.
    """
    attempts = InteractionRow.attempts + 1
    claimed = [id for id, _ in claim(session, ids)]
    rows = session.execute(
        update(InteractionRow)
        .where(InteractionRow.id.in_(claimed))
        .values(
            attempts=attempts,
            error_code=code,
            state=case((attempts >= limit, "failed"), else_="accepted"),
        )
        .returning(InteractionRow.id, InteractionRow.state, InteractionRow.job_id)
    ).all()
    settle(session, [row.job_id for row in rows if row.job_id is not None])
    return sorted(row.id for row in rows if row.state == "accepted")

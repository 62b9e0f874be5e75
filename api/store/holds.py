"""Legal holds: what they cover is left alone by erasures and by retention until they are released.

A hold by customer keeps a salted digest; who the customer is, is known while a request runs.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from api.store.erasure_tables import HoldRow
from api.store.ids import new_id

_LOCK = 0x686F6C64
_SALT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A customer's name or number as it is kept.

    Attributes:
        salt: 16 bytes, drawn for this one.
        digest: SHA-256 (32 bytes) over the salt and the UTF-8 of the value.
    """

    salt: bytes
    digest: bytes


def seal(value: str) -> Sealed:
    """The salted digest of a customer's name or number, which alone is kept."""
    salt = secrets.token_bytes(_SALT)
    return Sealed(salt=salt, digest=hashlib.sha256(salt + value.encode()).digest())


def keep_out(session: Session) -> None:
    """Lets no erasure begin a batch until this transaction, which makes a hold, ends."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def create(session: Session, values: Mapping[str, Any]) -> HoldRow:
    """A new hold. What it covers is covered from the moment that this transaction commits."""
    keep_out(session)
    id = new_id()
    session.execute(insert(HoldRow).values(id=id, **values))
    return session.get_one(HoldRow, id)


def get(session: Session, id: UUID, *, lock: bool = False) -> HoldRow | None:
    """One hold, or None; locked, nobody else changes it until this transaction ends."""
    return session.get(HoldRow, id, with_for_update=lock, populate_existing=lock)


def list_page(
    session: Session,
    *,
    kind: str | None = None,
    active: bool | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[HoldRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(HoldRow).order_by(HoldRow.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(HoldRow.kind == kind)
    if active is not None:
        released = HoldRow.released_at
        query = query.where(released.is_(None) if active else released.is_not(None))
    if after is not None:
        query = query.where(HoldRow.id < after)
    return list(session.scalars(query))


def release(session: Session, row: HoldRow, *, by: str) -> None:
    """Ends a hold: the next retention run or erasure takes what nothing else holds."""
    session.execute(
        update(HoldRow)
        .where(HoldRow.id == row.id, HoldRow.released_at.is_(None))
        .values(released_at=func.now(), released_by=by, revision=HoldRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


# One text for both: which of an interaction's columns make it one that a hold covers.
COVERS = """
    hold.released_at IS NULL
    AND (hold.since IS NULL OR hold.since <= coalesce(one.started_at, one.received_at))
    AND (hold.until IS NULL OR hold.until > coalesce(one.started_at, one.received_at))
    AND CASE hold.kind
        WHEN 'interaction' THEN hold.interaction_id = one.id
        WHEN 'customer' THEN hold.digest IN (
            sha256(hold.salt || convert_to(one.metadata ->> 'customer', 'UTF8')),
            sha256(hold.salt || convert_to(one.metadata ->> 'customer_id', 'UTF8'))
        )
        WHEN 'metadata' THEN one.metadata ->> hold.key = hold.value
        ELSE true
    END
"""
"""Whether the hold `hold` covers the interaction `one`, in SQL."""

_HELD = text(
    f"""
    SELECT one.id FROM interactions one
    WHERE one.id = ANY(:ids) AND EXISTS (SELECT FROM holds hold WHERE {COVERS})
    """  # noqa: S608 - a constant
)


def held(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of the interactions that a hold covers; no hold is added until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))
    return set(session.scalars(_HELD, {"ids": list(ids)}))


def covered(session: Session, id: UUID) -> int:
    """How many stored interactions a hold covers by now."""
    query = text(
        f"SELECT count(*) FROM interactions one JOIN holds hold ON hold.id = :id WHERE {COVERS}"  # noqa: S608 - a constant
    )
    return session.scalar(query, {"id": id}) or 0

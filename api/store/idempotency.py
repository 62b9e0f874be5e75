"""Answers kept by the client's key, so that asking twice does once."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import delete, func, insert, text
from sqlalchemy.orm import Session

from api.store.tables import IdempotencyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered.

    Attributes:
        body_digest: SHA-256 (32 bytes) over what was asked.
        status: the HTTP status.
        headers: those that have to be the same again.
        body: the bytes.
    """

    body_digest: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes


def lock(session: Session, key: str, operation: str) -> bool:
    """Claims a key until the transaction ends.

    Returns:
        False when another transaction has claimed it: it is being worked on.
    """
    digest = hashlib.sha256(f"{operation}\0{key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": number}))


def find(session: Session, key: str, operation: str) -> Answer | None:
    """The answer that was given for this key, or None."""
    row = session.get(IdempotencyRow, (key, operation))
    if row is None:
        return None
    return Answer(
        body_digest=row.body_digest, status=row.status, headers=row.headers, body=row.body
    )


def put(session: Session, key: str, operation: str, answer: Answer) -> None:
    """Keeps an answer, in the transaction of the work that it speaks of."""
    values = {**asdict(answer), "headers": dict(answer.headers)}
    session.execute(insert(IdempotencyRow).values(key=key, operation=operation, **values))


def forget(session: Session, *, older_than: timedelta) -> int:
    """Drops answers of that age and returns how many."""
    gone = session.execute(
        delete(IdempotencyRow)
        .where(IdempotencyRow.created_at < func.now() - older_than)
        .returning(IdempotencyRow.key)
    )
    return len(gone.all())

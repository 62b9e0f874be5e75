"""Keys and logins: made, looked up by what came with a request, changed and taken away.

A secret leaves this module once, when it is made. It is random, of 160 bits: nobody finds it by
trying, however fast the hash is that is kept of it, so that one SHA-256 does what a password would
need a slow hash for.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from api.store.department_tables import DepartmentRow
from api.store.ids import new_id
from api.store.key_tables import KeyRow, LoginRow, ShownTokenRow

_FORM = re.compile(r"cdt_([0-9a-f]{12})_([0-9a-f]{40})\Z")
_PREFIX_BYTES = 6
_SECRET_BYTES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that somebody wants.

    Attributes:
        name: for people.
        scopes: what it may do.
        department: whose findings it may see; None sees all.
        expires: when it stops working; None never.
        by: the key or person that makes it; None for the command line.
    """

    name: str
    scopes: Collection[str]
    department: UUID | None = None
    expires: datetime | None = None
    by: UUID | None = None


def parts(key: str) -> tuple[str, str] | None:
    """The prefix and the secret of a key, or None for what is no key."""
    found = _FORM.match(key)
    return None if found is None else (found[1], found[2])


def digest(secret: str) -> bytes:
    """SHA-256 of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def create(session: Session, wanted: NewKey) -> tuple[KeyRow, str]:
    """Makes a key.

    Returns:
        Its row, and the whole key: nobody can read it again.
    """
    prefix, secret = secrets.token_hex(_PREFIX_BYTES), secrets.token_hex(_SECRET_BYTES)
    id = new_id()
    session.execute(
        insert(KeyRow).values(
            id=id,
            prefix=prefix,
            name=wanted.name,
            digest=digest(secret),
            scopes=sorted(wanted.scopes),
            department_id=wanted.department,
            expires_at=wanted.expires,
            created_by=wanted.by,
        )
    )
    return session.get_one(KeyRow, id), f"cdt_{prefix}_{secret}"


def get(session: Session, id: UUID, *, lock: bool = False) -> KeyRow | None:
    """One key, or None; locked, nobody else changes it until this transaction ends."""
    return session.get(KeyRow, id, with_for_update=lock, populate_existing=True)


def by_prefix(session: Session, prefix: str) -> KeyRow | None:
    """The key of a prefix, or None; the secret is not checked yet."""
    return session.scalar(select(KeyRow).where(KeyRow.prefix == prefix))


def list_page(
    session: Session,
    *,
    revoked: bool | None = None,
    department: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[KeyRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(KeyRow)
    if revoked is not None:
        query = query.where(
            KeyRow.revoked_at.is_not(None) if revoked else KeyRow.revoked_at.is_(None)
        )
    if department is not None:
        query = query.where(KeyRow.department_id == department)
    if after is not None:
        query = query.where(KeyRow.id < after)
    return list(session.scalars(query.order_by(KeyRow.id.desc()).limit(limit)))


def opens(row: KeyRow, secret: str, now: datetime) -> bool:
    """Whether a secret is that of a key, or the one before its last rotation, and still works.

    Both comparisons take the same time, whatever the secret is.
    """
    given = digest(secret)
    is_ours = hmac.compare_digest(given, row.digest)
    was_ours = hmac.compare_digest(given, row.previous_digest or b"")
    overlaps = row.previous_until is not None and now < row.previous_until
    expired = row.expires_at is not None and now >= row.expires_at
    return (is_ours or (was_ours and overlaps)) and row.revoked_at is None and not expired


def change(session: Session, row: KeyRow, values: Mapping[str, Any]) -> None:
    """Changes columns of a key by a person's wish."""
    session.execute(
        update(KeyRow)
        .where(KeyRow.id == row.id)
        .values(**values, revision=KeyRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def rotate(session: Session, row: KeyRow, *, overlap: timedelta) -> str:
    """Gives a key another secret.

    Args:
        session: the transaction.
        row: of the key, locked.
        overlap: how long the secret of now is taken beside the new one.

    Returns:
        The whole key: nobody can read it again.
    """
    secret = secrets.token_hex(_SECRET_BYTES)
    until = datetime.now(UTC) + overlap
    change(
        session,
        row,
        {
            "digest": digest(secret),
            "previous_digest": row.digest if overlap else None,
            "previous_until": until if overlap else None,
        },
    )
    return f"cdt_{row.prefix}_{secret}"


def revoke(session: Session, row: KeyRow) -> None:
    """Takes a key away for good; its row stays, for the log."""
    if row.revoked_at is None:
        change(session, row, {"revoked_at": func.now()})


def used(session: Session, id: UUID) -> None:
    """Notes that a key was used, if nobody did so within the last minute."""
    session.execute(text("SET LOCAL synchronous_commit = off"))
    session.execute(
        update(KeyRow)
        .where(
            KeyRow.id == id,
            or_(
                KeyRow.last_used_at.is_(None),
                KeyRow.last_used_at < func.now() - timedelta(minutes=1),
            ),
        )
        .values(last_used_at=func.now())
        .execution_options(synchronize_session=False)
    )


def department_name(session: Session, id: UUID) -> str | None:
    """The name of a department, which stays until this transaction ends; None for none."""
    return session.scalar(
        select(DepartmentRow.name)
        .where(DepartmentRow.id == id)
        .with_for_update(read=True, key_share=True)
    )


def department_named(session: Session, name: str) -> UUID | None:
    """The department of that name, or None."""
    return session.scalar(select(DepartmentRow.id).where(DepartmentRow.name == name))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """Whoever works on the machine itself, as the log names them."""

    id: UUID | None = None
    name: str = "command line"
    department: UUID | None = None


COMMAND_LINE = CommandLine()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLogin:
    """A browser in which somebody logged in.

    Attributes:
        key: that they came with, or None.
        person: who they are to an identity provider, or None.
        name: for people.
        scopes: what they may do.
        department: whose findings they may see; None sees all.
        lasts: how long.
    """

    key: UUID | None = None
    person: UUID | None = None
    name: str
    scopes: Collection[str]
    department: UUID | None = None
    lasts: timedelta


def log_in(session: Session, wanted: NewLogin) -> str:
    """Writes a login down, and drops those that ran out.

    Returns:
        What the browser's cookie is to hold: nobody can read it again.
    """
    session.execute(delete(LoginRow).where(LoginRow.expires_at < func.now()))
    secret = secrets.token_hex(_SECRET_BYTES)
    session.execute(
        insert(LoginRow).values(
            digest=digest(secret),
            key_id=wanted.key,
            person=wanted.person,
            name=wanted.name,
            scopes=sorted(wanted.scopes),
            department_id=wanted.department,
            expires_at=datetime.now(UTC) + wanted.lasts,
        )
    )
    return secret


def login(session: Session, digest: bytes) -> tuple[LoginRow, KeyRow | None] | None:
    """A login and the key that it was made with, or None where there is none."""
    found = session.execute(
        select(LoginRow, KeyRow)
        .join(KeyRow, KeyRow.id == LoginRow.key_id, isouter=True)
        .where(LoginRow.digest == digest)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def log_out(session: Session, digest: bytes) -> None:
    """Ends a login."""
    session.execute(delete(LoginRow).where(LoginRow.digest == digest))


def show(session: Session, nonce: str, *, lasts: timedelta) -> bool:
    """Notes that a login at an identity provider is used, and drops what is too old to matter.

    Args:
        session: the transaction that makes the login.
        nonce: random value that it was begun with.
        lasts: for how long a token of it could be shown again.

    Returns:
        Whether it is the first time.
    """
    session.execute(delete(ShownTokenRow).where(ShownTokenRow.until < func.now()))
    noted = session.execute(
        postgresql.insert(ShownTokenRow)
        .values(digest=digest(nonce), until=func.now() + lasts)
        .on_conflict_do_nothing()
        .returning(ShownTokenRow.digest)
    )
    return noted.first() is not None

"""The tables of who may do what: keys, logins of people, and the log of reads and changes.

No secret is stored. A key's and a login's secret are random (160 bits and more), so that a fast
hash of them cannot be turned back by trying; a slow one, as passwords need, would only cost each
request its time.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base

SCOPES = ("submit", "read", "label", "admin")
LONGEST_NAME = 100
PREFIX = "^[0-9a-f]{12}$"
ACTION = "^[a-z][a-z_]*([.][a-z][a-z_]*)+$"
"""Two or more words with dots between them, such as `key.created`."""

MOST_IDS = 200
"""Ids that one row of the log names: as many as a page of a list may have."""

_SCOPES = f"scopes <@ ARRAY[{', '.join(repr(scope) for scope in SCOPES)}]::text[]"


class KeyRow(Base):
    """A key with which a program asks, and what it may do."""

    __tablename__ = "keys"
    __table_args__ = (
        UniqueConstraint("prefix"),
        CheckConstraint(f"prefix ~ '{PREFIX}'", name="prefix"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_NAME}", name="name"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("octet_length(previous_digest) = 32", name="previous_digest"),
        CheckConstraint(
            "(previous_digest IS NULL) = (previous_until IS NULL)", name="previous_whole"
        ),
        CheckConstraint(f"{_SCOPES} AND cardinality(scopes) > 0", name="scopes"),
        CheckConstraint("revision > 0", name="revision"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # The part of the key that everybody may see: cdt_<prefix>_<secret>.
    prefix: Mapped[str]
    name: Mapped[str]
    # SHA-256 of the secret part.
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    # That of the secret before the last rotation, and until when it is taken.
    previous_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    # Whose findings it may see; null sees all.
    department_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("departments.id", ondelete="CASCADE")
    )
    # The key or person that made it; null where the command line did.
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    # To the minute.
    last_used_at: Mapped[datetime | None]
    # Goes up with every change by a person: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")


class LoginRow(Base):
    """A browser in which somebody logged in, with a key or at an identity provider."""

    __tablename__ = "logins"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("(key_id IS NULL) = (person IS NOT NULL)", name="who"),
        CheckConstraint(_SCOPES, name="scopes"),
        CheckConstraint("expires_at > created_at", name="expires"),
        Index("ix_logins_expires_at", "expires_at"),
    )

    # SHA-256 of what the cookie holds.
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # Whoever came with a key may do what the key may, as long as it may.
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("keys.id", ondelete="CASCADE"))
    # Made of the provider's issuer and subject; null where somebody came with a key.
    person: Mapped[UUID | None]
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    department_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("departments.id", ondelete="CASCADE")
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class ShownTokenRow(Base):
    """A login at an identity provider that was used here: its token is not taken again."""

    __tablename__ = "shown_tokens"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)

    # SHA-256 of the random value (nonce) that the login was begun with.
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # From then on the token is too old in any case.
    until: Mapped[datetime]


class AuditRow(Base):
    """Who read or changed what: written once, and never changed.

    A trigger refuses UPDATE and DELETE; what is older than the operator keeps it goes by the
    function `audit_drop` alone. It names things by id, and holds nobody's words.
    """

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint(f"action ~ '{ACTION}'", name="action"),
        CheckConstraint(f"cardinality(ids) <= {MOST_IDS}", name="ids"),
        CheckConstraint("count >= 0", name="count"),
        Index("ix_audit_caller", "caller_id", "id"),
        Index("ix_audit_action", "action", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Of the key or the person; null for the machine's own user. It may be gone by now.
    caller_id: Mapped[UUID | None]
    caller: Mapped[str]
    department_id: Mapped[UUID | None]
    # As the answer's X-Request-ID has it.
    request_id: Mapped[str] = mapped_column(server_default="")
    action: Mapped[str]
    ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    # How many things: more than `ids` where it does not name all of them.
    count: Mapped[int] = mapped_column(server_default="0")
    # Numbers, states and names of fields.
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")

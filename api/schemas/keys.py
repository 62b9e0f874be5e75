"""Keys, and who asks, as the service takes and answers them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from api.auth import Scope
from api.schemas.base import Change, FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.store.key_tables import LONGEST_NAME

Name = Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_NAME, pattern=r"\S")]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=4)]

_SCOPES = (
    "submit: hand in interactions and follow them; read: findings, themes and words; label: change "
    "what people decide; admin: keys, departments, rules, webhooks and erasure. None of them "
    "includes another."
)
_EXPIRES = "When it stops working; null never."


class KeyIn(Taken):
    """A new key."""

    name: Name = Field(description="For people: what it is for.")
    scopes: Scopes = Field(description=_SCOPES)
    department: UUID | None = Field(
        None,
        description="Whose findings it may see; null sees all. A key of a department makes keys of "
        "that department alone.",
    )
    expires_at: Moment | None = Field(None, description=_EXPIRES)


class KeyChangeIn(Change):
    """What to change of a key; what is left out stays."""

    name: Name | None = None
    scopes: Scopes | None = Field(None, description=_SCOPES)
    expires_at: Moment | None = Field(None, description=_EXPIRES)


class RotateIn(Taken):
    """How a key changes its secret."""

    overlap_minutes: int = Field(
        24 * 60,
        ge=0,
        le=30 * 24 * 60,
        description="How long the secret of now is taken beside the new one; 0 not at all.",
    )


class KeyOut(Given):
    """A key without its secret, which nobody can read again."""

    id: UUID
    name: str
    prefix: str = Field(description="The part between the first two underscores of the key.")
    scopes: list[str]
    department: UUID | None
    created_by: UUID | None = Field(
        description="The key or person that made it; null for the command line."
    )
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    rotated_until: datetime | None = Field(
        description="Until when the secret before the last rotation is taken."
    )
    revision: int = Field(description="Goes up with every change; the ETag.")
    url: str


class NewKeyOut(KeyOut):
    """A key with its secret, this once."""

    key: str | None = Field(
        description="The whole key, `cdt_<prefix>_<secret>`: keep it, nobody can read it again. "
        "Null where the answer is given once more for an `Idempotency-Key`."
    )


class KeyQuery(PageQuery, FieldsQuery):
    """Which keys, and how much of each."""

    revoked: bool | None = Field(None, description="Revoked ones, or the others; both if left out.")
    department: UUID | None = Field(None, description="Those of one department.")


class KeyDepartmentOut(Given):
    """A department by its name."""

    id: UUID
    name: str


class MeOut(Given):
    """Who asks, and what they may do."""

    id: UUID | None = Field(description="Of the key or the person; null where no key is needed.")
    name: str
    scopes: list[str]
    department: KeyDepartmentOut | None = Field(description="Whose findings are shown; null: all.")

"""Erasures, legal holds and retention as the service takes and answers them."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.schemas.jobs import ProgressOut
from api.store.erasure_tables import LONGEST_REASON
from api.store.theme_counts import CUSTOMER
from nlp.types import CHANNELS

ErasureKind = Literal["interactions", "customer", "before", "retention"]
HoldKind = Literal["interaction", "customer", "metadata", "window"]
Customer = Annotated[Text, Field(min_length=1, max_length=500)]
Days = Annotated[int, Field(ge=1, le=36_500)]
MOST = 10_000

_PLACEHOLDER = re.compile(r"\[[A-Z_]+_\d+\]\Z")


def _no_placeholder(customer: str) -> None:
    """Refuse what stands for many people.

    Raises:
        ValueError: it is what the redactor puts in the place of personal data.
    """
    if _PLACEHOLDER.match(customer):
        raise ValueError(
            "a placeholder stands for whoever it was, of every customer alike: name the "
            "interactions instead"
        )


class ErasureIn(Taken):
    """What to erase; exactly one of the four."""

    interactions: list[UUID] | None = Field(
        None, min_length=1, max_length=MOST, description="These."
    )
    customer: Customer | None = Field(
        None,
        description="All whose metadata name this customer as `customer` or `customer_id`, "
        "exactly. It is matched and then forgotten: the receipt keeps a salted digest.",
    )
    before: Moment | None = Field(
        None, description="All that happened before, or came in before where that is not known."
    )
    retention: Literal[True] | None = Field(
        None, description="All that the retention policy keeps no longer."
    )
    dry_run: bool = Field(default=False, description="Only count.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = ("interactions", "customer", "before", "retention")
        if sum(getattr(self, name) is not None for name in named) != 1:
            raise ValueError(f"send exactly one of {', '.join(named)}")
        if self.customer is not None:
            _no_placeholder(self.customer)
        return self


class DryRunOut(Given):
    """What an erasure would take."""

    dry_run: Literal[True]
    interactions: int = Field(description="That it would be about.")
    held: int = Field(description="Of them, those that a legal hold keeps.")


class SignedOut(Given):
    """A receipt and what it takes to check it, without the service: `conduit receipt verify`."""

    receipt: dict[str, Any] = Field(
        description="What was erased, when and by whom, with a digest of the ids and that of the "
        "receipt before."
    )
    sha256: str = Field(description="Of the receipt as JSON: sorted names, no spaces, ASCII.")
    signature: str = Field(description="Ed25519 over the same bytes, in base64.")
    public_key: str = Field(description="To check it with, in base64.")


class ErasureOut(Given):
    """An erasure, how far it is, and its receipt."""

    id: UUID
    kind: ErasureKind
    state: Literal["running", "done", "cancelled"]
    what: dict[str, Any] = Field(description="What was asked for, without anybody's name.")
    by: str = Field(description="The key's name, or that of the policy.")
    asked_at: datetime
    progress: ProgressOut
    erased: dict[str, int] = Field(description="Rows that are gone by now, by what they were.")
    receipt: SignedOut | None = Field(description="Null until it is through.")
    url: str
    job_url: str


class ErasureQuery(PageQuery, FieldsQuery):
    """Which erasures, and how much of each."""

    kind: ErasureKind | None = Field(None, description="By what was asked for.")


class VerdictOut(Given):
    """What came of looking an erasure over again."""

    verified: bool = Field(description="Nothing is wrong, and nothing is left.")
    faults: list[str] = Field(description="What is wrong with the receipt.")
    left: dict[str, int] = Field(description="Rows that are left of what was erased, by table.")


class PublicKeyOut(Given):
    """A key that receipts are signed with."""

    public_key: str = Field(description="Ed25519, 32 bytes in base64.")
    since: int | None = Field(
        description="The first receipt that it signed, by its place in the chain; null where none."
    )
    current: bool = Field(description="Whether new receipts are signed with it.")


class PublicKeysOut(Given):
    """All keys that receipts were signed with."""

    data: list[PublicKeyOut]


class HoldIn(Taken):
    """What not to erase: an interaction, a customer, a field of metadata, or a time."""

    interaction: UUID | None = Field(None, description="This one, stored or still to come.")
    customer: Customer | None = Field(
        None, description="Those of this customer, by now and from now on; a digest is kept."
    )
    key: Text | None = Field(None, min_length=1, max_length=200, description="A metadata field.")
    value: Text | None = Field(None, max_length=500, description="Its value, exactly.")
    since: Moment | None = Field(None, description="Those that happened from then on.")
    until: Moment | None = Field(None, description="Those that happened before.")
    reason: Text = Field(
        min_length=1,
        max_length=LONGEST_REASON,
        description="For people: a case number. Personal data in it is taken out.",
    )

    @property
    def kind(self) -> HoldKind:
        """What it goes by."""
        if self.interaction is not None:
            return "interaction"
        if self.customer is not None:
            return "customer"
        return "metadata" if self.key is not None else "window"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if sum(one is not None for one in (self.interaction, self.customer, self.key)) > 1:
            raise ValueError("send one of interaction, customer, key")
        if (self.key is None) != (self.value is None):
            raise ValueError("key and value go together")
        if self.key in CUSTOMER:
            raise ValueError(f"{self.key} names a customer: send customer, which is not kept")
        if self.kind == "window" and self.since is None and self.until is None:
            raise ValueError("send interaction, customer, key with value, since or until")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since has to be before until")
        if self.customer is not None:
            _no_placeholder(self.customer)
        return self


class HoldOut(Given):
    """A legal hold."""

    id: UUID
    kind: HoldKind
    interaction: UUID | None
    key: str | None
    value: str | None
    since: datetime | None
    until: datetime | None
    reason: str
    by: str
    created_at: datetime
    released_at: datetime | None
    released_by: str | None
    covers: int = Field(description="Stored interactions that it covers by now.")
    revision: int = Field(description="Goes up with every change; the ETag.")
    url: str


class HoldQuery(PageQuery, FieldsQuery):
    """Which holds, and how much of each."""

    kind: HoldKind | None = Field(None, description="By what it goes by.")
    active: bool | None = Field(None, description="Those that hold, or those that were released.")


class RetentionIn(Taken):
    """How long interactions are kept."""

    days: dict[Literal["all", "call", "email", "chat"], Days] = Field(
        description="Days by channel; `all` for those that are not named. Empty: for good."
    )


class RetentionOut(Given):
    """How long interactions are kept, and when that was last kept to."""

    days: dict[str, int]
    ran_at: datetime | None = Field(description="A worker keeps to it once a day.")
    revision: int = Field(description="Goes up with every change; the ETag.")


assert set(CHANNELS) == {"call", "email", "chat"}  # noqa: S101 - `RetentionIn` spells them out

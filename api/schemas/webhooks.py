"""Webhooks and events as the service takes and answers them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.store.department_tables import EVENT_TYPE
from api.store.push_tables import LONGEST_URL

EventType = Annotated[str, StringConstraints(pattern=EVENT_TYPE, max_length=100)]
Url = Annotated[Text, StringConstraints(min_length=8, max_length=LONGEST_URL)]
Description = Annotated[Text, StringConstraints(max_length=2000)]
Types = Annotated[list[EventType], Field(max_length=50)]
DeliveryState = Literal["pending", "delivered", "dead"]
DeliveryError = Literal[
    "address_refused",
    "unresolved",
    "connect",
    "tls",
    "timeout",
    "protocol",
    "status",
    "redirect",
    "gone",
    "disabled",
    "secret",
]

_URL = "Where events are sent by POST: https, without a name and password in it."
_TYPES = "Which events, such as `item.opened`; all of them where there are none."


class WebhookIn(Taken):
    """A new webhook."""

    url: Url = Field(description=_URL)
    department: UUID | None = Field(
        default=None,
        description="Whose events; those of all departments where it is left out. A key of a "
        "department makes webhooks of that department.",
    )
    types: Types = Field(default=[], description=_TYPES)
    description: Description = Field(default="", description="For people.")


class WebhookChangeIn(Taken):
    """What changes; what is left out stays."""

    url: Url | None = Field(default=None, description=_URL)
    types: Types | None = Field(default=None, description=_TYPES)
    description: Description | None = Field(default=None, description="For people.")
    enabled: bool | None = Field(default=None, description="Whether anything is sent to it.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"nothing is to be changed: send one of {names}")
        return self


class WebhookRotateIn(Taken):
    """How a secret is replaced."""

    overlap_hours: int = Field(
        default=24,
        ge=0,
        le=30 * 24,
        description="How long each message is signed with the secret before, too.",
    )


class ReplayIn(Taken):
    """What is sent again."""

    since: Moment = Field(description="Dead deliveries that were made since then.")


class WebhookOut(Given):
    """Where events are sent."""

    id: UUID
    url: str
    department: UUID | None
    types: list[str]
    description: str
    enabled: bool
    disabled_reason: Literal["person", "gone", "failing"] | None = Field(
        description="gone: the receiver answered 410; failing: every try failed for five days."
    )
    failing_since: datetime | None = Field(description="Since when every try failed.")
    rotating_until: datetime | None = Field(
        description="Until when messages are signed with the secret before, too."
    )
    revision: int = Field(description="Goes up with every change; the ETag.")
    created_at: datetime
    deliveries_url: str


class WebhookSecretOut(WebhookOut):
    """The same, with its secret, which is shown this once."""

    secret: str | None = Field(
        description="Signs each message. Keep it: it is not shown again, and null where the answer "
        "to an Idempotency-Key is repeated."
    )


class DeliveryOut(Given):
    """One event on its way to one webhook."""

    id: UUID
    event: UUID = Field(description="The `webhook-id` of each try.")
    type: str
    state: DeliveryState = Field(description="dead: given up, until it is replayed.")
    tries: int
    due_at: datetime | None = Field(description="When the next try is due.")
    status: int | None = Field(description="HTTP status of the last try.")
    error: DeliveryError | None = Field(description="Why the last try failed.")
    created_at: datetime
    delivered_at: datetime | None
    url: str


class TryOut(Given):
    """One try of a delivery. Nothing of the answer but its status is kept."""

    number: int
    at: datetime
    milliseconds: int
    status: int | None
    error: DeliveryError | None


class DeliveryDetailOut(DeliveryOut):
    """A delivery with every try, and what is sent."""

    attempts: list[TryOut]
    body: dict[str, Any] = Field(description="As it is sent, the same at each try.")


class ReplayedOut(Given):
    """What is sent again."""

    deliveries: int


class WebhookQuery(PageQuery, FieldsQuery):
    """Which webhooks, and how much of each."""

    department: UUID | None = Field(None, description="Those of one department.")
    enabled: bool | None = Field(None, description="Those that are switched on, or the others.")
    failing: bool | None = Field(None, description="Those of which every try fails by now.")


class DeliveryQuery(PageQuery, FieldsQuery):
    """Which deliveries, and how much of each."""

    state: DeliveryState | None = Field(None, description="In which state.")


MARK = r"^(0|[1-9][0-9]{0,18})-(0|[1-9][0-9]{0,18})$"
TYPES = r"^[a-z][a-z0-9_.]{0,98}(,[a-z][a-z0-9_.]{0,98}){0,49}$"


class EventOut(Given):
    """Something happened: ids, states and numbers, never a customer's words."""

    id: UUID = Field(description="The same as `webhook-id`, however it is delivered.")
    mark: str = Field(description="Its place: pass the last one as `after`, or `Last-Event-ID`.")
    type: str
    timestamp: datetime
    department: UUID | None = Field(description="Whom it concerns; null for everybody.")
    data: dict[str, Any]


class StreamQuery(Taken):
    """From where on, and of which types."""

    after: str | None = Field(
        None, pattern=MARK, description="`mark` of the last event that was read."
    )
    types: str | None = Field(
        None,
        pattern=TYPES,
        description="Types, separated by commas; one that ends in a dot takes all that begin so.",
    )


class EventQuery(PageQuery, FieldsQuery, StreamQuery):
    """Which events, and how much of each."""

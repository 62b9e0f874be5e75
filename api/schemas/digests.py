"""Digests as the service takes and answers them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.store.push_tables import MOST_RECIPIENTS

Schedule = Literal["daily", "weekly"]
Address = Annotated[
    Text,
    StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}$"),
]
Recipients = Annotated[list[Address], Field(min_length=1, max_length=MOST_RECIPIENTS)]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no such time zone; take a name such as Europe/Berlin, or UTC")
    return name


Zone = Annotated[Text, StringConstraints(max_length=60), AfterValidator(_zone)]
Hour = Annotated[int, Field(ge=0, le=23)]
Weekday = Annotated[int, Field(ge=0, le=6)]
_WEEKDAY = "Monday is 0; weekly alone, and then it has to be there."


class DigestIn(Taken):
    """A new digest."""

    department: UUID = Field(description="Whose inbox it is about.")
    recipients: Recipients = Field(description="Who gets it, by mail.")
    schedule: Schedule = Field(default="weekly", description="How often.")
    weekday: Weekday | None = Field(default=None, description=_WEEKDAY)
    hour: Hour = Field(default=7, description="Of the day, by the clock of the time zone.")
    time_zone: Zone = Field(default="UTC", description="A name such as Europe/Berlin.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.schedule == "weekly") != (self.weekday is not None):
            raise ValueError("weekday belongs to weekly, and has to be there then")
        return self


class DigestChangeIn(Taken):
    """What changes; what is left out stays."""

    recipients: Recipients | None = Field(default=None, description="Who gets it, by mail.")
    enabled: bool | None = Field(default=None, description="Whether it is sent.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.recipients is None and self.enabled is None:
            raise ValueError("nothing is to be changed: send recipients or enabled")
        return self


class DigestOut(Given):
    """A digest that a department gets by mail."""

    id: UUID
    department: UUID
    recipients: list[str]
    schedule: Schedule
    weekday: int | None
    hour: int
    time_zone: str
    enabled: bool
    next_at: datetime = Field(description="When the next one is due.")
    revision: int = Field(description="Goes up with every change; the ETag.")
    created_at: datetime
    mails_url: str


class DigestMailOut(Given):
    """The digest of one period: sent once. Its text is not kept."""

    id: UUID = Field(description="The first part of its Message-ID.")
    since: datetime
    until: datetime
    state: Literal["pending", "sent", "dead"]
    tries: int
    due_at: datetime | None
    error: (
        Literal["smtp_unset", "connect", "timeout", "login", "refused", "protocol", "disabled"]
        | None
    )
    refused: int = Field(description="Recipients that the mail server would not take.")
    sent_at: datetime | None


class DigestQuery(PageQuery, FieldsQuery):
    """Which digests, and how much of each."""

    department: UUID | None = Field(None, description="Those of one department.")
    enabled: bool | None = Field(None, description="Those that are switched on, or the others.")


class MailQuery(PageQuery, FieldsQuery):
    """How many mails, and how much of each."""


class RenderQuery(Taken):
    """Which period, and in which form."""

    format: Literal["markdown", "html"] = Field("markdown", description="As what.")
    since: Moment | None = Field(None, description="From then on; seven days where left out.")

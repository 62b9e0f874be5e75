"""Alerts as the service takes and answers them."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import Change, FieldsQuery, Given, PageQuery
from api.schemas.themes import Scope, ThemeRefOut

AlertKind = Literal["burst", "growing", "emerging"]
AlertState = Literal["open", "closed"]


class AlertOut(Given):
    """One story of one theme: it is extended, closed and reopened rather than told anew."""

    id: UUID
    scope: str
    theme: ThemeRefOut
    kind: AlertKind = Field(
        description="burst: far more than its own last weeks lead one to expect; growing: its "
        "share grew beyond chance; emerging: new, and spoken of."
    )
    state: AlertState
    opened: date = Field(description="First day with reason for it, in UTC.")
    last: date = Field(description="Last day with reason for it.")
    closed: date | None
    days: int = Field(description="On how many days there was reason.")
    reopened: int = Field(description="How often it flared up again after it had been closed.")
    peak: float = Field(description="Its greatest strength, in times the usual.")
    acknowledged_at: datetime | None = Field(
        description="When a person said that they have seen it; null again when it is reopened."
    )
    muted: bool = Field(description="A person wants to hear no more of it, reopened or not.")
    revision: int = Field(description="Goes up with every change; the ETag.")
    url: str


class AlertChangeIn(Change):
    """What a person says to an alert; what is left out stays."""

    acknowledged: bool = Field(default=False, description="Whether a person has seen it.")
    muted: bool = Field(default=False, description="Whether to hear no more of it.")


class AlertQuery(PageQuery, FieldsQuery):
    """Which alerts, and how much of each."""

    scope: Scope | None = Field(None, description="Those of one scope's themes.")
    theme: UUID | None = Field(None, description="Those of one theme.")
    kind: AlertKind | None = Field(None, description="What for.")
    state: AlertState | None = Field(None, description="Open or closed; both if left out.")
    acknowledged: bool | None = Field(None, description="Seen by a person, or not yet.")
    muted: bool | None = Field(None, description="Muted ones, or the others; both if left out.")

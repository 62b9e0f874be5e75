"""The log of who read and changed what, as the service answers it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Text

Action = Annotated[Text, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)*\.?$", max_length=100)]


class AuditOut(Given):
    """One request that read words or changed something."""

    id: UUID
    at: datetime
    caller: UUID | None = Field(
        description="Id of the key or the person; null for the machine's own user."
    )
    name: str = Field(description="What the key or the person was called then.")
    department: UUID | None
    request_id: str = Field(description="As in the X-Request-ID of the answer.")
    action: str = Field(description="Such as `interaction.read`, `theme.merged` or `key.created`.")
    ids: list[UUID] = Field(description="What it was about, the first 200.")
    count: int = Field(description="How many things it was about.")
    data: dict[str, Any] = Field(description="Numbers and states; never a customer's words.")


class AuditQuery(PageQuery, FieldsQuery):
    """Which rows, and how much of each."""

    caller: UUID | None = Field(None, description="Those of one key or person.")
    action: Action | None = Field(
        None, description="One action; with a dot at its end all that begin so, such as `key.`."
    )
    about: UUID | None = Field(None, description="Those that name this id.")
    request_id: Text | None = Field(None, max_length=128, description="Those of one request.")
    since: Moment | None = Field(None, description="From then on.")
    until: Moment | None = Field(None, description="Before then.")

"""What schemas share: text that a database can hold, strictness, and lists in pages."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from api.store.fit import unfit

Item = TypeVar("Item")

_OLDEST = datetime(1900, 1, 2, tzinfo=UTC)
_NEWEST = datetime(2999, 1, 1, tzinfo=UTC)


def _fit(text: str) -> str:
    """Refuse characters that no text column holds."""
    reason = unfit(text)
    if reason is not None:
        raise ValueError(reason)
    return text


Text = Annotated[str, AfterValidator(_fit)]
"""A string without U+0000 and without halves of surrogate pairs."""


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(_DAY.pattern + r"[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")


def _moment(value: Any) -> Any:
    """A text as RFC 3339 writes moments; a bare number would be taken for seconds since 1970."""
    if not isinstance(value, str):
        return value
    if not _MOMENT.fullmatch(value):
        raise ValueError("input should be a valid datetime, such as 2026-03-02T09:15:00Z")
    return datetime.fromisoformat(value.upper())


def _day(value: Any) -> Any:
    """The same for days."""
    if not isinstance(value, str):
        return value
    if not _DAY.fullmatch(value):
        raise ValueError("input should be a valid date, such as 2026-03-02")
    return date.fromisoformat(value)


Moment = Annotated[AwareDatetime, Field(ge=_OLDEST, le=_NEWEST), BeforeValidator(_moment)]
"""A date and time with its zone, of a year that a database can hold."""

Day = Annotated[date, Field(ge=date(1900, 1, 2), le=date(2999, 1, 1)), BeforeValidator(_day)]
"""A day of such a year."""


class Taken(BaseModel):
    """What a client sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(Taken):
    """What a client changes: what is left out stays, and something has to be sent."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"nothing is to be changed: send one or more of {names}")
        return self


class Given(BaseModel):
    """What the service answers."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Page(Given, Generic[Item]):
    """One page of a list."""

    data: list[Item]
    next: str | None = Field(
        description="Pass it as `cursor` to get the page after this one; null on the last page. "
        "The `Link` header has the whole address."
    )


class PageQuery(Taken):
    """Which page of a list."""

    limit: int = Field(50, ge=1, le=200, description="Most items on the page.")
    cursor: Text | None = Field(None, max_length=300, description="`next` of the page before.")


class FieldsQuery(Taken):
    """How much of each item."""

    fields: Text | None = Field(
        None,
        max_length=500,
        description="Names of the fields to answer with, separated by commas; all if left out.",
    )

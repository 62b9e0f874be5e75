"""Departments as the service takes and answers them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.schemas.base import Change, FieldsQuery, Given, PageQuery, Taken, Text
from api.store.department_tables import LONGEST_TITLE
from nlp.heads.custom import NAME

_NAME = Field(max_length=60, pattern=NAME, description="In lower case, as it stands in addresses.")


class DepartmentIn(Taken):
    """A new department."""

    name: Text = _NAME
    title: Text = Field(min_length=1, max_length=LONGEST_TITLE, description="For people.")
    description: Text = Field("", max_length=2_000, description="What it can act on.")


class DepartmentChangeIn(Change):
    """What becomes different of a department; what is left out stays."""

    name: Text | None = Field(None, max_length=60, pattern=NAME, description="A new name.")
    title: Text | None = Field(None, min_length=1, max_length=LONGEST_TITLE)
    description: Text | None = Field(None, max_length=2_000)


class DepartmentOut(Given):
    """Who can act on what customers report."""

    id: UUID
    name: str
    title: str
    description: str
    items: dict[str, int] = Field(description="Items of its inbox, by state.")
    created_at: datetime
    revision: int = Field(description="Goes up with every change; the ETag.")
    url: str


class DepartmentQuery(PageQuery, FieldsQuery):
    """Which departments, and how much of each."""

    name: Text | None = Field(None, max_length=60, description="The one of this name.")

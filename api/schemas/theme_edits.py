"""What people decide about themes, as the service takes and answers it."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from api.schemas.base import Change, FieldsQuery, Given, PageQuery, Taken, Text
from api.schemas.themes import Scope, ThemeRefOut
from api.store.theme_history import EDIT_KINDS
from api.store.theme_tables import ALL, LONGEST_DESCRIPTION, LONGEST_THEME_NAME

MOST_FINDINGS = 10_000

ThemeName = Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_THEME_NAME)]
Findings = Annotated[list[UUID], Field(min_length=1, max_length=MOST_FINDINGS)]

_NAME = "Personal data in it is taken out before it is stored."
_WHOLE = "The passage that a finding stands in goes as a whole."


class ThemeChangeIn(Change):
    """What to change of a theme; what is left out stays."""

    name: ThemeName | None = Field(
        None, description=f"{_NAME} No clustering changes it; null gives the machine's name back."
    )
    description: Annotated[Text, StringConstraints(max_length=LONGEST_DESCRIPTION)] = Field(
        "", description=_NAME
    )
    pinned: bool = Field(
        default=False, description="No clustering splits or merges it while it is."
    )
    hidden: bool = Field(default=False, description="Out of lists; it goes on taking findings.")


class ThemeIn(Taken):
    """A theme by name, with findings that belong in it."""

    scope: Scope = Field(ALL, description="Of which findings it is a theme.")
    name: ThemeName = Field(description=_NAME)
    findings: Findings = Field(description=f"Examples, of the scope. {_WHOLE}")


class MergeIn(Taken):
    """Which theme takes another in."""

    into: UUID = Field(description="An active theme of the same scope.")


class SplitIn(Taken):
    """What becomes a theme of its own."""

    findings: Findings = Field(description=f"All of them in the theme. {_WHOLE}")
    name: ThemeName = Field(description=f"Of the new theme. {_NAME}")


class MoveIn(Taken):
    """Findings, and the theme that they go to."""

    findings: Findings = Field(description=_WHOLE)
    to: UUID | None = Field(description="An active theme; null for the emerging pool.")
    scope: Scope | None = Field(
        None, description="Whose themes they leave: needed where `to` is null."
    )


class ConstraintIn(Taken):
    """Findings that belong together, or apart: every clustering from now on obeys it."""

    scope: Scope = Field(ALL, description="In whose themes.")
    together: Annotated[list[UUID], Field(min_length=2, max_length=MOST_FINDINGS)] | None = Field(
        None, description="They share a theme, whichever it is."
    )
    apart: Annotated[list[Findings], Field(min_length=2, max_length=2)] | None = Field(
        None, description="Two lists: none of the first shares a theme with one of the second."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.together is None) == (self.apart is None):
            raise ValueError("exactly one of `together` and `apart` has to be there")
        return self


class ReclusterIn(Taken):
    """What to gather anew."""

    scope: Scope | None = Field(None, description="One scope; every one if left out.")


class ThemeEditOut(Given):
    """What a person decided. It holds in every later clustering, until it is undone."""

    id: UUID
    kind: Literal[EDIT_KINDS]  # type: ignore[valid-type]  # one list of words
    scope: str
    theme: ThemeRefOut | None = Field(
        description="What it is about: the theme that was renamed, that was taken in, that was "
        "split, that findings were moved to."
    )
    other: ThemeRefOut | None = Field(description="What took it in, or what was split off.")
    before: dict[str, Any] = Field(description="What was changed, as it was.")
    after: dict[str, Any] = Field(description="And as it became.")
    passages: int = Field(description="How many it places or binds.")
    made_at: datetime
    undone_at: datetime | None
    url: str


class ThemeEditQuery(PageQuery, FieldsQuery):
    """Which edits, and how much of each."""

    scope: Scope | None = Field(None, description="Those of one scope.")
    theme: UUID | None = Field(None, description="Those that name one theme.")

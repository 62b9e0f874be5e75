"""Rules as the service takes and answers them, and what trying one tells."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import Change, FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.schemas.findings import FindingOut
from api.schemas.themes import ThemeRefOut
from api.store.inbox_tables import LONGEST_RULE, LONGEST_TITLE

Delivers = Literal["themes", "findings"]

_RULE = "Such as `category = product_defect and confidence >= 0.8 and not metadata.region = EU`."
_DELIVERS = (
    "themes: a theme becomes one item once it has `fewest` findings; findings: at once, in the "
    "item of its theme, or in one of its own while it is in none."
)
_FEWEST = "Findings of a theme that make it an item, where themes are delivered."
_DUE = "Days until its items are due, from when they open; null for never."


class RuleIn(Taken):
    """A new rule."""

    department: UUID = Field(description="That its findings reach.")
    title: Text = Field(min_length=1, max_length=LONGEST_TITLE, description="For people.")
    rule: Text = Field(min_length=1, max_length=LONGEST_RULE, description=_RULE)
    enabled: bool = Field(default=True, description="Whether new findings are held against it.")
    delivers: Delivers = Field("themes", description=_DELIVERS)
    fewest: int = Field(1, ge=1, le=10_000, description=_FEWEST)
    due_days: int | None = Field(None, ge=1, le=3_650, description=_DUE)


class RuleChangeIn(Change):
    """What becomes different of a rule; what is left out stays."""

    title: Text | None = Field(None, min_length=1, max_length=LONGEST_TITLE)
    rule: Text | None = Field(None, min_length=1, max_length=LONGEST_RULE, description=_RULE)
    enabled: bool | None = None
    delivers: Delivers | None = Field(None, description=_DELIVERS)
    fewest: int | None = Field(None, ge=1, le=10_000, description=_FEWEST)
    due_days: int | None = Field(None, ge=1, le=3_650, description=_DUE)


class RuleOut(Given):
    """Which findings reach a department, and what becomes of them there."""

    id: UUID
    department: UUID
    title: str
    rule: str
    enabled: bool
    delivers: Delivers = Field(description=_DELIVERS)
    fewest: int = Field(description=_FEWEST)
    due_days: int | None = Field(description=_DUE)
    problem: str | None = Field(
        description="What is wrong with it by now, such as a category that was renamed; null where "
        "all is well."
    )
    created_at: datetime
    changed_at: datetime
    revision: int = Field(description="Goes up with every change; the ETag.")
    url: str


class RuleQuery(PageQuery, FieldsQuery):
    """Which rules, and how much of each."""

    department: UUID | None = Field(None, description="Those of one department.")
    enabled: bool | None = Field(None, description="Those that are on, or the others.")


class TryIn(Taken):
    """A rule to be tried on what is stored."""

    rule: Text = Field(min_length=1, max_length=LONGEST_RULE, description=_RULE)
    department: UUID | None = Field(None, description="To tell what it has already.")
    since: Moment | None = Field(None, description="Interactions that happened then or later.")
    until: Moment | None = Field(None, description="Interactions that happened before then.")
    examples: int = Field(5, ge=0, le=20, description="Findings that are shown.")


class TriedThemeOut(Given):
    """A theme that a rule would deliver."""

    theme: ThemeRefOut
    findings: int = Field(description="Of it, that fulfil the rule.")


class TriedOut(Given):
    """What a rule would have delivered."""

    since: datetime | None
    until: datetime | None
    interactions: int = Field(description="Mined interactions that were looked at.")
    findings: int = Field(description="That fulfil the rule.")
    in_interactions: int = Field(description="Interactions that these stand in.")
    delivered: int | None = Field(
        description="Of the findings, those that reached the department before; null where none "
        "was named."
    )
    waiting: int = Field(description="Of the findings, those that stand in no theme yet.")
    themes: list[TriedThemeOut] = Field(description="Themes with the most of them, 20 at the most.")
    examples: list[FindingOut] = Field(description="Some of them, the newest interactions' first.")

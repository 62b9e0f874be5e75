"""Items of an inbox as the service takes and answers them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import Change, FieldsQuery, Given, Moment, PageQuery, Text
from api.schemas.themes import ThemeRefOut
from api.store.inbox_tables import LONGEST_TEXT, LONGEST_VERSION
from nlp.heads.custom import LONGEST_NAME
from nlp.types import SentimentLabel

ItemState = Literal["open", "acknowledged", "planned", "fixed", "declined"]
ItemSort = Literal["size", "newest", "heard", "due"]
ChangeKind = Literal[
    "opened",
    "changed",
    "reopened",
    "folded",
    "took_in",
    "unfolded",
    "gave_back",
    "split_off",
]


class ItemQuoteOut(Given):
    """A customer's words that show what an item is about."""

    finding: UUID
    interaction: UUID
    turn: int
    quote: str
    confidence: float
    sentiment: SentimentLabel


class DepartmentRefOut(Given):
    """A department by its title."""

    id: UUID
    title: str
    url: str


class ItemOut(Given):
    """Something that a department has before it: a theme, or one finding that is in none."""

    id: UUID
    department: DepartmentRefOut
    theme: ThemeRefOut | None = Field(description="Null for an item of one finding.")
    finding: UUID | None = Field(description="Null for an item of a theme.")
    category: str
    state: ItemState
    state_at: datetime = Field(description="When it came to that state.")
    reason: str = Field(description="Why it was declined; empty else.")
    answer: str = Field(description="What customers may be told; empty while there is nothing.")
    fixed_at: datetime | None
    fixed_in: str = Field(description="The version that the department says has it fixed.")
    due_at: datetime | None
    overdue: bool = Field(description="Whether it is past due, and neither fixed nor declined.")
    opened_at: datetime
    findings: int = Field(description="That reached the department.")
    interactions: int = Field(description="That these stand in.")
    negative: int = Field(description="Of the findings, those said in anger or disappointment.")
    positive: int
    first_heard: datetime | None = Field(description="When the first of them happened.")
    last_heard: datetime | None
    quotes: list[ItemQuoteOut] = Field(description="The surest of the newest findings.")
    folded_into: UUID | None = Field(description="The item that has it by now; null else.")
    revision: int = Field(description="Goes up when somebody changes it, or it opens; the ETag.")
    url: str


class ItemChangeIn(Change):
    """What is said about an item; what is left out stays."""

    state: ItemState | None = None
    reason: Text | None = Field(
        None, max_length=LONGEST_TEXT, description="Why it is declined: needed for that."
    )
    answer: Text | None = Field(
        None, max_length=LONGEST_TEXT, description="What customers may be told; '' takes it back."
    )
    note: Text = Field("", max_length=LONGEST_TEXT, description="For colleagues; in the history.")
    due_at: Moment | None = Field(None, description="When it is due; null for never.")
    fixed_in: Text | None = Field(
        None,
        max_length=LONGEST_VERSION,
        description="The version that has it fixed, for people: a later report opens the item "
        "again, whatever version it is about.",
    )


class ItemQuery(PageQuery, FieldsQuery):
    """Which items, in which order, and how much of each."""

    department: UUID | None = Field(None, description="Those of one department.")
    state: list[ItemState] | None = Field(
        None, max_length=5, description="In one of these states; may be given more than once."
    )
    category: Text | None = Field(None, max_length=LONGEST_NAME, description="Of the findings.")
    theme: UUID | None = Field(None, description="Those of one theme.")
    due_before: Moment | None = Field(None, description="Due before then.")
    overdue: bool | None = Field(
        None, description="Past due and neither fixed nor declined, or the others."
    )
    sort: ItemSort = Field(
        "size",
        description="size: most findings first; newest: last opened first; heard: last reported "
        "first; due: the earliest first, those without a due time left out.",
    )


class ItemChangeOut(Given):
    """Something that happened to an item."""

    id: UUID
    kind: ChangeKind = Field(
        description="opened, changed by somebody, reopened by a new report; folded into `other`, "
        "took_in `other`, unfolded from it, gave_back `other`; split_off from `other`."
    )
    before: ItemState
    after: ItemState
    at: datetime
    by: str | None = Field(description="Name of the key or the person; null where nobody did it.")
    note: str
    reason: str
    answer: str
    fixed_in: str
    due_at: datetime | None
    findings: int = Field(description="That the item had.")
    other: UUID | None = Field(description="The other item that it is about.")


class HistoryQuery(PageQuery, FieldsQuery):
    """Which page of a history or of evidence, and how much of each row."""


class AnswerOut(Given):
    """What became of something that a customer reported."""

    finding: UUID
    category: str
    quote: str = Field(description="What the customer said.")
    department: str = Field(description="Title of the department that answers.")
    state: ItemState
    answer: str = Field(description="What customers may be told.")
    fixed_in: str
    at: datetime


class AnswersOut(Given):
    """What became of what one customer reported in one interaction."""

    data: list[AnswerOut]

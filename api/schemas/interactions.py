"""Interactions as the service takes and answers them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.schemas.findings import FindingOut
from nlp.types import Channel, RolesFrom, SentimentLabel, Speaker

State = Literal["accepted", "mined", "failed", "cancelled"]

Seconds = Annotated[float, Field(ge=0, le=316_224_000, allow_inf_nan=False)]
Line = Annotated[Text, StringConstraints(min_length=1, max_length=1_000)]


class TurnIn(Taken):
    """What one speaker said before another did, or one paragraph of a mail."""

    speaker: Speaker = Field(description="Who said it. Findings come from the customer's turns.")
    text: Annotated[Text, StringConstraints(min_length=1, max_length=100_000)]
    start: Seconds | None = Field(None, description="Seconds from the start of the call.")
    end: Seconds | None = Field(None, description="Seconds from the start of the call.")


class InteractionIn(Taken):
    """One call, mail or chat in Conduit's own form: with `turns`, or with the words in `text`."""

    id: Annotated[Text, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Your identifier; made from the content where left out."
    )
    channel: Channel = "call"
    started_at: Moment | None = Field(None, description="With a time zone.")
    subject: Annotated[Text, StringConstraints(max_length=2_000)] | None = None
    metadata: dict[Line, Line] = Field(
        default_factory=dict,
        max_length=50,
        description="What else is known (product, version, region …), names to values.",
    )
    turns: list[TurnIn] | None = Field(None, min_length=1, max_length=20_000)
    text: Annotated[Text, StringConstraints(min_length=1, max_length=2_000_000)] | None = Field(
        None, description="The whole conversation, one `Speaker: words` a line, or a mail's body."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.turns is None) == (self.text is None):
            raise ValueError("exactly one of `turns` and `text` has to be there")
        return self


class SubmissionOut(Given):
    """What becomes of a submitted interaction."""

    id: UUID = Field(description="Read it at `url` with this id.")
    state: State
    url: str


class RolesOut(Given):
    """How it was decided who the agent is, and how sure that is."""

    source: RolesFrom
    confidence: float = Field(description="0 to 1; 1 where the file or the caller said so.")
    note: str = Field(description="One sentence for whoever doubts it.")


class SentimentOut(Given):
    """How the customer feels, over the whole interaction."""

    overall: SentimentLabel
    score: float = Field(description="P(positive) - P(negative), from -1 to 1.")


class TurnSentimentOut(Given):
    """One point of the sentiment arc."""

    index: int = Field(description="The turn's.")
    label: SentimentLabel
    score: float = Field(description="From -1 to 1.")


class SentimentArcOut(SentimentOut):
    """How the customer feels, over the whole interaction and turn by turn."""

    turns: list[TurnSentimentOut] = Field(description="One point for each of the customer's turns.")


class ErrorOut(Given):
    """Why an interaction could not be mined."""

    code: str
    attempts: int


class InteractionOut(Given):
    """One interaction, without its words. Everything in it was redacted before it was stored."""

    id: UUID
    external_id: str = Field(description="The file's own identifier, or one made from its content.")
    source: str = Field(description="The file that it came from, and the place in it.")
    format: str
    channel: Channel
    subject: str | None
    started_at: datetime | None
    received_at: datetime
    state: State
    mined_at: datetime | None
    model: str | None = Field(description="The model that mined it.")
    job: UUID | None = Field(description="The upload that it came with.")
    roles: RolesOut
    metadata: dict[str, str]
    redactions: dict[str, int] = Field(description="Placeholders in it, by kind.")
    sentiment: SentimentOut | None = Field(description="Null until it is mined.")
    error: ErrorOut | None = Field(description="Null unless the miner has failed on it.")


class TurnOut(Given):
    """What one speaker said before another did, or one paragraph of a mail."""

    index: int
    speaker: Speaker
    text: str
    start: float | None = Field(description="Seconds from the start of the call.")
    end: float | None


class InteractionDetailOut(InteractionOut):
    """One interaction with its words, its findings and its sentiment arc."""

    sentiment: SentimentArcOut | None = Field(description="Null until it is mined.")
    turns: list[TurnOut]
    findings: list[FindingOut]


class DetailQuery(FieldsQuery):
    """How much of one interaction."""


class InteractionQuery(PageQuery, FieldsQuery):
    """Which interactions, and how much of each."""

    state: State | None = Field(None, description="How far it is.")
    channel: Channel | None = None
    job: UUID | None = Field(None, description="Those of one upload.")
    external_id: Text | None = Field(None, max_length=500, description="Your identifier.")
    since: Moment | None = Field(None, description="Received then or later.")
    until: Moment | None = Field(None, description="Received before then.")
    sentiment: SentimentLabel | None = Field(None, description="Of the customer, over all of it.")
    category: Text | None = Field(
        None, max_length=200, description="Those in which it was found, built-in or your own."
    )
    product: Text | None = Field(None, max_length=1_000, description="Its `product`, exactly.")
    metadata: list[Text] = Field(
        default_factory=list,
        max_length=10,
        description="`key=value`, exactly: those with that piece of metadata. Can be repeated.",
    )
    sort: Literal["newest", "oldest", "started_at"] = Field(
        "newest",
        description="newest, oldest: by when they came in; started_at: those that began last "
        "first, or came in last where nobody says when they began.",
    )

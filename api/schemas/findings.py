"""Findings as the service answers them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Text
from nlp.heads.custom import LONGEST_NAME
from nlp.types import CATEGORIES, Channel, SentimentLabel


class FindingOut(Given):
    """A category found in the customer's words, with those words as evidence."""

    id: UUID
    interaction: UUID
    category: str = Field(
        description=f"{', '.join(CATEGORIES)}, or the name of a category of your own."
    )
    turn: int = Field(description="Index of the turn.")
    start: int = Field(description="Offset of the quote's first character in the turn's text.")
    end: int = Field(description="Offset after its last; characters are Unicode code points.")
    quote: str = Field(description="`text[start:end]` of that turn.")
    confidence: float = Field(description="Calibrated probability, 0 to 1.")
    sentiment: SentimentLabel = Field(description="Of the passage that it stands in.")
    unsure: bool = Field(
        description="Whether a person should decide: the model does not promise its stated "
        "precision for this one."
    )
    theme: UUID | None = Field(
        description="The theme of its category that it stands in; null while it waits for one."
    )
    model: str = Field(description="Its name; `people` for a finding that people added.")
    reviewed: Literal["confirmed", "corrected", "added"] | None = Field(
        description="What people made of it, where they spoke of it: `/v1/opinions` has the words."
    )
    created_at: datetime


class FindingQuery(PageQuery, FieldsQuery):
    """Which findings, and how much of each."""

    category: Text | None = Field(
        None,
        max_length=LONGEST_NAME,
        description=f"{', '.join(CATEGORIES)}, or the name of a category of your own.",
    )
    sentiment: SentimentLabel | None = None
    min_confidence: float | None = Field(None, ge=0, le=1, description="This or more.")
    unsure: bool | None = Field(
        None, description="true: those for a person to decide; false: those the model is sure of."
    )
    channel: Channel | None = Field(None, description="Of the interaction.")
    interaction: UUID | None = Field(None, description="Those of one interaction.")
    theme: UUID | None = Field(None, description="Those of one theme, of any scope.")
    source: Text | None = Field(None, max_length=1_000, description="The interaction's, exactly.")
    model: Text | None = Field(None, max_length=200, description="Name of the model.")
    since: Moment | None = Field(None, description="The interaction came in then or later.")
    until: Moment | None = Field(None, description="The interaction came in before then.")
    product: Text | None = Field(
        None, max_length=1_000, description="The interaction's `product`, exactly."
    )
    metadata: list[Text] = Field(
        default_factory=list,
        max_length=10,
        description="`key=value`, exactly: those with that piece of metadata. Can be repeated.",
    )
    words: Text | None = Field(
        None,
        max_length=200,
        description="That the passage has, in any of their forms; as a web search takes them.",
    )
    sort: Literal["newest", "confidence"] = Field(
        "newest",
        description="newest: those of the newest interaction first, in the order of its words; "
        "confidence: the surest first.",
    )

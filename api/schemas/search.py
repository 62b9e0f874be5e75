"""Search as the service takes and answers it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import FieldsQuery, Given, Moment, Page, PageQuery, Text
from api.schemas.findings import FindingOut
from nlp.heads.custom import LONGEST_NAME
from nlp.types import CATEGORIES, Channel, SentimentLabel


class SpanOut(Given):
    """A stretch of a turn's text."""

    start: int = Field(description="Offset of its first character in the turn's text.")
    end: int = Field(description="Offset after its last; characters are Unicode code points.")


class FoundInOut(Given):
    """The interaction that a hit stands in."""

    id: UUID
    channel: Channel
    started_at: datetime | None
    received_at: datetime
    metadata: dict[str, str]
    url: str


class RanksOut(Given):
    """Where a hit stands in each list, from 1; null where it is not in it."""

    words: int | None = Field(description="In the list by words.")
    meaning: int | None = Field(description="In the list by meaning.")


class HitOut(Given):
    """A passage that was found."""

    interaction: FoundInOut
    passage: int = Field(description="Its place among the customer's passages.")
    turn: int = Field(description="Index of the turn.")
    start: int = Field(description="Offset of its first character in the turn's text.")
    end: int = Field(description="Offset after its last.")
    quote: str = Field(description="`text[start:end]` of that turn.")
    highlights: list[SpanOut] = Field(description="Words of the query, in any of their forms.")
    findings: list[FindingOut] = Field(description="What was found in it.")
    found_by: list[Literal["words", "meaning"]] = Field(description="Which lists it is in.")
    ranks: RanksOut
    likeness: float | None = Field(
        description="Cosine of its meaning to the query's, where it was found by that."
    )
    score: float = Field(
        description="1 / (60 + rank), summed over the lists, where that by words gives less for "
        "words that are missing: orders hits."
    )


class SearchBasisOut(Given):
    """What was asked."""

    by: list[Literal["words", "meaning"]] = Field(
        description="The lists that were asked: `meaning` is missing where no encoder is there."
    )


class SearchPage(Page[HitOut], SearchBasisOut):
    """One page of hits, and what was asked."""


class SearchQuery(PageQuery, FieldsQuery):
    """Which passages are searched, what for, and how much of each hit."""

    q: Text = Field(
        pattern=r"\S",
        max_length=500,
        description='What to look for. In the list by words, `"…"` is a phrase, `or` means '
        "either and `-` leaves out, as in a web search.",
    )
    by: Literal["both", "words", "meaning"] = Field("both", description="Which lists are asked.")
    category: Text | None = Field(
        None,
        max_length=LONGEST_NAME,
        description=f"Passages in which it was found: {', '.join(CATEGORIES)}, or one of yours.",
    )
    theme: UUID | None = Field(None, description="Passages with a finding of one theme.")
    sentiment: SentimentLabel | None = Field(
        None, description="Passages with a finding and that feeling."
    )
    channel: Channel | None = Field(None, description="Of the interaction.")
    product: Text | None = Field(
        None, max_length=1_000, description="The interaction's `product`, exactly."
    )
    metadata: list[Text] = Field(
        default_factory=list,
        max_length=10,
        description="`key=value`, exactly: those with that piece of metadata. Can be repeated.",
    )
    since: Moment | None = Field(None, description="The interaction came in then or later.")
    until: Moment | None = Field(None, description="The interaction came in before then.")

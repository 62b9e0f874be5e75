"""The review queue, and how good the model is, as the service takes and answers them."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.schemas.categories import FigureOut
from nlp.heads.custom import LONGEST_NAME
from nlp.types import CATEGORIES, Category, Channel, SentimentLabel, Speaker

ReviewReason = Literal["unsure", "disagreement", "rare", "new_words", "random"]
ReviewState = Literal["open", "answered", "skipped", "expired"]

_REASONS = (
    "unsure: the model is in two minds; rare: so it is, about a category of which few cases were "
    "judged; disagreement: a shadow run said otherwise; new_words: it holds words that the model "
    "has never read; random: drawn blindly, to tell how good the model is."
)


class ReviewOut(Given):
    """One passage that people are asked to judge."""

    id: UUID
    state: ReviewState
    reason: ReviewReason = Field(description=_REASONS)
    category: str | None = Field(description="What the reason is about; null for none.")
    chance: float | None = Field(
        description="With which it was drawn; null where it was not drawn blindly."
    )
    interaction: UUID
    turn: int
    start: int = Field(description="Of the passage, in the turn's text.")
    end: int
    model: str = Field(description="Name of the model that mined it.")
    drawn_at: datetime
    leased_until: datetime | None = Field(
        description="Until when nobody else is handed it; null where nobody looks at it."
    )
    ended_at: datetime | None
    ended_by: str | None = Field(description="Who answered or skipped it.")
    url: str


class ReviewTurnOut(Given):
    """What was said around the passage."""

    index: int
    speaker: Speaker
    text: str


class ReviewFoundOut(Given):
    """What the model found in the passage."""

    category: str
    confidence: float


class ReviewTaskOut(ReviewOut):
    """One passage with what it takes to judge it."""

    text: str = Field(description="The passage.")
    channel: Channel
    before: list[ReviewTurnOut] = Field(description="The turns before it, up to six.")
    turn_text: str = Field(description="The turn that it stands in, whole.")
    found: list[ReviewFoundOut] | None = Field(
        description="What the model found; null where it is kept back, because whoever sees it is "
        "led by it and the answer would flatter the model: that is so for random."
    )
    interaction_url: str


class ReviewTasksOut(Given):
    """The passages that you were handed."""

    data: list[ReviewTaskOut]
    waiting: int = Field(description="How many wait for an answer, yours among them.")


class ReviewNextIn(Taken):
    """How many passages you want, and which."""

    count: int = Field(1, ge=1, le=20, description="How many at the most.")
    minutes: int = Field(15, ge=1, le=240, description="For how long they are yours alone.")
    reason: ReviewReason | None = Field(None, description="Those alone.")
    category: Text | None = Field(
        None, max_length=LONGEST_NAME, description="About this one alone."
    )


class ReviewCategoriesIn(Taken):
    """Whether the passage carries each of the built-in categories: all of them are judged."""

    product_defect: bool
    documentation_error: bool
    feature_request: bool

    def said(self) -> dict[Category, bool]:
        """By name."""
        return {name: bool(getattr(self, name)) for name in CATEGORIES}


class ReviewQuoteIn(Taken):
    """The words that show a category."""

    category: Category
    start: int = Field(ge=0, description="Offset of the first character in the passage's text.")
    end: int = Field(ge=1, description="Offset after the last.")


class ReviewAnswerIn(Taken):
    """What a person says of the whole passage."""

    categories: ReviewCategoriesIn
    quotes: list[ReviewQuoteIn] = Field(
        default_factory=list,
        max_length=len(CATEGORIES),
        description="Of categories that it carries, one each at the most.",
    )
    sentiment: SentimentLabel | None = Field(None, description="Of the passage; null for no word.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Quotes show what is there."""
        there = self.categories.said()
        seen = [quote.category for quote in self.quotes]
        for quote in self.quotes:
            if not there[quote.category]:
                raise ValueError(f"a quote shows {quote.category}, which is said not to be there")
            if quote.start >= quote.end:
                raise ValueError(f"the quote of {quote.category} ends before it begins")
        if len(set(seen)) < len(seen):
            raise ValueError("a category has two quotes: send one")
        return self


class ReviewQuery(PageQuery, FieldsQuery):
    """Which rows of the queue, and how much of each."""

    state: ReviewState | None = Field(None, description="All if left out.")
    reason: ReviewReason | None = Field(None, description=_REASONS)
    category: Text | None = Field(
        None, max_length=LONGEST_NAME, description="That the reason is about."
    )
    model: Text | None = Field(None, max_length=200, description="Name of the model.")
    interaction: UUID | None = Field(None, description="Those of one interaction.")


class ModelQualityQuery(Taken):
    """Of which model, and of which time."""

    model: Text | None = Field(
        None, max_length=200, description="Its name; that of the newest draw if left out."
    )
    since: Moment | None = Field(None, description="Drawn then or later.")
    until: Moment | None = Field(None, description="Drawn before then.")


class CategoryQualityOut(Given):
    """How good the model is at one category, on all that came in."""

    category: str
    judged: int = Field(description="Passages that were drawn and judged.")
    found: int = Field(description="Those of them in which the model found it.")
    there: int = Field(description="Those in which people did.")
    precision: FigureOut | None = Field(
        description="Of what is found, the share that is right; null where there is too little."
    )
    recall: FigureOut | None = Field(description="Of what is there, the share that is found.")
    f1: FigureOut | None = Field(description="Their harmonic mean.")
    note: str = Field(description="What there is too little of, in words; empty where enough.")


class SentimentQualityOut(Given):
    """How often the sentiment is right."""

    judged: int
    accuracy: FigureOut | None = Field(description="Null where there is too little.")


class ModelQualityOut(Given):
    """How good a model is on what comes in, from the random share of the review queue alone."""

    model: str | None = Field(description="Its name; null where nothing was drawn yet.")
    since: datetime | None
    until: datetime | None
    passages: int = Field(description="That could have been drawn: all that was mined meanwhile.")
    drawn: int
    answered: int
    skipped: int = Field(description="Where many are, the figures are of the easier passages.")
    waiting: int
    categories: list[CategoryQualityOut]
    sentiment: SentimentQualityOut
    note: str = Field(description="How far to trust it, in words.")

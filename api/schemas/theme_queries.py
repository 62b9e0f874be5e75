"""Which themes a client asks for, over which days, and how much of each."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import Day, FieldsQuery, PageQuery, Taken, Text
from api.schemas.themes import SCOPE, By, QuoteKind, Scope, ThemeState
from api.store.theme_tables import ALL
from nlp.types import Channel, SentimentLabel


class Windowed(Taken):
    """A stretch of days."""

    since: Day | None = Field(
        None, description="The interaction began, or else came in, on this day of UTC or later."
    )
    until: Day | None = Field(None, description="The same, before this day.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("`since` has to be before `until`")
        return self


class ThemeWindowQuery(Windowed, FieldsQuery):
    """Over which days a theme is counted, and how much of it."""


class Scoped(Taken):
    """Themes of which findings."""

    scope: Scope = Field(ALL, description=SCOPE)


class ThemeQuery(Scoped, Windowed, PageQuery, FieldsQuery):
    """Which themes, in which order, and how much of each."""

    state: ThemeState = Field("active", description="active, faded or merged.")
    hidden: bool | None = Field(default=False, description="Those that people hid, or the others.")
    pinned: bool | None = Field(None, description="Those that people pinned, or the others.")
    area: UUID | None = Field(None, description="Those of one area.")
    product: Text | None = Field(None, max_length=500, description="That most of it is about.")
    words: Text | None = Field(
        None, max_length=200, description="That its name or description holds, in any case."
    )
    sort: Literal["size", "growth", "recency", "sentiment"] = Field(
        "size",
        description="size: most interactions first; growth: what surely grew the most first; "
        "recency: heard of last first; sentiment: the most negative first.",
    )


class QuotesQuery(FieldsQuery):
    """Which quotes."""

    kind: QuoteKind | None = Field(None, description="central or diverse; both if left out.")


class ThemeFindingQuery(Windowed, PageQuery, FieldsQuery):
    """Which findings of a theme, and how much of each."""

    sentiment: SentimentLabel | None = None
    channel: Channel | None = Field(None, description="Of the interaction.")
    unsure: bool | None = Field(None, description="true: those for a person to decide.")
    min_confidence: float | None = Field(None, ge=0, le=1, description="This or more.")
    subtheme: UUID | None = Field(None, description="Those of one part of the theme.")


class Sliced(Windowed):
    """Which interactions count."""

    channel: Channel | None = Field(None, description="Those of one channel.")
    metadata: list[Text] = Field(
        default_factory=list,
        max_length=10,
        description="`key=value`, exactly: those with that piece of metadata. Can be repeated.",
    )


class TrendQuery(Sliced):
    """How a trend is cut."""

    by: By = Field("day", description="day, week (ISO, from Monday) or month, in UTC.")


class BreakdownQuery(Sliced):
    """What a theme is broken down by."""

    by: Annotated[Text, Field(min_length=1, max_length=1_000)] = Field(
        "channel", description="channel, or a key of the metadata that came with interactions."
    )
    limit: int = Field(10, ge=1, le=100, description="Most values; the others are summed up.")


class LineageQuery(PageQuery, FieldsQuery):
    """Which page of what happened to a theme."""


class SimilarQuery(Taken):
    """How many of the themes most like one."""

    limit: int = Field(10, ge=1, le=100, description="Most of them.")


class RelatedQuery(Windowed):
    """Over which days, and how many of the themes that come with one."""

    limit: int = Field(10, ge=1, le=100, description="Most of them.")


class AreaQuery(Scoped, PageQuery, FieldsQuery):
    """Which areas, and how much of each."""


class EmergingQuery(Scoped, PageQuery, FieldsQuery):
    """Which page of the pool, and how much of each finding."""


class QualityQuery(FieldsQuery):
    """Of which scopes."""

    scope: Scope | None = Field(None, description=f"{SCOPE} Every scope if left out.")

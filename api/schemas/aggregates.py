"""Aggregates as the service takes and answers them."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import Given, Moment, Taken, Text
from api.schemas.categories import FigureOut
from nlp.heads.custom import LONGEST_NAME
from nlp.types import Channel, SentimentLabel

Measure = Literal["findings", "interactions", "sentiment"]


class AggregateQuery(Taken):
    """What is counted, and by what."""

    measure: Measure = Field(
        "findings",
        description="findings: how many, and in how many interactions; interactions: those with "
        "such a finding, or all of them where nothing is said of findings; sentiment: its mean "
        "over the same.",
    )
    by: Text = Field(
        "category",
        max_length=300,
        description="Up to three of category, theme, sentiment (of findings), channel, product, "
        "version, feeling (of whole interactions), day, week, month and metadata.KEY, separated by "
        "commas.",
    )
    limit: int = Field(100, ge=1, le=500, description="Most groups; the others are summed up.")
    category: Text | None = Field(
        None, max_length=LONGEST_NAME, description="Findings of one category."
    )
    theme: UUID | None = Field(None, description="Findings of one theme, of any scope.")
    sentiment: SentimentLabel | None = Field(None, description="Findings in such passages.")
    unsure: bool | None = Field(None, description="Findings for a person to decide, or the others.")
    min_confidence: float | None = Field(None, ge=0, le=1, description="This or more.")
    channel: Channel | None = Field(None, description="Of the interaction.")
    product: Text | None = Field(
        None, max_length=1_000, description="The interaction's `product`, exactly."
    )
    metadata: list[Text] = Field(
        default_factory=list,
        max_length=10,
        description="`key=value`, exactly: those with that piece of metadata. Can be repeated.",
    )
    since: Moment | None = Field(None, description="The interaction began then or later.")
    until: Moment | None = Field(None, description="The interaction began before then.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("`since` has to be before `until`")
        return self


class GroupOut(Given):
    """One combination of values."""

    values: dict[str, str | None] = Field(
        description="A value for each of `by`; null where there is none, such as no theme yet."
    )
    theme_name: str | None = Field(description="Where `theme` is one of `by`: what it is called.")
    findings: int | None = Field(description="Null where interactions are counted by themselves.")
    interactions: int = Field(description="In which these stand.")
    share: FigureOut | None = Field(
        description="Of all interactions that are counted over, with its 95 % interval (Wilson)."
    )
    sentiment: FigureOut | None = Field(
        description="Mean from -1 to 1, of the findings' passages or of the interactions, with "
        "its 95 % interval."
    )


class OthersOut(Given):
    """The groups that are not listed, together."""

    groups: int = Field(description="How many there are; 5,000 groups are looked at altogether.")
    findings: int | None
    interactions: int = Field(
        description="Summed over the groups: one that stands in two counts twice."
    )


class AggregateBasisOut(Given):
    """What is counted over."""

    interactions: int = Field(description="Mined interactions that the filters let through.")
    since: datetime | None = Field(description="As asked, or else when the first of them was.")
    until: datetime | None = Field(description="As asked, or else when the last of them was.")
    coverage: FigureOut | None = Field(
        description="Share of the interactions in the window that are mined."
    )
    models: list[str] = Field(description="Names of the models that mined them.")


class AggregateOut(Given):
    """Counts, and what they are counted over."""

    measure: Measure
    by: list[str]
    groups: list[GroupOut] = Field(description="Those of most interactions first.")
    others: OthersOut | None = Field(description="Null where every group is listed.")
    basis: AggregateBasisOut

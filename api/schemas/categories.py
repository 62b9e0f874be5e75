"""Categories of a team's own, as the service takes and answers them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import FieldsQuery, Given, PageQuery, Taken, Text
from nlp.heads.custom import LONGEST_NAME
from nlp.learn.lessons import FEWEST, MOST, PRECISION

Name = Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Description = Annotated[Text, StringConstraints(max_length=2_000)]
Words = Annotated[Text, StringConstraints(min_length=1, max_length=5_000)]
Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]

_NAME = "Lower-case letters, digits and underscores; findings carry it as their `category`."
_PRECISION = "Of what is found, this share should be right; the threshold is chosen for it."


class CategoryIn(Taken):
    """A new category: its name, and passages that carry it, in your customers' own words."""

    name: Name = Field(description=_NAME)
    description: Description = Field("", description="For people: what counts and what does not.")
    examples: list[Words] = Field(
        min_length=FEWEST,
        max_length=MOST,
        description="Passages that carry it; 8 to 32 are a good start, as different as they come.",
    )
    counterexamples: list[Words] = Field(
        default_factory=list,
        max_length=MOST,
        description="Passages that do not, and could be taken for it.",
    )
    precision: Share = Field(PRECISION, description=_PRECISION)


class MoreExamplesIn(Taken):
    """Further examples of a category; it is fitted anew with them."""

    examples: list[Words] = Field(default_factory=list, max_length=MOST)
    counterexamples: list[Words] = Field(default_factory=list, max_length=MOST)


class CategoryChangeIn(Taken):
    """What to change of a category; what is left out stays."""

    name: Name | None = Field(None, description="Its findings are renamed with it.")
    description: Description | None = None
    enabled: bool | None = Field(
        None, description="Whether new interactions are read for it; its findings stay."
    )
    threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        None,
        description="From which confidence it counts as found, in the place of the fitted one.",
    )
    precision: Share | None = Field(
        None, description=f"{_PRECISION} Asking for one takes back a `threshold` that was set."
    )


class FigureOut(Given):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class EstimateOut(Given):
    """How good a category is: every passage was held out once and judged by the others."""

    precision: FigureOut = Field(description="Of what is found, the share that is right.")
    recall: FigureOut = Field(description="Of what is there, the share that is found.")
    f1: FigureOut
    average_precision: FigureOut = Field(description="Over all thresholds (AP).")
    examples: int
    counterexamples: int
    counterexamples_found: int = Field(description="Of them, found all the same when held out.")
    background: int = Field(description="Ordinary passages of other people's calls and mails.")
    background_found: int = Field(description="Of them, found when held out.")
    prevalence: float = Field(description="Assumed share of passages that carry it.")
    threshold: float = Field(description="The confidence that the figures are for.")
    wanted: float = Field(description="The precision that it was chosen for.")
    reached: bool = Field(description="Whether some threshold has it.")


class CategoryExampleOut(Given):
    """A passage that carries the category, or one that does not; personal data is taken out."""

    id: UUID
    text: str
    carries: bool


class SampleOut(Given):
    """A stored passage and how sure the category is of it."""

    interaction: UUID
    turn: int
    start: int
    end: int
    text: str
    confidence: float


class PreviewOut(Given):
    """What a category would find among the newest stored passages."""

    passages: int = Field(description="How many were looked at.")
    found: int = Field(description="How many of them it would find.")
    surest: list[SampleOut] = Field(description="Some of those, the surest first.")
    unsure: list[SampleOut] = Field(
        description="Some next to the threshold, on either side: saying which carry it helps most."
    )


class CategoryOut(Given):
    """A category of your own: what was learned, how good it is, and from which examples."""

    id: UUID
    name: str = Field(description="As findings carry it.")
    description: str
    enabled: bool
    threshold: float = Field(description="From which confidence it counts as found.")
    threshold_set: bool = Field(description="Whether a person set it.")
    revision: int = Field(description="Goes up with every change; the ETag.")
    model: str = Field(description="That it was fitted on.")
    note: str = Field(description="Why it was fitted without anybody asking, or empty.")
    estimate: EstimateOut
    warnings: list[str] = Field(description="What to know, in plain words.")
    lookalikes: list[str] = Field(
        description="Ordinary passages that it finds. Where they do carry it, add them as "
        "examples: it is better than the estimate says."
    )
    examples: list[CategoryExampleOut]
    created_at: datetime
    fitted_at: datetime
    url: str


class CategoryPreviewOut(CategoryOut):
    """The same, with what it would find in what is stored."""

    preview: PreviewOut


class CategoryQuery(PageQuery, FieldsQuery):
    """Which page of the categories, and how much of each."""


class PreviewQuery(Taken):
    """How much of what it would find."""

    limit: int = Field(10, ge=1, le=100, description="Samples of each kind.")

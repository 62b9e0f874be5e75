"""Models, promotions and mining again as the service takes and answers them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.schemas.trainings import ModelName
from api.schemas.verdicts import GateOut
from api.store.model_tables import LONGEST_REASON

Reason = Annotated[
    Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REASON)
]


class ModelQuery(PageQuery, FieldsQuery):
    """Which page of models, and how much of each."""


class PromotionQuery(PageQuery, FieldsQuery):
    """Which page of promotions, and how much of each."""


class ComparisonQuery(Taken):
    """What a model is compared with."""

    against: ModelName | None = Field(
        None, description="Another model on the shelf; the one that serves where left out."
    )


class PromotionIn(Taken):
    """A model that is to serve."""

    model: ModelName = Field(description="Its name on the shelf.")
    reason: Reason = Field(description="Why, for whoever looks at the history.")
    force: bool = Field(
        default=False,
        description="Past a gate that refuses it; `reason` then says why that is right.",
    )


class RollbackIn(Taken):
    """Why the last promotion is taken back."""

    reason: Reason


class RemineIn(Taken):
    """What is mined again; `{}` takes everything."""

    model: ModelName | None = Field(None, description="What this model mined.")
    since: Moment | None = Field(None, description="What happened then or later.")
    until: Moment | None = Field(None, description="What happened before then.")
    theme: UUID | None = Field(None, description="What has a finding in this theme.")

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since has to be before until, or nothing is left")
        return self


class FiguresOut(Given):
    """Key figures on the frozen test split."""

    passages: int
    f1: dict[str, float | None] = Field(description="By category.")
    macro_f1: float | None
    sentiment: float | None = Field(description="Macro F1.")
    quotes: dict[str, float | None] = Field(description="Token F1 by category.")


class TroubleOut(Given):
    """A promoted model that a process could not load."""

    code: str = Field(description="Stable, as in problem details; the log has more.")
    serves: str = Field(description="The model that serves on there.")
    at: datetime


class ModelOut(Given):
    """A model on the shelf."""

    name: str
    digest: str = Field(description="SHA-256 over all that is served of it.")
    serving: bool
    parent: str | None = Field(description="The model that it was trained from.")
    made_at: str | None
    figures: FiguresOut | None = Field(description="null where it was never measured.")
    answered: bool = Field(
        description="Whether its answers to the frozen test are kept, so that the gate can judge."
    )
    interactions: int = Field(description="Stored interactions that it mined.")
    trouble: TroubleOut | None
    problem: str | None = Field(description="Why it cannot be read.")
    url: str


class LineageStepOut(Given):
    """A model in the line of another one's parents."""

    name: str
    digest: str
    made_at: str | None
    corrections: dict[str, Any] | None = Field(description="What it learned from people.")
    code: str | None = Field(description="Version that trained it.")
    problem: str | None = Field(description="Where it is not on the shelf any more.")


class ModelDetailOut(ModelOut):
    """A model with its card and where it comes from."""

    card: str = Field(description="Markdown; empty where there is none.")
    lineage: list[LineageStepOut] = Field(description="It, its parent, and so on.")
    files: dict[str, int] = Field(description="What lies there, in bytes.")


class ComparisonOut(GateOut):
    """A model beside another one, as the gate sees both."""

    judged: int = Field(
        description="Passages from production that people judged, both models read, and neither "
        "learned from."
    )
    measured_at: datetime | None = Field(description="When a worker last measured both.")


class PromotionOut(Given):
    """One change of the model that serves."""

    id: UUID
    kind: Literal["promote", "rollback"]
    model: str = Field(description="What serves from then on.")
    digest: str
    from_model: str
    reason: str
    forced: bool = Field(description="Past a gate that refused it.")
    undoes: UUID | None = Field(description="For a rollback: the promotion that it takes back.")
    by: str
    at: datetime
    verdict: GateOut | None = Field(description="What the gate said; null for a rollback.")

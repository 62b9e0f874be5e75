"""Trainings, their schedule and shadow runs as the service takes and answers them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.schemas.categories import FigureOut
from api.store.training_tables import LONGEST_MODEL_NAME, MODEL_NAME, MOST_SEED

TrainingState = Literal["waiting", "running", "done", "failed", "stopped"]
TrainingReason = Literal["asked", "schedule"]
ShadowState = Literal["running", "ended"]
ShadowEnd = Literal["asked", "other_model", "failing"]
FoundBy = Literal["served", "candidate", "neither"]
BuiltIn = Literal["product_defect", "documentation_error", "feature_request"]
ModelName = Annotated[
    Text, StringConstraints(pattern=MODEL_NAME, min_length=1, max_length=LONGEST_MODEL_NAME)
]

_STATE = (
    "waiting: a worker takes it when it can; running; done: the model is on the shelf; failed: "
    "`error` says why; stopped: its job was cancelled."
)
_ENDED = (
    "asked: a person ended it; other_model: another model serves since; failing: the candidate "
    "could not be loaded, or raised while it read."
)


class TrainingIn(Taken):
    """A training to start; `{}` takes all corrections and the model that serves."""

    name: ModelName | None = Field(
        None,
        description="Of the new model: small letters and digits, parted by . _ or -. Where it is "
        "left out, the parent's with the next number.",
    )
    parent: ModelName | None = Field(
        None, description="Model that it begins with; the one that serves where left out."
    )
    since: Moment | None = Field(None, description="Corrections from then on.")
    until: Moment | None = Field(None, description="Corrections before then.")
    seed: int = Field(1, ge=0, le=MOST_SEED, description="Of what is drawn at random.")

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since has to be before until, or no correction is left")
        return self


class TrainingQuery(PageQuery, FieldsQuery):
    """Which trainings, and how much of each."""

    state: TrainingState | None = Field(None, description="Those in one state.")
    parent: ModelName | None = Field(None, description="Those that began with one model.")


class LogQuery(PageQuery, FieldsQuery):
    """Which lines of a log, and how much of each."""


class TrainingOut(Given):
    """One training: what it learns from, how far it is, and the model that came of it."""

    id: UUID = Field(description="Also its job's.")
    name: str = Field(description="Of the new model.")
    parent: str | None = Field(
        description="Model that it begins with; null until it begins, where nobody named one."
    )
    state: TrainingState = Field(description=_STATE)
    reason: TrainingReason = Field(description="Whether a person asked, or the schedule.")
    seed: int
    since: datetime | None
    until: datetime | None
    interactions: int = Field(description="That people judged, in that time; counted as it begins.")
    judgements: int = Field(description="Of their passages.")
    stage: str | None = Field(description="Where it is, in its own words.")
    done: int = Field(description="How far in that stage.")
    total: int = Field(description="Of how much; 0 where that is not known.")
    starts: int = Field(description="Times that a worker took it up: more than once after a crash.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    digest: str | None = Field(description="Of the model, once it is done.")
    error_code: str | None = Field(description="Stable; null unless it failed.")
    error: str | None = Field(description="Why it failed, and what to do.")
    by: str = Field(description="Who asked.")
    url: str
    log_url: str
    job_url: str = Field(description="`/cancel` below it stops the training.")


class TrainingLineOut(Given):
    """One line of what a training told: stages and figures, never a customer's words."""

    number: int
    at: datetime
    stage: str
    line: str


class TrainingScheduleIn(Taken):
    """When a training starts without anybody asking; what comes first counts."""

    enabled: bool = Field(description="Whether it is kept to.")
    every_days: int | None = Field(
        None, ge=1, le=3650, description="Days after the last one that it started."
    )
    after_judgements: int | None = Field(
        None, ge=1, le=1_000_000, description="Judgements since the last one that it started."
    )

    @model_validator(mode="after")
    def _when(self) -> Self:
        if self.enabled and self.every_days is None and self.after_judgements is None:
            raise ValueError("it says never: set every_days, after_judgements or both")
        return self


class TrainingScheduleOut(Given):
    """When a training starts without anybody asking."""

    enabled: bool
    every_days: int | None
    after_judgements: int | None
    last_at: datetime = Field(description="When it last started one, or was set: it counts on.")
    judgements: int = Field(description="Made since then.")
    revision: int = Field(description="Goes up with every change; the ETag.")


class ShadowIn(Taken):
    """A candidate that is to read beside the model that serves."""

    model: ModelName = Field(description="The candidate, as it is called on the shelf.")
    share: float = Field(
        0.1, gt=0, le=1, description="Of the interactions, chosen by a hash of their ids."
    )


class ShadowQuery(PageQuery, FieldsQuery):
    """Which shadow runs, and how much of each."""

    state: ShadowState | None = Field(None, description="The one that runs, or those that ended.")


class ShadowCategoryOut(Given):
    """What both said of one category, over all passages that both have read."""

    category: BuiltIn
    both: int = Field(description="Passages in which both find it.")
    served_alone: int = Field(description="In which only the model that serves finds it.")
    candidate_alone: int = Field(description="In which only the candidate does.")
    neither: int
    differ: FigureOut | None = Field(description="Share of passages in which one alone finds it.")
    served_found: FigureOut | None = Field(description="Share in which the one that serves does.")
    candidate_found: FigureOut | None = Field(description="Share in which the candidate does.")
    mean_gap: float | None = Field(description="Mean absolute difference of the probabilities.")
    correlation: float | None = Field(
        description="Of the probabilities (Pearson); null where one of them never changes."
    )


class ShadowOut(Given):
    """A candidate beside the model that serves: how often they differ, and how fast each is."""

    id: UUID
    model: str
    served: str = Field(description="The model that served when it began.")
    share: float
    state: ShadowState
    started_at: datetime
    ended_at: datetime | None
    ended_because: ShadowEnd | None = Field(description=_ENDED)
    error_code: str | None = Field(description="What the candidate failed with.")
    by: str = Field(description="Who began it.")
    interactions: int = Field(description="That both have read.")
    passages: int
    same_sentiment: FigureOut | None = Field(
        description="Share of passages of which both say the same feeling."
    )
    served_ms: float | None = Field(description="Milliseconds a passage of the model that serves.")
    candidate_ms: float | None = Field(description="Those of the candidate, on the same passages.")
    speed_ratio: float | None = Field(
        description="Passages a second of the candidate by those of the model that serves."
    )
    categories: list[ShadowCategoryOut]
    url: str
    differences_url: str


class DifferenceQuery(PageQuery, FieldsQuery):
    """Which differences, and how much of each."""

    category: BuiltIn | None = Field(None, description="About one category.")
    found_by: FoundBy | None = Field(
        None,
        description="served or candidate: what that one alone finds; neither: where they find the "
        "same and differ in how sure they are.",
    )
    interaction: UUID | None = Field(None, description="In one interaction.")
    least: float | None = Field(
        None, ge=0, le=1, description="Least absolute difference of the probabilities."
    )


class DifferenceOut(Given):
    """A passage of which the two do not say the same; its words stand at the interaction."""

    id: UUID
    interaction: UUID
    passage: int = Field(description="Its number among the interaction's passages.")
    category: BuiltIn
    served: float = Field(description="Probability of the model that serves.")
    candidate: float = Field(description="That of the candidate.")
    served_found: bool
    candidate_found: bool
    interaction_url: str

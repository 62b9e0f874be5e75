"""What the gate says of a model, as the service answers it."""

from typing import Literal

from pydantic import Field

from api.schemas.base import Given

ReasonCode = Literal[
    "f1_fell",
    "quote_f1_fell",
    "calibration_worse",
    "slower",
    "not_comparable",
    "not_measured",
    "not_usable",
]


class CheckedOut(Given):
    """One figure that the gate looked at."""

    figure: Literal["F1", "macro F1", "quote F1", "calibration error", "seconds a passage"]
    label: str = Field(description="Whose; empty for the speed.")
    data: Literal["test", "reviewed", "speed"] = Field(
        description="test: the frozen test; reviewed: passages from production that people judged; "
        "speed: the same passages, read by both in turns."
    )
    candidate: float | None = Field(description="The candidate's; null where it has no value.")
    serving: float | None = Field(description="That of the model that serves.")
    interval: list[float] | None = Field(
        description="The middle 95 % of candidate less serving, over interactions drawn for both "
        "alike; null where there are too few."
    )
    cases: int = Field(description="Passages that it is made from.")
    passed: bool = Field(description="Whether it is no reason to refuse.")
    note: str = Field(description="What to know of it, or empty.")


class RefusalOut(Given):
    """Why a model is refused."""

    code: ReasonCode
    label: str | None = Field(description="Whose figure it is.")
    message: str = Field(description="Label, figures, interval, and what to do.")
    figure: CheckedOut | None = Field(description="The figure, where there is one.")


class GateOut(Given):
    """What the gate says of a candidate."""

    candidate: str
    serving: str = Field(description="The model that it would take over from.")
    passed: bool
    figures: list[CheckedOut]
    reasons: list[RefusalOut] = Field(description="Why not; empty where it passed.")

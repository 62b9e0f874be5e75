"""Drift as the service tells it, and what people say to its alerts."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import Change, FieldsQuery, Given, PageQuery

Verdict = Literal["steady", "swing", "moved", "untold"]


class DriftFigureOut(Given):
    """One figure of one channel, beside what was expected of it."""

    figure: str = Field(
        description="label, confidence and agreement of a category; sentiment; unsure; "
        "vocabulary.unknown, vocabulary.words; vectors; all where there is too little of anything."
    )
    channel: str
    against: Literal["history", "training"] = Field(
        description="history: the weeks before; training: the industries of the training data."
    )
    value: float | None
    interval: list[float] | None = Field(description="95 % of the value, by sampling alone.")
    usual: list[float] | None = Field(description="95 % of what was expected, swings included.")
    windows: int = Field(description="Weeks or industries that it is compared with.")
    p: float | None = Field(
        description="Chance of lying so far out, raised for how many figures are looked at."
    )
    verdict: Verdict = Field(
        description="steady; swing: within its usual swing; moved; untold: too little to tell."
    )
    said: str = Field(description="The same as a sentence.")


class DriftWordOut(Given):
    """A word that customers say far more often than before."""

    word: str
    channel: str
    share: float = Field(description="Of the interactions of the latest weeks.")
    usual: float = Field(description="Share of those of the weeks before, at the most.")
    times: float = Field(description="How many times as often.")
    p: float


class DriftPassageOut(Given):
    """A passage that shows where a channel moves to."""

    channel: str
    interaction: UUID
    passage: int = Field(description="Its place among the passages of the interaction.")
    url: str


class DriftReportOut(Given):
    """What moved in the latest weeks, and what did not."""

    id: UUID
    state: Literal["waiting", "done"] = Field(description="waiting: a worker is going to make it.")
    asked_at: datetime
    made_at: datetime | None
    model: str | None = Field(description="That mined the last of these weeks.")
    since: date | None = Field(description="First day of the weeks that are judged, a Monday.")
    until: date | None = Field(description="The day after their last.")
    moved: bool | None
    interactions: int | None = Field(description="Of these weeks, that were read.")
    weeks: int | None = Field(description="Of history, by which they are judged.")
    knows_seasons: bool | None = Field(
        description="Whether there is a year of history. With less, a wave that comes every year "
        "looks like a drift, or hides one."
    )
    summary: str | None
    figures: list[DriftFigureOut] = Field(description="What moved first.")
    words: list[DriftWordOut]
    passages: list[DriftPassageOut] = Field(description="Those that were erased are left out.")
    url: str


class DriftAlertOut(Given):
    """One story of something that moved: extended by later reports rather than told anew."""

    id: UUID
    opened: date = Field(description="First day of the weeks in which it was first seen.")
    last: date = Field(description="First day of the weeks in which it was last seen.")
    closed: date | None
    settled: bool = Field(
        description="People took it for the new state of things: later weeks are judged by that."
    )
    model: str
    figures: list[str] = Field(
        description="What moved, such as `history email label.product_defect`."
    )
    report: str = Field(description="Address of the newest report that tells of it.")
    acknowledged_at: datetime | None = Field(
        description="When a person said that they have seen it; null again when more moves."
    )
    revision: int = Field(description="Goes up with every change; the ETag.")
    url: str


class DriftAlertChangeIn(Change):
    """What a person says to an alert; what is left out stays."""

    acknowledged: bool = Field(default=False, description="Whether a person has seen it.")
    settled: Literal[True] | None = Field(
        default=None,
        description="True takes what moved for the new state of things, and closes the alert. "
        "Weeks are judged again as soon as there are some of the new state to judge by.",
    )

    @model_validator(mode="after")
    def _said(self) -> "DriftAlertChangeIn":
        if "settled" in self.model_fields_set and self.settled is None:
            raise ValueError("settled is true or left out: what was settled stays so")
        return self


class DriftReportQuery(PageQuery, FieldsQuery):
    """Which reports, and how much of each."""


class DriftAlertQuery(PageQuery, FieldsQuery):
    """Which alerts, and how much of each."""

    open: bool | None = Field(None, description="Those that are open, or the others.")

"""Jobs, formats and health as the service answers them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import FieldsQuery, Given, PageQuery

JobKind = Literal["batch", "backfill", "themes", "route", "erase", "remine", "train", "measure"]
JobState = Literal["running", "done", "cancelled"]


class JobQuery(PageQuery, FieldsQuery):
    """Which jobs, and how much of each."""

    kind: JobKind | None = Field(None, description="Of one kind.")
    state: JobState | None = Field(None, description="Those that run, or are done or cancelled.")


class RejectionQuery(PageQuery, FieldsQuery):
    """Which page of rejections, and how much of each."""


class ProgressOut(Given):
    """How far a job is, in parts of the upload; in findings where themes are gathered."""

    total: int = Field(description="Parts of the upload.")
    accepted: int = Field(description="Stored, and waiting to be mined.")
    mined: int
    failed: int = Field(description="The miner failed on them each time.")
    cancelled: int = Field(description="Waited when the job was cancelled.")
    rejected: int = Field(description="Could not be read; see the job's rejections.")


class JobOut(Given):
    """An upload of many, a category's backfill, gathering themes anew, an erasure, a training."""

    id: UUID
    kind: JobKind
    state: JobState
    source: str = Field(description="The upload's name, the category's, or a scope of themes.")
    created_at: datetime
    finished_at: datetime | None
    progress: ProgressOut
    url: str
    rejections_url: str


class RejectionOut(Given):
    """A part of an upload that could not be read."""

    index: int = Field(description="Its place in the upload, from 0.")
    source: str = Field(description="Which part.")
    code: str = Field(description="Stable, as in problem details.")
    message: str = Field(description="What is wrong, where, and the way out.")


class FormatOut(Given):
    """One format that is read."""

    name: str = Field(description="Pass it as `format` to skip the detection.")
    title: str
    suffixes: list[str] = Field(
        description="Usual endings; formats are told by content, not these."
    )
    checked_with: str = Field(description="Where the sample comes from that the tests read.")


class FormatsOut(Given):
    """All formats that are read, in the order in which they are tried."""

    data: list[FormatOut]


class HealthOut(Given):
    """Whether the service is there."""

    status: Literal["ok"]


class CheckOut(Given):
    """One thing that the service needs."""

    name: Literal["database", "weights", "model", "workers", "queue"]
    state: Literal["ok", "degraded"]
    detail: str = Field(description="What was found, or what is missing and the way out.")


class ReadinessOut(Given):
    """Whether the service can do its work, and what each part of it says."""

    status: Literal["ok", "degraded"] = Field(
        description="degraded: it answers, and something that it needs for all of its work is "
        "missing; what cannot answer is 503."
    )
    checks: list[CheckOut]

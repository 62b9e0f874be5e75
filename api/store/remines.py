"""Jobs that mine again what is mined, batch by batch, in the order of interactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from api.store import jobs
from api.store.model_tables import RemineRow
from api.store.tables import InteractionRow, JobRow
from api.store.theme_tables import ThemeMemberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which interactions are mined again; what is None does not narrow it.

    Attributes:
        model: that mined them.
        since: that happened then or later.
        before: that happened earlier.
        theme: that have a finding in it.
    """

    model: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    theme: UUID | None = None

    def text(self) -> str:
        """For a person."""
        parts = [
            "" if self.model is None else f"mined by {self.model}",
            "" if self.since is None else f"since {self.since:%Y-%m-%d}",
            "" if self.before is None else f"before {self.before:%Y-%m-%d}",
            "" if self.theme is None else f"of theme {self.theme}",
        ]
        return ", ".join(part for part in parts if part) or "all"


def create(session: Session, scope: Scope) -> JobRow:
    """A new job over all of a scope that is mined by now; one that runs already is given up."""
    jobs.give_up(session, select(RemineRow.job_id))
    job = jobs.create(session, source=scope.text(), kind="remine")
    row = RemineRow(
        job_id=job.id,
        model=scope.model,
        since=scope.since,
        before=scope.before,
        theme_id=scope.theme,
    )
    inside = (InteractionRow.state == "mined", *_inside(row))
    total = session.scalar(select(func.count()).select_from(InteractionRow).where(*inside)) or 0
    row.until = session.scalar(
        select(InteractionRow.id).where(*inside).order_by(InteractionRow.id.desc()).limit(1)
    )
    session.add(row)
    job.total = total
    session.flush()
    if not total:
        jobs.end(session, job.id)
    session.refresh(job)
    return job


def current(session: Session, job: UUID) -> RemineRow | None:
    """A running job, locked; None where it ended."""
    row = session.get(JobRow, job, with_for_update=True, populate_existing=True)
    found = session.get(RemineRow, job, populate_existing=True)
    return found if row is not None and row.state == "running" else None


def batch(session: Session, row: RemineRow, *, limit: int) -> list[InteractionRow]:
    """The next interactions to mine again, in the order of their ids."""
    query = select(InteractionRow).where(*jobs.still_to_do(row), *_inside(row))
    return list(session.scalars(query.order_by(InteractionRow.id).limit(limit)))


def _inside(row: RemineRow) -> list[ColumnElement[bool]]:
    happened = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)
    found: list[ColumnElement[bool]] = []
    if row.model is not None:
        found.append(InteractionRow.model == row.model)
    if row.since is not None:
        found.append(happened >= row.since)
    if row.before is not None:
        found.append(happened < row.before)
    if row.theme_id is not None:
        member = select(ThemeMemberRow.finding_id).where(
            ThemeMemberRow.theme_id == row.theme_id,
            ThemeMemberRow.interaction_id == InteractionRow.id,
        )
        found.append(member.exists())
    return found


def still_mined(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Those that are there and mined, locked: others were erased, or wait to be mined anyway."""
    rows = session.scalars(
        select(InteractionRow.id)
        .where(InteractionRow.id.in_(ids), InteractionRow.state == "mined")
        .order_by(InteractionRow.id)
        .with_for_update()
    )
    return list(rows)


def advance(session: Session, row: RemineRow, ids: Sequence[UUID], *, failed: int) -> None:
    """Says that interactions are through."""
    session.execute(
        update(RemineRow)
        .where(RemineRow.job_id == row.job_id)
        .values(after=max(ids), done=RemineRow.done + len(ids), failed=RemineRow.failed + failed)
        .execution_options(synchronize_session=False)
    )

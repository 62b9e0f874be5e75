"""Re-clusterings: asked for or due, one at a time in a scope, and how far each is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from api.store import jobs, themes
from api.store.ids import new_id
from api.store.tables import JobRow
from api.store.theme_history import ThemeRunRow
from api.store.theme_tables import ThemeScopeRow

OPEN = ("waiting", "running")

LOCK = 0x7468656D
"""Of the advisory lock that a worker holds while it computes themes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When a scope is gathered anew without anybody asking.

    Attributes:
        every: time between two re-clusterings of a scope at the least.
        fewest: findings of a scope before it is gathered for the first time.
        growth: by what share its findings have to have grown.
        waiting: findings in its emerging pool, beyond those that the last re-clustering left there,
            from which on it is due, whatever its growth.
    """

    every: timedelta
    fewest: int
    growth: float
    waiting: int


def ask(session: Session, scopes: Mapping[str, str], *, source: str) -> JobRow | None:
    """A job that gathers scopes anew; those that are under way already are left out.

    Args:
        session: the transaction.
        scopes: each with the reason (`RUN_REASONS`).
        source: what a person sees of it: a scope, or "themes".

    Returns:
        The job, which is to be put into the queue; None where all are under way.
    """
    names = sorted(scopes)
    if not names:
        return None
    themes.make_scopes(session, names)
    # Of two that ask at once, the second waits here and then sees the first's.
    session.execute(
        select(ThemeScopeRow.scope)
        .where(ThemeScopeRow.scope.in_(names))
        .order_by(ThemeScopeRow.scope)
        .with_for_update(key_share=True)
    )
    under_way = set(
        session.scalars(
            select(ThemeRunRow.scope).where(
                ThemeRunRow.scope.in_(names), ThemeRunRow.state.in_(OPEN)
            )
        )
    )
    free = [name for name in names if name not in under_way]
    if not free:
        return None
    job = jobs.create(session, source=source, kind="themes")
    for name in free:
        session.add(ThemeRunRow(id=new_id(), scope=name, job_id=job.id, reason=scopes[name]))
    job.total = sum(_findings(session, name) for name in free)
    session.flush()
    return job


def _findings(session: Session, scope: str) -> int:
    return themes.pool(session, scope).findings


_DUE = text(
    """
    WITH counted AS (
        SELECT category AS scope, count(*) AS findings FROM findings GROUP BY category
    ),
    everything AS (
        SELECT scope, findings FROM counted
        UNION ALL SELECT 'all', coalesce(sum(findings), 0) FROM counted
    ),
    placed AS (
        SELECT scope, count(*) AS findings FROM theme_members WHERE place = 1 GROUP BY scope
    ),
    state AS (
        SELECT everything.scope, everything.findings, known.clustered_at,
            coalesce(last.findings, 0) AS before, coalesce(last.waiting, 0) AS left_waiting,
            everything.findings - coalesce(placed.findings, 0) AS waiting,
            (
                SELECT max(created_at) FROM theme_runs WHERE theme_runs.scope = everything.scope
            ) AS tried_at
        FROM everything
        LEFT JOIN placed ON placed.scope = everything.scope
        LEFT JOIN theme_scopes known ON known.scope = everything.scope
        LEFT JOIN LATERAL (
            SELECT findings, waiting FROM theme_runs run
            WHERE run.scope = everything.scope AND run.state = 'done'
            ORDER BY run.id DESC LIMIT 1
        ) last ON true
        WHERE NOT EXISTS (
            SELECT FROM theme_runs run
            WHERE run.scope = everything.scope AND run.state IN ('waiting', 'running')
        )
    )
    SELECT scope, CASE
        WHEN clustered_at IS NULL THEN 'first'
        WHEN EXISTS (SELECT FROM erased WHERE erased.at > clustered_at) THEN 'erased'
        WHEN findings >= before * (1 + CAST(:growth AS float8)) THEN 'grown'
        ELSE 'waiting'
    END
    FROM state
    WHERE (tried_at IS NULL OR tried_at < now() - CAST(:every AS interval))
    AND CASE
        -- While much is still to be mined, what is there is a small part of it.
        WHEN clustered_at IS NULL THEN findings >= :fewest AND (
            findings >= 100 * CAST(:fewest AS bigint)
            OR NOT EXISTS (SELECT FROM interactions WHERE state = 'accepted')
        )
        ELSE EXISTS (SELECT FROM erased WHERE erased.at > clustered_at)
            OR findings >= greatest(before * (1 + CAST(:growth AS float8)), before + 1)
            OR waiting >= left_waiting + :waiting
    END
    """
)


def due(session: Session, patience: Patience) -> dict[str, str]:
    """The scopes that are to be gathered anew by now, each with the reason."""
    rows = session.execute(
        _DUE,
        {
            "growth": patience.growth,
            "every": patience.every,
            "fewest": patience.fewest,
            "waiting": patience.waiting,
        },
    )
    return {scope: reason for scope, reason in rows}  # noqa: C416 - rows are no pairs to mypy


def take_up(session: Session, job: UUID) -> ThemeRunRow | None:
    """The next re-clustering of a job that runs, as running; None where nothing is left to do.

    One that a killed worker had begun comes first.
    """
    row = session.get(JobRow, job, with_for_update=True, populate_existing=True)
    if row is None or row.state != "running":
        return None
    run = session.scalar(
        select(ThemeRunRow)
        .where(ThemeRunRow.job_id == job, ThemeRunRow.state.in_(OPEN))
        .order_by(ThemeRunRow.id)
        .limit(1)
    )
    if run is not None:
        run.state = "running"
        session.flush()
    return run


def claim(session: Session, run: UUID) -> ThemeRunRow | None:
    """The re-clustering, if it still is under way and its job not cancelled; locked.

    Whoever writes its outcome calls this first, then locks the scope.
    """
    job = session.scalar(select(ThemeRunRow.job_id).where(ThemeRunRow.id == run))
    if job is not None:
        state = session.scalar(select(JobRow.state).where(JobRow.id == job).with_for_update())
        if state != "running":
            return None
    row = session.get(ThemeRunRow, run, with_for_update=True, populate_existing=True)
    return row if row is not None and row.state == "running" else None


def finish(session: Session, run: ThemeRunRow, values: Mapping[str, Any]) -> None:
    """Says how a re-clustering ended, and ends its job with the last one."""
    session.execute(
        update(ThemeRunRow)
        .where(ThemeRunRow.id == run.id)
        .values(finished_at=func.now(), **values)
        .execution_options(synchronize_session=False)
    )
    if run.job_id is not None:
        end_job(session, run.job_id)


def end_job(session: Session, job: UUID) -> None:
    """Ends a job of which no re-clustering is under way any more."""
    left = (
        select(ThemeRunRow.id)
        .where(ThemeRunRow.job_id == JobRow.id, ThemeRunRow.state.in_(OPEN))
        .exists()
    )
    session.execute(
        update(JobRow)
        .where(JobRow.id == job, JobRow.state == "running", ~left)
        .values(state="done", finished_at=func.now())
        .execution_options(synchronize_session=False)
    )


def list_page(
    session: Session, *, scope: str | None = None, after: UUID | None = None, limit: int
) -> list[ThemeRunRow]:
    """Re-clusterings, the newest first; `after` is the id of the last one of the page before."""
    query = select(ThemeRunRow).order_by(ThemeRunRow.id.desc()).limit(limit)
    if scope is not None:
        query = query.where(ThemeRunRow.scope == scope)
    if after is not None:
        query = query.where(ThemeRunRow.id < after)
    return list(session.scalars(query))


def under_way(session: Session, scope: str) -> ThemeRunRow | None:
    """The re-clustering of a scope that waits or runs, or None."""
    return session.scalar(
        select(ThemeRunRow).where(ThemeRunRow.scope == scope, ThemeRunRow.state.in_(OPEN))
    )

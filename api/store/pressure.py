"""How much waits to be mined, how fast it goes, and who works: what a service is watched by.

All of it is told by rows, so that any process can say it of all others.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api.store.tables import InteractionRow

_WINDOW = timedelta(minutes=1)
_QUEUES = 4
"""Queues that each worker process takes from, each under a heartbeat of its own."""


def waiting(session: Session, *, most: int) -> int:
    """Interactions that wait to be mined; counting stops at `most`, so that it costs little."""
    some = (
        select(InteractionRow.id).where(InteractionRow.state == "accepted").limit(most).subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def throughput(session: Session) -> float:
    """Interactions mined in a second, over the last minute."""
    recent = select(func.count()).where(
        InteractionRow.state == "mined", InteractionRow.mined_at > func.now() - _WINDOW
    )
    return (session.scalar(recent) or 0) / _WINDOW.total_seconds()


def workers(session: Session, *, stalled: timedelta) -> int:
    """Worker processes that said within that time that they live."""
    query = text(
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat >= now() - :stalled"
    )
    found = session.scalar(query, {"stalled": stalled}) or 0
    return -(-found // _QUEUES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue.

    Attributes:
        name: of it.
        todo: jobs that wait.
        doing: jobs that are worked on.
        oldest: seconds that the oldest waits; 0 where none does.
    """

    name: str
    todo: int
    doing: int
    oldest: float


def queues(session: Session) -> list[Queue]:
    """The queues in which there is anything."""
    rows = session.execute(
        text(
            """
            SELECT job.queue_name, count(*) FILTER (WHERE job.status = 'todo'),
                count(*) FILTER (WHERE job.status = 'doing'),
                coalesce(extract(epoch FROM now() - min(event.at)
                    FILTER (WHERE job.status = 'todo')), 0)
            FROM procrastinate_jobs job
            LEFT JOIN procrastinate_events event
                ON event.job_id = job.id AND event.type = 'deferred'
            WHERE job.status IN ('todo', 'doing')
            GROUP BY job.queue_name ORDER BY job.queue_name
            """
        )
    )
    return [
        Queue(name=name, todo=todo, doing=doing, oldest=float(oldest))
        for name, todo, doing, oldest in rows
    ]


def states(session: Session) -> dict[str, int]:
    """Interactions by their state."""
    rows = session.execute(
        select(InteractionRow.state, func.count()).group_by(InteractionRow.state)
    )
    return dict(rows.all())


def erased(session: Session) -> int:
    """Interactions that were erased."""
    return session.scalar(text("SELECT count(*) FROM erased")) or 0


def held(session: Session) -> int:
    """Legal holds that hold."""
    return session.scalar(text("SELECT count(*) FROM holds WHERE released_at IS NULL")) or 0


def themes_gathered(session: Session) -> dict[str, float]:
    """Seconds since the themes of each built-in scope were gathered.

    A team's own categories are summed up as `own`: their names are words of people.
    """
    rows = session.execute(
        text(
            """
            SELECT CASE WHEN scope = ANY(:known) THEN scope ELSE 'own' END AS named,
                extract(epoch FROM now() - min(clustered_at))
            FROM theme_scopes WHERE clustered_at IS NOT NULL GROUP BY named
            """
        ),
        {"known": ["all", "product_defect", "documentation_error", "feature_request"]},
    )
    return {name: float(age) for name, age in rows}


def by_state(session: Session, table: str, column: str = "state") -> dict[str, int]:
    """Rows of a table by state; empty where there is no such table."""
    known: Any = session.scalar(text("SELECT to_regclass(:name)"), {"name": table})
    if known is None:
        return {}
    rows = session.execute(
        text(f'SELECT "{column}", count(*) FROM "{table}" GROUP BY 1')  # noqa: S608 - our own names
    )
    return {str(state): number for state, number in rows}

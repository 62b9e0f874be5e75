"""Jobs that hold what is stored against one rule: batch by batch, in the order of interactions."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.store import jobs
from api.store.inbox_tables import RoutingRow, RuleRow
from api.store.tables import InteractionRow, JobRow


def create(session: Session, rule: RuleRow) -> JobRow:
    """A new job over all that is mined by now; one of the same rule that runs is given up."""
    jobs.give_up(session, select(RoutingRow.job_id).where(RoutingRow.rule_id == rule.id))
    job = jobs.create(session, source=rule.title, kind="route")
    total, until = jobs.mined_so_far(session)
    session.add(RoutingRow(job_id=job.id, rule_id=rule.id, until=until))
    job.total = total
    session.flush()
    if not total:
        end(session, job.id)
    session.refresh(job)
    return job


def current(session: Session, job: UUID) -> tuple[RoutingRow, RuleRow] | None:
    """A running job and its rule, locked; None where it ended, or the rule is gone or off."""
    row = session.get(JobRow, job, with_for_update=True, populate_existing=True)
    found = session.get(RoutingRow, job, populate_existing=True)
    if row is None or found is None or row.state != "running" or found.rule_id is None:
        return None
    rule = session.get(RuleRow, found.rule_id)
    return None if rule is None or not rule.enabled else (found, rule)


def batch(session: Session, row: RoutingRow, *, limit: int) -> list[UUID]:
    """The next interactions, in the order of their ids."""
    query = select(InteractionRow.id).where(*jobs.still_to_do(row))
    return list(session.scalars(query.order_by(InteractionRow.id).limit(limit)))


def advance(session: Session, row: RoutingRow, ids: list[UUID], *, found: int) -> None:
    """Says that interactions are through."""
    session.execute(
        update(RoutingRow)
        .where(RoutingRow.job_id == row.job_id)
        .values(after=max(ids), done=RoutingRow.done + len(ids), found=RoutingRow.found + found)
        .execution_options(synchronize_session=False)
    )


def end(session: Session, job: UUID) -> None:
    """Says that a job is through."""
    session.execute(
        update(JobRow)
        .where(JobRow.id == job, JobRow.state == "running")
        .values(state="done", finished_at=func.now())
        .execution_options(synchronize_session=False)
    )

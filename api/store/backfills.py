"""Backfills: stored interactions read again for one category, batch by batch, each written once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from api.store import categories, jobs
from api.store.category_tables import BackfillRow, CategoryRow
from api.store.mined import values_of
from api.store.tables import FindingRow, InteractionRow, JobRow, PassageRow
from nlp.types import Finding


def create(session: Session, category: CategoryRow) -> JobRow:
    """A new backfill over all that is mined by now; one of the same category that runs ends."""
    categories.give_up(session, category.id)
    job = jobs.create(session, source=category.name, kind="backfill")
    total, until = jobs.mined_so_far(session)
    session.add(BackfillRow(job_id=job.id, category_id=category.id, until=until))
    job.total = total
    session.flush()
    if not total:
        end(session, job.id)
    session.refresh(job)
    return job


def current(session: Session, job: UUID) -> tuple[BackfillRow, CategoryRow] | None:
    """A running backfill and its category, locked; None where it ended or the category is gone."""
    row = session.get(JobRow, job, with_for_update=True, populate_existing=True)
    found = session.get(BackfillRow, job, populate_existing=True)
    if row is None or found is None or row.state != "running" or found.category_id is None:
        return None
    category = categories.get(session, found.category_id)
    return None if category is None else (found, category)


def batch(session: Session, row: BackfillRow, *, limit: int) -> list[InteractionRow]:
    """The next interactions to read again, in the order of their ids."""
    query = select(InteractionRow).where(*jobs.still_to_do(row))
    return list(session.scalars(query.order_by(InteractionRow.id).limit(limit)))


def write(
    session: Session, row: BackfillRow, category: str, results: Mapping[UUID, Sequence[Finding]]
) -> None:
    """Puts a category's findings in the place of its earlier ones, and moves on.

    Interactions that were erased meanwhile are passed over, and no finding of another category is
    touched.

    Args:
        session: the transaction.
        row: the backfill.
        category: its name.
        results: what was found, an interaction a list.
    """
    ids = list(results)
    models = {
        id: model or ""  # a mined one has a model, which a constraint of the table says
        for id, model in session.execute(
            select(InteractionRow.id, InteractionRow.model)
            .where(InteractionRow.id.in_(ids), InteractionRow.state == "mined")
            .order_by(InteractionRow.id)
            .with_for_update(key_share=True)
        )
    }
    session.execute(
        delete(FindingRow).where(
            FindingRow.category == category, FindingRow.interaction_id.in_(ids)
        )
    )
    found = [values for values in _rows(session, results, models) if values["category"] == category]
    if found:
        session.connection().execute(insert(FindingRow), found)
    session.execute(
        update(BackfillRow)
        .where(BackfillRow.job_id == row.job_id)
        .values(
            after=max(ids), done=BackfillRow.done + len(ids), found=BackfillRow.found + len(found)
        )
        .execution_options(synchronize_session=False)
    )


def _rows(
    session: Session, results: Mapping[UUID, Sequence[Finding]], models: Mapping[UUID, str]
) -> Iterator[dict[str, Any]]:
    """Findings as rows, each at the stored passage in which its words stand.

    A later release may cut passages otherwise than the one that stored them did.

    Args:
        session: the transaction.
        results: what was found.
        models: by which the interactions that are there were mined.
    """
    stored: dict[UUID, list[PassageRow]] = {id: [] for id in models}
    columns = select(PassageRow).where(PassageRow.interaction_id.in_(list(models)))
    for passage in session.scalars(columns.order_by(PassageRow.interaction_id, PassageRow.index)):
        stored[passage.interaction_id].append(passage)
    for id, model in models.items():
        for finding in results[id]:
            place = next(
                (
                    passage.index
                    for passage in stored[id]
                    if passage.turn == finding.turn and passage.start <= finding.start < passage.end
                ),
                None,
            )
            if place is not None:
                yield values_of(id, finding, model, passage=place)


def end(session: Session, job: UUID) -> None:
    """Says that a backfill is through."""
    session.execute(
        update(JobRow)
        .where(JobRow.id == job, JobRow.state == "running")
        .values(state="done", finished_at=func.now())
    )

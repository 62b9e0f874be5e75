"""/v1/jobs: how far an upload of many is, what was rejected of it, and giving it up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import NotFound
from api.manners import cursors
from api.manners.body import Body
from api.manners.idempotency import Answer, once
from api.routes import answers, examples
from api.schemas.base import Page
from api.schemas.jobs import JobOut, JobQuery, RejectionOut, RejectionQuery
from api.schemas.problems import problems
from api.store import jobs
from api.store.jobs import JobFilter
from api.store.tables import JobRow

router = APIRouter(tags=["batches"])

_LISTING = "jobs"
_SMALL_BODY = 64 * 1024


@router.get(
    "/jobs",
    dependencies=[needs("submit")],
    summary="List jobs, the newest first",
    response_model=Page[JobOut],
    responses={200: examples.JOBS, **problems(422)},
)
def list_jobs(request: Request, context: Served, query: Annotated[JobQuery, Query()]) -> Response:
    """Lists uploads of many and other long work, each with its progress."""
    fields = answers.chosen(JobOut, query.fields)
    wanted = JobFilter(kind=query.kind, state=query.state)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = jobs.list_page(session, wanted, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = [answers.job(row, jobs.progress(session, row.id)) for row in rows]
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/jobs/{id}",
    dependencies=[needs("submit")],
    summary="Read a job's progress",
    response_model=JobOut,
    responses={200: examples.JOB, **problems(404, 422)},
)
def read_job(context: Served, id: UUID) -> Response:
    """Reads how far a job is, in counts that come from what is stored."""
    with context.reading() as session:
        return answers.one(answers.job(_existing(session, id), jobs.progress(session, id)), None)


@router.get(
    "/jobs/{id}/rejections",
    dependencies=[needs("submit")],
    summary="List what could not be read of an upload",
    response_model=Page[RejectionOut],
    responses={200: examples.REJECTIONS, **problems(404, 422)},
)
def list_rejections(
    request: Request, context: Served, id: UUID, query: Annotated[RejectionQuery, Query()]
) -> Response:
    """Lists the parts of an upload that could not be read, in the order of the upload."""
    fields = answers.chosen(RejectionOut, query.fields)
    listing = f"rejections of {id}"
    after = int(cursors.decode(query.cursor, listing)[0]) if query.cursor else None
    with context.reading() as session:
        _existing(session, id)
        listed = jobs.rejections_page(session, id, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(listing, rows[-1].index) if more else None
    found = [RejectionOut.model_validate(row) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.post(
    "/jobs/{id}/cancel",
    dependencies=[needs("submit")],
    summary="Give up what still waits of a job",
    response_model=JobOut,
    responses={200: examples.JOB_CANCELLED, **problems(400, 404, 409, 413, 422)},
    openapi_extra=examples.WITH_KEY,
)
def cancel_job(request: Request, context: Served, id: UUID) -> Response:
    """Gives up what still waits; what is mined stays. A job that has ended is left as it is."""
    body = Body(request, limit=_SMALL_BODY)

    def work(session: Session) -> Answer:
        row = _existing(session, id)
        jobs.cancel(session, id)
        session.refresh(row)
        found = answers.job(row, jobs.progress(session, id))
        return Answer(status=200, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


def _existing(session: Session, id: UUID) -> JobRow:
    """A job that is there.

    Raises:
        NotFound: it is not.
    """
    row = jobs.get(session, id)
    if row is None:
        raise NotFound(f"No job has the id {id}.")
    return row

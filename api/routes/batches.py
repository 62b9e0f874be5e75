"""/v1/batches: hand in many interactions at once."""

import logging
from collections.abc import Iterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Context, Served, Session
from api.errors import Fault, NothingReadable
from api.intake import lines, uploads
from api.manners.body import Body
from api.manners.idempotency import Answer, once
from api.manners.pressure import pressure_of
from api.routes import answers, examples
from api.schemas.jobs import JobOut
from api.schemas.problems import problems
from api.steps.accept import accept
from api.store import jobs
from nlp.types import Interaction, Rejected

router = APIRouter(tags=["batches"])

log = logging.getLogger("conduit.accepted")

STREAM_FACTOR = 50
"""A body that is read line by line takes no memory to speak of, and may be so much larger."""


@router.post(
    "/batches",
    status_code=202,
    dependencies=[needs("submit")],
    summary="Submit many interactions at once",
    response_model=JobOut,
    responses={202: examples.BATCH_TAKEN, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.SUBMIT_MANY,
)
def submit_batch(request: Request, context: Served) -> Response:
    """Hands in many interactions: JSON Lines, read as they stream in, or an archive, mbox or table.

    An upload counts as a whole: if it breaks off, nothing of it is stored. Parts that cannot be
    read do not stop the others; they are listed at the job's `rejections_url`. The job at
    `Location` says how far the mining is.
    """
    limit = context.settings.max_upload_bytes
    if uploads.is_lines(request):
        body = Body(request, limit=STREAM_FACTOR * limit)
        how = uploads.stated(request, limit=limit)

        def stream(session: Session) -> Answer:
            return _take(session, context, lines.items(body.iterate(), how), name=how.name)

        with pressure_of(request).taken(request, streamed=True):
            return once(request, context, body, stream)
    body = Body(request, limit=limit)
    with pressure_of(request).taken(request):
        upload = uploads.take(request, body, limit=limit)
        found = uploads.items(upload)

        def work(session: Session) -> Answer:
            return _take(session, context, found, name=upload.reading.name)

        return once(request, context, body, work)


def _take(
    session: Session, context: Context, items: Iterator[Interaction | Rejected], *, name: str
) -> Answer:
    """Store what can be read, in the caller's transaction.

    Raises:
        NothingReadable: that is nothing.
    """
    job = jobs.create(session, source=context.redactor.redact_text(name))
    accepted = accept(session, items, redactor=context.redactor, job=job.id)
    if not accepted.ids:
        raise NothingReadable(
            f"None of the {accepted.total:,} parts of the upload can be read; nothing was stored.",
            faults=[
                Fault(place="part", pointer=part.source, message=part.message)
                for part in accepted.rejected
            ],
        )
    session.refresh(job)
    log.info("accepted", extra={"job": str(job.id)})
    found = answers.job(job, jobs.progress(session, job.id))
    return Answer(status=202, body=found.model_dump(mode="json"), headers={"Location": found.url})

"""/v1/interactions: hand one in, read what was found in it, list, erase."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import Erased, Fault, Held, InvalidRequest, NotFound
from api.intake import uploads
from api.manners import cursors
from api.manners.body import Body
from api.manners.idempotency import Answer, once
from api.manners.pressure import pressure_of
from api.routes import answers, examples, filters
from api.schemas.base import Page
from api.schemas.interactions import (
    DetailQuery,
    InteractionDetailOut,
    InteractionOut,
    InteractionQuery,
    SubmissionOut,
)
from api.schemas.problems import problems
from api.steps import erase
from api.steps.accept import accept
from api.store import audit, findings, interactions, turns
from api.store.interactions import BeganKey, InteractionFilter
from api.store.tables import InteractionRow

router = APIRouter(tags=["interactions"])

_SORTED = {
    "newest": "interactions",
    "oldest": "interactions, the oldest first",
    "started_at": "interactions by when they began",
}
"""What the list is called in its cursors: those of one order mean nothing in another."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = logging.getLogger("conduit.accepted")


@router.post(
    "/interactions",
    status_code=202,
    dependencies=[needs("submit")],
    summary="Submit one call, mail or chat",
    response_model=SubmissionOut,
    responses={202: examples.SUBMITTED, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.SUBMIT_ONE,
)
def submit(request: Request, context: Served) -> Response:
    """Hands in one interaction: as JSON in Conduit's own form, or as a file of any format.

    Personal data is taken out before anything is stored. The answer comes once the interaction is
    safely stored; it is mined within seconds, and `Location` is where to look. A file of many goes
    to `/v1/batches`.
    """
    limit = context.settings.max_upload_bytes
    body = Body(request, limit=limit)
    with pressure_of(request).taken(request):
        interaction = uploads.one(request, body, limit=limit)

    def work(session: Session) -> Answer:
        accepted = accept(session, [interaction], redactor=context.redactor)
        if not accepted.ids:
            part = accepted.rejected[0]
            fault = Fault(place="part", pointer=part.source, message=part.message)
            raise InvalidRequest("The interaction cannot be stored.", faults=[fault])
        log.info("accepted", extra={"ids": [str(accepted.ids[0])]})
        url = f"/v1/interactions/{accepted.ids[0]}"
        found = SubmissionOut(id=accepted.ids[0], state="accepted", url=url)
        return Answer(status=202, body=found.model_dump(mode="json"), headers={"Location": url})

    return once(request, context, body, work)


@router.get(
    "/interactions",
    dependencies=[needs("read")],
    summary="List interactions, the newest first",
    response_model=Page[InteractionOut],
    responses={200: examples.INTERACTIONS, **problems(422)},
)
def list_interactions(
    request: Request, context: Served, query: Annotated[InteractionQuery, Query()]
) -> Response:
    """Lists what was handed in, without the words; filters narrow it and can be combined."""
    fields = answers.chosen(InteractionOut, query.fields)
    wanted = InteractionFilter(
        state=query.state,
        channel=query.channel,
        job=query.job,
        external_id=query.external_id,
        since=query.since,
        until=query.until,
        sentiment=query.sentiment,
        category=query.category,
        metadata=filters.metadata(query.metadata, product=query.product),
    )
    with context.reading() as session:
        filters.check_category(session, query.category)
        listed = _listed(session, wanted, query)
    rows, more = answers.cut(listed, query.limit)
    return answers.page(
        request,
        [answers.summary(row) for row in rows],
        fields=fields,
        next_cursor=_cursor(rows[-1], query.sort) if more else None,
    )


def _listed(
    session: Session, wanted: InteractionFilter, query: InteractionQuery
) -> list[InteractionRow]:
    """The interactions of a page, and one more where more follow."""
    limit, place = query.limit + 1, None
    if query.cursor is not None:
        place = cursors.decode(query.cursor, _SORTED[query.sort])
    if query.sort == "started_at":
        began = None
        if place is not None:
            at = _EPOCH + timedelta(microseconds=int(place[0]))
            began = BeganKey(at, UUID(place[1]))
        return interactions.list_by_beginning(session, wanted, after=began, limit=limit)
    after = None if place is None else UUID(place[0])
    oldest = query.sort == "oldest"
    return interactions.list_page(session, wanted, after=after, limit=limit, oldest=oldest)


def _cursor(row: InteractionRow, sort: str) -> str:
    if sort != "started_at":
        return cursors.encode(_SORTED[sort], row.id)
    key = BeganKey.of(row)
    return cursors.encode(_SORTED[sort], (key.at - _EPOCH) // timedelta(microseconds=1), key.id)


@router.get(
    "/interactions/{id}",
    dependencies=[needs("read")],
    summary="Read one interaction: its turns, findings and sentiment",
    response_model=InteractionDetailOut,
    responses={200: examples.INTERACTION, **problems(404, 410, 422)},
)
def read_interaction(context: Served, id: UUID, query: Annotated[DetailQuery, Query()]) -> Response:
    """Reads one interaction with its words, in which placeholders stand for personal data.

    Offsets of findings count Unicode code points in the text of their turn. Until it is mined,
    `sentiment` is null and `findings` is empty.
    """
    fields = answers.chosen(InteractionDetailOut, query.fields)
    with context.reading() as session:
        row = existing(session, id)
        found = answers.detail(row, turns.of(session, id), findings.of(session, id))
        audit.read(session, context.caller, "interaction.read", ids=[id])
    return answers.one(found, fields)


@router.delete(
    "/interactions/{id}",
    status_code=204,
    dependencies=[needs("admin", whole=True)],
    summary="Erase one interaction",
    responses={204: {"description": "Erased for good."}, **problems(404, 409, 410, 422)},
)
def erase_interaction(context: Served, id: UUID) -> Response:
    """Erases an interaction with its turns, passages, vectors and findings, for good.

    Its id stays known as erased, and answers 410 from then on.
    """
    with context.session() as session:
        if erase.is_held(session, id):
            raise Held(
                f"A legal hold keeps the interaction {id}: /v1/holds lists holds, and one that is "
                "released holds no longer."
            )
        if not erase.erase_one(session, id):
            raise absent(session, id)
        audit.note(session, context.caller, "interaction.erased", ids=[id])
    return Response(status_code=204)


def existing(session: Session, id: UUID) -> InteractionRow:
    """An interaction that is there.

    Raises:
        NotFound: it never was.
        Erased: it is not any more.
    """
    row = interactions.get(session, id)
    if row is None:
        raise absent(session, id)
    return row


def absent(session: Session, id: UUID) -> NotFound | Erased:
    """The error for an interaction that is not there."""
    if interactions.was_erased(session, id):
        return Erased(f"The interaction {id} was erased.")
    return NotFound(f"No interaction has the id {id}.")

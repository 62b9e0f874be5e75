"""/v1/holds: legal holds, which keep interactions from being erased."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.receipts import signer_for
from api.routes import answers
from api.routes import erasure_examples as examples
from api.routes.examples import WITH_KEY
from api.schemas.base import Page
from api.schemas.erasures import HoldIn, HoldOut, HoldQuery
from api.schemas.problems import problems
from api.store import audit, holds
from api.store.erasure_tables import HoldRow

router = APIRouter(tags=["erasure"], dependencies=[needs("admin", whole=True)])

_LISTING = "holds"
_BODY = 64 * 1024


@router.post(
    "/holds",
    status_code=201,
    summary="Keep interactions from being erased",
    response_model=HoldOut,
    responses={201: examples.HELD, **problems(400, 409, 413, 422)},
    openapi_extra=examples.MAKE_HOLD,
)
def add_hold(request: Request, context: Served) -> Response:
    """Holds an interaction, a customer's, those with a field of metadata, or those of a time.

    What it covers is left alone by erasures and by the retention policy, what comes in later too,
    until it is released. A customer is kept as a salted digest alone.
    """
    body = Body(request, limit=_BODY, pepper=signer_for(context.settings).pepper())
    given = read_as(body, HoldIn)

    def work(session: Session) -> Answer:
        sealed = None if given.customer is None else holds.seal(given.customer)
        row = holds.create(
            session,
            {
                "kind": given.kind,
                "interaction_id": given.interaction,
                "salt": None if sealed is None else sealed.salt,
                "digest": None if sealed is None else sealed.digest,
                "key": given.key,
                "value": given.value,
                "since": given.since,
                "until": given.until,
                "reason": context.redactor.redact_text(given.reason),
                "by_name": context.caller.name,
            },
        )
        audit.note(session, context.caller, "hold.added", ids=[row.id], kind=row.kind)
        found = _out(session, row)
        headers = {"Location": found.url, "ETag": versions.etag(row.revision)}
        return Answer(status=201, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.get(
    "/holds",
    summary="List legal holds, the newest first",
    response_model=Page[HoldOut],
    responses={200: examples.HOLDS, **problems(422)},
)
def list_holds(request: Request, context: Served, query: Annotated[HoldQuery, Query()]) -> Response:
    """Lists what is held and what was, each with how many interactions it covers by now."""
    fields = answers.chosen(HoldOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = holds.list_page(
            session, kind=query.kind, active=query.active, after=after, limit=query.limit + 1
        )
        rows, more = answers.cut(listed, query.limit)
        found = [_out(session, row) for row in rows]
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/holds/{id}",
    summary="Read a legal hold",
    response_model=HoldOut,
    responses={200: examples.HOLD, **problems(404, 422)},
)
def read_hold(context: Served, id: UUID) -> Response:
    """Reads one hold, released or not, and how many interactions it covers by now."""
    with context.reading() as session:
        found = _out(session, _existing(session, id))
    answer = answers.one(found, None)
    answer.headers["ETag"] = versions.etag(found.revision)
    return answer


@router.post(
    "/holds/{id}/release",
    summary="Release a legal hold",
    response_model=HoldOut,
    responses={200: examples.RELEASED, **problems(400, 404, 409, 413, 422)},
    openapi_extra=WITH_KEY,
)
def release_hold(request: Request, context: Served, id: UUID) -> Response:
    """Ends a hold for good; what nothing else holds goes with the next run of the policy.

    One that was released before is left as it is.
    """
    body = Body(request, limit=_BODY)

    def work(session: Session) -> Answer:
        row = _existing(session, id, lock=True)
        if row.released_at is None:
            holds.release(session, row, by=context.caller.name)
            audit.note(session, context.caller, "hold.released", ids=[row.id])
        found = _out(session, row)
        headers = {"ETag": versions.etag(row.revision)}
        return Answer(status=200, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


def _existing(session: Session, id: UUID, *, lock: bool = False) -> HoldRow:
    """A hold that is there.

    Raises:
        NotFound: it is not.
    """
    row = holds.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No hold has the id {id}.")
    return row


def _out(session: Session, row: HoldRow) -> HoldOut:
    kept = "id kind key value since until reason created_at released_at released_by revision"
    return HoldOut.model_validate(
        {
            **{name: getattr(row, name) for name in kept.split()},
            "interaction": row.interaction_id,
            "by": row.by_name,
            "covers": holds.covered(session, row.id),
            "url": f"/v1/holds/{row.id}",
        }
    )

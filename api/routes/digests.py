"""/v1/digests: what happened in a department's inbox, for people: at once, or by mail."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import Fault, Forbidden, InvalidRequest, NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.push.digest_text import html, markdown
from api.routes import answers
from api.routes import digest_examples as examples
from api.schemas.base import Page
from api.schemas.digests import (
    DigestChangeIn,
    DigestIn,
    DigestMailOut,
    DigestOut,
    DigestQuery,
    MailQuery,
    RenderQuery,
)
from api.schemas.problems import problems
from api.steps.digest import Calendar, calendar_of, gather
from api.store import audit, departments, digests
from api.store.digests import DigestFilter
from api.store.push_tables import DigestRow
from api.store.view import View

router = APIRouter(tags=["digests"])

_LISTING = "digests"
_MAILS = "digest mails"
_BODY = 64 * 1024
_PERIOD = timedelta(days=7)


@router.get(
    "/departments/{id}/digest",
    dependencies=[needs("read")],
    summary="Read a digest of a department's inbox now",
    response_class=Response,
    responses={200: examples.RENDERED, **problems(404, 422)},
)
def render(context: Served, id: UUID, query: Annotated[RenderQuery, Query()]) -> Response:
    """Tells what is new, reported again, overdue, growing and alerting, with quotes.

    It holds what that department may see and no more, whoever asks.
    """
    own = context.caller.department
    until = datetime.now(UTC)
    since = query.since or until - _PERIOD
    if since >= until:
        fault = Fault(place="query", pointer="/since", message="has to be in the past")
        raise InvalidRequest("The period has not begun.", faults=[fault])
    found = None
    if own in {None, id}:
        # Narrower than the caller's own session where that sees everything.
        with context.database.session(View(department=id)) as session:
            audit.mark(session, context.request)
            found = gather(session, id, since, until)
            audit.read(session, context.caller, "digest.read", ids=[id])
    if found is None:
        raise NotFound(f"No department has the id {id}.")
    if query.format == "html":
        return Response(html(found), media_type="text/html")
    return Response(markdown(found), media_type="text/markdown")


@router.post(
    "/digests",
    dependencies=[needs("admin")],
    status_code=201,
    summary="Send a department a digest by mail",
    response_model=DigestOut,
    responses={201: examples.MADE, **problems(400, 403, 409, 413, 415, 422)},
    openapi_extra=examples.MAKE,
)
def create(request: Request, context: Served) -> Response:
    """Plans a digest, daily or weekly, at an hour of a time zone; each period is sent once."""
    body = Body(request, limit=_BODY)
    given = read_as(body, DigestIn)
    if context.caller.department not in {None, given.department}:
        raise Forbidden("The key is bound to a department, and makes digests of that alone.")
    calendar = Calendar(hour=given.hour, zone=given.time_zone, weekday=given.weekday)

    def work(session: Session) -> Answer:
        if departments.get(session, given.department) is None:
            fault = Fault(place="body", pointer="/department", message="no department has this id")
            raise InvalidRequest("There is no such department.", faults=[fault])
        new = given.model_dump(exclude={"department"})
        new |= {"department_id": given.department, "next_at": calendar.after(datetime.now(UTC))}
        row = digests.create(session, new)
        audit.note(session, context.caller, "digest.created", ids=[row.id])
        found = DigestOut.model_validate(_values(row))
        headers = {"ETag": versions.etag(row.revision), "Location": f"/v1/digests/{row.id}"}
        return Answer(status=201, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.get(
    "/digests",
    dependencies=[needs("admin")],
    summary="List digests, the newest first",
    response_model=Page[DigestOut],
    responses={200: examples.LISTED, **problems(422)},
)
def list_digests(
    request: Request, context: Served, query: Annotated[DigestQuery, Query()]
) -> Response:
    """Lists who gets what and when; a department's key sees its own."""
    fields = answers.chosen(DigestOut, query.fields)
    wanted = DigestFilter(department=query.department, enabled=query.enabled)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = digests.list_page(session, wanted, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    found = [DigestOut.model_validate(_values(row)) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/digests/{id}",
    dependencies=[needs("admin")],
    summary="Read a digest's plan",
    response_model=DigestOut,
    responses={200: examples.READ, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one plan; its `ETag` goes into `If-Match` when it is changed."""
    with context.reading() as session:
        row = _existing(session, id)
    return _answer(row)


@router.patch(
    "/digests/{id}",
    dependencies=[needs("admin")],
    summary="Change who gets a digest, or switch it on or off",
    response_model=DigestOut,
    responses={200: examples.READ, **problems(404, 412, 413, 422, 428)},
    openapi_extra=examples.CHANGE,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Changes what is sent and leaves the rest; `If-Match` is needed."""
    given = read_as(Body(request, limit=_BODY), DigestChangeIn)
    with context.session() as session:
        row = _existing(session, id, lock=True)
        versions.check(request, row.revision)
        new: dict[str, Any] = given.model_dump(exclude_none=True)
        if given.enabled and not row.enabled:
            # What fell due while it was off is not sent after all.
            new["next_at"] = calendar_of(row).after(datetime.now(UTC))
        digests.change(session, row, new)
        audit.note(session, context.caller, "digest.changed", ids=[row.id])
    return _answer(row)


@router.delete(
    "/digests/{id}",
    dependencies=[needs("admin")],
    status_code=204,
    summary="Delete a digest's plan",
    responses={204: {"description": "Deleted for good."}, **problems(404, 412, 422)},
    openapi_extra={"parameters": [examples.IF_MATCH]},
)
def remove(request: Request, context: Served, id: UUID) -> Response:
    """Deletes it for good, with what is known of its mails; none is sent any more."""
    with context.session() as session:
        row = _existing(session, id, lock=True)
        versions.check(request, row.revision, needed=False)
        digests.remove(session, row)
        audit.note(session, context.caller, "digest.deleted", ids=[id])
    return Response(status_code=204)


@router.get(
    "/digests/{id}/mails",
    dependencies=[needs("admin")],
    summary="List a digest's mails, the newest first",
    response_model=Page[DigestMailOut],
    responses={200: examples.MAILS, **problems(404, 422)},
)
def list_mails(
    request: Request, context: Served, id: UUID, query: Annotated[MailQuery, Query()]
) -> Response:
    """Lists which periods were sent, and why one was not. Texts are not kept."""
    fields = answers.chosen(DigestMailOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _MAILS)[0]) if query.cursor else None
    with context.reading() as session:
        _existing(session, id)
        listed = digests.mails_page(session, id, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(_MAILS, rows[-1].id) if more else None
    found = [DigestMailOut.model_validate(row) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


def _existing(session: Session, id: UUID, *, lock: bool = False) -> DigestRow:
    """A digest that is there.

    Raises:
        NotFound: it is not.
    """
    row = digests.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No digest has the id {id}.")
    return row


def _values(row: DigestRow) -> dict[str, Any]:
    names = "id recipients schedule weekday hour time_zone enabled next_at revision created_at"
    return {
        **{name: getattr(row, name) for name in names.split()},
        "department": row.department_id,
        "mails_url": f"/v1/digests/{row.id}/mails",
    }


def _answer(row: DigestRow) -> Response:
    answer = answers.one(DigestOut.model_validate(_values(row)), None)
    answer.headers["ETag"] = versions.etag(row.revision)
    return answer

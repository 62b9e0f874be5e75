"""/v1/webhooks: where events are sent, signed, and how their secrets are replaced."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Context, Served, Session
from api.errors import Fault, Forbidden, InvalidRequest, NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.push import signing
from api.push.addresses import checked_url
from api.push.vault import Vault
from api.routes import answers
from api.routes import webhook_examples as examples
from api.schemas.base import Page
from api.schemas.problems import problems
from api.schemas.webhooks import (
    WebhookChangeIn,
    WebhookIn,
    WebhookOut,
    WebhookQuery,
    WebhookRotateIn,
    WebhookSecretOut,
)
from api.settings import networks
from api.store import audit, departments, webhooks
from api.store.push_tables import WebhookRow
from api.store.webhooks import WebhookFilter

router = APIRouter(tags=["webhooks"])

_LISTING = "webhooks"
_BODY = 64 * 1024


@router.post(
    "/webhooks",
    dependencies=[needs("admin")],
    status_code=201,
    summary="Let events be sent somewhere",
    response_model=WebhookSecretOut,
    responses={201: examples.MADE, **problems(400, 403, 409, 413, 415, 422)},
    openapi_extra=examples.MAKE,
)
def create(request: Request, context: Served) -> Response:
    """Makes a webhook; the answer shows its secret, once.

    From then on each event is sent there by POST, signed after Standard Webhooks, at least once,
    and always under the same `webhook-id`. Private addresses are refused, also when a name leads
    to one.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, WebhookIn)
    url = _checked(context, given.url)

    def work(session: Session) -> Answer:
        secret = signing.new_secret()
        row = webhooks.create(
            session,
            {
                "url": url,
                "department_id": _department(session, context, given.department),
                "types": given.types,
                "description": context.redactor.redact_text(given.description),
                "secret": Vault.of(context.settings).locked(secret),
            },
        )
        audit.note(session, context.caller, "webhook.created", ids=[row.id])
        return _with_secret(row, secret, status=201)

    return once(request, context, body, work)


@router.get(
    "/webhooks",
    dependencies=[needs("admin")],
    summary="List webhooks, the newest first",
    response_model=Page[WebhookOut],
    responses={200: examples.LISTED, **problems(422)},
)
def list_webhooks(
    request: Request, context: Served, query: Annotated[WebhookQuery, Query()]
) -> Response:
    """Lists where events are sent, and whether they arrive; a department's key sees its own."""
    fields = answers.chosen(WebhookOut, query.fields)
    wanted = WebhookFilter(
        department=query.department, enabled=query.enabled, failing=query.failing
    )
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = webhooks.list_page(session, wanted, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    found = [WebhookOut.model_validate(values(row)) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/webhooks/{id}",
    dependencies=[needs("admin")],
    summary="Read a webhook",
    response_model=WebhookOut,
    responses={200: examples.READ, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one webhook, without its secret; its `ETag` goes into `If-Match` when it is changed."""
    with context.reading() as session:
        row = existing(session, id)
    return _answer(row)


@router.patch(
    "/webhooks/{id}",
    dependencies=[needs("admin")],
    summary="Change a webhook, or switch it on or off",
    response_model=WebhookOut,
    responses={200: examples.READ, **problems(404, 412, 413, 422, 428)},
    openapi_extra=examples.CHANGE,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Changes what is sent and leaves the rest; `If-Match` is needed.

    What falls due while it is switched off is dead, and can be replayed once it is on again.
    """
    given = read_as(Body(request, limit=_BODY), WebhookChangeIn)
    new: dict[str, Any] = given.model_dump(exclude_none=True)
    if given.url is not None:
        new["url"] = _checked(context, given.url)
    if given.description is not None:
        new["description"] = context.redactor.redact_text(given.description)
    if given.enabled is not None:
        new |= {"disabled_reason": None if given.enabled else "person", "failing_since": None}
    with context.session() as session:
        row = existing(session, id, lock=True)
        versions.check(request, row.revision)
        webhooks.change(session, row, new)
        names = ",".join(sorted(given.model_fields_set))
        audit.note(session, context.caller, "webhook.changed", ids=[row.id], fields=names)
    return _answer(row)


@router.delete(
    "/webhooks/{id}",
    dependencies=[needs("admin")],
    status_code=204,
    summary="Delete a webhook with its deliveries",
    responses={204: {"description": "Deleted for good."}, **problems(404, 412, 422)},
    openapi_extra={"parameters": [examples.IF_MATCH]},
)
def remove(request: Request, context: Served, id: UUID) -> Response:
    """Deletes it for good, with its secret and what is known of its deliveries."""
    with context.session() as session:
        row = existing(session, id, lock=True)
        versions.check(request, row.revision, needed=False)
        webhooks.remove(session, row)
        audit.note(session, context.caller, "webhook.deleted", ids=[id])
    return Response(status_code=204)


@router.post(
    "/webhooks/{id}/rotate",
    dependencies=[needs("admin")],
    summary="Replace a webhook's secret",
    response_model=WebhookSecretOut,
    responses={200: examples.ROTATED, **problems(400, 404, 409, 413, 415, 422)},
    openapi_extra=examples.ROTATE,
)
def rotate(request: Request, context: Served, id: UUID) -> Response:
    """Makes a new secret and shows it, once.

    For `overlap_hours` each message carries two signatures, one with each secret, so that the
    receiver can take up the new one at leisure. 0 ends the old one at once.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, WebhookRotateIn, empty=True)

    def work(session: Session) -> Answer:
        row = existing(session, id, lock=True)
        secret = signing.new_secret()
        until = datetime.now(UTC) + timedelta(hours=given.overlap_hours)
        webhooks.rotate(session, row, Vault.of(context.settings).locked(secret), until=until)
        audit.note(session, context.caller, "webhook.rotated", ids=[row.id])
        return _with_secret(row, secret, status=200)

    return once(request, context, body, work)


def existing(session: Session, id: UUID, *, lock: bool = False) -> WebhookRow:
    """A webhook that is there, and that the caller may see.

    Raises:
        NotFound: it is not.
    """
    row = webhooks.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No webhook has the id {id}.")
    return row


def values(row: WebhookRow) -> dict[str, Any]:
    """A webhook as the schema has it: without its secrets."""
    names = "id url types description enabled disabled_reason failing_since revision created_at"
    overlaps = row.old_until is not None and row.old_until > datetime.now(UTC)
    return {
        **{name: getattr(row, name) for name in names.split()},
        "department": row.department_id,
        "rotating_until": row.old_until if overlaps else None,
        "deliveries_url": f"/v1/webhooks/{row.id}/deliveries",
    }


def _answer(row: WebhookRow) -> Response:
    answer = answers.one(WebhookOut.model_validate(values(row)), None)
    answer.headers["ETag"] = versions.etag(row.revision)
    return answer


def _with_secret(row: WebhookRow, secret: str, *, status: int) -> Answer:
    found = WebhookSecretOut.model_validate({**values(row), "secret": secret})
    headers = {"ETag": versions.etag(row.revision)}
    if status == 201:
        headers["Location"] = f"/v1/webhooks/{row.id}"
    return Answer(
        status=status,
        body=found.model_dump(mode="json"),
        headers=headers,
        secrets=frozenset({"secret"}),
    )


def _checked(context: Context, url: str) -> str:
    """An address that events may be sent to.

    Raises:
        InvalidRequest: they may not, with the way out.
    """
    settings = context.settings
    try:
        return checked_url(
            url,
            allow_http=settings.webhooks_allow_http,
            allowed=networks(settings.webhooks_allow_private),
        )
    except ValueError as error:
        fault = Fault(place="body", pointer="/url", message=str(error))
        raise InvalidRequest("Events cannot be sent to that address.", faults=[fault]) from None


def _department(session: Session, context: Context, asked: UUID | None) -> UUID | None:
    """Whose events a webhook gets.

    Raises:
        Forbidden: a key of a department asks for another's.
        InvalidRequest: there is no such department.
    """
    own = context.caller.department
    if own is not None:
        if asked not in {None, own}:
            raise Forbidden("The key is bound to a department, and makes webhooks of that alone.")
        return own
    if asked is not None and departments.get(session, asked) is None:
        fault = Fault(place="body", pointer="/department", message="no department has this id")
        raise InvalidRequest("There is no such department.", faults=[fault])
    return asked

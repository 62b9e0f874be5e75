"""/v1/webhooks/{id}/deliveries: what became of each event, the test button, and replays."""

import json
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import NotFound, WebhookDisabled
from api.manners import cursors
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers
from api.routes import webhook_examples as examples
from api.routes.webhooks import existing
from api.schemas.base import Page, Taken
from api.schemas.problems import problems
from api.schemas.webhooks import (
    DeliveryDetailOut,
    DeliveryOut,
    DeliveryQuery,
    ReplayedOut,
    ReplayIn,
)
from api.steps.deliver import Courier, body_of
from api.store import audit, deliveries
from api.store.department_tables import EventRow
from api.store.push_tables import DeliveryRow, DeliveryTryRow, WebhookRow

router = APIRouter(tags=["webhooks"])

_LISTING = "deliveries"
_BODY = 64 * 1024


@router.post(
    "/webhooks/{id}/test",
    dependencies=[needs("admin")],
    summary="Send a test event, and say what happened",
    response_model=DeliveryDetailOut,
    responses={200: examples.TESTED, **problems(400, 404, 409, 413, 415, 422)},
    openapi_extra=examples.WITH_KEY,
)
def test(request: Request, context: Served, id: UUID) -> Response:
    """Sends a `webhook.test` event at once, tries it once, and answers what became of it.

    It goes to this webhook alone, switched on or not, and takes up to 15 seconds.
    """
    body = Body(request, limit=_BODY)
    read_as(body, _Nothing, empty=True)

    def work(session: Session) -> Answer:
        existing(session, id)
        # In transactions of its own: none is open while the receiver is waited for.
        delivery = Courier.of(context.settings, context.database).test(id)
        if delivery is None:
            raise NotFound(f"No webhook has the id {id}.")
        found = _detail(session, id, delivery)
        audit.note(session, context.caller, "webhook.tested", ids=[id], error=found.error)
        return Answer(status=200, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


@router.post(
    "/webhooks/{id}/replay",
    dependencies=[needs("admin")],
    status_code=202,
    summary="Send again all that is dead",
    response_model=ReplayedOut,
    responses={202: examples.REPLAYED, **problems(400, 404, 409, 413, 415, 422)},
    openapi_extra=examples.REPLAY_DEAD,
)
def replay_dead(request: Request, context: Served, id: UUID) -> Response:
    """Sends dead deliveries again that were made since a time, under the ids that they had.

    Up to 10,000 at once, the oldest first; ask again for the rest.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, ReplayIn)

    def work(session: Session) -> Answer:
        _enabled(session, id)
        count = deliveries.replay_dead(session, id, since=given.since)
        audit.note(session, context.caller, "webhook.replayed", ids=[id], count=count)
        return Answer(status=202, body={"deliveries": count})

    return once(request, context, body, work)


@router.get(
    "/webhooks/{id}/deliveries",
    dependencies=[needs("admin")],
    summary="List a webhook's deliveries, the newest first",
    response_model=Page[DeliveryOut],
    responses={200: examples.DELIVERIES, **problems(404, 422)},
)
def list_deliveries(
    request: Request, context: Served, id: UUID, query: Annotated[DeliveryQuery, Query()]
) -> Response:
    """Lists what was sent and what was not; `state=dead` is what was given up."""
    fields = answers.chosen(DeliveryOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        existing(session, id)
        listed = deliveries.list_page(
            session, id, state=query.state, after=after, limit=query.limit + 1
        )
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(_LISTING, rows[-1][0].id) if more else None
    found = [DeliveryOut.model_validate(_values(*row)) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/webhooks/{id}/deliveries/{delivery}",
    dependencies=[needs("admin")],
    summary="Read a delivery with every try",
    response_model=DeliveryDetailOut,
    responses={200: examples.DELIVERY, **problems(404, 422)},
)
def read_delivery(context: Served, id: UUID, delivery: UUID) -> Response:
    """Reads what was sent, when it was tried, and what came back each time."""
    with context.reading() as session:
        found = _detail(session, id, delivery)
    return answers.one(found, None)


@router.post(
    "/webhooks/{id}/deliveries/{delivery}/replay",
    dependencies=[needs("admin")],
    status_code=202,
    summary="Send a delivery again",
    response_model=DeliveryDetailOut,
    responses={202: examples.DELIVERY, **problems(400, 404, 409, 413, 415, 422)},
    openapi_extra=examples.WITH_KEY,
)
def replay(request: Request, context: Served, id: UUID, delivery: UUID) -> Response:
    """Sends it again, delivered or dead, under the same `webhook-id` and with the same body."""
    body = Body(request, limit=_BODY)
    read_as(body, _Nothing, empty=True)

    def work(session: Session) -> Answer:
        _enabled(session, id)
        _detail(session, id, delivery)
        deliveries.replay(session, id, id=delivery)
        audit.note(session, context.caller, "webhook.replayed", ids=[id, delivery])
        session.expire_all()
        found = _detail(session, id, delivery)
        return Answer(status=202, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


class _Nothing(Taken):
    """A body without anything in it."""


def _enabled(session: Session, id: UUID) -> WebhookRow:
    """A webhook that is there and switched on.

    Raises:
        NotFound: it is not there.
        WebhookDisabled: it is switched off.
    """
    row = existing(session, id)
    if not row.enabled:
        raise WebhookDisabled(
            f"The webhook is switched off ({row.disabled_reason}): send "
            '{"enabled": true} to it by PATCH, and then replay.'
        )
    return row


def _detail(session: Session, webhook: UUID, id: UUID) -> DeliveryDetailOut:
    """A delivery with its tries.

    Raises:
        NotFound: the webhook has none with this id.
    """
    found = deliveries.get(session, webhook, id)
    if found is None:
        raise NotFound(f"The webhook {webhook} has no delivery with the id {id}.")
    tries = deliveries.tries(session, id)
    return DeliveryDetailOut.model_validate(
        {
            **_values(*found),
            "attempts": _tries(tries),
            "body": json.loads(body_of(found[1])),
        }
    )


def _tries(rows: Sequence[DeliveryTryRow]) -> list[dict[str, Any]]:
    names = ("number", "at", "milliseconds", "status", "error")
    return [{name: getattr(row, name) for name in names} for row in rows]


def _values(row: DeliveryRow, event: EventRow) -> dict[str, Any]:
    names = ("id", "state", "tries", "due_at", "status", "error", "created_at", "delivered_at")
    return {
        **{name: getattr(row, name) for name in names},
        "event": event.id,
        "type": event.type,
        "url": f"/v1/webhooks/{row.webhook_id}/deliveries/{row.id}",
    }

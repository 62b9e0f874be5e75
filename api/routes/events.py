"""/v1/events: what happened, as a list for who polls and as a stream for who waits."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served
from api.errors import Fault, Forbidden, InvalidRequest
from api.manners import cursors
from api.routes import answers
from api.routes import webhook_examples as examples
from api.schemas.base import Page
from api.schemas.problems import problems
from api.schemas.webhooks import MARK, EventOut, EventQuery, StreamQuery
from api.store import events
from api.store.events import START, Mark
from api.store.view import View
from api.streams import EventStream, Streams, parsed, said

router = APIRouter(tags=["events"])

_LISTING = "events"


@router.get(
    "/events",
    dependencies=[needs("read")],
    summary="List events, the oldest first",
    response_model=Page[EventOut],
    responses={200: examples.EVENTS, **problems(422)},
)
def list_events(
    request: Request, context: Served, query: Annotated[EventQuery, Query()]
) -> Response:
    """Lists what happened after an event, for who polls: `mark` of the last one is `after` next.

    None is left out: what a transaction that still runs may put before others is waited for.
    """
    fields = answers.chosen(EventOut, query.fields)
    mark = _mark(query.after, "query", "/after") or START
    if query.cursor:
        transaction, position = cursors.decode(query.cursor, _LISTING)
        mark = Mark(int(transaction), int(position))
    with context.reading() as session:
        listed = events.after(session, mark, types=_types(query.types), limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    found = [EventOut.model_validate(said(row)) for row in rows]
    following = None
    if more:
        following = cursors.encode(_LISTING, rows[-1].transaction, rows[-1].position)
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/events/stream",
    dependencies=[needs("read")],
    summary="Follow events as they happen",
    response_class=Response,
    responses={200: examples.STREAM, **problems(422)},
)
def follow(
    request: Request,
    context: Served,
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[
        str | None,
        Header(
            pattern=MARK,
            description="Sent by a browser that comes back: goes on after that event.",
        ),
    ] = None,
) -> Response:
    """Sends events as they happen (server-sent events); one that comes back misses none.

    Without `Last-Event-ID` and `after` it begins with what happens from now on. It ends when the
    key does.
    """
    mark = _mark(last_event_id, "header", "/Last-Event-ID") or _mark(query.after, "query", "/after")
    streams: Streams = request.app.state.streams

    async def allowed() -> View:
        caller = await request.app.state.callers.of(request.scope)
        if "read" not in caller.scopes:
            raise Forbidden("The key may not read any more.")
        view: View = caller.view
        return view

    told = streams.follow(context.caller.view, mark, _types(query.types), allowed)
    return EventStream(streams, told)


def _types(given: str | None) -> list[str]:
    return given.split(",") if given else []


def _mark(given: str | None, place: str, pointer: str) -> Mark | None:
    """The place that a client names.

    Raises:
        InvalidRequest: it is none.
    """
    if given is None:
        return None
    try:
        return parsed(given)
    except ValueError:
        message = "take `mark` of an event, as it stands there"
        fault = Fault(place="query", pointer=pointer, message=message)
        if place == "header":
            fault = Fault(place="header", pointer=pointer, message=message)
        raise InvalidRequest("That is no place of an event.", faults=[fault]) from None

"""/v1/exports: everything as a file, and from then on what changed."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.auth import needs
from api.context import Served
from api.errors import Fault, InvalidRequest, TooManyStreams
from api.exporting.formats import FORMATS, gzipped
from api.exporting.tables import Table
from api.manners import cursors
from api.routes import export_examples as examples
from api.schemas.exports import ExportQuery, Noun
from api.schemas.problems import problems
from api.store import audit, exports
from api.store.exports import Watermark

router = APIRouter(tags=["search"])

WATERMARK = "Conduit-Watermark"

MOST_AT_ONCE = 4
"""Exports that run at the same time: each keeps a connection to the database until it ends."""

_running = threading.BoundedSemaphore(MOST_AT_ONCE)


@router.get(
    "/exports/{noun}",
    summary="Export interactions, findings or themes, whole or what changed",
    status_code=200,
    response_class=Response,
    responses={200: examples.EXPORT, **problems(422, 501)},
    dependencies=[needs("read")],
)
def export(
    request: Request, context: Served, noun: Noun, query: Annotated[ExportQuery, Query()]
) -> Response:
    """Streams a row for everything of a noun, or for what was changed or erased since an export.

    `change` says what to do with a row: `upsert` puts it in the place of the one with its `id`,
    `erased` takes that one away. The header `Conduit-Watermark` is what to pass as `since` next
    time. Then nothing is missed; a row that changes while an export begins may come twice, which
    changes nothing. A stream that breaks off is to be thrown away and asked for again. For a key of
    a department an export of themes is always whole.
    """
    form = FORMATS[query.format]
    with ExitStack() as stack:
        take_place(stack)
        session = stack.enter_context(context.session())
        now = exports.opened(session)
        since = _since(query.since, noun, now)
        audit.read(session, context.caller, f"{noun}.exported", since=since, format=query.format)
        table = Table(
            columns=exports.COLUMNS[noun],
            rows=exports.rows(session, noun, since),
            gone=exports.tombstones(session, noun, since),
        )
        stream = first(form.write(table))
        kept = stack.pop_all()
    packed = not form.packs and "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        WATERMARK: cursors.encode(_listing(noun), now.system, now.transaction),
        "Content-Disposition": f'attachment; filename="{noun}.{form.suffix}"',
        "Vary": "Accept-Encoding",
        **({"Content-Encoding": "gzip"} if packed else {}),
    }
    body = until_the_end(gzipped(stream) if packed else stream, kept)
    return StreamingResponse(body, media_type=form.media_type, headers=headers)


def take_place(stack: ExitStack) -> None:
    """Takes the place of one export until a stack is closed.

    Raises:
        TooManyStreams: there is none left.
    """
    if not _running.acquire(blocking=False):
        raise TooManyStreams(
            f"{MOST_AT_ONCE} exports run already, and there are no more at once: try again in a "
            "minute."
        )
    stack.callback(_running.release)


def first(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same parts, the first of which is there already: an error is answered, not broken off."""
    first = next(parts, b"")

    def rest() -> Iterator[bytes]:
        yield first
        yield from parts

    return rest()


def until_the_end(parts: Iterable[bytes], kept: ExitStack) -> Iterator[bytes]:
    """The parts, and then what was kept open for them is closed, however the stream ends."""
    with kept:
        yield from parts


def _listing(noun: str) -> str:
    return f"export of {noun}"


def _since(watermark: str | None, noun: str, now: Watermark) -> int:
    """The transaction that a watermark names.

    Raises:
        InvalidRequest: it is none of this noun's, or of another database.
    """
    if watermark is None:
        return exports.BEGINNING
    try:
        system, transaction = cursors.decode(watermark, _listing(noun))
    except InvalidRequest:
        message = f"not a watermark of an export of {noun}: take {WATERMARK} of the one before"
        raise _refused(message) from None
    if int(system) != now.system or int(transaction) > now.transaction:
        raise _refused(
            "the watermark is of another database, such as one that was restored since: leave "
            "`since` out and begin anew"
        )
    return int(transaction)


def _refused(message: str) -> InvalidRequest:
    fault = Fault(place="query", pointer="/since", message=message)
    return InvalidRequest("`since` is not a watermark of this export.", faults=[fault])

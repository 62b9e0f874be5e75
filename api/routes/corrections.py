"""/v1/exports/corrections: what people agree on, as a file that a model learns from."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.auth import needs
from api.context import Served, Session
from api.exporting.formats import FORMATS, gzipped
from api.routes import exports as streams
from api.routes import opinion_examples as examples
from api.schemas.opinions import CorrectionsQuery
from api.schemas.problems import problems
from api.steps.corrections import Wanted, lines
from api.store import audit, exports

router = APIRouter(tags=["opinions"])


@router.get(
    "/exports/corrections",
    summary="Export what people agree on, to learn from",
    status_code=200,
    response_class=Response,
    responses={200: examples.CORRECTIONS, **problems(422)},
    dependencies=[needs("read", whole=True)],
)
def export_corrections(
    request: Request, context: Served, query: Annotated[CorrectionsQuery, Query()]
) -> Response:
    """Streams JSON Lines, an interaction a line: its redacted turns, and what people agree on.

    Passages that nobody spoke of are not in it, and neither is what people are divided about; a
    category that is left out of a judgement is unknown. Offsets of a judgement are in the text of
    its turn, those of a quote in the text of the passage. `conduit` and the notebooks read it.
    """
    wanted = Wanted(since=query.since, until=query.until, model=query.model)
    form = FORMATS["jsonl"]
    with ExitStack() as stack:
        streams.take_place(stack)
        session = stack.enter_context(context.session())
        exports.opened(session)
        audit.read(session, context.caller, "corrections.exported")
        stream = streams.first(_lines(session, wanted))
        kept = stack.pop_all()
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        "Content-Disposition": f'attachment; filename="corrections.{form.suffix}"',
        "Vary": "Accept-Encoding",
        **({"Content-Encoding": "gzip"} if packed else {}),
    }
    body = streams.until_the_end(gzipped(stream) if packed else stream, kept)
    return StreamingResponse(body, media_type=form.media_type, headers=headers)


def _lines(session: Session, wanted: Wanted) -> Iterator[bytes]:
    for line in lines(session, wanted):
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"

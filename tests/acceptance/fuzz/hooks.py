"""What schemathesis cannot read from the OpenAPI document.

A cursor is opaque: only one that a page gave is right, so that a request that is meant to be right
leaves it out. Two days have an order, and bodies that are not JSON have a form of their own.
"""

import json
from typing import Any

import schemathesis
from schemathesis import GenerationMode

_AS_IT_IS = (
    "application/mbox",
    "application/octet-stream",
    "application/x-ndjson",
    "application/zip",
    "text/csv",
    "text/vtt",
)


@schemathesis.serializer(*_AS_IT_IS)
def as_it_is(context: Any, value: Any) -> bytes:
    """Text and bytes go as they are; what else was made up goes as JSON."""
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode(errors="surrogatepass")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make right what is meant to be right."""
    meta = case.meta
    if meta is None or meta.generation.mode is not GenerationMode.POSITIVE or not case.query:
        return
    case.query.pop("cursor", None)
    since, until = case.query.get("since"), case.query.get("until")
    if isinstance(since, str) and isinstance(until, str) and until <= since:
        case.query["since"], case.query["until"] = until, since
        if since == until:
            del case.query["until"]


@schemathesis.check
def refusals_say_why(context: Any, response: Any, case: Any) -> None:
    """Every refusal is problem details, and one of fields points at each and has words for it."""
    if response.status_code < 400:
        return
    said = json.loads(response.content)
    assert said["status"] == response.status_code
    assert said["request_id"] == response.headers["x-request-id"][0]
    assert said["code"]
    assert len(said["detail"]) > 10
    for fault in said.get("errors", ()):
        assert fault["message"]
        assert fault["in"] in {"body", "query", "path", "header", "part"}

"""The same request sent twice is carried out once: the `Idempotency-Key` header.

The key is claimed with a lock in the transaction that does the work, and the answer is kept in it
too: after a crash there is neither work nor claim. Refusals are not kept, because they did nothing.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.context import Context, Session
from api.errors import Fault, InvalidRequest, KeyInProgress, KeyReused
from api.manners.body import Body
from api.store import idempotency

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_LONGEST = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint answers: kept under the idempotency key as it stands here.

    Attributes:
        status: of the answer.
        body: its JSON.
        headers: beside the content type.
        secrets: members of the body that are shown once: they are not kept, and null when the
            answer is given again.
    """

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()


def once(
    request: Request, context: Context, body: Body, work: Callable[[Session], Answer]
) -> Response:
    """Carry a request out, or answer as before if its key has been here.

    Args:
        request: the request.
        context: whose database work and key are stored in, in one transaction. Keys of different
            callers are different keys.
        body: its body; what `work` leaves of it is read for the digest.
        work: what to do.

    Raises:
        InvalidRequest: the key is empty, too long or not plain ASCII.
        KeyReused: the key was used for another request.
        KeyInProgress: another request with the key still runs.
    """
    key = _key(request)
    operation = f"{request.method} {request.url.path}"
    if context.caller.id is not None:
        operation = f"{context.caller.id} {operation}"
    with context.session() as session:
        if key is None:
            return _response(work(session))
        if not idempotency.lock(session, key, operation):
            raise KeyInProgress(
                f"{HEADER} {key!r} is in use by a request that still runs; try again in a moment",
                headers={"Retry-After": "1"},
            )
        kept = idempotency.find(session, key, operation)
        if kept is not None:
            if kept.body_digest != body.digest():
                raise KeyReused(
                    f"{HEADER} {key!r} came with another query or body before; "
                    "use a new key for a new request"
                )
            headers = {**kept.headers, REPLAYED: "true"}
            return Response(kept.body, kept.status, headers, media_type="application/json")
        answer = work(session)
        kept = idempotency.Answer(
            body_digest=body.digest(),
            status=answer.status,
            headers=answer.headers,
            body=_encoded(replace(answer, body=_without(answer))),
        )
        idempotency.put(session, key, operation, kept)
        return _response(answer)


def _without(answer: Answer) -> Mapping[str, Any]:
    hidden = answer.secrets
    return {name: None if name in hidden else value for name, value in answer.body.items()}


def _encoded(answer: Answer) -> bytes:
    return json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()


def _response(answer: Answer) -> Response:
    headers = dict(answer.headers)
    return Response(_encoded(answer), answer.status, headers, media_type="application/json")


def _key(request: Request) -> str | None:
    """The request's key, or None where it has none."""
    key = request.headers.get(HEADER)
    if key is None or (0 < len(key) <= _LONGEST and key.isascii() and key.isprintable()):
        return key
    rule = f"1 to {_LONGEST} printable ASCII characters, such as a UUID"
    fault = Fault(place="header", pointer=f"/{HEADER}", message=f"has to be {rule}")
    raise InvalidRequest(f"The {HEADER} header has to be {rule}.", faults=[fault])

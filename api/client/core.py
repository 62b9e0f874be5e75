"""Client of Conduit, in one file: copy it, and install httpx.

    client = Conduit("http://127.0.0.1:8000", key="cdt_...")
    for finding in client.every(client.list_findings, category="documentation_error"):
        print(finding["quote"])

Every POST carries an `Idempotency-Key` of its own, so that what broke off is sent again without
being done twice: connections that break, 429 and 503 are tried again a few times. What the service
refuses is raised as `Problem`, with its code, its request id and the faulty fields.
"""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self, TypedDict, TypeVar

import httpx

Item = TypeVar("Item")
Query = Mapping[str, Any]

_RETRIED = frozenset({429, 503})
_LONGEST_WAIT = 30.0
_SIGNATURE_AGE = 300.0


class Problem(Exception):
    """The service refused: problem details as in RFC 9457.

    Attributes:
        status: of the answer.
        code: stable, to branch on.
        detail: for a person.
        request_id: to name when you ask the operator.
        errors: the faulty fields, each with `in`, `pointer` and `message`.
        more: everything that the answer says.
    """

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(said.get("code", "unknown"))
        self.detail = str(said.get("detail", ""))
        self.request_id = str(said.get("request_id", ""))
        self.errors: list[dict[str, str]] = list(said.get("errors", ()))
        self.more = dict(said)
        fields = "".join(f"; {one.get('pointer')}: {one.get('message')}" for one in self.errors)
        super().__init__(f"{status} {self.code}: {self.detail}{fields}")


class Page(TypedDict, Generic[Item]):
    """One page of a list; `next` is the cursor of the page after it, or None."""

    data: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """One event of a stream.

    Attributes:
        id: pass it as `last_event_id` to go on from behind it.
        type: such as `item.opened`.
        data: its ids, states and numbers.
    """

    id: str
    type: str
    data: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one operation sends.

    Attributes:
        method: of HTTP.
        path: with ids filled in.
        query: parameters; None leaves one out.
        body: JSON, or bytes as they are.
        media_type: of bytes.
        headers: beside those that every request has.
    """

    method: str
    path: str
    query: Query | None = None
    body: Any = None
    media_type: str | None = None
    headers: Mapping[str, str | None] | None = None


class Core:
    """The connection: who we are, what is tried again, how answers are read."""

    def __init__(
        self,
        base: str,
        *,
        key: str | None = None,
        timeout: float = 30.0,
        tries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            base: address of the service, without /v1.
            key: `cdt_...`; None where the service asks for none.
            timeout: seconds of silence after which a request has failed.
            tries: how often a request is sent at most.
            transport: another way to the service, such as a test's.
        """
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.http = httpx.Client(
            base_url=base, headers=headers, timeout=timeout, transport=transport
        )
        self.tries = tries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()

    def every(self, listing: Callable[..., Page[Item]], *ids: str, **query: Any) -> Iterator[Item]:
        """All items of a list, page after page: `client.every(client.list_findings, limit=200)`."""
        cursor: str | None = None
        while True:
            page = listing(*ids, cursor=cursor, **query)
            yield from page["data"]
            cursor = page["next"]
            if cursor is None:
                return

    def wait(self, job: str, *, seconds: float = 600.0) -> dict[str, Any]:
        """Waits until a job is done or cancelled, and gives it.

        Raises:
            TimeoutError: it still runs.
        """
        deadline = time.monotonic() + seconds
        while True:
            found: dict[str, Any] = self.json(Request(method="GET", path=f"/v1/jobs/{job}"))
            if found["state"] != "running":
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"job {job} still runs after {seconds:g} seconds")
            time.sleep(0.5)

    def json(self, request: Request) -> Any:
        """Sends a request and reads the answer's JSON; None for an empty one."""
        answer = self.send(request)
        return answer.json() if answer.content else None

    def send(self, request: Request) -> httpx.Response:
        """Sends a request, again where that helps.

        Raises:
            Problem: the service refused.
            httpx.HTTPError: it does not answer.
        """
        sent = self._built(request)
        for left in reversed(range(self.tries)):
            try:
                answer = self.http.send(sent)
            except httpx.TransportError:
                if not left or not _repeatable(request):
                    raise
                time.sleep(0.2 * (self.tries - left))
                continue
            if answer.status_code in _RETRIED and left:
                time.sleep(_pause(answer))
                continue
            if answer.is_error:
                raise _problem(answer)
            return answer
        raise AssertionError("tries is less than 1")

    def stream(self, request: Request) -> Iterator[bytes]:
        """Sends a request and gives the answer as it comes.

        Raises:
            Problem: the service refused.
        """
        answer = self.http.send(self._built(request), stream=True)
        try:
            if answer.is_error:
                answer.read()
                raise _problem(answer)
            yield from answer.iter_bytes()
        finally:
            answer.close()

    def events(self, request: Request) -> Iterator[Streamed]:
        """Reads server-sent events until the stream ends (WHATWG HTML, 9.2)."""
        fields: dict[str, str] = {}
        pending = b""
        for chunk in self.stream(request):
            *lines, pending = (pending + chunk).split(b"\n")
            for raw in lines:
                line = raw.decode().rstrip("\r")
                name, _, value = line.partition(":")
                if line and name:
                    fields[name] = value.removeprefix(" ")
                elif not line and "data" in fields:
                    yield Streamed(
                        id=fields.get("id", ""),
                        type=fields.get("event", "message"),
                        data=json.loads(fields["data"]),
                    )
                    fields = {}

    def _built(self, request: Request) -> httpx.Request:
        headers = {name: text for name, text in (request.headers or {}).items() if text is not None}
        if request.method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        content: bytes | None = None
        if isinstance(request.body, bytes):
            content = request.body
            headers["Content-Type"] = request.media_type or "application/octet-stream"
        elif request.body is not None:
            content = json.dumps(request.body).encode()
            headers["Content-Type"] = request.media_type or "application/json"
        return self.http.build_request(
            request.method,
            request.path,
            params=httpx.QueryParams(_asked(request.query or {})),
            content=content,
            headers=headers,
        )


def verified(
    body: bytes, headers: Mapping[str, str], *secrets: str, now: float | None = None
) -> dict[str, Any]:
    """The event of a webhook, if one of your secrets signed it (Standard Webhooks).

    Args:
        body: of the request, byte by byte as it came.
        headers: of the request.
        secrets: `whsec_...`; two while one takes over from the other.
        now: seconds since 1970, of your clock; None reads it.

    Raises:
        ValueError: nobody who knows a secret sent it, or it is over five minutes old.
    """
    given = {name.lower(): text for name, text in headers.items()}
    id, sent = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not sent.isdigit() or abs((now or time.time()) - int(sent)) > _SIGNATURE_AGE:
        raise ValueError("webhook-timestamp is missing, or over five minutes off")
    signatures = given.get("webhook-signature", "").split()
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.digest(key, f"{id}.{sent}.".encode() + body, hashlib.sha256)
        wanted = "v1," + base64.b64encode(digest).decode()
        if any(hmac.compare_digest(wanted, one) for one in signatures):
            event: dict[str, Any] = json.loads(body)
            return event
    raise ValueError("no signature of the webhook is of one of the secrets")


def _repeatable(request: Request) -> bool:
    """Whether sending twice does no more than sending once: PATCH has no key."""
    return request.method != "PATCH"


def _asked(query: Query) -> list[tuple[str, str | int | float | bool | None]]:
    """Parameters as they go into the address; a list is the same name several times."""
    return [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in query.items()
        for one in (value if isinstance(value, list | tuple) else (value,))
        if one is not None
    ]


def _pause(answer: httpx.Response) -> float:
    """Seconds to wait, as the answer asks."""
    asked = answer.headers.get("Retry-After", "1")
    return min(float(asked) if asked.isdigit() else 1.0, _LONGEST_WAIT)


def _problem(answer: httpx.Response) -> Problem:
    try:
        said = answer.json()
    except ValueError:
        said = None
    return Problem(answer.status_code, said if isinstance(said, dict) else {})

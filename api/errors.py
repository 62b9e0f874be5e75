"""Every error that the service raises on purpose, its status, and the handlers that answer it.

```
ServiceError
├── InvalidRequest          a field, parameter or header breaks its rule
├── NotFound                there is no such thing
├── Erased                  it was here and was erased
├── ThemeMerged             another theme took it in
├── SeveralInteractions     a file of many was handed to the endpoint for one
├── NothingReadable         not one part of an upload could be read
├── UnsupportedMedia        a content type or encoding that is not read here
├── UploadBroken            the client went away before the body ended
├── KeyReused               an idempotency key came back with another request
├── KeyInProgress           a request with the same idempotency key still runs
├── NameTaken               something else has that name
├── StillNeeded             something later rests on it
├── Held                    a legal hold keeps it from being erased
├── Changed                 somebody changed it since it was read
├── NoVersion               a change does not say which version it is of
├── Unauthorized            the request has no key that is known here
├── TooManyRequests         the caller asks faster than it may
├── Forbidden               the caller may not do or see this
├── ForeignOrigin           a page of another site asked a browser to send this
├── UnknownHost             the request names a host that is not this service
└── NotReady                something that the service needs is missing
```

Answers are problem details as in RFC 9457. Messages never carry the words of an interaction, and an
error that nobody foresaw answers with its request id alone.
"""

import logging
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from api.store import errors as store
from nlp import errors as nlp

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 50
"""Faults that one answer lists: a body of a million bad fields gets a short answer all the same."""

Place = Literal["body", "query", "path", "header", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One faulty field of a request.

    Attributes:
        place: where the field stands; `part` is one part of an upload of many.
        pointer: a JSON pointer (RFC 6901) to it from there, or the name of the part.
        message: what is wrong with it, and what would be right.
    """

    place: Place
    pointer: str
    message: str


class ServiceError(nlp.ConduitError):
    """The service refuses or cannot do what was asked."""

    code = "service"

    def __init__(
        self,
        message: str,
        *,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.more: Mapping[str, Any] = {}
        super().__init__(message)


class InvalidRequest(ServiceError):
    """A field, parameter or header breaks its rule."""

    code = "invalid_request"


class NotFound(ServiceError):
    """There is no such thing."""

    code = "not_found"


class Erased(ServiceError):
    """It was here and was erased."""

    code = "erased"


class ThemeMerged(ServiceError):
    """Another theme took it in."""

    code = "theme_merged"

    def __init__(self, message: str, *, into: str, url: str) -> None:
        super().__init__(message, headers={"Link": f'<{url}>; rel="successor-version"'})
        self.more = {"merged_into": {"id": into, "url": url}}


class SeveralInteractions(ServiceError):
    """A file of many was handed to the endpoint for one."""

    code = "several_interactions"


class NothingReadable(ServiceError):
    """Not one part of an upload could be read."""

    code = "nothing_readable"


class UnsupportedMedia(ServiceError):
    """A content type or encoding that is not read here."""

    code = "unsupported_media"


class UploadBroken(ServiceError):
    """The client went away before the body ended."""

    code = "upload_broken"


class KeyReused(ServiceError):
    """An idempotency key came back with another request."""

    code = "key_reused"


class KeyInProgress(ServiceError):
    """A request with the same idempotency key still runs."""

    code = "key_in_progress"


class NameTaken(ServiceError):
    """Something else has that name."""

    code = "name_taken"


class StillNeeded(ServiceError):
    """Something later rests on it."""

    code = "still_needed"


class Held(ServiceError):
    """A legal hold keeps it from being erased."""

    code = "held"


class Changed(ServiceError):
    """Somebody changed it since it was read."""

    code = "changed"


class NoVersion(ServiceError):
    """A change does not say which version it is of."""

    code = "no_version"


class Unauthorized(ServiceError):
    """The request has no key that is known here."""

    code = "unauthorized"

    def __init__(self, message: str, *, given: bool = False) -> None:
        # RFC 6750, section 3.1: who sent no key is not told of an error.
        said = ', error="invalid_token"' if given else ""
        super().__init__(message, headers={"WWW-Authenticate": f'Bearer realm="conduit"{said}'})


class TooManyRequests(ServiceError):
    """The caller asks faster than it may."""

    code = "too_many_requests"


class Forbidden(ServiceError):
    """The caller may not do or see this."""

    code = "forbidden"


class ForeignOrigin(ServiceError):
    """A page of another site asked a browser to send this."""

    code = "foreign_origin"


class UnknownHost(ServiceError):
    """The request names a host that is not this service."""

    code = "unknown_host"


class NotReady(ServiceError):
    """Something that the service needs is missing."""

    code = "not_ready"


STATUSES: dict[type[nlp.ConduitError], int] = {
    nlp.ConduitError: 500,
    nlp.ReadError: 422,
    nlp.EmptyInput: 422,
    nlp.UnknownFormat: 415,
    nlp.BrokenInput: 422,
    nlp.WrongEncoding: 422,
    nlp.BinaryInput: 415,
    nlp.TooLarge: 413,
    nlp.OptionError: 422,
    nlp.ModelError: 503,
    nlp.WeightsMissing: 503,
    nlp.WeightsChanged: 503,
    store.StoreError: 503,
    store.DatabaseUnreachable: 503,
    store.DatabaseBusy: 503,
    store.DatabaseUnfit: 503,
    store.EmbeddedFailed: 503,
    ServiceError: 500,
    InvalidRequest: 422,
    NotFound: 404,
    Erased: 410,
    ThemeMerged: 410,
    SeveralInteractions: 422,
    NothingReadable: 422,
    UnsupportedMedia: 415,
    UploadBroken: 400,
    KeyReused: 422,
    KeyInProgress: 409,
    NameTaken: 409,
    StillNeeded: 409,
    Held: 409,
    Changed: 412,
    NoVersion: 428,
    Unauthorized: 401,
    TooManyRequests: 429,
    Forbidden: 403,
    ForeignOrigin: 403,
    UnknownHost: 421,
    NotReady: 503,
}
"""The status of every error: one row a class, which a test holds."""

ROUTER_CODES: dict[int, tuple[str, str]] = {
    400: (
        "bad_request",
        "The request cannot be understood; compare it with the reference at /docs.",
    ),
    401: ("unreadable_file", "The file may not be read by the service."),
    404: ("no_such_route", "Nothing is served at this path; the reference is at /docs."),
    405: (
        "method_not_allowed",
        "The path exists and has no such method; `Allow` lists those it has.",
    ),
    416: ("bad_range", "The byte range that was asked for lies outside the file."),
}
"""What the router itself refuses: status to stable code and detail."""


def title_of(error: type[nlp.ConduitError]) -> str:
    """The title of a problem: the first line of its class's docstring."""
    return (error.__doc__ or error.__name__).splitlines()[0].rstrip(".")


def status_of(error: type[nlp.ConduitError]) -> int:
    """The status of an error: its own, or that of the nearest class above it."""
    return next(STATUSES[kind] for kind in error.__mro__ if kind in STATUSES)


def request_id(request: Request) -> str:
    """The identifier of a request, as its answer's X-Request-ID has it."""
    return str(request.scope.get("conduit.request_id", ""))


def problem(
    request: Request,
    status: int,
    *,
    error: tuple[str, str, str],
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer of problem details.

    Args:
        request: what is answered.
        status: of the answer.
        error: the stable code, the title that belongs to it, and the detail of this case.
        members: what else it says.
        headers: further headers.
    """
    code, title, detail = error
    body: dict[str, Any] = {
        "type": f"/problems#{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(request),
        **(members or {}),
    }
    return JSONResponse(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer an error that was raised on purpose."""
    if not isinstance(error, nlp.ConduitError):
        return await answer_unforeseen(request, error)
    status = status_of(type(error))
    detail = str(error)
    headers: dict[str, str] = {}
    members: dict[str, Any] = {}
    if isinstance(error, ServiceError):
        headers, members = error.headers, dict(error.more)
        if error.faults:
            members["errors"] = [
                {"in": fault.place, "pointer": fault.pointer, "message": fault.message}
                for fault in error.faults[:MOST_FAULTS]
            ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {"Retry-After": "5", **headers}
        log.error("%s answers 503: %s", request_id(request), detail)
    if isinstance(error, store.StoreError) and not isinstance(error, store.DatabaseBusy):
        detail = "The database does not answer as it should; /readyz says what is missing."
    return problem(
        request,
        status,
        error=(error.code, title_of(type(error)), detail),
        members=members,
        headers=headers,
    )


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Answer parameters that the framework checked against their schema."""
    if not isinstance(error, RequestValidationError):
        return await answer_unforeseen(request, error)
    return await answer_error(request, invalid(error.errors()))


async def answer_router(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: no such path, no such method."""
    status = int(getattr(error, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR))
    if status not in ROUTER_CODES:
        return await answer_unforeseen(request, error)
    code, detail = ROUTER_CODES[status]
    headers = getattr(error, "headers", None)
    title = HTTPStatus(status).phrase
    return problem(request, status, error=(code, title, detail), headers=headers)


async def answer_broken_upload(request: Request, error: Exception) -> Response:
    """Answer a client that went away: nobody reads it, and nothing was stored."""
    log.info("%s: the client went away before its body ended", request_id(request))
    return await answer_error(request, UploadBroken("the body ended early; nothing was stored"))


async def answer_unforeseen(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw: the caller gets a request id, the log gets the places.

    The error's own text goes nowhere: a driver or a parser may quote a customer's words in it.
    """
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-12:])
    )
    log.error("%s: %s at %s", request_id(request), type(error).__qualname__, places)
    detail = "Something went wrong on our side; the service's log has more under this request id."
    return problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        error=("internal", HTTPStatus.INTERNAL_SERVER_ERROR.phrase, detail),
    )


def invalid(errors: Iterable[Mapping[str, Any]], *, place: Place | None = None) -> InvalidRequest:
    """Turn a schema's errors into ours.

    Args:
        errors: as pydantic lists them.
        place: where the fields stand; None takes the first part of each location for it.
    """
    faults = []
    for found in errors:
        location = list(found["loc"])
        where = place if place is not None else location.pop(0)
        pointer = "".join("/" + _escaped(part) for part in location)
        faults.append(Fault(place=where, pointer=pointer, message=_message(found)))
    many = f"{len(faults):,} fields are" if len(faults) > 1 else "One field is"
    cut = f", of which the first {MOST_FAULTS} are listed" if len(faults) > MOST_FAULTS else ""
    return InvalidRequest(f"{many} not as the schema has them{cut}; see /docs.", faults=faults)


def _escaped(part: object) -> str:
    """One step of a JSON pointer, cut to a length that a person reads."""
    return str(part)[:100].replace("~", "~0").replace("/", "~1")


def _message(found: Mapping[str, Any]) -> str:
    """A schema's message in our words where the schema's do not name the way out."""
    if found["type"] == "extra_forbidden":
        return "there is no such field; leave it out"
    message = str(found["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def add_handlers(app: FastAPI) -> None:
    """Let every error of an app be answered here."""
    app.add_exception_handler(nlp.ConduitError, answer_error)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(ClientDisconnect, answer_broken_upload)
    for status in ROUTER_CODES:
        app.add_exception_handler(status, answer_router)

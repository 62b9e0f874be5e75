"""Errors as answers: problem details as in RFC 9457.

Messages never carry the words of an interaction, and an error that nobody foresaw answers with its
request id alone.
"""

import logging
import re
import traceback
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from api import openapi
from api.errors import (
    STATUSES,
    Fault,
    InvalidRequest,
    Place,
    ServiceError,
    UploadBroken,
)
from api.schemas.problems import MEDIA_TYPE
from api.store import errors as store
from nlp import errors as nlp

log = logging.getLogger(__name__)

MOST_FAULTS = 50
"""Faults that one answer lists: a body of a million bad fields gets a short answer all the same."""

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
    methods = allowed(request)
    if methods and request.method not in methods:
        # The router took a word for an id: `PATCH /themes/emerging` is no change of a theme.
        return _refused(request, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(methods)})
    return await answer_error(request, invalid(error.errors()))


async def answer_router(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: no such path, no such method."""
    status = int(getattr(error, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR))
    if status not in ROUTER_CODES:
        return await answer_unforeseen(request, error)
    headers = dict(getattr(error, "headers", None) or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed(request)) or headers.get("Allow", "")
    return _refused(request, status, headers)


def _refused(request: Request, status: int, headers: Mapping[str, str]) -> Response:
    code, detail = ROUTER_CODES[status]
    title = HTTPStatus(status).phrase
    return problem(request, status, error=(code, title, detail), headers=headers)


def _shape(path: str) -> str:
    """A path of the document as an expression: anything but a slash stands for an id."""
    return "[^/]+".join(re.escape(part) for part in re.split(r"\{\w+\}", path))


def allowed(request: Request) -> list[str]:
    """The methods that the path of a request has, in the API's document.

    A path that stands there as it is goes before one with ids in it: `/themes/emerging` is no id.
    """
    paths: Mapping[str, Mapping[str, Any]] = openapi.document(request.app)["paths"]
    path = request.url.path
    if path not in paths:
        fits = [one for one in paths if re.fullmatch(_shape(one), path)]
        path = fits[0] if fits else path
    return sorted(method.upper() for method in paths.get(path, ()))


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

"""The shape of every error: problem details as in RFC 9457."""

from typing import Any, Literal

from pydantic import Field

from api.schemas.base import Given
from api.schemas.verdicts import CheckedOut, RefusalOut

MEDIA_TYPE = "application/problem+json"


class FaultOut(Given):
    """One faulty field of a request, or one unreadable part of an upload."""

    place: Literal["body", "query", "path", "header", "part"] = Field(
        alias="in", description="Where it stands."
    )
    pointer: str = Field(description="A JSON pointer (RFC 6901) from there, or the part's name.")
    message: str = Field(description="What is wrong with it, and what would be right.")


class SuccessorOut(Given):
    """What a theme lives on in."""

    id: str
    url: str


class Problem(Given):
    """What went wrong, for programs (`code`) and for people (`detail`)."""

    type: str = Field(description="An address that explains the code.")
    title: str = Field(description="What this code means, the same each time.")
    status: int = Field(description="The HTTP status once more.")
    detail: str = Field(description="What happened in this case, and the way out.")
    code: str = Field(description="Stable: switch on this.")
    request_id: str = Field(description="As in the X-Request-ID header; quote it in questions.")
    errors: list[FaultOut] | None = Field(None, description="Faulty fields, the first 50 of them.")
    merged_into: SuccessorOut | None = Field(
        None, description="`theme_merged` alone: the theme that took it in."
    )
    reasons: list[RefusalOut] | None = Field(
        None, description="`promotion_refused` alone: why the gate refuses the model."
    )
    figures: list[CheckedOut] | None = Field(
        None, description="`promotion_refused` alone: every figure that the gate looked at."
    )


_CASES: dict[int, tuple[str, str, str]] = {
    400: (
        "upload_broken",
        "The client went away before the body ended",
        "the body ended early; nothing was stored",
    ),
    401: (
        "unauthorized",
        "The request has no key that is known here",
        "Send a key: Authorization: Bearer cdt_…; an admin makes one at POST /v1/keys.",
    ),
    403: (
        "forbidden",
        "The caller may not do or see this",
        "This needs the scope 'label'; the key has: read.",
    ),
    429: (
        "too_many_requests",
        "The caller asks faster than it may",
        "More than 1,000 requests a second; wait 1 s.",
    ),
    404: (
        "not_found",
        "There is no such thing",
        "No interaction has the id 0199aa10-0000-7000-8000-000000000000.",
    ),
    409: (
        "key_in_progress",
        "A request with the same idempotency key still runs",
        "Idempotency-Key 'call-0412' is in use by a request that still runs; try again in a moment",
    ),
    410: (
        "erased",
        "It was here and was erased",
        "The interaction 0199aa10-7c3e-7d2a-9b1f-3a5c8e21d704 was erased.",
    ),
    412: (
        "changed",
        "Somebody changed it since it was read",
        'It is at "4" by now: read it again, and then change it.',
    ),
    428: (
        "no_version",
        "A change does not say which version it is of",
        "Send If-Match with the ETag that you read, or `*` to take any.",
    ),
    413: (
        "too_large",
        "It is larger than the limit, or unpacks to more than the limit",
        "the request's body: over the limit of 104,857,600 bytes; split it",
    ),
    415: (
        "unknown_format",
        "No reader recognises it",
        "call.xyz: no format recognises its content; name one with format=",
    ),
    422: (
        "invalid_request",
        "A field, parameter or header breaks its rule",
        "One field is not as the schema has them; see /docs.",
    ),
    501: (
        "extra_missing",
        "A package that not every installation has is needed for it",
        "Parquet needs pyarrow, which is not installed here: take format=jsonl or format=csv.",
    ),
    503: (
        "database_unreachable",
        "Nobody answers at its address, or refuses us",
        "The database does not answer as it should; /readyz says what is missing.",
    ),
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error responses of an operation, each with an example, for its OpenAPI entry.

    Statuses that every operation can answer with (500, 503) are added; those that every one below
    /v1 can (401, 403, 429) by `api.openapi`.
    """
    return {status: _response(status) for status in sorted({*statuses, 500, 503})}


def merged(into: str) -> dict[int | str, dict[str, Any]]:
    """The answer to who asks for a theme that another one took in."""
    found = _response(410)
    url = f"/v1/themes/{into}"
    title = "Another theme took it in"
    value = {
        "type": "/problems#theme_merged",
        "title": title,
        "status": 410,
        "detail": f"Theme 0199aa13-0000-7000-8000-000000000000 was merged into theme {into}.",
        "code": "theme_merged",
        "request_id": "8f0c1d8e-3f77-4c4c-9a55-0f4a4d4b7a31",
        "merged_into": {"id": into, "url": url},
    }
    found["description"] = f"{title}."
    found["content"][MEDIA_TYPE]["examples"] = {"theme_merged": {"summary": title, "value": value}}
    return {410: found}


def _response(status: int) -> dict[str, Any]:
    code, title, detail = _CASES.get(
        status,
        (
            "internal",
            "Internal Server Error",
            "Something went wrong on our side; the service's log has more under this request id.",
        ),
    )
    example: dict[str, Any] = {
        "type": f"/problems#{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "8f0c1d8e-3f77-4c4c-9a55-0f4a4d4b7a31",
    }
    if code == "invalid_request":
        message = "input should be less than or equal to 200"
        example["errors"] = [{"in": "query", "pointer": "/limit", "message": message}]
    return {
        "description": title + ".",
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"summary": title, "value": example}},
            }
        },
    }

"""What the OpenAPI document says of keys: which scope an operation asks for, and what else follows.

It is derived from the routes' own dependencies (`api.auth.needs`), so that it cannot be wrong.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.auth import Needs
from api.schemas.problems import problems

BELOW = "/v1"
_SCHEME = "key"
_PROBLEMS = (401, 403, 429)
_HEADERS = {
    "RateLimit": {
        "description": "Requests left at once (`r`), and seconds until all are there again (`t`).",
        "schema": {"type": "string"},
        "example": '"key";r=1999;t=1',
    },
    "RateLimit-Policy": {
        "description": "Most requests at once (`q`), which come back within `w` seconds.",
        "schema": {"type": "string"},
        "example": '"key";q=2000;w=2',
    },
}
_WHOLE = " Keys that are bound to a department are turned away."


def needs_of(route: APIRoute) -> list[Needs]:
    """What a route asks of its callers."""
    return [found for found in _calls(route.dependant) if isinstance(found, Needs)]


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def describe(document: dict[str, Any], routers: Iterable[APIRouter]) -> None:
    """Write into a document what its operations below /v1 ask of callers, in place."""
    document["components"]["securitySchemes"] = {
        _SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "cdt_<prefix>_<secret>",
            "description": "A key, as `POST /v1/keys` or `conduit key create` makes it. A service "
            "that listens on its own machine alone may ask for none.",
        }
    }
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                for method in route.methods or ():
                    operation = document["paths"][BELOW + route.path][method.lower()]
                    _describe(operation, needs_of(route))


def _describe(operation: dict[str, Any], needed: list[Needs]) -> None:
    scopes = sorted({one.scope for one in needed if one.scope is not None})
    operation["security"] = [{_SCHEME: []}]
    operation["x-scopes"] = scopes
    operation["x-whole"] = any(one.whole for one in needed)
    asked = " and ".join(f"`{scope}`" for scope in scopes)
    said = f"Needs the scope {asked}." if scopes else "Any key will do."
    said += _WHOLE if operation["x-whole"] else ""
    operation["description"] = f"{operation.get('description', '')}\n\n{said}".strip()
    known = problems(*_PROBLEMS)
    for status in _PROBLEMS:
        operation["responses"].setdefault(str(status), known[status])
    for answer in operation["responses"].values():
        answer["headers"] = {**answer.get("headers", {}), **_HEADERS}
    operation["responses"] = dict(sorted(operation["responses"].items()))

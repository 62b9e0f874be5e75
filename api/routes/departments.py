"""/v1/departments: who can act on what customers report."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import Fault, InvalidRequest, NameTaken, NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers
from api.routes import inbox_examples as examples
from api.schemas.base import Page
from api.schemas.departments import (
    DepartmentChangeIn,
    DepartmentIn,
    DepartmentOut,
    DepartmentQuery,
)
from api.schemas.problems import problems
from api.store import audit, departments, items
from api.store.department_tables import DepartmentRow

router = APIRouter(tags=["departments"])

_LISTING = "departments"
_BODY = 64 * 1024


@router.post(
    "/departments",
    dependencies=[needs("admin", whole=True)],
    status_code=201,
    summary="Add a department",
    response_model=DepartmentOut,
    responses={201: examples.DEPARTMENT_MADE, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.MAKE_DEPARTMENT,
)
def create(request: Request, context: Served) -> Response:
    """Adds a department; nothing reaches it before it has a rule, and a key can be bound to it."""
    body = Body(request, limit=_BODY)
    given = read_as(body, DepartmentIn)

    def work(session: Session) -> Answer:
        redact = context.redactor.redact_text
        row = departments.create(
            session,
            {
                "name": given.name,
                "title": redact(given.title),
                "description": redact(given.description),
            },
        )
        if row is None:
            raise _taken(given.name)
        audit.note(session, context.caller, "department.created", ids=[row.id])
        (found,) = _departments(session, [row])
        headers = {"ETag": versions.etag(row.revision), "Location": found.url}
        return Answer(status=201, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.get(
    "/departments",
    dependencies=[needs("read")],
    summary="List departments, the newest first",
    response_model=Page[DepartmentOut],
    responses={200: examples.DEPARTMENTS, **problems(422)},
)
def list_departments(
    request: Request, context: Served, query: Annotated[DepartmentQuery, Query()]
) -> Response:
    """Lists departments with their items by state; a key that is bound to one sees that alone."""
    fields = answers.chosen(DepartmentOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = departments.list_page(session, name=query.name, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = _departments(session, rows)
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/departments/{id}",
    dependencies=[needs("read")],
    summary="Read a department",
    response_model=DepartmentOut,
    responses={200: examples.DEPARTMENT, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one department; its `ETag` goes into `If-Match` when it is changed."""
    with context.reading() as session:
        row = existing(session, id)
        (found,) = _departments(session, [row])
    return _answer(found)


@router.patch(
    "/departments/{id}",
    dependencies=[needs("admin")],
    summary="Change a department",
    response_model=DepartmentOut,
    responses={200: examples.DEPARTMENT, **problems(404, 409, 412, 413, 422, 428)},
    openapi_extra=examples.CHANGE_DEPARTMENT,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Changes what is sent and leaves the rest; its rules, items and keys stay as they are."""
    given = read_as(Body(request, limit=_BODY), DepartmentChangeIn)
    values: dict[str, Any] = given.model_dump(exclude_none=True)
    for name in ("title", "description"):
        if name in values:
            values[name] = context.redactor.redact_text(values[name])
    with context.session() as session:
        row = existing(session, id, lock=True)
        versions.check(request, row.revision)
        if given.name is not None and departments.is_taken(session, given.name, by_other_than=id):
            raise _taken(given.name)
        departments.change(session, row, values)
        audit.note(session, context.caller, "department.changed", ids=[id])
        (found,) = _departments(session, [row])
    return _answer(found)


@router.delete(
    "/departments/{id}",
    dependencies=[needs("admin", whole=True)],
    status_code=204,
    summary="Delete a department with its rules and its inbox",
    responses={204: {"description": "Deleted for good."}, **problems(404, 412, 422)},
    openapi_extra=examples.DELETE,
)
def remove(request: Request, context: Served, id: UUID) -> Response:
    """Deletes a department, its rules, its items with their history, and what is bound to it.

    Findings and themes stay.
    """
    with context.session() as session:
        row = existing(session, id, lock=True)
        versions.check(request, row.revision, needed=False)
        departments.remove(session, id)
        audit.note(session, context.caller, "department.deleted", ids=[id])
    return Response(status_code=204)


def existing(session: Session, id: UUID, *, lock: bool = False) -> DepartmentRow:
    """A department that is there.

    Raises:
        NotFound: it is not.
    """
    row = departments.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No department has the id {id}.")
    return row


def _taken(name: str) -> NameTaken:
    fault = Fault(place="body", pointer="/name", message="another department has it")
    return NameTaken(f"A department is called {name!r} already: take another name.", faults=[fault])


def check(session: Session, id: UUID | None, *, place: str, pointer: str = "/department") -> None:
    """Refuse a department that is not there, lest its empty list be taken for good news.

    Args:
        session: the transaction.
        id: None is fine.
        place: where it stands in the request: query or body.
        pointer: to it from there.

    Raises:
        InvalidRequest: with where to look.
    """
    if id is None or departments.get(session, id) is not None:
        return
    message = f"no department has the id {id}; /v1/departments lists them"
    fault = Fault(place="body" if place == "body" else "query", pointer=pointer, message=message)
    raise InvalidRequest("There is no such department.", faults=[fault])


def _departments(session: Session, rows: Sequence[DepartmentRow]) -> list[DepartmentOut]:
    counted = items.counts(session)
    kept = ("id", "name", "title", "description", "created_at", "revision")
    return [
        DepartmentOut.model_validate(
            {
                **{name: getattr(row, name) for name in kept},
                "items": counted.get(row.id, {}),
                "url": f"/v1/departments/{row.id}",
            }
        )
        for row in rows
    ]


def _answer(found: DepartmentOut) -> Response:
    answer = answers.one(found, None)
    answer.headers["ETag"] = versions.etag(found.revision)
    return answer

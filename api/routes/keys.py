"""/v1/keys: made, listed, changed, rotated and revoked; a secret is shown once."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Caller, needs
from api.context import Served, Session
from api.errors import Fault, Forbidden, InvalidRequest, NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers
from api.routes import key_examples as examples
from api.schemas.base import Page
from api.schemas.keys import KeyChangeIn, KeyIn, KeyOut, KeyQuery, NewKeyOut, RotateIn
from api.schemas.problems import problems
from api.store import audit, keys
from api.store.key_tables import KeyRow

router = APIRouter(tags=["keys"], dependencies=[needs("admin")])

_LISTING = "keys"
_BODY = 64 * 1024


@router.post(
    "/keys",
    status_code=201,
    summary="Make a key",
    response_model=NewKeyOut,
    responses={201: examples.MADE, **problems(400, 409, 413, 422)},
    openapi_extra=examples.MAKE,
)
def make(request: Request, context: Served) -> Response:
    """Makes a key; `key` of the answer is the whole of it, and nobody can read it again.

    Nobody hands out a scope that they lack, and a key of a department makes keys of that
    department alone.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, KeyIn)
    caller = context.caller

    def work(session: Session) -> Answer:
        _may_hand_out(caller, given.scopes)
        department = given.department
        if caller.department is not None:
            if "department" in given.model_fields_set and department != caller.department:
                raise Forbidden("A key of a department makes keys of that department alone.")
            department = caller.department
        _check(session, department, given.expires_at)
        wanted = keys.NewKey(
            name=" ".join(given.name.split()),
            scopes=set(given.scopes),
            department=department,
            expires=given.expires_at,
            by=caller.id,
        )
        row, whole = keys.create(session, wanted)
        audit.note(session, caller, "key.created", ids=[row.id])
        return _answer(row, whole, status=201)

    return once(request, context, body, work)


@router.get(
    "/keys",
    summary="List keys, the newest first",
    response_model=Page[KeyOut],
    responses={200: examples.LISTED, **problems(422)},
)
def list_keys(request: Request, context: Served, query: Annotated[KeyQuery, Query()]) -> Response:
    """Lists keys without their secrets, those that were revoked among them."""
    fields = answers.chosen(KeyOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = keys.list_page(
            session,
            revoked=query.revoked,
            department=query.department,
            after=after,
            limit=query.limit + 1,
        )
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    found = [KeyOut.model_validate(_values(row)) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/keys/{id}",
    summary="Read a key",
    response_model=KeyOut,
    responses={200: examples.READ, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one key without its secret; its `ETag` goes into `If-Match` when it is changed."""
    with context.reading() as session:
        return _shown(_existing(session, id))


@router.patch(
    "/keys/{id}",
    summary="Change a key's name, scopes or end",
    response_model=KeyOut,
    responses={200: examples.READ, **problems(404, 412, 413, 422, 428)},
    openapi_extra=examples.CHANGE,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Changes what is sent and leaves the rest; it takes effect within seconds.

    Nobody changes a key that may do what they may not.
    """
    given = read_as(Body(request, limit=_BODY), KeyChangeIn)
    with context.session() as session:
        row = _held(session, context.caller, id)
        versions.check(request, row.revision)
        values: dict[str, Any] = {}
        if given.name is not None:
            values["name"] = " ".join(given.name.split())
        if given.scopes is not None:
            _may_hand_out(context.caller, given.scopes)
            values["scopes"] = sorted(set(given.scopes))
        if "expires_at" in given.model_fields_set:
            _check(session, None, given.expires_at)
            values["expires_at"] = given.expires_at
        if values:
            keys.change(session, row, values)
            audit.note(session, context.caller, "key.changed", ids=[id], fields=",".join(values))
        return _shown(row)


@router.post(
    "/keys/{id}/rotate",
    summary="Give a key another secret",
    response_model=NewKeyOut,
    responses={200: examples.ROTATED, **problems(400, 404, 409, 413, 422)},
    openapi_extra=examples.ROTATE,
)
def rotate(request: Request, context: Served, id: UUID) -> Response:
    """Makes another secret; the one of now is taken for a day longer, or as long as you say."""
    body = Body(request, limit=_BODY)
    given = read_as(body, RotateIn, empty=True)

    def work(session: Session) -> Answer:
        row = _held(session, context.caller, id)
        whole = keys.rotate(session, row, overlap=timedelta(minutes=given.overlap_minutes))
        audit.note(
            session, context.caller, "key.rotated", ids=[id], overlap_minutes=given.overlap_minutes
        )
        return _answer(row, whole, status=200)

    return once(request, context, body, work)


@router.delete(
    "/keys/{id}",
    status_code=204,
    summary="Revoke a key",
    responses={204: {"description": "Revoked for good."}, **problems(404, 422)},
)
def revoke(context: Served, id: UUID) -> Response:
    """Revokes a key for good, within five seconds everywhere; its row stays, for the log."""
    with context.session() as session:
        row = _existing(session, id, lock=True)
        if row.revoked_at is None:
            keys.revoke(session, row)
            audit.note(session, context.caller, "key.revoked", ids=[id])
    return Response(status_code=204)


def _existing(session: Session, id: UUID, *, lock: bool = False) -> KeyRow:
    """A key that is there.

    Raises:
        NotFound: it is not, or is another department's.
    """
    row = keys.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No key has the id {id}.")
    return row


def _held(session: Session, caller: Caller, id: UUID) -> KeyRow:
    """A key, locked, that the caller may change.

    Raises:
        NotFound: it is not there, or was revoked.
        Forbidden: it may do what the caller may not.
    """
    row = _existing(session, id, lock=True)
    if row.revoked_at is not None:
        raise NotFound(f"The key {id} was revoked: make a new one.")
    _may_hand_out(caller, row.scopes)
    return row


def _may_hand_out(caller: Caller, scopes: Collection[str]) -> None:
    """Let nobody give what they have not.

    Raises:
        Forbidden: with the scopes that the caller lacks.
    """
    lacking = sorted(set(scopes) - caller.scopes)
    if lacking:
        raise Forbidden(f"Nobody hands out a scope that they lack: {', '.join(lacking)}.")


def _check(session: Session, department: UUID | None, expires: datetime | None) -> None:
    """Refuse a department that is not there, and an end that is past.

    Raises:
        InvalidRequest: with the field.
    """
    faults = []
    if department is not None and keys.department_name(session, department) is None:
        message = f"no department has the id {department}"
        faults.append(Fault(place="body", pointer="/department", message=message))
    if expires is not None and expires <= datetime.now(UTC):
        message = "is past: DELETE the key to revoke it"
        faults.append(Fault(place="body", pointer="/expires_at", message=message))
    if faults:
        raise InvalidRequest("There can be no such key.", faults=faults)


def _shown(row: KeyRow) -> Response:
    answer = answers.one(KeyOut.model_validate(_values(row)), None)
    answer.headers["ETag"] = versions.etag(row.revision)
    return answer


def _answer(row: KeyRow, whole: str, *, status: int) -> Answer:
    found = NewKeyOut.model_validate({**_values(row), "key": whole})
    headers = {"ETag": versions.etag(row.revision)}
    if status == 201:
        headers["Location"] = found.url
    body = found.model_dump(mode="json")
    return Answer(status=status, body=body, headers=headers, secrets=frozenset({"key"}))


def _values(row: KeyRow) -> dict[str, Any]:
    """A key as the schema has it."""
    names = (
        "id name prefix scopes created_by created_at expires_at revoked_at last_used_at revision"
    )
    return {
        **{name: getattr(row, name) for name in names.split()},
        "department": row.department_id,
        "rotated_until": row.previous_until,
        "url": f"/v1/keys/{row.id}",
    }

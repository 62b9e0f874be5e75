"""What people decide about themes: rename, pin, hide, merge, split, move, bind.

Every decision is written down as an edit, is carried out at once, and holds in every later
clustering until it is undone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Context, Served, Session
from api.errors import Fault, InvalidRequest, NotFound
from api.manners import versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers, theme_answers
from api.routes import theme_examples as examples
from api.routes.theme_answers import View
from api.routes.themes import GONE
from api.schemas.problems import problems
from api.schemas.theme_edits import (
    ConstraintIn,
    MergeIn,
    MoveIn,
    SplitIn,
    ThemeChangeIn,
    ThemeEditOut,
    ThemeIn,
)
from api.schemas.themes import ThemeDetailOut
from api.steps import theme_edits as step
from api.store import audit, themes
from api.store.theme_counts import Slice
from api.store.theme_history import ThemeEditRow
from api.store.theme_tables import ALL, LONGEST_THEME_NAME, ThemeRow
from nlp.errors import OptionError

router = APIRouter(tags=["themes"])

_BODY = 1024 * 1024
_POST = (400, 409, 413, 422)


@router.patch(
    "/themes/{id}",
    dependencies=[needs("label", whole=True)],
    summary="Rename, describe, pin or hide a theme",
    response_model=ThemeDetailOut,
    responses={200: examples.READ, **problems(404, 410, 412, 413, 422, 428), **GONE},
    openapi_extra=examples.CHANGE,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Changes what is sent and leaves the rest; `If-Match` says which version was read.

    No clustering changes a person's name, and none splits or merges a theme that is pinned.
    """
    given = read_as(Body(request, limit=_BODY), ThemeChangeIn)
    with context.session() as session:
        row = _held(session, id)
        versions.check(request, row.revision)
        _change(session, context, row, given)
        fields = ",".join(sorted(given.model_fields_set))
        audit.note(session, context.caller, "theme.changed", ids=[id], fields=fields)
        answer = answers.one(_detail(session, row), None)
    answer.headers["ETag"] = versions.etag(row.revision)
    return answer


def _change(session: Session, context: Context, row: ThemeRow, given: ThemeChangeIn) -> None:
    sent = given.model_fields_set
    if "name" in sent:
        with _pointing("/name"):
            name = None if given.name is None else _named(context, given.name)
            step.rename(session, row, name)
    if "description" in sent:
        with _pointing("/description"):
            step.describe(session, row, context.redactor.redact_text(given.description))
    if "pinned" in sent and given.pinned != row.pinned:
        with _pointing("/pinned"):
            step.pin(session, row, pinned=given.pinned)
    if "hidden" in sent and given.hidden != row.hidden:
        with _pointing("/hidden"):
            step.hide(session, row, hidden=given.hidden)


@router.post(
    "/themes",
    status_code=201,
    dependencies=[needs("label", whole=True)],
    summary="Make a theme of your own from example findings",
    response_model=ThemeDetailOut,
    responses={201: examples.MADE, **problems(*_POST)},
    openapi_extra=examples.MAKE,
)
def make(request: Request, context: Served) -> Response:
    """Makes a theme by name, puts the findings into it, and lets new ones that are like them in.

    The next clustering gathers the stored ones that belong there too.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, ThemeIn)

    def work(session: Session) -> Answer:
        _hold_scope(session, given.scope)
        name = _named(context, given.name)
        with _pointing("/findings"):
            edit = step.seed(session, given.scope, name, given.findings)
        row = themes.get(session, edit.theme_id) if edit.theme_id is not None else None
        if row is None:
            raise NotFound("The theme is gone again.")
        audit.note(session, context.caller, "theme.made", ids=[row.id])
        found = _detail(session, row)
        headers = {"ETag": versions.etag(row.revision), "Location": found.url}
        return Answer(status=201, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.post(
    "/themes/move",
    status_code=201,
    dependencies=[needs("label", whole=True)],
    summary="Move findings into a theme, or out of any",
    response_model=ThemeEditOut,
    responses={201: examples.MOVED, **problems(404, 410, *_POST), **GONE},
    openapi_extra=examples.MOVE,
)
def move(request: Request, context: Served) -> Response:
    """Puts findings where a person says they belong; no clustering puts them elsewhere.

    With `to` null they go to the emerging pool of `scope`, and stay there.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, MoveIn)
    if given.to is None and given.scope is None:
        message = "has to be there where `to` is null: whose themes the findings leave"
        fault = Fault(place="body", pointer="/scope", message=message)
        raise InvalidRequest("Nobody knows whose themes the findings leave.", faults=[fault])

    def work(session: Session) -> Answer:
        goal = None
        if given.to is not None:
            goal = _held(session, given.to)
            if given.scope not in (None, goal.scope):
                message = f"theme {goal.id} is of {goal.scope}: say that, or leave it out"
                fault = Fault(place="body", pointer="/scope", message=message)
                raise InvalidRequest("The theme is of another scope.", faults=[fault])
        scope = given.scope if goal is None else goal.scope
        if goal is None:
            _hold_scope(session, scope or ALL)
        with _pointing("/findings"):
            edit = step.move(session, scope or ALL, given.findings, goal)
        return _answer(session, context, edit)

    return once(request, context, body, work)


@router.post(
    "/themes/constraints",
    status_code=201,
    dependencies=[needs("label", whole=True)],
    summary="Say that findings belong together, or apart",
    response_model=ThemeEditOut,
    responses={201: examples.BOUND, **problems(*_POST)},
    openapi_extra=examples.BIND,
)
def bind(request: Request, context: Served) -> Response:
    """Binds findings: nothing moves now, and every clustering from now on obeys it."""
    body = Body(request, limit=_BODY)
    given = read_as(body, ConstraintIn)

    def work(session: Session) -> Answer:
        _hold_scope(session, given.scope)
        if given.apart is not None:
            left, right = given.apart
            with _pointing("/apart"):
                edit = step.apart(session, given.scope, left, right)
        else:
            with _pointing("/together"):
                edit = step.together(session, given.scope, given.together or [])
        return _answer(session, context, edit)

    return once(request, context, body, work)


@router.post(
    "/themes/{id}/merge",
    status_code=201,
    dependencies=[needs("label", whole=True)],
    summary="Merge a theme into another",
    response_model=ThemeEditOut,
    responses={201: examples.MERGED, **problems(404, 410, 412, *_POST), **GONE},
    openapi_extra=examples.MERGE,
)
def merge(request: Request, context: Served, id: UUID) -> Response:
    """Lets another theme take this one in; its address answers 410 with the other's from then on.

    No clustering takes the two apart again. Undoing the edit does.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, MergeIn)

    def work(session: Session) -> Answer:
        row = _held(session, id)
        versions.check(request, row.revision, needed=False)
        with _pointing("/into"):
            into = themes.get(session, given.into, lock=True)
            if into is None:
                raise OptionError(f"no theme has the id {given.into}")
            edit = step.merge(session, row, into)
        return _answer(session, context, edit)

    return once(request, context, body, work)


@router.post(
    "/themes/{id}/split",
    status_code=201,
    dependencies=[needs("label", whole=True)],
    summary="Split findings off a theme, into one of their own",
    response_model=ThemeEditOut,
    responses={201: examples.SPLIT, **problems(404, 410, 412, *_POST), **GONE},
    openapi_extra=examples.SPLIT_OFF,
)
def split(request: Request, context: Served, id: UUID) -> Response:
    """Makes a theme of its own of some findings; `other` of the answer is the new one.

    No clustering merges the two again. Undoing the edit does.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, SplitIn)

    def work(session: Session) -> Answer:
        row = _held(session, id)
        versions.check(request, row.revision, needed=False)
        name = _named(context, given.name)
        with _pointing("/findings"):
            edit = step.split(session, row, given.findings, name)
        return _answer(session, context, edit)

    return once(request, context, body, work)


def _held(session: Session, id: UUID) -> ThemeRow:
    """A theme, locked with its scope.

    Raises:
        NotFound: it never was.
        ThemeMerged: another one took it in.
    """
    row = step.held(session, id)
    if row is None:
        raise NotFound(f"No theme has the id {id}.")
    if row.state == "merged":
        raise theme_answers.gone(session, row)
    return row


def _hold_scope(session: Session, name: str) -> None:
    """Locks a scope, which is made where nothing was found in it yet.

    Raises:
        InvalidRequest: there is none of that name.
    """
    theme_answers.check_scope(session, name, place="body")
    themes.make_scopes(session, [name])
    themes.scope(session, name, lock=True)


def _named(context: Context, name: str) -> str:
    """A name without personal data.

    Raises:
        InvalidRequest: placeholders make it too long.
    """
    found = context.redactor.redact_text(" ".join(name.split()))
    if len(found) > LONGEST_THEME_NAME:
        message = f"has {len(found)} characters once personal data is taken out: shorten it"
        fault = Fault(place="body", pointer="/name", message=message)
        raise InvalidRequest("The name is too long.", faults=[fault])
    return found


@contextmanager
def _pointing(pointer: str) -> Iterator[None]:
    """Says in which field of the body the fault is.

    Raises:
        InvalidRequest: in the place of an `OptionError`.
    """
    try:
        yield
    except OptionError as error:
        fault = Fault(place="body", pointer=pointer, message=str(error))
        raise InvalidRequest("That cannot be done with these themes.", faults=[fault]) from None


def _detail(session: Session, row: ThemeRow) -> ThemeDetailOut:
    view = View(scope=row.scope, slice=Slice(), today=theme_answers.today())
    return theme_answers.detail(session, row, view)


def _answer(session: Session, context: Context, row: ThemeEditRow) -> Answer:
    concerned = [id for id in (row.id, row.theme_id, row.other_id) if id is not None]
    audit.note(session, context.caller, f"theme.{row.kind}", ids=concerned)
    (found,) = theme_answers.edits(session, [row])
    return Answer(status=201, body=found.model_dump(mode="json"), headers={"Location": found.url})

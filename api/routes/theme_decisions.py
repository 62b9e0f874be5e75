"""/v1/theme-edits: what people decided about themes, and taking it back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import NotFound, StillNeeded
from api.manners import cursors
from api.manners.body import Body
from api.manners.idempotency import Answer, once
from api.routes import answers, theme_answers
from api.routes import theme_examples as examples
from api.schemas.base import Page
from api.schemas.problems import problems
from api.schemas.theme_edits import ThemeEditOut, ThemeEditQuery
from api.steps import theme_undo
from api.store import audit, theme_edits
from api.store.theme_history import ThemeEditRow

router = APIRouter(tags=["themes"])

_LISTING = "theme edits"
_BODY = 64 * 1024


@router.get(
    "/theme-edits",
    dependencies=[needs("read", whole=True)],
    summary="List what people decided about themes, the newest first",
    response_model=Page[ThemeEditOut],
    responses={200: examples.EDITS, **problems(422)},
)
def list_edits(
    request: Request, context: Served, query: Annotated[ThemeEditQuery, Query()]
) -> Response:
    """Lists every edit, those that were undone among them."""
    fields = answers.chosen(ThemeEditOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        if query.scope is not None:
            theme_answers.check_scope(session, query.scope)
        listed = theme_edits.list_page(
            session, scope=query.scope, theme=query.theme, after=after, limit=query.limit + 1
        )
        rows, more = answers.cut(listed, query.limit)
        found = theme_answers.edits(session, rows)
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/theme-edits/{id}",
    dependencies=[needs("read", whole=True)],
    summary="Read one decision about themes",
    response_model=ThemeEditOut,
    responses={200: examples.EDIT, **problems(404, 422)},
)
def read_edit(context: Served, id: UUID) -> Response:
    """Reads what was decided, when, and whether it was undone."""
    with context.reading() as session:
        (found,) = theme_answers.edits(session, [_edit(session, id)])
    return answers.one(found, None)


@router.post(
    "/theme-edits/{id}/undo",
    dependencies=[needs("label", whole=True)],
    summary="Take a decision about themes back",
    response_model=ThemeEditOut,
    responses={200: examples.UNDONE, **problems(404, 400, 409, 413, 422)},
    openapi_extra=examples.WITH_KEY,
)
def undo(request: Request, context: Served, id: UUID) -> Response:
    """Takes an edit back: names, places and themes become again what they were before it.

    Where a later decision rests on it, the answer is 409 and says which one to undo first.
    """
    body = Body(request, limit=_BODY)

    def work(session: Session) -> Answer:
        row = _edit(session, id)
        refusal = theme_undo.undo(session, row)
        if refusal is not None:
            raise StillNeeded(f"{refusal[:1].upper()}{refusal[1:]}.")
        audit.note(session, context.caller, "theme.undone", ids=[id])
        (found,) = theme_answers.edits(session, [row])
        return Answer(status=200, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


def _edit(session: Session, id: UUID) -> ThemeEditRow:
    """An edit that is there.

    Raises:
        NotFound: it is not.
    """
    row = theme_edits.get(session, id)
    if row is None:
        raise NotFound(f"No edit has the id {id}.")
    return row

"""Two buttons beside a finding on the pages: it is right, or it is wrong; and taking that back."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import needs
from api.context import Context, Served, Session
from api.dashboard import forms
from api.errors import NotFound
from api.manners.body import Body
from api.routes import opinions as routes
from api.steps import opinions as step
from api.steps.opinions import Opinion
from api.store import findings, opinions
from api.store.opinion_tables import OpinionRow

router = APIRouter(include_in_schema=False)

_BODY = 4 * 1024


@router.post("/findings/{id}/opinion", dependencies=[needs("label")])
def said(request: Request, context: Served, id: UUID) -> Response:
    """Takes one of the two buttons, and leads back to the words; other sites' pages are refused."""
    sent = forms.sent(request, limit=_BODY)
    kind: Literal["confirm", "reject"] = "reject" if sent.get("kind") == ["reject"] else "confirm"
    with context.session() as session:
        row = findings.get(session, id)
        if row is None:
            raise NotFound("Somebody said something else of this finding meanwhile: look again.")
        on, opinion = step.on_finding(session, row), Opinion(kind=kind, category=row.category)
        given = routes.say(session, context, on, opinion)
        place = f"/interactions/{row.interaction_id}?said={given.id}#turn-{row.turn}"
    return RedirectResponse(place, status_code=303)


@router.post("/opinions/{id}/withdraw", dependencies=[needs("label")])
def taken_back(request: Request, context: Served, id: UUID) -> Response:
    """Takes an opinion back, and leads back to the words."""
    Body(request, limit=_BODY).read()
    with context.session() as session:
        row = routes.existing(session, id)
        routes.take_back(session, context, row)
        place = f"/interactions/{row.interaction_id}#turn-{row.turn}"
    return RedirectResponse(place, status_code=303)


def own(
    session: Session, context: Context, id: UUID | None, *, interaction: UUID
) -> OpinionRow | None:
    """What was just said with one of the two buttons, while it holds; None for anything else."""
    row = None if id is None else opinions.get(session, id)
    if row is None or row.withdrawn_at is not None or row.caller_id != context.caller.id:
        return None
    buttons = row.kind in ("confirm", "reject") and row.interaction_id == interaction
    return row if buttons else None

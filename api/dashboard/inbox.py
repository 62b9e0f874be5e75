"""The inbox on the pages: departments as tabs, and for each item what to do about it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import needs
from api.context import Served
from api.dashboard import forms
from api.dashboard.rendering import templates
from api.errors import InvalidRequest
from api.routes import inbox, item_answers
from api.schemas.inbox import ItemChangeIn, ItemState
from api.store import audit, departments, items
from api.store.inbox_tables import ENDED, ITEM_STATES
from api.store.items import ItemFilter

router = APIRouter(include_in_schema=False)

LISTED = 20
_BODY = 64 * 1024
_FIELDS = ("state", "reason", "answer", "note", "fixed_in", "due_at")


@router.get("/inbox", dependencies=[needs("read")])
def listed(
    request: Request,
    context: Served,
    department: UUID | None = None,
    state: Annotated[ItemState | None, Query()] = None,
) -> Response:
    """The largest items of one department: those that are neither fixed nor declined, or others."""
    with context.session() as session:
        tabs = departments.everyone(session)
        counted = items.counts(session)
        chosen = next((row for row in tabs if row.id == department), tabs[0] if tabs else None)
        found = []
        if chosen is not None:
            states = [state] if state else [one for one in ITEM_STATES if one not in ENDED]
            wanted = ItemFilter(department=chosen.id, states=states)
            rows = items.list_page(session, wanted, sort="size", limit=LISTED)
            found = item_answers.several(session, rows)
            audit.read(session, context.caller, "inbox.listed", ids=[row.id for row in rows])
    values = {
        "tabs": tabs,
        "waiting": {
            id: sum(number for name, number in states.items() if name not in ENDED)
            for id, states in counted.items()
        },
        "chosen": chosen,
        "state": state,
        "states": ITEM_STATES,
        "items": found,
    }
    return templates.TemplateResponse(request, "inbox.html", values)


@router.post("/inbox/{id}", dependencies=[needs("label")])
def said(request: Request, context: Served, id: UUID) -> Response:
    """Takes the form of one item, and leads back to the list; other sites' pages are refused."""
    sent = forms.sent(request, limit=_BODY)
    values = {name: sent[name][0] for name in _FIELDS if sent.get(name)}
    if "due_at" in values:
        values["due_at"] = f"{values['due_at']}T23:59:00Z"
    given = forms.checked(ItemChangeIn, values)
    with context.session() as session:
        row = inbox.locked(session, id)
        if sent.get("revision", [""])[0] != str(row.revision):
            raise InvalidRequest("Somebody changed this item meanwhile: go back, and look again.")
        inbox.say(session, context, row, inbox.said_of(given))
        department = row.department_id
    return RedirectResponse(f"/inbox?department={department}#item-{id}", status_code=303)

"""/v1/inbox: what each department has before it, what it says about it, and what became of it."""

from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Context, Served, Session
from api.errors import Fault, InvalidRequest, NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.routes import answers, departments, interactions, item_answers
from api.routes import inbox_examples as examples
from api.schemas.base import Page
from api.schemas.findings import FindingOut
from api.schemas.inbox import (
    AnswersOut,
    HistoryQuery,
    ItemChangeIn,
    ItemChangeOut,
    ItemOut,
    ItemQuery,
)
from api.schemas.problems import problems
from api.steps import inbox
from api.steps.inbox import Said, Who
from api.store import audit, items
from api.store.findings import FindingKey
from api.store.inbox_tables import ItemRow
from api.store.items import ItemFilter
from nlp.errors import OptionError

router = APIRouter(tags=["inbox"])

Thing = TypeVar("Thing")

_BODY = 64 * 1024


@router.get(
    "/inbox",
    dependencies=[needs("read")],
    summary="List the items of inboxes",
    response_model=Page[ItemOut],
    responses={200: examples.ITEMS, **problems(422)},
)
def list_items(request: Request, context: Served, query: Annotated[ItemQuery, Query()]) -> Response:
    """Lists what is before the departments: one item a theme. A department's key sees its own."""
    fields = answers.chosen(ItemOut, query.fields)
    listing = f"inbox by {query.sort}"
    after = None
    if query.cursor:
        key, id = cursors.decode(query.cursor, listing)
        after = (int(key), UUID(id))
    wanted = ItemFilter(
        department=query.department,
        states=query.state,
        category=query.category,
        theme=query.theme,
        due_before=query.due_before,
        overdue=query.overdue,
    )
    with context.reading() as session:
        departments.check(session, query.department, place="query")
        listed = items.list_page(
            session, wanted, sort=query.sort, after=after, limit=query.limit + 1
        )
        rows, more = answers.cut(listed, query.limit)
        found = item_answers.several(session, rows)
        audit.read(session, context.caller, "inbox.listed", ids=[row.id for row in rows])
        following = cursors.encode(listing, *items.place_of(rows[-1], query.sort)) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/inbox/{id}",
    dependencies=[needs("read")],
    summary="Read an item of an inbox",
    response_model=ItemOut,
    responses={200: examples.ITEM, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one item with quotes; its `ETag` goes into `If-Match` when it is changed.

    One that another item took in says so in `folded_into`.
    """
    with context.reading() as session:
        row = existing(session, id)
        (found,) = item_answers.several(session, [row])
        audit.read(session, context.caller, "item.read", ids=[id])
    return _answer(found)


@router.patch(
    "/inbox/{id}",
    dependencies=[needs("label")],
    summary="Say what becomes of an item",
    response_model=ItemOut,
    responses={200: examples.ITEM, **problems(404, 412, 413, 422, 428)},
    openapi_extra=examples.CHANGE_ITEM,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Acknowledges, plans, fixes or declines an item, says when it is due, and answers customers.

    Everything said is kept in the history. A fixed item opens again by itself when customers report
    it in an interaction that happens after it was fixed.
    """
    given = read_as(Body(request, limit=_BODY), ItemChangeIn)
    with context.session() as session:
        row = locked(session, id)
        versions.check(request, row.revision)
        say(session, context, row, said_of(given))
        (found,) = item_answers.several(session, [existing(session, id)])
    return _answer(found)


def said_of(given: ItemChangeIn) -> Said:
    """What a body says about an item."""
    return Said(
        state=given.state,
        reason=given.reason,
        answer=given.answer,
        note=given.note,
        due_at=given.due_at,
        due_never="due_at" in given.model_fields_set and given.due_at is None,
        fixed_in=given.fixed_in,
    )


def say(session: Session, context: Context, row: ItemRow, said: Said) -> None:
    """Lets the caller say something about an item.

    Raises:
        InvalidRequest: it makes no sense of that item.
    """
    who = Who(id=context.caller.id, name=context.caller.name)
    try:
        inbox.change(session, row, said, who=who, redact=context.redactor.redact_text)
    except OptionError as error:
        declined = said.state == "declined" or said.reason
        pointer = "/reason" if declined else "/fixed_in" if said.fixed_in else ""
        fault = Fault(place="body", pointer=pointer, message=str(error))
        raise InvalidRequest("This cannot be said of the item.", faults=[fault]) from None
    audit.note(session, context.caller, "item.changed", ids=[row.id], state=row.state)


@router.get(
    "/inbox/{id}/history",
    dependencies=[needs("read")],
    summary="List what happened to an item, the newest first",
    response_model=Page[ItemChangeOut],
    responses={200: examples.HISTORY, **problems(404, 422)},
)
def list_history(
    request: Request, context: Served, id: UUID, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """Lists who said what about an item and when, and what became of it by itself."""
    fields = answers.chosen(ItemChangeOut, query.fields)
    listing = f"history of item {id}"
    after = UUID(cursors.decode(query.cursor, listing)[0]) if query.cursor else None
    with context.reading() as session:
        existing(session, id)
        listed = items.history(session, id, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = [item_answers.happened(row) for row in rows]
    following = cursors.encode(listing, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/inbox/{id}/findings",
    dependencies=[needs("read")],
    summary="List the evidence of an item",
    response_model=Page[FindingOut],
    responses={200: examples.EVIDENCE, **problems(404, 422)},
)
def list_evidence(
    request: Request, context: Served, id: UUID, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """Lists the findings that count in an item, with their quotes, the newest interaction first."""
    fields = answers.chosen(FindingOut, query.fields)
    listing = f"findings of item {id}"
    after = None
    if query.cursor:
        interaction, turn, start, finding = cursors.decode(query.cursor, listing)
        after = FindingKey(UUID(interaction), int(turn), int(start), UUID(finding))
    with context.reading() as session:
        existing(session, id)
        listed = items.findings(session, id, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = [answers.finding(row) for row in rows]
        audit.read(session, context.caller, "findings.listed", ids=[row.id for row in rows])
    following = None
    if more:
        key = FindingKey.of(rows[-1])
        following = cursors.encode(listing, key.interaction, key.turn, key.start, key.id)
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/interactions/{id}/answers",
    dependencies=[needs("read")],
    summary="Read what became of what a customer reported",
    response_model=AnswersOut,
    responses={200: examples.ANSWERS, **problems(404, 410, 422)},
)
def read_answers(context: Served, id: UUID) -> Response:
    """Reads the departments' answers to the findings of an interaction, for whoever calls back.

    The answer of any department is seen by who sees the finding; what a department has not answered
    is left out.
    """
    with context.reading() as session:
        interactions.existing(session, id)
        found = [item_answers.said(*pair) for pair in items.answers(session, id)]
        audit.read(session, context.caller, "interaction.answers", ids=[id])
    return answers.one(AnswersOut(data=found), None)


def existing(session: Session, id: UUID) -> Any:
    """An item that is there, as it is shown.

    Raises:
        NotFound: it is not.
    """
    return _there(items.shown(session, id), id)


def locked(session: Session, id: UUID) -> ItemRow:
    """The same to be changed: nobody else does meanwhile.

    Raises:
        NotFound: it is not there.
    """
    return _there(items.locked(session, id), id)


def _there(row: Thing | None, id: UUID) -> Thing:
    if row is None:
        raise NotFound(f"No item of an inbox has the id {id}.")
    return row


def _answer(found: ItemOut) -> Response:
    answer = answers.one(found, None)
    answer.headers["ETag"] = versions.etag(found.revision)
    return answer

"""/v1/findings: what was found, over all interactions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import Fault, InvalidRequest
from api.manners import cursors
from api.routes import answers, examples
from api.schemas.base import Page
from api.schemas.findings import FindingOut, FindingQuery
from api.schemas.problems import problems
from api.store import audit, categories, findings, theme_reads, themes
from api.store.findings import FindingFilter, FindingKey
from api.store.tables import FindingRow
from nlp.types import CATEGORIES

router = APIRouter(tags=["findings"])

_LISTING = "findings"


@router.get(
    "/findings",
    dependencies=[needs("read")],
    summary="List findings, those of the newest interaction first",
    response_model=Page[FindingOut],
    responses={200: examples.FINDINGS, **problems(422)},
)
def list_findings(
    request: Request, context: Served, query: Annotated[FindingQuery, Query()]
) -> Response:
    """Lists what the built-in categories and your own found, each finding with its quote."""
    fields = answers.chosen(FindingOut, query.fields)
    wanted = FindingFilter(
        category=query.category,
        sentiment=query.sentiment,
        min_confidence=query.min_confidence,
        unsure=query.unsure,
        model=query.model,
        interaction=query.interaction,
        theme=query.theme,
        channel=query.channel,
        source=query.source,
        since=query.since,
        until=query.until,
    )
    after = _place(query.cursor) if query.cursor else None
    with context.session() as session:
        if query.category is not None:
            _check_category(session, query.category)
        if query.theme is not None:
            _check_theme(session, query.theme)
        listed = findings.list_page(session, wanted, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        own = theme_reads.own_themes(session, rows)
        audit.read(session, context.caller, "findings.listed", ids=[row.id for row in rows])
    return answers.page(
        request,
        [answers.finding(row, own.get(row.id)) for row in rows],
        fields=fields,
        next_cursor=_cursor(rows[-1]) if more else None,
    )


def _check_category(session: Session, name: str) -> None:
    """Refuse a category that is not there, lest its empty list be taken for good news.

    Raises:
        InvalidRequest: with those that are.
    """
    known = [*CATEGORIES, *(row.name for row in categories.everyone(session))]
    if name not in known:
        message = f"no category is called {name[:60]!r}; there are {', '.join(known)}"
        fault = Fault(place="query", pointer="/category", message=message)
        raise InvalidRequest("There is no such category.", faults=[fault])


def _check_theme(session: Session, id: UUID) -> None:
    """The same for a theme that is not there, or that another one took in.

    Raises:
        InvalidRequest: with the other one.
    """
    row = themes.get(session, id)
    if row is not None and row.state != "merged":
        return
    message = f"no theme has the id {id}"
    if row is not None:
        message = f"it was merged into {themes.successor(session, row).id}: ask for that one"
    fault = Fault(place="query", pointer="/theme", message=message)
    raise InvalidRequest("There is no such theme.", faults=[fault])


def _cursor(row: FindingRow) -> str:
    key = FindingKey.of(row)
    return cursors.encode(_LISTING, key.interaction, key.turn, key.start, key.id)


def _place(cursor: str) -> FindingKey:
    interaction, turn, start, id = cursors.decode(cursor, _LISTING)
    return FindingKey(UUID(interaction), int(turn), int(start), UUID(id))

"""/v1/themes, read: lists, one theme, its quotes and findings, and what fits none yet."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.manners import cursors, versions
from api.routes import answers, remembered, theme_answers
from api.routes import theme_examples as examples
from api.routes.answers import Said
from api.routes.remembered import Remembered
from api.routes.theme_answers import View
from api.schemas.base import Page
from api.schemas.findings import FindingOut
from api.schemas.problems import merged, problems
from api.schemas.theme_queries import (
    EmergingQuery,
    QuotesQuery,
    ThemeFindingQuery,
    ThemeQuery,
    ThemeWindowQuery,
)
from api.schemas.themes import EmergingOut, QuoteOut, ThemeDetailOut, ThemeFindingOut, ThemeOut
from api.store import audit, theme_findings, theme_reads, themes
from api.store.findings import FindingKey
from api.store.tables import FindingRow
from api.store.theme_counts import Slice
from api.store.theme_findings import MemberFilter
from api.store.theme_reads import ThemeKey
from api.store.themes import ThemeFilter
from nlp.themes.growth import Growth

router = APIRouter(tags=["themes"])

_MICRO = 1_000_000
_LAST = -(10**9)

_lists: Remembered[Said] = Remembered()

GONE = merged(examples.HEIR)


@router.get(
    "/themes",
    dependencies=[needs("read")],
    summary="List themes: the largest, fastest growing, latest or most negative first",
    response_model=Page[ThemeOut],
    responses={200: examples.LISTED, **problems(422)},
)
def list_themes(
    request: Request, context: Served, query: Annotated[ThemeQuery, Query()]
) -> Response:
    """Lists the themes of one scope, each with its counts, sentiment and growth.

    With `since` or `until`, only what happened in these days counts, and themes of which nothing
    was heard then are left out. Growth is always that of the last 28 whole days. A cursor names a
    theme's place: themes that grow while you turn the pages never stand on two of them unless
    their own place changed.
    """
    fields = answers.chosen(ThemeOut, query.fields)
    listing = f"themes by {query.sort}"
    after = _place(query.cursor, listing) if query.cursor else None
    slice = Slice(window=theme_reads.window(query.since, query.until))
    view = View(scope=query.scope, slice=slice, today=theme_answers.today())
    asked = (request.url.path, request.url.query, view.today)
    with context.session() as session:
        theme_reads.snapshot(session)
        theme_answers.check_scope(session, query.scope)
        pulse = remembered.pulse(session, query.scope)
        known = _lists.get(session, asked, pulse)
        if known is not None:
            return known.again()
        keys, moved = _ranked(session, query, view, after, department=context.caller.department)
        shown, more = answers.cut(keys, query.limit)
        rows = theme_reads.rows(session, [key.id for key in shown])
        if fields is not None and "growth" not in fields:
            moved = {}  # nobody asks, and it reads two months of the scope
        found = theme_answers.several(session, rows, view, moved=moved)
        following = cursors.encode(listing, shown[-1].value, shown[-1].id) if more else None
        answer = answers.page(request, found, fields=fields, next_cursor=following)
        _lists.put(session, asked, pulse, Said(bytes(answer.body), answer.headers.get("Link")))
    return answer


def _ranked(
    session: Session,
    query: ThemeQuery,
    view: View,
    after: ThemeKey | None,
    *,
    department: UUID | None,
) -> tuple[list[ThemeKey], dict[str, Growth] | None]:
    """The places of one page and one more, and how the themes moved where that decided them."""
    wanted = ThemeFilter(
        scope=query.scope,
        state=query.state,
        hidden=query.hidden,
        pinned=query.pinned,
        area=query.area,
        product=query.product,
        words=query.words,
        seen_by=department,
    )
    if query.sort != "growth":
        page = (after, query.limit + 1)
        return theme_reads.ranked(session, wanted, view.slice, query.sort, page=page), None
    moved = theme_answers.growths(session, view)
    keys = [
        ThemeKey(_growth(moved.get(str(key.id))), key.id)
        for key in theme_reads.ranked(session, wanted, view.slice, "size")
    ]
    keys.sort(key=lambda key: (key.value, key.id), reverse=True)
    if after is not None:
        keys = [key for key in keys if (key.value, key.id) < (after.value, after.id)]
    return keys[: query.limit + 1], moved


def _growth(found: Growth | None) -> int:
    """By how much a theme surely grew: the lower end of the interval, in millionths."""
    if found is None or found.low is None:
        return _LAST
    return round(found.low * _MICRO)


def _place(cursor: str, listing: str) -> ThemeKey:
    value, id = cursors.decode(cursor, listing)
    return ThemeKey(int(value), UUID(id))


@router.get(
    "/themes/emerging",
    dependencies=[needs("read")],
    summary="List what fits no theme yet",
    response_model=EmergingOut,
    responses={200: examples.EMERGING, **problems(422)},
)
def list_emerging(
    request: Request, context: Served, query: Annotated[EmergingQuery, Query()]
) -> Response:
    """Lists the emerging pool of one scope: nothing is thrown into an "other" theme.

    What waits becomes a theme at a clustering, when enough of its like has gathered.
    """
    fields = answers.chosen(FindingOut, query.fields)
    listing = f"emerging {query.scope}"
    after = finding_place(query.cursor, listing) if query.cursor else None
    with context.session() as session:
        theme_reads.snapshot(session)
        theme_answers.check_scope(session, query.scope)
        pool = themes.pool(session, query.scope)
        listed = themes.pool_page(session, query.scope, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        audit.read(session, context.caller, "findings.listed", ids=[row.id for row in rows])
        beside = {
            "scope": query.scope,
            "waiting": pool.waiting,
            "findings": pool.findings,
            "share": theme_answers.share(pool.waiting, pool.findings),
            "basis": theme_answers.basis(session, query.scope, Slice()),
        }
    return answers.page(
        request,
        [answers.finding(row) for row in rows],
        fields=fields,
        next_cursor=finding_cursor(rows[-1], listing) if more else None,
        beside=EmergingOut.model_validate({**beside, "data": [], "next": None}),
    )


@router.get(
    "/themes/{id}",
    dependencies=[needs("read")],
    summary="Read a theme: what it is about, how large, how it moves",
    response_model=ThemeDetailOut,
    responses={200: examples.READ, **problems(404, 410, 422), **GONE},
)
def read(context: Served, id: UUID, query: Annotated[ThemeWindowQuery, Query()]) -> Response:
    """Reads one theme; its `ETag` goes into `If-Match` when it is changed.

    A theme that another one took in answers 410 with the id and the address of that one.
    """
    fields = answers.chosen(ThemeDetailOut, query.fields)
    slice = Slice(window=theme_reads.window(query.since, query.until))
    with context.session() as session:
        theme_reads.snapshot(session)
        found = theme_answers.told(session, id, slice)
        quoted = [one.finding for one in found.quotes]
        audit.read(session, context.caller, "theme.read", ids=[id, *quoted])
        answer = answers.one(found, fields)
    answer.headers["ETag"] = versions.etag(found.revision)
    return answer


@router.get(
    "/themes/{id}/quotes",
    dependencies=[needs("read")],
    summary="Read a theme in the customers' own words",
    response_model=Page[QuoteOut],
    responses={200: examples.QUOTES, **problems(404, 410, 422), **GONE},
)
def list_quotes(
    request: Request, context: Served, id: UUID, query: Annotated[QuotesQuery, Query()]
) -> Response:
    """Lists the quotes at the heart of a theme, then those that show how wide it is.

    Each is of another interaction. They were chosen at the last clustering: one whose finding was
    erased, or went to another theme since, is left out.
    """
    fields = answers.chosen(QuoteOut, query.fields)
    with context.reading() as session:
        theme_answers.check(session, id)
        found = theme_answers.quotes(session, id)
        audit.read(session, context.caller, "theme.read", ids=[id, *(one.finding for one in found)])
    wanted = [one for one in found if query.kind in (None, one.kind)]
    return answers.page(request, wanted, fields=fields, next_cursor=None)


@router.get(
    "/themes/{id}/findings",
    dependencies=[needs("read")],
    summary="List the findings of a theme, those of the newest interaction first",
    response_model=Page[ThemeFindingOut],
    responses={200: examples.FINDINGS, **problems(404, 410, 422), **GONE},
)
def list_findings(
    request: Request, context: Served, id: UUID, query: Annotated[ThemeFindingQuery, Query()]
) -> Response:
    """Lists what stands in a theme, and who put it there: the evidence behind its counts."""
    fields = answers.chosen(ThemeFindingOut, query.fields)
    listing = f"findings of theme {id}"
    after = finding_place(query.cursor, listing) if query.cursor else None
    window = theme_reads.window(query.since, query.until)
    wanted = MemberFilter(
        slice=Slice(window=window, channel=query.channel),
        sentiment=query.sentiment,
        unsure=query.unsure,
        min_confidence=query.min_confidence,
        subtheme=query.subtheme,
    )
    with context.reading() as session:
        theme_answers.check(session, id)
        listed = theme_findings.members_page(
            session, id, wanted, after=after, limit=query.limit + 1
        )
        rows, more = answers.cut(listed, query.limit)
        shown = [row.id for row in rows]
        audit.read(session, context.caller, "findings.listed", ids=shown, theme=str(id))
    return answers.page(
        request,
        [_member(row) for row in rows],
        fields=fields,
        next_cursor=finding_cursor(rows[-1], listing) if more else None,
    )


def _member(row: Any) -> ThemeFindingOut:
    return ThemeFindingOut.model_validate(
        {
            **answers.finding_values(row),
            "likeness": row.likeness,
            "placed_by": row.placed_by,
            "second": row.place > 1,
            "subtheme": row.subtheme_id,
        }
    )


def finding_cursor(row: FindingRow, listing: str) -> str:
    """The cursor of the page after a finding."""
    key = FindingKey.of(row)
    return cursors.encode(listing, key.interaction, key.turn, key.start, key.id)


def finding_place(cursor: str, listing: str) -> FindingKey:
    """The place that such a cursor names."""
    interaction, turn, start, id = cursors.decode(cursor, listing)
    return FindingKey(UUID(interaction), int(turn), int(start), UUID(id))

"""The routes of the pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import fastapi_offline
from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api import errors
from api import problems as answered
from api.auth import look, needs
from api.client import CLIENT
from api.context import Context, Served, Session
from api.dashboard import inbox, login, oidc, opinions, review, themes, view
from api.dashboard.rendering import templates
from api.manners import cursors
from api.routes import theme_answers
from api.routes.interactions import absent, existing
from api.routes.themes import finding_cursor, finding_place
from api.store import audit, findings, interactions, overview, theme_reads, turns
from api.store.findings import FindingFilter
from api.store.interactions import InteractionFilter
from api.store.tables import FindingRow, InteractionRow
from nlp.errors import ConduitError
from nlp.types import CATEGORIES

router = APIRouter(include_in_schema=False)

LISTED = 8
_LISTING = "pages"

# A quote on the front page should be right; the list has the doubtful ones too.
_SURE = 0.7


class _Assets(StaticFiles):
    """Files of a package: a browser keeps them, and asks each time whether they are current."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file, or the word that it has not changed."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def mount(app: FastAPI) -> None:
    """Serve the pages and what they load."""
    app.include_router(router)
    login.mount(app, templates)
    oidc.mount(app)
    app.include_router(inbox.router)
    app.include_router(review.router)
    app.include_router(opinions.router)
    app.mount("/static", _Assets(directory=Path(__file__).parent / "static"))
    reference = Path(fastapi_offline.__file__).parent / "static"
    app.mount("/docs/assets", _Assets(directory=reference))


@router.get("/", dependencies=[needs("read")])
def start(request: Request, context: Served, cursor: str | None = None) -> Response:
    """What is stored, the newest interactions, and the one of them with most findings, opened."""
    return _page(request, context, cursor=cursor)


@router.get("/interactions/{id}", dependencies=[needs("read")])
def interaction(request: Request, context: Served, id: UUID, said: UUID | None = None) -> Response:
    """One interaction with its findings in the words; `said` is an opinion that was just given."""
    with context.session() as session:
        row = interactions.get(session, id)
        if row is None:
            return _gone(request, absent(session, id))
        opened = _opened(session, id)
        given = opinions.own(session, context, said, interaction=id)
        audit.read(session, context.caller, "interaction.read", ids=[id])
    values = {"open": opened, "said": given}
    return templates.TemplateResponse(request, "interaction.html", values)


@router.get("/themes/{id}", dependencies=[needs("read")])
def theme(request: Request, context: Served, id: UUID, cursor: str | None = None) -> Response:
    """One theme with its quotes and findings; one that another took in leads to that one."""
    listing = f"page of theme {id}"
    after = finding_place(cursor, listing) if cursor else None
    with context.session() as session:
        theme_reads.snapshot(session)
        try:
            row = theme_answers.existing(session, id)
        except errors.ThemeMerged as error:
            return _gone(request, error, to=f"/themes/{error.more['merged_into']['id']}")
        except errors.NotFound as error:
            return _gone(request, error)
        shown = themes.one(session, row)
        rows, more = themes.findings_of(session, id, after=after)
        shown_ids = [id, *(finding.id for finding in rows)]
        audit.read(session, context.caller, "theme.read", ids=shown_ids)
    values = {
        "theme": shown,
        "findings": rows,
        "older": finding_cursor(rows[-1], listing) if more else None,
        "first_page": after is None,
    }
    return templates.TemplateResponse(request, "theme.html", values)


def _gone(request: Request, error: errors.ServiceError, *, to: str | None = None) -> Response:
    kind = type(error)
    values = {"error": error, "title": answered.title_of(kind), "to": to}
    return templates.TemplateResponse(
        request, "gone.html", values, status_code=answered.status_of(kind)
    )


@router.get("/docs")
def reference(request: Request) -> Response:
    """The API's reference, drawn from /openapi.json by Swagger UI from a package."""
    return templates.TemplateResponse(request, "docs.html", {})


@router.get("/client/conduit_client.py")
def client() -> Response:
    """The typed Python client, to be copied."""
    return Response(CLIENT.read_bytes(), media_type="text/x-python; charset=utf-8")


@router.get("/problems", dependencies=[Depends(look)])
def problems(request: Request) -> Response:
    """What each code of an error means: what the `type` of a problem points to."""
    known: dict[str, tuple[int, str]] = {
        error.code: (status, answered.title_of(error))
        for error, status in errors.STATUSES.items()
        if error not in {ConduitError, errors.ServiceError}
    }
    known |= {code: (status, text) for status, (code, text) in answered.ROUTER_CODES.items()}
    known["internal"] = (500, "Something went wrong on our side, and was not foreseen.")
    return templates.TemplateResponse(request, "problems.html", {"problems": sorted(known.items())})


def _page(request: Request, context: Context, *, cursor: str | None) -> Response:
    after = UUID(cursors.decode(cursor, _LISTING)[0]) if cursor else None
    with context.session() as session:
        counts = overview.counts(session)
        newest = {category: _newest(session, category) for category in CATEGORIES}
        rows = interactions.list_page(session, InteractionFilter(), after=after, limit=LISTED + 1)
        more = len(rows) > LISTED
        rows = rows[:LISTED]
        found = {row.id: findings.of(session, row.id) for row in rows}
        shown = _richest(rows, found)
        opened = None if shown is None else _opened(session, shown.id)
        gathered = themes.largest(session) if after is None else []
        if opened is not None:
            audit.read(session, context.caller, "interaction.read", ids=[opened.row.id])
    values = {
        "themes": gathered,
        "counts": counts,
        "columns": view.columns(counts, newest),
        "lines": [view.line(row, found[row.id]) for row in rows],
        "open": opened,
        "older": cursors.encode(_LISTING, rows[-1].id) if more else None,
        "first_page": after is None,
    }
    return templates.TemplateResponse(request, "start.html", values)


def _richest(
    rows: Sequence[InteractionRow], found: Mapping[UUID, Sequence[FindingRow]]
) -> InteractionRow | None:
    """The interaction with the most to see in it: categories first, then findings, then age."""

    def riches(row: InteractionRow) -> tuple[int, int, UUID]:
        categories = {finding.category for finding in found[row.id]}
        return len(categories), len(found[row.id]), row.id

    return max(rows, key=riches, default=None)


def _newest(session: Session, category: str) -> Any:
    """The newest sure finding of a category, or the newest at all, or None."""
    for least in (_SURE, None):
        wanted = FindingFilter(category=category, min_confidence=least)
        rows = findings.list_page(session, wanted, limit=1)
        if rows:
            return rows[0]
    return None


def _opened(session: Session, id: UUID) -> view.OpenView:
    row = existing(session, id)
    return view.opened(row, turns.of(session, id), findings.of(session, id))

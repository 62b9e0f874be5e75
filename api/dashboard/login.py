"""/login: a person logs in with a key, and the browser gets a cookie in its place."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI
from fastapi.templating import Jinja2Templates
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.callers import COOKIE, caller_of_key, is_ours
from api.context import of_app
from api.errors import ForeignOrigin, Unauthorized
from api.manners.body import Body
from api.problems import answer_error
from api.store import audit, keys

router = APIRouter(include_in_schema=False)

LASTS = timedelta(hours=12)
_BODY = 4096


def mount(app: FastAPI, templates: Jinja2Templates) -> None:
    """Serve the page, and lead whoever has to log in to it."""
    app.state.login_templates = templates
    app.include_router(router)
    app.add_exception_handler(Unauthorized, _lead)


async def _lead(request: Request, error: Exception) -> Response:
    """A browser that asks for a page goes to /login; everybody else is answered the problem."""
    page = request.method == "GET" and not request.url.path.startswith("/v1/")
    if page and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/login", 303)
    return await answer_error(request, error)


@router.get("/login")
def show(request: Request) -> Response:
    """The page with the field for a key."""
    return _page(request, "")


@router.post("/login")
def log_in(request: Request) -> Response:
    """Takes a key, and answers with a cookie that stands for it for twelve hours."""
    if not is_ours(request.headers):
        raise ForeignOrigin("A login has to come from the page of this service.")
    sent = parse_qs(Body(request, limit=_BODY).read().decode("ascii", "replace"))
    parts = keys.parts(sent.get("key", [""])[0].strip())
    with of_app(request).database.session() as session:
        row = None if parts is None else keys.by_prefix(session, parts[0])
        if row is None or parts is None or not keys.opens(row, parts[1], datetime.now(UTC)):
            return _page(request, "This key is not known here, or does not work any more.")
        wanted = keys.NewLogin(
            key=row.id, name=row.name, scopes=row.scopes, department=row.department_id, lasts=LASTS
        )
        secret = keys.log_in(session, wanted)
        audit.note(session, caller_of_key(row), "login.made", ids=[row.id])
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
def log_out(request: Request) -> Response:
    """Ends the login of this browser."""
    if not is_ours(request.headers):
        raise ForeignOrigin("A logout has to come from a page of this service.")
    digest = keys.digest(request.cookies.get(COOKIE, ""))
    with of_app(request).database.session() as session:
        keys.log_out(session, digest)
    request.app.state.callers.forget(digest)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _page(request: Request, fault: str) -> Response:
    found: Jinja2Templates = request.app.state.login_templates
    status = 401 if fault else 200
    return found.TemplateResponse(request, "login.html", {"fault": fault}, status_code=status)

"""/login: a person logs in with a key, and the browser gets a cookie in its place."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, FastAPI
from fastapi.templating import Jinja2Templates
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import look
from api.callers import COOKIE, caller_of_key, is_ours
from api.context import of_app
from api.dashboard import forms
from api.errors import Forbidden, ForeignOrigin, Unauthorized
from api.problems import answer_error, request_id, status_of, title_of
from api.store import audit, keys

router = APIRouter(include_in_schema=False)

_BODY = 4096
_LONGEST = 500


def mount(app: FastAPI, templates: Jinja2Templates) -> None:
    """Serve the page, and lead whoever has to log in to it."""
    app.state.login_templates = templates
    app.include_router(router)
    app.add_exception_handler(Unauthorized, _lead)
    app.add_exception_handler(Forbidden, _explain)


async def _lead(request: Request, error: Exception) -> Response:
    """A browser that asks for a page goes to /login; everybody else is answered the problem."""
    if not _is_page(request):
        return await answer_error(request, error)
    asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    to = "" if local(asked) == "/" else f"?{urlencode({'next': asked})}"
    return RedirectResponse(f"/login{to}", 303)


async def _explain(request: Request, error: Exception) -> Response:
    """A browser that asks for a page which the caller may not see is shown why."""
    if not _is_page(request):
        return await answer_error(request, error)
    found: Jinja2Templates = request.app.state.login_templates
    values = {"error": error, "title": title_of(Forbidden), "to": None}
    return found.TemplateResponse(request, "gone.html", values, status_code=status_of(Forbidden))


def _is_page(request: Request) -> bool:
    page = request.method == "GET" and not request.url.path.startswith("/v1/")
    return page and "text/html" in request.headers.get("accept", "")


@router.get("/login", dependencies=[Depends(look)])
def show(request: Request, next: str = "/") -> Response:
    """The page with the field for a key, and the way to the identity provider if one is set."""
    return page(request, "", to=local(next))


@router.post("/login")
def log_in(request: Request) -> Response:
    """Takes a key, and answers with a cookie that stands for it as long as the settings say."""
    if not is_ours(request.headers):
        raise ForeignOrigin("A login has to come from the page of this service.")
    sent = forms.sent(request, limit=_BODY)
    parts = keys.parts(sent.get("key", [""])[0].strip())
    to = local(sent.get("next", ["/"])[0])
    with of_app(request).database.session() as session:
        row = None if parts is None else keys.by_prefix(session, parts[0])
        if row is None or parts is None or not keys.opens(row, parts[1], datetime.now(UTC)):
            return page(
                request, "This key is not known here, or does not work any more.", status=401, to=to
            )
        wanted = keys.NewLogin(
            key=row.id,
            name=row.name,
            scopes=row.scopes,
            department=row.department_id,
            lasts=lasts(request),
        )
        secret = keys.log_in(session, wanted)
        audit.mark(session, request_id(request))
        audit.note(session, caller_of_key(row), "login.made", ids=[row.id])
    return with_cookie(request, secret, to)


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


def local(path: str) -> str:
    """A path of this service that a login leads to; the start page for whatever else is given.

    Browsers take two slashes, or a slash and a backslash, for the beginning of another host's name,
    and leave out tabs and line ends that stand between.
    """
    safe = path.startswith("/") and not path.startswith("//") and len(path) <= _LONGEST
    plain = all("!" <= one <= "~" and one != "\\" for one in path)
    return path if safe and plain else "/"


def lasts(request: Request) -> timedelta:
    """How long a login lasts."""
    return timedelta(hours=of_app(request).settings.login_hours)


def is_secure(request: Request) -> bool:
    """Whether people reach the service by TLS, which may end in front of it."""
    public = of_app(request).settings.public_url or ""
    return request.url.scheme == "https" or public.startswith("https://")


def with_cookie(request: Request, secret: str, to: str) -> Response:
    """The answer to a login: leads on, with the cookie that stands for it."""
    answer = RedirectResponse(to, 303)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(lasts(request).total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
    return answer


def page(request: Request, fault: str, *, status: int = 200, to: str = "/") -> Response:
    """The page, with what went wrong."""
    found: Jinja2Templates = request.app.state.login_templates
    provider = None
    if of_app(request).settings.oidc_issuer is not None:
        provider = f"/login/oidc?{urlencode({'next': to})}"
    values = {"fault": fault, "next": to, "provider": provider}
    return found.TemplateResponse(request, "login.html", values, status_code=status)

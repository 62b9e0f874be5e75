"""How the pages are rendered: one environment, which escapes whatever is put into it."""

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request

from api.auth import Scope, known_caller
from api.dashboard import view


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = view.clock
    environment.filters["moment"] = view.moment
    environment.filters["called"] = view.called
    environment.globals["channels"] = view.CHANNEL_NAMES
    environment.globals["names"] = view.CATEGORY_NAMES
    environment.globals["meanings"] = view.CATEGORY_WORDS
    environment.globals["redacted_words"] = view.REDACTED_WORDS
    environment.globals["logged_in"] = logged_in
    environment.globals["may"] = may
    return environment


def logged_in(request: Request) -> str | None:
    """The name of who is logged in in this browser; None where nobody is, or nobody has to be."""
    caller = known_caller(request.scope)
    return None if caller is None or caller.id is None else caller.name


def may(request: Request, scope: Scope) -> bool:
    """Whether a page should offer what needs a scope: to whoever has it, or is not known yet."""
    caller = known_caller(request.scope)
    return caller is None or scope in caller.scopes


templates = Jinja2Templates(env=_environment())

"""How the pages are rendered: one environment, which escapes whatever is put into it."""

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, PackageLoader, StrictUndefined

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
    return environment


templates = Jinja2Templates(env=_environment())

"""Who asks. Everybody may do everything as yet: the service listens on this machine alone.

Keys and their scopes will be told apart here and nowhere else.
"""

from dataclasses import dataclass

from starlette.requests import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a request comes from.

    Attributes:
        name: for the log.
    """

    name: str


LOCAL = Caller(name="local")


def caller_of(request: Request) -> Caller:
    """Who sent a request: a dependency of every route below /v1."""
    return LOCAL

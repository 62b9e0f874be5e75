"""What the routes work with: made once with the app, handed down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.requests import Request

from api.auth import LOCAL, Called, Caller
from api.problems import request_id
from api.settings import Settings
from api.steps.accept import Redacts
from api.steps.assign import Memory
from api.steps.categories import Teaches
from api.steps.search import Embeds
from api.store import audit
from api.store.database import Database

# Whoever takes part in a transaction names its type, and no more of SQLAlchemy than that.
__all__ = ["Context", "Served", "Session", "context_of", "of_app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the routes work with.

    Attributes:
        settings: of this process.
        database: where everything is.
        redactor: takes personal data out before anything is stored.
        teacher: fits categories of a team's own.
        embeds: gives queries their vectors; None where there is no encoder.
        memory: what this process keeps of the themes that findings go into.
        caller: who asks; what it may not see, no session of this context shows.
        request: id of the request, which stands in the log of who read and changed what.
    """

    settings: Settings
    database: Database
    redactor: Redacts
    teacher: Teaches
    embeds: Embeds | None = None
    memory: Memory = field(default_factory=Memory)
    caller: Caller = LOCAL
    request: str = ""

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that sees what the caller may see; with `reading` the only way to rows."""
        with self.database.session(self.caller.view) as session:
            audit.mark(session, self.request)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """The same for statements that only read, each of them a transaction of its own."""
        with self.database.reading(self.caller.view) as session:
            audit.mark(session, self.request)
            yield session


def of_app(request: Request) -> Context:
    """The context of the app that serves a request, for whoever watches over the service."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 - state is untyped; create_app sets it
    return context


async def context_of(request: Request, caller: Called) -> Context:
    """The context of the app that serves a request, for its caller."""
    context = of_app(request)
    return replace(context, caller=caller, request=request_id(request))


Served = Annotated[Context, Depends(context_of)]

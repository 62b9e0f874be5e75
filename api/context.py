"""What the routes work with: made once with the app, handed down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.requests import Request

from api.auth import LOCAL, Called, Caller
from api.settings import Settings
from api.steps.accept import Redacts
from api.steps.categories import Teaches
from api.store.database import Database

# Whoever takes part in a transaction names its type, and no more of SQLAlchemy than that.
__all__ = ["Context", "Served", "Session", "context_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the routes work with.

    Attributes:
        settings: of this process.
        database: where everything is.
        redactor: takes personal data out before anything is stored.
        teacher: fits categories of a team's own.
        caller: who asks; what it may not see, no session of this context shows.
    """

    settings: Settings
    database: Database
    redactor: Redacts
    teacher: Teaches
    caller: Caller = LOCAL

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that sees what the caller may see: the only way from a route to rows."""
        with self.database.session(self.caller.view) as session:
            yield session


def context_of(request: Request, caller: Called) -> Context:
    """The context of the app that serves a request, for its caller."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 - state is untyped; create_app sets it
    return replace(context, caller=caller)


Served = Annotated[Context, Depends(context_of)]

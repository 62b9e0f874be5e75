"""What the routes work with: made once with the app, handed down."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.requests import Request

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
    """

    settings: Settings
    database: Database
    redactor: Redacts
    teacher: Teaches


def context_of(request: Request) -> Context:
    """The context of the app that serves a request."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 - state is untyped; create_app sets it
    return context


Served = Annotated[Context, Depends(context_of)]

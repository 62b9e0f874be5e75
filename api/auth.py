"""Who asks, and what they may do: scopes, and the department whose findings a caller is kept to.

Every route below /v1 names the scope that it needs (`needs`), and reads through a session that is
narrowed to what the caller may see (`api.context.Context.session`, `api.store.view`). Who a caller
is, its key says or the login of its browser (`api.callers`).
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from api.errors import Forbidden
from api.store.view import View

Scope = Literal["submit", "read", "label", "admin"]
"""submit: hand in interactions and follow them. read: findings, themes, words. label: change what
people decide (themes, categories, items of an inbox). admin: keys, departments, rules, webhooks,
erasure. None of them includes another."""

SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a request comes from.

    Attributes:
        id: of the key or the person; None for the machine's own user where no keys are asked for.
        name: as it stands in logs and in the record of what was done.
        scopes: what the caller may do.
        department: whose findings the caller may see; None sees all.
    """

    id: UUID | None
    name: str
    scopes: frozenset[Scope]
    department: UUID | None = None

    @property
    def view(self) -> View:
        """What the caller may see."""
        return View(department=self.department)


LOCAL = Caller(id=None, name="local", scopes=frozenset(SCOPES))
"""Whoever uses this machine, where the service listens on it alone and asks for no keys."""

_FOUND = "conduit.caller"


async def caller_of(request: Request) -> Caller:
    """Who sent a request: a dependency of every route.

    Raises:
        Unauthorized: nobody whom the service knows.
    """
    if _FOUND not in request.scope:
        await find(request.scope)
    found = request.scope[_FOUND]
    if isinstance(found, Caller):
        return found
    raise found


async def find(scope: MutableMapping[str, Any]) -> Caller | Exception:
    """Finds out who sent a request, and keeps it with the request.

    Returns:
        The caller, or why there is none.
    """
    callers = scope["app"].state.callers
    try:
        found: Caller | Exception = await callers.of(scope)
    except Exception as error:  # noqa: BLE001 - raised again where an endpoint's errors are answered
        found = error
    scope[_FOUND] = found
    return found


def known_caller(scope: MutableMapping[str, Any]) -> Caller | None:
    """The caller of a request, if somebody asked for it already; nothing is looked up."""
    found = scope.get(_FOUND)
    return found if isinstance(found, Caller) else None


async def look(request: Request) -> None:
    """Finds out who asks for a page that everybody may see: a dependency of its route."""
    await find(request.scope)


Called = Annotated[Caller, Depends(caller_of)]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route asks of its caller.

    Attributes:
        scope: that the caller has to have; None lets every caller pass.
        whole: whether callers of a department are turned away, because what the route shows or
            changes is not any department's own.
    """

    scope: Scope | None
    whole: bool = False

    async def __call__(self, caller: Called) -> None:
        """Let the caller pass.

        Raises:
            Forbidden: with the scope that is missing.
        """
        if self.scope is not None and self.scope not in caller.scopes:
            has = ", ".join(sorted(caller.scopes)) or "none"
            raise Forbidden(f"This needs the scope {self.scope!r}; the key has: {has}.")
        if self.whole and caller.department is not None:
            raise Forbidden(
                "This is about all departments, and the key is bound to one: use one that is not."
            )


def needs(scope: Scope | None, *, whole: bool = False) -> Any:
    """The dependency of a route that asks for a scope."""
    return Depends(Needs(scope, whole))

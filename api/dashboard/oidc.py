"""/login/oidc: a person logs in at the identity provider, and the browser gets our cookie.

What a login was begun with lies encrypted in a cookie of ten minutes, which only the browser that
began it has: a link that somebody else sends logs nobody in. Of the person a name and an id are
kept with the login and stand in the log of who did what; groups, tokens and the provider's own name
of the person are not stored.
"""

import base64
import json
from datetime import timedelta
from hmac import compare_digest
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import Caller
from api.context import of_app
from api.dashboard import login
from api.errors import LoginRefused, NotFound, ProviderAway
from api.oidc import CALLBACK, LASTS, Begun, Person, Provider
from api.problems import request_id, status_of
from api.push.vault import secret_of
from api.store import audit, keys

router = APIRouter(include_in_schema=False)

_COOKIE = "conduit_login_begun"
_INFO = b"conduit: logins that were begun"
_SHOWN = timedelta(seconds=3 * LASTS)
_LONGEST = 2048
_NO_ROLE = (
    "The identity provider knows you, and nothing there says what you may do here: ask whoever "
    "runs this service, or your groups, for access."
)


class Begins:
    """Keeps what a login was begun with in the browser, where only this service can read it."""

    def __init__(self, secret: str) -> None:
        """Derives the key.

        Args:
            secret: of this installation, the same in every process of it.
        """
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def sealed(self, begun: Begun, to: str) -> str:
        """What the cookie holds."""
        values = [begun.state, begun.nonce, begun.verifier, to]
        return self._fernet.encrypt(json.dumps(values).encode()).decode()

    def opened(self, cookie: str) -> tuple[Begun, str] | None:
        """What a login was begun with and where it leads; None where it is too old or not ours."""
        try:
            kept = json.loads(self._fernet.decrypt(cookie.encode(), ttl=LASTS))
        except (InvalidToken, UnicodeError, ValueError):
            return None
        state, nonce, verifier, to = kept
        return Begun(state=state, nonce=nonce, verifier=verifier), to


def mount(app: FastAPI) -> None:
    """Serve both, where an identity provider is set."""
    settings = app.state.context.settings
    app.state.provider = Provider.of(settings)
    if app.state.provider is not None:
        app.state.begins = Begins(secret_of(settings))
    app.include_router(router)


@router.get("/login/oidc")
def begin(request: Request, next: str = "/") -> Response:
    """Leads the browser to the identity provider."""
    begun = Begun.new()
    try:
        address = _provider(request).address(begun)
    except ProviderAway as error:
        return login.page(request, str(error), status=status_of(ProviderAway))
    answer = RedirectResponse(address, 303)
    sealed = request.app.state.begins.sealed(begun, login.local(next))
    secure = login.is_secure(request)
    answer.set_cookie(
        _name(request), sealed, max_age=LASTS, httponly=True, samesite="lax", secure=secure
    )
    return answer


@router.get(CALLBACK)
def finish(
    request: Request, state: str = "", code: str = "", error: str = "", iss: str = ""
) -> Response:
    """Takes what the browser brings back, and logs the person in."""
    provider = _provider(request)
    try:
        begun, to = _begun(request, state)
        if error or not code or len(code) > _LONGEST:
            raise LoginRefused("The identity provider did not log you in: try again.")
        person = provider.person(begun, code=code, issuer=iss)
        answer = _logged_in(request, begun, person, to)
    except (LoginRefused, ProviderAway) as refused:
        answer = login.page(request, str(refused), status=status_of(type(refused)))
    answer.delete_cookie(_name(request), secure=login.is_secure(request), httponly=True)
    return answer


def _provider(request: Request) -> Provider:
    provider = request.app.state.provider
    if provider is None:
        raise NotFound("No identity provider is set: log in with a key at /login.")
    assert isinstance(provider, Provider)  # noqa: S101 - state is untyped; mount sets it
    return provider


def _begun(request: Request, state: str) -> tuple[Begun, str]:
    """What this browser began.

    Raises:
        LoginRefused: nothing, something else, or too long ago.
    """
    kept = request.app.state.begins.opened(request.cookies.get(_name(request), ""))
    if kept is None or not compare_digest(kept[0].state.encode(), state.encode()):
        raise LoginRefused(
            "This login was not begun in this browser within the last ten minutes: log in again."
        )
    begun, to = kept
    return begun, to


def _logged_in(request: Request, begun: Begun, person: Person, to: str) -> Response:
    role = person.role
    if role is None:
        raise LoginRefused(_NO_ROLE)
    lasts = login.lasts(request)
    with of_app(request).database.session() as session:
        department = None
        if role.department is not None:
            department = keys.department_named(session, role.department)
            if department is None:
                raise LoginRefused(
                    f"Your role is bound to the department {role.department!r}, which does not "
                    "exist: tell whoever runs this service."
                )
        if not keys.show(session, begun.nonce, lasts=_SHOWN):
            raise LoginRefused("This login was used already: log in again.")
        wanted: dict[str, Any] = {"scopes": role.scopes, "department": department}
        secret = keys.log_in(
            session, keys.NewLogin(person=person.id, name=person.name, lasts=lasts, **wanted)
        )
        caller = Caller(id=person.id, name=person.name, **wanted)
        audit.mark(session, request_id(request))
        audit.note(session, caller, "login.made", ids=[person.id], by="provider")
    return login.with_cookie(request, secret, to)


def _name(request: Request) -> str:
    """With TLS, a name that no other host of the same domain can set a cookie of."""
    return f"__Host-{_COOKIE}" if login.is_secure(request) else _COOKIE

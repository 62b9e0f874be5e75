"""Around every request: its id, the headers of every answer, and who may send it from a browser."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ForeignOrigin, UnknownHost
from api.problems import answer_error

_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}\Z")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Pages run their own scripts and styles and load nothing from anywhere else. `data:` is for the
# small pictures that the style sheet of the API's reference carries in itself. No other site is
# told where somebody comes from; with `no-referrer` browsers would also hide from us that a form is
# our own page's (they send `Origin: null`), and nobody could log in.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class RequestId:
    """Gives every request an id, its client's where that is sane, and every answer the same one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identifier = given if _SANE_ID.match(given) else str(uuid4())
        scope["conduit.request_id"] = identifier

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = identifier
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # What is stored is customers' words: no proxy or browser keeps a copy by itself.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_marked)


class SameSite:
    """Keeps other people's web pages out of a service that this machine's browsers can reach.

    A browser sends requests to 127.0.0.1 for any page that asks it to. Two checks stop that: the
    request has to name this service as its host (a name that somebody points at 127.0.0.1 does
    not), and one that changes something may not come from a page of another origin.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str] | None) -> None:
        """Store the app and the names.

        Args:
            app: what to serve.
            hosts: names that the service goes by; None takes any.
        """
        self.app = app
        self.hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http":
            refusal = self._refusal(scope["method"], Headers(scope=scope))
            if refusal is not None:
                answer = await answer_error(Request(scope), refusal)
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> UnknownHost | ForeignOrigin | None:
        host = headers.get("host", "")
        if self.hosts is not None and not self._known(host):
            return UnknownHost(
                f"The request is for host {host[:100]!r}, and this service is for this machine "
                "alone; use http://127.0.0.1 or http://localhost."
            )
        origin = headers.get("origin")
        foreign = headers.get("sec-fetch-site") == "cross-site" or (
            origin is not None and urlsplit(origin).netloc.lower() != host.lower()
        )
        if foreign and method not in _SAFE_METHODS:
            return ForeignOrigin(
                "A browser sent this for a page of another site; send it from the service's own "
                "pages or from a program."
            )
        return None

    def _known(self, host: str) -> bool:
        """Whether a Host header, with or without a port, names this service."""
        name = host.lower()
        if not name.endswith("]"):
            name = name.rpartition(":")[0] if ":" in name else name
        name = name.strip("[]")
        if self.hosts is not None and name in self.hosts:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False

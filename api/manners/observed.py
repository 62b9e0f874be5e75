"""Each request is counted and, where the log is for programs, written down: by its route alone."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs
from api.auth import known_caller
from api.metrics import METHODS, Metrics

log = logging.getLogger("conduit.access")

NOWHERE = "none"
"""The route of a request for which there is none: its path is the client's, and is not written."""


def _route(scope: Scope) -> str:
    """The template of a request's path, such as `/v1/interactions/{id}`."""
    # A router that was included with a prefix knows its routes without it; this has it whole.
    whole = scope.get("fastapi", {}).get("effective_route_context")
    route = whole if whole is not None else scope.get("route")
    return str(getattr(route, "path", NOWHERE))


class Observed:
    """Counts requests, and logs them at the level of information."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.metrics.began()
        identifier = scope.get("conduit.request_id")
        try:
            with logs.about(request_id=identifier):
                await self.app(scope, receive, send_seen)
        finally:
            route = _route(scope)
            seconds = time.perf_counter() - began
            method = scope["method"]
            self.metrics.ended(route=route, method=method, status=status, seconds=seconds)
            caller = known_caller(scope)
            log.info(
                "request",
                extra={
                    "request_id": identifier,
                    "route": route,
                    "method": method if method in METHODS else "other",
                    "status": status,
                    "seconds": round(seconds, 4),
                    "key": None if caller is None else caller.id,
                },
            )

"""How fast a caller may ask: a bucket of tokens each, told in every answer below /v1.

The buckets are this process's own: where several web processes stand beside each other, a caller
may have as many times the limit. They cost a request some microseconds and no statement.
"""

import math
import time
from collections.abc import Hashable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Caller, find
from api.errors import TooManyRequests
from api.problems import answer_error

_MOST = 10_000
_BELOW = "/v1/"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller has left.

    Attributes:
        allowed: whether this request may be answered.
        tokens: requests that may follow at once.
        full_in: seconds until the whole burst is there again.
        next_in: seconds until one more request is allowed, 0 where it is now.
    """

    allowed: bool
    tokens: int
    full_in: int
    next_in: int


class Buckets:
    """One bucket of tokens a caller. Used from the event loop alone."""

    def __init__(self, *, per_second: float, burst: int) -> None:
        """Give everybody a full bucket.

        Args:
            per_second: tokens that come back.
            burst: tokens that a bucket holds.
        """
        self.per_second = per_second
        self.burst = burst
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, name: Hashable, now: float) -> Left:
        """Takes one token.

        Args:
            name: of the caller.
            now: on a clock that never goes back, in seconds.
        """
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= _MOST:
                self._forget(now)
            bucket = self._buckets[name] = _Bucket(float(self.burst), now)
        else:
            come = (now - bucket.at) * self.per_second
            bucket.tokens = min(float(self.burst), bucket.tokens + come)
            bucket.at = now
        allowed = bucket.tokens >= 1
        if allowed:
            bucket.tokens -= 1
        return Left(
            allowed=allowed,
            tokens=int(bucket.tokens),
            full_in=math.ceil((self.burst - bucket.tokens) / self.per_second),
            next_in=math.ceil(max(0.0, 1 - bucket.tokens) / self.per_second),
        )

    def _forget(self, now: float) -> None:
        """Drops the buckets that are full again, or all of them if none is."""
        long = self.burst / self.per_second
        kept = {name: one for name, one in self._buckets.items() if now - one.at < long}
        self._buckets = kept if len(kept) < _MOST else {}


class Limits:
    """Lets nobody ask faster than the limit, and says in each answer what is left.

    Headers are those of draft-ietf-httpapi-ratelimit-headers-10. Requests without a key that is
    known are counted by the address that they come from, so that nobody tries keys at will.
    """

    def __init__(self, app: ASGIApp, *, buckets: Buckets) -> None:
        self.app = app
        self.buckets = buckets
        window = math.ceil(buckets.burst / buckets.per_second)
        self.policy = f'"key";q={buckets.burst};w={window}'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or turn it away."""
        if scope["type"] != "http" or not scope["path"].startswith(_BELOW):
            await self.app(scope, receive, send)
            return
        caller = await find(scope)
        left = self.buckets.take(_name(scope, caller), time.monotonic())

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = self.policy
                headers["RateLimit"] = f'"key";r={left.tokens};t={left.full_in}'
            await send(message)

        if left.allowed:
            await self.app(scope, receive, send_told)
            return
        error = TooManyRequests(
            f"More than {self.buckets.per_second:,g} requests a second; wait {left.next_in} s.",
            headers={"Retry-After": str(max(1, left.next_in))},
        )
        answer = await answer_error(Request(scope), error)
        await answer(scope, receive, send_told)


def _name(scope: Scope, caller: Caller | Exception) -> Hashable:
    if isinstance(caller, Caller):
        return caller.id
    client = scope.get("client")
    return client[0] if client else ""

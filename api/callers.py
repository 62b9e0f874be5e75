"""Who sends a request: looked up by its key, or by the cookie of a browser that is logged in.

What was found is kept in this process for `SECONDS`, so that a key costs a request one SHA-256 and
no statement: a key that is revoked or changed is so within that time.
"""

import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from api.auth import LOCAL, Caller, Scope
from api.errors import ForeignOrigin, Unauthorized
from api.store import keys
from api.store.database import Database
from api.store.key_tables import KeyRow, LoginRow

Found = TypeVar("Found")

SECONDS = 5.0
"""How long a revoked key may go on to work."""

COOKIE = "conduit_login"
_MOST = 10_000
_TOUCH_SECONDS = 60.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_UNKNOWN = "The key is not known here, or does not work any more: ask an admin for another."
_MISSING = (
    "Send a key: Authorization: Bearer cdt_…; an admin makes one at POST /v1/keys, and the first "
    "is made by `conduit key create`."
)


class Kept(Generic[Found]):
    """What was looked up, for `SECONDS`; of what was asked for last, so many things."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[bytes | str, tuple[float, Found | None]] = {}

    async def get(
        self, name: bytes | str, look: Callable[[bytes | str], Found | None]
    ) -> Found | None:
        """What is known by a name; where that is too old, it is looked up in a thread."""
        now = time.monotonic()
        known = self._kept.get(name)
        if known is not None and now < known[0]:
            return known[1]
        found = await anyio.to_thread.run_sync(look, name)
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[name] = (now + self._seconds, found)
        return found

    def forget(self, name: bytes | str) -> None:
        """Lets it be looked up the next time."""
        self._kept.pop(name, None)


@dataclass(slots=True)
class _Use:
    """When a key's use was last written down by this process."""

    at: float = -_TOUCH_SECONDS


class Callers:
    """Who sends requests to this process. All but the looking up runs in the event loop."""

    def __init__(
        self, database: Database, *, asks_for_keys: bool, seconds: float = SECONDS
    ) -> None:
        """Look nothing up yet.

        Args:
            database: in which keys are.
            asks_for_keys: whether who sends none is turned away.
            seconds: how long what was looked up is kept.
        """
        self.asks_for_keys = asks_for_keys
        self._database = database
        self._keys: Kept[KeyRow] = Kept(seconds)
        self._logins: Kept[tuple[LoginRow, KeyRow | None]] = Kept(seconds)
        self._uses: dict[Any, _Use] = {}

    async def of(self, scope: MutableMapping[str, Any]) -> Caller:
        """The caller of a request.

        Raises:
            Unauthorized: no key or login, or none that works.
            ForeignOrigin: a change with a login that comes from no page of ours.
        """
        headers = Headers(scope=scope)
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return await self._by_key(given.strip())
        if not self.asks_for_keys:
            return LOCAL
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE)
        if cookie is None:
            raise Unauthorized(_MISSING)
        caller = await self._by_login(keys.digest(cookie))
        if scope["method"] not in _SAFE and not is_ours(headers):
            raise ForeignOrigin(
                "A change with a login has to come from a page of this service: programs send a "
                "key."
            )
        return caller

    async def _by_key(self, given: str) -> Caller:
        parts = keys.parts(given)
        if parts is None:
            raise Unauthorized(_UNKNOWN, given=True)
        prefix, secret = parts
        row = await self._keys.get(prefix, self._key)
        if row is None or not keys.opens(row, secret, datetime.now(UTC)):
            raise Unauthorized(_UNKNOWN, given=True)
        await self._touch(row)
        return caller_of_key(row)

    async def _by_login(self, digest: bytes) -> Caller:
        found = await self._logins.get(digest, self._login)
        now = datetime.now(UTC)
        if found is None or now >= found[0].expires_at:
            raise Unauthorized("The login has ended: log in again at /login.")
        login, key = found
        if key is None:
            return Caller(
                id=login.person,
                name=login.name,
                scopes=_scopes(login.scopes),
                department=login.department_id,
            )
        if key.revoked_at is not None or (key.expires_at is not None and now >= key.expires_at):
            raise Unauthorized("The key of this login does not work any more: log in with another.")
        return caller_of_key(key)

    def forget(self, digest: bytes) -> None:
        """Lets a login be looked up the next time: it was ended."""
        self._logins.forget(digest)

    async def _touch(self, row: KeyRow) -> None:
        """Writes down that a key is used, once a minute, in a transaction of its own."""
        use = self._uses.setdefault(row.id, _Use())
        now = time.monotonic()
        if now - use.at >= _TOUCH_SECONDS:
            use.at = now
            await anyio.to_thread.run_sync(self._used, row)

    def _key(self, prefix: bytes | str) -> KeyRow | None:
        with self._database.session() as session:
            return keys.by_prefix(session, str(prefix))

    def _login(self, digest: bytes | str) -> tuple[LoginRow, KeyRow | None] | None:
        with self._database.session() as session:
            return keys.login(session, bytes(cast(bytes, digest)))

    def _used(self, row: KeyRow) -> None:
        with self._database.session() as session:
            keys.used(session, row.id)


def caller_of_key(row: KeyRow) -> Caller:
    """Whoever asks with a key."""
    return Caller(
        id=row.id, name=row.name, scopes=_scopes(row.scopes), department=row.department_id
    )


def _scopes(names: list[str]) -> frozenset[Scope]:
    return frozenset(cast(list[Scope], names))


def is_ours(headers: Headers) -> bool:
    """Whether a browser says that a page of this service sends this."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    return headers.get("sec-fetch-site") == "same-origin"

"""Back-pressure: what cannot be worked off is refused before it takes memory, with a time to wait.

Two bounds: interactions that wait to be mined, counted at most once a second by each process, and
uploads whose bodies are being read at once.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from api.errors import Overloaded
from api.settings import Settings
from api.store import pressure
from api.store.database import Database

SECONDS = 1.0
"""How long a count is kept."""

LONGEST = 600
"""Seconds that a client is asked to wait at the most."""

_SHORTEST = 5
_WAIT_SECONDS = 2.0
_SMALL = 1_000_000
"""Bytes of a body that may be read beside any others."""


def wait_for(excess: int, throughput: float) -> int:
    """Seconds until so many are mined at such a speed: 5 to 600; 600 where nothing is mined."""
    if throughput <= 0:
        return LONGEST
    return min(max(math.ceil(excess / throughput), _SHORTEST), LONGEST)


def _is_small(request: Request) -> bool:
    """Whether a body says that it is small, and is not packed."""
    length = request.headers.get("content-length", "")
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    known = length.isascii() and length.isdigit() and len(length) <= len(str(_SMALL))
    return known and int(length) <= _SMALL and packed in ("", "identity")


def pressure_of(request: Request) -> "Pressure":
    """What the app that serves a request takes on."""
    found = request.app.state.pressure
    assert isinstance(found, Pressure)  # noqa: S101 - state is untyped; create_app sets it
    return found


class Pressure:
    """What this process takes on. Safe to share between threads."""

    def __init__(self, settings: Settings, database: Database, *, seconds: float = SECONDS) -> None:
        """Count nothing yet.

        Args:
            settings: with the two bounds.
            database: whose queue is counted.
            seconds: how long a count is kept.
        """
        self._limit = settings.queue_limit
        self._uploads = settings.uploads_at_once
        self._free = threading.BoundedSemaphore(settings.uploads_at_once)
        self._database = database
        self._seconds = seconds
        self._patience = _WAIT_SECONDS
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._waits: int | None = None

    @contextmanager
    def taken(self, request: Request, *, streamed: bool = False) -> Iterator[None]:
        """An upload, from before its body is read until it is stored.

        Args:
            request: whose body it is; a small one takes no place of another.
            streamed: whether it is read line by line, and so takes no memory to speak of.

        Raises:
            Overloaded: too much waits, or too many uploads are being read; with `Retry-After`.
        """
        self._check_queue()
        if streamed or _is_small(request):
            yield
            return
        # A moment's crowd is let through one after the other.
        if not self._free.acquire(timeout=self._patience):
            raise Overloaded(
                f"{self._uploads} uploads are being read, and CONDUIT_UPLOADS_AT_ONCE says that "
                "no more are at once: send it again in a moment.",
                headers={"Retry-After": str(_SHORTEST)},
            )
        try:
            yield
        finally:
            self._free.release()

    def _check_queue(self) -> None:
        wait = self._wait()
        if wait is not None:
            raise Overloaded(
                f"{self._limit:,} interactions or more wait to be mined, and CONDUIT_QUEUE_LIMIT "
                f"says that no more are taken in: send it again in {wait} seconds.",
                headers={"Retry-After": str(wait)},
            )

    def _wait(self) -> int | None:
        """Seconds to wait, or None where there is room; looked up by one thread at a time."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= self._seconds:
                with self._database.session() as session:
                    # A tenth beyond the limit tells how long to wait; beyond that it is long.
                    found = pressure.waiting(session, most=self._limit + self._limit // 10 + 1)
                    self._waits = None
                    if found >= self._limit:
                        excess = found - self._limit + max(self._limit // 10, 1)
                        self._waits = wait_for(excess, pressure.throughput(session))
                self._looked = now
            return self._waits

"""Streams of events: many clients wait, and one query a second is asked for all of them.

One task of the event loop looks for the newest event and wakes the streams; each then reads what is
new through a session of its own caller, so that it is narrowed where everything is. A stream holds
neither a thread nor a connection while it waits.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.errors import ServiceError, TooManyStreams
from api.store import events
from api.store.database import Database
from api.store.department_tables import EventRow
from api.store.errors import StoreError
from api.store.events import Mark
from api.store.view import View

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
"""Silence after which a comment is sent, and after which the caller's key is asked for again."""

_LOOK_SECONDS = 1.0
_PAGE = 200
_RETRY_MILLISECONDS = 3_000
_THREADS = 4

Allowed = Callable[[], Awaitable[View]]
"""Tells what the caller may see by now; raises where that is nothing any more."""


def mark_of(row: EventRow) -> str:
    """The place of an event, as clients pass it back."""
    return f"{row.transaction}-{row.position}"


def parsed(mark: str) -> Mark:
    """The place that a client passed back.

    Raises:
        ValueError: it is none.
    """
    transaction, _, position = mark.partition("-")
    if not (transaction.isascii() and transaction.isdigit() and position.isdigit()):
        raise ValueError("not a mark")
    found = Mark(int(transaction), int(position))
    if max(found.transaction, found.position) >= 2**63:
        raise ValueError("not a mark")
    return found


def said(row: EventRow) -> dict[str, Any]:
    """An event as it is answered."""
    return {
        "id": row.id,
        "mark": mark_of(row),
        "type": row.type,
        "timestamp": row.at,
        "department": row.department_id,
        "data": row.data,
    }


@dataclass(slots=True)
class Streams:
    """The streams of one process.

    Attributes:
        database: where events are.
        most: streams that are kept open at a time.
        heartbeat: seconds of silence before a comment.
    """

    database: Database
    most: int
    heartbeat: float = HEARTBEAT_SECONDS
    _open: int = 0
    _closed: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _looking: asyncio.Task[None] | None = None
    _threads: anyio.CapacityLimiter | None = None

    def enter(self) -> None:
        """Takes the place of one stream.

        Raises:
            TooManyStreams: there is none free, or the service ends.
        """
        if self._closed or self._open >= self.most:
            raise TooManyStreams(
                f"{self._open} streams are open, and no more are kept: try again, or poll "
                "/v1/events",
                headers={"Retry-After": "30"},
            )
        self._open += 1

    def leave(self) -> None:
        """Gives the place back."""
        self._open -= 1

    def close(self) -> None:
        """Ends all streams: the service ends. To be called in the event loop."""
        self._closed = True
        self._ring()

    async def follow(
        self, view: View, mark: Mark | None, types: Sequence[str], allowed: Allowed
    ) -> AsyncIterator[bytes]:
        """What a client is sent, until its key or the service ends.

        Args:
            view: what it may see.
            mark: of the last event that it has; None for what happens from now on.
            types: that it wants.
            allowed: asked again at each heartbeat.
        """
        at = mark if mark is not None else await self._thread(self._newest)
        yield f"id: {at.transaction}-{at.position}\nretry: {_RETRY_MILLISECONDS}\n\n".encode()
        while not self._closed:
            ring = self._listen()
            rows = await self._thread(lambda: self._after(view, at, types))  # noqa: B023 - awaited
            for row in rows:
                at = Mark(row.transaction, row.position)
                yield _message(row)
            if len(rows) == _PAGE:
                continue
            try:
                await asyncio.wait_for(ring.wait(), self.heartbeat)
            except TimeoutError:
                yield b": still here\n\n"
            try:
                view = await allowed()
            except ServiceError:
                return

    def _listen(self) -> asyncio.Event:
        """What rings when there is something new; taken before looking, so that none is missed."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return self._wake

    def _ring(self) -> None:
        self._wake.set()
        self._wake = asyncio.Event()

    async def _look(self) -> None:
        """Looks for something new, as long as anybody waits."""
        last: Mark | None = None
        while self._open and not self._closed:
            try:
                newest = await self._thread(self._newest)
                if newest != last:
                    last = newest
                    self._ring()
            except StoreError as error:
                log.warning("cannot look for events now: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _thread(self, work: Callable[[], Any]) -> Any:
        """Works in one of few threads, which no endpoint waits for."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_THREADS)
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    def _newest(self) -> Mark:
        with self.database.session() as session:
            return events.newest(session)

    def _after(self, view: View, mark: Mark, types: Sequence[str]) -> list[EventRow]:
        with self.database.session(view) as session:
            return events.after(session, mark, types=types, limit=_PAGE)


def _message(row: EventRow) -> bytes:
    told = said(row)
    data = {
        **told,
        "id": str(row.id),
        "timestamp": row.at.isoformat(),
        "department": None if row.department_id is None else str(row.department_id),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {told['mark']}\nevent: {row.type}\ndata: {text}\n\n".encode()


class EventStream(StreamingResponse):
    """An answer that goes on; the place that it takes is given back however it ends."""

    media_type = "text/event-stream"

    def __init__(self, streams: Streams, content: AsyncIterator[bytes]) -> None:
        """Takes a place.

        Raises:
            TooManyStreams: there is none.
        """
        streams.enter()
        self._streams = streams
        # No proxy keeps events back until there are many.
        super().__init__(content, headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until it ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.leave()

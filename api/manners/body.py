"""The body of a request, pulled chunk by chunk: counted, digested and inflated on the way.

An endpoint runs in a worker thread and pulls; the event loop only receives. Nothing here touches a
disk: a body holds words that are not redacted yet.
"""

import hashlib
import zlib
from collections.abc import AsyncGenerator, Iterator
from typing import TypeVar

import anyio.from_thread
from pydantic import BaseModel, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from api.errors import InvalidRequest, UnsupportedMedia
from api.problems import invalid
from nlp.errors import BrokenInput, TooLarge

Taken = TypeVar("Taken", bound=BaseModel)

_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 64 * 1024
_SOURCE = "the request's body"


class Body:
    """One request's body, which can be read once.

    The limit holds for the bytes that arrive and, apart from them, for what they unpack to, so that
    a small body that unpacks to a huge one is stopped as soon as it passes the limit.
    """

    def __init__(self, request: Request, *, limit: int, pepper: bytes = b"") -> None:
        """Prepare to read, and refuse at once what its headers already say is not read here.

        Args:
            request: the request; nobody else may read its body.
            limit: most bytes.
            pepper: goes into the digest, so that who reads it cannot guess at a short body.

        Raises:
            TooLarge: its `Content-Length` is over the limit.
            UnsupportedMedia: it is packed in another way than gzip.
            InvalidRequest: its `Content-Length` is no number.
        """
        self._chunks = request.stream()
        self._limit = limit
        self._arrived = 0
        self._unpacked = 0
        self._gunzip = _gunzip_for(request)
        self._digest = hashlib.sha256(pepper)
        self._unbounded = _Unbounded(request)
        for part in (request.method, request.url.path, request.url.query):
            self._digest.update(part.encode() + b"\0")
        self._check(_announced(request))

    def iterate(self) -> Iterator[bytes]:
        """The body's chunks, unpacked. To be called in an endpoint's worker thread.

        Raises:
            TooLarge: the body passes the limit.
            BrokenInput: it is not the gzip that its header says.
        """
        while (chunk := anyio.from_thread.run(anext, self._chunks, None)) is not None:
            yield from self._take(chunk)
        self._end()

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The same as `iterate`, for a parser that runs in the event loop."""
        async for chunk in self._chunks:
            for piece in self._take(chunk):
                yield piece
        self._end()

    def read(self) -> bytes:
        """The whole body in memory, unpacked."""
        return b"".join(self.iterate())

    def digest(self) -> bytes:
        """SHA-256 over method, path, query and the body's bytes as they arrived.

        What has not been read yet is read first. The boundary of a form does not count: programs
        draw another one each time that they send the same file.
        """
        for _ in self.iterate():
            pass
        self._digest.update(self._unbounded.end())
        return self._digest.digest()

    def _take(self, chunk: bytes) -> Iterator[bytes]:
        """Count and digest a chunk as it arrived; yield what it unpacks to."""
        self._digest.update(self._unbounded.feed(chunk))
        self._arrived += len(chunk)
        self._check(self._arrived)
        if self._gunzip is None:
            yield chunk
            return
        for piece in self._gunzip.feed(chunk):
            self._unpacked += len(piece)
            self._check(self._unpacked)
            yield piece

    def _end(self) -> None:
        if self._gunzip is not None and self._arrived:
            self._gunzip.end()

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise TooLarge(
                f"over the limit of {self._limit:,} bytes; split it, or send JSON Lines to "
                "/v1/batches, which are read line by line",
                source=_SOURCE,
            )


def read_as(body: Body, schema: type[Taken], *, empty: bool = False) -> Taken:
    """A body of JSON, checked against its schema.

    Args:
        body: not read yet.
        schema: of it.
        empty: whether no body at all is taken for `{}`.

    Raises:
        InvalidRequest: with a pointer to each faulty field.
    """
    sent = body.read()
    try:
        # Strict: `true` is no number, and "1" neither, as the document says.
        return schema.model_validate_json(b"{}" if empty and not sent else sent, strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise invalid(faults, place="body") from None


class _Unbounded:
    """Takes the boundary out of a multipart body, wherever chunks cut it; others stay as they are.

    That is so for a body that is not packed: a packed one is compared byte by byte.
    """

    def __init__(self, request: Request) -> None:
        _, options = parse_options_header(request.headers.get("content-type", ""))
        self._boundary = options.get(b"boundary", b"")
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What of the body so far is sure, without the boundary."""
        if not self._boundary:
            return chunk
        found = (self._held + chunk).replace(self._boundary, b"")
        # The end may be the boundary's beginning.
        kept = min(len(self._boundary) - 1, len(found))
        self._held = found[len(found) - kept :]
        return found[: len(found) - kept]

    def end(self) -> bytes:
        """The rest."""
        held, self._held = self._held, b""
        return held


class _Gunzip:
    """Unpacks gzip, several members too, in pieces of a bounded size."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Unpack a chunk.

        Raises:
            BrokenInput: it is not gzip.
        """
        while chunk:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                piece = self._member.decompress(chunk, _PIECE)
            except zlib.error as error:
                raise BrokenInput(
                    "not valid gzip, though Content-Encoding says so", source=_SOURCE
                ) from error
            yield piece
            chunk = self._member.unconsumed_tail or self._member.unused_data

    def end(self) -> None:
        """Check that nothing is missing.

        Raises:
            BrokenInput: the last member is not whole.
        """
        if not self._member.eof:
            raise BrokenInput("the gzip ends too early; send it again", source=_SOURCE)


def _gunzip_for(request: Request) -> _Gunzip | None:
    """What unpacks the body, by its `Content-Encoding`."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip"):
        return _Gunzip()
    raise UnsupportedMedia(
        f"Content-Encoding {encoding[:40]!r} is not read here; use gzip or none",
        headers={"Accept-Encoding": "gzip"},
    )


def _announced(request: Request) -> int:
    """The size that the headers announce, 0 where they do not."""
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 18:
        raise InvalidRequest(f"Content-Length {length[:40]!r} is not a number of bytes")
    return int(length)

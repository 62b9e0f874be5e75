"""Sends one request to an address that was checked, and says what became of it in our own words.

Names are resolved here, once a try, and the connection is made to the addresses that were checked;
TLS and the Host header go by the name. No redirect is followed, no proxy is asked, and of an answer
nothing is kept but its status.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from api.push.addresses import Network, refused

SECONDS = 15.0
"""Of one try, from the first look-up to the last byte."""

MOST_READ = 8 * 1024
"""Bytes of an answer that are read, so that who answers at length is not cut off at once."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Tells the addresses of a name and port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a try.

    Attributes:
        status: of the answer, or None where there was none.
        error: why it counts as failed, one of `api.store.push_tables.DELIVERY_ERRORS`; None where
            it was taken.
        milliseconds: that it took.
        retry_after: seconds that the receiver asked to be left alone for.
    """

    status: int | None
    error: str | None
    milliseconds: int = 0
    retry_after: int | None = None


class AddressRefused(Exception):
    """A name leads to an address that nothing may be sent to."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as this machine resolves it."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, whatever a name may lead to a moment later."""

    def __init__(self, resolve: Resolve, allowed: Sequence[Network]) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects to the first of a name's addresses that answers.

        Raises:
            AddressRefused: one of them may not be sent to: none of them is asked.
        """
        found = [ipaddress.ip_address(one) for one in await self._resolve(host, port)]
        if not found or any(refused(address, self._allowed) for address in found):
            raise AddressRefused
        for address in found[:-1]:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout=timeout)
            except httpcore.ConnectError:
                continue
        return await self._inner.connect_tcp(str(found[-1]), port, timeout=timeout)


class Sender:
    """Sends requests. Safe to share between tasks of one event loop, and between threads."""

    def __init__(
        self,
        *,
        allow_http: bool = False,
        allowed: Sequence[Network] = (),
        resolve: Resolve = resolve,
        seconds: float = SECONDS,
    ) -> None:
        """Connects to nothing yet.

        Args:
            allow_http: whether addresses without TLS are taken.
            allowed: private networks that may be sent to.
            resolve: tells the addresses of a name.
            seconds: that one try may take as a whole.
        """
        self.allow_http = allow_http
        self.allowed = tuple(allowed)
        self._resolve = resolve
        self._seconds = seconds
        self._tls = httpx.create_ssl_context()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Sends one request by POST; raises nothing that a receiver can cause.

        Args:
            url: where to.
            headers: of the request; those of length and host are added.
            body: of it.
        """
        began = time.monotonic()
        status = retry_after = None
        try:
            async with asyncio.timeout(self._seconds):
                status, retry_after = await self._post(httpx.URL(url), headers, body)
            error = _judged(status)
        except Exception as raised:  # noqa: BLE001 - whatever it is, it has to be written down
            error = _named(raised)
        milliseconds = round((time.monotonic() - began) * 1000)
        return Outcome(
            status=status, error=error, milliseconds=milliseconds, retry_after=retry_after
        )

    async def _post(
        self, url: httpx.URL, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, int | None]:
        if url.scheme not in ({"http", "https"} if self.allow_http else {"https"}):
            raise AddressRefused
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        sent = {"Host": url.netloc.decode(), "Content-Length": str(len(body)), **headers}
        backend = _Checked(self._resolve, self.allowed)
        # A pool of its own: a connection that is kept would outlive the check of its address.
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=self._tls, network_backend=backend, max_keepalive_connections=0
            ) as pool,
            pool.stream("POST", target, headers=list(sent.items()), content=body) as answer,
        ):
            size = 0
            async for chunk in answer.aiter_stream():
                size += len(chunk)
                if size > MOST_READ:
                    break
            return answer.status, _retry_after(answer)


def _judged(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if status == 410:
        return "gone"
    return "redirect" if 300 <= status < 400 else "status"


def _named(error: BaseException) -> str:
    """Why there was no answer, in one of our words."""
    chain: list[BaseException] = []
    while error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__ or error
    kinds: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
        ("address_refused", (AddressRefused,)),
        ("unresolved", (socket.gaierror, UnicodeError)),
        ("tls", (ssl.SSLError,)),
        ("timeout", (httpcore.TimeoutException, TimeoutError)),
        ("connect", (httpcore.NetworkError, OSError)),
    )
    for name, classes in kinds:
        if any(isinstance(one, classes) for one in chain):
            return name
    return "protocol"


def _retry_after(answer: httpcore.Response) -> int | None:
    """Seconds of a `Retry-After`, written as a number or as a date; None where there is none."""
    if answer.status not in {429, 503}:
        return None
    given = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
    text = given[:40].decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(0, round((aware - datetime.now(UTC)).total_seconds()))

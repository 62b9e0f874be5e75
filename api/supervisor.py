"""`conduit serve`: one process that starts the others, and starts them again when they die.

It owns the listening socket, so that connections wait in line while the web process is away, and
the embedded database. Its children end with it, even if it is killed (`api.lifeline`).
"""

import contextlib
import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from pydantic import SecretStr

from api import lifeline, runtime
from api.settings import Settings
from api.store.embedded import Embedded
from api.store.errors import EmbeddedFailed
from nlp.errors import ConduitError

log = logging.getLogger(__name__)

STABLE_SECONDS = 10.0
"""A child that lived this long has recovered: its next death counts as its first."""

_TICK_SECONDS = 0.05
_DATABASE_SECONDS = 0.5
# A worker finishes its batch, the web process its requests.
_STOP_SECONDS = 30.0


class AddressTaken(ConduitError):
    """The address to listen on cannot be had."""

    code = "address_taken"


def pause(deaths: int) -> float:
    """Seconds until a child is started again after so many deaths in a row: 0.1 to 10."""
    return min(0.1 * 2.0 ** min(max(0, deaths - 1), 10), 10.0)


@dataclass(slots=True)
class Child:
    """One process and what is known of its deaths.

    Attributes:
        name: for the log.
        arguments: after `python -m api`.
        once: it ends by itself, and is started again only if it failed.
    """

    name: str
    arguments: Sequence[str]
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0
    done: bool = False

    def look(self, now: float) -> bool:
        """Notes a death; whether the child has to be started now."""
        if self.done:
            return False
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return False
            self.process = None
            if self.once and code == 0:
                self.done = True
                return False
            self.deaths = 1 if now - self.started >= STABLE_SECONDS else self.deaths + 1
            self.due = now + pause(self.deaths)
            log.warning(
                "%s ended (%d), starts again in %.1f s", self.name, code, pause(self.deaths)
            )
        return now >= self.due


@dataclass(slots=True)
class Supervisor:
    """Keeps the service's processes alive.

    Attributes:
        settings: of the service.
        url: of the database.
        embedded: the embedded database, where it is that one.
        listener: the socket that the web process answers on.
        children: web, workers, and what runs once.
        ready: called with the address when the web process answers for the first time.
    """

    settings: Settings
    url: str
    embedded: Embedded | None
    listener: socket.socket
    ready: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    _looked: float = 0.0

    @property
    def address(self) -> str:
        """Where the service answers."""
        host, port = self.listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def run(self, *, seed: str | None = None) -> None:
        """Runs until SIGTERM or SIGINT; a second one ends everything at once.

        Args:
            seed: file or folder that is read in if the store is empty.
        """
        reading, writing = lifeline.hold()
        common = ("--lifeline", str(reading))
        listening = ("--socket", str(self.listener.fileno()))
        self.children = [
            Child("web" if number == 0 else f"web {number + 1}", ("web", *common, *listening))
            for number in range(self.settings.webs)
        ]
        self.children += [
            Child(f"worker {number + 1}", ("worker", *common))
            for number in range(self.settings.workers)
        ]
        if seed is not None:
            self.children.append(Child("seed", ("seed", *common, seed), once=True))
        descriptors = (reading, self.listener.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            self._loop(descriptors)
        finally:
            self._stop()
            os.close(writing)
            os.close(reading)

    def _loop(self, descriptors: tuple[int, ...]) -> None:
        announced = False
        while not self.stopping:
            now = time.monotonic()
            self._keep_database(now)
            for child in self.children:
                if child.look(now):
                    self._start(child, descriptors, now)
            if not announced and self._answers():
                announced = True
                self.ready(self.address)
            time.sleep(_TICK_SECONDS)

    def _start(self, child: Child, descriptors: tuple[int, ...], now: float) -> None:
        child.process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "api", *child.arguments],
            stdin=subprocess.DEVNULL,
            env={**self._environment(), "PGAPPNAME": f"conduit {child.name}"},
            pass_fds=descriptors,
        )
        child.started = now

    def _environment(self) -> Mapping[str, str]:
        """The children's: our settings as they are, options of the command line included."""
        ours = {
            f"CONDUIT_{name.upper()}": _plain(value)
            for name, value in self.settings.model_dump(exclude={"database_url"}).items()
            if value is not None
        }
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return {**runtime.ONE_THREAD, **inherited, **ours, "CONDUIT_DATABASE_URL": self.url}

    def _keep_database(self, now: float) -> None:
        if self.embedded is None or now - self._looked < _DATABASE_SECONDS:
            return
        self._looked = now
        if self.embedded.pid() is None:
            log.warning("the embedded database ended, starts again")
            try:
                self.embedded.start()
            except EmbeddedFailed as error:
                log.error("%s", error)

    def _answers(self) -> bool:
        host, port = self.listener.getsockname()[:2]
        connection = http.client.HTTPConnection(host, port, timeout=1)
        try:
            connection.request("GET", "/livez")
            return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
        except OSError:
            return False
        finally:
            connection.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            self._signal(signal.SIGKILL)
        self.stopping = True

    def _stop(self) -> None:
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.0, deadline - time.monotonic()))
        self._signal(signal.SIGKILL)
        for child in self.children:
            if child.process is not None:
                child.process.wait()
        self.listener.close()
        if self.embedded is not None:
            self.embedded.release()

    def _signal(self, number: signal.Signals) -> None:
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(number)


def _plain(value: object) -> str:
    """A setting as its variable has it."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def listen(host: str, port: int) -> socket.socket:
    """The socket that the web process answers on.

    Raises:
        AddressTaken: another program listens there, or it is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise AddressTaken(
            f"cannot listen on {host}:{port} ({error.strerror}): stop what does, or choose another "
            "with --port"
        ) from None

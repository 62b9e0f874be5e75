"""The web process: the app behind a socket that the supervisor holds."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from api.app import create_app
from api.runtime import settled
from api.settings import Settings
from api.steps.categories import Teaches
from api.steps.serving import Embedding, Following, Teaching, Where, load_folder
from api.store.database import Database
from api.streams import Streams
from nlp.redact import Redactor
from nlp.redact.build import build

if TYPE_CHECKING:
    from nlp.pipeline import Miner

_GRACE_SECONDS = 20
_CONNECTIONS = 2
_PAUSE_SECONDS = 0.0001
_CROWD = 20
_RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Takes connections one by one, and ends the streams before it waits for requests to end.

    The event loop's own server takes all connections that wait at once: of processes that listen on
    the same socket, one has all the work then, and the others none. And a stream would never end.
    """

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams
        self._accepting: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to take connections."""
        if sockets is None:  # it opens one of its own, which nobody shares
            await super().startup()
            return
        await super().startup(sockets=[])
        settled()
        tasks = [self._accept(listener) for listener in sockets]
        self._accepting = [asyncio.create_task(task) for task in tasks]

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        listener.setblocking(False)  # noqa: FBT003 - as it is defined
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
                await loop.connect_accepted_socket(self._protocol, connection)
            except OSError as error:  # gone again, or no descriptor is left
                log.warning("cannot take a connection: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
            # Who has more already lets the others go first.
            await asyncio.sleep(_PAUSE_SECONDS * min(len(self.server_state.connections), _CROWD))

    def _protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends what runs."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        self._streams.close()
        await super().shutdown(sockets)


def run(settings: Settings, database: Database, listener: socket.socket) -> None:
    """Answers requests until SIGTERM or SIGINT; requests that run are finished.

    No access log: addresses and file names in it would be personal data.
    """
    with following(settings, database) as follows:
        app = create_app(
            settings,
            database,
            redactor=_redactor(settings),
            teacher=Teaching(follows.teacher),
            embeds=Embedding(follows.now),
        )
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            # Its loggers hand on to ours, whose lines never hold the text of an exception.
            log_config=None,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        Server(config, app.state.streams).run(sockets=[listener])


def _redactor(settings: Settings) -> Redactor:
    """Loaded before the first request: what is wrong with the model shows at once."""
    return build(
        settings.redact_names,
        weights=settings.weights,
        cache=settings.cache,
        threads=settings.threads,
    )


@contextmanager
def following(settings: Settings, database: Database) -> Iterator["Following[Miner]"]:
    """What the workers mine with too, loaded when somebody first searches or adds a category.

    It takes a second, and some 300 MB from then on: most web processes never need one. It has
    connections of its own: requests ask it while each holds one of the others, so that all of
    those could be held by requests that wait for one.
    """
    own = Database(database.conninfo, pool_size=_CONNECTIONS)
    try:
        yield Following(own, Where.of(settings), partial(_miner, settings), teach=_teacher)
    finally:
        own.close()


def _miner(settings: Settings, folder: Path) -> "Miner":
    from nlp.cli import keep_pytorch_out

    keep_pytorch_out()
    loaded = load_folder(settings, folder)
    settled()
    return loaded


def _teacher(miner: "Miner") -> Teaches:
    from nlp.learn.custom import Teacher

    return Teacher(miner)

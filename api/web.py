"""The web process: the app behind a socket that the supervisor holds."""

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from api.app import create_app
from api.settings import Settings
from api.steps.categories import Teaches
from api.steps.serving import Embedding, Following, Teaching, Where
from api.store.database import Database
from api.streams import Streams
from nlp.redact import Redactor
from nlp.redact.build import build

if TYPE_CHECKING:
    from nlp.pipeline import Miner

_GRACE_SECONDS = 20


class Server(uvicorn.Server):
    """Ends the streams before it waits for requests to end: a stream would never."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends what runs."""
        self._streams.close()
        await super().shutdown(sockets)


def run(settings: Settings, database: Database, listener: socket.socket) -> None:
    """Answers requests until SIGTERM or SIGINT; requests that run are finished.

    No access log: addresses and file names in it would be personal data.
    """
    follows = _following(settings, database)
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


def _following(settings: Settings, database: Database) -> "Following[Miner]":
    """What the workers mine with too, loaded when somebody first searches or adds a category.

    It takes a second, and some 300 MB from then on: most web processes never need one.
    """
    return Following(
        database,
        Where.of(settings),
        lambda folder: _miner(settings, folder),
        teach=_teacher,
    )


def _miner(settings: Settings, folder: Path) -> "Miner":
    from nlp.cli import keep_pytorch_out

    keep_pytorch_out()
    from nlp.pipeline import Miner

    return Miner.load(
        folder, cache=settings.cache, threads=settings.threads, weights=settings.weights
    )


def _teacher(miner: "Miner") -> Teaches:
    from nlp.learn.custom import Teacher

    return Teacher(miner)

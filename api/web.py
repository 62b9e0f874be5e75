"""The web process: the app behind a socket that the supervisor holds."""

import socket

import uvicorn

from api.app import create_app
from api.settings import Settings
from api.steps.categories import OnDemand, Teaches
from api.store.database import Database
from nlp.redact import Redactor
from nlp.redact.build import build

_GRACE_SECONDS = 20


def run(settings: Settings, database: Database, listener: socket.socket) -> None:
    """Answers requests until SIGTERM or SIGINT; requests that run are finished.

    No access log: addresses and file names in it would be personal data.
    """
    teacher = OnDemand(lambda: _teacher(settings))
    app = create_app(settings, database, redactor=_redactor(settings), teacher=teacher)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _redactor(settings: Settings) -> Redactor:
    """Loaded before the first request: what is wrong with the model shows at once."""
    return build(
        settings.redact_names,
        weights=settings.weights,
        cache=settings.cache,
        threads=settings.threads,
    )


def _teacher(settings: Settings) -> Teaches:
    """The miner that the workers run with too, loaded when somebody first adds a category."""
    from nlp.cli import keep_pytorch_out

    keep_pytorch_out()
    from nlp.learn.custom import Teacher
    from nlp.pipeline import Miner

    return Teacher(
        Miner.load(
            settings.model, cache=settings.cache, threads=settings.threads, weights=settings.weights
        )
    )

"""The web process: the app behind a socket that the supervisor holds."""

import socket

import uvicorn

from api.app import create_app
from api.settings import Settings
from api.store.database import Database
from nlp.redact import Redactor

_GRACE_SECONDS = 20


def run(settings: Settings, database: Database, listener: socket.socket) -> None:
    """Answers requests until SIGTERM or SIGINT; requests that run are finished.

    No access log: addresses and file names in it would be personal data.
    """
    app = create_app(settings, database, redactor=Redactor())
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])

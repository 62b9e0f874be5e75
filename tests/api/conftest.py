"""The app over a real database: in this process, and on a socket of this machine."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.steps.mine import mine
from api.store import interactions
from api.store.database import Database
from api.store.interactions import InteractionFilter
from nlp.redact import Redactor
from tests.api.chat import Chat, listening
from tests.api.interactions import WordEmbeds, WordMiner, WordTeacher
from tests.api.keyed import asking

BASE = "http://127.0.0.1"
LIMIT = 1_000_000
"""Bytes of an upload in tests: small, so that tests of the limit are quick."""


@pytest.fixture
def chat() -> Iterator[Chat]:
    """A chat endpoint that listens on this machine."""
    with listening() as server:
        yield server


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    """The one that the service runs with."""
    return Redactor()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of the service; a module that needs others has a fixture of this name."""
    home: Path = tmp_path_factory.mktemp("home")
    return Settings(home=home, max_upload_bytes=LIMIT)


@pytest.fixture(scope="module")
def app(database: Database, redactor: Redactor, settings: Settings) -> FastAPI:
    """The service over the module's database."""
    return create_app(
        settings, database, redactor=redactor, teacher=WordTeacher(), embeds=WordEmbeds()
    )


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    """Whoever asks it."""
    with TestClient(app, base_url=BASE) as found:
        yield found


@pytest.fixture(scope="module")
def keyed(app: FastAPI, database: Database) -> Iterator[TestClient]:
    """The service as it is where it asks for keys."""
    with asking(app, database) as found:
        yield found


@pytest.fixture(scope="module")
def live(app: FastAPI) -> Iterator[str]:
    """The service on a socket, as `host:port`."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def mine_all(database: Database) -> Callable[[], list[UUID]]:
    """Mines what waits, as a worker would, and gives the ids."""

    def work() -> list[UUID]:
        with database.session() as session:
            rows = interactions.list_page(session, InteractionFilter(state="accepted"), limit=1000)
        ids = [row.id for row in rows]
        mine(database, WordMiner(), ids)
        return ids

    return work

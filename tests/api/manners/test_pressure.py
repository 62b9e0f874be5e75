"""Back-pressure: what cannot be worked off is refused, and let in again once there is room."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.manners.pressure import LONGEST, wait_for
from api.settings import Settings
from api.store.database import Database
from nlp.redact import Redactor
from tests.api.conftest import BASE
from tests.api.interactions import WordTeacher

CALL: dict[str, Any] = {
    "channel": "call",
    "turns": [{"speaker": "customer", "text": "The kettle leaks."}],
}


@pytest.fixture
def narrow(database: Database, redactor: Redactor, tmp_path: Path) -> Iterator[TestClient]:
    """A service in which three may wait, and that counts each time."""
    settings = Settings(home=tmp_path, queue_limit=3, uploads_at_once=1)
    app = create_app(settings, database, redactor=redactor, teacher=WordTeacher())
    app.state.pressure._seconds = 0.0
    app.state.pressure._patience = 0.05
    with TestClient(app, base_url=BASE) as found:
        yield found


def test_a_queue_that_is_too_long_takes_no_more(
    narrow: TestClient, mine_all: Callable[[], list[UUID]]
) -> None:
    for _ in range(3):
        assert narrow.post("/v1/interactions", json=CALL).status_code == 202
    for path in ("/v1/interactions", "/v1/batches"):
        refused = narrow.post(path, json=CALL)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert 5 <= int(refused.headers["retry-after"]) <= LONGEST
    lines = {"content-type": "application/x-ndjson"}
    assert narrow.post("/v1/batches", content=b"{}", headers=lines).status_code == 503
    assert narrow.get("/v1/interactions").status_code == 200
    queue = {row["name"]: row for row in narrow.get("/readyz").json()["checks"]}["queue"]
    assert queue["state"] == "degraded"
    mine_all()
    assert narrow.post("/v1/interactions", json=CALL).status_code == 202


def test_one_large_upload_at_a_time(narrow: TestClient) -> None:
    pressure = narrow.app.state.pressure  # type: ignore[attr-defined]  # untyped in starlette
    with pressure._free:
        refused = narrow.post("/v1/interactions", content=b" " * 1_000_001)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert narrow.post("/v1/interactions", json=CALL).status_code == 202, "a small one passes"
    assert narrow.post("/v1/interactions", content=b" " * 1_000_001).status_code == 422
    assert pressure._free._value == 1, "whoever was refused took no place"


@pytest.mark.parametrize(
    ("excess", "throughput", "seconds"),
    [(100, 10.0, 10), (1, 100.0, 5), (10**9, 1.0, LONGEST), (1, 0.0, LONGEST)],
)
def test_how_long_to_wait(excess: int, throughput: float, seconds: int) -> None:
    assert wait_for(excess, throughput) == seconds

"""/metrics: what this process answered, what the rows say, and never an id or a word."""

from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store.database import Database
from tests.api.conftest import BASE
from tests.api.interactions import PlainRedactor, WordTeacher

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(client: TestClient) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route(app: FastAPI, client: TestClient) -> None:
    secret = str(uuid4())
    assert client.get(f"/v1/interactions/{secret}").status_code == 404
    assert client.get(f"/{secret}").status_code == 404
    client.request("BREW", "/livez")
    found = scrape(client)

    def count(route: str, method: str, status: str) -> float:
        labels = (("method", method), ("route", route), ("status", status))
        return found["conduit_http_requests_total", labels]

    assert count("/v1/interactions/{id}", "GET", "404") == 1
    assert count("none", "GET", "404") == 1
    seconds = (("method", "GET"), ("route", "/v1/interactions/{id}"))
    assert found["conduit_http_request_seconds_count", seconds] == 1
    assert found["conduit_http_requests_in_flight", ()] == 1, "this very one"
    assert secret not in str(found)
    assert not any(label == "BREW" for _, labels in found for _, label in labels)


def test_rows_are_counted(app: FastAPI, client: TestClient) -> None:
    body = {"turns": [{"speaker": "customer", "text": "It leaks."}]}
    assert client.post("/v1/interactions", json=body).status_code == 202
    settings = app.state.context.settings
    fresh = create_app(
        settings, app.state.context.database, redactor=PlainRedactor(), teacher=WordTeacher()
    )
    with TestClient(fresh, base_url=BASE) as other:
        found = scrape(other)
    assert found["conduit_database_up", ()] == 1
    assert found["conduit_interactions", (("state", "accepted"),)] >= 1
    assert found["conduit_queue_waiting", (("queue", "mine"),)] >= 1
    assert found["conduit_queue_oldest_seconds", (("queue", "mine"),)] >= 0
    assert found["conduit_workers", ()] == 0
    assert ("conduit_database_connections", (("state", "idle"),)) in found


def test_without_its_database_it_says_so(tmp_path: Path) -> None:
    nowhere = Database("postgresql://conduit:sesame@127.0.0.1:1/conduit")
    app = create_app(
        Settings(home=tmp_path), nowhere, redactor=PlainRedactor(), teacher=WordTeacher()
    )
    with TestClient(app, base_url=BASE) as client:
        assert scrape(client)["conduit_database_up", ()] == 0


def test_elsewhere_it_takes_a_key(database: Database, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, auth="keys")
    app = create_app(settings, database, redactor=PlainRedactor(), teacher=WordTeacher())
    with TestClient(app, base_url=BASE) as client:
        assert client.get("/metrics").status_code == 401

"""Erasures, legal holds and retention over the API."""

import logging
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from api.receipts import signer_for
from api.steps import erase
from api.store.database import Database
from tests.api.steps.test_erase import places_of

CUSTOMER = "C-7731-wombat"


def submit(client: TestClient, **metadata: str) -> str:
    body = {
        "channel": "call",
        "turns": [{"speaker": "customer", "text": "The kettle leaks."}],
        "metadata": metadata,
    }
    answer = client.post("/v1/interactions", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def work(app: FastAPI, database: Database) -> None:
    """Erases as a worker would."""
    with database.session() as session:
        ids = session.scalars(text("SELECT id FROM erasures WHERE receipt IS NULL")).all()
    for id in ids:
        for _ in range(9):
            erase.erase(database, id, signer=signer_for(app.state.context.settings))


def test_a_customer_goes_and_a_receipt_says_so(
    app: FastAPI, client: TestClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    id = submit(client, customer=CUSTOMER)
    body: dict[str, Any] = {"customer": CUSTOMER}
    counted = client.post("/v1/erasures", json={**body, "dry_run": True})
    assert (counted.status_code, counted.json()["interactions"]) == (200, 1)
    assert client.get(f"/v1/interactions/{id}").status_code == 200
    headers = {"Idempotency-Key": "erase-1"}
    asked = client.post("/v1/erasures", json=body, headers=headers)
    assert asked.status_code == 202
    assert client.post("/v1/erasures", json=body, headers=headers).json() == asked.json()
    url = asked.headers["location"]
    assert client.get(url).json()["receipt"] is None
    assert client.get(asked.json()["job_url"]).json()["progress"]["accepted"] == 1
    work(app, database)
    assert client.get(f"/v1/interactions/{id}").status_code == 410
    done = client.get(url).json()
    assert (done["state"], done["erased"]["interactions"]) == ("done", 1)
    assert done["receipt"]["receipt"]["ids"]["count"] == 1
    assert client.post(f"{url}/verify").json() == {"verified": True, "faults": [], "left": {}}
    keys = client.get("/v1/erasures/key").json()["data"]
    assert done["receipt"]["public_key"] in {key["public_key"] for key in keys if key["current"]}
    assert done in client.get("/v1/erasures", params={"kind": "customer"}).json()["data"]
    assert places_of(database, "wombat") == []
    assert "wombat" not in caplog.text.lower()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customer": ""},
        {"customer": "[EMAIL_1]"},
        {"customer": "a", "before": "2024-01-01T00:00:00Z"},
        {"interactions": []},
        {"interactions": ["x"]},
        {"before": "2024-01-01"},
        {"retention": False},
    ],
)
def test_what_is_no_selection(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/erasures", json=body).json()["code"] == "invalid_request"


def test_what_is_held_is_not_deleted(client: TestClient) -> None:
    id = submit(client, case="7")
    body = {"key": "case", "value": "7", "reason": "Claim of anna@example.com"}
    held = client.post("/v1/holds", json=body)
    assert held.status_code == 201
    assert held.json()["reason"] == "Claim of [EMAIL_1]"
    assert held.json()["covers"] == 1
    url = held.headers["location"]
    refused = client.delete(f"/v1/interactions/{id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "held")
    counted = client.post("/v1/erasures", json={"interactions": [id], "dry_run": True}).json()
    assert (counted["interactions"], counted["held"]) == (1, 1)
    active = client.get("/v1/holds", params={"active": True, "kind": "metadata"}).json()["data"]
    assert held.json() in active
    released = client.post(f"{url}/release")
    assert released.json()["released_at"]
    assert client.post(f"{url}/release").json() == released.json()
    assert client.get(url).headers["etag"] == released.headers["etag"] != held.headers["etag"]
    assert client.delete(f"/v1/interactions/{id}").status_code == 204
    assert client.delete(f"/v1/interactions/{id}").status_code == 410


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "x"},
        {"customer": "a", "key": "b", "value": "c", "reason": "x"},
        {"key": "b", "reason": "x"},
        {"key": "customer", "value": "b", "reason": "x"},
        {"customer": "[PERSON_12]", "reason": "x"},
        {"customer": "a"},
        {"since": "2025-01-02T00:00:00Z", "until": "2025-01-01T00:00:00Z", "reason": "x"},
    ],
)
def test_what_is_no_hold(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/holds", json=body).json()["code"] == "invalid_request"


def test_the_policy_is_set_by_who_has_read_it(
    app: FastAPI, client: TestClient, database: Database
) -> None:
    old = submit(client)
    with database.session() as session:
        session.execute(text("UPDATE interactions SET started_at = now() - interval '40 days'"))
    young = submit(client)
    read = client.get("/v1/retention")
    days = {"days": {"all": 30, "chat": 7}}
    assert client.put("/v1/retention", json=days).status_code == 428
    match = {"If-Match": read.headers["etag"]}
    assert client.put("/v1/retention", json=days, headers=match).json()["days"] == days["days"]
    assert client.put("/v1/retention", json=days, headers=match).status_code == 412
    for wrong in ({"all": 0}, {"fax": 3}, {"all": 99_999}):
        answer = client.put("/v1/retention", json={"days": wrong}, headers={"If-Match": "*"})
        assert answer.status_code == 422
    assert client.post("/v1/erasures", json={"retention": True}).status_code == 202
    work(app, database)
    assert client.get(f"/v1/interactions/{old}").status_code == 410
    assert client.get(f"/v1/interactions/{young}").status_code == 200


def test_what_is_not_there(client: TestClient) -> None:
    for url in (f"/v1/erasures/{uuid4()}", f"/v1/holds/{uuid4()}"):
        assert client.get(url).json()["code"] == "not_found"
    assert client.post(f"/v1/holds/{uuid4()}/release").json()["code"] == "not_found"
    assert client.post(f"/v1/erasures/{uuid4()}/verify").json()["code"] == "not_found"

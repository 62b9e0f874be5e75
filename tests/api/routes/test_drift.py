"""Drift over the API: asked for, read, listed, acknowledged and settled."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select
from starlette.testclient import TestClient

from api.store import drift as store
from api.store.database import Database
from api.store.department_tables import EventRow
from tests.api.interactions import PlainRedactor, interaction

URL = "/v1/drift"
MONDAY = date(2026, 3, 2)
GONE = str(uuid4())
FIGURE: dict[str, Any] = {
    "figure": "label.product_defect",
    "channel": "email",
    "against": "history",
    "value": 0.61,
    "interval": [0.58, 0.64],
    "usual": [0.42, 0.55],
    "windows": 118,
    "p": 0.0004,
    "verdict": "moved",
    "said": "email: it moved.",
}
BODY: dict[str, Any] = {
    "since": "2026-03-02",
    "until": "2026-03-16",
    "interactions": 1200,
    "weeks": 118,
    "knows_seasons": True,
    "summary": "It moved.",
    "figures": [FIGURE, {**FIGURE, "figure": "all", "value": None, "verdict": "untold"}],
    "words": [],
}


def finished(database: Database) -> str:
    """The id of a report that is made, as the step writes it, and of which an alert tells."""
    from api.steps.accept import accept

    with database.session() as session:
        (there,) = accept(session, [interaction(str(uuid4()))], redactor=PlainRedactor()).ids
        row = store.ask(session)
        passages = [
            {"channel": "call", "interaction": name, "passage": 0} for name in (str(there), GONE)
        ]
        values = {"model": "m", "since": MONDAY, "until": MONDAY + timedelta(weeks=2)}
        store.finish(session, row, {**values, "moved": True, "body": BODY, "passages": passages})
        if store.open_alert(session) is None:
            alert = {"opened": MONDAY, "last": MONDAY, "model": "m", "report_id": row.id}
            store.raise_alert(session, {**alert, "figures": ["history email label.a"]})
        return str(row.id)


@pytest.fixture
def alert(client: TestClient, database: Database) -> dict[str, Any]:
    """The one that is open."""
    finished(database)
    found: dict[str, Any]
    (found,) = client.get(f"{URL}/alerts", params={"open": True}).json()["data"]
    return found


def patch(client: TestClient, url: str, match: str | None = "*", **body: Any) -> Any:
    headers = {} if match is None else {"If-Match": match}
    return client.patch(url, json=body, headers=headers)


def test_a_report_is_asked_for_and_read(client: TestClient, database: Database) -> None:
    none = client.get(URL)
    assert (none.status_code, none.json()["code"]) == (404, "not_found")
    asked = client.post(f"{URL}/reports")
    assert asked.status_code == 202, asked.text
    url = asked.headers["location"]
    assert asked.json()["url"] == url
    assert (asked.json()["state"], asked.json()["figures"]) == ("waiting", [])
    assert client.post(f"{URL}/reports").json()["id"] == asked.json()["id"]
    assert client.get(url).json() == asked.json()
    id = finished(database)
    assert id == asked.json()["id"]
    made = client.get(url).json()
    assert made == client.get(URL).json()
    assert (made["state"], made["moved"], made["summary"]) == ("done", True, "It moved.")
    assert made["figures"] == BODY["figures"]
    (shown,) = made["passages"]
    assert shown["interaction"] != GONE, "what was erased is not shown"
    assert client.get(shown["url"]).status_code == 200


def test_reports_by_the_page(client: TestClient, database: Database) -> None:
    ids = [finished(database) for _ in range(3)][::-1]
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2, "fields": "id,moved"}
    while True:
        page = client.get(f"{URL}/reports", params=params).json()
        assert all(set(row) == {"id", "moved"} for row in page["data"])
        seen += [row["id"] for row in page["data"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert seen[:3] == ids
    assert client.get(f"{URL}/reports", params={"fields": "words_of"}).status_code == 422


def test_an_alert_is_acknowledged(client: TestClient, alert: dict[str, Any]) -> None:
    url = alert["url"]
    etag = client.get(url).headers["etag"]
    assert patch(client, url, match=None, acknowledged=True).status_code == 428
    seen = patch(client, url, match=etag, acknowledged=True)
    assert seen.json()["acknowledged_at"]
    assert patch(client, url, match=etag, acknowledged=False).status_code == 412
    assert patch(client, url, acknowledged=True).json() == seen.json(), "said again"
    assert patch(client, url, acknowledged=False).json()["acknowledged_at"] is None
    assert patch(client, url).status_code == 422
    assert patch(client, url, settled=None).status_code == 422
    assert patch(client, url, settled=False).status_code == 422


def test_an_alert_is_settled_once(
    client: TestClient, database: Database, alert: dict[str, Any]
) -> None:
    def closed() -> list[dict[str, Any]]:
        with database.session() as session:
            found = select(EventRow.data).where(EventRow.type == "drift.closed")
            return [data for data in session.scalars(found) if data["alert"] == alert["id"]]

    assert closed() == []
    settled = patch(client, alert["url"], settled=True, acknowledged=True).json()
    assert settled["acknowledged_at"]
    assert settled["revision"] == alert["revision"] + 1
    assert settled["settled"]
    assert settled["closed"]
    with database.session() as session:
        assert store.settled(session) == [MONDAY]
        assert store.open_alert(session) is None
    assert client.get(f"{URL}/alerts", params={"open": True}).json()["data"] == []
    assert client.get(f"{URL}/alerts", params={"open": False}).json()["data"] == [settled]
    assert patch(client, alert["url"], settled=True).json() == settled
    event = {"alert": alert["id"], "url": alert["url"], "reason": "settled", "moved": 0}
    assert closed() == [event], "said again, it is told once"
    finished(database)
    (later,) = client.get(f"{URL}/alerts", params={"open": True}).json()["data"]
    with database.session() as session:
        row = store.open_alert(session)
        assert row is not None
        store.change(session, row, {"closed": MONDAY})
    over = patch(client, later["url"], settled=True)
    assert (over.status_code, over.json()["code"]) == (409, "still_needed")


def test_what_is_not_there(client: TestClient) -> None:
    for noun in ("reports", "alerts"):
        assert client.get(f"{URL}/{noun}/{uuid4()}").status_code == 404
    assert patch(client, f"{URL}/alerts/{uuid4()}", acknowledged=True).status_code == 404


def test_metrics_tell_the_newest(client: TestClient, database: Database) -> None:
    finished(database)
    families = text_string_to_metric_families(client.get("/metrics").text)
    found = {one.name: one for one in families if one.name.startswith("conduit_drift")}
    (moved,) = found["conduit_drift_moved"].samples
    assert moved.value == 1
    assert moved.labels == {
        "against": "history",
        "channel": "email",
        "figure": "label.product_defect",
    }
    (value,) = found["conduit_drift_value"].samples
    assert value.value == 0.61
    (alert,) = found["conduit_drift_alert"].samples
    assert alert.value == 1
    assert found["conduit_drift_age_seconds"].samples[0].value >= 0

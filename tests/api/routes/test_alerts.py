"""Alerts over the API: told by the real step from days that were made up, seen and muted."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from api.steps.alerts import watch
from api.store.database import Database
from tests.api.themed import calls, gather, store

URL = "/v1/alerts"
BEGIN = datetime(2026, 1, 5, 10, tzinfo=UTC)
DAYS = 40
BURST = DAYS - 1
"""The day, by its number, on which the lid is all that they call about."""


@pytest.fixture(scope="module", autouse=True)
def filled(database: Database) -> None:
    """One call a day about each of two things for weeks, and then a day of twelve about one."""
    for day in range(DAYS):
        when = BEGIN + timedelta(days=day)
        for subject in ("lid", "login"):
            number = 100 * day
            count = 12 if (subject, day) == ("lid", BURST) else 1
            store(database, calls(subject, range(number, number + count), started_at=when))
    gather(database, "all")
    for day in range(BURST - 1, DAYS):
        watch(database, "all", today=(BEGIN + timedelta(days=day)).date())


def read(client: TestClient, **params: Any) -> list[dict[str, Any]]:
    answer = client.get(URL, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


@pytest.fixture
def burst(client: TestClient) -> dict[str, Any]:
    """The alert of the day."""
    (found,) = read(client, kind="burst")
    return found


def patch(client: TestClient, url: str, match: str | None = "*", **body: Any) -> Any:
    headers = {} if match is None else {"If-Match": match}
    return client.patch(url, json=body, headers=headers)


def test_a_burst_is_told_once(client: TestClient, burst: dict[str, Any]) -> None:
    assert burst["scope"] == "all"
    assert burst["opened"] == burst["last"] == str((BEGIN + timedelta(days=BURST)).date())
    assert burst["peak"] > 3
    assert (burst["days"], burst["reopened"]) == (1, 0)
    assert (burst["acknowledged_at"], burst["muted"]) == (None, False)
    theme = client.get(burst["theme"]["url"]).json()
    assert theme["name"] == burst["theme"]["name"]
    assert theme["interactions"] == DAYS + 11


def test_alerts_by_what_they_are(client: TestClient, burst: dict[str, Any]) -> None:
    assert burst in read(client, theme=burst["theme"]["id"])
    assert read(client, theme=str(uuid4())) == []
    assert burst in read(client, scope="all", acknowledged=False, muted=False)
    assert read(client, scope="feature_request") == []
    assert burst["id"] not in {row["id"] for row in read(client, acknowledged=True)}
    assert set(read(client, kind="burst", fields="id,kind")[0]) == {"id", "kind"}
    seen, params = [], {"limit": 1}
    while True:
        page = client.get(URL, params=params).json()
        seen += page["data"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert seen == read(client)


def test_an_alert_is_seen_and_muted(client: TestClient, burst: dict[str, Any]) -> None:
    url = burst["url"]
    etag = client.get(url).headers["etag"]
    assert etag == f'"{burst["revision"]}"'
    assert patch(client, url, match=None, muted=True).status_code == 428
    seen = patch(client, url, match=etag, acknowledged=True)
    assert seen.json()["acknowledged_at"]
    assert seen.headers["etag"] == f'"{seen.json()["revision"]}"' != etag
    late = patch(client, url, match=etag, muted=True)
    assert (late.status_code, late.json()["code"]) == (412, "changed")
    # Said again it changes nothing, the moment neither.
    assert patch(client, url, acknowledged=True).json() == seen.json()
    muted = patch(client, url, muted=True).json()
    assert (muted["muted"], muted["acknowledged_at"]) == (True, seen.json()["acknowledged_at"])
    assert read(client, kind="burst", muted=True, acknowledged=True) == [muted]
    back = patch(client, url, acknowledged=False, muted=False).json()
    assert (back["acknowledged_at"], back["muted"]) == (None, False)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"muted": "perhaps"}, "/muted"),
        ({"acknowledged": None}, "/acknowledged"),
        ({"state": "closed"}, "/state"),
    ],
)
def test_what_cannot_be_said_to_an_alert(
    client: TestClient, burst: dict[str, Any], body: dict[str, Any], pointer: str
) -> None:
    answer = patch(client, burst["url"], **body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_what_is_not_there(client: TestClient) -> None:
    url = f"{URL}/{uuid4()}"
    assert client.get(url).json()["code"] == "not_found"
    assert patch(client, url, muted=True).json()["code"] == "not_found"
    for params, pointer in (({"kind": "loud"}, "/kind"), ({"scope": "x"}, "/scope")):
        answer = client.get(URL, params=params)
        assert answer.json()["errors"][0]["pointer"] == pointer

"""Reading what is stored: interactions, findings, formats, health; and erasing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store.database import Database
from nlp.readers import READERS
from tests.api.conftest import BASE
from tests.api.interactions import PlainRedactor, WordTeacher

WORDS = [
    {"speaker": "agent", "text": "How can I help?", "start": 0.0},
    {"speaker": "customer", "text": "Ünïcödé 🫖 kettle leaks, yes.", "start": 3.5},
    {"speaker": "agent", "text": "Anything else?"},
    {"speaker": "customer", "text": "The other one leaks as well."},
]


@pytest.fixture(scope="module")
def ids(client: TestClient, database: Database) -> list[str]:
    """Five interactions, the newest last; all are mined but that one."""
    from api.steps.mine import mine
    from tests.api.interactions import WordMiner

    found: list[str] = []
    for number in range(5):
        channel = ("call", "email")[number % 2]
        body = {"id": f"c{number}", "channel": channel, "turns": WORDS}
        found.append(client.post("/v1/interactions", json=body).json()["id"])
    mine(database, WordMiner(), [UUID(id) for id in found[:4]])
    return found


def pages(client: TestClient, path: str, **params: Any) -> list[dict[str, Any]]:
    """A whole list, page by page, by its `Link` headers; cursors say the same."""
    found: list[dict[str, Any]] = []
    answer = client.get(path, params=params)
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["data"]
        link = answer.links.get("next", {}).get("url")
        assert (link is None) == (page["next"] is None)
        if link is None:
            return found
        assert page["next"] in link
        answer = client.get(link)


def test_one_interaction_with_all_that_was_found(client: TestClient, ids: list[str]) -> None:
    found = client.get(f"/v1/interactions/{ids[0]}").json()
    assert (found["state"], found["model"], found["error"]) == ("mined", "words-1", None)
    assert found["sentiment"] == {
        "overall": "negative",
        "score": -0.5,
        "turns": [
            {"index": 1, "label": "negative", "score": -0.5},
            {"index": 3, "label": "negative", "score": -0.5},
        ],
    }
    assert found["roles"]["source"] == "file"
    assert [(finding["turn"], finding["quote"]) for finding in found["findings"]] == [
        (1, "leaks"),
        (3, "leaks"),
    ]
    for finding in found["findings"]:
        text = found["turns"][finding["turn"]]["text"]
        assert text[finding["start"] : finding["end"]] == finding["quote"]
        assert finding["interaction"] == ids[0]
    assert found["mined_at"].endswith("Z")


def test_one_that_waits_says_so(client: TestClient, ids: list[str]) -> None:
    found = client.get(f"/v1/interactions/{ids[4]}").json()
    assert (found["state"], found["sentiment"], found["findings"]) == ("accepted", None, [])
    assert len(found["turns"]) == 4


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_interactions_come_in_pages_newest_first(
    client: TestClient, ids: list[str], limit: int
) -> None:
    found = pages(client, "/v1/interactions", limit=limit)
    assert [row["id"] for row in found] == ids[::-1]
    assert "turns" not in found[0]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"state": "accepted"}, [4]),
        ({"channel": "email"}, [3, 1]),
        ({"channel": "email", "state": "accepted"}, []),
        ({"external_id": "c2"}, [2]),
        ({"job": str(uuid4())}, []),
        ({"since": "2020-01-01T00:00:00Z"}, [4, 3, 2, 1, 0]),
        ({"until": "2020-01-01T00:00:00Z"}, []),
    ],
)
def test_filters_of_interactions(
    client: TestClient, ids: list[str], params: dict[str, str], expected: list[int]
) -> None:
    found = pages(client, "/v1/interactions", limit=2, **params)
    assert [row["id"] for row in found] == [ids[number] for number in expected]


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_findings_come_in_pages_in_the_order_of_the_words(
    client: TestClient, ids: list[str], limit: int
) -> None:
    found = pages(client, "/v1/findings", limit=limit)
    assert [(row["interaction"], row["turn"]) for row in found] == [
        (ids[number], turn) for number in (3, 2, 1, 0) for turn in (1, 3)
    ]
    assert len({row["id"] for row in found}) == 8


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"category": "product_defect"}, 8),
        ({"category": "feature_request"}, 0),
        ({"sentiment": "negative"}, 8),
        ({"sentiment": "positive"}, 0),
        ({"min_confidence": "0.75"}, 8),
        ({"min_confidence": "0.76"}, 0),
        ({"channel": "email"}, 4),
        ({"source": "upload"}, 8),
        ({"source": "elsewhere"}, 0),
        ({"unsure": "true"}, 4),
        ({"unsure": "false"}, 4),
        ({"model": "words-1"}, 8),
        ({"model": "words-2"}, 0),
        ({"since": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}, 8),
        ({"until": "2020-01-01T00:00:00+02:00"}, 0),
    ],
)
def test_filters_of_findings(
    client: TestClient, ids: list[str], params: dict[str, str], count: int
) -> None:
    assert len(pages(client, "/v1/findings", limit=3, **params)) == count
    one = pages(client, "/v1/findings", interaction=ids[1])
    assert {row["interaction"] for row in one} == {ids[1]}


def test_fields_narrow_each_item(client: TestClient, ids: list[str]) -> None:
    page = client.get("/v1/interactions", params={"fields": "id, state", "limit": 2}).json()
    assert page["data"][1] == {"id": ids[3], "state": "mined"}
    one = client.get(f"/v1/interactions/{ids[0]}", params={"fields": "findings,model"}).json()
    assert set(one) == {"findings", "model"}
    found = client.get("/v1/findings", params={"fields": "quote", "limit": 1}).json()
    assert found["data"] == [{"quote": "leaks"}]


@pytest.mark.parametrize(
    ("path", "params", "pointer"),
    [
        ("interactions", {"fields": "id,colour"}, "/fields"),
        ("interactions", {"fields": ","}, "/fields"),
        ("interactions", {"limit": "0"}, "/limit"),
        ("interactions", {"limit": "201"}, "/limit"),
        ("interactions", {"limit": "9" * 5000}, "/limit"),
        ("interactions", {"state": "lost"}, "/state"),
        ("interactions", {"since": "2026-01-01T00:00:00"}, "/since"),
        ("interactions", {"until": "9999-12-31T23:59:59-14:00"}, "/until"),
        ("interactions", {"external_id": "a\0"}, "/external_id"),
        ("interactions", {"cursor": "x"}, "/cursor"),
        ("interactions", {"cursor": "é"}, "/cursor"),
        ("interactions", {"colour": "red"}, "/colour"),
        ("interactions", {"job": "7"}, "/job"),
        ("findings", {"category": "praise"}, "/category"),
        ("findings", {"min_confidence": "nan"}, "/min_confidence"),
        ("findings", {"min_confidence": "1.1"}, "/min_confidence"),
        ("findings", {"source": "a\0"}, "/source"),
        ("findings", {"model": "\0"}, "/model"),
        ("findings", {"fields": "colour"}, "/fields"),
        ("findings", {"cursor": "AAAAAAAAAAAA"}, "/cursor"),
        ("jobs", {"colour": "red"}, "/colour"),
    ],
)
def test_a_wrong_parameter_is_pointed_at(
    client: TestClient, path: str, params: dict[str, str], pointer: str
) -> None:
    answer = client.get(f"/v1/{path}", params=params)
    assert answer.status_code == 422
    problem = answer.json()
    assert [(fault["in"], fault["pointer"]) for fault in problem["errors"]] == [("query", pointer)]


def test_erasing_takes_everything_and_is_remembered(
    client: TestClient, mine_all: Callable[[], list[UUID]]
) -> None:
    body = {"turns": WORDS}
    id = client.post("/v1/interactions", json=body).json()["id"]
    url = f"/v1/interactions/{id}"
    mine_all()
    assert len(pages(client, "/v1/findings", interaction=id)) == 2
    answer = client.delete(url)
    assert (answer.status_code, answer.content) == (204, b"")
    for again in (client.get(url), client.delete(url)):
        assert (again.status_code, again.json()["code"]) == (410, "erased")
    assert pages(client, "/v1/findings", interaction=id) == []
    assert id not in [row["id"] for row in pages(client, "/v1/interactions")]


def test_what_never_was_is_not_found(client: TestClient) -> None:
    for method in ("GET", "DELETE"):
        answer = client.request(method, f"/v1/interactions/{uuid4()}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        answer = client.request(method, "/v1/interactions/seven")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/id")


def test_a_cursor_outlives_the_item_that_it_names(client: TestClient) -> None:
    made = [client.post("/v1/interactions", json={"turns": WORDS}).json()["id"] for _ in range(3)]
    first = client.get("/v1/interactions", params={"limit": 2}).json()
    assert [row["id"] for row in first["data"]] == [made[2], made[1]]
    client.delete(f"/v1/interactions/{made[1]}")
    second = client.get("/v1/interactions", params={"limit": 1, "cursor": first["next"]}).json()
    assert [row["id"] for row in second["data"]] == [made[0]]
    for id in made[::2]:
        client.delete(f"/v1/interactions/{id}")


def test_all_formats_are_listed(client: TestClient) -> None:
    found = client.get("/v1/formats").json()["data"]
    assert [row["name"] for row in found] == list(READERS)
    assert all(row["title"] and row["checked_with"] for row in found)


def test_it_lives_and_is_ready(client: TestClient) -> None:
    answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    answer = client.get("/readyz")
    assert answer.status_code == 200
    checks = {check["name"]: check["state"] for check in answer.json()["checks"]}
    assert list(checks) == ["database", "weights", "model", "workers", "queue"]
    assert (checks["database"], checks["model"], checks["workers"]) == ("ok", "ok", "degraded")
    assert answer.json()["status"] == "degraded"


def test_without_its_database_it_lives_and_says_what_is_missing(app: FastAPI) -> None:
    nowhere = Database("postgresql://conduit:sesame@127.0.0.1:1/conduit")
    settings: Settings = app.state.context.settings
    with TestClient(
        create_app(settings, nowhere, redactor=PlainRedactor(), teacher=WordTeacher()),
        base_url=BASE,
    ) as client:
        assert client.get("/livez").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
        assert "does not answer" in ready.json()["detail"]
        for answer in (
            client.get("/v1/interactions"),
            client.post("/v1/interactions", json={"turns": WORDS}),
            client.get("/"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unreachable")
            assert answer.headers["retry-after"] == "5"
            assert "sesame" not in ready.text + answer.text
    nowhere.close()

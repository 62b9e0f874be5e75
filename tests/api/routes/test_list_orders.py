"""Orders and further filters of lists: whole by pages, whatever the page's size."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from api.steps.mine import mine
from api.store.database import Database
from api.store.tables import FindingRow
from tests.api.interactions import WordMiner

BEGAN = ("2026-03-05T09:00:00Z", "2026-03-01T09:00:00.000001Z", None, "2026-03-01T09:00:00Z")


@pytest.fixture(scope="module")
def ids(client: TestClient, database: Database) -> list[str]:
    """Four interactions with two findings each, whose confidences are equal in pairs."""
    found = []
    for number, at in enumerate(BEGAN):
        turns = [{"speaker": "customer", "text": f"{word} leaks."} for word in ("Kettle", "Lid")]
        metadata = {"product": f"P{number % 2}", "region": "UK"}
        body = {"started_at": at, "turns": turns, "metadata": metadata}
        found.append(client.post("/v1/interactions", json=body).json()["id"])
    mine(database, WordMiner(), [UUID(id) for id in found[:3]])
    with database.session() as session:
        for number, id in enumerate(found):
            session.execute(
                update(FindingRow)
                .where(FindingRow.interaction_id == UUID(id))
                .values(confidence=0.1 + 0.2 * (number % 2))
            )
    return found


def walked(client: TestClient, path: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    answer = client.get(f"/v1/{path}", params=params)
    while True:
        assert answer.status_code == 200, answer.text
        found += answer.json()["data"]
        if "next" not in answer.links:
            return found
        answer = client.get(answer.links["next"]["url"])


@pytest.mark.parametrize("limit", [1, 3, 200])
@pytest.mark.parametrize(
    ("sort", "order"),
    [("newest", (3, 2, 1, 0)), ("oldest", (0, 1, 2, 3)), ("started_at", (2, 0, 1, 3))],
)
def test_interactions_in_an_order(
    client: TestClient, ids: list[str], limit: int, sort: str, order: tuple[int, ...]
) -> None:
    found = walked(client, "interactions", sort=sort, limit=limit)
    assert [row["id"] for row in found] == [ids[number] for number in order]


@pytest.mark.parametrize("limit", [1, 4, 200])
def test_findings_by_confidence(client: TestClient, ids: list[str], limit: int) -> None:
    found = walked(client, "findings", sort="confidence", limit=limit)
    places = [(row["confidence"], row["id"]) for row in found]
    assert len(places) == 6
    assert places == sorted(places, reverse=True)
    uk = walked(client, "findings", sort="confidence", limit=limit, metadata="region=UK")
    assert uk == found


@pytest.mark.parametrize(
    ("path", "params", "count"),
    [
        ("interactions", {"product": "P0"}, 2),
        ("interactions", {"product": "P0", "metadata": "region=UK"}, 2),
        ("interactions", {"metadata": "region=US"}, 0),
        ("interactions", {"sentiment": "negative"}, 3),
        ("interactions", {"sentiment": "positive"}, 0),
        ("interactions", {"category": "product_defect"}, 3),
        ("interactions", {"category": "feature_request"}, 0),
        ("findings", {"product": "P1"}, 2),
        ("findings", {"metadata": "product=P0"}, 4),
        ("findings", {"words": "kettles"}, 3),
        ("findings", {"words": "kettles -leak"}, 0),
    ],
)
def test_further_filters(
    client: TestClient, ids: list[str], path: str, params: dict[str, str], count: int
) -> None:
    assert len(walked(client, path, limit=2, **params)) == count


@pytest.mark.parametrize(
    ("path", "sorts"),
    [("interactions", ("newest", "started_at")), ("findings", ("confidence", "newest"))],
)
def test_a_cursor_of_another_order_is_refused(
    client: TestClient, ids: list[str], path: str, sorts: tuple[str, str]
) -> None:
    first, second = sorts
    cursor = client.get(f"/v1/{path}", params={"sort": first, "limit": 1}).json()["next"]
    answer = client.get(f"/v1/{path}", params={"sort": second, "cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/cursor")

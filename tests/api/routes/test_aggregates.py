"""Aggregates: counts by one or more things, with what they are counted over."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from api.steps.mine import mine
from api.store import aggregates
from api.store.aggregates import Counted
from api.store.database import Database
from api.store.department_tables import DepartmentRow, RoutedRow
from api.store.ids import new_id
from api.store.tables import FindingRow
from api.store.view import View
from tests.api.interactions import WordMiner

WORDS = {"product_defect": "leaks", "documentation_error": "manual"}
CALLS = (
    ("Kettle", "call", "2026-03-02T09:00:00Z", ["It leaks.", "It leaks still."]),
    ("Kettle", "call", "2026-03-03T09:00:00Z", ["The manual says it leaks."]),
    ("Toaster", "email", "2026-03-09T23:30:00Z", ["The manual is wrong."]),
    ("Toaster", "email", "2026-04-01T09:00:00Z", ["Thanks."]),
)


@pytest.fixture(scope="module")
def ids(client: TestClient, database: Database) -> list[str]:
    """Four mined interactions, and one that waits."""
    found = []
    for product, channel, at, said in (*CALLS, ("Kettle", "call", "2026-03-02T09:00:00Z", ["x"])):
        turns = [{"speaker": "customer", "text": text} for text in said]
        body = {"channel": channel, "started_at": at, "turns": turns}
        metadata = {"product": product, "region": "UK"}
        answer = client.post("/v1/interactions", json={**body, "metadata": metadata})
        found.append(answer.json()["id"])
    mine(database, WordMiner(words=WORDS), [UUID(id) for id in found[:4]])
    return found


def counted(client: TestClient, **params: Any) -> dict[str, Any]:
    answer = client.get("/v1/aggregates", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(found: dict[str, Any]) -> dict[tuple[Any, ...], tuple[int | None, int]]:
    return {
        tuple(group["values"].values()): (group["findings"], group["interactions"])
        for group in found["groups"]
    }


@pytest.mark.parametrize(
    ("params", "groups"),
    [
        ({}, {("product_defect",): (3, 2), ("documentation_error",): (2, 2)}),
        (
            {"by": "product,category"},
            {
                ("Kettle", "product_defect"): (3, 2),
                ("Kettle", "documentation_error"): (1, 1),
                ("Toaster", "documentation_error"): (1, 1),
            },
        ),
        ({"by": "week"}, {("2026-03-02",): (4, 2), ("2026-03-09",): (1, 1)}),
        ({"by": "month"}, {("2026-03-01",): (5, 3)}),
        ({"by": "day", "until": "2026-03-03T00:00:00Z"}, {("2026-03-02",): (2, 1)}),
        ({"by": "metadata.region"}, {("UK",): (5, 3)}),
        ({"by": "version"}, {(None,): (5, 3)}),
        ({"by": "theme"}, {(None,): (5, 3)}),
        ({"by": "channel", "category": "product_defect"}, {("call",): (3, 2)}),
        ({"by": "channel", "product": "Toaster"}, {("email",): (1, 1)}),
        ({"by": "sentiment", "measure": "sentiment"}, {("negative",): (5, 3)}),
        (
            {"by": "channel", "measure": "interactions"},
            {("call",): (None, 2), ("email",): (None, 2)},
        ),
        (
            {"by": "channel", "measure": "interactions", "category": "product_defect"},
            {("call",): (3, 2)},
        ),
        ({"by": "channel", "min_confidence": 0.9}, {}),
        ({"by": "channel", "unsure": "true"}, {}),
    ],
)
def test_counts(
    client: TestClient, ids: list[str], params: dict[str, str], groups: dict[Any, Any]
) -> None:
    assert listed(counted(client, **params)) == groups


def test_what_it_is_counted_over(client: TestClient, ids: list[str]) -> None:
    found = counted(client)
    basis = found["basis"]
    assert basis["interactions"] == 4
    assert basis["models"] == ["words-1"]
    assert basis["coverage"]["value"] == pytest.approx(4 / 5)
    assert (basis["since"], basis["until"]) == ("2026-03-02T09:00:00Z", "2026-04-01T09:00:00Z")
    group = found["groups"][0]
    share = group["share"]
    assert share["value"] == pytest.approx(2 / 4)
    assert 0 < share["low"] < share["value"] < share["high"] < 1
    assert group["sentiment"]["value"] == -1
    narrow = counted(client, product="Toaster")["basis"]
    assert (narrow["interactions"], narrow["coverage"]["value"]) == (2, 1)
    assert counted(client, since="2027-01-01T00:00:00Z")["basis"]["coverage"] is None


def test_groups_beyond_the_limit_are_summed_up(client: TestClient, ids: list[str]) -> None:
    found = counted(client, by="day", limit=1)
    assert len(found["groups"]) == 1
    assert found["others"] == {"groups": 2, "findings": 3, "interactions": 2}


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"by": "colour"}, "/by"),
        ({"by": "metadata."}, "/by"),
        ({"by": ","}, "/by"),
        ({"by": "day,day"}, "/by"),
        ({"by": "day,week,month,channel"}, "/by"),
        ({"category": "none"}, "/category"),
        ({"measure": "words"}, "/measure"),
    ],
)
def test_what_cannot_be_counted(client: TestClient, params: dict[str, str], pointer: str) -> None:
    answer = client.get("/v1/aggregates", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_department_counts_what_reached_it(database: Database, ids: list[str]) -> None:
    with database.session() as session:
        department = new_id()
        session.add(DepartmentRow(id=department, name="own", title="Without rules"))
        session.flush()
        here = FindingRow.interaction_id == UUID(ids[1])
        wanted = select(FindingRow).where(here, FindingRow.category == "documentation_error")
        finding = session.scalars(wanted).one()
        place = {"passage": finding.passage, "turn": finding.turn}
        session.execute(
            insert(RoutedRow).values(
                department_id=department,
                finding_id=finding.id,
                interaction_id=UUID(ids[1]),
                **place,
            )
        )
    with database.session(View(department=department)) as session:
        (group,) = aggregates.groups(session, ["category"], Counted(), findings=True)
        assert (group.values, group.findings) == (("documentation_error",), 1)
        assert aggregates.base(session, Counted()).mined == 1

"""Rules, inboxes and answers over the API, over findings that were mined for real."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.steps.route import apply_next
from api.store.database import Database
from api.store.department_tables import DepartmentRow, EventRow, RoutedRow
from api.store.inbox_tables import ItemRow
from api.store.tables import FindingRow
from api.store.view import View
from tests.api.themes import SCOPE, gather, say, texts, themes


@pytest.fixture(scope="module", autouse=True)
def filled(database: Database) -> None:
    """Two themes of defects; that of the kettle is larger, and of an older version."""
    fields: dict[str, Any] = {"metadata": {"product": "Kettle 3", "version": "2.9", "region": "EU"}}
    say(database, texts("kettle", 8), **fields)
    say(database, texts("screen", 5), metadata={"product": "Tablet", "version": "2.10"})
    gather(database)


@pytest.fixture(scope="module")
def departments(client: TestClient) -> dict[str, str]:
    found = client.get("/v1/departments").json()["data"]
    return {row["name"]: row["id"] for row in found}


def read(client: TestClient, url: str = "/v1/inbox", **params: Any) -> list[dict[str, Any]]:
    answer = client.get(url, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def patch(client: TestClient, url: str, **body: Any) -> dict[str, Any]:
    answer = client.patch(url, json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events(database: Database, item: str) -> list[str]:
    with database.session() as session:
        rows = session.scalars(select(EventRow).order_by(EventRow.position))
        return [row.type for row in rows if row.data.get("item") == item]


def test_a_theme_makes_one_item_of_the_department(
    client: TestClient, departments: dict[str, str], database: Database
) -> None:
    found = read(client, department=departments["engineering"], category=SCOPE)
    kettle = themes(database)["kettle"]
    assert [row["findings"] for row in found] == [8, 5]
    assert found[0]["theme"]["id"] == str(kettle.id)
    assert found[0]["theme"]["name"] == kettle.name
    assert (found[0]["interactions"], found[0]["negative"], found[0]["state"]) == (8, 8, "open")
    assert len(found[0]["quotes"]) == 3
    assert found[0]["due_at"] > found[0]["opened_at"]
    assert not found[0]["overdue"]
    assert read(client, department=departments["documentation"]) == []
    assert events(database, found[0]["id"]) == ["item.opened"]
    counted = client.get(f"/v1/departments/{departments['engineering']}").json()
    assert counted["items"] == {"open": 2}


def test_items_in_their_orders_page_by_page(client: TestClient) -> None:
    for sort in ("size", "newest", "heard", "due"):
        seen: list[dict[str, Any]] = []
        params: dict[str, Any] = {"sort": sort, "limit": 1}
        while True:
            page = client.get("/v1/inbox", params=params).json()
            seen += page["data"]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
        assert seen == read(client, sort=sort)
        assert len(seen) == 2
    assert read(client, overdue=True) == []
    assert len(read(client, overdue=False)) == 2
    assert read(client, state=["fixed", "declined"]) == []
    later = datetime.now(UTC) + timedelta(days=20)
    assert len(read(client, due_before=later.isoformat())) == 2
    assert set(read(client, fields="id,state")[0]) == {"id", "state"}


def test_what_is_said_is_kept_and_told(client: TestClient, database: Database) -> None:
    item = read(client)[1]
    url = item["url"]
    etag = client.get(url).headers["etag"]
    assert client.patch(url, json={"state": "planned"}).status_code == 428
    planned = client.patch(
        url,
        json={"state": "planned", "answer": "In May.", "note": "Call +44 20 7946 0958"},
        headers={"If-Match": etag},
    )
    assert planned.status_code == 200, planned.text
    late = client.patch(url, json={"state": "open"}, headers={"If-Match": etag})
    assert late.json()["code"] == "changed"
    assert planned.json()["state"] == "planned"
    last = read(client, f"{url}/history")
    assert [(row["kind"], row["before"], row["after"]) for row in last] == [
        ("changed", "open", "planned"),
        ("opened", "open", "open"),
    ]
    assert last[0]["by"] == "local"
    assert "7946" not in last[0]["note"]
    assert last[0]["answer"] == "In May."
    evidence = read(client, f"{url}/findings", limit=2)
    assert len(evidence) == 2
    assert {row["theme"] for row in evidence} == {item["theme"]["id"]}
    told = read(client, f"/v1/interactions/{evidence[0]['interaction']}/answers")
    assert [(row["answer"], row["state"], row["department"]) for row in told] == [
        ("In May.", "planned", "Engineering")
    ]
    assert events(database, item["id"]) == ["item.opened", "item.changed"]
    assert patch(client, url, state="acknowledged", answer="")["answer"] == ""
    assert read(client, f"/v1/interactions/{evidence[0]['interaction']}/answers") == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"state": "declined"}, "/reason"),
        ({"state": "declined", "reason": "  "}, "/reason"),
        ({"reason": "because"}, "/reason"),
        ({"fixed_in": "2.1"}, "/fixed_in"),
        ({"state": "lost"}, "/state"),
        ({}, ""),
    ],
)
def test_what_cannot_be_said(client: TestClient, body: dict[str, Any], pointer: str) -> None:
    url = read(client)[0]["url"]
    answer = client.patch(url, json=body, headers={"If-Match": "*"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_fixed_is_open_again_when_it_is_reported_after_that(
    client: TestClient, database: Database
) -> None:
    item = read(client)[0]
    patch(client, item["url"], state="declined", reason="Works as it should.")
    fixed = patch(client, item["url"], state="fixed", fixed_in="3.0", answer="Fixed in 3.0.")
    assert (fixed["reason"], fixed["fixed_in"]) == ("", "3.0")
    before = datetime.fromisoformat(fixed["fixed_at"]) - timedelta(days=1)
    say(database, texts("kettle", 1, first=50), started_at=before)
    assert client.get(item["url"]).json()["state"] == "fixed"
    say(database, texts("kettle", 1, first=51), started_at=before + timedelta(days=2))
    again = client.get(item["url"]).json()
    assert (again["state"], again["fixed_at"], again["answer"]) == ("open", None, "")
    assert again["findings"] == item["findings"] + 2
    assert read(client, f"{item['url']}/history")[0]["kind"] == "reopened"
    assert events(database, item["id"])[-1] == "item.reopened"


def test_a_rule_is_tried_saved_and_applied(
    client: TestClient, departments: dict[str, str], database: Database
) -> None:
    department = departments["product_marketing"]
    text = 'product = "kettle 3" and version < 2.10 and not metadata.region = "US"'
    tried = client.post("/v1/rules/try", json={"rule": text, "department": department}).json()
    assert (tried["findings"], tried["in_interactions"], tried["delivered"]) == (8, 8, 0)
    assert [row["findings"] for row in tried["themes"]] == [8]
    assert len(tried["examples"]) == 5
    assert read(client, department=department) == []
    made = client.post(
        "/v1/rules",
        json={"department": department, "title": "Kettles", "rule": text, "fewest": 8},
    )
    assert made.status_code == 201, made.text
    assert read(client, department=department) == [], "it is about what comes in from now on"
    job = client.post(f"{made.json()['url']}/apply")
    assert job.status_code == 202, job.text
    while client.get(job.headers["location"]).json()["state"] == "running":
        apply_next(database, UUID(job.json()["id"]))
    done = client.get(job.headers["location"]).json()
    assert (done["kind"], done["state"]) == ("route", "done")
    assert [row["findings"] for row in read(client, department=department)] == [8]
    again = client.post("/v1/rules/try", json={"rule": text, "department": department}).json()
    assert again["delivered"] == 8
    with database.session(View(department=UUID(department))) as session:
        assert len(session.scalars(select(FindingRow)).all()) == 8
        assert len(session.scalars(select(ItemRow)).all()) == 1
    url = made.json()["url"]
    assert patch(client, url, enabled=False)["enabled"] is False
    off = client.post(f"{url}/apply")
    assert off.json()["code"] == "still_needed"
    assert client.delete(url).status_code == 204
    assert len(read(client, department=department)) == 1


def test_the_evaluation_that_is_tried_is_the_one_that_routes(
    client: TestClient, departments: dict[str, str], database: Database
) -> None:
    department = departments["documentation"]
    for number, text in enumerate(
        (
            'words has "goes black" and confidence >= 0.5',
            "version >= 2.10",
            "product in (tablet, kettle) and not unsure",
            f'theme = "{themes(database)["screen"].id}"',
            "metadata.region is missing and sentiment = negative and product is not missing",
        )
    ):
        made = client.post(
            "/v1/rules",
            json={"department": department, "title": f"Rule {number}", "rule": text},
        )
        assert made.status_code == 201, (text, made.text)
        body = {"rule": text, "department": department}
        before = client.post("/v1/rules/try", json=body).json()
        fresh = texts("screen", 2, first=100 + 10 * number)
        say(database, fresh, metadata={"product": "Tablet", "version": "2.10"})
        after = client.post("/v1/rules/try", json=body).json()
        new = after["findings"] - before["findings"]
        assert new == after["delivered"] - before["delivered"] == 2, text
        client.delete(made.json()["url"])


def test_each_finding_at_once_folds_into_its_theme(
    client: TestClient, departments: dict[str, str], database: Database
) -> None:
    department = departments["support"]
    made = client.post(
        "/v1/rules",
        json={
            "department": department,
            "title": "Parcels",
            "rule": 'words has "arrived broken"',
            "delivers": "findings",
            "due_days": 1,
        },
    )
    say(database, texts("parcel", 6))
    single = read(client, department=department)
    assert [row["findings"] for row in single] == [1] * 6
    assert all(row["theme"] is None and row["finding"] for row in single)
    patch(client, single[0]["url"], state="acknowledged")
    gather(database)
    (item,) = read(client, department=department)
    assert item["theme"]["id"] == str(themes(database)["parcel"].id)
    assert (item["findings"], item["state"]) == (6, "open")
    assert client.get(single[0]["url"]).json()["folded_into"] == item["id"]
    refused = client.patch(single[0]["url"], json={"state": "open"}, headers={"If-Match": "*"})
    assert refused.status_code == 422
    kinds = {row["kind"] for row in read(client, f"{item['url']}/history")}
    assert kinds == {"took_in"}
    client.delete(made.json()["url"])


def test_a_rule_that_makes_no_sense_is_refused(
    client: TestClient, departments: dict[str, str]
) -> None:
    for text, words in (
        ("catgeory = x", "did you mean 'category'?"),
        ("category = product_defct", "did you mean 'product_defect'?"),
        ("category = product_defect and", "the rule ends"),
        ('theme = "nobody says that"', "/v1/themes"),
        ('words has "jane.doe@example.com"', "column 11"),
    ):
        body = {"department": departments["support"], "title": "x", "rule": text}
        answer = client.post("/v1/rules", json=body)
        assert answer.status_code == 422, text
        assert answer.json()["errors"][0]["pointer"] == "/rule"
        assert words in answer.json()["errors"][0]["message"], text


def test_departments_come_and_go(client: TestClient, database: Database) -> None:
    body = {"name": "legal", "title": "Legal"}
    made = client.post("/v1/departments", json=body)
    assert made.status_code == 201, made.text
    assert client.post("/v1/departments", json=body).json()["code"] == "name_taken"
    url = made.json()["url"]
    assert patch(client, url, title="Law")["title"] == "Law"
    taken = client.patch(url, json={"name": "support"}, headers={"If-Match": "*"})
    assert taken.json()["code"] == "name_taken"
    rule = {"department": made.json()["id"], "title": "All", "rule": "confidence > 0"}
    assert client.post("/v1/rules", json=rule).status_code == 201
    say(database, texts("kettle", 1, first=70))
    assert len(read(client, department=made.json()["id"])) == 1
    assert client.delete(url).status_code == 204
    with database.session() as session:
        rows = session.scalars(select(DepartmentRow.name)).all()
        assert "legal" not in rows
        left = select(RoutedRow.department_id).where(
            RoutedRow.department_id == UUID(made.json()["id"])
        )
        assert session.scalars(left).all() == []


def test_what_is_not_there(client: TestClient) -> None:
    for noun in ("departments", "rules", "inbox"):
        url = f"/v1/{noun}/{uuid4()}"
        assert client.get(url).json()["code"] == "not_found"
    answer = client.get("/v1/inbox", params={"department": str(uuid4())})
    assert answer.json()["errors"][0]["pointer"] == "/department"

"""Keys over the API: who may enter, who may hand out what, and how fast anybody may ask."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api import access
from api.app import NOUNS
from api.auth import SCOPES
from api.callers import Callers
from api.manners.limits import Buckets
from api.store.database import Database
from api.store.key_tables import KeyRow
from api.store.tables import IdempotencyRow
from tests.api.keyed import asking, bearer, departments, make_key

URL = "/v1/keys"


@pytest.fixture(scope="module")
def admin(database: Database) -> dict[str, str]:
    """Headers of whoever may do everything."""
    return bearer(make_key(database, name="the admin's"))


def make(client: TestClient, headers: dict[str, str], **body: Any) -> Any:
    given = {"name": "a key", "scopes": ["read"], **body}
    return client.post(URL, json=given, headers=headers)


def test_every_route_below_v1_says_what_it_needs() -> None:
    routes = [route for noun in NOUNS for route in noun.router.routes]
    assert len(routes) > 40
    assert [route.path for route in routes if not access.needs_of(route)] == []
    bare = APIRoute("/bare", lambda: None)
    assert access.needs_of(bare) == []


def test_every_operation_tells_its_scope_and_its_limits(keyed: TestClient) -> None:
    document = keyed.get("/openapi.json").json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if not path.startswith("/v1/"):
                assert "security" not in operation
                continue
            assert operation["security"] == [{"key": []}], path
            assert all(f"`{scope}`" in operation["description"] for scope in operation["x-scopes"])
            for status, code in ((401, "unauthorized"), (403, "forbidden")):
                said = operation["responses"][str(status)]["content"]["application/problem+json"]
                assert code in said["examples"]
            assert "RateLimit" in operation["responses"]["429"]["headers"]
    assert document["paths"]["/v1/keys"]["post"]["x-scopes"] == ["admin"]
    assert document["paths"]["/v1/audit"]["get"]["x-whole"] is True


# Who may enter


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (None, 'Bearer realm="conduit"'),
        ("Basic bWU6aHVudGVyMg==", 'Bearer realm="conduit"'),
        ("Bearer nonsense", 'Bearer realm="conduit", error="invalid_token"'),
        ("Bearer cdt_0123456789ab_" + "0" * 40, 'Bearer realm="conduit", error="invalid_token"'),
    ],
)
def test_nobody_enters_without_a_key(keyed: TestClient, sent: str | None, said: str) -> None:
    headers = {} if sent is None else {"Authorization": sent}
    for path in ("/v1/interactions", "/v1/me", "/v1/formats", f"/v1/themes/{uuid4()}"):
        answer = keyed.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == said
        assert answer.headers["ratelimit"]
    for path in ("/livez", "/readyz", "/openapi.json", "/docs"):
        assert keyed.get(path, headers=headers).status_code == 200


def test_keys_that_do_not_work_get_one_answer(keyed: TestClient, database: Database) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    expired = make_key(database, expires=past)
    revoked = make_key(database)
    working = make_key(database)
    with database.session() as session:
        prefix = revoked.split("_")[1]
        session.execute(
            update(KeyRow).where(KeyRow.prefix == prefix).values(revoked_at=datetime.now(UTC))
        )
    answers = []
    for key in (expired, revoked, working[:-1] + ("0" if working[-1] != "0" else "1")):
        answer = keyed.get("/v1/me", headers=bearer(key))
        found = answer.json()
        assert answer.status_code == 401
        answers.append((found["detail"], answer.headers["www-authenticate"]))
    assert len(set(answers)) == 1
    assert keyed.get("/v1/me", headers=bearer(working)).status_code == 200


def test_an_open_service_needs_none_and_takes_one(client: TestClient, database: Database) -> None:
    assert client.get("/v1/me").json()["name"] == "local"
    assert client.get("/v1/me").json()["scopes"] == sorted(SCOPES)
    reader = bearer(make_key(database, scopes=["read"], name="reader"))
    assert client.get("/v1/me", headers=reader).json()["name"] == "reader"
    assert client.get(URL, headers=reader).status_code == 403
    assert client.get("/v1/me", headers=bearer("cdt_x")).status_code == 401


def test_who_asks_is_told(keyed: TestClient, database: Database) -> None:
    engineering = departments(database)["engineering"]
    key = make_key(database, scopes=["read", "label"], department=engineering, name="theirs")
    found = keyed.get("/v1/me", headers=bearer(key)).json()
    assert found.pop("id")
    assert found == {
        "name": "theirs",
        "scopes": ["label", "read"],
        "department": {"id": str(engineering), "name": "engineering"},
    }


def test_a_scope_that_is_lacking_is_named(keyed: TestClient, database: Database) -> None:
    key = bearer(make_key(database, scopes=["submit"]))
    answer = keyed.get("/v1/findings", headers=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "'read'" in answer.json()["detail"]
    bound = bearer(make_key(database, department=departments(database)["support"]))
    answer = keyed.get("/v1/themes/quality", headers=bound)
    assert answer.status_code == 403
    assert "all departments" in answer.json()["detail"]


def test_a_use_is_written_down(keyed: TestClient, database: Database, admin: Any) -> None:
    key = make_key(database, name="used")
    assert keyed.get("/v1/me", headers=bearer(key)).status_code == 200
    prefix = key.split("_")[1]
    with database.session() as session:
        row = session.scalar(select(KeyRow).where(KeyRow.prefix == prefix))
    assert row is not None
    assert row.last_used_at is not None
    assert row.revision == 1
    keyed.get("/v1/me", headers=bearer(key))
    with database.session() as session:
        again = session.get_one(KeyRow, row.id)
    assert again.last_used_at == row.last_used_at


def test_a_key_is_kept_in_mind_for_its_time(app: FastAPI, database: Database) -> None:
    key = bearer(make_key(database))
    with asking(app, database) as client:
        callers = Callers(database, asks_for_keys=True, seconds=3600)
        client.app.state.callers = callers  # type: ignore[attr-defined]  # an app of ours
        assert client.get("/v1/me", headers=key).status_code == 200
        with database.session() as session:
            session.execute(
                update(KeyRow)
                .values(revoked_at=datetime.now(UTC))
                .where(KeyRow.prefix == key["Authorization"].split("_")[1])
            )
        assert client.get("/v1/me", headers=key).status_code == 200
        callers._keys._kept.clear()
        assert client.get("/v1/me", headers=key).status_code == 401


# Keys that are handed out


def test_a_key_is_made_shown_once_and_works(
    keyed: TestClient, database: Database, admin: dict[str, str]
) -> None:
    answer = make(keyed, {**admin, "Idempotency-Key": "one-key"}, name=" nightly   export ")
    assert answer.status_code == 201
    found = answer.json()
    assert found["key"].startswith(f"cdt_{found['prefix']}_")
    assert len(found["key"].split("_")[2]) * 4 >= 160
    assert found["name"] == "nightly export"
    assert answer.headers["location"] == found["url"]
    assert keyed.get("/v1/me", headers=bearer(found["key"])).json()["id"] == found["id"]
    read = keyed.get(found["url"], headers=admin)
    assert read.headers["etag"] == answer.headers["etag"]
    assert "key" not in read.json()
    again = make(keyed, {**admin, "Idempotency-Key": "one-key"}, name=" nightly   export ")
    assert (again.status_code, again.json()) == (201, {**found, "key": None})
    secret = found["key"].split("_")[2]
    with database.session() as session:
        kept = session.scalars(select(IdempotencyRow.body)).all()
        row = session.get_one(KeyRow, UUID(found["id"]))
    assert not any(secret.encode() in body for body in kept)
    assert secret not in repr(vars(row))


def test_a_key_is_rotated_with_an_overlap(
    keyed: TestClient, database: Database, admin: dict[str, str]
) -> None:
    made = make(keyed, admin).json()
    rotated = keyed.post(f"{made['url']}/rotate", headers=admin).json()
    assert rotated["prefix"] == made["prefix"]
    assert rotated["key"] != made["key"]
    assert rotated["rotated_until"] is not None
    for key in (made["key"], rotated["key"]):
        assert keyed.get("/v1/me", headers=bearer(key)).status_code == 200
    past = datetime.now(UTC) - timedelta(seconds=1)
    with database.session() as session:
        session.execute(
            update(KeyRow).where(KeyRow.id == UUID(made["id"])).values(previous_until=past)
        )
    assert keyed.get("/v1/me", headers=bearer(made["key"])).status_code == 401
    at_once = keyed.post(f"{made['url']}/rotate", json={"overlap_minutes": 0}, headers=admin).json()
    assert at_once["rotated_until"] is None
    assert keyed.get("/v1/me", headers=bearer(rotated["key"])).status_code == 401
    assert keyed.get("/v1/me", headers=bearer(at_once["key"])).status_code == 200


def test_a_key_is_changed_and_revoked(keyed: TestClient, admin: dict[str, str]) -> None:
    made = make(keyed, admin).json()
    url, mine = made["url"], bearer(made["key"])
    assert keyed.patch(url, json={"name": "x"}, headers=admin).status_code == 428
    match = {**admin, "If-Match": '"1"'}
    changed = keyed.patch(url, json={"scopes": ["submit"]}, headers=match)
    assert changed.json()["scopes"] == ["submit"]
    assert keyed.patch(url, json={"name": "x"}, headers=match).status_code == 412
    assert keyed.get("/v1/findings", headers=mine).status_code == 403
    assert keyed.delete(url, headers=admin).status_code == 204
    assert keyed.delete(url, headers=admin).status_code == 204
    assert keyed.get("/v1/me", headers=mine).status_code == 401
    assert keyed.get(url, headers=admin).json()["revoked_at"]
    assert (
        keyed.patch(url, json={"name": "x"}, headers={**admin, "If-Match": "*"}).status_code == 404
    )
    assert keyed.post(f"{url}/rotate", headers=admin).status_code == 404
    listed = keyed.get(URL, params={"revoked": True, "fields": "id"}, headers=admin).json()["data"]
    assert {"id": made["id"]} in listed
    others = keyed.get(URL, params={"revoked": False}, headers=admin).json()["data"]
    assert made["id"] not in {row["id"] for row in others}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["write"]}, "/scopes/0"),
        ({"department": str(uuid4())}, "/department"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"digest": "x"}, "/digest"),
    ],
)
def test_what_no_key_can_be(
    keyed: TestClient, admin: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    answer = make(keyed, admin, **body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_nobody_hands_out_what_they_lack(keyed: TestClient, database: Database) -> None:
    engineering, support = (departments(database)[name] for name in ("engineering", "support"))
    limited = bearer(make_key(database, scopes=["admin", "read"], department=engineering))
    made = make(keyed, limited)
    assert made.json()["department"] == str(engineering)
    assert make(keyed, limited, department=str(engineering)).status_code == 201
    for body in ({"scopes": ["label"]}, {"department": str(support)}, {"department": None}):
        assert make(keyed, limited, **body).status_code == 403, body
    match = {**limited, "If-Match": "*"}
    raised = keyed.patch(made.json()["url"], json={"scopes": ["submit"]}, headers=match)
    assert raised.status_code == 403


def test_nobody_takes_over_a_key_that_may_do_more(
    keyed: TestClient, database: Database, admin: dict[str, str]
) -> None:
    strong = make(keyed, admin, scopes=["admin", "read", "label"]).json()
    weak = bearer(make_key(database, scopes=["admin"]))
    assert keyed.post(f"{strong['url']}/rotate", headers=weak).status_code == 403
    match = {**weak, "If-Match": "*"}
    assert keyed.patch(strong["url"], json={"name": "x"}, headers=match).status_code == 403


def test_a_department_sees_its_own_keys(
    keyed: TestClient, database: Database, admin: dict[str, str]
) -> None:
    engineering, support = (departments(database)[name] for name in ("engineering", "support"))
    bound = bearer(make_key(database, department=engineering))
    other = make(keyed, admin, department=str(support)).json()
    listed = keyed.get(URL, headers=bound).json()["data"]
    assert listed
    assert {row["department"] for row in listed} == {str(engineering)}
    assert keyed.get(other["url"], headers=bound).status_code == 404
    assert keyed.delete(other["url"], headers=bound).status_code == 404


def test_what_is_done_to_keys_is_logged(keyed: TestClient, admin: dict[str, str]) -> None:
    made = make(keyed, {**admin, "X-Request-ID": "made-here"}).json()
    keyed.post(f"{made['url']}/rotate", headers=admin)
    keyed.delete(made["url"], headers=admin)
    rows = keyed.get("/v1/audit", params={"about": made["id"]}, headers=admin).json()["data"]
    assert [row["action"] for row in rows] == ["key.revoked", "key.rotated", "key.created"]
    assert rows[-1]["request_id"] == "made-here"
    assert {row["name"] for row in rows} == {"the admin's"}
    seen: list[Any] = []
    params: dict[str, Any] = {"limit": 1, "action": "key."}
    while len(seen) < 3:
        page = keyed.get("/v1/audit", params=params, headers=admin).json()
        seen += page["data"]
        params["cursor"] = page["next"]
    assert (
        seen == keyed.get("/v1/audit", params={"action": "key."}, headers=admin).json()["data"][:3]
    )


# How fast


def test_a_bucket_empties_and_fills() -> None:
    buckets = Buckets(per_second=2, burst=3)
    left = [buckets.take("a", 10.0) for _ in range(4)]
    assert [one.allowed for one in left] == [True, True, True, False]
    assert [one.tokens for one in left] == [2, 1, 0, 0]
    assert (left[-1].full_in, left[-1].next_in) == (2, 1)
    assert buckets.take("b", 10.0).allowed
    assert not buckets.take("a", 10.4).allowed
    assert buckets.take("a", 10.5).allowed
    assert buckets.take("a", 99.0).tokens == 2


def test_who_asks_too_fast_is_told_when_to_come_back(app: FastAPI, database: Database) -> None:
    key, other = (bearer(make_key(database)) for _ in range(2))
    with asking(app, database, rate_per_second=0.001, rate_burst=2) as client:
        first, second, third = (client.get("/v1/me", headers=key) for _ in range(3))
        assert first.headers["ratelimit-policy"] == '"key";q=2;w=2000'
        assert first.headers["ratelimit"] == '"key";r=1;t=1000'
        assert second.headers["ratelimit"].startswith('"key";r=0;')
        assert (third.status_code, third.json()["code"]) == (429, "too_many_requests")
        assert int(third.headers["retry-after"]) > 900
        assert third.headers["ratelimit"].startswith('"key";r=0;')
        assert third.headers["x-request-id"] == third.json()["request_id"]
        assert client.get("/v1/me", headers=other).status_code == 200
        assert client.get("/livez").headers.get("ratelimit") is None
        tried = [client.get("/v1/me", headers=bearer(f"cdt_{number}")) for number in range(3)]
        assert [answer.status_code for answer in tried] == [401, 401, 429]


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/interactions?limit=0", "/v1/me"])
def test_every_answer_below_v1_tells_the_limit(client: TestClient, path: str) -> None:
    assert client.get(path).headers["ratelimit-policy"] == '"key";q=2000;w=2'
    assert client.get(path, headers={"host": "evil.example"}).headers["ratelimit"]

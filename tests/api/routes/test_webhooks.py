"""Webhooks over the API: made, tried, replayed, rotated; events as a list and as a stream."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook
from starlette.testclient import TestClient

from api.app import create_app
from api.callers import Callers
from api.settings import Settings
from api.steps.deliver import Courier, Round
from api.store import events, keys
from api.store.database import Database
from api.store.push_tables import DeliveryRow, WebhookRow
from api.store.view import View
from api.streams import Streams
from api.web import Server
from nlp.redact import Redactor
from tests.api import keyed
from tests.api.interactions import WordTeacher
from tests.api.receiver import Receiver, receiving
from tests.api.waiting import wait_until

URL = "/v1/webhooks"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("home")
    return Settings(
        home=home, webhooks_allow_http=True, webhooks_allow_private="127.0.0.0/8", streams=2
    )


@pytest.fixture(scope="module")
def app(database: Database, redactor: Redactor, settings: Settings) -> FastAPI:
    return create_app(settings, database, redactor=redactor, teacher=WordTeacher())


@contextmanager
def serving(app: FastAPI) -> Iterator[tuple[str, Server]]:
    """The service on a socket, as the web process runs it, until the block ends."""
    config = uvicorn.Config(app, port=0, log_level="error", access_log=False)
    server = Server(config, app.state.streams)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        threading.Event().wait(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", server
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive(), "streams keep the process from ending"


@pytest.fixture(scope="module")
def served(app: FastAPI) -> Iterator[str]:
    with serving(app) as (url, _):
        yield url


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def make(client: TestClient, url: str, **body: Any) -> dict[str, Any]:
    answer = client.post(URL, json={"url": url, **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{URL}/{found['id']}"
    return found


def deliver(database: Database, settings: Settings) -> None:
    """Brings what is due to its receivers, as a worker would."""
    with database.session() as session:
        ids = session.scalars(select(DeliveryRow.id).where(DeliveryRow.state == "pending")).all()
    for id in ids:
        asyncio.run(Round(Courier.of(settings, database)).deliver(id))


def test_a_secret_is_shown_once_and_stored_encrypted(
    client: TestClient, database: Database, receiver: Receiver
) -> None:
    body = {"url": receiver.url, "description": "for tickets"}
    key = {"Idempotency-Key": str(uuid4())}
    first = client.post(URL, json=body, headers=key)
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    again = client.post(URL, json=body, headers=key)
    assert again.json() == {**first.json(), "secret": None}
    read = client.get(f"{URL}/{first.json()['id']}")
    assert "secret" not in read.json()
    assert read.headers["etag"] == '"1"'
    with database.session() as session:
        stored = session.scalars(select(WebhookRow.secret)).all()
    assert all(secret.encode() not in one for one in stored)
    client.delete(f"{URL}/{first.json()['id']}")


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/", "http://169.254.169.254/", "ftp://a.example.com", "https://a:b@c.de/"],
)
def test_an_address_that_cannot_be_sent_to_is_told_at_once(client: TestClient, url: str) -> None:
    answer = client.post(URL, json={"url": url})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/url"


def test_the_test_button_says_what_happened(client: TestClient, receiver: Receiver) -> None:
    made = make(client, receiver.url, types=["item.opened"])
    receiver.answers[:] = [(404, {})]
    failed = client.post(f"{URL}/{made['id']}/test").json()
    assert (failed["state"], failed["status"], failed["error"]) == ("dead", 404, "status")
    found = client.post(f"{URL}/{made['id']}/test").json()
    assert (found["state"], found["status"], found["tries"]) == ("delivered", 204, 1)
    got = receiver.got[-1]
    assert Webhook(made["secret"]).verify(got.body, dict(got.headers)) == found["body"]
    assert got.headers["webhook-id"] == found["event"]
    assert found["type"] == "webhook.test"
    listed = client.get("/v1/events").json()["data"]
    assert "webhook.test" not in {event["type"] for event in listed}
    client.delete(f"{URL}/{made['id']}")


def test_deliveries_are_listed_and_replayed(
    client: TestClient, database: Database, settings: Settings, receiver: Receiver
) -> None:
    made = make(client, receiver.url)
    with database.session() as session:
        sent = [events.emit(session, "item.grew", {"n": n}, department=None) for n in range(3)]
    receiver.answers[:] = [(410, {})]
    deliver(database, settings)
    url = f"{URL}/{made['id']}"
    assert client.get(url).json()["disabled_reason"] == "gone"
    refused = client.post(url + "/replay", json={"since": "2020-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_disabled")
    on = client.patch(url, json={"enabled": True}, headers={"If-Match": "*"})
    assert on.json()["enabled"] is True
    dead = client.get(url + "/deliveries", params={"state": "dead"}).json()["data"]
    assert {row["event"] for row in dead} >= {str(id) for id in sent}
    one = client.post(dead[0]["url"] + "/replay")
    assert (one.status_code, one.json()["state"]) == (202, "pending")
    rest = client.post(url + "/replay", json={"since": "2020-01-01T00:00:00Z"})
    assert rest.json() == {"deliveries": len(dead) - 1}
    deliver(database, settings)
    page = client.get(url + "/deliveries", params={"limit": 2, "fields": "id,state"}).json()
    assert [row["state"] for row in page["data"]] == ["delivered"] * 2
    more = client.get(url + "/deliveries", params={"limit": 2, "cursor": page["next"]}).json()
    assert not {row["id"] for row in more["data"]} & {row["id"] for row in page["data"]}
    detail = client.get(dead[-1]["url"]).json()
    assert [row["number"] for row in detail["attempts"]] == [1, 2]
    assert client.get(f"{url}/deliveries/{uuid4()}").status_code == 404
    client.delete(url)
    assert client.get(url).status_code == 404


def test_a_secret_is_rotated_with_overlap(client: TestClient, receiver: Receiver) -> None:
    made = make(client, receiver.url)
    turned = client.post(f"{URL}/{made['id']}/rotate").json()
    assert turned["secret"] not in {None, made["secret"]}
    assert turned["rotating_until"] is not None
    client.post(f"{URL}/{made['id']}/test")
    for secret in (made["secret"], turned["secret"]):
        Webhook(secret).verify(receiver.got[-1].body, dict(receiver.got[-1].headers))
    ended = client.post(f"{URL}/{made['id']}/rotate", json={"overlap_hours": 0}).json()
    assert ended["rotating_until"] is None
    client.delete(f"{URL}/{made['id']}")


def test_a_change_needs_its_version(client: TestClient, receiver: Receiver) -> None:
    made = make(client, receiver.url)
    url = f"{URL}/{made['id']}"
    assert client.patch(url, json={"types": []}).status_code == 428
    assert client.patch(url, json={"types": []}, headers={"If-Match": '"9"'}).status_code == 412
    assert client.patch(url, json={}, headers={"If-Match": "*"}).status_code == 422
    bad = client.patch(url, json={"types": ["Item"]}, headers={"If-Match": "*"})
    assert bad.status_code == 422
    off = client.patch(url, json={"enabled": False}, headers={"If-Match": '"1"'}).json()
    assert (off["enabled"], off["disabled_reason"], off["revision"]) == (False, "person", 2)
    assert [row["id"] for row in client.get(URL, params={"enabled": False}).json()["data"]] == [
        made["id"]
    ]
    client.delete(url)


def test_a_department_that_is_not_there(client: TestClient) -> None:
    answer = client.post(URL, json={"url": "https://a.example.com/", "department": str(uuid4())})
    assert answer.status_code == 422


def test_events_are_polled_in_order(client: TestClient, database: Database) -> None:
    with database.session() as session:
        ids = [
            str(events.emit(session, f"theme.told_{n % 2}", {"n": n}, department=None))
            for n in range(5)
        ]
    found = client.get("/v1/events", params={"types": "theme."}).json()["data"]
    assert [row["id"] for row in found] == ids
    after = client.get("/v1/events", params={"after": found[1]["mark"], "types": "theme."})
    assert [row["id"] for row in after.json()["data"]] == ids[2:]
    odd = client.get("/v1/events", params={"types": "theme.told_1,other.type"}).json()["data"]
    assert [row["id"] for row in odd] == ids[1::2]
    seen, cursor = [], None
    while True:
        params: dict[str, str | int] = {"types": "theme.", "limit": 2}
        if cursor:
            params["cursor"] = cursor
        page = client.get("/v1/events", params=params).json()
        seen += [row["id"] for row in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ids
    for bad in ("1", "x-1", f"{2**63}-1"):
        assert client.get("/v1/events", params={"after": bad}).status_code == 422, bad


def _stream(lines: Iterator[str]) -> tuple[str, dict[str, Any]]:
    """The next event of a stream: its id and its data."""
    mark = ""
    for line in lines:
        if line.startswith("id: "):
            mark = line.removeprefix("id: ")
        if line.startswith("data: "):
            return mark, json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


def test_a_stream_goes_on_where_it_broke_off(served: str, database: Database) -> None:
    def tell(number: int) -> str:
        with database.session() as session:
            return str(events.emit(session, "area.told", {"n": number}, department=None))

    url = f"{served}/v1/events/stream"
    with httpx.stream("GET", url, params={"types": "area."}, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines).startswith("id: ")
        first = tell(1)
        mark, data = _stream(lines)
        assert (data["id"], data["data"], data["mark"]) == (first, {"n": 1}, mark)
    missed = [tell(2), tell(3)]
    headers = {"Last-Event-ID": mark}
    with httpx.stream("GET", url, params={"types": "area."}, headers=headers, timeout=20) as answer:
        lines = answer.iter_lines()
        assert [_stream(lines)[1]["id"] for _ in missed] == missed


def test_streams_are_counted_and_end_with_their_clients(served: str, app: FastAPI) -> None:
    url = f"{served}/v1/events/stream"
    wait_until(lambda: app.state.streams._open == 0, seconds=20)
    with httpx.stream("GET", url, timeout=20), httpx.stream("GET", url, timeout=20):
        refused = httpx.get(url, timeout=20)
        assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")
        assert int(refused.headers["retry-after"]) > 0
    wait_until(lambda: app.state.streams._open == 0, seconds=20)
    assert httpx.get(url, headers={"Last-Event-ID": "x"}, timeout=20).status_code == 422


def test_streams_end_when_the_service_does(
    database: Database, redactor: Redactor, settings: Settings
) -> None:
    app = create_app(settings, database, redactor=redactor, teacher=WordTeacher())
    with (
        serving(app) as (url, server),
        httpx.stream("GET", f"{url}/v1/events/stream", timeout=20) as answer,
    ):
        lines = answer.iter_lines()
        assert next(lines).startswith("id: ")
        server.should_exit = True
        assert not any(line.startswith("data") for line in lines), "it ends, and is whole"


def test_a_stream_is_narrowed_and_ends_with_its_key(app: FastAPI, database: Database) -> None:
    departments = keyed.departments(database)
    ours, theirs = departments["engineering"], departments["documentation"]
    key = keyed.make_key(database, scopes=["read"], department=ours)

    async def follow() -> list[str]:
        streams = Streams(database, most=1, heartbeat=0.05)
        callers = Callers(database, asks_for_keys=True, seconds=0)
        headers = [(b"authorization", f"Bearer {key}".encode())]
        scope = {"type": "http", "method": "GET", "headers": headers}

        async def allowed() -> View:
            return (await callers.of(scope)).view

        seen: list[str] = []
        streams.enter()
        async for chunk in streams.follow(View(department=ours), None, ["rule."], allowed):
            text = chunk.decode()
            if not seen:
                await asyncio.to_thread(tell)
            seen.append(text)
            if "rule.told" in text:
                await asyncio.to_thread(revoke)
        streams.leave()
        return seen

    def tell() -> None:
        with database.session() as session:
            events.emit(session, "rule.told", {"whose": "theirs"}, department=theirs)
            events.emit(session, "rule.told", {"whose": "ours"}, department=ours)

    def revoke() -> None:
        with database.session() as session:
            row = keys.by_prefix(session, (keys.parts(key) or ("", ""))[0])
            assert row is not None
            keys.revoke(session, row)

    seen = "".join(asyncio.run(follow()))
    assert "ours" in seen
    assert "theirs" not in seen


def test_a_department_knows_its_own_webhooks_alone(
    app: FastAPI, client: TestClient, database: Database, receiver: Receiver
) -> None:
    departments = keyed.departments(database)
    ours, theirs = departments["engineering"], departments["documentation"]
    other = make(client, receiver.url, department=str(theirs))
    general = make(client, receiver.url)
    key = keyed.make_key(database, scopes=["admin"], department=ours)
    with keyed.asking(app, database) as asked:
        asked.headers.update(keyed.bearer(key))
        own = make(asked, receiver.url)
        assert own["department"] == str(ours)
        assert [row["id"] for row in asked.get(URL).json()["data"]] == [own["id"]]
        foreign = asked.post(URL, json={"url": receiver.url, "department": str(theirs)})
        assert foreign.status_code == 403
        for made in (other, general):
            url = f"{URL}/{made['id']}"
            assert asked.get(url).status_code == 404
            assert asked.get(url + "/deliveries").status_code == 404
            for way in ("/test", "/rotate"):
                assert asked.post(url + way).status_code == 404
            assert asked.delete(url).status_code == 404
        reader = keyed.make_key(database, scopes=["read"], department=ours)
        assert asked.get(URL, headers=keyed.bearer(reader)).status_code == 403
    for made in (other, general, own):
        assert client.delete(f"{URL}/{made['id']}").status_code == 204

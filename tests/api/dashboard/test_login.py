"""A person logs in with a key: the cookie stands for it, and no other site can use it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api.callers import COOKIE
from api.store.database import Database
from api.store.inbox_tables import ItemRow
from api.store.key_tables import KeyRow, LoginRow
from tests.api.keyed import BASE, asking, make_key
from tests.api.themes import gather, say, texts

OURS = {"Origin": BASE}
CALL = {"channel": "call", "turns": [{"speaker": "customer", "text": "It broke."}]}


@pytest.fixture
def browser(app: FastAPI, database: Database) -> Iterator[TestClient]:
    """A browser that is not logged in, before a service that asks for keys."""
    with asking(app, database) as found:
        found.follow_redirects = False
        yield found


@pytest.fixture(scope="module")
def item(database: Database) -> ItemRow:
    """One item in an inbox."""
    say(database, texts("kettle", 6))
    gather(database)
    with database.session() as session:
        return session.scalars(select(ItemRow)).one()


def test_who_is_not_logged_in_is_led_to_the_page(browser: TestClient) -> None:
    asked = browser.get("/", headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/login")
    assert "Your key" in browser.get("/login").text
    inner = browser.get("/inbox?state=open", headers={"Accept": "text/html"})
    assert inner.headers["location"] == "/login?next=%2Finbox%3Fstate%3Dopen"
    assert 'value="/inbox?state=open"' in browser.get(inner.headers["location"]).text
    assert browser.get("/v1/me", headers={"Accept": "text/html"}).status_code == 401


def test_a_login_lasts_until_the_logout(browser: TestClient, database: Database) -> None:
    key = make_key(database, name="dana's")
    wrong = browser.post("/login", data={"key": key[:-1]}, headers=OURS)
    assert (wrong.status_code, wrong.headers.get("set-cookie")) == (401, None)
    assert browser.post("/login", data={"key": key}).status_code == 403
    done = browser.post("/login", data={"key": key}, headers=OURS)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    cookie = done.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/v1/me").json()["name"] == "dana's"
    assert browser.get("/").status_code == 200
    with database.session() as session:
        kept = session.scalars(select(LoginRow.digest)).all()
    assert browser.cookies[COOKIE].encode() not in b"".join(kept)
    assert browser.post("/v1/interactions", json=CALL).json()["code"] == "foreign_origin"
    assert browser.post("/v1/interactions", json=CALL, headers=OURS).status_code == 202
    before = browser.cookies[COOKIE]
    assert browser.post("/logout", headers=OURS).status_code == 303
    browser.cookies.set(COOKIE, before)
    assert browser.get("/v1/me").status_code == 401


def test_a_login_ends_with_its_key(browser: TestClient, database: Database) -> None:
    key = make_key(database)
    browser.post("/login", data={"key": key}, headers=OURS)
    assert browser.get("/v1/me").status_code == 200
    with database.session() as session:
        revoked = update(KeyRow).where(KeyRow.prefix == key.split("_")[1])
        session.execute(revoked.values(revoked_at=datetime.now(UTC)))
    assert browser.get("/v1/me").status_code == 401


def logged_in(browser: TestClient, database: Database, **changes: Any) -> None:
    browser.cookies.clear()
    key = make_key(database, **changes)
    assert browser.post("/login", data={"key": key}, headers=OURS).status_code == 303


@pytest.mark.parametrize(
    ("next", "to"),
    [
        ("/inbox?state=open", "/inbox?state=open"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\t/evil.example", "/"),
    ],
)
def test_a_login_leads_to_pages_of_this_service_alone(
    browser: TestClient, database: Database, next: str, to: str
) -> None:
    key = make_key(database)
    done = browser.post("/login", data={"key": key, "next": next}, headers=OURS)
    assert (done.status_code, done.headers["location"]) == (303, to)


def test_a_login_lasts_as_long_as_is_set(app: FastAPI, database: Database) -> None:
    with asking(app, database, login_hours=0.5) as browser:
        done = browser.post(
            "/login", data={"key": make_key(database)}, headers=OURS, follow_redirects=False
        )
    assert "max-age=1800" in done.headers["set-cookie"].lower()
    with database.session() as session:
        row = session.scalars(select(LoginRow).order_by(LoginRow.created_at.desc())).first()
    assert row is not None
    assert abs((row.expires_at - row.created_at).total_seconds() - 1800) < 60


@pytest.mark.parametrize("path", ["/", "/inbox", "/problems", "/login"])
def test_pages_say_who_is_logged_in(browser: TestClient, database: Database, path: str) -> None:
    if path in {"/problems", "/login"}:
        assert 'action="/logout"' not in browser.get(path).text
    logged_in(browser, database, name="dana <b>")
    page = browser.get(path).text
    assert "dana &lt;b&gt;" in page
    assert 'action="/logout"' in page


def test_where_nobody_logs_in_nobody_logs_out(client: TestClient) -> None:
    page = client.get("/").text
    assert 'action="/logout"' not in page
    assert 'id="upload"' in page


def test_pages_offer_what_the_caller_may_do(
    browser: TestClient, database: Database, item: ItemRow
) -> None:
    path = f"/inbox?department={item.department_id}"
    logged_in(browser, database, scopes=["read"])
    start, inbox = browser.get("/").text, browser.get(path).text
    assert 'id="upload"' not in start
    assert 'href="/#add"' not in start
    assert "that needs the scope <code>submit</code>" in start
    assert f"item-{item.id}" in inbox
    assert f'action="/inbox/{item.id}"' not in inbox
    assert "that needs the scope <code>label</code>" in inbox
    logged_in(browser, database)
    start, inbox = browser.get("/").text, browser.get(path).text
    assert 'id="upload"' in start
    assert f'action="/inbox/{item.id}"' in inbox
    assert "that needs the scope" not in start + inbox


def test_a_page_that_the_caller_may_not_see_says_why(
    browser: TestClient, database: Database
) -> None:
    logged_in(browser, database, scopes=["submit"], name="the robot's")
    page = browser.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")
    assert "needs the scope &#39;read&#39;" in page.text
    assert 'action="/logout"' in page.text
    assert browser.get("/").json()["code"] == "forbidden"
    api = browser.get("/v1/findings", headers={"Accept": "text/html"})
    assert api.json()["code"] == "forbidden"

"""A person logs in with a key: the cookie stands for it, and no other site can use it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api.callers import COOKIE
from api.store.database import Database
from api.store.key_tables import KeyRow, LoginRow
from tests.api.keyed import BASE, asking, make_key

OURS = {"Origin": BASE}
CALL = {"channel": "call", "turns": [{"speaker": "customer", "text": "It broke."}]}


@pytest.fixture
def browser(app: FastAPI, database: Database) -> Iterator[TestClient]:
    """A browser that is not logged in, before a service that asks for keys."""
    with asking(app, database) as found:
        found.follow_redirects = False
        yield found


def test_who_is_not_logged_in_is_led_to_the_page(browser: TestClient) -> None:
    asked = browser.get("/", headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/login")
    assert "Your key" in browser.get("/login").text
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

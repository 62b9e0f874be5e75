"""The buttons beside a finding: seen and used without a browser and without script."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.store.database import Database
from nlp.redact import Redactor
from tests.api.dashboard.conftest import DEFECT, mined
from tests.api.interactions import interaction
from tests.api.keyed import asking, bearer, make_key


def page(client: TestClient, path: str, **headers: str) -> BeautifulSoup:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "lxml")


def one(found: BeautifulSoup | Tag, selector: str) -> Tag:
    (tag,) = found.select(selector)
    return tag


def press(client: TestClient, form: Tag, value: str | None = None) -> BeautifulSoup:
    """What follows one of a form's buttons."""
    sent = {} if value is None else {"kind": value}
    answer = client.post(str(form["action"]), data=sent, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return page(client, answer.headers["location"])


def test_a_finding_is_called_right_and_wrong_and_that_is_taken_back(
    client: TestClient, call: UUID
) -> None:
    start = page(client, f"/interactions/{call}")
    assert start.select(".reviewed, .just-said") == []
    assert len(start.select(".judge")) == 4
    right = press(client, one(start, "#note-1 .judge"), "confirm")
    assert one(right, "#note-1 .reviewed").text == "confirmed by people"
    assert "is right in turn 2" in one(right, ".just-said span").text
    wrong = press(client, one(right, "#note-1 .judge"), "reject")
    assert len(wrong.select(".judge")) == 3
    assert all(DEFECT not in mark.text for mark in wrong.select("mark"))
    back = press(client, one(wrong, ".just-said"))
    assert len(back.select(".judge")) == 4
    assert back.select(".reviewed, .just-said") == []


def test_what_was_said_otherwise_or_elsewhere_is_not_told_as_just_said(
    client: TestClient, database: Database, redactor: Redactor, call: UUID
) -> None:
    words = (f"Hello {uuid4()}.", f"Mine {DEFECT}.")
    (other,) = mined(database, redactor, [interaction(f"call-{uuid4()}", words=words)])
    bodies = (
        {"kind": "sentiment", "turn": 1, "sentiment": "neutral"},
        {"kind": "confirm", "turn": 1, "category": "product_defect"},
        {"kind": "speaker", "turn": 0, "speaker": "agent"},
    )
    told = []
    for body in bodies:
        answer = client.post("/v1/opinions", json={"interaction": str(other), **body})
        assert answer.status_code == 201, answer.text
        told += [
            len(page(client, f"/interactions/{at}?said={answer.json()['id']}").select(".just-said"))
            for at in (other, call)
        ]
    assert told == [0, 0, 1, 0, 0, 0]


def test_other_sites_pages_are_refused(client: TestClient, call: UUID) -> None:
    form = one(page(client, f"/interactions/{call}"), "#note-1 .judge")
    headers = {"Origin": "https://elsewhere.example"}
    answer = client.post(str(form["action"]), data={"kind": "reject"}, headers=headers)
    assert answer.status_code == 403
    gone = client.post(f"/findings/{UUID(int=7)}/opinion", data={"kind": "reject"})
    assert gone.status_code == 404


@pytest.fixture
def keyed(app: FastAPI, database: Database) -> Iterator[TestClient]:
    with asking(app, database) as found:
        yield found


def test_who_may_only_read_has_no_buttons(
    keyed: TestClient, database: Database, call: UUID
) -> None:
    reader = bearer(make_key(database, scopes=["read"]))
    start = page(keyed, f"/interactions/{call}", **reader)
    assert start.select(".note") != []
    assert start.select(".judge") == []
    finding = one(
        page(keyed, f"/interactions/{call}", **bearer(make_key(database))), "#note-1 .judge"
    )
    refused = keyed.post(str(finding["action"]), data={"kind": "reject"}, headers=reader)
    assert refused.status_code == 403

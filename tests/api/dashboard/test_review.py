"""The page of the review queue: used without a browser, and by keyboard in one."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI
from sqlalchemy import delete, select
from starlette.testclient import TestClient

from api.steps.accept import accept
from api.steps.mine import mine
from api.steps.review import Knows, Wishes, refill
from api.store.database import Database
from api.store.opinion_tables import OpinionRow
from api.store.review_tables import ReviewDrawRow, ReviewRow
from nlp.redact import Redactor
from tests.api.dashboard.browser import Browser
from tests.api.interactions import WordMiner, interaction
from tests.api.keyed import asking, bearer, departments, make_key

FIRST = "A 🫖 of mine leaks <b>badly</b> & the guide is wrong."
ALL_AT_ONCE = Wishes(most=10, random_share=1.0, settled=timedelta(), patience=timedelta())


@pytest.fixture(autouse=True)
def waits(database: Database, redactor: Redactor) -> None:
    """One passage that waits, and no more."""
    with database.session() as session:
        session.execute(delete(ReviewRow))
        session.execute(delete(ReviewDrawRow))
    with database.session() as session:
        call = interaction("call-9", words=("How can I help?", FIRST))
        ids = accept(session, [call], redactor=redactor).ids
    mine(database, WordMiner(), list(ids))
    assert refill(database, Knows(model="words-1"), ALL_AT_ONCE)
    with database.session() as session:
        session.execute(delete(ReviewRow).where(ReviewRow.interaction_id != ids[0]))


def _page(client: TestClient) -> BeautifulSoup:
    answer = client.get("/review")
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "lxml")


def _action(page: BeautifulSoup) -> str:
    form = page.select_one("#judge")
    assert form is not None
    return str(form["action"])


def test_a_passage_is_judged_without_a_script(client: TestClient, database: Database) -> None:
    page = _page(client)
    passage = page.select_one("#passage")
    assert passage is not None
    assert passage.text == FIRST
    assert "How can I help?" in page.text
    # It was drawn blindly, and what the model found would lead.
    assert page.select(".model-says") == []
    action = _action(page)
    sent = {
        "category": ["product_defect"],
        "sentiment": "negative",
        "quote_product_defect": "12-17",
    }
    foreign = client.post(action, data=sent, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    saved = client.post(action, data=sent, follow_redirects=False)
    assert (saved.status_code, saved.headers["location"]) == (303, "/review")
    with database.session() as session:
        row = session.scalars(select(ReviewRow)).one()
        assert row.judged == {
            "categories": {
                "product_defect": True,
                "documentation_error": False,
                "feature_request": False,
            },
            "sentiment": "negative",
        }
    assert _page(client).select("#judge") == []
    # Sent twice, it is answered already: the next one is shown, and nothing breaks.
    assert client.post(action, data=sent, follow_redirects=False).status_code == 303


def test_a_passage_is_skipped(client: TestClient, database: Database) -> None:
    client.post(_action(_page(client)), data={"skip": "1"})
    with database.session() as session:
        assert session.scalars(select(ReviewRow.state)).all() == ["skipped"]


def test_a_form_of_somebodys_own_is_refused(client: TestClient) -> None:
    sent = {"category": ["product_defect"], "quote_product_defect": "x-y"}
    assert client.post(_action(_page(client)), data=sent).status_code == 422


def test_a_departments_key_is_turned_away(app: FastAPI, database: Database) -> None:
    headers = bearer(make_key(database, department=departments(database)["engineering"]))
    with asking(app, database) as keyed:
        shown = keyed.get("/review", headers={**headers, "Accept": "text/html"})
    assert shown.status_code == 403
    assert FIRST not in shown.text


SELECT = """
const text = document.querySelector("#passage").firstChild;
const at = text.data.indexOf(arguments[0]);
const range = document.createRange();
range.setStart(text, at);
range.setEnd(text, at + arguments[0].length);
getSelection().removeAllRanges();
getSelection().addRange(range);
"""


@pytest.mark.slow
def test_by_keyboard_with_selected_words(
    browser: Browser,
    database: Database,
) -> None:
    browser.open("/review", width=360)
    overflow = "return document.documentElement.scrollWidth - window.innerWidth"
    assert browser.driver.execute_script(overflow) <= 0
    words = "the guide is wrong"
    browser.driver.execute_script(SELECT, words)
    body = browser.one("body")
    body.send_keys("2")
    assert browser.one(".choice.documentation_error .quote").text == words
    body.send_keys("1")
    body.send_keys("a")
    assert [box.is_selected() for box in browser.all("[name=category]")] == [True, True, False]
    body.send_keys("\n")
    browser.wait(lambda _: browser.all(".nothing"))
    with database.session() as session:
        row = session.scalars(select(ReviewRow)).one()
        given = session.scalars(select(OpinionRow).where(OpinionRow.review_id == row.id)).all()
        kinds = {(one.kind, one.category): (one.quote_start, one.quote_end) for one in given}
    at = FIRST.index(words)
    assert kinds["add", "documentation_error"] == (at, at + len(words))
    assert ("confirm", "product_defect") in kinds
    assert ("sentiment", None) in kinds
    browser.complaints()

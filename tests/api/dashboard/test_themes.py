"""Themes on the pages: the panel of the start page, and a theme's own page."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.dashboard.themes import LISTED, WEEKS, draw
from api.store.database import Database
from nlp.themes.trends import Window, trend
from tests.api.conftest import BASE
from tests.api.interactions import PlainRedactor, WordTeacher
from tests.api.themed import SUBJECTS, call, calls, gather, said, store
from tests.conftest import NewDatabase

SCRIPT = "<script>alert(1)</script>"
NOW = datetime.now(UTC) - timedelta(days=7)
SIZES = dict(zip(SUBJECTS, (24, 6, 5, 4, 4), strict=True))


@pytest.fixture(scope="module")
def filled(new_database: NewDatabase) -> Database:
    """Five themes; the largest has more findings than one page, one of them with markup in it."""
    database = new_database()
    for subject, size in SIZES.items():
        store(database, calls(subject, range(size), started_at=NOW))
    store(database, [call("markup", f"{said('lid', 99)} {SCRIPT}", started_at=NOW)])
    gather(database, "all")
    return database


@pytest.fixture(scope="module")
def pages(app: FastAPI, filled: Database) -> Iterator[TestClient]:
    """Whoever looks at them."""
    served = create_app(
        app.state.context.settings, filled, redactor=PlainRedactor(), teacher=WordTeacher()
    )
    with TestClient(served, base_url=BASE) as found:
        yield found


def soup(client: TestClient, path: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == status
    assert SCRIPT not in answer.text
    return BeautifulSoup(answer.text, "lxml")


def only(page: BeautifulSoup | Tag, selector: str) -> Tag:
    found = page.select(selector)
    assert len(found) == 1, (selector, len(found))
    return found[0]


def test_before_anything_is_gathered_there_is_no_panel(client: TestClient) -> None:
    assert soup(client, "/").select(".themes") == []


def test_the_largest_themes_are_on_the_start_page(pages: TestClient) -> None:
    listed = soup(pages, "/").select(".themes li")
    themes = pages.get("/v1/themes").json()["data"]
    assert len(listed) == len(themes) == 5
    for item, theme in zip(listed, themes, strict=True):
        link = only(item, "h3 a")
        assert (link.text, link["href"]) == (theme["name"], f"/themes/{theme['id']}")
        assert only(item, ".size b").text == str(theme["interactions"])
        assert f"{theme['sentiment']['value']:+.2f}" in only(item, ".size").text
        # All of it happened in one week: one bar, as high as the drawing.
        bar = only(item, "svg.course rect")
        assert (bar["height"], bar["y"]) == ("24.0", "0.0")
        assert f": {theme['interactions']}" in bar.text
        quote = pages.get(f"{theme['url']}/quotes").json()["data"][0]
        shown = only(item, "blockquote a")
        assert shown["href"] == f"/interactions/{quote['interaction']}#turn-{quote['turn']}"
        assert quote["quote"][:60] in shown.text


def test_a_hidden_theme_is_not(pages: TestClient) -> None:
    theme = pages.get("/v1/themes").json()["data"][0]
    for hidden in (True, False):
        pages.patch(theme["url"], json={"hidden": hidden}, headers={"If-Match": "*"})
        links = [str(link["href"]) for link in soup(pages, "/").select(".themes h3 a")]
        assert (f"/themes/{theme['id']}" in links) is not hidden


def test_a_theme_has_its_findings_page_by_page(pages: TestClient) -> None:
    theme = pages.get("/v1/themes").json()["data"][0]
    seen: list[str] = []
    path = f"/themes/{theme['id']}"
    lengths = []
    while path:
        page = soup(pages, path)
        assert only(page, "h1").text == theme["name"]
        rows = page.select(".evidence li")
        lengths.append(len(rows))
        seen += [str(row["data-finding"]) for row in rows]
        following = page.select('.pager a[rel="next"]')
        path = str(following[0]["href"]) if following else ""
    known = pages.get(f"{theme['url']}/findings", params={"limit": 200}).json()["data"]
    assert seen == [row["id"] for row in known]
    assert lengths == [LISTED, len(known) - LISTED]
    first = soup(pages, f"/themes/{theme['id']}")
    assert first.select("article blockquote")
    assert known[0]["interaction"] in str(first.select(".evidence a")[0]["href"])


def test_a_customers_markup_is_words(pages: TestClient) -> None:
    theme = pages.get("/v1/themes").json()["data"][0]
    assert SCRIPT in soup(pages, f"/themes/{theme['id']}").text
    pages.patch(theme["url"], json={"name": f"Lid {SCRIPT}"}, headers={"If-Match": "*"})
    assert SCRIPT in only(soup(pages, f"/themes/{theme['id']}"), "h1").text
    assert SCRIPT in soup(pages, "/").text
    pages.patch(theme["url"], json={"name": None}, headers={"If-Match": "*"})


def test_a_theme_that_is_not_there_has_a_page_too(pages: TestClient) -> None:
    assert "There is no such thing" in only(soup(pages, f"/themes/{uuid4()}", 404), "h1").text
    kept, gone = (row["id"] for row in pages.get("/v1/themes").json()["data"][:2])
    edit = pages.post(f"/v1/themes/{gone}/merge", json={"into": kept}).json()
    page = soup(pages, f"/themes/{gone}", 410)
    assert f"/themes/{kept}" in [link["href"] for link in page.select("main a")]
    pages.post(f"{edit['url']}/undo")
    assert pages.get(f"/themes/{kept}", params={"cursor": "x"}).json()["code"] == "invalid_request"


def test_the_page_of_a_theme_is_whole(pages: TestClient) -> None:
    theme = pages.get("/v1/themes").json()["data"][0]
    page = soup(pages, f"/themes/{theme['id']}")
    assert page.select("[style], style, script") == []
    ids = [str(tag["id"]) for tag in page.select("[id]")]
    assert len(set(ids)) == len(ids)
    for tag in page.select("[aria-labelledby]"):
        assert str(tag["aria-labelledby"]) in ids
    for tag in page.select("[href]"):
        assert str(tag["href"]).startswith(("/", "#"))
        assert pages.get(str(tag["href"])).status_code == 200


def test_weeks_as_bars() -> None:
    window = Window(since=date(2026, 3, 2), until=date(2026, 3, 30))
    empty = trend(window, "week", [], {})
    weeks = [
        replace(week, interactions=count) for week, count in zip(empty, (0, 4, 1, 2), strict=True)
    ]
    drawn = draw(weeks)
    assert [bar.height for bar in drawn.bars] == [0, 24, 6, 12]
    assert [bar.y + bar.height for bar in drawn.bars] == [24] * 4
    assert [bar.x for bar in drawn.bars] == [0, 25, 50, 75]
    assert "the most were 4 in the week of 9 March" in drawn.summary
    assert draw(empty).summary == "No interaction in the last 4 weeks."
    assert WEEKS == 26

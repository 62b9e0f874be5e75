"""The pages as they come from the server: complete without a script, and safe."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.store.database import Database
from nlp.redact import Redactor
from tests.api.conftest import BASE
from tests.api.dashboard.conftest import CALL, DEFECT, OVERLAP, SCORES, SCRIPT, mined
from tests.api.interactions import PlainRedactor, WordTeacher, interaction
from tests.conftest import NewDatabase

VOID = frozenset(["br", "hr", "img", "input", "link", "meta"])


def soup(client: TestClient, path: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    return BeautifulSoup(answer.text, "lxml")


def one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    found = page.select(selector)
    assert len(found) == 1, (selector, len(found))
    return found[0]


class Balance(HTMLParser):
    """Checks that every element that opens also closes, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens one."""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One that closes itself."""

    def handle_endtag(self, tag: str) -> None:
        """Closes one."""
        assert self.open.pop() == tag


def test_numbers_by_category_and_sentiment(client: TestClient, call: UUID) -> None:
    page = soup(client, "/")
    found = {
        column["data-category"]: (
            one(column, ".total").text,
            [(mood["data-sentiment"], one(mood, "b").text) for mood in column.select(".moods li")],
        )
        for column in page.select(".column")
    }
    assert found == {
        "product_defect": ("1", [("negative", "1"), ("neutral", "0"), ("positive", "0")]),
        "documentation_error": ("1", [("negative", "1"), ("neutral", "0"), ("positive", "0")]),
        "feature_request": ("2", [("negative", "0"), ("neutral", "1"), ("positive", "1")]),
    }
    words = re.sub(r"\s+", " ", one(page, "#stored").text)
    assert "3 interactions stored: 2 calls, 1 mail." in words
    assert "1 still to be mined." in words


def test_the_newest_come_first_and_say_how_far_they_are(client: TestClient, call: UUID) -> None:
    page = soup(client, "/")
    lines = page.select(".list li")
    assert one(lines[0], "a")["href"] == f"/interactions/{call}"
    assert one(lines[0], ".title").text == f"“{DEFECT}”"
    assert "waiting" in one(lines[1], ".meta").text
    assert one(lines[2], ".title").text == "A mail"
    assert [dot.select("span")[0].text for dot in lines[0].select(".dot")] == ["1", "1", "2"]


def test_the_words_are_all_there_and_marked_at_the_right_offsets(
    client: TestClient, call: UUID
) -> None:
    for path in ("/", f"/interactions/{call}"):
        page = soup(client, path)
        said = page.select(".said")
        assert [turn.text for turn in said] == list(CALL)
        api = client.get(f"/v1/interactions/{call}").json()
        for number, finding in enumerate(api["findings"], start=1):
            marks = page.select(f'mark[data-finding="{number}"]')
            assert "".join(mark.text for mark in marks) == finding["quote"]
            assert int(str(marks[0]["data-start"])) == finding["start"]
            assert marks[0].find_parent(class_="said") is said[finding["turn"]]
            assert marks[-1]["data-number"] == str(number)
            note = one(page, f"#note-{number}")
            assert f"{100 * finding['confidence']:.0f} %" in note.text
            assert finding["sentiment"] in note.text
            assert finding["category"] in note["class"]


def test_overlapping_findings_are_nested(client: TestClient, call: UUID) -> None:
    page = soup(client, f"/interactions/{call}")
    inner = page.select("mark.product_defect > mark.documentation_error")
    assert "".join(mark.text for mark in inner) == "since Monday"
    assert OVERLAP.startswith("since Monday")


def test_a_customers_markup_is_words(client: TestClient, call: UUID) -> None:
    text = client.get(f"/interactions/{call}").text
    assert SCRIPT not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert [script["src"] for script in BeautifulSoup(text, "lxml").select("script")] == [
        "/static/conduit.js"
    ]


def test_the_arc_has_a_point_for_each_of_the_customers_turns(
    client: TestClient, call: UUID
) -> None:
    page = soup(client, f"/interactions/{call}")
    points = page.select(".arc circle.point")
    assert [int(str(point["data-turn"])) for point in points] == [1, 3, 5, 7]
    assert len(points) == len(SCORES)
    heights = [float(str(point["cy"]).rstrip("%")) for point in points]
    assert heights == sorted(heights, reverse=True)
    assert [link["href"] for link in page.select(".arc a")] == [f"#turn-{n}" for n in (1, 3, 5, 7)]


def test_placeholders_roles_and_model_are_shown(client: TestClient, call: UUID) -> None:
    page = soup(client, f"/interactions/{call}")
    assert [chip.text for chip in page.select(".said .chip")] == ["[PERSON_1]"]
    doubt = one(page, ".doubt").text
    assert "72 % sure" in doubt
    assert "“How can I help” is an agent's." in doubt
    assert "Kettle 3" in one(page, ".facts").text
    assert "quotes-1" in one(page, ".facts").text
    assert "2:55" in one(page, "#turn-5 .clock").text


def test_one_that_waits_says_so(client: TestClient, call: UUID) -> None:
    waits = client.get("/v1/interactions", params={"state": "accepted"}).json()["data"][0]["id"]
    page = soup(client, f"/interactions/{waits}")
    assert "waiting to be mined" in one(page, ".state").text
    assert page.select(".arc") == []
    assert one(page, "article.open")["data-state"] == "accepted"


@pytest.mark.parametrize("path", ["/", "/interactions/{call}", "/docs", "/problems"])
def test_pages_are_whole_and_load_nothing_from_elsewhere(
    client: TestClient, call: UUID, path: str
) -> None:
    text = client.get(path.format(call=call)).text
    balance = Balance()
    balance.feed(text)
    assert balance.open == []
    page = BeautifulSoup(text, "lxml")
    for tag in page.select("[src], [href]"):
        target = str(tag.get("src") or tag.get("href"))
        assert target.startswith(("/", "#"))
        if tag.name in {"script", "link", "img"} or target.startswith("/static"):
            assert client.get(target).status_code == 200, target
    assert page.select("[style], style, script:not([src])") == []
    assert not [name for tag in page.find_all() for name in tag.attrs if name.startswith("on")]
    ids = [str(tag["id"]) for tag in page.select("[id]")]
    assert len(set(ids)) == len(ids)
    for tag in page.select("[aria-labelledby], [aria-describedby]"):
        for name in str(tag.get("aria-labelledby") or tag.get("aria-describedby")).split():
            assert name in ids
    for tag in page.select('a[href^="#"]'):
        assert str(tag["href"])[1:] in ids
    assert one(page, "html")["lang"] == "en"
    assert len(page.select("h1")) == (path != "/docs")


def test_older_ones_are_on_the_pages_after(
    new_database: NewDatabase, app: FastAPI, redactor: Redactor
) -> None:
    database = new_database()
    with TestClient(
        create_app(
            app.state.context.settings, database, redactor=PlainRedactor(), teacher=WordTeacher()
        ),
        base_url=BASE,
    ) as client:
        empty = soup(client, "/")
        assert "Nothing is stored yet" in one(empty, "#stored").text
        assert len(empty.select("form#upload")) == 1
        assert empty.select(".total, .list, .open") == []
        ids = mined(database, redactor, [interaction(f"c-{number}") for number in range(20)])
        seen: list[str] = []
        path = "/"
        while path:
            page = soup(client, path)
            seen += [str(link["href"]).rpartition("/")[2] for link in page.select(".list li > a")]
            following = page.select('.pager a[rel="next"]')
            path = str(following[0]["href"]) if following else ""
        assert seen == [str(id) for id in reversed(ids)]


def test_what_is_not_there_has_a_page_too(client: TestClient, database: Database) -> None:
    assert "There is no such thing" in one(soup(client, f"/interactions/{uuid4()}", 404), "h1").text
    id = client.post("/v1/interactions", json={"text": "Customer: It leaks."}).json()["id"]
    client.delete(f"/v1/interactions/{id}")
    assert "was erased" in one(soup(client, f"/interactions/{id}", 410), "main").text


def test_a_mangled_cursor_is_a_problem(client: TestClient) -> None:
    assert client.get("/", params={"cursor": "x"}).json()["code"] == "invalid_request"


def test_a_speaker_who_goes_on_is_named_once_to_the_eye(
    client: TestClient, database: Database, redactor: Redactor
) -> None:
    taken = interaction("mail-9", words=("x", "It leaks.", "x", "It broke."), channel="email")
    turns = tuple(replace(turn, speaker="customer") for turn in taken.turns)
    (id,) = mined(database, redactor, [replace(taken, turns=turns)])
    speakers = soup(client, f"/interactions/{id}").select(".speaker")
    assert [speaker.text for speaker in speakers] == ["customer"] * 4
    assert ["vh" in speaker["class"] for speaker in speakers] == [False, True, True, True]


def test_the_richest_of_the_newest_is_open(client: TestClient, call: UUID) -> None:
    page = soup(client, "/")
    assert one(page, "article.open")["data-id"] == str(call)
    assert one(page, '.list a[aria-current="true"]')["href"] == f"/interactions/{call}"

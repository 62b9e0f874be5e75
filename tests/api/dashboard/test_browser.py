"""The pages in a real browser, over a real server: what a newcomer sees and does."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from api.steps.mine import mine
from api.store import interactions
from api.store.database import Database
from api.store.interactions import InteractionFilter
from tests.api.dashboard.browser import Browser
from tests.api.dashboard.conftest import CALL, DEFECT, SCORES, QuoteMiner

pytestmark = pytest.mark.slow

# The contrast of each visible text with what lies behind it, as WCAG 2.2 computes it (1.4.3).
CONTRAST = """
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const rgba = (color) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data].map((part, at) => at < 3 ? part : part / 255);
};
const over = (top, below) =>
  top.slice(0, 3).map((part, at) => part * top[3] + below[at] * (1 - top[3]));
const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const color = rgba(getComputedStyle(at).backgroundColor);
    if (color[3] > 0) layers.push(color);
    if (color[3] === 1) break;
  }
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
};
const light = (color) => {
  const [r, g, b] = color.map((part) => part / 255).map(
    (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const box = element.getBoundingClientRect();
  if (!walker.currentNode.data.trim() || box.width < 2 || element.closest("svg, .vh")) continue;
  const below = behind(element);
  const [a, b] = [light(over(rgba(getComputedStyle(element).color), below)), light(below)];
  found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), walker.currentNode.data.trim()]);
}
return found;
"""


@pytest.fixture(scope="module")
def working(database: Database) -> Iterator[None]:
    """Mines what comes in, as a worker does."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            with database.session() as session:
                rows = interactions.list_page(session, InteractionFilter(state="accepted"), limit=9)
            mine(database, QuoteMiner(), [row.id for row in rows])

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test: nothing was asked of anybody else, and the console is empty."""
    yield
    browser: Browser = request.getfixturevalue("browser")
    asked = browser.asked()
    assert asked, "the browser asked nobody"
    assert [url for url in asked if not url.startswith((browser.base, "data:"))] == []
    assert browser.complaints() == []


def test_the_start_page_shows_what_is_stored(browser: Browser, call: UUID) -> None:
    browser.open("/")
    assert [total.text for total in browser.all(".total")] == ["1", "1", "2"]
    assert browser.all(".list li")[0].text.splitlines()[0] == f"“{DEFECT}”"
    assert browser.one("article.open").get_dom_attribute("data-id") == str(call)
    widths = [float(bar.get_dom_attribute("width")) for bar in browser.all(".bar rect.negative")]
    assert widths == [50.0, 50.0, 0.0]


def test_findings_are_highlighted_where_they_stand(browser: Browser, call: UUID) -> None:
    browser.open(f"/interactions/{call}")
    assert [browser.text(f'.said[data-turn="{n}"]') for n in range(len(CALL))] == list(CALL)
    script = "return fetch(`/v1/interactions/${arguments[0]}`).then((answer) => answer.json())"
    found = browser.driver.execute_script(script, str(call))
    assert len(found["findings"]) == 4
    for number, finding in enumerate(found["findings"], start=1):
        marks = browser.all(f'mark[data-finding="{number}"]')
        text = "".join(str(mark.get_property("textContent")) for mark in marks)
        assert text == finding["quote"]
        assert all(mark.is_displayed() for mark in marks)
        washed = {mark.value_of_css_property("background-color") for mark in marks}
        assert "rgba(0, 0, 0, 0)" not in washed
    # What stands before a mark in its turn is as long as the finding's offset says.
    before = """
      const range = document.createRange();
      range.setStart(arguments[0].closest(".said"), 0);
      range.setEndBefore(arguments[0]);
      return [...range.toString()].length;
    """
    starts = [
        browser.driver.execute_script(before, browser.all(f'mark[data-finding="{number}"]')[0])
        for number in range(1, 5)
    ]
    assert starts == [finding["start"] for finding in found["findings"]]


def test_the_arc_is_drawn_and_its_points_lead_to_the_turns(browser: Browser, call: UUID) -> None:
    browser.open(f"/interactions/{call}")
    points = browser.all(".arc circle.point")
    assert len(points) == len(SCORES)
    places = [(point.rect["x"], point.rect["y"]) for point in points]
    assert [x for x, _ in places] == sorted({x for x, _ in places})
    assert [y for _, y in places] == sorted({y for _, y in places}, reverse=True)
    browser.all(".arc a")[2].send_keys(Keys.ENTER)
    browser.wait(lambda driver: driver.current_url.endswith("#turn-5"))
    assert browser.one(".turn:target").get_dom_attribute("id") == "turn-5"


def test_a_customers_script_does_not_run(browser: Browser, call: UUID) -> None:
    browser.open(f"/interactions/{call}")
    assert browser.all(".said script, .said b") == []
    assert "<script>alert(1)</script>" in browser.one('.said[data-turn="5"]').text


def test_a_file_of_ones_own_is_mined_and_shown(
    browser: Browser, call: UUID, working: None, tmp_path: Path
) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(f"Agent: How can I help?\nCustomer: The pot {DEFECT}, it really does.\n")
    browser.open("/")
    browser.one("#file").send_keys(str(path))
    assert browser.text("#file-name") == "mine.txt"
    browser.one("#upload button").click()
    browser.wait(lambda driver: "/interactions/" in driver.current_url)
    browser.wait(lambda _: browser.all("mark"))
    assert browser.text("mark") == DEFECT
    assert len(browser.all(".arc circle.point")) == 1


def test_pasted_words_are_mined_too(browser: Browser, call: UUID, working: None) -> None:
    browser.open("/")
    browser.one("#upload summary").click()
    browser.one("#words").send_keys(
        "Agent: Hello, how can I help?\nCustomer: It is all quite fine."
    )
    browser.one("#upload button").click()
    browser.wait(lambda driver: "/interactions/" in driver.current_url)
    assert "No defect" in browser.one(".nothing").text


def test_a_file_of_many_becomes_a_job_and_tells_what_was_not_readable(
    browser: Browser, call: UUID, working: None, tmp_path: Path
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text('{"text": "The pot is nice."}\n{"text": "The lid is nice."}\n{"text"\n')
    browser.open("/")
    browser.one("#file").send_keys(str(path))
    browser.one("#upload button").click()
    browser.wait(lambda _: "2 mined, 1 not readable" in browser.text("#status"))
    # The first answer says that the file holds several; the console notes that as an error.
    assert ["422" in entry["message"] for entry in browser.complaints()] == [True]
    links = [link.get_dom_attribute("href") for link in browser.all("#status a")]
    assert links[1] == "/"
    assert str(links[0]).endswith("/rejections")


def test_what_cannot_be_read_is_explained(browser: Browser, call: UUID, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    browser.open("/")
    browser.one("#upload button").click()
    assert browser.text("#status") == "Choose a file or paste some words first."
    browser.one("#file").send_keys(str(path))
    browser.one("#upload button").click()
    browser.wait(lambda _: "picture.png" in browser.text("#status"))
    assert "error" in str(browser.one("#status").get_dom_attribute("class"))
    assert ["415" in entry["message"] for entry in browser.complaints()] == [True]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_word_can_be_read(browser: Browser, call: UUID, width: int, dark: bool) -> None:
    for path in ("/", f"/interactions/{call}", "/problems"):
        browser.open(path, width=width, dark=dark)
        overflow = "return document.documentElement.scrollWidth - window.innerWidth"
        assert browser.driver.execute_script(overflow) <= 0
        found: list[list[Any]] = browser.driver.execute_script(CONTRAST)
        assert len(found) > 20
        assert [text for ratio, text in found if ratio < 4.5] == []


def test_it_can_be_used_from_the_keyboard(browser: Browser, call: UUID) -> None:
    browser.open("/")
    body = browser.one("body")
    body.send_keys(Keys.TAB)
    focused = browser.driver.switch_to.active_element
    assert focused.get_dom_attribute("class") == "skip"
    assert focused.rect["y"] >= 0
    focused.send_keys(Keys.ENTER)
    assert browser.driver.switch_to.active_element.get_dom_attribute("id") == "main"
    reached = set()
    for _ in range(40):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        reached.add(browser.driver.switch_to.active_element.get_dom_attribute("id"))
    assert "file" in reached


def test_the_reference_is_drawn_from_local_files(browser: Browser) -> None:
    browser.open("/docs")
    browser.wait(lambda _: len(browser.all(".opblock")) >= 13)
    assert "/v1/interactions" in browser.one("#reference").text
    browser.all(".opblock-summary-control")[0].click()
    browser.wait(lambda _: browser.all(".opblock-body"))


def test_a_finding_is_called_wrong_by_a_button_and_that_is_taken_back(
    browser: Browser, call: UUID
) -> None:
    browser.open(f"/interactions/{call}")
    assert len(browser.all(".note")) == 4
    browser.one('#note-1 .judge button[value="reject"]').click()
    browser.wait(lambda _: browser.all(".just-said"))
    assert len(browser.all(".note")) == 3
    browser.one(".just-said button").click()
    browser.wait(lambda _: not browser.all(".just-said"))
    assert len(browser.all(".note")) == 4
    browser.one('#note-1 .judge button[value="confirm"]').click()
    browser.wait(lambda _: browser.all(".reviewed"))
    assert browser.text("#note-1 .reviewed") == "confirmed by people"

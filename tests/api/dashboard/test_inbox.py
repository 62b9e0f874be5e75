"""The page of the inbox: seen and used without a browser and without script."""

from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from api.store import items
from api.store.database import Database
from tests.api.themes import gather, say, texts


@pytest.fixture(scope="module", autouse=True)
def filled(database: Database) -> None:
    """One theme of defects, which reaches engineering."""
    say(database, texts("kettle", 6))
    gather(database)


def test_an_item_is_seen_and_changed(client: TestClient, database: Database) -> None:
    start = BeautifulSoup(client.get("/inbox").text, "lxml")
    tab = start.find("a", string=lambda text: bool(text and "Engineering" in text)) or next(
        link for link in start.select(".tabs a") if "Engineering" in link.text
    )
    assert tab.text.split()[-1] == "1"
    path = str(tab["href"])
    page = BeautifulSoup(client.get(path).text, "lxml")
    (item,) = page.select(".item")
    assert "6 findings in 6 interactions" in " ".join(item.text.split())
    assert "kettle leaks" in item.select_one("blockquote").text  # type: ignore[union-attr]
    form = item.select_one("form")
    assert form is not None
    action = str(form["action"])
    sent = {
        "revision": str(form.select_one("[name=revision]")["value"]),  # type: ignore[index]
        "state": "planned",
        "answer": "In <May>.",
        "due_at": "2030-05-01",
    }
    foreign = client.post(action, data=sent, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    saved = client.post(action, data=sent, follow_redirects=False)
    assert saved.status_code == 303, saved.text
    stale = client.post(action, data=sent, follow_redirects=False)
    assert stale.status_code == 422
    shown = client.get(saved.headers["location"]).text
    assert "<May>" not in shown
    assert "In &lt;May&gt;." in shown
    with database.session() as session:
        row = items.locked(session, UUID(action.rpartition("/")[2]))
        assert row is not None
        assert (row.state, row.due_at is not None and row.due_at.year) == ("planned", 2030)
    nothing = BeautifulSoup(client.get(f"{path}&state=fixed").text, "lxml")
    assert nothing.select(".item") == []

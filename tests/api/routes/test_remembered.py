"""Lists that are kept are never told after what they were made from has changed."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from api.steps import theme_edits
from api.store import interactions
from api.store.database import Database
from api.store.theme_tables import ThemeRow
from tests.api.themes import SCOPE, START, gather, members, say, texts, themes

LIST = f"/v1/themes?scope={SCOPE}"
Change = Callable[[Database, UUID], None]


@pytest.fixture(scope="module")
def kettle(database: Database) -> UUID:
    for number, topic in enumerate(("kettle", "screen", "login")):
        say(database, texts(topic, 5), started_at=START + timedelta(days=number))
    gather(database, SCOPE)
    return themes(database)["kettle"].id


def _edited(change: Callable[[Session, ThemeRow], object]) -> Change:
    def apply(database: Database, id: UUID) -> None:
        with database.session() as session:
            row = theme_edits.held(session, id)
            assert row is not None
            change(session, row)

    return apply


def _erased(database: Database, id: UUID) -> None:
    with database.session() as session:
        row = interactions.list_page(session, interactions.InteractionFilter(), limit=1)[0]
        assert interactions.erase(session, row.id)


def _more(database: Database, id: UUID) -> None:
    say(database, texts("kettle", 1, first=50), started_at=START)
    assert len(members(database, id)) > 0


@pytest.mark.parametrize(
    "change",
    [
        _edited(lambda session, row: theme_edits.rename(session, row, "Kettles")),
        _edited(lambda session, row: theme_edits.describe(session, row, "All about kettles")),
        _edited(lambda session, row: theme_edits.pin(session, row, pinned=True)),
        _edited(lambda session, row: theme_edits.hide(session, row, hidden=True)),
        _more,
        _erased,
    ],
    ids=["rename", "describe", "pin", "hide", "more", "erase"],
)
def test_a_change_is_told_at_once(
    client: TestClient, database: Database, kettle: UUID, change: Change
) -> None:
    first = client.get(LIST)
    assert client.get(LIST).content == first.content
    change(database, kettle)
    assert client.get(LIST).json() != first.json()


def test_the_next_page_is_told_again(client: TestClient, kettle: UUID) -> None:
    first, again = (client.get(f"{LIST}&limit=1") for _ in range(2))
    assert again.headers["Link"] == first.headers["Link"]
    assert again.json() == first.json()
    assert client.get(f"{LIST}&limit=2").json() != first.json()

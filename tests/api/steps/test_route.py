"""Items follow their themes: merged, brought back, split off; counters stay right throughout."""

from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.steps import theme_edits, theme_undo
from api.steps.inbox import Said, Who, change
from api.steps.route import route
from api.store import interactions, items
from api.store import theme_edits as edits
from api.store.database import Database
from api.store.department_tables import DepartmentRow
from api.store.inbox_tables import ItemRow, RuleRow
from tests.api.themes import gather, items_count_what_is_routed, members, say, texts, themes

WHO = Who(id=None, name="board")


@pytest.fixture(scope="module", autouse=True)
def filled(database: Database) -> None:
    """Two themes of defects, which reach engineering alone."""
    with database.session() as session:
        engineering = select(DepartmentRow.id).where(DepartmentRow.name == "engineering")
        session.execute(delete(RuleRow).where(RuleRow.department_id.not_in(engineering)))
    say(database, texts("kettle", 9))
    say(database, texts("screen", 6))
    gather(database)


def of(session: Session, theme: UUID) -> ItemRow:
    return session.scalars(select(ItemRow).where(ItemRow.theme_id == theme)).one()


def say_of(database: Database, theme: UUID, **said: str) -> None:
    with database.session() as session:
        change(session, of(session, theme), Said(**said), who=WHO, redact=str)  # type: ignore[arg-type]  # texts alone


def kinds(session: Session, item: UUID) -> list[str]:
    return [row.kind for row in items.history(session, item, limit=99)][::-1]


def test_a_merge_folds_items_and_its_undo_brings_them_back(database: Database) -> None:
    known = themes(database)
    kettle, screen = known["kettle"].id, known["screen"].id
    say_of(database, screen, state="planned", answer="In May.")
    with database.session() as session:
        gone, into = theme_edits.held(session, kettle), theme_edits.held(session, screen)
        assert gone is not None
        assert into is not None
        edit = theme_edits.merge(session, gone, into).id
    items_count_what_is_routed(database)
    with database.session() as session:
        lost, kept = of(session, kettle), of(session, screen)
        assert lost.folded_into == kept.id
        assert (kept.state, kept.findings, kept.answer) == ("open", 15, "")
        assert [
            row.id for row in items.list_page(session, items.ItemFilter(), sort="size", limit=9)
        ] == [kept.id]
        assert kinds(session, kept.id) == ["opened", "changed", "took_in"]
    say(database, texts("screen", 2, first=40))
    items_count_what_is_routed(database)
    with database.session() as session:
        row = edits.get(session, edit)
        assert row is not None
        assert theme_undo.undo(session, row) is None
    items_count_what_is_routed(database)
    with database.session() as session:
        lost, kept = of(session, kettle), of(session, screen)
        assert (lost.folded_into, lost.state) == (None, "open")
        assert (kept.state, kept.answer) == ("planned", "In May.")
        assert kinds(session, lost.id) == ["opened", "folded", "unfolded"]
        assert kinds(session, kept.id)[-1] == "gave_back"


def test_what_is_split_off_begins_as_what_it_came_from(database: Database) -> None:
    kettle = themes(database)["kettle"].id
    say_of(database, kettle, state="declined", reason="Works as it should.")
    some = sorted(members(database, kettle))[:4]
    with database.session() as session:
        theme = theme_edits.held(session, kettle)
        assert theme is not None
        other = theme_edits.split(session, theme, some, "leaks at night").other_id
        assert other is not None
    items_count_what_is_routed(database)
    with database.session() as session:
        new = of(session, other)
        assert (new.state, new.reason, new.findings) == ("declined", "Works as it should.", 4)
        assert kinds(session, new.id) == ["split_off", "opened"]


def test_erased_interactions_count_no_more(database: Database) -> None:
    (id, *_) = say(database, texts("screen", 1, first=60))
    with database.session() as session:
        counted = items.counting(session, [id])
        assert counted
        assert interactions.erase(session, id)
        items.recount(session, counted)
    items_count_what_is_routed(database)


def test_the_same_interactions_routed_twice_change_nothing(database: Database) -> None:
    ids = say(database, texts("screen", 2, first=70))
    before = _counters(database)
    with database.session() as session:
        assert route(session, ids) == 0
    gather(database)
    items_count_what_is_routed(database)
    assert sum(_counters(database).values()) == sum(before.values())


def _counters(database: Database) -> dict[UUID, int]:
    with database.session() as session:
        return {row.id: row.findings for row in session.scalars(select(ItemRow))}

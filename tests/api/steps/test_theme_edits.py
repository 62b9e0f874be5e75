"""Edits of themes by people: what each does at once, what undoing does, and what is refused."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from api.steps import theme_edits as step
from api.steps.theme_undo import Edit, Fate, refusal, undo
from api.store import theme_edits as store
from api.store import theme_findings
from api.store import theme_reads as reads
from api.store import themes as stored
from api.store.database import Database
from api.store.theme_counts import Slice
from api.store.theme_findings import MemberFilter
from api.store.theme_history import ThemeEditRow
from api.store.theme_tables import ThemeRow
from api.store.themes import ThemeFilter
from nlp.errors import OptionError
from tests.api.themes import SCOPE, TOPICS, dump, gather, members, say, texts, themes
from tests.conftest import NewDatabase

EACH = 6
A, B, C = (UUID(int=number) for number in (1, 2, 3))
FIRST, LATER = UUID(int=11), UUID(int=12)
ACTIVE = Fate(state="active")


@pytest.fixture(scope="module")
def made(new_database: NewDatabase) -> Database:
    database = new_database()
    say(database, [one for topic in TOPICS for one in texts(topic, EACH)])
    gather(database)
    return database


@pytest.fixture
def database(made: Database) -> Database:
    """The same for all tests: each undoes what it does, which is what is tried."""
    return made


def _held(session: Session, id: UUID) -> ThemeRow:
    row = step.held(session, id)
    assert row is not None
    return row


def _state(database: Database) -> list[str]:
    """Who stands where, and how each theme is shown: what an undo restores."""
    with database.session() as session:
        listed = reads.ranked(session, ThemeFilter(scope=SCOPE), Slice(), "size")
        rows = reads.rows(session, [key.id for key in listed])
    shown = [
        f"{row.id} {row.name} {row.named_by} {row.description} {row.pinned} {row.hidden}"
        for row in rows
    ]
    return sorted(shown + [f"{row.id} {id}" for row in rows for id in members(database, row.id)])


def _topics(database: Database) -> dict[str, UUID]:
    return {topic: row.id for topic, row in themes(database).items()}


def _rename(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    return step.rename(session, _held(session, ids["kettle"]), "Leaking kettles")


def _describe(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    return step.describe(session, _held(session, ids["kettle"]), "Since the new seal.")


def _pin(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    return step.pin(session, _held(session, ids["kettle"]), pinned=True)


def _hide(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    return step.hide(session, _held(session, ids["kettle"]), hidden=True)


def _merge(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    return step.merge(session, _held(session, ids["kettle"]), _held(session, ids["screen"]))


def _some(session: Session, id: UUID, *, most: int = 2) -> list[UUID]:
    page = theme_findings.members_page(session, id, MemberFilter(slice=Slice()), limit=most)
    return [row.id for row in page]


def _split(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    theme = ids["kettle"]
    return step.split(session, _held(session, theme), _some(session, theme), "Two kettles")


def _move(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    to = _held(session, ids["screen"])
    return step.move(session, SCOPE, _some(session, ids["kettle"]), to)


def _drop(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    stored.scope(session, SCOPE, lock=True)
    return step.move(session, SCOPE, _some(session, ids["kettle"]), None)


def _seed(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    stored.scope(session, SCOPE, lock=True)
    found = _some(session, ids["kettle"]) + _some(session, ids["login"])
    return step.seed(session, SCOPE, "Seeded", found)


def _together(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    stored.scope(session, SCOPE, lock=True)
    return step.together(session, SCOPE, _some(session, ids["kettle"]))


def _apart(session: Session, ids: dict[str, UUID]) -> ThemeEditRow:
    stored.scope(session, SCOPE, lock=True)
    one, other = _some(session, ids["kettle"])
    return step.apart(session, SCOPE, [one], [other])


@pytest.mark.parametrize(
    "does",
    [_rename, _describe, _pin, _hide, _merge, _split, _move, _drop, _seed, _together, _apart],
)
def test_every_edit_can_be_undone(
    database: Database, does: Callable[[Session, dict[str, UUID]], ThemeEditRow]
) -> None:
    before, ids = _state(database), _topics(database)
    with database.session() as session:
        edit = does(session, ids)
    if does not in (_together, _apart):
        assert _state(database) != before
    with database.session() as session:
        row = store.get(session, edit.id)
        assert row is not None
        assert undo(session, row) is None
        assert row.undone_at is not None
        assert "undone before" in str(undo(session, row))
    assert _state(database) == before


def test_what_undoing_restores_holds_in_the_next_clustering(database: Database) -> None:
    before = _state(database)
    gather(database)
    assert _state(database) == before


def test_a_merged_theme_says_where_it_went(database: Database) -> None:
    ids = _topics(database)
    with database.session() as session:
        first = _merge(session, ids)
        second = step.merge(session, _held(session, ids["screen"]), _held(session, ids["login"]))
        row = stored.get(session, ids["kettle"])
        assert row is not None
        assert stored.successor(session, row).id == ids["login"]
        assert "undo that first" in str(undo(session, first))
        assert undo(session, second) is None
        assert undo(session, first) is None
    assert _topics(database) == ids


def test_what_was_placed_since_a_merge_stays_where_it_was_put(database: Database) -> None:
    ids = _topics(database)
    with database.session() as session:
        some = _some(session, ids["kettle"])
        merged = _merge(session, ids)
        moved = step.move(session, SCOPE, some, _held(session, ids["login"]))
        assert undo(session, merged) is None
    assert set(some) <= members(database, ids["login"]).keys()
    assert len(members(database, ids["kettle"])) == EACH - len(some)
    with database.session() as session:
        row = store.get(session, moved.id)
        assert row is not None
        assert undo(session, row) is None
    assert (
        set(some)
        <= members(database, ids["screen"]).keys() | members(database, ids["kettle"]).keys()
    )
    with database.session() as session:
        step.move(session, SCOPE, some, _held(session, ids["kettle"]))
    assert _topics(database) == ids


def test_new_findings_go_into_what_people_made(database: Database) -> None:
    ids = _topics(database)
    with database.session() as session:
        edit = _merge(session, ids)
    say(database, texts("kettle", 1, first=50))
    assert any("case 50" in quote for quote in members(database, ids["screen"]).values())
    with database.session() as session:
        row = store.get(session, edit.id)
        assert row is not None
        assert undo(session, row) is None
        # It came while the two were one, so that nobody said where else it belongs.
        found = {quote: id for id, quote in members(database, ids["screen"]).items()}
        late = next(id for quote, id in found.items() if "case 50" in quote)
        step.move(session, SCOPE, [late], _held(session, ids["kettle"]))
    assert _topics(database) == ids


@pytest.mark.parametrize(
    ("does", "says"),
    [
        (lambda s, t: step.rename(s, t["kettle"], "  "), "empty"),
        (lambda s, t: step.rename(s, t["kettle"], "a" * 201), "201 characters"),
        (lambda s, t: step.describe(s, t["kettle"], "a" * 2001), "2,001 characters"),
        (lambda s, t: step.merge(s, t["kettle"], t["kettle"]), "into itself"),
        (lambda s, t: step.split(s, t["kettle"], [], "x"), "no finding is named"),
        (lambda s, t: step.split(s, t["kettle"], [UUID(int=5)], "x"), "are not there"),
        (lambda s, t: step.split(s, t["kettle"], _some(s, t["screen"].id), "x"), "2 of the"),
        (
            lambda s, t: step.split(s, t["kettle"], _some(s, t["kettle"].id, most=99), "x"),
            "nothing would be left",
        ),
        (lambda s, t: step.move(s, "all", _some(s, t["kettle"].id), t["screen"]), "is of product"),
        (lambda s, t: step.together(s, SCOPE, _some(s, t["kettle"].id)[:1]), "two or more"),
        (
            lambda s, t: step.apart(s, SCOPE, _some(s, t["kettle"].id), _some(s, t["kettle"].id)),
            "both sides",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    database: Database, does: Callable[[Session, dict[str, ThemeRow]], object], says: str
) -> None:
    before, ids = dump(database, "themes", "theme_members", "theme_edits"), _topics(database)

    def tried() -> None:
        with database.session() as session:
            does(session, {topic: _held(session, id) for topic, id in ids.items()})

    with pytest.raises(OptionError, match=says):
        tried()
    assert dump(database, "themes", "theme_members", "theme_edits") == before


def test_a_theme_that_is_no_more_is_not_edited(database: Database) -> None:
    ids = _topics(database)

    def tried() -> None:
        with database.session() as session:
            _merge(session, ids)
            step.rename(session, _held(session, ids["kettle"]), "x")

    with pytest.raises(OptionError, match=f"merged into {ids['screen']}"):
        tried()


@pytest.mark.parametrize(
    ("edit", "later", "fates", "says"),
    [
        (Edit(id=FIRST, kind="pin", theme=A), [], {A: ACTIVE}, None),
        (Edit(id=FIRST, kind="pin", theme=A, undone=True), [], {A: ACTIVE}, "undone before"),
        (
            Edit(id=FIRST, kind="rename", theme=A),
            [Edit(id=LATER, kind="rename", theme=A)],
            {A: ACTIVE},
            f"undo edit {LATER}",
        ),
        (
            Edit(id=FIRST, kind="rename", theme=A),
            [Edit(id=LATER, kind="pin", theme=A), Edit(id=LATER, kind="rename", theme=B)],
            {A: ACTIVE},
            None,
        ),
        (
            Edit(id=FIRST, kind="move", theme=A),
            [Edit(id=LATER, kind="move", theme=B, shares=True)],
            {A: ACTIVE},
            f"placed again since: undo edit {LATER}",
        ),
        (
            Edit(id=FIRST, kind="move", theme=A),
            [Edit(id=LATER, kind="move", theme=A)],
            {A: ACTIVE},
            None,
        ),
        (
            Edit(id=FIRST, kind="merge", theme=A, other=B),
            [],
            {A: Fate(state="merged", merged_into=B), B: ACTIVE},
            None,
        ),
        (
            Edit(id=FIRST, kind="merge", theme=A, other=B),
            [],
            {
                A: Fate(state="merged", merged_into=B),
                B: Fate(state="merged", merged_into=C),
            },
            f"{B} was merged into {C} since",
        ),
        (
            Edit(id=FIRST, kind="merge", theme=A, other=B),
            [],
            {A: ACTIVE, B: ACTIVE},
            "not merged into",
        ),
        (Edit(id=FIRST, kind="split", theme=A, other=B), [], {A: ACTIVE, B: ACTIVE}, None),
        (
            Edit(id=FIRST, kind="split", theme=A, other=B),
            [],
            {A: Fate(state="faded"), B: ACTIVE},
            f"{A} has faded since",
        ),
        (
            Edit(id=FIRST, kind="split", theme=A, other=B),
            [],
            {A: ACTIVE, B: Fate(state="merged", merged_into=C)},
            f"{B} was merged into {C}",
        ),
        (Edit(id=FIRST, kind="seed", theme=A), [], {A: ACTIVE}, None),
        (
            Edit(id=FIRST, kind="seed", theme=A),
            [],
            {A: Fate(state="merged", merged_into=B)},
            f"{A} was merged into {B}",
        ),
        (Edit(id=FIRST, kind="together"), [Edit(id=LATER, kind="apart")], {}, None),
        (Edit(id=FIRST, kind="apart"), [Edit(id=LATER, kind="move", shares=True)], {}, None),
    ],
)
def test_what_an_undo_needs(
    edit: Edit, later: list[Edit], fates: dict[UUID, Fate], says: str | None
) -> None:
    found = refusal(edit, later, fates)
    if says is None:
        assert found is None
    else:
        assert says in str(found)


def test_edits_are_listed_the_newest_first(database: Database) -> None:
    with database.session() as session:
        every = store.list_page(session, scope=SCOPE, limit=99)
        assert [row.id for row in every] == sorted((row.id for row in every), reverse=True)
        two = store.list_page(session, scope=SCOPE, limit=2)
        rest = store.list_page(session, scope=SCOPE, after=two[-1].id, limit=99)
        assert [row.id for row in two + rest] == [row.id for row in every]
        theme = next(row.theme_id for row in every if row.theme_id is not None)
        named = store.list_page(session, theme=theme, limit=99)
        assert {theme} <= {row.theme_id for row in named} | {row.other_id for row in named}
        assert store.list_page(session, scope="all", limit=9) == []

"""Online assignment: findings go into known themes in the transaction that writes them."""

from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import func, select, text

from api.steps import retheme, theme_edits
from api.steps.assign import Memory, newcomers, sketch
from api.steps.backfill import backfill
from api.store import backfills, categories, findings, theme_members, theme_reads, themes
from api.store.database import Database
from api.store.tables import FindingRow
from api.store.theme_counts import Slice
from api.store.theme_tables import ALL, ThemeMemberRow, ThemeScopeRow
from nlp.heads.custom import CustomCategory
from tests.api.interactions import WIDTH
from tests.api.themes import (
    SCOPE,
    TOPICS,
    TopicMiner,
    dump,
    gather,
    members,
    say,
    texts,
)
from tests.api.themes import themes as by_topic
from tests.conftest import NewDatabase

EACH = 6


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    """A database of its own for each test, with findings of all topics."""
    made = new_database()
    say(made, [one for topic in TOPICS for one in texts(topic, EACH)])
    return made


def _waiting(database: Database, scope: str) -> int:
    with database.session() as session:
        return themes.pool(session, scope).waiting


def test_before_the_first_clustering_all_waits(database: Database) -> None:
    total = EACH * len(TOPICS)
    assert (_waiting(database, SCOPE), _waiting(database, ALL)) == (total, total)
    with database.session() as session:
        scopes = select(ThemeScopeRow.scope).order_by(ThemeScopeRow.scope)
        assert session.scalars(scopes).all() == [ALL, SCOPE]


def test_a_new_finding_goes_into_its_theme_of_every_scope(database: Database) -> None:
    gather(database, SCOPE, ALL)
    (id,) = say(database, texts("kettle", 1, first=50))
    with database.session() as session:
        rows = session.scalars(
            select(ThemeMemberRow).where(ThemeMemberRow.interaction_id == id)
        ).all()
        assert {row.scope for row in rows} == {SCOPE, ALL}
        assert {row.placed_by for row in rows} == {"online"}
        assert all(0 < row.likeness <= 1 for row in rows)
        (id,) = {row.finding_id for row in rows}
        kettle = by_topic(database)["kettle"].id
        shown = findings.of(session, rows[0].interaction_id)
        assert {row.id: row.theme for row in shown} == {id: kettle}
        names = themes.names(session, [row.theme_id for row in rows])
        assert names.keys() == {row.theme_id for row in rows}
        assert all("kettle" in name.lower() for name in names.values())
    assert len(members(database, kettle)) == EACH + 1


def test_what_fits_nowhere_waits(database: Database) -> None:
    gather(database)
    say(database, texts("novelty", 2))
    assert _waiting(database, SCOPE) == 2


def test_what_a_process_keeps_is_read_once_a_version(database: Database) -> None:
    gather(database)
    memory = Memory()
    with database.session() as session:
        version = theme_members.hold(session, [SCOPE])[SCOPE]
        first = memory.of(session, SCOPE, version)
        assert memory.of(session, SCOPE, version) is first
    say(database, texts("kettle", 1, first=60), memory=memory)
    with database.session() as session:
        assert memory.of(session, SCOPE, version) is first, "a finding changes no theme"
    gather(database)
    with database.session() as session:
        now = theme_members.hold(session, [SCOPE])[SCOPE]
        assert now != version
        assert memory.of(session, SCOPE, now) is not first


def test_twice_it_writes_the_same_rows(database: Database) -> None:
    gather(database)
    (id,) = say(database, texts("kettle", 1, first=50))
    before = dump(database, "theme_members")
    with database.session() as session:
        assert newcomers(session, Memory(), [id]) == 0
    assert dump(database, "theme_members") == before


def test_rolled_back_there_is_neither_finding_nor_membership(database: Database) -> None:
    gather(database)
    before = dump(database, "theme_members", "findings")
    with database.session() as session:
        # What comes after the memberships in the same transaction fails.
        session.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'no'; END $$"
            )
        )
        session.execute(
            text(
                "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON theme_members"
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    (id,) = say(database, texts("kettle", 1, first=50))
    assert dump(database, "theme_members", "findings") == before
    with database.session() as session:
        count = select(func.count()).where(FindingRow.interaction_id == id)
        assert session.scalar(count) == 0


def test_vectors_of_another_model_are_held_against_nothing(database: Database) -> None:
    gather(database)
    with database.session() as session:
        session.execute(text("UPDATE theme_scopes SET model = 'another'"))
    say(database, texts("kettle", 1, first=50))
    assert _waiting(database, SCOPE) == 1


def _category(database: Database, name: str) -> UUID:
    head = CustomCategory(
        name=name,
        weights=np.zeros(WIDTH, dtype=np.float32),
        bias=1.0,
        threshold=0.5,
        token_mean=0.0,
        token_scale=1.0,
        digest="words",
    )
    with database.session() as session:
        row = categories.create(
            session,
            {
                "name": name,
                "description": "",
                "threshold": 0.5,
                "wanted": 0.8,
                "model": "words-1",
                "digest": "words",
                "head": head.as_json(),
                "judged": {},
            },
        )
        assert row is not None
        return row.id


def _backfill(database: Database, category: UUID) -> None:
    with database.session() as session:
        row = categories.get(session, category)
        assert row is not None
        job = backfills.create(session, row).id
    for _ in range(5):
        backfill(database, TopicMiner(), job)


def test_a_backfill_fills_the_scope_of_its_category_and_keeps_what_people_placed(
    database: Database,
) -> None:
    category = _category(database, "safety")
    _backfill(database, category)
    assert _waiting(database, "safety") == EACH * len(TOPICS)
    gather(database, "safety", ALL)
    found = by_topic(database, "safety")
    assert set(found) == set(TOPICS)
    moved = sorted(members(database, found["kettle"].id))[0]
    with database.session() as session:
        to = theme_edits.held(session, found["screen"].id)
        theme_edits.move(session, "safety", [moved], to)
    assert moved in members(database, found["screen"].id)
    _backfill(database, category)
    after = {topic: set(members(database, row.id)) for topic, row in found.items()}
    assert after["screen"] >= {moved}
    assert moved not in after["kettle"]
    placed = sum(len(one) for one in after.values())
    assert placed + _waiting(database, "safety") == EACH * len(TOPICS)
    assert placed >= EACH * len(TOPICS) - 2, "the others fit where they were"


def test_themes_go_with_their_category(database: Database) -> None:
    category = _category(database, "safety")
    _backfill(database, category)
    gather(database, "safety", ALL)
    ids = {row.id for row in by_topic(database, "safety").values()}
    with database.session() as session:
        merged = sorted(ids)[:2]
        rows = [theme_edits.held(session, id) for id in merged]
        assert rows[0] is not None
        assert rows[1] is not None
        theme_edits.merge(session, rows[0], rows[1])
    with database.session() as session:
        row = categories.get(session, category, lock=True)
        assert row is not None
        categories.change(session, row, {"name": "hazards"})
    with database.session() as session:
        wanted = themes.ThemeFilter(scope="hazards", state=None)
        listed = theme_reads.ranked(session, wanted, Slice(), "size")
        assert {one.id for one in listed} == ids
        assert themes.scope(session, "safety") is None
    gather(database, "hazards")
    with database.session() as session:
        row = categories.get(session, category, lock=True)
        assert row is not None
        categories.remove(session, row)
    with database.session() as session:
        assert set(session.scalars(select(ThemeScopeRow.scope))) == {ALL, SCOPE}
        left = select(func.count()).select_from(ThemeMemberRow)
        assert session.scalar(left.where(ThemeMemberRow.scope == "hazards")) == 0
        # The passages stand in the scope of all by their other findings.
        assert session.scalar(left.where(ThemeMemberRow.scope == ALL)) == EACH * len(TOPICS)


def test_a_finding_of_both_merged_themes_stands_in_the_heir_once(database: Database) -> None:
    gather(database)
    found = by_topic(database)
    kettle, screen = found["kettle"].id, found["screen"].id
    with database.session() as session:
        first = sorted(members(database, kettle))[0]
        other = sorted(members(database, screen))[0]
        for finding, second in ((first, screen), (other, kettle)):
            row = session.scalars(
                select(ThemeMemberRow).where(ThemeMemberRow.finding_id == finding)
            ).one()
            twin = {
                "finding_id": finding,
                "theme_id": second,
                "scope": SCOPE,
                "place": 2,
                "interaction_id": row.interaction_id,
                "likeness": 0.4,
                "placed_by": "clustering",
            }
            theme_members.add(session, [twin])
    with database.session() as session:
        gone, kept = theme_edits.held(session, kettle), theme_edits.held(session, screen)
        assert gone is not None
        assert kept is not None
        theme_edits.merge(session, gone, kept)
    together = members(database, screen)
    assert {first, other} <= together.keys()
    assert len(together) == 2 * EACH
    with database.session() as session:
        seconds = select(func.count()).where(ThemeMemberRow.place == 2)
        assert session.scalar(seconds) == 0


def test_a_theme_of_few_lets_in_what_is_like_them() -> None:
    middle = np.zeros(WIDTH, dtype=np.float32)
    middle[0] = 1.0
    shared = np.zeros(WIDTH, dtype=np.float32)
    found = sketch(np.stack([middle, middle]), shared)
    assert found.floor < 0.5, "two that are the same would let in nothing else"
    assert found.middle @ middle == pytest.approx(1)
    assert len(found.prototypes) == 2


def test_asking_for_what_is_not_there_makes_the_scope(database: Database) -> None:
    with database.session() as session:
        job = retheme.ask(session, {"feature_request": "asked"}, source="feature_request")
        assert job is not None
    retheme.retheme(database, job.id)
    with database.session() as session:
        row = themes.scope(session, "feature_request")
        assert row is not None
        assert row.clustered_at is not None
        assert row.documents == 0

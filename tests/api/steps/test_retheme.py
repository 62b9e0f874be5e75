"""Re-clustering against a real database: ids stay, edits win, and nobody sees half of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select, text

from api.steps import retheme, theme_edits, theme_undo
from api.store import interactions, jobs, theme_areas, theme_findings, theme_runs
from api.store import themes as store
from api.store.database import Database
from api.store.errors import StoreError
from api.store.theme_counts import Slice
from api.store.theme_findings import MemberFilter
from api.store.theme_history import ThemeLineageRow, ThemeRunRow
from api.store.theme_runs import Patience
from api.store.theme_tables import ALL, ThemeRow
from tests.api.chat import Chat
from tests.api.themes import (
    SCOPE,
    TOPICS,
    dump,
    gather,
    members,
    say,
    texts,
    themes,
)
from tests.api.waiting import wait_until
from tests.conftest import NewDatabase

EACH = 8
KEPT = ("themes", "theme_members", "theme_prototypes", "theme_quotes", "theme_areas", "subthemes")
PATIENCE = Patience(every=timedelta(0), fewest=10, growth=0.1, waiting=5)


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    """A database of its own for each test, with findings of all topics."""
    made = new_database()
    say(made, [one for topic in TOPICS for one in texts(topic, EACH)])
    return made


def _runs(database: Database) -> list[ThemeRunRow]:
    with database.session() as session:
        return theme_runs.list_page(session, limit=100)


def _lineage(database: Database, theme: UUID) -> list[str]:
    with database.session() as session:
        rows = select(ThemeLineageRow.kind).where(ThemeLineageRow.theme_id == theme)
        return list(session.scalars(rows.order_by(ThemeLineageRow.id)))


def test_the_first_finds_every_topic_and_says_what_it_did(database: Database) -> None:
    job = gather(database)
    found = themes(database)
    assert set(found) == set(TOPICS)
    assert "kettle" in found["kettle"].name.lower()
    assert found["kettle"].named_by == "machine"
    assert _lineage(database, found["kettle"].id) == ["born"]
    (run,) = _runs(database)
    total = EACH * len(TOPICS)
    assert (run.state, run.findings, run.documents, run.themes) == ("done", total, total, 4)
    assert run.waiting == 0
    assert run.quality is not None
    assert run.quality["coverage"] == 1
    with database.session() as session:
        row = jobs.get(session, job)
        assert row is not None
        assert (row.kind, row.state, row.total) == ("themes", "done", total)
        assert jobs.progress(session, job).mined == total
        quotes = store.quotes(session, [found["kettle"].id])[found["kettle"].id]
        assert quotes["central"]
        assert all("kettle" in quote.quote for quote in quotes["central"])
        assert theme_areas.page(session, SCOPE, limit=99)


def test_again_it_writes_the_same_rows(database: Database) -> None:
    gather(database)
    before = dump(database, *KEPT)
    gather(database)
    assert dump(database, *KEPT) == before
    assert [run.moved for run in _runs(database)] == [0, 0]


def test_over_all_findings_a_passage_counts_once(database: Database) -> None:
    gather(database, ALL)
    assert set(themes(database, ALL)) == set(TOPICS)
    assert themes(database, SCOPE) == {}
    (run,) = _runs(database)
    assert run.documents == EACH * len(TOPICS)


def test_what_waited_becomes_a_theme_and_the_others_keep_their_ids(database: Database) -> None:
    gather(database)
    before = {topic: row.id for topic, row in themes(database).items()}
    say(database, texts("novelty", EACH))
    with database.session() as session:
        assert store.pool(session, SCOPE).waiting == EACH
        waiting = store.pool_page(session, SCOPE, limit=100)
        assert all("novelty" in one.quote for one in waiting)
    gather(database)
    found = themes(database)
    assert {topic: found[topic].id for topic in TOPICS} == before
    assert len(found) == len(TOPICS) + 1
    (last, _) = _runs(database)
    assert last.quality is not None
    assert last.quality["stability"] == 1


@contextmanager
def _when_lineage_is_written(database: Database, does: str) -> Iterator[None]:
    """Has the server do something in the middle of writing an outcome."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION interfere() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {does}; RETURN NEW; END $$"
        )
        connection.execute(
            "CREATE TRIGGER interfere BEFORE INSERT ON theme_lineage"
            " FOR EACH ROW EXECUTE FUNCTION interfere()"
        )
        yield
        connection.execute("DROP TRIGGER interfere ON theme_lineage")
        connection.execute("DROP FUNCTION interfere")


def test_cut_off_in_the_middle_it_leaves_the_old_themes_and_begins_again(
    database: Database,
) -> None:
    gather(database)
    say(database, texts("novelty", EACH))
    before = dump(database, *KEPT, "theme_scopes")
    with database.session() as session:
        job = retheme.ask(session, {SCOPE: "asked"}, source="themes")
        assert job is not None
    cut = "PERFORM pg_terminate_backend(pg_backend_pid())"
    with _when_lineage_is_written(database, cut), pytest.raises(StoreError):
        retheme.retheme(database, job.id)
    assert dump(database, *KEPT, "theme_scopes") == before
    assert _runs(database)[0].state == "running"
    retheme.retheme(database, job.id)
    assert _runs(database)[0].state == "done"
    assert len(themes(database)) == len(TOPICS) + 1


def test_what_fails_says_so_and_the_next_one_runs(database: Database) -> None:
    with _when_lineage_is_written(database, "RAISE EXCEPTION 'no'"):
        job = gather(database)
    (run,) = _runs(database)
    assert run.state == "failed"
    assert run.error_code == "raised_ProgrammingError"
    with database.session() as session:
        row = jobs.get(session, job)
        assert row is not None
        assert row.state == "done"
    assert themes(database) == {}
    gather(database)
    assert set(themes(database)) == set(TOPICS)


def test_workers_that_die_over_it_are_not_sent_for_ever(database: Database) -> None:
    with database.session() as session:
        job = retheme.ask(session, {SCOPE: "asked"}, source="themes")
        assert job is not None
    retheme.retheme(database, job.id, deaths=retheme.GIVE_UP_AFTER)
    (run,) = _runs(database)
    assert (run.state, run.error_code) == ("failed", "worker_died")


def _waits_for_a_lock(database: Database) -> bool:
    with database.session() as session:
        query = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(session.scalar(query))


def test_a_reader_sees_the_old_themes_until_all_is_written(database: Database) -> None:
    gather(database)
    before = {topic: row.id for topic, row in themes(database).items()}
    say(database, texts("novelty", EACH))
    with (
        _when_lineage_is_written(database, "PERFORM pg_advisory_xact_lock(77)"),
        psycopg.connect(database.conninfo, autocommit=True) as gate,
    ):
        gate.execute("SELECT pg_advisory_lock(77)")
        thread = threading.Thread(target=gather, args=[database])
        thread.start()
        wait_until(lambda: _waits_for_a_lock(database), seconds=8)
        assert {topic: row.id for topic, row in themes(database).items()} == before
        with database.session() as session:
            assert store.pool(session, SCOPE).waiting == EACH
        gate.execute("SELECT pg_advisory_unlock(77)")
        thread.join()
    with database.session() as session:
        assert store.pool(session, SCOPE).waiting == 0


def test_one_runs_at_a_time(database: Database) -> None:
    with database.session() as session:
        job = retheme.ask(session, {SCOPE: "asked"}, source="themes")
        assert job is not None
        assert retheme.ask(session, {SCOPE: "asked"}, source="themes") is None, "it is under way"
    with database.alone(theme_runs.LOCK) as alone:
        assert alone
        retheme.retheme(database, job.id)
        assert _runs(database)[0].state == "waiting"
    retheme.retheme(database, job.id)
    assert _runs(database)[0].state == "done"


def test_a_cancelled_one_writes_nothing(database: Database) -> None:
    with database.session() as session:
        job = retheme.ask(session, {SCOPE: "asked", ALL: "asked"}, source="themes")
        assert job is not None
        run = theme_runs.take_up(session, job.id)
        assert run is not None
        assert jobs.cancel(session, job.id)
        assert theme_runs.claim(session, run.id) is None
    retheme.retheme(database, job.id)
    assert [run.state for run in _runs(database)] == ["cancelled", "cancelled"]
    assert themes(database) == {}
    gather(database)
    assert set(themes(database)) == set(TOPICS)


def test_an_edit_that_comes_meanwhile_wins(database: Database) -> None:
    gather(database)
    theme = themes(database)["kettle"].id
    with database.session() as session:
        job = retheme.ask(session, {SCOPE: "asked"}, source="themes")
        assert job is not None
        run = theme_runs.take_up(session, job.id)
        assert run is not None
    with psycopg.connect(database.conninfo) as gate:
        gate.execute("SELECT FROM theme_runs WHERE id = %s FOR UPDATE", [run.id])
        thread = threading.Thread(target=retheme.retheme, args=[database, job.id])
        thread.start()
        wait_until(lambda: _waits_for_a_lock(database), seconds=8)
        with database.session() as session:
            row = theme_edits.held(session, theme)
            into = theme_edits.held(session, themes(database)["screen"].id)
            assert row is not None
            assert into is not None
            theme_edits.merge(session, row, into)
        gate.rollback()
        thread.join()
    with database.session() as session:
        row = session.get_one(ThemeRow, theme)
        assert (row.state, row.merged_into) == ("merged", into.id)
        assert set(_runs(database)[0].state.split()) == {"done"}
    assert len(members(database, into.id)) == 2 * EACH


def test_findings_that_come_meanwhile_keep_their_theme(database: Database) -> None:
    gather(database)
    theme = themes(database)["kettle"].id
    with database.session() as session:
        job = retheme.ask(session, {SCOPE: "asked"}, source="themes")
        assert job is not None
        run = theme_runs.take_up(session, job.id)
        assert run is not None
    with psycopg.connect(database.conninfo) as gate:
        gate.execute("SELECT FROM theme_runs WHERE id = %s FOR UPDATE", [run.id])
        thread = threading.Thread(target=retheme.retheme, args=[database, job.id])
        thread.start()
        wait_until(lambda: _waits_for_a_lock(database), seconds=8)
        say(database, texts("kettle", 1, first=100))
        gate.rollback()
        thread.join()
    assert _runs(database)[0].findings == EACH * len(TOPICS)
    assert len(members(database, theme)) == EACH + 1


def test_edits_outlive_two_re_clusterings(database: Database) -> None:
    gather(database)
    found = themes(database)
    kettles = sorted(members(database, found["kettle"].id))
    logins = sorted(members(database, found["login"].id))
    with database.session() as session:
        rows = {topic: theme_edits.held(session, row.id) for topic, row in found.items()}
        kettle, screen, login, parcel = (rows[topic] for topic in TOPICS)
        assert kettle is not None
        assert screen is not None
        assert login is not None
        assert parcel is not None
        theme_edits.rename(session, kettle, "  Leaking   kettles ")
        new = theme_edits.split(session, kettle, kettles[:3], "Three kettles").other_id
        theme_edits.merge(session, screen, parcel)
        theme_edits.move(session, SCOPE, logins[:1], parcel)
        theme_edits.move(session, SCOPE, logins[1:2], None)
        theme_edits.pin(session, login, pinned=True)
        theme_edits.hide(session, login, hidden=True)
        seeded = theme_edits.seed(session, SCOPE, "Logged out", logins[2:4]).theme_id
        assert new is not None
        assert seeded is not None
    for extra in range(2):
        for topic in TOPICS:
            say(database, texts(topic, 3, first=100 + 10 * extra))
        gather(database)
        with database.session() as session:
            row = session.get_one(ThemeRow, kettle.id)
            assert (row.name, row.named_by, row.state) == ("Leaking kettles", "person", "active")
            assert session.get_one(ThemeRow, new).state == "active"
            assert session.get_one(ThemeRow, screen.id).merged_into == parcel.id
            assert session.get_one(ThemeRow, login.id).hidden
            assert session.get_one(ThemeRow, login.id).state == "active"
            assert {one.id for one in store.pool_page(session, SCOPE, limit=99)} >= {logins[1]}
        assert set(kettles[:3]) <= members(database, new).keys()
        assert not set(kettles[:3]) & members(database, kettle.id).keys()
        assert set(logins[2:4]) <= members(database, seeded).keys()
        together = members(database, parcel.id)
        assert logins[0] in together
        assert sum("screen" in quote for quote in together.values()) >= EACH


def test_lists_of_what_belongs_together_and_what_does_not_are_obeyed(database: Database) -> None:
    gather(database)
    found = themes(database)
    kettles = sorted(members(database, found["kettle"].id))
    screens = sorted(members(database, found["screen"].id))
    with database.session() as session:
        theme_edits.together(session, SCOPE, [kettles[0], screens[0]])
        theme_edits.apart(session, SCOPE, kettles[1:2], kettles[2:3])
    gather(database)
    first = {one: id for id in (row.id for row in found.values()) for one in members(database, id)}
    assert first[kettles[0]] == first[screens[0]]
    assert first.get(kettles[1]) != first.get(kettles[2])


def test_an_undone_merge_does_not_come_back(database: Database) -> None:
    gather(database)
    found = themes(database)
    with database.session() as session:
        kettle = theme_edits.held(session, found["kettle"].id)
        screen = theme_edits.held(session, found["screen"].id)
        assert kettle is not None
        assert screen is not None
        edit = theme_edits.merge(session, kettle, screen)
    gather(database)
    with database.session() as session:
        assert theme_undo.undo(session, session.merge(edit)) is None
    gather(database)
    now = themes(database)
    assert {topic: row.id for topic, row in now.items()} == {
        topic: row.id for topic, row in found.items()
    }


def test_erasure_leaves_nothing_behind(database: Database) -> None:
    gather(database)
    theme = themes(database)["kettle"]
    with database.session() as session:
        row = theme_edits.held(session, theme.id)
        assert row is not None
        theme_edits.pin(session, row, pinned=True)
        every = MemberFilter(slice=Slice())
        found = theme_findings.members_page(session, theme.id, every, limit=99)
        ids = [one.interaction_id for one in found]
    for id in ids:
        with database.session() as session:
            assert interactions.erase(session, id)
    assert members(database, theme.id) == {}
    left = "\n".join(dump(database, "theme_members", "theme_quotes", "theme_edit_passages"))
    assert not any(str(id) in left for id in ids)
    with database.session() as session:
        assert theme_runs.due(session, PATIENCE)[SCOPE] == "erased"
    gather(database)
    assert "kettle" not in "\n".join(dump(database)).lower()


def test_all_erased(database: Database) -> None:
    gather(database)
    with database.session() as session:
        filter = interactions.InteractionFilter()
        ids = [row.id for row in interactions.list_page(session, filter, limit=999)]
        for id in ids:
            interactions.erase(session, id)
    gather(database)
    assert themes(database) == {}
    dumped = "\n".join(dump(database)).lower()
    assert not any(topic in dumped for topic in TOPICS)


def test_when_it_is_due(database: Database) -> None:
    with database.session() as session:
        assert theme_runs.due(session, PATIENCE) == {SCOPE: "first", ALL: "first"}
    assert retheme.ask_due(database, PATIENCE) == [ALL, SCOPE]
    (job,) = {run.job_id for run in _runs(database)}
    assert job is not None
    with database.session() as session:
        assert theme_runs.due(session, PATIENCE) == {}, "it is under way"
    retheme.retheme(database, job)
    with database.session() as session:
        assert theme_runs.due(session, PATIENCE) == {}
    say(database, texts("kettle", 2, first=100))
    with database.session() as session:
        assert theme_runs.due(session, PATIENCE) == {}, "two of 32 are no tenth"
    say(database, texts("kettle", 2, first=110))
    with database.session() as session:
        assert theme_runs.due(session, PATIENCE) == {SCOPE: "grown", ALL: "grown"}
        patient = Patience(every=timedelta(hours=1), fewest=10, growth=0.1, waiting=5)
        assert theme_runs.due(session, patient) == {}
    say(database, texts("novelty", 5))
    with database.session() as session:
        slow = Patience(every=timedelta(0), fewest=10, growth=9, waiting=5)
        assert theme_runs.due(session, slow) == {SCOPE: "waiting", ALL: "waiting"}
        slow = Patience(every=timedelta(0), fewest=10, growth=9, waiting=6)
        assert theme_runs.due(session, slow) == {}


def test_too_little_is_not_gathered(new_database: NewDatabase) -> None:
    database = new_database()
    say(database, texts("kettle", 9))
    with database.session() as session:
        assert theme_runs.due(session, PATIENCE) == {}


def test_an_endpoint_may_reword_a_new_headline_and_the_words_last(
    database: Database, chat: Chat
) -> None:
    chat.says("Kettle leaks")
    with database.session() as session:
        job = retheme.ask(session, {SCOPE: retheme.ASKED}, source=SCOPE)
        assert job is not None
        id = job.id

    retheme.retheme(database, id, endpoint=chat.endpoint)

    reworded = themes(database)["kettle"].name
    asked = len(chat.asked)
    gather(database)
    assert asked == len(TOPICS)
    assert themes(database)["kettle"].name == reworded

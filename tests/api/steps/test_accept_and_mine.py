"""Accept and mine against a real database: whole or not at all, once, and nothing unredacted."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import func, select, text

from api import jobs as queue
from api.steps.accept import accept
from api.steps.mine import ATTEMPTS, GIVE_UP_AFTER, SPLIT_AFTER, mine
from api.store import findings, interactions, jobs, turns
from api.store.database import Database
from api.store.jobs import JobFilter
from api.store.tables import FindingRow, InteractionRow, PassageRow, TurnRow
from nlp.types import Interaction, Rejected
from tests.api.interactions import PlainRedactor, WordMiner, interaction
from tests.conftest import NewDatabase

REDACTOR = PlainRedactor()


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    """A database of its own for each test, as the tests count all rows."""
    return new_database()


def _accept(database: Database, *items: Interaction | Rejected) -> tuple[UUID, ...]:
    with database.session() as session:
        return accept(session, items, redactor=REDACTOR).ids


def _queued(database: Database) -> list[list[str]]:
    """The ids of each job in the queue that waits or runs, in the order of the jobs."""
    with database.session() as session:
        return [
            row[0]
            for row in session.execute(
                text(
                    "SELECT args -> 'ids' FROM procrastinate_jobs"
                    " WHERE status IN ('todo', 'doing') ORDER BY id"
                )
            )
        ]


def _dump(database: Database) -> str:
    """Every value of every table, as text."""
    found: list[str] = []
    with psycopg.connect(database.conninfo) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            name = Identifier(table)
            rows = connection.execute(SQL("SELECT t::text FROM {} t").format(name)).fetchall()
            found.extend(row[0] for row in rows)
    return "\n".join(found)


def test_accept_stores_and_queues_together(database: Database) -> None:
    taken = interaction(
        words=("Hello", "It is SECRET"),
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        metadata={"product": "kettle"},
    )
    (id,) = _accept(database, taken)
    with database.session() as session:
        row = interactions.get(session, id)
        assert row is not None
        assert (row.state, row.external_id, row.meta) == (
            "accepted",
            "call-1",
            {"product": "kettle"},
        )
        assert row.redactions == {"SECRET": 1}
        assert row.started_at == taken.started_at
        assert [turn.text for turn in turns.of(session, id)] == ["Hello", "It is [SECRET_1]"]
    assert _queued(database) == [[str(id)]]


def test_rolled_back_there_is_neither_row_nor_job(database: Database) -> None:
    def broken_off() -> Any:
        for number in range(50):
            yield interaction(f"call-{number}")
        raise ConnectionResetError("the client went away")

    def upload() -> None:
        with database.session() as session:
            job = jobs.create(session, source="calls.jsonl")
            accept(session, broken_off(), redactor=REDACTOR, job=job.id)

    with pytest.raises(ConnectionResetError, match="went away"):
        upload()
    with database.session() as session:
        assert not interactions.exist(session)
        assert jobs.list_page(session, JobFilter(), limit=10) == []
    assert _queued(database) == []


def test_nothing_unredacted_reaches_any_table(database: Database) -> None:
    with database.session() as session:
        job = jobs.create(session, source="calls.zip")
        accept(
            session,
            [
                interaction(words=("Hi SECRET", "SECRET leaks"), source="SECRET.txt"),
                Rejected(source="SECRET.vtt", code="broken", message="SECRET.vtt, line 2: no"),
            ],
            redactor=REDACTOR,
            job=job.id,
        )
    dumped = _dump(database)
    assert "[SECRET_1] leaks" in dumped
    counted = '""SECRET"": 2'
    assert "SECRET" not in dumped.replace("[SECRET_1]", "").replace(counted, "")


def test_a_large_upload_is_one_job_a_batch(database: Database) -> None:
    many = [interaction(f"call-{number}") for number in range(2 * queue.BATCH + 3)]
    ids = _accept(database, *many)
    assert list(ids) == sorted(ids)
    queued = _queued(database)
    assert [len(batch) for batch in queued] == [queue.BATCH, queue.BATCH, 3]
    assert [id for batch in queued for id in batch] == [str(id) for id in ids]


def test_rejected_parts_are_written_down_in_their_place(database: Database) -> None:
    bad = Rejected(source="calls.zip/b.vtt", code="broken", message="calls.zip/b.vtt: no")
    with database.session() as session:
        job = jobs.create(session, source="calls.zip")
        taken = accept(
            session,
            [interaction("a"), bad, interaction("c")],
            redactor=REDACTOR,
            job=job.id,
        )
    assert (len(taken.ids), taken.rejected, taken.total) == (2, (bad,), 3)
    with database.session() as session:
        (row,) = jobs.rejections_page(session, job.id, limit=10)
        assert (row.index, row.source, row.code) == (1, bad.source, "broken")
        found = jobs.progress(session, job.id)
        assert (found.total, found.accepted, found.rejected) == (3, 2, 1)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"words": ("a", "b\x00c")}, "U\\+0000"),
        ({"words": ("a", "b\ud800c")}, "U\\+D800"),
        ({"subject": "\x00"}, "U\\+0000"),
        ({"metadata": {"a\x00": "b"}}, "U\\+0000"),
        ({"started_at": datetime(1, 1, 1, tzinfo=UTC)}, "states 1 as the year"),
        ({"turns": ()}, "has no turns"),
    ],
)
def test_what_no_database_holds_is_rejected_and_the_rest_taken(
    database: Database, fields: dict[str, Any], reason: str
) -> None:
    with database.session() as session:
        taken = accept(
            session,
            [interaction("bad", **fields), interaction("good")],
            redactor=REDACTOR,
        )
    assert len(taken.ids) == 1
    (rejected,) = taken.rejected
    assert rejected.code == "broken"
    assert reason.replace("\\", "") in rejected.message


def test_an_upload_of_nothing_but_rejections_ends_at_once(database: Database) -> None:
    with database.session() as session:
        job = jobs.create(session, source="calls.zip")
        bad = Rejected(source="a", code="broken", message="a: no")
        accept(session, [bad], redactor=REDACTOR, job=job.id)
    with database.session() as session:
        found = jobs.get(session, job.id)
        assert found is not None
        assert (found.state, found.total) == ("done", 1)
        assert found.finished_at is not None


def test_mining_writes_everything_and_ends_the_job(database: Database) -> None:
    with database.session() as session:
        job = jobs.create(session, source="calls.zip")
        (id,) = accept(session, [interaction()], redactor=REDACTOR, job=job.id).ids
    mine(database, WordMiner(), [id])
    with database.session() as session:
        row = interactions.get(session, id)
        assert row is not None
        assert (row.state, row.model, row.sentiment_label) == ("mined", "words-1", "negative")
        assert row.sentiment_score == -0.5
        assert row.mined_at is not None
        assert [turn.sentiment_label for turn in turns.of(session, id)] == [None, "negative"]
        (finding,) = findings.of(session, id)
        assert (finding.category, finding.quote, finding.turn) == ("product_defect", "leaks", 1)
        said = turns.of(session, id)[finding.turn].text
        assert said[finding.start : finding.end] == finding.quote
        (vector,) = session.scalars(select(PassageRow.vector)).all()
        assert list(vector) == [1.0] + [0.0] * 383
        found = jobs.get(session, job.id)
        assert found is not None
        assert found.state == "done"
        assert jobs.progress(session, job.id).mined == 1


def test_mined_twice_the_rows_are_the_same(database: Database) -> None:
    ids = _accept(database, interaction("a"), interaction("b"))
    miner = WordMiner()
    mine(database, miner, ids)
    before = _dump(database)
    mine(database, miner, ids)
    assert _dump(database) == before
    assert miner.calls == [2]


def test_a_twin_that_was_slower_writes_nothing(database: Database) -> None:
    ids = _accept(database, interaction())

    class Slow(WordMiner):
        def mine(self, interactions: list[Interaction]) -> Any:
            mine(database, WordMiner("the-quicker"), ids)
            return super().mine(interactions)

    mine(database, Slow("the-slower"), ids)
    with database.session() as session:
        assert session.scalars(select(FindingRow.model)).all() == ["the-quicker"]
        row = interactions.get(session, ids[0])
        assert row is not None
        assert row.model == "the-quicker"


def test_no_transaction_is_open_while_the_miner_runs(database: Database) -> None:
    ids = _accept(database, interaction())

    class Watching(WordMiner):
        def mine(self, interactions: list[Interaction]) -> Any:
            with psycopg.connect(database.conninfo) as connection:
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND state LIKE '%transaction%'"
                ).fetchone()
            assert row == (0,)
            return super().mine(interactions)

    mine(database, Watching(), ids)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(FindingRow)) == 1


def test_erased_while_it_was_mined_nothing_of_it_comes_back(database: Database) -> None:
    ids = _accept(database, interaction("kept"), interaction("gone"))

    class Erasing(WordMiner):
        def mine(self, interactions_: list[Interaction]) -> Any:
            with database.session() as session:
                assert interactions.erase(session, ids[1])
            return super().mine(interactions_)

    mine(database, Erasing(), ids)
    with database.session() as session:
        for table in (InteractionRow, TurnRow, PassageRow, FindingRow):
            column = table.id if table is InteractionRow else table.interaction_id  # type: ignore[union-attr]
            assert set(session.scalars(select(column))) == {ids[0]}
        assert interactions.was_erased(session, ids[1])
        assert not interactions.was_erased(session, ids[0])


def test_one_bad_interaction_harms_no_other_and_fails_after_its_attempts(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    bad = interaction("bad", words=("Hello", "poison and pain"))
    ids = _accept(database, interaction("a"), bad, interaction("b"))
    miner = WordMiner()
    mine(database, miner, ids)
    states = []
    for attempt in range(1, ATTEMPTS + 1):
        with database.session() as session:
            row = interactions.get(session, ids[1])
            assert row is not None
            assert row.attempts == attempt
            assert row.error_code == "raised_ValueError"
            states.append(row.state)
            others = session.scalars(
                select(InteractionRow.state).where(InteractionRow.id != ids[1])
            ).all()
            assert set(others) == {"mined"}
        mine(database, miner, [ids[1]])
    assert states == ["accepted"] * (ATTEMPTS - 1) + ["failed"]
    assert "raised_ValueError" in caplog.text
    assert "pain" not in caplog.text


def test_a_bad_interaction_is_queued_again_alone(database: Database) -> None:
    ids = _accept(database, interaction("bad", words=("Hello", "poison")))
    with database.session() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    mine(database, WordMiner(), ids)
    assert _queued(database) == [[str(ids[0])]]


def test_a_result_that_breaks_a_rule_counts_as_an_attempt(database: Database) -> None:
    class Wrong(WordMiner):
        def mine(self, interactions: list[Interaction]) -> Any:
            (found,) = super().mine(interactions)
            finding = found.findings[0]
            object.__setattr__(finding, "confidence", 7.0)
            return [found]

    ids = _accept(database, interaction())
    mine(database, Wrong(), ids)
    with database.session() as session:
        row = interactions.get(session, ids[0])
        assert row is not None
        assert (row.state, row.attempts) == ("accepted", 1)
        assert row.error_code == "raised_IntegrityError"
        assert session.scalar(select(func.count()).select_from(PassageRow)) == 0


def test_a_batch_that_killed_its_workers_is_taken_apart(database: Database) -> None:
    ids = _accept(database, interaction("a"), interaction("b"))
    with database.session() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    miner = WordMiner()
    mine(database, miner, ids, deaths=SPLIT_AFTER)
    assert miner.calls == []
    assert _queued(database) == [[str(id)] for id in ids]


def test_an_interaction_that_kills_every_worker_is_given_up(database: Database) -> None:
    ids = _accept(database, interaction())
    miner = WordMiner()
    mine(database, miner, ids, deaths=GIVE_UP_AFTER)
    assert miner.calls == []
    with database.session() as session:
        row = interactions.get(session, ids[0])
        assert row is not None
        assert (row.state, row.error_code) == ("failed", "worker_died")


def test_a_cancelled_job_keeps_what_is_mined_and_mines_no_more(database: Database) -> None:
    with database.session() as session:
        job = jobs.create(session, source="calls.zip")
        ids = accept(
            session,
            [interaction("a"), interaction("b"), interaction("c")],
            redactor=REDACTOR,
            job=job.id,
        ).ids
    miner = WordMiner()
    mine(database, miner, ids[:1])
    with database.session() as session:
        assert jobs.cancel(session, job.id)
        assert not jobs.cancel(session, job.id)
    mine(database, miner, ids)
    assert miner.calls == [1]
    with database.session() as session:
        found = jobs.progress(session, job.id)
        assert (found.mined, found.cancelled, found.accepted) == (1, 2, 0)
        row = jobs.get(session, job.id)
        assert row is not None
        assert row.state == "cancelled"


def test_a_dead_workers_job_goes_back_and_a_live_ones_stays(database: Database) -> None:
    _accept(database, interaction("a"))
    _accept(database, interaction("b"))
    with database.session() as session:
        session.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '60 s'), (now())"
            )
        )
        workers = session.scalars(text("SELECT id FROM procrastinate_workers ORDER BY id")).all()
        for worker in workers:
            session.execute(
                text("SELECT procrastinate_fetch_job_v2('{mine}', :worker)"), {"worker": worker}
            )
    with database.session() as session:
        assert queue.recover(session, stalled=timedelta(seconds=8)) == 1
    with database.session() as session:
        states = session.execute(
            text("SELECT status, attempts FROM procrastinate_jobs ORDER BY id")
        ).all()
        assert [tuple(row) for row in states] == [("todo", 1), ("doing", 0)]


def test_a_job_whose_worker_is_gone_from_the_list_goes_back(database: Database) -> None:
    _accept(database, interaction("a"))
    with database.session() as session:
        session.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
        session.execute(
            text("SELECT procrastinate_fetch_job_v2('{mine}', id) FROM procrastinate_workers")
        )
        session.execute(text("DELETE FROM procrastinate_workers"))
    with database.session() as session:
        assert queue.recover(session, stalled=timedelta(seconds=8)) == 1


def test_the_sweep_queues_what_no_job_holds_and_nothing_else(database: Database) -> None:
    lost = _accept(database, *(interaction(f"lost-{number}") for number in range(40)))
    with database.session() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    held = _accept(database, interaction("held"))
    done = _accept(database, interaction("done"))
    mine(database, WordMiner(), done)
    with database.session() as session:
        session.execute(
            text("DELETE FROM procrastinate_jobs WHERE args -> 'ids' ? :id"), {"id": str(done[0])}
        )
    with database.session() as session:
        assert queue.sweep(session) == 40
    with database.session() as session:
        assert queue.sweep(session) == 0
    queued = [id for batch in _queued(database) for id in batch]
    assert sorted(queued) == sorted(str(id) for id in (*lost, *held))


def test_only_one_process_recovers_at_a_time(database: Database) -> None:
    _accept(database, interaction())
    with database.session() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    with database.session() as first:
        assert queue.sweep(first) == 1
        with database.session() as second:
            assert queue.sweep(second) == 0
            assert queue.recover(second, stalled=timedelta()) == 0

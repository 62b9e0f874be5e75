"""Reading in pages, filters, counts, erasing, and answers kept by key."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from api.steps.accept import accept
from api.steps.mine import mine
from api.store import counters, findings, idempotency, interactions, jobs, overview
from api.store.database import Database
from api.store.findings import FindingFilter, FindingKey
from api.store.ids import finding_id, new_id
from api.store.interactions import InteractionFilter
from api.store.jobs import JobFilter
from api.store.pull_tables import TombstoneRow
from api.store.tables import Base, ErasedRow
from tests.api.interactions import PlainRedactor, WordMiner, interaction
from tests.conftest import NewDatabase

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)
STAYS = {
    *("jobs", "category_version", "theme_scopes", "departments", "rules", "retention"),
    "training_schedules",
}
"""Tables that say nothing of any one interaction."""

TOMBSTONES = {"erased", "tombstones"}


@pytest.fixture(scope="module")
def ids(database: Database) -> list[UUID]:
    """Seven interactions, all mined but the last: calls and mails in turn, two findings each."""
    found: list[UUID] = []
    for number in range(7):
        words = ("Hello", "It leaks.", "Sorry", "And the other one leaks as well.")
        taken = interaction(f"call-{number}", words=words, channel=("call", "email")[number % 2])
        with database.session() as session:
            found.extend(accept(session, [taken], redactor=PlainRedactor()).ids)
    mine(database, WordMiner(), found[:6])
    return found


def test_ids_sort_in_the_order_in_which_they_were_made() -> None:
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {(id.version, id.variant) for id in made} == {(7, UUID(int=1 << 63).variant)}
    age = datetime.now(UTC).timestamp() * 1000 - (made[0].int >> 80)
    assert abs(age) < 60_000


def test_the_same_finding_has_the_same_id_and_another_one_another() -> None:
    interaction = UUID(int=1)
    first = finding_id(interaction, passage=0, category="x", start=0, model="m")
    assert first == finding_id(interaction, passage=0, category="x", start=0, model="m")
    others = {
        finding_id(UUID(int=2), passage=0, category="x", start=0, model="m"),
        finding_id(interaction, passage=1, category="x", start=0, model="m"),
        finding_id(interaction, passage=0, category="y", start=0, model="m"),
        finding_id(interaction, passage=0, category="x", start=1, model="m"),
        finding_id(interaction, passage=0, category="x", start=0, model="n"),
    }
    assert len(others | {first}) == 6


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_of_interactions_show_each_once_newest_first(
    database: Database, ids: list[UUID], limit: int
) -> None:
    shown: list[UUID] = []
    with database.session() as session:
        after = None
        while page := interactions.list_page(
            session, InteractionFilter(), after=after, limit=limit
        ):
            assert len(page) <= limit
            shown += [row.id for row in page]
            after = page[-1].id
    assert shown == ids[::-1]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (InteractionFilter(state="accepted"), [6]),
        (InteractionFilter(state="mined", channel="email"), [5, 3, 1]),
        (InteractionFilter(external_id="call-4"), [4]),
        (InteractionFilter(job=UUID(int=7)), []),
        (InteractionFilter(since=FAR_AHEAD), []),
        (InteractionFilter(until=LONG_AGO), []),
        (InteractionFilter(since=LONG_AGO, until=FAR_AHEAD), [6, 5, 4, 3, 2, 1, 0]),
    ],
)
def test_filters_of_interactions(
    database: Database, ids: list[UUID], filter: InteractionFilter, expected: list[int]
) -> None:
    with database.session() as session:
        rows = interactions.list_page(session, filter, limit=50)
        assert [ids.index(row.id) for row in rows] == expected


@pytest.mark.parametrize("limit", [1, 3, 12, 50])
def test_pages_of_findings_show_each_once_in_the_order_of_the_words(
    database: Database, ids: list[UUID], limit: int
) -> None:
    shown: list[tuple[UUID, int]] = []
    with database.session() as session:
        after = None
        while page := findings.list_page(session, FindingFilter(), after=after, limit=limit):
            assert len(page) <= limit
            shown += [(row.interaction_id, row.turn) for row in page]
            after = FindingKey.of(page[-1])
    assert shown == [(id, turn) for id in ids[5::-1] for turn in (1, 3)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 12),
        ({"category": "product_defect"}, 12),
        ({"category": "feature_request"}, 0),
        ({"sentiment": "negative"}, 12),
        ({"sentiment": "positive"}, 0),
        ({"min_confidence": 0.75}, 12),
        ({"min_confidence": 0.76}, 0),
        ({"unsure": True}, 6),
        ({"unsure": False}, 6),
        ({"model": "words-1"}, 12),
        ({"model": "words-2"}, 0),
        ({"channel": "email"}, 6),
        ({"source": "call-2.txt"}, 2),
        ({"source": "call-2.txt", "channel": "email"}, 0),
        ({"since": LONG_AGO, "until": FAR_AHEAD}, 12),
        ({"since": FAR_AHEAD}, 0),
        ({"until": LONG_AGO}, 0),
    ],
)
def test_filters_of_findings(
    database: Database, ids: list[UUID], fields: dict[str, object], expected: int
) -> None:
    with database.session() as session:
        wanted = FindingFilter(**fields)  # type: ignore[arg-type]  # a table of fields
        assert len(findings.list_page(session, wanted, limit=50)) == expected


def test_findings_of_one_interaction(database: Database, ids: list[UUID]) -> None:
    with database.session() as session:
        wanted = FindingFilter(interaction=ids[2])
        shown = findings.list_page(session, wanted, limit=50)
        assert [row.id for row in shown] == [row.id for row in findings.of(session, ids[2])]
        assert len(shown) == 2
        assert findings.of(session, ids[6]) == []


def test_the_overview_counts_everything(database: Database, ids: list[UUID]) -> None:
    with database.session() as session:
        found = overview.counts(session)
        newest = interactions.get(session, ids[-1])
        assert newest is not None
        assert found.interactions == 7
        assert found.by_channel == {"call": 4, "email": 3}
        assert found.by_state == {"mined": 6, "accepted": 1}
        assert found.findings == {("product_defect", "negative"): 6}, "the sure ones"
        assert found.newest == newest.received_at


def test_the_overview_of_nothing(new_database: NewDatabase) -> None:
    with new_database().session() as session:
        found = overview.counts(session)
        assert (found.interactions, found.newest, dict(found.findings)) == (0, None, {})


def test_erased_only_the_tombstone_is_left(new_database: NewDatabase) -> None:
    database = new_database()
    with database.session() as session:
        job = jobs.create(session, source="calls.zip")
        items = [interaction("a"), interaction("b")]
        first, second = accept(session, items, redactor=PlainRedactor(), job=job.id).ids
    mine(database, WordMiner(), [first])
    with database.session() as session:
        (found,) = (row.id for row in findings.of(session, first))
        assert interactions.erase(session, first)
        assert not interactions.erase(session, first)
        assert interactions.erase(session, second)
    with database.session() as session:
        # What the ledgers of counts add and take away again is nothing, once it is summed up.
        counters.settle(session)
        for table in Base.metadata.sorted_tables:
            rows = session.scalars(text(f"SELECT one::text FROM {table.name} AS one")).all()  # noqa: S608
            assert bool(rows) == (table.name in {*STAYS, *TOMBSTONES}), table.name
            if table.name not in TOMBSTONES:
                named = [id for id in (first, second, found) if any(str(id) in row for row in rows)]
                assert not named, table.name
        buried = session.execute(select(TombstoneRow.noun, TombstoneRow.id)).all()
        assert {*buried} == {*(("interactions", id) for id in (first, second)), ("findings", found)}
        assert set(session.scalars(select(ErasedRow.interaction_id))) == {first, second}
        row = jobs.get(session, job.id)
        assert row is not None
        assert row.state == "done", "the last one that it waited for was erased"
        assert not interactions.untouched(session)


def test_an_empty_store_is_untouched_until_something_comes(new_database: NewDatabase) -> None:
    database = new_database()
    with database.session() as session:
        assert interactions.untouched(session)
        accept(session, [interaction()], redactor=PlainRedactor())
    with database.session() as session:
        assert not interactions.untouched(session)


def test_jobs_in_pages_and_rejections_in_their_order(new_database: NewDatabase) -> None:
    database = new_database()
    with database.session() as session:
        made = [jobs.create(session, source=f"{number}.zip").id for number in range(3)]
        rows = [
            {"job_id": made[0], "index": index, "source": "x", "code": "broken", "message": "x"}
            for index in (4, 1, 9)
        ]
        jobs.reject(session, rows)
    with database.session() as session:
        first = jobs.list_page(session, JobFilter(), limit=2)
        rest = jobs.list_page(session, JobFilter(), after=first[-1].id, limit=2)
        assert [row.id for row in (*first, *rest)] == made[::-1]
        page = jobs.rejections_page(session, made[0], limit=2)
        assert [row.index for row in page] == [1, 4]
        page = jobs.rejections_page(session, made[0], after=4, limit=2)
        assert [row.index for row in page] == [9]
        assert jobs.get(session, UUID(int=7)) is None
        assert not jobs.cancel(session, UUID(int=7))
        assert jobs.progress(session, UUID(int=7)).total == 0


def test_two_workers_that_mine_the_last_two_end_the_job(new_database: NewDatabase) -> None:
    """Neither sees the other's interaction as mined until it has locked the job's row."""
    database = new_database()
    with database.session() as session:
        job = jobs.create(session, source="calls.zip")
        items = [interaction("a"), interaction("b")]
        ids = accept(session, items, redactor=PlainRedactor(), job=job.id).ids

    class Both(WordMiner):
        def mine(self, interactions: list) -> list:  # type: ignore[type-arg]
            if interactions[0].id == "a":
                mine(database, WordMiner(), ids[1:])
            return super().mine(interactions)

    mine(database, Both(), ids[:1])
    with database.session() as session:
        row = jobs.get(session, job.id)
        assert row is not None
        assert row.state == "done"


def test_a_key_is_claimed_by_one_transaction_at_a_time(new_database: NewDatabase) -> None:
    database = new_database()
    with database.session() as first:
        assert idempotency.lock(first, "key", "POST /a")
        with database.session() as second:
            assert not idempotency.lock(second, "key", "POST /a")
            assert idempotency.lock(second, "key", "POST /b")
            assert idempotency.lock(second, "other", "POST /a")
    with database.session() as third:
        assert idempotency.lock(third, "key", "POST /a")


def test_an_answer_is_kept_and_forgotten_in_time(new_database: NewDatabase) -> None:
    database = new_database()
    answer = idempotency.Answer(
        body_digest=bytes(range(32)), status=202, headers={"Location": "/x"}, body=b"{}"
    )
    with database.session() as session:
        assert idempotency.find(session, "key", "POST /a") is None
        idempotency.put(session, "key", "POST /a", answer)
    with database.session() as session:
        assert idempotency.find(session, "key", "POST /a") == answer
        assert idempotency.find(session, "key", "POST /b") is None
        assert idempotency.forget(session, older_than=timedelta(hours=1)) == 0
        assert idempotency.forget(session, older_than=timedelta(seconds=-1)) == 1
        assert idempotency.find(session, "key", "POST /a") is None

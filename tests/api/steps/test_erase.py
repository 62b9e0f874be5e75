"""Erasure: nothing is left anywhere, held ones stay, kills cost nothing, receipts prove it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import insert, select, text, update

from api.receipts import Signer, canonical, faults
from api.steps import erase
from api.steps.accept import accept
from api.steps.categories import More, Wanted, create, refit
from api.steps.mine import mine
from api.store import erasing, erasures, holds, idempotency, jobs, retention
from api.store.category_tables import CategoryExampleRow, CategoryRow
from api.store.database import Database
from api.store.erasure_tables import ErasureRow, HoldRow
from api.store.erasures import Asked, Selection
from api.store.tables import ErasedRow, IdempotencyRow, InteractionRow, JobRow
from api.store.theme_history import ThemeRunRow
from api.store.theme_tables import ThemeRow
from tests.api.interactions import PlainRedactor, WordTeacher
from tests.api.themed import SubjectMiner, call, calls, gather, said, store
from tests.conftest import NewDatabase

CANARY = "the zanzibar quokka ate my invoice"
CUSTOMER = "C-10442-quokka"
SIGNER = Signer.derived("s" * 32)
PLAIN = Asked(kind="interactions", what={}, by_id=None, by_name="local")


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    """One for each test."""
    return new_database()


def ask(database: Database, selection: Selection) -> UUID:
    with database.session() as session:
        return erase.ask(session, PLAIN, selection).id


def run(database: Database, id: UUID) -> ErasureRow:
    """Works on an erasure until it has its receipt."""
    for _ in range(99):
        erase.erase(database, id, signer=SIGNER)
        with database.session() as session:
            row = erasures.get(session, id)
            assert row is not None
            if row.receipt is not None:
                return row
    raise AssertionError("it never ended")


def erase_all(database: Database, *ids: UUID) -> ErasureRow:
    return run(database, ask(database, Selection(ids=ids)))


def places_of(database: Database, phrase: str) -> list[str]:
    """Every column of every table in which a phrase stands, whatever its type and case."""
    found = []
    with database.session() as session:
        columns = session.execute(
            text(
                "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c"
                " JOIN information_schema.tables t USING (table_schema, table_name)"
                " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
                " AND c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea',"
                " 'ARRAY', 'tsvector', 'USER-DEFINED')"
            )
        ).all()
        assert {"turns", "findings", "themes", "idempotency"} <= {row.table_name for row in columns}
        raw = session.connection().connection.driver_connection
        assert raw is not None
        for table, column, kind in columns:
            # Bytes are read as text of one byte a character.
            value = "encode({}, 'escape')" if kind == "bytea" else "{}::text"
            query = SQL(f"SELECT count(*) FROM {{}} WHERE lower({value}) LIKE %s").format(  # noqa: S608
                Identifier(table), Identifier(column)
            )
            if raw.execute(query, [f"%{phrase.lower()}%"]).fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


def fill(database: Database) -> tuple[UUID, list[UUID]]:
    """Themes about a few things, and beside them one call with words that nobody else says."""
    others = store(database, [*calls("lid", range(12)), *calls("login", range(12))])
    with database.session() as session:
        job = jobs.create(session, source=f"{CANARY}.vtt").id
        item = call(
            "odd",
            f"{said('lid', 99)} {CANARY}.",
            subject=CANARY,
            metadata={"customer": CUSTOMER, "note": CANARY},
        )
        (id,) = accept(session, [item], redactor=PlainRedactor(), job=job).ids
    mine(database, SubjectMiner(), [id])
    gather(database, "all", "product_defect")
    with database.session() as session:
        touched = session.scalars(
            text("SELECT theme_id FROM theme_members WHERE interaction_id = :id"), {"id": id}
        ).all()
        assert touched
        session.execute(
            update(ThemeRow)
            .where(ThemeRow.id.in_(touched))
            .values(name=CANARY, machine_name=CANARY, key_terms=["quokka", "kettle"])
        )
        session.execute(
            text(
                "INSERT INTO subthemes (id, theme_id, name)"
                " SELECT gen_random_uuid(), id, :name FROM themes WHERE id = ANY(:ids)"
            ),
            {"name": CANARY, "ids": touched},
        )
        session.execute(text("UPDATE theme_areas SET name = :name"), {"name": CANARY})
        answer = json.dumps({"surest": [{"interaction": str(id), "text": CANARY}]}).encode()
        kept = idempotency.Answer(body_digest=b"d" * 32, status=201, headers={}, body=answer)
        idempotency.put(session, "preview", "POST /v1/categories", kept)
        wanted = Wanted(
            name="wildlife",
            description="",
            precision=0.8,
            more=More(examples=(CANARY, *(f"a bear number {n} ate it" for n in range(9)))),
        )
        assert create(session, wanted, teacher=WordTeacher(), redactor=PlainRedactor())
    return id, others


def test_nothing_of_it_is_left_in_any_table(database: Database) -> None:
    id, others = fill(database)
    before = places_of(database, "quokka")
    assert {"turns.text", "findings.quote", "themes.machine_name", "themes.key_terms"} <= {*before}
    assert {"jobs.source", "category_examples.text", "interactions.metadata"} <= {*before}
    assert {"idempotency.body", "subthemes.name", "theme_areas.name"} <= {*before}
    row = run(database, ask(database, Selection(customer=CUSTOMER)))
    assert places_of(database, "quokka") == []
    counts = row.counts
    assert counts["interactions"] == counts["findings"] == counts["upload_names"] == 1
    assert (counts["category_examples"], counts["kept_answers"]) == (1, 1)
    assert counts["theme_members"] == 2
    with database.session() as session:
        assert session.get(ErasedRow, id) is not None
        left = set(session.scalars(select(InteractionRow.id)))
        assert left == set(others)
        # A term that the others say too stays.
        terms = session.scalars(select(ThemeRow.key_terms).where(ThemeRow.key_terms != [])).all()
        assert ["kettle"] in terms
        kept = session.get_one(IdempotencyRow, ("preview", "POST /v1/categories"))
        assert kept.status == 410
        waiting = session.scalars(select(ThemeRunRow).where(ThemeRunRow.state == "waiting")).all()
        assert {(one.scope, one.reason) for one in waiting} == {
            ("all", "erased"),
            ("product_defect", "erased"),
        }
        assert erase.verify(session, row) == erase.Verdict(faults=[], left={})


def test_a_category_that_lost_an_example_is_fitted_anew(database: Database) -> None:
    id, _ = fill(database)
    teacher = WordTeacher()
    assert refit(database, teacher) == []
    erase_all(database, id)
    with database.session() as session:
        assert session.scalars(select(CategoryRow.stale)).one()
    assert refit(database, teacher) == ["wildlife"]
    assert CANARY not in teacher.lessons[-1].examples
    with database.session() as session:
        row = session.scalars(select(CategoryRow)).one()
        assert (row.stale, row.enabled) == (False, True)
        assert "erased" in row.note


def test_a_category_with_too_few_examples_left_rests(database: Database) -> None:
    (id,) = store(database, [call("one", f"{CANARY} again and again")])
    with database.session() as session:
        more = More(examples=(CANARY, *(f"a bear number {n} ate it" for n in range(7))))
        wanted = Wanted(name="wildlife", description="", precision=0.8, more=more)
        assert create(session, wanted, teacher=WordTeacher(), redactor=PlainRedactor())
    erase_all(database, id)
    assert refit(database, WordTeacher()) == ["wildlife"]
    with database.session() as session:
        row = session.scalars(select(CategoryRow)).one()
        assert (row.enabled, row.stale) == (False, False)
        assert set(row.head["weights"]) == {0.0}


def test_an_example_goes_with_where_it_comes_from(database: Database) -> None:
    (id,) = store(database, [call("one", "my kettle leaks")])
    with database.session() as session:
        more = More(examples=tuple(f"a bear number {n} ate it" for n in range(9)))
        wanted = Wanted(name="wildlife", description="", precision=0.8, more=more)
        row = create(session, wanted, teacher=WordTeacher(), redactor=PlainRedactor())
        assert row is not None
        session.execute(
            insert(CategoryExampleRow).values(
                id=uuid4(),
                category_id=row.id,
                text="in words of its own",
                carries=True,
                interaction_id=id,
            )
        )
    assert erase_all(database, id).counts["category_examples"] == 1


def test_killed_after_any_batch_it_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "BATCH", 2)
    ids = store(database, calls("lid", range(5)))
    id = ask(database, Selection(ids=tuple(ids)))
    done = erasing.erase

    def killed(session: Any, batch: Sequence[UUID]) -> erasing.Erased:
        done(session, batch)
        raise KeyboardInterrupt

    for left in (5, 3, 1):
        monkeypatch.setattr(erasing, "erase", killed)
        with pytest.raises(KeyboardInterrupt):
            erase.erase(database, id, signer=SIGNER)
        with database.session() as session:
            assert erasures.outcomes(session, id).get("left") == left
            assert jobs.progress(session, id).accepted == left
        monkeypatch.setattr(erasing, "erase", done)
        erase.erase(database, id, signer=SIGNER)
    row = run(database, id)
    assert row.receipt is not None
    assert row.receipt["ids"]["count"] == row.counts["interactions"] == 5
    erase.erase(database, id, signer=SIGNER)  # said again, it does nothing
    with database.session() as session:
        assert session.get_one(JobRow, id).state == "done"
        assert jobs.progress(session, id).mined == 5


def test_one_that_is_given_up_says_what_is_left(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "BATCH", 2)
    ids = store(database, calls("lid", range(5)))
    id = ask(database, Selection(ids=tuple(ids)))
    erase.erase(database, id, signer=SIGNER)
    with database.session() as session:
        assert jobs.cancel(session, id)
    row = run(database, id)
    assert row.receipt is not None
    assert (row.receipt["ids"]["count"], row.receipt["left"]) == (2, 3)


def test_what_waits_to_be_mined_goes_too(database: Database) -> None:
    with database.session() as session:
        job = jobs.create(session, source="one.vtt")
        item = call("one", CANARY, metadata={"customer_id": CUSTOMER})
        accept(session, [item], redactor=PlainRedactor(), job=job.id)
    row = run(database, ask(database, Selection(customer=CUSTOMER)))
    assert row.counts["interactions"] == 1
    with database.session() as session:
        assert session.get_one(JobRow, job.id).state == "done"
    assert places_of(database, "quokka") == []


def test_a_customer_is_matched_exactly(database: Database) -> None:
    names = (CUSTOMER, CUSTOMER.upper(), f"{CUSTOMER}1", "%")
    store(database, [call(name, "it leaks", metadata={"customer": name}) for name in names])
    with database.session() as session:
        for name in names:
            assert erasures.count(session, Selection(customer=name)) == 1
        assert erasures.count(session, Selection(customer="")) == 0


def hold(database: Database, **values: Any) -> UUID:
    with database.session() as session:
        row = holds.create(session, {"reason": "a claim", "by_name": "local", **values})
        return row.id


def test_what_is_held_stays_until_it_is_released(database: Database) -> None:
    when = datetime(2025, 6, 1, tzinfo=UTC)
    day = timedelta(days=1)
    ids = store(
        database,
        [
            call("free", "it leaks", started_at=when + 9 * day),
            call("one", "it leaks", started_at=when + 9 * day),
            call("two", "it leaks", metadata={"customer_id": CUSTOMER}),
            call("three", "it leaks", metadata={"case": "7"}),
            call("four", "it leaks", started_at=when),
            call("five", "it leaks", metadata={"case": "7"}, started_at=when - 9 * day),
        ],
    )
    sealed = holds.seal(CUSTOMER)
    made = [
        hold(database, kind="interaction", interaction_id=ids[1]),
        hold(database, kind="customer", salt=sealed.salt, digest=sealed.digest),
        hold(database, kind="metadata", key="case", value="7", since=when),
        hold(database, kind="window", since=when, until=when + day),
    ]
    with database.session() as session:
        assert [holds.covered(session, id) for id in made] == [1, 1, 1, 1]
        assert holds.held(session, ids) == {ids[1], ids[2], ids[3], ids[4]}
        assert erasures.count_held(session, Selection(ids=tuple(ids))) == 4
        assert not erase.erase_one(session, ids[1])
    row = erase_all(database, *ids)
    assert row.receipt is not None
    assert (row.receipt["held"], row.receipt["ids"]["count"]) == (4, 2)
    with database.session() as session:
        assert set(session.scalars(select(InteractionRow.id))) == {*ids[1:5]}
        for id in made:
            holds.release(session, session.get_one(HoldRow, id), by="local")
    second = erase_all(database, *ids)
    assert second.receipt is not None
    assert (second.receipt["held"], second.receipt["gone"]) == (0, 2)
    assert second.receipt["ids"]["count"] == 4


def test_the_policy_takes_what_is_too_old_once_a_day(database: Database) -> None:
    now = datetime.now(UTC)
    old, young = now - timedelta(days=40), now - timedelta(days=20)
    ids = store(
        database,
        [
            call("old", "it leaks", started_at=old),
            call("young", "it leaks", started_at=young),
            call("mail", "it leaks", started_at=young, channel="email"),
            call("chat", "it leaks", started_at=old, channel="chat"),
            call("unknown", "it leaks"),
        ],
    )
    assert erase.ask_retention(database) is None
    with database.session() as session:
        policy = retention.read(session, lock=True)
        retention.change(session, policy, {"all": 30, "email": 10, "chat": 90})
    id = erase.ask_retention(database)
    assert id is not None
    assert erase.ask_retention(database) is None, "it was kept to just now"
    row = run(database, id)
    assert row.by_name == erase.POLICY
    with database.session() as session:
        assert set(session.scalars(select(InteractionRow.id))) == {ids[1], ids[3], ids[4]}
    assert erase.ask_retention(database, every=timedelta(0)) is None, "nothing is left to erase"


def test_receipts_are_signed_and_chained(database: Database) -> None:
    ids = store(database, calls("lid", range(3)))
    rows = [erase_all(database, id) for id in ids]
    first, second, third = (row.receipt or {} for row in rows)
    assert [one["sequence"] for one in (first, second, third)] == [1, 2, 3]
    assert first["previous"] is None
    assert second["previous"] == (rows[0].digest or b"").hex()
    for row in rows:
        assert faults(row.receipt or {}, erase.signed_of(row)) == []
    forged = {**second, "held": 7}
    assert len(faults(forged, erase.signed_of(rows[1]))) == 2
    assert json.loads(canonical(second)) == second
    with database.session() as session:
        session.execute(update(ErasureRow).where(ErasureRow.id == rows[1].id).values(sequence=99))
    with database.session() as session:
        verdict = erase.verify(session, erasures.get(session, rows[2].id) or rows[2])
        assert "receipt before" in verdict.faults[0]
    with database.session() as session:
        session.execute(text("UPDATE erasure_targets SET interaction_id = gen_random_uuid()"))
    with database.session() as session:
        verdict = erase.verify(session, erasures.get(session, rows[0].id) or rows[0])
        assert "ids" in verdict.faults[0]


def test_what_comes_back_is_seen(database: Database) -> None:
    (id,) = store(database, calls("lid", range(1)))
    row = erase_all(database, id)
    with database.session() as session:
        session.execute(
            insert(InteractionRow).values(
                id=id,
                external_id="x",
                source="x",
                format="x",
                channel="call",
                roles={},
                meta={},
                redactions={},
            )
        )
        assert erase.verify(session, row).left == {"interactions": 1}


def test_a_key_is_drawn_once_and_kept_to_oneself(tmp_path: Any) -> None:
    one, again = Signer.kept(tmp_path / "home"), Signer.kept(tmp_path / "home")
    assert one.public_key == again.public_key
    (file,) = (tmp_path / "home").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert Signer.derived("a" * 32).public_key == Signer.derived("a" * 32).public_key
    assert Signer.derived("a" * 32).public_key != Signer.derived("b" * 32).public_key
    assert Signer.derived("a" * 32).pepper() != Signer.derived("b" * 32).pepper()

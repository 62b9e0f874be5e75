"""Each move that the tables forbid is refused by the database itself."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import PrimaryKeyConstraint, func, insert, select, text, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from api.steps.accept import accept
from api.steps.mine import mine
from api.store import jobs, tables
from api.store.category_tables import (
    BackfillRow,
    CategoryExampleRow,
    CategoryRow,
    CategoryVersionRow,
)
from api.store.database import Database
from api.store.ids import new_id
from api.store.tables import (
    Base,
    FindingRow,
    IdempotencyRow,
    InteractionRow,
    JobRow,
    PassageRow,
    RejectionRow,
    TurnRow,
)
from tests.api.interactions import PlainRedactor, WordMiner, interaction

Change = dict[str, Any]


@pytest.fixture(scope="module")
def mined(database: Database) -> UUID:
    """An interaction with a job, turns, a passage and a finding, as the service writes them."""
    with database.session() as session:
        job = jobs.create(session, source="calls.zip")
        (id,) = accept(session, [interaction()], redactor=PlainRedactor(), job=job.id).ids
    mine(database, WordMiner(), [id])
    return id


@pytest.fixture
def accepted(database: Database) -> UUID:
    """An interaction that waits."""
    with database.session() as session:
        return accept(session, [interaction("waits")], redactor=PlainRedactor()).ids[0]


@pytest.fixture
def session(database: Database, mined: UUID) -> Iterator[Session]:
    """A transaction in which one move is tried."""
    with Session(database._engine) as session:
        yield session
        session.rollback()


def _refused(session: Session, statement: Any, *, by: str) -> None:
    with pytest.raises(IntegrityError, match=by):
        session.execute(statement)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"state": "lost"}, "ck_interactions_state"),
        ({"state": "mined"}, "ck_interactions_mined_whole"),
        ({"state": "failed"}, "ck_interactions_failed_why"),
        ({"mined_at": func.now()}, "ck_interactions_mined_at"),
        ({"channel": "fax"}, "ck_interactions_channel"),
        ({"sentiment_label": "negative"}, "ck_interactions_sentiment_whole"),
        ({"sentiment_label": "sad", "sentiment_score": 0}, "ck_interactions_sentiment_label"),
        ({"sentiment_label": "negative", "sentiment_score": -2}, "ck_interactions_sentiment_score"),
        ({"attempts": -1}, "ck_interactions_attempts"),
        ({"job_id": UUID(int=7)}, "fk_interactions_job_id"),
        ({"source": None}, "null value"),
    ],
)
def test_an_interaction_that_waits(
    session: Session, accepted: UUID, change: Change, by: str
) -> None:
    move = update(InteractionRow).where(InteractionRow.id == accepted).values(**change)
    _refused(session, move, by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"state": "accepted"}, "ck_interactions_mined"),
        ({"state": "cancelled"}, "ck_interactions_mined"),
        ({"mined_at": None}, "ck_interactions_mined_whole"),
        ({"model": None}, "ck_interactions_mined_whole"),
        ({"sentiment_label": None, "sentiment_score": None}, "ck_interactions_mined_whole"),
    ],
)
def test_an_interaction_that_is_mined(
    session: Session, mined: UUID, change: Change, by: str
) -> None:
    move = update(InteractionRow).where(InteractionRow.id == mined).values(**change)
    _refused(session, move, by=by)


def test_a_second_interaction_of_the_same_id(session: Session, mined: UUID) -> None:
    twin = insert(InteractionRow).values(
        id=mined,
        external_id="x",
        source="x",
        format="x",
        channel="call",
        roles={},
        meta={},
        redactions={},
    )
    _refused(session, twin, by="pk_interactions")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"speaker": "robot"}, "ck_turns_speaker"),
        ({"text": ""}, "ck_turns_text"),
        ({"index": -1}, "ck_turns_index"),
        ({"index": 0}, "pk_turns"),
        ({"interaction_id": UUID(int=7)}, "fk_turns_interaction_id"),
        ({"start_seconds": float("nan")}, "ck_turns_start_seconds"),
        ({"end_seconds": float("inf")}, "ck_turns_end_seconds"),
        ({"sentiment_score": 0.5}, "ck_turns_sentiment_whole"),
        ({"sentiment_label": "sad", "sentiment_score": 0}, "ck_turns_sentiment_label"),
        ({"sentiment_label": "neutral", "sentiment_score": 2}, "ck_turns_sentiment_score"),
    ],
)
def test_a_turn(session: Session, mined: UUID, change: Change, by: str) -> None:
    row = {"interaction_id": mined, "index": 9, "speaker": "customer", "text": "So."}
    _refused(session, insert(TurnRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"index": 0}, "pk_passages"),
        ({"index": -1}, "ck_passages_index"),
        ({"start": -1}, "ck_passages_offsets"),
        ({"end": 0}, "ck_passages_offsets"),
        ({"turn": 8}, "fk_passages_turn"),
        ({"interaction_id": UUID(int=7)}, "fk_passages_turn"),
    ],
)
def test_a_passage(session: Session, mined: UUID, change: Change, by: str) -> None:
    row = {
        "interaction_id": mined,
        "index": 9,
        "turn": 1,
        "start": 0,
        "end": 3,
        "vector": [0.0] * 384,
    }
    _refused(session, insert(PassageRow).values(**{**row, **change}), by=by)


def test_a_vector_of_another_width(session: Session, mined: UUID) -> None:
    move = update(PassageRow).values(vector=[0.5] * 3)
    with pytest.raises(DBAPIError, match="expected 384 dimensions"):
        session.execute(move)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"category": "Billing!"}, "ck_findings_category"),
        ({"sentiment": "sad"}, "ck_findings_sentiment"),
        ({"confidence": 1.5}, "ck_findings_confidence"),
        ({"confidence": -0.1}, "ck_findings_confidence"),
        ({"confidence": float("nan")}, "ck_findings_confidence"),
        ({"start": -1}, "ck_findings_offsets"),
        ({"end": 0}, "ck_findings_offsets"),
        ({"quote": "leak"}, "ck_findings_quote"),
        ({"turn": 8}, "fk_findings_turn"),
        ({"passage": 8}, "fk_findings_passage"),
        ({"interaction_id": UUID(int=7)}, "fk_findings"),
    ],
)
def test_a_finding(session: Session, mined: UUID, change: Change, by: str) -> None:
    row = {
        "id": new_id(),
        "interaction_id": mined,
        "passage": 0,
        "category": "product_defect",
        "turn": 1,
        "start": 11,
        "end": 16,
        "quote": "leaks",
        "confidence": 0.5,
        "sentiment": "neutral",
        "model": "words-1",
    }
    _refused(session, insert(FindingRow).values(**{**row, **change}), by=by)


def test_a_finding_that_is_there_already(session: Session) -> None:
    row = session.scalars(select(FindingRow)).one()
    values = {column.key: getattr(row, column.key) for column in FindingRow.__table__.columns}
    _refused(session, insert(FindingRow).values(**values), by="pk_findings")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"kind": "dream"}, "ck_jobs_kind"),
        ({"state": "asleep", "finished_at": func.now()}, "ck_jobs_state"),
        ({"state": "done"}, "ck_jobs_finished"),
        ({"finished_at": func.now()}, "ck_jobs_finished"),
        ({"total": -1}, "ck_jobs_total"),
    ],
)
def test_a_job(session: Session, change: Change, by: str) -> None:
    row = {"id": new_id(), "kind": "batch", "source": "x"}
    _refused(session, insert(JobRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"index": -1}, "ck_rejections_index"),
        ({"job_id": UUID(int=7)}, "fk_rejections_job_id"),
    ],
)
def test_a_rejection(session: Session, change: Change, by: str) -> None:
    job = session.scalars(select(JobRow.id)).first()
    row = {"job_id": job, "index": 0, "source": "x", "code": "broken", "message": "x"}
    _refused(session, insert(RejectionRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"key": ""}, "ck_idempotency_key"),
        ({"key": "k" * 256}, "ck_idempotency_key"),
        ({"status": 99}, "ck_idempotency_status"),
        ({"body_digest": b"short"}, "ck_idempotency_body_digest"),
    ],
)
def test_a_kept_answer(session: Session, change: Change, by: str) -> None:
    row = {
        "key": "k",
        "operation": "POST /v1/interactions",
        "body_digest": bytes(32),
        "status": 202,
        "headers": {},
        "body": b"",
    }
    _refused(session, insert(IdempotencyRow).values(**{**row, **change}), by=by)


CATEGORY = {
    "name": "safety",
    "description": "",
    "threshold": 0.5,
    "wanted": 0.8,
    "model": "words-1",
    "digest": "words",
    "head": {},
    "judged": {},
}


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"name": "Safety First"}, "ck_categories_name"),
        ({"name": "a" * 49}, "ck_categories_name"),
        ({"name": "product_defect"}, "ck_categories_reserved"),
        ({"name": "all"}, "ck_categories_reserved"),
        ({"threshold": 1.5}, "ck_categories_threshold"),
        ({"threshold": float("nan")}, "ck_categories_threshold"),
        ({"wanted": 1}, "ck_categories_wanted"),
        ({"revision": 0}, "ck_categories_revision"),
    ],
)
def test_a_category(session: Session, change: Change, by: str) -> None:
    row = {"id": new_id(), **CATEGORY, **change}
    _refused(session, insert(CategoryRow).values(**row), by=by)


def test_two_categories_of_one_name(session: Session) -> None:
    session.execute(insert(CategoryRow).values(id=new_id(), **CATEGORY))
    twin = insert(CategoryRow).values(id=new_id(), **CATEGORY)
    _refused(session, twin, by="uq_categories_name")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"text": ""}, "ck_category_examples_text"),
        ({"category_id": UUID(int=7)}, "fk_category_examples_category_id"),
        ({"interaction_id": UUID(int=7)}, "fk_category_examples_interaction_id"),
    ],
)
def test_an_example_of_a_category(session: Session, change: Change, by: str) -> None:
    category = new_id()
    session.execute(insert(CategoryRow).values(id=category, **CATEGORY))
    row = {"id": new_id(), "category_id": category, "text": "Smoke.", "carries": True}
    _refused(session, insert(CategoryExampleRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("one", "by"), [(True, "pk_category_version"), (False, "ck_category_version_one")]
)
def test_a_second_version_of_the_categories(session: Session, one: bool, by: str) -> None:
    _refused(session, insert(CategoryVersionRow).values(one=one), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"done": -1}, "ck_backfills_counts"),
        ({"job_id": UUID(int=7)}, "fk_backfills_job_id"),
        ({"category_id": UUID(int=7)}, "fk_backfills_category_id"),
    ],
)
def test_a_backfill(session: Session, change: Change, by: str) -> None:
    job = session.scalars(select(JobRow.id)).first()
    _refused(session, insert(BackfillRow).values(**{"job_id": job, **change}), by=by)


IMPOSSIBLE = {"uq_themes_id"}
"""What a foreign key points at: the primary key refuses a second row of the same id before it."""

DEFINED = text(
    """
    SELECT conname, replace(pg_get_constraintdef(oid), 'declared.', '') FROM pg_constraint
    WHERE contype IN ('c', 'u', 'f', 'p') AND connamespace = CAST(:schema AS regnamespace)
    AND conrelid::regclass::text NOT LIKE ALL (ARRAY['procrastinate%', 'alembic%'])
    """
)


def test_every_constraint_is_tried() -> None:
    """A new rule needs its forbidden move in one of the files of constraints."""
    files = sorted(Path(__file__).parent.glob("test_*constraints.py"))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    untried = {name for name in _declared() if f'"{name}"' not in source}
    assert not untried - IMPOSSIBLE, "tried nowhere"


def test_migrations_make_the_constraints_that_the_tables_declare(session: Session) -> None:
    """Alembic, which compares the rest, compares no CHECK."""
    assert _declared(), "each table is known"
    session.execute(text("CREATE SCHEMA declared"))
    connection = session.connection().execution_options(schema_translate_map={None: "declared"})
    Base.metadata.create_all(connection, checkfirst=False)
    made, declared = (
        {(name, rule) for name, rule in connection.execute(DEFINED, {"schema": schema})}
        for schema in ("public", "declared")
    )
    assert made == declared


def _declared() -> set[str]:
    """Names of every CHECK, UNIQUE and FOREIGN KEY of ours, whichever module has the table."""
    for module in Path(tables.__file__).parent.glob("*_tables.py"):
        import_module(f"api.store.{module.stem}")
    import_module("api.store.theme_history")
    named: set[str] = set()
    for table in Base.metadata.sorted_tables:
        rules = [one for one in table.constraints if not isinstance(one, PrimaryKeyConstraint)]
        named |= {str(one.name) for one in rules}
        named |= {str(index.name) for index in table.indexes if index.unique}
    return named


def test_text_that_no_database_holds(session: Session, mined: UUID) -> None:
    with pytest.raises(DataError, match="NUL"):
        session.execute(update(TurnRow).values(text="a\x00b"))

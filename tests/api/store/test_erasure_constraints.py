"""Each move that the tables of erasure forbid is refused by the database itself."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store import jobs
from api.store.database import Database
from api.store.erasure_tables import ErasureRow, ErasureTargetRow, HoldRow, RetentionRow

Change = dict[str, Any]
HOLD = {"id": UUID(int=1), "reason": "x", "by_name": "local"}
EARLIER = datetime(2025, 1, 1, tzinfo=UTC)
LATER = datetime(2025, 1, 2, tzinfo=UTC)
ERASURE: Change = {"kind": "before", "what": {}, "by_name": "local"}
RECEIPT: Change = {
    "receipt": {},
    "digest": b"d" * 32,
    "signature": b"s" * 64,
    "public_key": b"k" * 32,
    "sequence": 1,
}


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({"kind": "fax", "since": "2025-01-01T00:00:00Z"}, "ck_holds_kind"),
        ({"kind": "interaction"}, "ck_holds_interaction"),
        ({"kind": "customer", "salt": b"s"}, "ck_holds_customer"),
        ({"kind": "metadata", "key": "case"}, "ck_holds_metadata"),
        ({"kind": "window"}, "ck_holds_window"),
        ({"kind": "interaction", "interaction_id": UUID(int=2), "reason": ""}, "ck_holds_reason"),
        ({"kind": "window", "since": LATER, "until": EARLIER}, "ck_holds_order"),
        ({"kind": "window", "since": EARLIER, "revision": 0}, "ck_holds_revision"),
    ],
)
def test_a_hold(database: Database, values: dict[str, Any], by: str) -> None:
    with Session(database._engine) as session, pytest.raises(IntegrityError, match=by):
        session.execute(insert(HoldRow).values({**HOLD, **values}))


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({"kind": "all"}, "ck_erasures_kind"),
        ({"receipt": {}}, "ck_erasures_receipt_whole"),
        ({"sequence": 1}, "ck_erasures_receipt_whole"),
        ({**RECEIPT, "digest": b"d"}, "ck_erasures_digest"),
        ({**RECEIPT, "signature": b"s"}, "ck_erasures_signature"),
        ({**RECEIPT, "public_key": b"k"}, "ck_erasures_public_key"),
        ({**RECEIPT, "sequence": 0}, "ck_erasures_sequence"),
        ({"id": UUID(int=7)}, "fk_erasures_id"),
    ],
)
def test_an_erasure(database: Database, values: dict[str, Any], by: str) -> None:
    with Session(database._engine) as session:
        job = jobs.create(session, source="erasure", kind="erase")
        session.execute(insert(ErasureRow).values(id=job.id, **ERASURE))
        with pytest.raises(IntegrityError, match=by):
            session.execute(update(ErasureRow).values(values))


def test_two_receipts_in_one_place_of_the_chain(database: Database) -> None:
    with Session(database._engine) as session:
        first, second = (jobs.create(session, source="x", kind="erase").id for _ in range(2))
        session.execute(insert(ErasureRow).values(id=first, **ERASURE, **RECEIPT))
        with pytest.raises(IntegrityError, match="uq_erasures_sequence"):
            session.execute(insert(ErasureRow).values(id=second, **ERASURE, **RECEIPT))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"outcome": "lost"}, "ck_erasure_targets_outcome"),
        ({"erasure_id": UUID(int=7)}, "fk_erasure_targets_erasure_id"),
        ({"interaction_id": UUID(int=1)}, "pk_erasure_targets"),
    ],
)
def test_a_target(database: Database, change: Change, by: str) -> None:
    with Session(database._engine) as session:
        job = jobs.create(session, source="erasure", kind="erase")
        session.execute(insert(ErasureRow).values(id=job.id, **ERASURE))
        row = {"erasure_id": job.id, "interaction_id": UUID(int=1)}
        session.execute(insert(ErasureTargetRow).values(**row))
        other = {**row, "interaction_id": UUID(int=2), **change}
        with pytest.raises(IntegrityError, match=by):
            session.execute(insert(ErasureTargetRow).values(**other))


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({}, "pk_retention"),
        ({"one": False}, "ck_retention_one"),
    ],
)
def test_one_policy(database: Database, values: Change, by: str) -> None:
    with Session(database._engine) as session, pytest.raises(IntegrityError, match=by):
        session.execute(insert(RetentionRow).values({"days": {}, **values}))


@pytest.mark.parametrize(
    ("change", "by"),
    [({"revision": 0}, "ck_retention_revision"), ({"days": []}, "ck_retention_days")],
)
def test_the_policy(database: Database, change: Change, by: str) -> None:
    with Session(database._engine) as session, pytest.raises(IntegrityError, match=by):
        session.execute(update(RetentionRow).values(**change))

"""Each move that the tables of erasure forbid is refused by the database itself."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store import jobs
from api.store.database import Database
from api.store.erasure_tables import ErasureRow, HoldRow, RetentionRow

HOLD = {"id": UUID(int=1), "reason": "x", "by_name": "local"}


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({"kind": "fax", "since": "2025-01-01T00:00:00Z"}, "ck_holds_kind"),
        ({"kind": "interaction"}, "ck_holds_interaction"),
        ({"kind": "customer", "salt": b"s"}, "ck_holds_customer"),
        ({"kind": "metadata", "key": "case"}, "ck_holds_metadata"),
        ({"kind": "window"}, "ck_holds_window"),
        ({"kind": "interaction", "interaction_id": UUID(int=2), "reason": ""}, "ck_holds_reason"),
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
        (
            {"receipt": {}, "digest": b"d", "signature": b"s" * 64, "public_key": b"k" * 32}
            | {"sequence": 1},
            "ck_erasures_digest",
        ),
    ],
)
def test_an_erasure(database: Database, values: dict[str, Any], by: str) -> None:
    with Session(database._engine) as session:
        job = jobs.create(session, source="erasure", kind="erase")
        row = {"id": job.id, "kind": "before", "what": {}, "by_name": "local"}
        session.execute(insert(ErasureRow).values(row))
        with pytest.raises(IntegrityError, match=by):
            session.execute(update(ErasureRow).values(values))


def test_one_policy(database: Database) -> None:
    with Session(database._engine) as session, pytest.raises(IntegrityError, match="retention"):
        session.execute(insert(RetentionRow).values(days={}))

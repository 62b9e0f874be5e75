"""What is old in the log ends in one way alone; a login at a provider counts once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store import audit, keys
from api.store.key_tables import AuditRow, ShownTokenRow
from api.worker import drop_from_audit
from tests.conftest import NewDatabase

NOW = datetime.now(UTC)


def _id(at: datetime, number: int) -> UUID:
    return UUID(int=int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62 | number)


def _noted(session: Session, *days: int) -> None:
    """Rows of so many days ago."""
    for number, ago in enumerate(days):
        at = NOW - timedelta(days=ago)
        row = {"id": _id(at, number), "at": at, "caller": "dana", "action": "findings.listed"}
        session.execute(insert(AuditRow).values(row))


def _left(session: Session) -> list[str]:
    return list(session.scalars(select(AuditRow.action).order_by(AuditRow.id)))


def test_what_is_older_goes_and_is_noted(new_database: NewDatabase) -> None:
    database = new_database()
    with database.session() as session:
        _noted(session, 400, 300, 91, 91, 89, 1)
    drop_from_audit(database, timedelta(days=90), most=3)
    drop_from_audit(database, timedelta(days=90), most=3)
    with database.session() as session:
        noted = audit.list_page(session, audit.AuditFilter(action="audit."), limit=9)
        assert _left(session) == ["findings.listed"] * 2 + ["audit.dropped"] * 2
        oldest = session.scalar(select(func.min(AuditRow.at)))
    assert [(row.caller, row.count, row.data) for row in noted] == [
        ("retention", 1, {"days": 90}),
        ("retention", 3, {"days": 90}),
    ]
    assert oldest is not None
    assert NOW - oldest < timedelta(days=90)


def test_the_time_of_a_row_decides_and_not_its_id(session: Session) -> None:
    row = {"id": _id(NOW - timedelta(days=90), 1), "at": NOW, "caller": "x", "action": "key.used"}
    session.execute(insert(AuditRow).values(row))
    assert audit.drop(session, keep=timedelta(days=30)) == 0
    assert _left(session) == ["key.used"]


@pytest.mark.parametrize("statement", [delete(AuditRow), text("TRUNCATE audit")])
def test_the_way_is_shut_again_behind_it(session: Session, statement: Any) -> None:
    _noted(session, 400)
    assert audit.drop(session, keep=timedelta(days=30)) == 1
    with pytest.raises(IntegrityError, match="only ever added to"):
        session.execute(statement)


@pytest.mark.parametrize("statement", [update(AuditRow).values(caller="x"), text("TRUNCATE audit")])
def test_not_even_the_way_itself_changes_rows(session: Session, statement: Any) -> None:
    _noted(session, 400)
    session.execute(text("SELECT set_config('conduit.audit_drop', 'on', true)"))
    with pytest.raises(IntegrityError, match="only ever added to"):
        session.execute(statement)


def test_the_last_day_stays_whoever_asks(session: Session) -> None:
    _noted(session, 2)
    with pytest.raises(IntegrityError, match="keeps its last day"):
        audit.drop(session, keep=timedelta(hours=1))


def test_a_login_at_a_provider_counts_once(session: Session) -> None:
    assert keys.show(session, "one", lasts=timedelta(minutes=20))
    assert not keys.show(session, "one", lasts=timedelta(minutes=20))
    assert keys.show(session, "two", lasts=timedelta(minutes=20))
    session.execute(update(ShownTokenRow).values(until=NOW - timedelta(days=1)))
    assert keys.show(session, "three", lasts=timedelta(minutes=20))
    assert session.scalars(select(ShownTokenRow.digest)).all() == [keys.digest("three")]


def test_a_digest_is_one(session: Session) -> None:
    with pytest.raises(IntegrityError, match="ck_shown_tokens_digest"):
        session.execute(insert(ShownTokenRow).values(digest=b"short", until=NOW))

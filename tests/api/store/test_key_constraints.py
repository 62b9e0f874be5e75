"""What the tables of keys, logins and the log forbid is refused by the database itself."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.auth import LOCAL, SCOPES
from api.store import audit, key_tables
from api.store.audit import AuditFilter
from api.store.ids import new_id
from api.store.key_tables import MOST_IDS, AuditRow, KeyRow, LoginRow, ShownTokenRow

UNTIL = datetime(2999, 1, 1, tzinfo=UTC)
KEY: dict[str, Any] = {
    "prefix": "0123456789ab",
    "name": "nightly export",
    "digest": b"d" * 32,
    "scopes": ["read"],
}
LOGIN: dict[str, Any] = {
    "digest": b"l" * 32,
    "person": UUID(int=1),
    "name": "Dana",
    "scopes": ["read"],
    "expires_at": UNTIL,
}


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"prefix": "0123"}, "ck_keys_prefix"),
        ({"name": ""}, "ck_keys_name"),
        ({"name": "x" * 101}, "ck_keys_name"),
        ({"digest": b"short"}, "ck_keys_digest"),
        ({"previous_digest": b"p" * 32}, "ck_keys_previous_whole"),
        ({"previous_digest": b"short", "previous_until": UNTIL}, "ck_keys_previous_digest"),
        ({"scopes": []}, "ck_keys_scopes"),
        ({"scopes": ["read", "write"]}, "ck_keys_scopes"),
        ({"department_id": UUID(int=7)}, "fk_keys_department_id"),
        ({"revision": 0}, "ck_keys_revision"),
    ],
)
def test_a_key_is_whole(session: Session, change: dict[str, Any], by: str) -> None:
    session.execute(insert(KeyRow).values(id=new_id(), **{**KEY, "prefix": "f" * 12}))
    with pytest.raises(IntegrityError, match=by):
        session.execute(insert(KeyRow).values(id=new_id(), **{**KEY, **change}))


def test_a_prefix_is_one_keys(session: Session) -> None:
    session.execute(insert(KeyRow).values(id=new_id(), **KEY))
    with pytest.raises(IntegrityError, match="uq_keys_prefix"):
        session.execute(insert(KeyRow).values(id=new_id(), **KEY))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"digest": b"short"}, "ck_logins_digest"),
        ({"person": None}, "ck_logins_who"),
        ({"scopes": ["write"]}, "ck_logins_scopes"),
        ({"expires_at": datetime(1999, 1, 1, tzinfo=UTC)}, "ck_logins_expires"),
        ({"key_id": UUID(int=7), "person": None}, "fk_logins_key_id"),
        ({"department_id": UUID(int=7)}, "fk_logins_department_id"),
        ({"digest": b"m" * 32}, "pk_logins"),
    ],
)
def test_a_login_is_whole(session: Session, change: dict[str, Any], by: str) -> None:
    session.execute(insert(LoginRow).values(**{**LOGIN, "digest": b"m" * 32}))
    with pytest.raises(IntegrityError, match=by):
        session.execute(insert(LoginRow).values(**{**LOGIN, **change}))


@pytest.mark.parametrize(
    ("digest", "by"), [(b"short", "ck_shown_tokens_digest"), (b"t" * 32, "pk_shown_tokens")]
)
def test_a_token_is_shown_once(session: Session, digest: bytes, by: str) -> None:
    session.execute(insert(ShownTokenRow).values(digest=b"t" * 32, until=UNTIL))
    with pytest.raises(IntegrityError, match=by):
        session.execute(insert(ShownTokenRow).values(digest=digest, until=UNTIL))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"action": "read"}, "ck_audit_action"),
        ({"action": "Interaction.read"}, "ck_audit_action"),
        ({"ids": [UUID(int=1)] * (MOST_IDS + 1)}, "ck_audit_ids"),
        ({"count": -1}, "ck_audit_count"),
    ],
)
def test_a_row_of_the_log_is_whole(session: Session, change: dict[str, Any], by: str) -> None:
    row = {"id": new_id(), "caller": "local", "action": "key.created", **change}
    with pytest.raises(IntegrityError, match=by):
        session.execute(insert(AuditRow).values(**row))


@pytest.mark.parametrize(
    "statement",
    [delete(AuditRow), update(AuditRow).values(caller="nobody"), text("TRUNCATE audit")],
)
def test_the_log_is_only_added_to(session: Session, statement: Any) -> None:
    audit.note(session, LOCAL, "key.created", ids=[new_id()])
    with pytest.raises(IntegrityError, match="only ever added to"):
        session.execute(statement)


def test_a_row_says_who_and_what(session: Session) -> None:
    ids = [new_id() for _ in range(MOST_IDS + 3)]
    audit.mark(session, "request-1")
    audit.read(session, LOCAL, "findings.listed", ids=ids, more=True)
    audit.note(session, LOCAL, "theme.merged", ids=ids[:1], count=7)
    assert session.scalar(text("SHOW synchronous_commit")) == "off"
    edit, read = audit.list_page(session, AuditFilter(request="request-1"), limit=9)
    assert (edit.action, edit.count, edit.ids) == ("theme.merged", 7, ids[:1])
    assert (read.action, read.count, read.ids) == ("findings.listed", len(ids), ids[:MOST_IDS])
    assert (read.caller, read.caller_id, read.data) == ("local", None, {"more": True})
    about = audit.list_page(session, AuditFilter(about=ids[0], action="theme."), limit=9)
    assert [row.id for row in about] == [edit.id]
    assert audit.list_page(session, AuditFilter(caller=ids[0]), limit=9) == []
    after = audit.list_page(session, AuditFilter(), after=edit.id, limit=9)
    assert [row.id for row in after] == [read.id]


def test_a_change_waits_for_the_disk(session: Session) -> None:
    audit.note(session, LOCAL, "theme.merged")
    assert session.scalar(text("SHOW synchronous_commit")) == "on"
    assert session.scalars(select(AuditRow.ids)).all() == [[]]


def test_the_scopes_of_the_table_are_those_of_the_service() -> None:
    assert key_tables.SCOPES == SCOPES

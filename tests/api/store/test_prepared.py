"""Statements that go to the driver as they are see what an ordinary one would see."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Select, bindparam, select

from api.store.database import Database
from api.store.department_tables import DepartmentRow
from api.store.prepared import Prepared, among
from api.store.view import View


def _titled(wish: str) -> Select[*tuple[Any, ...]]:
    query = select(DepartmentRow.id, DepartmentRow.title)
    if wish == "among":
        return query.where(among(DepartmentRow.id))
    return query.where(DepartmentRow.name == bindparam("name"))


def test_each_shape_is_made_once_and_sees_what_the_transaction_changed(database: Database) -> None:
    shapes: list[str] = []

    def make(wish: str) -> Select[*tuple[Any, ...]]:
        shapes.append(wish)
        return _titled(wish)

    prepared = Prepared(make)
    with database.session() as session:
        known = session.scalars(select(DepartmentRow).order_by(DepartmentRow.id)).all()
        for row in known:
            (found,) = prepared.rows(session, {"name": row.name}, "name")
            assert (found.id, found.title) == (row.id, row.title)
        ids = [row.id for row in known]
        listed = prepared.rows(session, {"ids": [*ids, uuid4()]}, "among")
        assert {row.id for row in listed} == set(ids)
        known[0].title = "Just said"  # not written yet
        (found,) = prepared.rows(session, {"ids": ids[:1]}, "among")
        assert found.title == "Just said"
        assert shapes == ["name", "among"]
        session.rollback()


def test_a_narrowed_session_takes_the_ordinary_way(database: Database) -> None:
    prepared = Prepared(_titled)
    with database.session() as session:
        first, second, *_ = session.scalars(select(DepartmentRow.id)).all()
        assert len(prepared.rows(session, {"ids": [first, second]}, "among")) == 2
    with database.session(View(department=first)) as session:
        seen = prepared.rows(session, {"ids": [first, second]}, "among")
        assert [row.id for row in seen] == [first]

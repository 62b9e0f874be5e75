"""What the tables of departments, routings and events forbid is refused by the database itself."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.steps.accept import accept
from api.steps.mine import mine
from api.store.database import Database
from api.store.department_tables import DepartmentRow, EventRow, RoutedRow
from api.store.ids import new_id
from api.store.tables import FindingRow, JobRow
from tests.api.interactions import PlainRedactor, WordMiner, interaction

Change = dict[str, Any]
NOBODY = UUID(int=7)
DEPARTMENT: Change = {"name": "legal", "title": "Legal"}


@pytest.fixture(scope="module")
def mined(database: Database) -> UUID:
    """The finding of an interaction that is mined."""
    with database.session() as session:
        (id,) = accept(session, [interaction()], redactor=PlainRedactor()).ids
    mine(database, WordMiner(), [id])
    with database.session() as session:
        return session.scalars(select(FindingRow.id)).one()


@pytest.fixture
def session(database: Database, mined: UUID) -> Iterator[Session]:
    """A transaction in which one move is tried."""
    with Session(database._engine) as session:
        yield session
        session.rollback()


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"name": "Legal"}, "ck_departments_name"),
        ({"name": "a" * 61}, "ck_departments_name"),
        ({"title": ""}, "ck_departments_title"),
        ({"title": "x" * 201}, "ck_departments_title"),
        ({"description": "x" * 2_001}, "ck_departments_description"),
        ({"revision": 0}, "ck_departments_revision"),
        ({"name": "legal"}, "uq_departments_name"),
    ],
)
def test_a_department(session: Session, change: Change, by: str) -> None:
    session.execute(insert(DepartmentRow).values(id=new_id(), **DEPARTMENT))
    other = {**DEPARTMENT, "id": new_id(), "name": "finance", **change}
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(insert(DepartmentRow).values(**other))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"department_id": NOBODY}, "fk_routed_department_id"),
        ({"finding_id": NOBODY}, "fk_routed_finding_id"),
        ({"item_id": NOBODY}, "fk_routed_item_id"),
        ({}, "pk_routed"),
    ],
)
def test_what_reached_a_department(session: Session, mined: UUID, change: Change, by: str) -> None:
    department = new_id()
    session.execute(insert(DepartmentRow).values(id=department, **DEPARTMENT))
    finding = session.get_one(FindingRow, mined)
    row = {"department_id": department, "finding_id": mined, "passage": finding.passage}
    row |= {"interaction_id": finding.interaction_id, "turn": finding.turn}
    if not change:
        session.execute(insert(RoutedRow).values(**row))
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(insert(RoutedRow).values(**{**row, **change}))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"type": "opened"}, "ck_events_type"),
        ({"type": "Item.opened"}, "ck_events_type"),
        ({"department_id": NOBODY}, "fk_events_department_id"),
    ],
)
def test_an_event(session: Session, change: Change, by: str) -> None:
    row = {"type": "item.opened", "data": {}}
    session.execute(insert(EventRow).values(id=new_id(), **row))
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(insert(EventRow).values(id=new_id(), **{**row, **change}))


def test_a_job_of_a_department_that_is_not_there(session: Session) -> None:
    row = {"id": new_id(), "kind": "batch", "source": "x", "department_id": NOBODY}
    with pytest.raises(IntegrityError, match="fk_jobs_department_id"):
        session.execute(insert(JobRow).values(**row))

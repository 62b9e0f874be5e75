"""Departments: who can act on what customers report."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.store.department_tables import DepartmentRow
from api.store.ids import new_id


def create(session: Session, values: Mapping[str, Any]) -> DepartmentRow | None:
    """A new department, or None where its name is taken."""
    id = new_id()
    made = session.scalar(
        insert(DepartmentRow)
        .values(id=id, **values)
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(DepartmentRow.id)
    )
    return None if made is None else session.get_one(DepartmentRow, id)


def get(session: Session, id: UUID, *, lock: bool = False) -> DepartmentRow | None:
    """One department, or None; locked, nobody else changes it until this transaction ends."""
    query = select(DepartmentRow).where(DepartmentRow.id == id)
    if lock:
        query = query.with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def everyone(session: Session) -> list[DepartmentRow]:
    """All departments, in the order of their titles."""
    return list(session.scalars(select(DepartmentRow).order_by(DepartmentRow.title)))


def list_page(
    session: Session, *, name: str | None = None, after: UUID | None = None, limit: int
) -> list[DepartmentRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(DepartmentRow).order_by(DepartmentRow.id.desc()).limit(limit)
    if name is not None:
        query = query.where(DepartmentRow.name == name)
    if after is not None:
        query = query.where(DepartmentRow.id < after)
    return list(session.scalars(query))


def is_taken(session: Session, name: str, *, by_other_than: UUID) -> bool:
    """Whether another department has a name."""
    found = select(DepartmentRow.id).where(
        DepartmentRow.name == name, DepartmentRow.id != by_other_than
    )
    return session.scalar(found) is not None


def change(session: Session, row: DepartmentRow, values: Mapping[str, Any]) -> None:
    """Writes new values of a department, and one more revision."""
    session.execute(
        update(DepartmentRow)
        .where(DepartmentRow.id == row.id)
        .values(**values, revision=DepartmentRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def remove(session: Session, id: UUID) -> None:
    """Deletes a department with its rules, its inbox and what reached it; findings stay."""
    session.execute(delete(DepartmentRow).where(DepartmentRow.id == id))

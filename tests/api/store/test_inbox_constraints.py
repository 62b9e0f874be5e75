"""What the tables of rules and inboxes forbid is refused by the database itself."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store import items, jobs
from api.store.database import Database
from api.store.department_tables import DepartmentRow
from api.store.ids import new_id
from api.store.inbox_tables import (
    ItemAnswerRow,
    ItemChangeRow,
    ItemRow,
    RoutingRow,
    RuleRow,
)
from api.store.tables import WIDTH
from api.store.theme_tables import ThemeRow, ThemeScopeRow

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def item(database: Database) -> UUID:
    """An item of one finding, which is not there any more."""
    id = new_id()
    with database.session() as session:
        department = session.scalars(select(DepartmentRow.id).order_by(DepartmentRow.name)).first()
        values = {"department_id": department, "finding_id": new_id(), "category": "safety"}
        session.execute(insert(ItemRow).values(id=id, opened_at=NOW, **values))
    return id


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"state": "lost"}, "ck_items_state"),
        ({"state": "fixed"}, "ck_items_fixed"),
        ({"fixed_at": NOW}, "ck_items_fixed"),
        ({"state": "declined"}, "ck_items_declined_why"),
        ({"finding_id": None}, "ck_items_about"),
        ({"theme_id": UUID(int=7)}, "ck_items_about"),
        ({"category": "Safety"}, "ck_items_category"),
        ({"answer": "x" * 4_001}, "ck_items_texts"),
        ({"fixed_in": "x" * 101}, "ck_items_texts"),
        ({"findings": -1}, "ck_items_counts"),
        ({"interactions": 1}, "ck_items_counts"),
        ({"negative": 1}, "ck_items_counts"),
        ({"fewest": 0}, "ck_items_fewest"),
        ({"revision": 0}, "ck_items_revision"),
        ({"folded_into": ItemRow.id}, "ck_items_folded_into_itself"),
        ({"folded_into": UUID(int=7)}, "fk_items_folded_into"),
        ({"department_id": UUID(int=7)}, "fk_items_department_id"),
        ({"theme_id": UUID(int=7), "finding_id": None}, "fk_items_theme_id"),
        ({"rule_id": UUID(int=7)}, "fk_items_rule_id"),
    ],
)
def test_an_item_keeps_its_rules(
    session: Session, item: UUID, change: dict[str, Any], by: str
) -> None:
    with pytest.raises(IntegrityError, match=by):
        session.execute(update(ItemRow).where(ItemRow.id == item).values(**change))


def test_a_finding_makes_one_item_of_a_department(session: Session, item: UUID) -> None:
    row = session.get_one(ItemRow, item)
    twin = {"department_id": row.department_id, "finding_id": row.finding_id, "category": "safety"}
    with pytest.raises(IntegrityError, match="uq_items_finding"):
        session.execute(insert(ItemRow).values(id=new_id(), **twin))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"title": ""}, "ck_rules_title"),
        ({"rule": ""}, "ck_rules_rule"),
        ({"rule": "x" * 2_001}, "ck_rules_rule"),
        ({"delivers": "all"}, "ck_rules_delivers"),
        ({"fewest": 0}, "ck_rules_fewest"),
        ({"due_days": 0}, "ck_rules_due_days"),
        ({"revision": 0}, "ck_rules_revision"),
        ({"department_id": UUID(int=7)}, "fk_rules_department_id"),
    ],
)
def test_a_rule_keeps_its_rules(session: Session, change: dict[str, Any], by: str) -> None:
    with pytest.raises(IntegrityError, match=by):
        session.execute(update(RuleRow).values(**change))


@pytest.mark.parametrize(
    ("table", "values", "by"),
    [
        (ItemChangeRow, {"kind": "lost"}, "ck_item_changes_kind"),
        (ItemChangeRow, {"before": "lost"}, "ck_item_changes_before"),
        (ItemChangeRow, {"after": "lost"}, "ck_item_changes_after"),
        (ItemChangeRow, {"note": "x" * 4_001}, "ck_item_changes_texts"),
        (ItemChangeRow, {"item_id": UUID(int=7)}, "fk_item_changes_item_id"),
        (ItemChangeRow, {"department_id": UUID(int=7)}, "fk_item_changes_department_id"),
        (ItemChangeRow, {"other_id": UUID(int=7)}, "fk_item_changes_other_id"),
        (ItemAnswerRow, {"answer": ""}, "ck_item_answers_answer"),
        (ItemAnswerRow, {"item_id": UUID(int=7)}, "fk_item_answers_item_id"),
        (ItemAnswerRow, {"state": "lost"}, "ck_item_answers_state"),
    ],
)
def test_what_is_told_keeps_its_rules(
    session: Session, item: UUID, table: Any, values: dict[str, Any], by: str
) -> None:
    row = session.get_one(ItemRow, item)
    usual: dict[str, Any] = {"item_id": item, "state": "open", "answer": "x", "department": "x"}
    if table is ItemChangeRow:
        usual = {"id": new_id(), "item_id": item, "department_id": row.department_id}
        usual |= {"kind": "opened", "before": "open", "after": "open"}
    with pytest.raises(IntegrityError, match=by):
        session.execute(insert(table).values(**{**usual, **values}))


def test_a_theme_makes_one_item_of_a_department(session: Session, item: UUID) -> None:
    theme = new_id()
    values = {"name": "Leaks", "machine_name": "Leaks", "floor": 0.5}
    vectors = {"centroid": [0.0] * WIDTH, "middle": [0.0] * WIDTH}
    session.execute(insert(ThemeScopeRow).values(scope="safety"))
    session.execute(insert(ThemeRow).values(id=theme, scope="safety", **values, **vectors))
    department = session.get_one(ItemRow, item).department_id
    row = {"department_id": department, "theme_id": theme, "category": "safety"}
    session.execute(insert(ItemRow).values(id=new_id(), **row))
    with pytest.raises(IntegrityError, match="uq_items_department_id"):
        session.execute(insert(ItemRow).values(id=new_id(), **row))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"job_id": UUID(int=7)}, "fk_routings_job_id"),
        ({"rule_id": UUID(int=7)}, "fk_routings_rule_id"),
        ({"done": -1}, "ck_routings_counts"),
        ({"found": -1}, "ck_routings_counts"),
    ],
)
def test_a_routing_is_of_a_job(session: Session, change: dict[str, Any], by: str) -> None:
    job = jobs.create(session, source="x").id
    with pytest.raises(IntegrityError, match=by):
        session.execute(insert(RoutingRow).values(**{"job_id": job, **change}))


def test_an_item_whose_finding_is_gone_goes_when_it_is_counted(
    database: Database, item: UUID
) -> None:
    with database.session() as session:
        items.recount(session, [item])
        assert items.shown(session, item) is None

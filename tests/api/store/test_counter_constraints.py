"""What the tables of counts forbid is refused by the database itself."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store.count_tables import ThemeStandRow
from api.store.database import Database

STAND: dict[str, Any] = {
    "owner_id": UUID(int=7),
    "interaction_id": UUID(int=8),
    "happened": datetime(2026, 3, 2, tzinfo=UTC),
    "findings": 1,
    "negative": 1,
    "neutral": 0,
    "positive": 0,
}


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"findings": 0, "negative": 0}, "ck_theme_stands_findings"),
        ({"findings": 2}, "ck_theme_stands_feelings"),
        ({"positive": 1}, "ck_theme_stands_feelings"),
        ({"interaction_id": UUID(int=8)}, "pk_theme_stands"),
    ],
)
def test_a_theme_in_an_interaction(database: Database, change: dict[str, Any], by: str) -> None:
    with Session(database._engine) as session:
        session.execute(insert(ThemeStandRow).values(**STAND))
        other = {**STAND, "interaction_id": UUID(int=9), **change}
        with pytest.raises(IntegrityError, match=rf'"{by}"'):
            session.execute(insert(ThemeStandRow).values(**other))

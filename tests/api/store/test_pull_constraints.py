"""What the tables of search and exports forbid is refused by the database itself."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store.database import Database
from api.store.pull_tables import PassageWordsRow, TombstoneRow

GONE = UUID(int=7)


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({"noun": "turns"}, "ck_tombstones_noun"),
        ({"noun": "themes", "department_id": GONE}, "ck_tombstones_department"),
    ],
)
def test_a_tombstone(database: Database, values: dict[str, Any], by: str) -> None:
    with Session(database._engine) as session:
        for noun in ("interactions", "findings"):
            session.execute(insert(TombstoneRow).values(id=GONE, noun=noun, department_id=GONE))
        with pytest.raises(IntegrityError, match=rf'"{by}"'):
            session.execute(insert(TombstoneRow).values(id=GONE, **values))


def test_words_are_of_a_passage(database: Database) -> None:
    words = {"interaction_id": GONE, "index": 0, "words": func.to_tsvector("kettle")}
    with (
        Session(database._engine) as session,
        pytest.raises(IntegrityError, match="fk_passage_words_passage"),
    ):
        session.execute(insert(PassageWordsRow).values(**words))

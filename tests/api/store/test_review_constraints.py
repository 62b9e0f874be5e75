"""What the tables of the review queue forbid is refused by the database itself."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.steps.accept import accept
from api.store import erasing
from api.store.database import Database
from api.store.ids import new_id
from api.store.review_tables import ReviewDrawRow, ReviewRow
from tests.api.interactions import PlainRedactor, interaction
from tests.api.store.refusing import refused

Change = dict[str, Any]

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DRAW = UUID(int=11)
DRAWN: Change = {"reason": "random", "chance": 0.25, "draw_id": DRAW}
ANSWERED: Change = {
    "state": "answered",
    "ended_at": NOW,
    "ended_by": "somebody",
    "judged": {"categories": {"product_defect": True}, "sentiment": None},
}


@pytest.fixture(scope="module")
def stored(database: Database) -> UUID:
    """An interaction, and a draw."""
    with database.session() as session:
        (id,) = accept(session, [interaction()], redactor=PlainRedactor()).ids
        values = {"found": 4, "found_drawn": 1, "others": 8, "others_drawn": 2}
        session.execute(insert(ReviewDrawRow).values(id=DRAW, model="words-1", until=NOW, **values))
    return id


def _review(stored: UUID, **values: Any) -> Change:
    row = {"id": new_id(), "interaction_id": stored, "turn": 1, "start": 0, "end": 41}
    return {**row, "reason": "unsure", "found": True, "said": {}, "model": "words-1", **values}


@pytest.mark.parametrize("values", [{}, DRAWN, ANSWERED])
def test_a_row_of_each_kind(session: Session, stored: UUID, values: Change) -> None:
    session.execute(insert(ReviewRow).values(**_review(stored, **values)))


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({"reason": "bored"}, "ck_reviews_reason"),
        ({"state": "lost", "ended_at": NOW}, "ck_reviews_state"),
        ({"feeling": "sad"}, "ck_reviews_feeling"),
        ({"start": -1}, "ck_reviews_offsets"),
        ({"end": 0}, "ck_reviews_offsets"),
        ({"category": "Too Hot"}, "ck_reviews_category"),
        ({**DRAWN, "chance": 0}, "ck_reviews_chance"),
        ({**DRAWN, "chance": 1.5}, "ck_reviews_chance"),
        ({**DRAWN, "chance": None}, "ck_reviews_drawn"),
        ({**DRAWN, "reason": "rare"}, "ck_reviews_drawn"),
        ({"draw_id": DRAW}, "ck_reviews_drawn"),
        ({"leased_by": "local"}, "ck_reviews_leased"),
        ({**ANSWERED, "leased_by": "a", "leased_until": NOW}, "ck_reviews_leased_open"),
        ({**ANSWERED, "ended_by": None}, "ck_reviews_ended_by"),
        ({"ended_by": "somebody"}, "ck_reviews_ended_by"),
        ({**ANSWERED, "ended_at": None}, "ck_reviews_ended"),
        ({"ended_at": NOW}, "ck_reviews_ended"),
        ({**ANSWERED, "judged": None}, "ck_reviews_judged"),
        ({"turn": 7}, "fk_reviews_turn"),
        ({**DRAWN, "draw_id": UUID(int=7)}, "fk_reviews_draw_id"),
    ],
)
def test_a_row(session: Session, stored: UUID, values: Change, by: str) -> None:
    refused(session, insert(ReviewRow).values(**_review(stored, **values)), by=by)


@pytest.mark.parametrize(
    ("values", "by"), [({}, "uq_reviews_passage"), (DRAWN, "uq_reviews_random")]
)
def test_a_passage_is_asked_for_once(
    session: Session, stored: UUID, values: Change, by: str
) -> None:
    session.execute(insert(ReviewRow).values(**_review(stored, **values)))
    refused(session, insert(ReviewRow).values(**_review(stored, **values)), by=by)


def test_a_passage_that_was_asked_for_may_be_drawn_too(session: Session, stored: UUID) -> None:
    for values in ({}, DRAWN):
        session.execute(insert(ReviewRow).values(**_review(stored, **values)))


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({"found_drawn": 5}, "ck_review_draws_found"),
        ({"found_drawn": -1}, "ck_review_draws_found"),
        ({"others_drawn": 9}, "ck_review_draws_others"),
    ],
)
def test_a_draw(session: Session, values: Change, by: str) -> None:
    row = {"found": 4, "found_drawn": 1, "others": 8, "others_drawn": 2, **values}
    drawn = insert(ReviewDrawRow).values(id=new_id(), model="words-1", until=NOW, **row)
    refused(session, drawn, by=by)


def test_a_row_goes_with_its_interaction_and_its_draw_stays(session: Session) -> None:
    (id,) = accept(session, [interaction("goes")], redactor=PlainRedactor()).ids
    session.execute(insert(ReviewRow).values(**_review(id, **DRAWN)))
    with session.begin_nested() as nested:
        with pytest.raises(IntegrityError, match="fk_reviews_draw_id"):
            session.execute(delete(ReviewDrawRow))
        nested.rollback()
    erasing.erase(session, [id])
    there = select(ReviewRow.id).where(ReviewRow.interaction_id == id)
    assert session.scalars(there).all() == []

"""What the tables of people's opinions forbid is refused by the database itself."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.steps.accept import accept
from api.steps.mine import mine
from api.store import erasing
from api.store.database import Database
from api.store.ids import new_id
from api.store.opinion_tables import ModelSaidRow, OpinionRow
from api.store.tables import FindingRow
from tests.api.interactions import PlainRedactor, WordMiner, interaction
from tests.api.store.refusing import refused

Change = dict[str, Any]

CONFIRM: Change = {"kind": "confirm", "category": "product_defect"}
CORRECT: Change = {**CONFIRM, "kind": "correct", "becomes": "feature_request"}
QUOTE: Change = {**CONFIRM, "kind": "quote", "quote_start": 11, "quote_end": 16}
FEELING: Change = {"kind": "sentiment", "sentiment": "neutral"}
SPEAKER: Change = {"kind": "speaker", "speaker": "agent"}


@pytest.fixture(scope="module")
def mined(database: Database) -> UUID:
    """An interaction whose turn 1 says "The kettle leaks and the manual is wrong."."""
    with database.session() as session:
        (id,) = accept(session, [interaction()], redactor=PlainRedactor()).ids
    mine(database, WordMiner(), [id])
    return id


def _opinion(mined: UUID, **values: Any) -> Change:
    row = {"id": new_id(), "interaction_id": mined, "turn": 1, "start": 0, "end": 41}
    return {**row, "caller": "somebody", **values}


@pytest.mark.parametrize("values", [CONFIRM, CORRECT, QUOTE, FEELING, SPEAKER])
def test_an_opinion_of_each_kind(session: Session, mined: UUID, values: Change) -> None:
    session.execute(insert(OpinionRow).values(**_opinion(mined, **values)))


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({**CONFIRM, "kind": "wish"}, "ck_opinions_kind"),
        ({**CONFIRM, "start": -1}, "ck_opinions_offsets"),
        ({**CONFIRM, "end": 0}, "ck_opinions_offsets"),
        ({**CONFIRM, "category": "Too Hot"}, "ck_opinions_category"),
        ({"kind": "confirm"}, "ck_opinions_category_there"),
        ({**FEELING, "category": "product_defect"}, "ck_opinions_category_there"),
        ({**CORRECT, "becomes": "Too Hot"}, "ck_opinions_becomes"),
        ({**CORRECT, "becomes": "product_defect"}, "ck_opinions_becomes"),
        ({**CORRECT, "becomes": None}, "ck_opinions_becomes_there"),
        ({**CONFIRM, "becomes": "feature_request"}, "ck_opinions_becomes_there"),
        ({**QUOTE, "quote_end": 42}, "ck_opinions_quote"),
        ({**QUOTE, "quote_start": 16}, "ck_opinions_quote"),
        ({**QUOTE, "quote_end": None}, "ck_opinions_quote_whole"),
        ({**QUOTE, "quote_start": None, "quote_end": None}, "ck_opinions_quote_there"),
        ({**QUOTE, "kind": "confirm"}, "ck_opinions_quote_there"),
        ({**FEELING, "sentiment": "sad"}, "ck_opinions_sentiment"),
        ({**FEELING, "sentiment": None}, "ck_opinions_sentiment_there"),
        ({**CONFIRM, "sentiment": "neutral"}, "ck_opinions_sentiment_there"),
        ({**SPEAKER, "speaker": "robot"}, "ck_opinions_speaker"),
        ({**SPEAKER, "speaker": None}, "ck_opinions_speaker_there"),
        ({**CONFIRM, "speaker": "agent"}, "ck_opinions_speaker_there"),
        ({**CONFIRM, "note": "n" * 2001}, "ck_opinions_note"),
        ({**CONFIRM, "withdrawn_by": "somebody"}, "ck_opinions_withdrawn"),
        ({**CONFIRM, "turn": 7}, "fk_opinions_turn"),
        ({**CONFIRM, "interaction_id": UUID(int=7)}, "fk_opinions_turn"),
        ({**CONFIRM, "department_id": UUID(int=7)}, "fk_opinions_department_id"),
    ],
)
def test_an_opinion(session: Session, mined: UUID, values: Change, by: str) -> None:
    refused(session, insert(OpinionRow).values(**_opinion(mined, **values)), by=by)


def test_two_opinions_of_one_id(session: Session, mined: UUID) -> None:
    row = _opinion(mined, **CONFIRM)
    session.execute(insert(OpinionRow).values(**row))
    refused(session, insert(OpinionRow).values(**row), by="pk_opinions")


def test_an_opinion_is_withdrawn_and_never_changed(session: Session, mined: UUID) -> None:
    row = _opinion(mined, **CONFIRM)
    session.execute(insert(OpinionRow).values(**row))
    mine = OpinionRow.id == row["id"]
    session.execute(
        update(OpinionRow).where(mine).values(withdrawn_at=func.now(), withdrawn_by="x")
    )
    session.execute(update(OpinionRow).where(mine).values(category="safety"))
    for change in ({"kind": "reject"}, {"turn": 0}, {"caller": "else"}, {"note": "no"}):
        with session.begin_nested() as nested:
            with pytest.raises(IntegrityError, match="only ever added to"):
                session.execute(update(OpinionRow).where(mine).values(**change))
            nested.rollback()


def test_an_opinion_goes_with_its_interaction_alone(session: Session, database: Database) -> None:
    (id,) = accept(session, [interaction("goes")], redactor=PlainRedactor()).ids
    session.execute(insert(OpinionRow).values(**_opinion(id, **CONFIRM)))
    with session.begin_nested() as nested:
        with pytest.raises(IntegrityError, match="only ever added to"):
            session.execute(delete(OpinionRow))
        nested.rollback()
    erasing.erase(session, [id])
    there = select(OpinionRow.id).where(OpinionRow.interaction_id == id)
    assert session.scalars(there).all() == []


SAID: Change = {
    "passage": 0,
    "category": "product_defect",
    "finding_id": UUID(int=3),
    "turn": 1,
    "start": 11,
    "end": 16,
    "confidence": 0.75,
    "sentiment": "negative",
    "unsure": False,
    "model": "words-1",
}


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"passage": -1}, "ck_model_said_passage"),
        ({"category": "Too Hot"}, "ck_model_said_category"),
        ({"start": 16}, "ck_model_said_offsets"),
        ({"start": -1}, "ck_model_said_offsets"),
        ({"confidence": 1.5}, "ck_model_said_confidence"),
        ({"sentiment": "sad"}, "ck_model_said_sentiment"),
        ({"interaction_id": UUID(int=7)}, "fk_model_said_interaction_id"),
    ],
)
def test_what_the_model_said(session: Session, mined: UUID, change: Change, by: str) -> None:
    row = {"interaction_id": mined, **SAID, **change}
    refused(session, insert(ModelSaidRow).values(**row), by=by)


def test_the_model_says_a_category_of_a_passage_once(session: Session, mined: UUID) -> None:
    row = {"interaction_id": mined, **SAID}
    session.execute(insert(ModelSaidRow).values(**row))
    refused(session, insert(ModelSaidRow).values(**row), by="pk_model_said")


def test_what_people_made_of_a_finding(session: Session, mined: UUID) -> None:
    with pytest.raises(IntegrityError, match="ck_findings_reviewed"):
        session.execute(update(FindingRow).values(reviewed="doubted"))

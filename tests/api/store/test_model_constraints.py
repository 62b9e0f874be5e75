"""What the tables of models refuse: every constraint with a forbidden move."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from api.store import jobs
from api.store.database import Database
from api.store.ids import new_id
from api.store.model_tables import (
    MeasurementRow,
    ModelAnswerRow,
    ModelTroubleRow,
    PromotionRow,
    RemineRow,
)
from tests.api.store.refusing import refused
from tests.api.themes import say, texts

Change = dict[str, Any]
NOBODY = UUID(int=7)
PROMOTION: Change = {
    "kind": "promote",
    "model": "conduit-en-2",
    "digest": "2",
    "from_model": "conduit-en-1",
    "from_digest": "1",
    "reason": "better",
    "verdict": {},
    "by_name": "dana",
}
MEASUREMENT: Change = {"model": "a", "digest": "1", "against": "b", "against_digest": "2"}


@pytest.fixture(scope="module")
def interaction(database: Database) -> UUID:
    """An interaction that is mined."""
    return say(database, texts("kettle", 1))[0]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ck_promotions_kind", {"kind": "demote"}),
        ("ck_promotions_model", {"model": "Not A Name"}),
        ("ck_promotions_digest", {"digest": ""}),
        ("ck_promotions_reason", {"reason": ""}),
        ("ck_promotions_verdict", {"verdict": None}),
        ("ck_promotions_undoes", {"undoes": new_id()}),
        ("ck_promotions_forced", {"kind": "rollback", "verdict": None, "forced": True}),
    ],
)
def test_promotions(session: Session, name: str, change: Change) -> None:
    undone = {"undoes": NOBODY} if change.get("kind") == "rollback" else {}
    refused(
        session,
        insert(PromotionRow).values(id=new_id(), **{**PROMOTION, **undone, **change}),
        by=name,
    )


def test_a_promotion_is_there_once_and_takes_back_one_that_is_there(session: Session) -> None:
    id = new_id()
    session.execute(insert(PromotionRow).values(id=id, **PROMOTION))
    with session.begin_nested() as nested:
        refused(session, insert(PromotionRow).values(id=id, **PROMOTION), by="pk_promotions")
        nested.rollback()
    back = {**PROMOTION, "kind": "rollback", "verdict": None, "undoes": NOBODY}
    refused(session, insert(PromotionRow).values(id=new_id(), **back), by="fk_promotions_undoes")


def test_troubles(session: Session) -> None:
    id = new_id()
    session.execute(insert(PromotionRow).values(id=id, **PROMOTION))
    trouble = {"promotion_id": id, "code": "model", "serves": "conduit-en-1"}
    session.execute(insert(ModelTroubleRow).values(**trouble))
    with session.begin_nested() as nested:
        refused(session, insert(ModelTroubleRow).values(**trouble), by="pk_model_troubles")
        nested.rollback()
    lost = {**trouble, "promotion_id": NOBODY}
    refused(session, insert(ModelTroubleRow).values(**lost), by="fk_model_troubles_promotion_id")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ck_measurements_done", {"done": -1}),
        ("ck_measurements_measured", {"speed": {}}),
        ("fk_measurements_job_id", {"job_id": NOBODY}),
        ("pk_measurements", {}),
    ],
)
def test_measurements(session: Session, name: str, change: Change) -> None:
    job = jobs.create(session, source="a", kind="measure").id
    if name == "pk_measurements":
        session.execute(insert(MeasurementRow).values(job_id=job, **MEASUREMENT))
    refused(
        session, insert(MeasurementRow).values(**{"job_id": job, **MEASUREMENT, **change}), by=name
    )


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ck_remines_counts", {"done": 1, "failed": 2}),
        ("ck_remines_window", {"since": "2026-02-01Z", "before": "2026-01-01Z"}),
        ("fk_remines_job_id", {"job_id": NOBODY}),
        ("pk_remines", {}),
    ],
)
def test_remines(session: Session, name: str, change: Change) -> None:
    job = jobs.create(session, source="all", kind="remine").id
    if name == "pk_remines":
        session.execute(insert(RemineRow).values(job_id=job))
    refused(session, insert(RemineRow).values(**{"job_id": job, **change}), by=name)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ck_model_answers_offsets", {"end": 0}),
        ("ck_model_answers_felt", {"felt": "cross"}),
        ("fk_model_answers_turn", {"interaction_id": NOBODY}),
        ("pk_model_answers", {}),
    ],
)
def test_answers(session: Session, interaction: UUID, name: str, change: Change) -> None:
    values: Change = {
        "digest": "1",
        "interaction_id": interaction,
        "turn": 0,
        "start": 0,
        "end": 3,
        "found": [],
        "probabilities": [0.1, 0.2, 0.3],
        "felt": "neutral",
    }
    if name == "pk_model_answers":
        session.execute(insert(ModelAnswerRow).values(**values))
    refused(session, insert(ModelAnswerRow).values(**{**values, **change}), by=name)

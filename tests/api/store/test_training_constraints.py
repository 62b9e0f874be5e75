"""What the tables of training and shadow runs refuse: every constraint with a forbidden move."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store import jobs
from api.store.database import Database
from api.store.ids import new_id
from api.store.training_tables import (
    ShadowCountRow,
    ShadowDifferenceRow,
    ShadowReadRow,
    ShadowRow,
    TrainingLineRow,
    TrainingRow,
    TrainingScheduleRow,
)
from tests.api.store.refusing import refused
from tests.api.themes import say, texts

Change = dict[str, Any]
NOBODY = UUID(int=7)
TRAINING: Change = {"name": "conduit-en-2", "seed": 1, "reason": "asked", "by_name": "dana"}
SHADOW: Change = {"model": "conduit-en-2", "served": "conduit-en-1", "share": 0.5, "by_name": "x"}


@pytest.fixture(scope="module")
def interaction(database: Database) -> UUID:
    """An interaction that is mined."""
    return say(database, texts("kettle", 1))[0]


@pytest.fixture
def job(session: Session) -> UUID:
    """A job that trains."""
    return jobs.create(session, source="conduit-en-2", kind="train").id


@pytest.fixture
def training(session: Session, job: UUID) -> UUID:
    """A training that waits."""
    session.execute(insert(TrainingRow).values(job_id=job, **TRAINING))
    return job


@pytest.fixture
def shadow(session: Session) -> UUID:
    """A shadow run that runs."""
    id = new_id()
    session.execute(insert(ShadowRow).values(id=id, **SHADOW))
    return id


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"job_id": NOBODY}, "fk_trainings_job_id"),
        ({"name": "Conduit EN"}, "ck_trainings_name"),
        ({"name": "a" * 65}, "ck_trainings_name"),
        ({"name": "../en"}, "ck_trainings_name"),
        ({"state": "lost"}, "ck_trainings_state"),
        ({"reason": "mood"}, "ck_trainings_reason"),
        ({"seed": -1}, "ck_trainings_seed"),
        ({"since": func.now(), "until": func.now()}, "ck_trainings_window"),
        ({"judgements": -1}, "ck_trainings_corrections"),
        ({"interactions": -1}, "ck_trainings_corrections"),
        ({"done": 2, "total": 1}, "ck_trainings_progress"),
        ({"done": -1}, "ck_trainings_progress"),
        ({"state": "done"}, "ck_trainings_digest"),
        ({"digest": "abc"}, "ck_trainings_digest"),
        ({"state": "failed"}, "ck_trainings_failed_why"),
        ({"error_code": "x", "error": "So."}, "ck_trainings_failed_why"),
        ({"state": "failed", "error_code": "x"}, "ck_trainings_error"),
    ],
)
def test_a_training(session: Session, job: UUID, change: Change, by: str) -> None:
    row = {"job_id": job, **TRAINING}
    refused(session, insert(TrainingRow).values(**{**row, **change}), by=by)


def test_two_trainings_of_one_name(session: Session, training: UUID) -> None:
    other = jobs.create(session, source="again", kind="train").id
    with pytest.raises(IntegrityError, match="uq_trainings_name"), session.begin_nested():
        session.execute(insert(TrainingRow).values(job_id=other, **TRAINING))
    session.execute(update(TrainingRow).values(state="failed", error_code="x", error="So."))
    # After a failure the name is free again.
    session.execute(insert(TrainingRow).values(job_id=other, **TRAINING))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"training_id": NOBODY}, "fk_training_lines_training_id"),
        ({"number": 0}, "ck_training_lines_number"),
        ({"line": ""}, "ck_training_lines_line"),
        ({"line": "a" * 501}, "ck_training_lines_line"),
    ],
)
def test_a_line(session: Session, training: UUID, change: Change, by: str) -> None:
    row = {"training_id": training, "number": 1, "stage": "heads", "line": "3 of 7"}
    refused(session, insert(TrainingLineRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"every_days": 0}, "ck_training_schedules_every_days"),
        ({"after_judgements": 0}, "ck_training_schedules_after_judgements"),
        ({"enabled": True}, "ck_training_schedules_enabled"),
        ({"revision": 0}, "ck_training_schedules_revision"),
        ({"one": False}, "ck_training_schedules_one"),
    ],
)
def test_a_schedule(session: Session, change: Change, by: str) -> None:
    refused(session, update(TrainingScheduleRow).values(**change), by=by)


def test_a_second_schedule(session: Session) -> None:
    refused(session, insert(TrainingScheduleRow).values(one=True), by="pk_training_schedules")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"model": "a/b"}, "ck_shadows_model"),
        ({"share": 0}, "ck_shadows_share"),
        ({"share": 1.1}, "ck_shadows_share"),
        ({"state": "lost"}, "ck_shadows_state"),
        ({"state": "ended"}, "ck_shadows_ended"),
        ({"state": "ended", "ended_at": func.now()}, "ck_shadows_ended_why"),
        (
            {"state": "ended", "ended_at": func.now(), "ended_because": "mood"},
            "ck_shadows_ended_because",
        ),
        ({"error_code": "x"}, "ck_shadows_error_code"),
        (
            {
                "state": "ended",
                "ended_at": func.now(),
                "ended_because": "asked",
                "error_code": "x",
            },
            "ck_shadows_error_code",
        ),
        ({"interactions": -1}, "ck_shadows_counts"),
        ({"passages": 1, "same_feeling": 2}, "ck_shadows_counts"),
        ({"served_seconds": -1}, "ck_shadows_seconds"),
    ],
)
def test_a_shadow_run(session: Session, change: Change, by: str) -> None:
    refused(session, insert(ShadowRow).values(id=new_id(), **{**SHADOW, **change}), by=by)


def test_a_second_shadow_run_at_a_time(session: Session, shadow: UUID) -> None:
    refused(session, insert(ShadowRow).values(id=new_id(), **SHADOW), by="uq_shadows_running")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"shadow_id": NOBODY}, "fk_shadow_counts_shadow_id"),
        ({"category": "safety"}, "ck_shadow_counts_category"),
        ({"neither": -1}, "ck_shadow_counts_counts"),
    ],
)
def test_counts_of_a_category(session: Session, shadow: UUID, change: Change, by: str) -> None:
    row = {"shadow_id": shadow, "category": "product_defect"}
    refused(session, insert(ShadowCountRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"shadow_id": NOBODY}, "fk_shadow_reads_shadow_id"),
        ({"interaction_id": NOBODY}, "fk_shadow_reads_interaction_id"),
    ],
)
def test_what_was_read(
    session: Session, shadow: UUID, interaction: UUID, change: Change, by: str
) -> None:
    row = {"shadow_id": shadow, "interaction_id": interaction}
    refused(session, insert(ShadowReadRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"shadow_id": NOBODY}, "fk_shadow_differences_shadow_id"),
        ({"interaction_id": NOBODY}, "fk_shadow_differences_interaction_id"),
        ({"passage": -1}, "ck_shadow_differences_passage"),
        ({"category": "safety"}, "ck_shadow_differences_category"),
        ({"served": 1.5}, "ck_shadow_differences_served"),
        ({"candidate": -0.5}, "ck_shadow_differences_candidate"),
        ({"gap": 10_001}, "ck_shadow_differences_gap"),
        ({"candidate_found": False, "gap": 999}, "ck_shadow_differences_differs"),
    ],
)
def test_a_difference(
    session: Session, shadow: UUID, interaction: UUID, change: Change, by: str
) -> None:
    row = _difference(shadow, interaction)
    refused(session, insert(ShadowDifferenceRow).values(**{**row, **change}), by=by)


def test_the_same_difference_twice(session: Session, shadow: UUID, interaction: UUID) -> None:
    session.execute(insert(ShadowDifferenceRow).values(**_difference(shadow, interaction)))
    again = insert(ShadowDifferenceRow).values(**_difference(shadow, interaction))
    refused(session, again, by="uq_shadow_differences_shadow_id")


def _difference(shadow: UUID, interaction: UUID) -> Change:
    return {
        "id": new_id(),
        "shadow_id": shadow,
        "interaction_id": interaction,
        "passage": 0,
        "category": "product_defect",
        "served": 0.2,
        "candidate": 0.9,
        "served_found": False,
        "candidate_found": True,
        "gap": 7000,
    }

"""The review queue is filled: what goes in, how often, and with which chances."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select, update

from api.steps.accept import accept
from api.steps.mine import mine
from api.steps.quality import quality
from api.steps.review import Knows, Wishes, refill
from api.store import reviews
from api.store.database import Database
from api.store.ids import new_id
from api.store.opinion_tables import PEOPLE
from api.store.review_tables import ReviewDrawRow, ReviewRow
from api.store.tables import FindingRow, InteractionRow
from api.store.training_tables import ShadowDifferenceRow, ShadowRow
from tests.api.interactions import PlainRedactor, WordMiner, interaction

KNOWS = Knows(model="words-1")
WISHES = Wishes(most=20, random_share=0.5, settled=timedelta(), patience=timedelta())
CALL = ("Hi?", "It leaks.", "And?", "It leaks here too.", "So?", "I like the lid.")
"""Turn 1 is found, 3 is found and unsure, 5 is not found."""


@pytest.fixture(autouse=True)
def calls(database: Database) -> list[UUID]:
    """Twelve calls and nothing in the queue."""
    with database.session() as session:
        session.execute(delete(ReviewRow))
        session.execute(delete(ReviewDrawRow))
        session.execute(delete(InteractionRow))
    return more(database, 12)


def more(database: Database, number: int, words: tuple[str, ...] = CALL) -> list[UUID]:
    with database.session() as session:
        taken = [interaction(f"call-{new_id()}", words=words) for _ in range(number)]
        ids = accept(session, taken, redactor=PlainRedactor()).ids
    mine(database, WordMiner(), list(ids))
    return list(ids)


def rows(database: Database, *, reason: str | None = None) -> list[ReviewRow]:
    with database.session() as session:
        query = select(ReviewRow).order_by(ReviewRow.id)
        if reason is not None:
            query = query.where(ReviewRow.reason == reason)
        return list(session.scalars(query))


def test_half_is_drawn_blindly_from_both_strata(database: Database) -> None:
    assert refill(database, KNOWS, WISHES) == 20
    drawn = rows(database, reason="random")
    assert Counter((row.found, row.turn == 5) for row in drawn) == {
        (True, False): 5,
        (False, True): 5,
    }
    assert {row.found: row.chance for row in drawn} == {True: 5 / 24, False: 5 / 12}
    assert {tuple(row.said) for row in drawn if row.found} == {("product_defect",)}
    with database.session() as session:
        draw = session.scalars(select(ReviewDrawRow)).one()
    assert (draw.found, draw.found_drawn, draw.others, draw.others_drawn) == (24, 5, 12, 5)
    # The rest is in doubt, and both parts are spread over the queue.
    reasons = [row.reason for row in rows(database)]
    assert Counter(reasons[:10])["random"] == 5


def test_a_passage_belongs_to_one_draw(database: Database) -> None:
    refill(database, KNOWS, WISHES)
    assert refill(database, KNOWS, WISHES) == 0
    _answer_all(database)
    refill(database, KNOWS, WISHES)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(ReviewDrawRow)) == 1
    more(database, 3)
    refill(database, KNOWS, WISHES)
    with database.session() as session:
        found = session.execute(select(ReviewDrawRow.found, ReviewDrawRow.others)).all()
    assert sorted(found) == [(6, 3), (24, 12)]


def test_draws_are_from_many_passages(database: Database) -> None:
    patient = replace(WISHES, patience=timedelta(hours=1))
    refill(database, KNOWS, patient)
    _answer_all(database)
    more(database, 3)
    refill(database, KNOWS, patient)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(ReviewDrawRow)) == 1
        session.execute(
            update(ReviewDrawRow).values(until=ReviewDrawRow.until - timedelta(hours=2))
        )
    refill(database, KNOWS, patient)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(ReviewDrawRow)) == 2


def test_what_people_say_changes_no_stratum(database: Database, calls: list[UUID]) -> None:
    """What they found themselves is not the model's."""
    with database.session() as session:
        session.execute(
            update(FindingRow).where(FindingRow.interaction_id == calls[0]).values(model=PEOPLE)
        )
    refill(database, KNOWS, WISHES)
    with database.session() as session:
        draw = session.scalars(select(ReviewDrawRow)).one()
    assert (draw.found, draw.others) == (22, 14)


def test_nothing_is_asked_for_twice(database: Database) -> None:
    none = replace(WISHES, random_share=0.0, most=6)
    seen: set[tuple[UUID, int]] = set()
    while refill(database, KNOWS, none):
        new = {(row.interaction_id, row.turn) for row in rows(database)} - seen
        assert new
        seen |= new
        _answer_all(database)
    assert len(seen) == 36


def test_words_that_the_model_has_never_read(database: Database) -> None:
    more(database, 4, ("Hi?", "The zorbulator is nice."))
    knows = replace(KNOWS, words=frozenset(["the", "leaks", "here", "too", "like", "lid", "nice"]))
    refill(database, knows, replace(WISHES, random_share=0.0))
    (new, other) = rows(database, reason="new_words")
    assert new.interaction_id != other.interaction_id
    assert (new.category, new.turn) == (None, 1)


def test_what_a_shadow_run_says_otherwise(database: Database, calls: list[UUID]) -> None:
    with database.session() as session:
        shadow = new_id()
        values = {"model": "words-2", "served": "words-1", "share": 1.0, "by_name": "a test's"}
        session.execute(insert(ShadowRow).values(id=shadow, **values))
        difference = {"served": 0.1, "candidate": 0.9, "served_found": False, "gap": 8000}
        session.execute(
            insert(ShadowDifferenceRow).values(
                id=new_id(),
                shadow_id=shadow,
                interaction_id=calls[4],
                passage=2,
                category="feature_request",
                candidate_found=True,
                **difference,
            )
        )
    refill(database, KNOWS, WISHES)
    (row,) = rows(database, reason="disagreement")
    assert (row.interaction_id, row.turn, row.category) == (calls[4], 5, "feature_request")


def test_what_nobody_answers_expires_and_what_is_looked_at_stays(database: Database) -> None:
    refill(database, KNOWS, WISHES)
    first, second, *_ = rows(database)
    with database.session() as session:
        old = {"drawn_at": func.now() - timedelta(days=40)}
        session.execute(update(ReviewRow).where(ReviewRow.id == first.id).values(**old))
        hold = {"leased_by": "x", "leased_until": func.now() + timedelta(minutes=5)}
        session.execute(update(ReviewRow).where(ReviewRow.id == second.id).values(**old, **hold))
    refill(database, KNOWS, WISHES)
    states = {row.id: row.state for row in rows(database)}
    assert (states[first.id], states[second.id]) == ("expired", "open")


def test_one_worker_fills_at_a_time(database: Database) -> None:
    with database.session() as session:
        assert reviews.alone(session)
        assert refill(database, KNOWS, WISHES) == 0
    assert refill(database, KNOWS, WISHES) == 20


def test_figures_weigh_passages_by_their_chance(database: Database) -> None:
    """All 24 found passages are right, and each of the 12 others hides a defect."""
    refill(database, KNOWS, replace(WISHES, most=40))
    _answer_all(database, defect=True)
    with database.session() as session:
        found = quality(session, "words-1")
    rates = found.categories["product_defect"]
    assert found.passages == 36
    assert rates.judged == found.states["answered"] == 20
    assert rates.precision is not None
    assert rates.recall is not None
    assert rates.precision.value == 1
    assert rates.recall.value == pytest.approx(24 / 36)
    assert rates.recall.low < 24 / 36 < rates.recall.high
    assert found.categories["feature_request"].precision is None
    assert found.sentiment is not None
    assert found.sentiment.value == pytest.approx(1)


def _answer_all(database: Database, *, defect: bool = False) -> None:
    """Answers what waits, without opinions."""
    judged = {
        "categories": {
            "product_defect": defect,
            "documentation_error": False,
            "feature_request": False,
        },
        "sentiment": "negative",
    }
    with database.session() as session:
        for row in session.scalars(select(ReviewRow).where(ReviewRow.state == "open")).all():
            reviews.end(session, row, by="somebody", judged=judged)

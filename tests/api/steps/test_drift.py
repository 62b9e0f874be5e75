"""Drift over the real database: weeks are counted, a new product is told of once, and settled."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import delete, insert, select, update

from api.jobs import BATCH
from api.steps.accept import accept
from api.steps.drift import Watch, make, steps, watch
from api.steps.mine import mine
from api.store import drift as store
from api.store import erasing, findings, opinions, reviews
from api.store.database import Database
from api.store.department_tables import EventRow
from api.store.drift_tables import DriftWindowRow
from api.store.ids import new_id
from api.store.opinion_tables import OpinionRow
from api.store.review_tables import ReviewDrawRow, ReviewRow
from api.store.reviews import Asked
from api.store.tables import InteractionRow
from nlp.learn import reference, sketches
from nlp.learn.reference import Read
from nlp.types import Interaction, Mined
from tests.api.interactions import WIDTH, PlainRedactor, WordMiner, interaction
from tests.api.people import ANNA, BEN, CARA, speak
from tests.conftest import NewDatabase

MONDAY = date(2026, 1, 5)
WEEKS = 14
NEW = WEEKS - 2
"""The week in which a new product comes up."""

WEEKLY = 32
END = MONDAY + timedelta(weeks=WEEKS)
HOW = Watch(every=timedelta(days=1), sample=1000, folder=lambda: None)
USUAL = ("the kettle leaks again", "the login is gone", "where is my parcel", "thank you for that")
DEFECT = "product_defect"
STRANGE = "my new nook brimmed and leaks"


class SpreadMiner(WordMiner):
    """Its vectors point to each sentence's own direction, with a little noise."""

    def mine(self, interactions: list[Interaction]) -> list[Mined]:
        """What is found in each."""
        return [self._turned(one) for one in super().mine(interactions)]

    def _turned(self, mined: Mined) -> Mined:
        places = [(*USUAL, STRANGE).index(one.text.partition(",")[0]) for one in mined.passages]
        vectors = []
        for place, passage in zip(places, mined.passages, strict=True):
            seed = int(passage.text.rpartition(" ")[2])
            vector = np.random.default_rng(seed).normal(0, 0.02, WIDTH)
            vector[place] += 1
            vectors.append(tuple((vector / np.linalg.norm(vector)).tolist()))
        return Mined(
            passages=mined.passages,
            vectors=tuple(vectors),
            findings=mined.findings,
            sentiment=mined.sentiment,
            arc=mined.arc,
            model=mined.model,
        )


def call(week: int, number: int, said: str) -> Interaction:
    at = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 9, tzinfo=UTC)
    return interaction(
        f"call-{week}-{number}",
        words=("Hello.", f"{said}, number {1000 * week + number}"),
        started_at=at + timedelta(weeks=week, hours=3 * number),
    )


def stream(*, begins: int = NEW, weeks: int = WEEKS) -> list[Interaction]:
    """Weeks of the usual, by turns; half of it is about something new from a week on."""
    found = []
    for week in range(weeks):
        for number in range(WEEKLY):
            usual = USUAL[(number + week) % len(USUAL)]
            is_new = week >= begins and number % 2 == 0
            found.append(call(week, number, STRANGE if is_new else usual))
    return found


def store_all(database: Database, items: Sequence[Interaction]) -> None:
    with database.session() as session:
        ids = accept(session, items, redactor=PlainRedactor()).ids
    for at in range(0, len(ids), BATCH):
        mine(database, SpreadMiner(), ids[at : at + BATCH])


@pytest.fixture(scope="module")
def database(new_database: NewDatabase) -> Database:
    """The stream, mined."""
    made = new_database()
    store_all(made, stream())
    return made


def events_of(database: Database, type: str) -> list[EventRow]:
    with database.session() as session:
        found = select(EventRow).where(EventRow.type == type).order_by(EventRow.id)
        return list(session.scalars(found))


def figure(body: dict[str, Any], name: str, against: str = "history") -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [
        one
        for one in body["figures"]
        if (one["figure"], one["against"], one["channel"]) == (name, against, "call")
    ]
    return found


def test_what_stays_as_it_is_does_not_alarm(database: Database) -> None:
    row = make(database, HOW, today=MONDAY + timedelta(weeks=NEW, days=2))
    assert row.body is not None
    assert (row.state, row.moved, row.model) == ("done", False, "words-1")
    assert (row.since, row.until) == (
        MONDAY + timedelta(weeks=NEW - 2),
        MONDAY + timedelta(weeks=NEW),
    )
    assert row.body["knows_seasons"] is False
    assert "less than a year" in row.body["summary"]
    assert figure(row.body, "label.product_defect")["verdict"] == "steady"
    with database.session() as session:
        assert store.open_alert(session) is None


def test_a_new_product_is_told_of_once_and_shown(database: Database) -> None:
    before = len(events_of(database, "drift.moved"))
    row = make(database, HOW, today=END)
    assert row.body is not None
    assert row.moved
    assert figure(row.body, "label.product_defect")["verdict"] == "moved"
    assert figure(row.body, "vectors")["verdict"] == "moved"
    words = {one["word"] for one in row.body["words"]}
    assert {"nook", "brimmed"} <= words
    assert not words & {"kettle", "login"}
    assert row.passages
    with database.session() as session:
        shown = [UUID(one["interaction"]) for one in row.passages]
        names = session.scalars(
            select(InteractionRow.external_id).where(InteractionRow.id.in_(shown))
        ).all()
        alert = store.open_alert(session)
        assert alert is not None
        opened = (alert.opened, alert.figures, alert.revision)
    assert all(int(name.split("-")[1]) >= NEW for name in names)
    assert all(int(name.split("-")[2]) % 2 == 0 for name in names)
    (event,) = events_of(database, "drift.moved")[before:]
    assert "nook" not in str(event.data)
    again = make(database, HOW, today=END + timedelta(days=1))
    assert again.body == row.body, "the same weeks say the same"
    with database.session() as session:
        same = store.open_alert(session)
        assert same is not None
        assert (same.opened, same.figures) == opened[:2]
        assert same.report_id == again.id
    assert len(events_of(database, "drift.moved")) == before + 1


def test_a_week_names_no_word_that_few_said(database: Database) -> None:
    with database.session() as session:
        rows = session.scalars(select(DriftWindowRow)).all()
        assert len(rows) == WEEKS
        for row in rows:
            assert row.sampled == row.stored == WEEKLY
            assert min(row.sums["words"].values()) >= sketches.LEAST


def test_it_is_made_when_it_is_due_or_asked_for(database: Database) -> None:
    assert not watch(database, HOW, today=END), "the newest is of just now"
    with database.session() as session:
        asked = store.ask(session)
        assert store.ask(session).id == asked.id, "one waits at a time"
    assert watch(database, HOW, today=END)
    with database.session() as session:
        made = store.report(session, asked.id)
        assert made is not None
        assert made.state == "done"
        assert store.waiting(session) is None


def test_nothing_is_reported_of_nothing(new_database: NewDatabase) -> None:
    empty = new_database()
    assert not watch(empty, HOW, today=END)
    row = make(empty, HOW, today=END)
    assert row.body is not None
    assert (row.moved, row.model) == (False, None)
    assert row.body["summary"].startswith("Too little to tell")


def test_what_was_erased_is_forgotten(new_database: NewDatabase) -> None:
    small = new_database()
    store_all(small, stream(weeks=1))
    later = MONDAY + timedelta(weeks=1)
    make(small, HOW, today=later)

    def counted() -> list[DriftWindowRow]:
        with small.session() as session:
            return list(session.scalars(select(DriftWindowRow)))

    (before,) = counted()
    assert before.sums["words"]["kettle"] == WEEKLY // 4
    with small.session() as session:
        gone = session.scalars(
            select(InteractionRow.id).where(InteractionRow.external_id.in_(["call-0-0"]))
        ).all()
        session.execute(delete(InteractionRow).where(InteractionRow.id.in_(gone)))
    make(small, HOW, today=later)
    (after,) = counted()
    assert after.sums["words"]["kettle"] == WEEKLY // 4 - 1
    with small.session() as session:
        session.execute(delete(InteractionRow))
    make(small, HOW, today=later)
    assert counted() == []


@pytest.fixture
def small(new_database: NewDatabase) -> Database:
    """One week, mined and counted."""
    made = new_database()
    store_all(made, stream(weeks=1))
    make(made, HOW, today=MONDAY + timedelta(weeks=1))
    return made


def week_of(database: Database) -> DriftWindowRow:
    """The one week, counted as it is by now."""
    make(database, HOW, today=MONDAY + timedelta(weeks=1))
    with database.session() as session:
        return session.scalars(select(DriftWindowRow)).one()


def id_of(database: Database, name: str) -> UUID:
    with database.session() as session:
        return session.scalars(
            select(InteractionRow.id).where(InteractionRow.external_id == name)
        ).one()


def asked_blindly(database: Database, interaction: UUID) -> UUID:
    """The row of the review queue that asks for turn 1."""
    with database.session() as session:
        draw = new_id()
        numbers = {"found": 1, "found_drawn": 1, "others": 0, "others_drawn": 0}
        values = {"id": draw, "model": "words-1", "until": datetime.now(UTC), **numbers}
        session.execute(insert(ReviewDrawRow).values(values))
        asked = Asked(
            interaction=interaction,
            turn=1,
            start=0,
            end=1,
            reason="random",
            said={DEFECT: 0.75},
            feeling=None,
            model="words-1",
            chance=1.0,
            draw=draw,
        )
        reviews.add(session, [asked])
        return session.scalars(select(ReviewRow.id).where(ReviewRow.draw_id == draw)).one()


def test_a_week_is_what_the_model_said_and_late_answers_are_counted(small: Database) -> None:
    """People's answers move agreement alone, and not the figures of what the model finds."""
    before = week_of(small)
    assert f"agreement.{DEFECT}" not in before.sums["figures"]
    leaks, other = id_of(small, "call-0-0"), id_of(small, "call-0-1")
    speak(small, ANNA, other, "add", category=DEFECT)
    speak(small, BEN, leaks, "confirm", category=DEFECT)
    row = asked_blindly(small, leaks)
    wrong = speak(small, ANNA, leaks, "reject", category=DEFECT, review=row)
    speak(small, CARA, leaks, "reject", category=DEFECT)
    with small.session() as session:
        assert not findings.of(session, leaks), "people took it away"
    after = week_of(small)
    agreement = after.sums["figures"].pop(f"agreement.{DEFECT}")
    assert agreement == [1, -0.75, 0.75**2]
    assert after.sums == before.sums
    with small.session() as session:
        opinions.withdraw(session, session.get_one(OpinionRow, wrong), by="Anna")
    assert week_of(small).sums == before.sums


def test_what_another_model_said_is_no_agreement_with_this_one(small: Database) -> None:
    leaks = id_of(small, "call-0-0")
    speak(small, ANNA, leaks, "reject", category=DEFECT, review=asked_blindly(small, leaks))
    assert f"agreement.{DEFECT}" in week_of(small).sums["figures"]
    with small.session() as session:
        session.execute(update(InteractionRow).values(model="words-2"))
    assert f"agreement.{DEFECT}" not in week_of(small).sums["figures"]


def test_a_week_forgets_what_was_erased_though_as_much_came_late(small: Database) -> None:
    before = week_of(small)
    with small.session() as session:
        gone = session.scalars(
            select(InteractionRow.id).where(InteractionRow.external_id == "call-0-0")
        ).all()
        erasing.erase(session, gone)
        assert session.scalars(select(DriftWindowRow)).all() == []
    store_all(small, [call(0, WEEKLY, USUAL[1])])
    after = week_of(small)
    assert after.stored == before.stored
    assert after.sums["words"]["kettle"] == before.sums["words"]["kettle"] - 1


def test_a_week_belongs_to_the_model_that_mined_most_of_it(small: Database) -> None:
    """What another mined of it, before or after a promotion, is not counted."""
    assert (week_of(small).model, week_of(small).sampled) == ("words-1", WEEKLY)
    with small.session() as session:
        few = session.scalars(select(InteractionRow.id).limit(10)).all()
        session.execute(
            update(InteractionRow).where(InteractionRow.id.in_(few)).values(model="words-2")
        )
    mixed = week_of(small)
    assert (mixed.model, mixed.stored, mixed.sampled) == ("words-1", WEEKLY - 10, WEEKLY - 10)
    with small.session() as session:
        half = session.scalars(select(InteractionRow.id).limit(WEEKLY // 2)).all()
        later = {"model": "words-2", "mined_at": InteractionRow.mined_at + timedelta(hours=1)}
        session.execute(
            update(InteractionRow).where(InteractionRow.id.in_(half)).values(model="words-1")
        )
        session.execute(update(InteractionRow).where(InteractionRow.id.not_in(half)).values(later))
    halved = week_of(small)
    assert (halved.model, halved.sampled) == ("words-2", WEEKLY // 2), "the later one of two"


def test_another_model_is_judged_anew(database: Database) -> None:
    make(database, HOW, today=END)
    with database.session() as session:
        alert = store.open_alert(session)
        assert alert is not None
        session.execute(
            update(InteractionRow)
            .where(InteractionRow.started_at >= datetime(2026, 4, 6, tzinfo=UTC))
            .values(model="words-2")
        )
    row = make(database, HOW, today=END)
    assert row.model == "words-2"
    with database.session() as session:
        closed = store.alert(session, alert.id)
        assert closed is not None
        assert (closed.closed, closed.settled) == (END, False)
        rows = session.scalars(select(DriftWindowRow).order_by(DriftWindowRow.week)).all()
    assert steps(rows, []) == [date(2026, 4, 6)]
    assert steps(rows, [MONDAY]) == [MONDAY, date(2026, 4, 6)]
    (event,) = events_of(database, "drift.closed")[-1:]
    assert event.data["reason"] == "model"


def test_the_training_data_are_compared_with(database: Database, tmp_path: Path) -> None:
    items = stream(begins=WEEKS, weeks=12)
    reads = [
        Read(channel="call", industry=f"industry {place % 10}", arrived=sketches.of_mined(mined))
        for place, mined in enumerate(SpreadMiner().mine(items))
    ]
    reference.write(tmp_path, reference.make("words-1", reads, []))
    how = Watch(every=timedelta(days=1), sample=1000, folder=lambda: tmp_path)
    with database.session() as session:
        last = InteractionRow.started_at >= datetime(2026, 4, 6, tzinfo=UTC)
        session.execute(update(InteractionRow).where(last).values(model="words-3"))
    other = make(database, how, today=END)
    assert other.body is not None
    assert {one["against"] for one in other.body["figures"]} == {"history"}, "of another model"
    with database.session() as session:
        session.execute(update(InteractionRow).values(model="words-1"))
    usual = make(database, how, today=MONDAY + timedelta(weeks=NEW))
    assert usual.body is not None
    assert figure(usual.body, "label.product_defect", "training")["verdict"] == "steady"
    assert figure(usual.body, "vocabulary.unknown", "training")["value"] == 0
    moved = make(database, how, today=END)
    assert moved.body is not None
    assert figure(moved.body, "label.product_defect", "training")["verdict"] == "moved"
    assert figure(moved.body, "vocabulary.unknown", "training")["verdict"] == "moved"
    assert figure(moved.body, "vectors", "training")["verdict"] == "moved"
    with database.session() as session:
        alert = store.open_alert(session)
        assert alert is not None
        store.close(session, alert, day=END, reason="settled")
        told = {name for name in alert.figures if name.startswith("training ")}
        assert store.accepted(session, "words-1") == told != set()
        assert store.accepted(session, "words-2") == set()
    before = len(events_of(database, "drift.moved"))
    again = make(database, how, today=END)
    assert again.moved
    assert len(events_of(database, "drift.moved")) == before, "people know of that"

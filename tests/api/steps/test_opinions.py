"""Opinions carried out: what findings, themes, items and counts are once people were heard."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from api.steps import opinions as step
from api.steps.accept import accept
from api.steps.assign import Memory
from api.steps.backfill import backfill
from api.steps.mine import mine
from api.steps.opinions import Means, Opinion, Who
from api.store import (
    backfills,
    categories,
    counters,
    erasing,
    findings,
    interactions,
    items,
    opinions,
    turns,
)
from api.store.database import Database
from api.store.department_tables import RoutedRow
from api.store.inbox_tables import ItemRow
from api.store.opinion_tables import OpinionRow
from api.store.tables import FindingRow, InteractionRow, JobRow
from api.store.theme_tables import ThemeMemberRow
from nlp.learn.lessons import Lesson
from nlp.types import Interaction, Mined
from tests.api.interactions import PlainRedactor, WordMiner, WordTeacher, interaction
from tests.api.people import ANNA, BEN, CARA, speak
from tests.api.themed import calls, gather, store

DEFECT, REQUEST, GUIDE = "product_defect", "feature_request", "documentation_error"


@pytest.fixture
def leaks(database: Database) -> UUID:
    """A call whose one finding is a defect in turn 1: `leaks`, at 11."""
    with database.session() as session:
        (id,) = accept(session, [interaction(f"call-{uuid4()}")], redactor=PlainRedactor()).ids
    mine(database, WordMiner(), [id])
    return id


def two_leak(database: Database) -> UUID:
    """A call in which both turns speak of a leak, and only the second is the customer's."""
    words = ("The lid leaks, too.", "The kettle leaks and the manual is wrong.")
    with database.session() as session:
        item = interaction(f"call-{uuid4()}", words=words)
        (id,) = accept(session, [item], redactor=PlainRedactor()).ids
    mine(database, WordMiner(), [id])
    return id


def take_back(database: Database, id: UUID) -> None:
    with database.session() as session:
        row = session.get_one(OpinionRow, id)
        step.withdraw(session, row, by="Anna", memory=Memory())


def found(database: Database, interaction: UUID) -> dict[str, FindingRow]:
    with database.session() as session:
        return {row.category: row for row in findings.of(session, interaction)}


def test_confirming_says_so_and_nothing_else(database: Database, leaks: UUID) -> None:
    before = found(database, leaks)[DEFECT]
    speak(database, ANNA, leaks, "confirm", category=DEFECT)
    after = found(database, leaks)[DEFECT]
    assert (after.id, after.reviewed) == (before.id, "confirmed")
    assert (after.confidence, after.model, after.quote) == (0.75, "words-1", "leaks")


def test_rejecting_takes_it_away_and_withdrawing_brings_it_back(
    database: Database, leaks: UUID
) -> None:
    before = found(database, leaks)[DEFECT]
    id = speak(database, ANNA, leaks, "reject", category=DEFECT, note="SECRET irony")
    assert found(database, leaks) == {}
    with database.session() as session:
        row = session.get_one(OpinionRow, id)
        assert row.note == "[SECRET_1] irony"
        assert row.finding_id == before.id
        assert row.model == "words-1"
        assert row.said == {
            "category": DEFECT,
            "start": 11,
            "end": 16,
            "confidence": 0.75,
            "sentiment": "negative",
            "unsure": False,
            "model": "words-1",
        }
    take_back(database, id)
    back = found(database, leaks)[DEFECT]
    for name in ("id", "start", "end", "quote", "confidence", "sentiment", "unsure", "model"):
        assert getattr(back, name) == getattr(before, name)
    assert back.reviewed is None


def test_adding_what_the_model_missed(database: Database, leaks: UUID) -> None:
    id = speak(database, ANNA, leaks, "add", category=GUIDE, quote=(21, 40), sentiment="neutral")
    added = found(database, leaks)[GUIDE]
    assert (added.model, added.confidence, added.unsure) == ("people", 1.0, False)
    assert (added.quote, added.sentiment) == ("the manual is wrong", "neutral")
    assert added.reviewed == "added"
    take_back(database, id)
    assert set(found(database, leaks)) == {DEFECT}


def test_correcting_the_category_moves_it(database: Database, leaks: UUID) -> None:
    id = speak(database, ANNA, leaks, "correct", category=DEFECT, becomes=REQUEST)
    (moved,) = found(database, leaks).values()
    assert (moved.category, moved.reviewed, moved.model) == (REQUEST, "corrected", "people")
    assert moved.sentiment == "negative"
    take_back(database, id)
    assert set(found(database, leaks)) == {DEFECT}


def test_a_quote_and_a_sentiment_change_in_their_place(database: Database, leaks: UUID) -> None:
    before = found(database, leaks)[DEFECT]
    quote = speak(database, ANNA, leaks, "quote", category=DEFECT, quote=(0, 16))
    feeling = speak(database, ANNA, leaks, "sentiment", sentiment="neutral")
    after = found(database, leaks)[DEFECT]
    assert (after.id, after.quote) == (before.id, "The kettle leaks")
    assert (after.sentiment, after.reviewed) == ("neutral", "corrected")
    take_back(database, quote)
    take_back(database, feeling)
    back = found(database, leaks)[DEFECT]
    assert (back.quote, back.sentiment, back.reviewed) == ("leaks", "negative", None)


def test_a_tie_keeps_what_the_model_said_and_is_unsure(database: Database, leaks: UUID) -> None:
    speak(database, ANNA, leaks, "reject", category=DEFECT)
    speak(database, BEN, leaks, "confirm", category=DEFECT)
    tied = found(database, leaks)[DEFECT]
    assert (tied.unsure, tied.reviewed, tied.confidence) == (True, None, 0.75)
    speak(database, ANNA, leaks, "add", category=REQUEST)
    speak(database, BEN, leaks, "reject", category=REQUEST)
    assert set(found(database, leaks)) == {DEFECT}
    speak(database, CARA, leaks, "reject", category=DEFECT)
    speak(database, CARA, leaks, "add", category=REQUEST)
    assert set(found(database, leaks)) == {REQUEST}


def test_the_newest_word_of_a_person_counts(database: Database, leaks: UUID) -> None:
    first = speak(database, ANNA, leaks, "reject", category=DEFECT)
    second = speak(database, ANNA, leaks, "confirm", category=DEFECT)
    assert found(database, leaks)[DEFECT].reviewed == "confirmed"
    take_back(database, first)
    assert found(database, leaks)[DEFECT].reviewed == "confirmed"
    # Who takes the newest back says nothing: the older one does not come back.
    take_back(database, second)
    assert found(database, leaks)[DEFECT].reviewed is None
    with database.session() as session:
        rows = session.scalars(select(OpinionRow).where(OpinionRow.interaction_id == leaks)).all()
        assert sorted(row.id for row in rows) == sorted([first, second])
        assert all(row.withdrawn_by == "Anna" for row in rows)


def test_people_are_heard_when_it_is_mined_again(database: Database, leaks: UUID) -> None:
    before = found(database, leaks)[DEFECT]
    rejected = speak(database, ANNA, leaks, "reject", category=DEFECT)
    speak(database, ANNA, leaks, "add", category=GUIDE, quote=(21, 40))
    guide = found(database, leaks)[GUIDE]
    with database.session() as session:
        interactions.put_back(session, leaks)
    # Another model, which finds a request too and is of another mind about the quote.
    words = {DEFECT: "kettle leaks", REQUEST: "manual"}
    mine(database, WordMiner("words-2", words=words), [leaks])
    after = found(database, leaks)
    assert set(after) == {GUIDE, REQUEST}
    assert (after[GUIDE].id, after[GUIDE].quote) == (guide.id, "the manual is wrong")
    assert (after[GUIDE].model, after[GUIDE].reviewed) == ("people", "added")
    assert (after[REQUEST].model, after[REQUEST].reviewed) == ("words-2", None)
    # What comes back is what the new model said.
    take_back(database, rejected)
    back = found(database, leaks)[DEFECT]
    assert (back.model, back.quote, before.quote) == ("words-2", "kettle leaks", "leaks")


def test_a_finding_that_is_mined_again_keeps_its_id(database: Database, leaks: UUID) -> None:
    before = found(database, leaks)[DEFECT]
    speak(database, ANNA, leaks, "quote", category=DEFECT, quote=(0, 16))
    with database.session() as session:
        interactions.put_back(session, leaks)
    mine(database, WordMiner("words-2", words={DEFECT: "kettle"}), [leaks])
    after = found(database, leaks)[DEFECT]
    assert (after.id, after.model, after.quote) == (before.id, "words-2", "The kettle leaks")
    rejected = speak(database, ANNA, leaks, "reject", category=DEFECT)
    assert found(database, leaks) == {}
    take_back(database, rejected)
    back = found(database, leaks)[DEFECT]
    assert (back.id, back.model) == (before.id, "words-2")


def run_backfill(database: Database, job: UUID) -> None:
    """Every batch of it, as workers would."""
    for _ in range(9):
        backfill(database, WordMiner(), job)
    with database.session() as session:
        assert session.get_one(JobRow, job).state == "done"


def test_a_backfill_hears_people(database: Database, leaks: UUID) -> None:
    category = "wrong"
    values: dict[str, Any] = {"description": "", "threshold": 0.5, "wanted": 0.8, "judged": {}}
    examples = tuple(f"It is wrong, number {number}." for number in range(9))
    fitted = WordTeacher().fit(Lesson(name=category, examples=examples, counterexamples=()))
    values |= {"model": "words-1", "digest": "words", "head": fitted.category.as_json()}
    with database.session() as session:
        row = categories.create(session, {**values, "name": category})
        assert row is not None
        whole = backfills.create(session, row).id
    run_backfill(database, whole)
    assert set(found(database, leaks)) == {DEFECT, category}
    first = found(database, leaks)[category]
    speak(database, ANNA, leaks, "reject", category=category)
    id = speak(database, ANNA, leaks, "quote", category=DEFECT, quote=(0, 16))
    with database.session() as session:
        row = categories.by_name(session, category)
        assert row is not None
        again = backfills.create(session, row).id
    run_backfill(database, again)
    after = found(database, leaks)
    assert set(after) == {DEFECT}
    assert (after[DEFECT].quote, after[DEFECT].reviewed) == ("The kettle leaks", "corrected")
    with database.session() as session:
        row = categories.by_name(session, category)
        assert row is not None
        categories.change(session, row, {"name": "faulty"})
        said = session.scalars(select(OpinionRow).where(OpinionRow.category == "faulty")).one()
    take_back(database, said.id)
    assert found(database, leaks)["faulty"].id == first.id
    take_back(database, id)
    with database.session() as session:
        row = categories.by_name(session, "faulty")
        assert row is not None
        categories.remove(session, row)
    # Nothing comes back of a category that was deleted.
    speak(database, BEN, leaks, "confirm", category=DEFECT)
    assert set(found(database, leaks)) == {DEFECT}


def test_said_while_it_is_mined(database: Database) -> None:
    """Who speaks was said after the miner had read it: what it found is not written."""
    with database.session() as session:
        (id,) = accept(session, [interaction(f"call-{uuid4()}")], redactor=PlainRedactor()).ids

    class Slow(WordMiner):
        """Somebody speaks while it mines the first time."""

        def mine(self, interactions: list[Interaction]) -> list[Mined]:
            """What is found in each."""
            if not self.calls:
                speak(database, ANNA, id, "speaker", speaker="agent")
            return super().mine(interactions)

    miner = Slow()
    mine(database, miner, [id])
    assert miner.calls == [1, 1]
    with database.session() as session:
        row = session.get_one(InteractionRow, id)
        assert (row.state, row.roles["source"]) == ("mined", "options")
        assert findings.of(session, id) == []
        assert opinions.passages(session, [id])[id] == []


def test_passages_are_cut_anew_between_the_look_and_the_word(database: Database) -> None:
    """What was looked for as passage 0 is passage 1 by the time that it is spoken of."""
    id = two_leak(database)
    with database.session() as session:
        target = step.on_words(session, turns.of(session, id)[1], None)
    speak(database, ANNA, id, "speaker", turn=0, speaker="customer")
    mine(database, WordMiner(), [id])
    means = Means(redact=PlainRedactor().redact_text, memory=Memory())
    with database.session() as session:
        said = Opinion(kind="reject", category=DEFECT)
        row = step.give(session, target, said, who=ANNA, means=means)
        (left,) = findings.of(session, id)
        assert (left.turn, row.turn) == (0, 1)
    speak(database, ANNA, id, "speaker", turn=0, speaker="agent")
    speak(database, ANNA, id, "speaker", turn=1, speaker="agent")
    mine(database, WordMiner(), [id])
    with database.session() as session:
        again = Opinion(kind="add", category=GUIDE)
        assert step.give(session, target, again, who=ANNA, means=means).said is None
        assert findings.of(session, id) == []


def test_speakers_swap_and_what_people_said_of_words_stays(database: Database) -> None:
    id = two_leak(database)
    kept = found(database, id)[DEFECT]
    speak(database, ANNA, id, "confirm", category=DEFECT)
    said = speak(database, ANNA, id, "speaker", turn=0, speaker="customer")
    mine(database, WordMiner(), [id])
    with database.session() as session:
        rows = findings.of(session, id)
        assert [(row.turn, row.passage, row.reviewed) for row in rows] == [
            (0, 0, None),
            (1, 1, "confirmed"),
        ]
        assert rows[1].id == kept.id
        assert rows[0].id != kept.id
    take_back(database, said)
    mine(database, WordMiner(), [id])
    with database.session() as session:
        (row,) = findings.of(session, id)
        assert (row.id, row.passage, row.turn) == (kept.id, 0, 1)
        assert [turn.sentiment_label for turn in turns.of(session, id)] == [None, "negative"]


def counts(database: Database) -> dict[str, list[Any]]:
    """Every kept count as it stands, and once more after all was counted anew."""
    tables = ("theme_stands", "theme_totals", "theme_days", "finding_totals", "interaction_days")
    keys = {
        "theme_stands": "owner_id, interaction_id, findings, negative, neutral, positive",
        "theme_totals": "owner_id, {findings}",
        "theme_days": "owner_id, day, {findings}",
        "finding_totals": "category, sentiment, unsure, {number}",
        "interaction_days": "day, channel, state, {number}",
    }
    found = {}
    with database.session() as session:
        counters.settle(session)
        for table in tables:
            columns = keys[table].format(
                findings="findings, interactions, negative, neutral, positive", number="number"
            )
            rows = session.execute(text(f"SELECT {columns} FROM {table} ORDER BY {columns}"))  # noqa: S608 - ours alone
            found[table] = [tuple(row) for row in rows]
    return found


def assert_counted(database: Database) -> None:
    kept = counts(database)
    with database.session() as session:
        counters.recount(session)
    assert kept == counts(database)
    with database.session() as session:
        rows = session.scalars(select(ItemRow)).all()
        before = {row.id: (row.findings, row.interactions, row.negative) for row in rows}
        items.recount(session, before)
        session.expire_all()
        rows = session.scalars(select(ItemRow)).all()
        assert before == {row.id: (row.findings, row.interactions, row.negative) for row in rows}


def test_themes_items_and_counts_follow(database: Database) -> None:
    ids = store(database, calls("lid", range(12)))
    gather(database, "all", DEFECT)
    with database.session() as session:
        first = findings.of(session, ids[0])[0]
        themes = set(session.scalars(select(ThemeMemberRow.theme_id)))
        assert themes
    rejected = speak(database, ANNA, ids[0], "reject", category=DEFECT)
    assert_counted(database)
    speak(database, ANNA, ids[1], "correct", category=DEFECT, becomes=REQUEST)
    assert_counted(database)
    speak(database, ANNA, ids[2], "sentiment", sentiment="positive")
    speak(database, ANNA, ids[3], "add", category=GUIDE)
    assert_counted(database)
    take_back(database, rejected)
    assert_counted(database)
    with database.session() as session:
        back = session.get_one(FindingRow, first.id)
        place = select(ThemeMemberRow.theme_id).where(ThemeMemberRow.finding_id == back.id)
        assert set(session.scalars(place)) <= themes
        assert session.scalars(place).all()
        reached = select(RoutedRow.item_id).where(RoutedRow.finding_id == back.id)
        assert any(session.scalars(reached))


def test_erasing_an_interaction_takes_what_was_said_of_it(database: Database, leaks: UUID) -> None:
    speak(database, ANNA, leaks, "reject", category=DEFECT)
    with database.session() as session:
        erased = erasing.erase(session, [leaks])
        assert (erased.counts["opinions"], erased.counts["model_said"]) == (1, 1)
        assert opinions.of_interactions(session, [leaks]) == {}


def test_many_speak_at_once_while_it_is_mined_again(database: Database, leaks: UUID) -> None:
    with database.session() as session:
        interactions.put_back(session, leaks)
    people = [Who(id=UUID(int=number), name=f"P{number}") for number in range(10, 15)]

    def say(number: int) -> None:
        kind = "reject" if number < 3 else "confirm"
        speak(database, people[number], leaks, kind, category=DEFECT)

    words = {DEFECT: "kettle", REQUEST: "manual"}
    with ThreadPoolExecutor(6) as pool:
        mining = pool.submit(mine, database, WordMiner("words-2", words=words), [leaks])
        for done in [*(pool.submit(say, number) for number in range(5)), mining]:
            done.result()
    assert set(found(database, leaks)) == {REQUEST}
    for number in (0, 1):
        speak(database, people[number], leaks, "confirm", category=DEFECT)
    after = found(database, leaks)[DEFECT]
    assert (after.model, after.quote, after.reviewed) == ("words-2", "kettle", "confirmed")

"""What people say and what others mine while an interaction is read again is not written over."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from api.steps import remine
from api.steps.accept import accept
from api.steps.backfill import backfill
from api.steps.mine import mine
from api.store import backfills, categories, findings, interactions, model_said, opinions
from api.store.database import Database
from api.store.remines import Scope
from api.store.tables import JobRow
from nlp.learn.lessons import Lesson
from nlp.types import Interaction, Mined
from tests.api.interactions import PlainRedactor, WordMiner, WordTeacher, interaction
from tests.api.people import ANNA, speak

DEFECT = "product_defect"


class Slow(WordMiner):
    """Something happens while it reads the first time."""

    def __init__(self, meanwhile: Callable[[], object], model: str = "words-1") -> None:
        super().__init__(model)
        self.meanwhile = meanwhile

    def mine(self, interactions: list[Interaction]) -> list[Mined]:
        """What is found in each."""
        if not self.calls:
            self.calls.append(0)
            self.meanwhile()
        return super().mine(interactions)


def accepted(database: Database) -> UUID:
    """A call whose customer says `leaks` in turn 1."""
    with database.session() as session:
        return accept(session, [interaction(f"call-{uuid4()}")], redactor=PlainRedactor()).ids[0]


def said_of(database: Database, id: UUID) -> list[tuple[str, str]]:
    """Category and model of each finding."""
    with database.session() as session:
        return [(row.category, row.model) for row in findings.of(session, id)]


def finish(database: Database, job: UUID, step: Callable[[], object]) -> None:
    """Works until a job is through, as workers would."""
    for _ in range(9):
        with database.session() as session:
            if session.get_one(JobRow, job).state != "running":
                return
        step()
    raise AssertionError("the job runs on")


def test_what_a_twin_has_mined_keeps_what_its_model_said(database: Database) -> None:
    id = accepted(database)
    mine(database, WordMiner(), [id])
    speak(database, ANNA, id, "confirm", category=DEFECT)
    with database.session() as session:
        interactions.put_back(session, id)
    mine(database, Slow(lambda: mine(database, WordMiner("words-2"), [id])), [id])
    assert said_of(database, id) == [(DEFECT, "words-2")]
    with database.session() as session:
        assert model_said.said_at(session, id, 0)[DEFECT].model == "words-2"


def speaks(database: Database, id: UUID, speaker: str) -> None:
    """Somebody says who speaks, and a worker mines it again at once."""
    speak(database, ANNA, id, "speaker", speaker=speaker)
    mine(database, WordMiner(), [id])


def test_who_speaks_is_said_while_it_is_mined_again(database: Database) -> None:
    id = accepted(database)
    mine(database, WordMiner(), [id])
    with database.session() as session:
        job = remine.ask(session, Scope()).id
    miner = Slow(lambda: speaks(database, id, "agent"))
    finish(database, job, lambda: remine.remine(database, miner, job))
    assert said_of(database, id) == []
    with database.session() as session:
        assert opinions.passages(session, [id])[id] == []


def test_who_speaks_is_said_while_it_is_read_for_a_category(database: Database) -> None:
    id = accepted(database)
    mine(database, WordMiner(), [id])
    speaks(database, id, "agent")
    values: dict[str, Any] = {"description": "", "threshold": 0.5, "wanted": 0.8, "judged": {}}
    examples = tuple(f"It is wrong, number {number}." for number in range(9))
    fitted = WordTeacher().fit(Lesson(name="wrong", examples=examples, counterexamples=()))
    values |= {"model": "words-1", "digest": "words", "head": fitted.category.as_json()}
    with database.session() as session:
        row = categories.create(session, {**values, "name": "wrong"})
        assert row is not None
        job = backfills.create(session, row).id
    miner = Slow(lambda: speaks(database, id, "customer"))
    finish(database, job, lambda: backfill(database, miner, job))
    assert said_of(database, id) == [(DEFECT, "words-1"), ("wrong", "words-1")]

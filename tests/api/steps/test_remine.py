"""Mining again: in place, under the same ids, with people's word above the model's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text

from api import jobs as queue
from api.steps import remine
from api.store import counters, findings, jobs, models
from api.store.database import Database
from api.store.jobs import Progress
from api.store.remines import Scope
from api.store.tables import FindingRow
from api.store.theme_tables import ThemeMemberRow
from nlp.types import Interaction, Mined
from tests.api.people import ANNA, speak
from tests.api.themes import (
    SCOPE,
    START,
    TopicMiner,
    gather,
    items_count_what_is_routed,
    on_days,
    say,
    texts,
    themes,
)


class LaterMiner(TopicMiner):
    """The next model: nothing in case 3, and its findings elsewhere are surer; case 6 raises."""

    def __init__(self, model: str = "words-2") -> None:
        super().__init__(model)

    def _mine(self, interaction: Interaction) -> Mined:
        mined = super()._mine(interaction)
        said = interaction.turns[1].text
        if said.endswith("case 6"):
            raise ValueError(f"cannot read {said}")
        kept = () if said.endswith("case 3") else mined.findings
        return replace(mined, findings=tuple(replace(one, confidence=0.9) for one in kept))


def asked(database: Database, **scope: object) -> UUID:
    """Puts a job into the queue."""
    with database.session() as session:
        return remine.ask(session, Scope(**scope)).id  # type: ignore[arg-type]  # as each test says


def state(database: Database, job: UUID) -> tuple[str, Progress]:
    """How far it is."""
    with database.session() as session:
        row = jobs.get(session, job)
        assert row is not None
        return row.state, jobs.progress(session, job)


def finish(database: Database, job: UUID, miner: TopicMiner) -> Progress:
    """Works until it is through, as workers would."""
    while state(database, job)[0] == "running":
        remine.remine(database, miner, job)
    return state(database, job)[1]


def found(database: Database, ids: Sequence[UUID]) -> dict[UUID, FindingRow]:
    """The one finding of each interaction; where there is none, no key."""
    with database.session() as session:
        rows = [row for id in ids for row in findings.of(session, id)]
    return {row.interaction_id: row for row in rows}


def counted(database: Database) -> list[tuple[object, ...]]:
    """What is counted of themes, findings and items."""
    tables = {
        "theme_totals": "owner_id, findings, interactions, negative",
        "finding_totals": "category, sentiment, unsure, number",
        "items": "id, findings, interactions, negative",
    }
    rows: list[tuple[object, ...]] = []
    with database.session() as session:
        counters.settle(session)
        for table, columns in tables.items():
            query = text(f"SELECT {columns} FROM {table} ORDER BY {columns}")  # noqa: S608 - ours
            rows += [(table, *row) for row in session.execute(query)]
    return rows


def test_what_is_the_same_keeps_its_id_and_people_are_right(database: Database) -> None:
    ids = say(database, texts("kettle", 9))
    say(database, texts("screen", 6, first=10))
    gather(database)
    speak(database, ANNA, ids[1], "reject", category=SCOPE)
    before = found(database, ids)
    theme = themes(database)["kettle"].id
    miner = LaterMiner()
    progress = finish(database, asked(database), miner)
    assert (progress.total, progress.mined, progress.failed) == (15, 14, 1)
    after = found(database, ids)
    assert set(before) - set(after) == {ids[3]}  # which the new model does not find
    assert ids[1] not in after  # and what was rejected stays so
    for id, row in after.items():
        assert row.id == before[id].id
        old = id == ids[6]  # on which the new model raises
        assert (row.model, row.confidence) == (("words-1", 0.75) if old else ("words-2", 0.9))
    with database.session() as session:
        members = session.scalars(
            select(ThemeMemberRow.finding_id).where(ThemeMemberRow.theme_id == theme)
        )
        assert {row.id for row in after.values()} <= set(members)
        assert models.mined_by(session) == {"words-1": 1, "words-2": 14}
    kept = counted(database)
    with database.session() as session:
        counters.recount(session)
    assert kept == counted(database)
    items_count_what_is_routed(database)


def test_back_to_the_model_before_brings_back_what_it_found(database: Database) -> None:
    finish(database, asked(database), LaterMiner())
    first = finish(database, asked(database), TopicMiner())
    assert first.failed == 0
    with database.session() as session:
        assert set(models.mined_by(session)) == {"words-1"}
        lost = session.scalars(select(FindingRow.id).where(FindingRow.quote.like("%case 3"))).all()
    assert lost


def test_it_goes_on_from_where_it_was_killed(database: Database) -> None:
    say(database, texts("login", queue.BATCH + 4))
    job = asked(database)
    miner = TopicMiner("words-3")
    remine.remine(database, miner, job)
    running, progress = state(database, job)
    assert (running, progress.mined) == ("running", queue.BATCH)
    with database.session() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))  # the worker died with it
        assert queue.sweep(session) == 1
    ended = finish(database, job, miner)
    assert ended.mined == ended.total
    remine.remine(database, miner, job)  # once more changes nothing
    assert state(database, job)[1] == ended


def test_cancelled_it_stops_and_what_is_done_stays(database: Database) -> None:
    job = asked(database)
    remine.remine(database, TopicMiner("words-4"), job)
    with database.session() as session:
        assert jobs.cancel(session, job)
        mined = models.mined_by(session)
    remine.remine(database, TopicMiner("words-4"), job)
    with database.session() as session:
        assert models.mined_by(session) == mined
    assert mined["words-4"] == queue.BATCH
    assert state(database, job)[1].cancelled > 0


def test_a_new_one_takes_the_place_of_the_one_that_runs(database: Database) -> None:
    first = asked(database)
    asked(database, model="nobody")
    assert state(database, first)[0] == "cancelled"


def test_scopes(database: Database) -> None:
    on_days(database, "parcel", [3], since=START + timedelta(days=40))
    with database.session() as session:
        mined = models.mined_by(session)
    day = START + timedelta(days=39)
    scopes: list[tuple[dict[str, object], int]] = [
        ({"model": "words-1"}, mined["words-1"]),
        ({"since": day, "before": day + timedelta(days=9)}, 3),
        ({"theme": themes(database)["screen"].id}, 6),
        ({"model": "nobody"}, 0),
    ]
    for scope, total in scopes:
        assert finish(database, asked(database, **scope), TopicMiner()).total == total


def test_it_says_what_it_is_about() -> None:
    assert Scope().text() == "all"
    scope = Scope(model="a", since=START, before=START + timedelta(days=1))
    assert scope.text() == "mined by a, since 2026-03-02, before 2026-03-03"

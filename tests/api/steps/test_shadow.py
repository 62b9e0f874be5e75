"""Shadow runs with real models: what both say is counted once, and a candidate harms nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy import func, select, text

from api.steps.accept import accept
from api.steps.mine import mine
from api.steps.shadow import Candidate, compare, let_go
from api.store import shadows
from api.store.database import Database
from api.store.erasing import erase
from api.store.tables import InteractionRow
from api.store.training_tables import ShadowDifferenceRow, ShadowReadRow, ShadowRow
from nlp.learn import registry
from nlp.learn.shelf import Shelf
from nlp.pipeline import Miner
from nlp.types import CATEGORIES, Interaction
from nlp.weights import CACHE
from tests.api.interactions import PlainRedactor, WordMiner, interaction
from tests.api.training import perturbed, rows, shelf_with_first


def _load(folder: Path) -> Miner:
    return Miner.load(folder, cache=CACHE, threads=1)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's model, and one whose heads were perturbed."""
    folder = shelf_with_first(tmp_path_factory.mktemp("shelf"))
    perturbed(folder, "bold", shift=2.0)
    return folder


@pytest.fixture(scope="module")
def served(shelf: Path) -> Miner:
    """The miner that serves."""
    return _load(shelf / registry.DEFAULT)


@pytest.fixture(scope="module")
def candidate(shelf: Path) -> Candidate:
    """Loads from that shelf."""
    return Candidate(lambda name: _load(Shelf(shelf).fetch(name)))


@pytest.fixture
def shadow(database: Database) -> Iterator[UUID]:
    """A shadow run of everything."""
    id = _begin(database, "bold")
    yield id
    with database.session() as session:
        shadows.end(session, id, because="asked")


def _begin(database: Database, model: str, *, share: float = 1.0) -> UUID:
    with database.session() as session:
        served = registry.DEFAULT
        return shadows.start(session, model=model, served=served, share=share, by_name="dana").id


def _mails(number: int) -> list[Interaction]:
    found = []
    for row in rows()[:number]:
        words = [turn["text"] for turn in row["turns"] if turn["speaker"] == "customer"]
        said = [text for one in words for text in ("Yes?", one)]
        found.append(interaction(f"{row['id']}-{uuid4()}", words=said))
    return found


def _mined(
    database: Database, miner: Miner | WordMiner, items: Sequence[Interaction]
) -> list[UUID]:
    with database.session() as session:
        ids = list(accept(session, items, redactor=PlainRedactor()).ids)
    mine(database, miner, ids)
    return ids


def _deferred(database: Database) -> list[UUID]:
    """What waits in the queue for a candidate, which is taken out of it."""
    with database.session() as session:
        taken = text(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'shadow' RETURNING args, priority"
        )
        jobs = session.execute(taken).all()
        assert {priority for _, priority in jobs} <= {-1}
    return [UUID(id) for args, _ in jobs for id in args["ids"]]


def _row(database: Database, id: UUID) -> ShadowRow:
    with database.session() as session:
        found = shadows.get(session, id)
    assert found is not None
    return found


def test_both_are_counted_and_where_they_differ_is_kept(
    database: Database, served: Miner, candidate: Candidate, shadow: UUID
) -> None:
    ids = _mined(database, served, _mails(8))
    assert sorted(_deferred(database)) == sorted(ids)
    compare(database, served, candidate, ids)

    row = _row(database, shadow)
    with database.session() as session:
        counts = shadows.counts(session, [shadow])[shadow]
        kept = session.scalars(select(ShadowDifferenceRow)).all()
        found = session.scalars(select(InteractionRow.id).where(InteractionRow.id.in_(ids))).all()
    assert len(found) == row.interactions == 8
    assert row.passages > 8
    assert row.same_feeling == row.passages, "its sentiment is the same"
    assert min(row.served_seconds, row.candidate_seconds) > 0
    assert set(counts) == set(CATEGORIES)
    for name, one in counts.items():
        whole = one.both_found + one.served_alone + one.candidate_alone + one.neither
        assert whole == row.passages
        differ = [each for each in kept if each.category == name]
        assert one.served_alone == 0, "it is only surer of everything"
        assert one.candidate_alone == sum(
            not each.served_found for each in differ if each.candidate_found
        )
        assert one.sum_candidate > one.sum_served
        assert np.isclose(one.sum_gap, one.sum_candidate - one.sum_served)
    assert sum(one.candidate_alone for one in counts.values()) > 0
    for each in kept:
        assert each.gap == round(abs(each.served - each.candidate) * 10_000)
    # A second time, as after a worker that died too late, nothing counts twice.
    compare(database, served, candidate, ids)
    assert _row(database, shadow).passages == row.passages
    let_go(database, candidate)
    assert candidate.loaded, "its run goes on"
    # What is erased is named no more.
    with database.session() as session:
        erase(session, ids)
        left = select(func.count()).select_from(ShadowReadRow)
        assert session.scalar(left) == 0
        assert session.scalar(select(func.count()).select_from(ShadowDifferenceRow)) == 0


def test_a_candidate_is_let_go_when_its_run_ends(
    database: Database, served: Miner, candidate: Candidate, shadow: UUID
) -> None:
    _mined(database, served, _mails(1))
    compare(database, served, candidate, _deferred(database))
    assert candidate.loaded
    with database.session() as session:
        shadows.end(session, shadow, because="asked")
    let_go(database, candidate)
    assert not candidate.loaded


def test_the_same_share_is_chosen_everywhere(database: Database) -> None:
    ids = [uuid4() for _ in range(4000)]
    tenth = {id for id in ids if shadows.sampled(id, 0.1)}
    assert 300 < len(tenth) < 500
    assert tenth <= {id for id in ids if shadows.sampled(id, 0.5)}
    assert {id for id in ids if shadows.sampled(id, 1.0)} == set(ids)
    shadow = _begin(database, "bold", share=0.5)
    mined = _mined(database, WordMiner(), [interaction(f"share-{n}") for n in range(24)])
    assert sorted(_deferred(database)) == sorted(id for id in mined if shadows.sampled(id, 0.5))
    with database.session() as session:
        shadows.end(session, shadow, because="asked")
    _mined(database, WordMiner(), [interaction("after")])
    assert _deferred(database) == [], "nothing runs"


def _raises(name: str) -> Miner:
    raise RuntimeError(name)


def test_a_candidate_that_is_not_there_ends_its_run_alone(
    database: Database, served: Miner, candidate: Candidate
) -> None:
    _fails(database, served, candidate, model="gone", code="model_not_found")


def test_a_candidate_that_raises_ends_its_run_alone(database: Database, served: Miner) -> None:
    _fails(database, served, Candidate(_raises), model="bold", code="raised_RuntimeError")


def _fails(
    database: Database, served: Miner, candidate: Candidate, *, model: str, code: str
) -> None:
    shadow = _begin(database, model)
    (id,) = _mined(database, served, _mails(1))
    compare(database, served, candidate, _deferred(database))
    row = _row(database, shadow)
    assert (row.state, row.ended_because, row.error_code) == ("ended", "failing", code)
    assert row.passages == 0
    with database.session() as session:
        stored = session.get(InteractionRow, id)
        assert stored is not None
        assert stored.state == "mined"


def test_it_ends_when_another_model_serves(
    database: Database, shelf: Path, candidate: Candidate, shadow: UUID
) -> None:
    other = _load(shelf / "bold")
    compare(database, other, candidate, _mined(database, other, _mails(1)))
    assert _row(database, shadow).ended_because == "other_model"
    assert not candidate.loaded


def test_it_ends_when_workers_die_of_it(
    database: Database, served: Miner, candidate: Candidate, shadow: UUID
) -> None:
    compare(database, served, candidate, [uuid4()], deaths=2)
    row = _row(database, shadow)
    assert (row.ended_because, row.error_code) == ("failing", "worker_died")

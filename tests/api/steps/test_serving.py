"""Processes follow the model that serves: those that mine, that search, and that start late."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from api.settings import Settings
from api.steps.categories import More, Wanted, create
from api.steps.serving import Embedding, Following, Teaching, Where
from api.store import categories, models
from api.store.category_tables import CategoryRow
from api.store.database import Database
from api.web import following as following_web
from nlp.errors import ModelError
from nlp.learn import registry
from tests.api.interactions import PlainRedactor, WordEmbeds, WordMiner, WordTeacher
from tests.api.remade import remade

EXAMPLES = tuple(f"the parcel came late, number {number}" for number in range(8))


class Loaded(WordMiner):
    """A miner of a folder, which also embeds."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder.name)
        self.embed = WordEmbeds((folder.name,)).embed

    @property
    def digest(self) -> str:
        """By the folder's name."""
        return self.model


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Where:
    """A shelf of two."""
    folder = tmp_path_factory.mktemp("shelf")
    shutil.copytree(registry.default_folder(), folder / registry.DEFAULT)
    remade(folder, "next")
    return Where.of(Settings(models=str(folder)))


def promote(database: Database, where: Where, name: str) -> None:
    """Writes that a model serves."""
    with database.session() as session:
        models.claim(session)
        newest = models.newest(session)
        first = where.first()
        before = (first.name, first.digest)
        if newest is not None:
            before = (newest.model, newest.digest)
        values = {
            "kind": "promote",
            "model": name,
            "digest": where.shelf.describe(name).digest,
            "from_model": before[0],
            "from_digest": before[1],
            "reason": "a test",
            "verdict": {},
            "by_name": "test",
        }
        models.add(session, values)


def following(database: Database, where: Where, *, broken: str = "") -> Following[Loaded]:
    """A process; a model of one name cannot be loaded in it."""

    def load(folder: Path) -> Loaded:
        if folder.name == broken:
            raise ModelError(f"{folder.name} does not fit")
        return Loaded(folder)

    return Following(database, where, load, teach=lambda miner: WordTeacher(miner.digest))


def test_a_worker_fits_categories_anew_before_it_mines_with_another_model(
    database: Database, where: Where
) -> None:
    worker = following(database, where)
    worker.refits = True
    assert worker.now().model == registry.DEFAULT
    with database.session() as session:
        wanted = Wanted(name="late", description="", more=More(examples=EXAMPLES), precision=0.8)
        assert create(session, wanted, teacher=worker.teacher(), redactor=PlainRedactor())
        session.execute(update(CategoryRow).values(digest=registry.DEFAULT))
    promote(database, where, "next")
    assert worker.now().model == "next"
    with database.session() as session:
        row = categories.by_name(session, "late")
        assert row is not None
        assert row.digest == "next"
    assert worker.now() is worker.now()


def test_search_and_teaching_follow(database: Database, where: Where) -> None:
    process = following(database, where)
    embeds, teaches = Embedding(process.now), Teaching(process.teacher)
    here = process.now().model
    other = registry.DEFAULT if here == "next" else "next"
    before = embeds.embed([f"{here} or {other}"])
    assert teaches.digest == here
    promote(database, where, other)
    assert teaches.digest == other
    text = [here]
    assert not np.array_equal(embeds.embed(text), WordEmbeds((here,)).embed(text))
    assert before.shape == embeds.embed(text).shape


def test_a_process_that_starts_with_a_broken_model_takes_the_one_before(
    database: Database, where: Where
) -> None:
    promote(database, where, registry.DEFAULT)
    promote(database, where, "next")
    late = following(database, where, broken="next")
    assert late.now().model == registry.DEFAULT
    with database.session() as session:
        newest = models.newest_id(session)
        assert newest is not None
        trouble = models.trouble(session, newest)
        assert trouble is not None
        assert (trouble.code, trouble.serves) == ("model", registry.DEFAULT)
    assert following(database, where).now().model == "next"


def test_requests_that_hold_every_connection_still_reach_the_model(database: Database) -> None:
    requests = Database(database.conninfo, pool_size=1)
    with (
        following_web(Settings(threads=1), requests) as process,
        requests.session() as one,
        requests.session() as other,
    ):
        for session in (one, other):
            session.connection()
        vectors = Embedding(process.now).embed(["a kettle"])
    assert len(vectors) == 1
    requests.close()


def test_the_gate_needs_no_encoder() -> None:
    program = """
import sys
import api.app, api.web
from api.settings import Settings
from api.steps.serving import Where
from nlp.learn import promotion
where = Where.of(Settings())
folder = where.shelf.fetch(where.shelf.entries()[0].name)
assert promotion.verdict(folder, folder).passed
print([name for name in ("onnxruntime", "torch", "spacy", "sklearn") if name in sys.modules])
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.stdout.strip() == "[]", ended.stderr

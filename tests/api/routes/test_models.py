"""Models over the API: listed, compared, promoted by the gate, taken back, and mined again with."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.settings import Settings
from api.steps.measure import GIVE_UP_AFTER, Bench, measure
from api.steps.serving import Following, Where
from api.store import models
from api.store.database import Database
from api.store.model_tables import MeasurementRow
from nlp.learn import promotion, registry
from nlp.learn.custom import Teacher
from nlp.pipeline import Miner
from nlp.weights import CACHE
from tests.api.remade import remade
from tests.api.themes import say, texts
from tests.api.training import shelf_with_first


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed model, one that is as good, one that is worse, and one that cannot be read."""
    folder = shelf_with_first(tmp_path_factory.mktemp("shelf"))
    remade(folder, "as-good")
    remade(folder, "shuffled", shuffled=True)
    (remade(folder, "spoiled") / registry.HEADS).write_bytes(b"changed")
    return folder


@pytest.fixture(scope="module")
def settings(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of the service over that shelf."""
    return Settings(home=tmp_path_factory.mktemp("home"), models=str(shelf))


@pytest.fixture(scope="module")
def follows(database: Database, settings: Settings) -> Following[Miner]:
    """A worker's models: real ones, on one thread."""
    return Following(
        database,
        Where.of(settings),
        lambda folder: Miner.load(folder, cache=CACHE, threads=1),
        teach=Teacher,
    )


@pytest.fixture
def measured(
    client: TestClient,
    database: Database,
    settings: Settings,
    follows: Following[Miner],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], None]:
    """Has a model measured, as a worker would, on few passages."""
    monkeypatch.setattr(promotion, "PASSAGES", 16)

    def work(name: str) -> None:
        asked = client.post(f"/v1/models/{name}/measurements")
        assert asked.status_code == 202, asked.text
        job = asked.json()
        assert job["kind"] == "measure"
        where = Where.of(settings)
        ticks = iter(range(1000))
        bench = Bench(
            serving=follows.now(),
            load=lambda one: Miner.load(where.shelf.fetch(one), cache=CACHE, threads=1),
            clock=lambda: float(next(ticks)),
        )
        measure(database, UUID(job["id"]), bench)
        ended = client.get(asked.headers["Location"]).json()
        assert ended["state"] == "done"

    return work


def test_models_are_listed_with_what_they_are(client: TestClient) -> None:
    page = client.get("/v1/models?limit=2").json()
    rest = client.get("/v1/models", params={"cursor": page["next"]}).json()
    found = {one["name"]: one for one in [*page["data"], *rest["data"]]}
    assert sorted(found) == ["as-good", "conduit-en-1", "shuffled", "spoiled"]
    assert [name for name, one in found.items() if one["serving"]] == ["conduit-en-1"]
    assert found["as-good"]["parent"] == "conduit-en-1"
    assert found["as-good"]["figures"]["f1"]["product_defect"] > 0.5
    detail = client.get("/v1/models/as-good").json()
    assert [one["name"] for one in detail["lineage"]] == ["as-good", "conduit-en-1"]
    assert detail["card"].startswith("# conduit-en-1")
    missing = client.get("/v1/models/nobody")
    assert missing.status_code == 404
    assert missing.json()["code"] == "model_not_found"
    assert "as-good" in missing.json()["detail"]


def test_a_model_that_no_worker_measured_is_refused(client: TestClient) -> None:
    refused = client.post("/v1/promotions", json={"model": "as-good", "reason": "why not"})
    assert refused.status_code == 409
    assert [one["code"] for one in refused.json()["reasons"]] == ["not_measured"]
    assert "/v1/models/as-good/measurements" in refused.json()["detail"]


def test_a_measurement_is_asked_for_once_and_ends_when_workers_die_over_it(
    client: TestClient, database: Database, follows: Following[Miner]
) -> None:
    asked = [client.post("/v1/models/as-good/measurements").json() for _ in range(2)]
    job = UUID(asked[0]["id"])
    assert asked[1]["id"] == str(job)
    with database.session() as session:
        held = text("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'job' = :job")
        assert session.scalar(held, {"job": str(job)}) == 1

    def load(name: str) -> Miner:
        raise AssertionError(f"{name} is loaded, and {GIVE_UP_AFTER} workers died over it")

    bench = Bench(serving=follows.now(), load=load)
    measure(database, job, bench, deaths=GIVE_UP_AFTER)
    assert client.get(f"/v1/jobs/{job}").json()["state"] == "done"
    with database.session() as session:
        row = session.get(MeasurementRow, job)
        assert row is not None
        assert (row.error_code, row.measured_at) == ("worker_died", None)


def test_a_model_of_shuffled_labels_is_refused_by_name_and_figures(client: TestClient) -> None:
    refused = client.post("/v1/promotions", json={"model": "shuffled", "reason": "new"})
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["code"] == "promotion_refused"
    reason = problem["reasons"][0]
    assert (reason["code"], reason["label"]) == ("f1_fell", "documentation_error")
    figure = reason["figure"]
    assert figure["candidate"] < 0.3
    assert figure["serving"] > 0.7
    assert figure["interval"][1] < 0
    assert f"from {figure['serving']:.3f} (conduit-en-1)" in problem["detail"]
    assert "F1 of documentation_error falls" in problem["detail"]
    compared = client.get("/v1/models/shuffled/comparison").json()
    assert not compared["passed"]
    assert compared["reasons"][0] == reason
    assert client.get("/v1/promotions").json()["data"] == []


def test_what_cannot_be_read_is_never_promoted(client: TestClient) -> None:
    given = {"model": "spoiled", "reason": "it is mine", "force": True}
    refused = client.post("/v1/promotions", json=given)
    assert refused.status_code == 409
    assert refused.json()["reasons"][0]["code"] == "not_usable"


def test_promoted_taken_back_and_taken_back_again(
    client: TestClient,
    database: Database,
    follows: Following[Miner],
    measured: Callable[[str], None],
) -> None:
    assert follows.now().model == "conduit-en-1"
    say(database, texts("kettle", 1))
    measured("as-good")
    made = client.post("/v1/promotions", json={"model": "as-good", "reason": "as good"})
    assert made.status_code == 201, made.text
    assert made.json()["verdict"]["passed"]
    assert not made.json()["forced"]
    assert follows.now().model == "as-good"
    again = client.post("/v1/promotions", json={"model": "as-good", "reason": "once more"})
    assert (again.status_code, again.json()["code"]) == (409, "still_needed")
    forced = {"model": "shuffled", "reason": "we need the requests alone", "force": True}
    made = client.post("/v1/promotions", json=forced)
    assert made.status_code == 201
    assert made.json()["forced"]
    assert follows.now().model == "shuffled"
    backs = [client.post("/v1/promotions/rollback", json={"reason": "no"}) for _ in range(3)]
    assert [one.status_code for one in backs] == [201, 201, 409]
    assert [one.json()["model"] for one in backs[:2]] == ["as-good", "conduit-en-1"]
    assert follows.now().digest == registry.open_folder().digest
    history = client.get("/v1/promotions").json()["data"]
    assert [one["kind"] for one in history] == ["rollback", "rollback", "promote", "promote"]
    events = client.get("/v1/events?types=model.").json()["data"]
    assert [one["type"] for one in events] == ["model.promoted"] * 2 + ["model.rolled_back"] * 2


def readiness(client: TestClient) -> tuple[str, str]:
    """What `/readyz` says of the model: its state, and in words."""
    checks = client.get("/readyz").json()["checks"]
    [(state, detail)] = [(one["state"], one["detail"]) for one in checks if one["name"] == "model"]
    return state, detail


def test_a_promoted_model_that_cannot_be_loaded_leaves_the_old_one_serving(
    client: TestClient,
    database: Database,
    shelf: Path,
    settings: Settings,
) -> None:
    given = {"model": "as-good", "reason": "again", "force": True}
    now = [0.0]
    follows = Following(
        database,
        Where.of(settings),
        lambda folder: Miner.load(folder, cache=CACHE, threads=1),
        teach=Teacher,
        clock=lambda: now[0],
    )
    assert follows.now().model == "conduit-en-1"
    assert client.post("/v1/promotions", json=given).status_code == 201
    heads = shelf / "as-good" / registry.HEADS
    whole = heads.read_bytes()
    heads.write_bytes(b"broken")
    assert follows.now().model == "conduit-en-1"
    [row] = [one for one in client.get("/v1/models").json()["data"] if one["serving"]]
    assert row["name"] == "as-good"
    assert row["trouble"]["code"] == "weights_changed"
    assert row["trouble"]["serves"] == "conduit-en-1"
    assert readiness(client)[0] == "degraded"
    assert readiness(client)[1].startswith("weights_changed: ")
    heads.write_bytes(whole)
    assert follows.now().model == "conduit-en-1"  # not asked again at once
    now[0] += 61
    assert follows.now().model == "as-good"
    with database.session() as session:
        promotion = models.newest_id(session)
        assert promotion is not None
        assert models.trouble(session, promotion) is None
    assert readiness(client)[0] == "ok"
    client.post("/v1/promotions/rollback", json={"reason": "end"})

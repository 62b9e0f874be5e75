"""Trainings, their schedule and shadow runs over the API."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.settings import Settings
from api.steps.train import Workshop
from api.store import shadows, trainings
from api.store.database import Database
from api.store.shadows import Read
from api.store.trainings import Step
from nlp.learn import registry
from nlp.types import CATEGORIES
from tests.api.keyed import asking, bearer, departments, make_key
from tests.api.training import judged, perturbed, shelf_with_first

TRAININGS, SCHEDULE, SHADOWS = "/v1/trainings", "/v1/training-schedule", "/v1/shadows"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of the service over a shelf of two models."""
    shelf: Path = shelf_with_first(tmp_path_factory.mktemp("shelf"))
    perturbed(shelf, "bold", shift=2.0)
    return Settings(home=tmp_path_factory.mktemp("home"), models=str(shelf))


def _train(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post(TRAININGS, json=body)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == found["url"]
    return found


def _stop(client: TestClient, training: dict[str, Any]) -> None:
    answer = client.post(f"{training['job_url']}/cancel")
    assert answer.json()["state"] == "cancelled"


def test_a_training_is_asked_for_and_read(client: TestClient, database: Database) -> None:
    found = _train(client)
    assert (found["name"], found["parent"], found["state"]) == ("conduit-en-2", None, "waiting")
    assert (found["reason"], found["by"], found["seed"]) == ("asked", "local", 1)
    # The name is taken from now on.
    other = _train(client, seed=7, since="2026-03-01T00:00:00Z", parent="bold")
    assert (other["name"], other["parent"]) == ("bold-2", "bold")
    id = UUID(found["id"])
    with database.session() as session:
        assert trainings.take_up(session, id) is not None
        trainings.begins_with(session, id, parent=registry.DEFAULT, interactions=2, judgements=3)
        steps = [Step(stage="read", done=n, total=40, line=f"{n} of 40") for n in range(1, 4)]
        trainings.tell(session, id, steps)
    now = client.get(found["url"]).json()
    assert (now["state"], now["stage"], now["done"], now["total"]) == ("running", "read", 3, 40)
    assert (now["parent"], now["interactions"], now["judgements"]) == (registry.DEFAULT, 2, 3)
    seen: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get(found["log_url"], params=params).json()
        seen += page["data"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert [(line["number"], line["line"]) for line in seen] == [
        (1, "1 of 40"),
        (2, "2 of 40"),
        (3, "3 of 40"),
    ]
    job = client.get(found["job_url"]).json()
    assert (job["kind"], job["state"], job["progress"]["accepted"]) == ("train", "running", 1)
    listed = client.get(TRAININGS, params={"state": "running", "fields": "id"}).json()["data"]
    assert listed == [{"id": found["id"]}]
    listed = client.get(TRAININGS, params={"parent": "bold"}).json()["data"]
    assert [row["id"] for row in listed] == [other["id"]]
    first = client.get(TRAININGS, params={"limit": 1}).json()
    second = client.get(TRAININGS, params={"limit": 1, "cursor": first["next"]}).json()
    assert [row["id"] for page in (first, second) for row in page["data"]] == [
        other["id"],
        found["id"],
    ]
    _stop(client, found)
    _stop(client, other)
    assert client.get(found["url"]).json()["state"] == "stopped"
    assert client.get(found["job_url"]).json()["progress"]["cancelled"] == 1


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"parent": "gone"}, 422, "/parent"),
        ({"name": "../up"}, 422, "/name"),
        ({"name": "bold"}, 409, None),
        ({"seed": -1}, 422, "/seed"),
        ({"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, 422, ""),
        ({"depth": "full"}, 422, "/depth"),
    ],
)
def test_what_cannot_be_trained(
    client: TestClient, body: dict[str, Any], status: int, pointer: str | None
) -> None:
    answer = client.post(TRAININGS, json=body)
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_the_schedule_is_set_by_its_version(client: TestClient, database: Database) -> None:
    first = client.get(SCHEDULE)
    assert not first.json()["enabled"]
    etag, body = first.headers["ETag"], {"enabled": True, "after_judgements": 2}
    assert client.put(SCHEDULE, json=body).status_code == 428
    mine = {"If-Match": etag}
    found = client.put(SCHEDULE, json=body, headers=mine)
    assert found.status_code == 200, found.text
    assert (found.json()["after_judgements"], found.json()["judgements"]) == (2, 0)
    assert client.put(SCHEDULE, json=body, headers=mine).status_code == 412
    judged(database, "The kettle leaks from its lid.")
    judged(database, "The kettle leaks from its base.")
    assert client.get(SCHEDULE).json()["judgements"] == 2
    never = client.put(SCHEDULE, json={"enabled": True}, headers={"If-Match": "*"})
    assert (never.status_code, never.json()["code"]) == (422, "invalid_request")
    assert client.delete(SCHEDULE, headers=mine).status_code == 412
    assert client.delete(SCHEDULE).status_code == 204
    after = client.get(SCHEDULE).json()
    assert (after["enabled"], after["after_judgements"]) == (False, None)


def _read(interaction: UUID) -> Read:
    flat = {"neither": 10.0, "sum_served": 1.0, "sum_candidate": 1.0}
    counts: dict[str, dict[str, float]] = dict.fromkeys(CATEGORIES, flat)
    counts["product_defect"] = {
        "both_found": 4,
        "served_alone": 1,
        "candidate_alone": 3,
        "neither": 2,
        "sum_gap": 2.0,
        "sum_served": 4.0,
        "sum_candidate": 6.0,
        "sum_served_square": 3.0,
        "sum_candidate_square": 5.0,
        "sum_product": 3.6,
    }
    base = {"interaction_id": interaction, "category": "product_defect"}
    found = [(0.2, 0.9, False, True), (0.8, 0.3, True, False), (0.6, 0.9, True, True)]
    return Read(
        interactions=1,
        passages=10,
        same_feeling=9,
        served_seconds=0.02,
        candidate_seconds=0.04,
        counts=counts,
        differences=[
            {
                **base,
                "passage": number,
                "served": served,
                "candidate": candidate,
                "served_found": one,
                "candidate_found": other,
                "gap": round(abs(served - candidate) * 10_000),
            }
            for number, (served, candidate, one, other) in enumerate(found)
        ],
    )


def test_a_shadow_run_tells_where_the_two_differ(client: TestClient, database: Database) -> None:
    assert client.post(SHADOWS, json={"model": registry.DEFAULT}).json()["code"] == "still_needed"
    assert client.post(SHADOWS, json={"model": "gone"}).json()["errors"][0]["pointer"] == "/model"
    begun = client.post(SHADOWS, json={"model": "bold", "share": 0.5})
    assert begun.status_code == 201, begun.text
    url, id = begun.json()["url"], UUID(begun.json()["id"])
    assert begun.headers["Location"] == url
    assert (begun.json()["served"], begun.json()["same_sentiment"]) == (registry.DEFAULT, None)
    second = client.post(SHADOWS, json={"model": "bold"})
    assert second.status_code == 409
    assert url in second.json()["detail"]
    interaction = judged(database, "The kettle leaks at night.")
    with database.session() as session:
        assert shadows.claim(session, id, [interaction, uuid4()]) == [interaction]
        shadows.add(session, id, _read(interaction))

    found = client.get(url).json()
    assert (found["interactions"], found["passages"]) == (1, 10)
    assert (found["served_ms"], found["candidate_ms"], found["speed_ratio"]) == (2.0, 4.0, 0.5)
    assert found["same_sentiment"]["value"] == 0.9
    defects = found["categories"][0]
    assert defects["category"] == "product_defect"
    names = ("both", "served_alone", "candidate_alone", "neither")
    assert [defects[name] for name in names] == [4, 1, 3, 2]
    assert defects["differ"]["value"] == 0.4
    assert defects["differ"]["low"] < 0.4 < defects["differ"]["high"]
    assert (defects["served_found"]["value"], defects["candidate_found"]["value"]) == (0.5, 0.7)
    assert defects["mean_gap"] == 0.2
    # (10 * 3.6 - 4 * 6) / sqrt((10 * 3 - 16) * (10 * 5 - 36))
    assert defects["correlation"] == pytest.approx(12 / 14)
    assert found["categories"][1]["correlation"] is None

    _check_differences(client, found["differences_url"])
    ended = client.post(f"{url}/end").json()
    assert (ended["state"], ended["ended_because"]) == ("ended", "asked")
    assert client.post(f"{url}/end").json() == ended
    assert client.get(SHADOWS, params={"state": "running"}).json()["data"] == []
    assert client.get(SHADOWS, params={"state": "ended"}).json()["data"] == [ended]


def _check_differences(client: TestClient, url: str) -> None:
    def differences(**params: Any) -> list[int]:
        answer = client.get(url, params=params)
        assert answer.status_code == 200, answer.text
        return [row["passage"] for row in answer.json()["data"]]

    assert differences() == [0, 1, 2], "the most first"
    assert differences(found_by="candidate") == [0]
    assert differences(found_by="served") == [1]
    assert differences(found_by="neither") == [2]
    assert differences(least=0.4) == [0, 1]
    assert differences(category="feature_request") == []
    assert differences(interaction=str(uuid4())) == []
    first = client.get(url, params={"limit": 2}).json()
    assert differences(limit=2, cursor=first["next"]) == [2]


def test_they_are_of_all_departments_and_of_admins(app: FastAPI, database: Database) -> None:
    known = departments(database)
    bound = bearer(make_key(database, department=next(iter(known.values()))))
    reads = bearer(make_key(database, scopes={"read"}))
    with asking(app, database) as client:
        for url in (TRAININGS, SCHEDULE, SHADOWS):
            assert client.get(url, headers=bound).status_code == 403
            assert client.get(url, headers=reads).status_code == 200
        assert client.post(TRAININGS, json={}, headers=reads).status_code == 403
        assert client.post(SHADOWS, json={"model": "bold"}, headers=reads).status_code == 403


def test_a_shelf_is_where_the_settings_say(settings: Settings, database: Database) -> None:
    workshop = Workshop.of(settings)
    assert workshop.folder == settings.home / "trainings"
    with database.session() as session:
        assert workshop.names(session) == {registry.DEFAULT, "bold"}
        assert workshop.parent(session, None)[0] == registry.DEFAULT

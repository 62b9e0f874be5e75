"""/v1/reviews and /v1/quality, as people and programs ask them."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select, update
from starlette.testclient import TestClient

from api.steps.accept import accept
from api.steps.review import Knows, Wishes, refill
from api.store.database import Database
from api.store.opinion_tables import OpinionRow
from api.store.review_tables import ReviewDrawRow, ReviewRow
from tests.api.interactions import PlainRedactor, interaction
from tests.api.keyed import bearer, departments, make_key

DEFECT, GUIDE, REQUEST = "product_defect", "documentation_error", "feature_request"
WORDS = "The kettle leaks and the manual is wrong."
OTHER = "I wish it had a lid."
AT_ONCE = Wishes(most=20, random_share=0.4, settled=timedelta(), patience=timedelta())
NOTHING = {DEFECT: False, GUIDE: False, REQUEST: False}

Headers = dict[str, str]


@pytest.fixture(autouse=True)
def queue(database: Database, mine_all: Callable[[], list[UUID]]) -> None:
    """A queue of five calls, each with a defect in turn 1, nothing in 3 and 5."""
    with database.session() as session:
        session.execute(delete(ReviewRow))
        session.execute(delete(ReviewDrawRow))
        calls = [
            interaction(f"call-{uuid4()}", words=("Hi?", WORDS, "Yes?", OTHER, "So?", "Bye now."))
            for _ in range(5)
        ]
        accept(session, calls, redactor=PlainRedactor())
    mine_all()
    assert refill(database, Knows(model="words-1"), AT_ONCE)


@pytest.fixture(scope="module")
def people(database: Database) -> list[Headers]:
    """Keys of two people who label."""
    scopes = ("read", "label")
    return [bearer(make_key(database, name=name, scopes=scopes)) for name in ("Anna", "Ben")]


def take(client: TestClient, headers: Headers | None = None, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/reviews/next", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def say(client: TestClient, task: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = client.post(f"{task['url']}/answer", json={"categories": NOTHING, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_queue_is_listed_without_words(client: TestClient) -> None:
    listed = client.get("/v1/reviews", params={"limit": 200}).json()["data"]
    assert {row["state"] for row in listed} == {"open"}
    assert "kettle" not in str(listed)
    drawn = client.get("/v1/reviews", params={"reason": "random", "limit": 3}).json()
    assert len(drawn["data"]) == 3
    assert drawn["next"]
    assert all(0 < row["chance"] <= 1 for row in drawn["data"])
    assert client.get("/v1/reviews", params={"state": "answered"}).json()["data"] == []


def test_a_task_shows_the_passage_in_its_context(client: TestClient) -> None:
    tasks = take(client, count=20)
    first = next(task for task in tasks if task["turn"] == 3)
    assert first["text"] == first["turn_text"] == OTHER
    assert [turn["text"] for turn in first["before"]] == ["Hi?", WORDS, "Yes?"]
    assert first["channel"] == "call"
    read = client.get(first["url"]).json()
    assert read["text"] == OTHER


def test_what_the_model_found_is_kept_back_where_it_would_lead(client: TestClient) -> None:
    tasks = take(client, count=20)
    assert {task["reason"] for task in tasks} > {"random"}
    for task in tasks:
        assert (task["found"] is None) == (task["reason"] == "random")
    told = [task for task in tasks if task["reason"] != "random" and task["turn"] == 1]
    assert told
    assert {tuple(task["found"][0].values()) for task in told} == {(DEFECT, 0.75)}


def test_two_people_are_handed_different_passages(keyed: TestClient, people: list[Headers]) -> None:
    handed: list[list[str]] = [[], []]
    ready = Barrier(2)

    def ask(number: int) -> None:
        ready.wait()
        for _ in range(3):
            found = take(keyed, people[number], count=20)
            handed[number] += [task["id"] for task in found]

    threads = [Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = (set(one) for one in handed)
    assert first | second
    assert not first & second


def test_what_somebody_holds_nobody_else_answers(
    keyed: TestClient, people: list[Headers], database: Database
) -> None:
    (task,) = take(keyed, people[0])
    body = {"categories": NOTHING}
    refused = keyed.post(f"{task['url']}/answer", json=body, headers=people[1])
    assert (refused.status_code, refused.json()["code"]) == (409, "review_held")
    assert keyed.post(f"{task['url']}/skip", headers=people[1]).status_code == 409
    _run_out(database, task)
    assert task["id"] in {one["id"] for one in take(keyed, people[1], count=20)}
    answered = keyed.post(f"{task['url']}/answer", json=body, headers=people[1])
    assert answered.json()["ended_by"] == "Ben"
    again = keyed.post(f"{task['url']}/answer", json=body, headers=people[0])
    assert (again.status_code, again.json()["code"]) == (409, "review_over")


def test_what_was_handed_comes_first_again(keyed: TestClient, people: list[Headers]) -> None:
    first = take(keyed, people[0], count=2)
    again = take(keyed, people[0], count=3)
    assert [task["id"] for task in first] == [
        one["id"] for one in again if one["id"] in {task["id"] for task in first}
    ]


def test_an_answer_becomes_opinions(client: TestClient, database: Database) -> None:
    tasks = take(client, count=20)
    task = next(one for one in tasks if one["turn"] == 1)
    at = WORDS.index("manual")
    said = say(
        client,
        task,
        categories={**NOTHING, DEFECT: True, GUIDE: True},
        quotes=[{"category": GUIDE, "start": at, "end": at + len("manual is wrong")}],
        sentiment="neutral",
    )
    assert said["state"] == "answered"
    with database.session() as session:
        rows = session.scalars(select(OpinionRow).where(OpinionRow.review_id == UUID(task["id"])))
        kinds = sorted((row.kind, row.category or "") for row in rows)
    assert kinds == [
        ("add", GUIDE),
        ("confirm", DEFECT),
        ("reject", REQUEST),
        ("sentiment", ""),
    ]
    found = client.get("/v1/findings", params={"interaction": task["interaction"]}).json()["data"]
    assert {(row["category"], row["quote"]) for row in found if row["turn"] == 1} == {
        (DEFECT, "leaks"),
        (GUIDE, "manual is wrong"),
    }


def test_what_is_not_there_goes(client: TestClient) -> None:
    task = next(one for one in take(client, count=20) if one["turn"] == 1)
    say(client, task, sentiment="negative")
    found = client.get("/v1/findings", params={"interaction": task["interaction"]}).json()["data"]
    assert [row for row in found if row["turn"] == 1] == []


def test_the_same_answer_twice_is_one(client: TestClient) -> None:
    (task,) = take(client)
    headers = {"Idempotency-Key": str(uuid4())}
    sent: dict[str, Any] = {"json": {"categories": NOTHING}, "headers": headers}
    first, second = (client.post(f"{task['url']}/answer", **sent) for _ in range(2))
    assert (first.status_code, first.json()) == (200, second.json())


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/categories"),
        ({"categories": {DEFECT: True}}, "/categories/documentation_error"),
        (
            {"categories": NOTHING, "quotes": [{"category": DEFECT, "start": 0, "end": 3}]},
            "",
        ),
        (
            {
                "categories": {**NOTHING, DEFECT: True},
                "quotes": [{"category": DEFECT, "start": 0, "end": 9_999}],
            },
            "/quotes",
        ),
    ],
)
def test_an_answer_that_makes_no_sense(
    client: TestClient, body: dict[str, Any], pointer: str
) -> None:
    (task,) = take(client)
    refused = client.post(f"{task['url']}/answer", json=body)
    assert refused.status_code == 422, refused.text
    assert pointer in {fault["pointer"] for fault in refused.json()["errors"]}
    assert client.get(task["url"]).json()["state"] == "open"


def test_a_passage_is_skipped(client: TestClient) -> None:
    (task,) = take(client)
    assert client.post(f"{task['url']}/skip").json()["state"] == "skipped"
    assert task["id"] not in {one["id"] for one in take(client, count=20)}


def test_nobody_there(client: TestClient) -> None:
    for path in (f"/v1/reviews/{uuid4()}/answer", f"/v1/reviews/{uuid4()}/skip"):
        assert client.post(path, json={"categories": NOTHING}).status_code == 404


def test_quality_comes_from_the_random_share(client: TestClient) -> None:
    empty = client.get("/v1/quality", params={"model": "another"}).json()
    assert (empty["answered"], empty["categories"][0]["precision"]) == (0, None)
    before = client.get("/v1/quality").json()
    assert before["model"] == "words-1"
    assert before["passages"] >= 15
    for task in take(client, count=20):
        say(client, task, categories={**NOTHING, DEFECT: task["turn"] == 1}, sentiment="negative")
    after = client.get("/v1/quality").json()
    drawn = client.get("/v1/reviews", params={"reason": "random", "limit": 200}).json()["data"]
    assert after["answered"] == after["drawn"] == len(drawn)
    defects = next(one for one in after["categories"] if one["category"] == DEFECT)
    assert defects["judged"] == len(drawn)
    assert defects["found"] == defects["there"] == sum(row["turn"] == 1 for row in drawn)
    assert defects["precision"] is None
    assert "Too few to tell" in defects["note"]


def test_keys_of_departments_are_turned_away(keyed: TestClient, database: Database) -> None:
    own = departments(database)["engineering"]
    headers = bearer(make_key(database, department=own))
    for path in ("/v1/reviews", f"/v1/reviews/{uuid4()}", "/v1/quality"):
        assert keyed.get(path, headers=headers).status_code == 403, path
    for path in ("next", f"{uuid4()}/answer", f"{uuid4()}/skip"):
        assert keyed.post(f"/v1/reviews/{path}", json={}, headers=headers).status_code == 403


def _run_out(database: Database, task: dict[str, Any]) -> None:
    """Lets the time of who holds a passage pass."""
    with database.session() as session:
        session.execute(
            update(ReviewRow)
            .where(ReviewRow.id == UUID(task["id"]))
            .values(leased_until=func.now() - timedelta(seconds=1))
        )

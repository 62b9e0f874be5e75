"""Categories of a team's own over the API: added, corrected, mined, read again, deleted."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api import jobs as queue
from api.steps.accept import accept
from api.steps.backfill import backfill
from api.steps.categories import refit
from api.steps.mine import mine
from api.store import categories, findings, jobs
from api.store.category_tables import CategoryRow
from api.store.database import Database
from api.store.findings import FindingFilter
from api.store.tables import FindingRow
from nlp.types import Interaction, Mined
from tests.api.interactions import PlainRedactor, WordMiner, WordTeacher, interaction

URL = "/v1/categories"
EXAMPLES = [f"Number {number} nearly hurt somebody." for number in range(8)]


@pytest.fixture
def add(client: TestClient) -> Any:
    """Adds a category; what is left of it is deleted afterwards."""
    made: list[str] = []

    def work(name: str, **more: Any) -> dict[str, Any]:
        answer = client.post(URL, json={"name": name, "examples": EXAMPLES, **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        assert answer.headers["location"] == found["url"]
        assert answer.headers["etag"] == '"1"'
        made.append(found["url"])
        return found

    yield work
    for url in made:
        client.delete(url)


def _stored(database: Database, *items: Interaction) -> list[UUID]:
    with database.session() as session:
        return list(accept(session, items, redactor=PlainRedactor()).ids)


def _found(database: Database, id: UUID) -> list[tuple[str, str]]:
    with database.session() as session:
        return [(row.category, row.quote) for row in findings.of(session, id)]


def test_a_category_is_added_and_answers_how_good_it_is(client: TestClient, add: Any) -> None:
    found = add(
        "safety",
        examples=[*EXAMPLES, "Call me on +44 20 7946 0958, it burned me."],
        counterexamples=["Is it safe to pay by card?"],
    )
    assert found["estimate"]["examples"] == 9
    assert set(found["estimate"]["precision"]) == {"value", "low", "high"}
    assert found["warnings"] == ["9 examples"]
    assert found["preview"]["passages"] >= 0
    texts = [row["text"] for row in found["examples"]]
    assert "7946" not in " ".join(texts)
    assert [row["carries"] for row in found["examples"]] == [True] * 9 + [False]
    read = client.get(found["url"])
    assert read.json() == {name: value for name, value in found.items() if name != "preview"}
    assert read.headers["etag"] == '"1"'
    listed = client.get(URL, params={"fields": "name,estimate"}).json()["data"]
    assert {row["name"] for row in listed} == {"safety"}


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        ({"name": "Churn risk"}, "/name", "such as 'churn_risk'"),
        ({"name": "product_defect"}, "/name", "built-in"),
        ({"examples": EXAMPLES[:7]}, "/examples", "at least 8 items"),
        ({"precision": 1.0}, "/precision", "less than 1"),
        ({"colour": "red"}, "/colour", "no such field"),
    ],
)
def test_what_no_category_can_be(
    client: TestClient, change: dict[str, Any], pointer: str, message: str
) -> None:
    answer = client.post(URL, json={"name": "safety", "examples": EXAMPLES, **change})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == pointer
    assert message in fault["message"]


def test_an_example_that_is_a_counterexample_too(client: TestClient) -> None:
    body = {"name": "safety", "examples": EXAMPLES, "counterexamples": [EXAMPLES[3]]}
    answer = client.post(URL, json=body)
    assert answer.status_code == 422
    assert "example 4 and counterexample 1 are the same" in answer.json()["detail"]
    assert client.get(URL).json()["data"] == []


def test_a_name_is_given_once(client: TestClient, add: Any) -> None:
    add("safety")
    other = add("noise")
    answer = client.post(URL, json={"name": "safety", "examples": EXAMPLES})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    taken = client.patch(other["url"], json={"name": "safety"}, headers={"If-Match": "*"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")


def test_the_same_request_twice_adds_one(client: TestClient) -> None:
    headers = {"Idempotency-Key": "safety-once"}
    body = {"name": "safety", "examples": EXAMPLES}
    first, second = (client.post(URL, json=body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    client.delete(first.json()["url"])


def test_a_change_says_which_version_it_is_of(client: TestClient, add: Any) -> None:
    url = add("safety")["url"]
    assert client.patch(url, json={"threshold": 0.9}).status_code == 428
    changed = client.patch(url, json={"threshold": 0.9}, headers={"If-Match": '"1"'})
    assert changed.json()["threshold"] == 0.9
    assert changed.json()["threshold_set"]
    assert changed.headers["etag"] == '"2"'
    late = client.patch(url, json={"enabled": False}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "changed")
    # A threshold that a person set survives new examples, until a precision is asked for.
    more = client.post(f"{url}/examples", json={"examples": ["It fell on me."]})
    assert (more.json()["threshold"], more.json()["revision"]) == (0.9, 3)
    asked = client.patch(url, json={"precision": 0.6}, headers={"If-Match": "*"})
    assert (asked.json()["threshold"], asked.json()["threshold_set"]) == (0.6, False)
    assert asked.json()["estimate"]["wanted"] == 0.6


def test_examples_come_and_go(client: TestClient, add: Any) -> None:
    url = add("safety")["url"]
    more = client.post(
        f"{url}/examples", json={"examples": ["SECRETLY hot"], "counterexamples": ["No."]}
    ).json()
    assert more["warnings"] == ["9 examples"]
    (gone,) = [row["id"] for row in more["examples"] if row["text"] == "SECRETLY hot"]
    left = client.delete(f"{url}/examples/{gone}").json()
    assert left["warnings"] == ["8 examples"]
    assert client.delete(f"{url}/examples/{gone}").status_code == 404
    last = client.delete(f"{url}/examples/{left['examples'][0]['id']}")
    assert last.status_code == 422
    assert len(client.get(url).json()["examples"]) == 9
    assert client.post(f"{url}/examples", json={}).status_code == 422


def test_new_interactions_are_mined_for_it_and_nothing_else_changes(
    client: TestClient, database: Database, add: Any, mine_all: Callable[[], list[UUID]]
) -> None:
    words = ("Hello", "It leaks and there is smoke.")
    (before,) = _stored(database, interaction("before", words=words))
    mine_all()
    url = add("smoke")["url"]
    (after,) = _stored(database, interaction("after", words=words))
    mine_all()
    assert _found(database, before) == [("product_defect", "leaks")]
    assert _found(database, after) == [("product_defect", "leaks"), ("smoke", "smoke")]
    listed = client.get("/v1/findings", params={"category": "smoke"}).json()["data"]
    assert [row["interaction"] for row in listed] == [str(after)]
    page = client.get(f"/interactions/{after}").text
    assert "Smoke" in page
    renamed = client.patch(url, json={"name": "fumes"}, headers={"If-Match": "*"})
    assert renamed.status_code == 200
    assert ("fumes", "smoke") in _found(database, after)
    client.delete(url)
    assert _found(database, after) == [("product_defect", "leaks")]
    answer = client.get("/v1/findings", params={"category": "fumes"})
    assert answer.status_code == 422
    assert "product_defect" in answer.json()["errors"][0]["message"]


def test_a_disabled_one_is_not_looked_for(
    client: TestClient, database: Database, add: Any, mine_all: Callable[[], list[UUID]]
) -> None:
    url = add("sparks")["url"]
    client.patch(url, json={"enabled": False}, headers={"If-Match": "*"})
    (id,) = _stored(database, interaction("off", words=("Hello", "There were sparks.")))
    mine_all()
    assert _found(database, id) == []


def test_what_is_deleted_while_it_is_mined_leaves_no_finding(
    client: TestClient, database: Database, add: Any
) -> None:
    url = add("glass")["url"]

    class Slow(WordMiner):
        def mine(self, interactions: list[Interaction]) -> list[Mined]:
            client.delete(url)
            return super().mine(interactions)

    (id,) = _stored(database, interaction("late", words=("Hello", "It leaks glass.")))
    miner = Slow()
    mine(database, miner, [id])
    assert miner.calls == [1, 1]  # read with the category, and again without
    assert _found(database, id) == [("product_defect", "leaks")]


def _work_off(database: Database, job: UUID) -> None:
    for _ in range(20):
        backfill(database, WordMiner(), job)
        with database.session() as session:
            row = jobs.get(session, job)
            if row is None or row.state != "running":
                return
    pytest.fail("the backfill does not end")


def test_a_backfill_finds_in_what_is_stored_and_touches_nothing_else(
    client: TestClient, database: Database, add: Any, mine_all: Callable[[], list[UUID]]
) -> None:
    words = ("Hello", "It leaks, and a wire is bare.")
    ids = _stored(database, *(interaction(f"old-{n}", words=words) for n in range(queue.BATCH + 3)))
    mine_all()
    with database.session() as session:
        wanted = FindingFilter(category="product_defect")
        before = [row.id for row in findings.list_page(session, wanted, limit=200)]
    url = add("wire")["url"]
    answer = client.post(f"{url}/backfill")
    assert answer.status_code == 202
    job = UUID(answer.json()["id"])
    assert answer.json()["kind"] == "backfill"
    assert answer.json()["progress"]["accepted"] == answer.json()["progress"]["total"]
    backfill(database, WordMiner(), job)
    halfway = client.get(answer.headers["location"]).json()["progress"]
    assert (halfway["mined"], halfway["accepted"]) == (queue.BATCH, halfway["total"] - queue.BATCH)
    _work_off(database, job)
    done = client.get(answer.headers["location"]).json()
    assert (done["state"], done["progress"]["mined"]) == ("done", done["progress"]["total"])
    assert all(("wire", "wire") in _found(database, id) for id in ids)
    with database.session() as session:
        assert [row.id for row in findings.list_page(session, wanted, limit=200)] == before
    # Again: the same rows, once.
    again = UUID(client.post(f"{url}/backfill").json()["id"])
    _work_off(database, again)
    assert _found(database, ids[0]).count(("wire", "wire")) == 1


def test_a_backfill_is_given_up_by_a_newer_one_and_by_cancelling(
    client: TestClient, database: Database, add: Any, mine_all: Callable[[], list[UUID]]
) -> None:
    _stored(database, interaction("one", words=("Hello", "A spike.")))
    mine_all()
    url = add("spike")["url"]
    first, second = (client.post(f"{url}/backfill").json() for _ in range(2))
    assert client.get(first["url"]).json()["state"] == "cancelled"
    client.post(f"{second['url']}/cancel")
    backfill(database, WordMiner(), UUID(second["id"]))
    with database.session() as session:
        found = session.scalars(select(FindingRow).where(FindingRow.category == "spike")).all()
    assert found == []


def test_a_backfill_that_no_job_holds_is_put_back(
    client: TestClient, database: Database, add: Any, mine_all: Callable[[], list[UUID]]
) -> None:
    _stored(database, interaction("lost", words=("Hello", "Steam.")))
    mine_all()
    url = add("steam")["url"]
    client.post(f"{url}/backfill")
    with database.session() as session:
        session.connection().exec_driver_sql("DELETE FROM procrastinate_jobs")
    with database.session() as session:
        assert queue.sweep(session) == 1
    with database.session() as session:
        assert queue.sweep(session) == 0


def test_another_model_fits_them_anew_and_says_so(
    client: TestClient, database: Database, add: Any
) -> None:
    url = add("safety")["url"]
    teacher = WordTeacher(digest="another")
    teacher.model = "words-2"
    assert refit(database, teacher) == ["safety"]
    assert refit(database, teacher) == []
    assert [len(lesson.examples) for lesson in teacher.lessons] == [8]
    found = client.get(url).json()
    assert found["model"] == "words-2"
    assert found["note"] == "fitted anew on words-2, as the model changed from words-1"
    assert found["revision"] == 2


def test_one_of_another_model_is_left_out_of_mining(
    database: Database, add: Any, mine_all: Callable[[], list[UUID]]
) -> None:
    add("smell")
    refit(database, WordTeacher(digest="another"))
    (id,) = _stored(database, interaction("other", words=("Hello", "A smell.")))
    mine_all()
    assert _found(database, id) == []


def test_a_preview_shows_what_is_sure_and_what_is_not(
    client: TestClient, database: Database, add: Any, mine_all: Callable[[], list[UUID]]
) -> None:
    _stored(database, interaction("shown", words=("Hello", "The handle burned me.")))
    mine_all()
    url = add("burn")["url"]
    # Every passage of `WordMiner` has the same vector, of which the category is 73 % sure.
    shown = client.get(f"{url}/preview", params={"limit": 1}).json()
    assert shown["found"] == shown["passages"] > 0
    (sample,) = shown["surest"]
    assert sample["confidence"] == pytest.approx(0.731, abs=1e-3)
    assert len(sample["text"]) == sample["end"] - sample["start"]
    client.patch(url, json={"threshold": 0.8}, headers={"If-Match": "*"})
    none = client.get(f"{url}/preview", params={"limit": 1}).json()
    assert (none["found"], none["surest"]) == (0, [])
    assert len(none["unsure"]) == 1


def test_the_numbers_come_back_as_they_were(database: Database, add: Any) -> None:
    add("exact")
    with database.session() as session:
        row = session.scalar(select(CategoryRow).where(CategoryRow.name == "exact"))
        assert row is not None
        assert row.head["weights"][0] == 2.0
        assert categories.version(session) > 0

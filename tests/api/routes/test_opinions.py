"""/v1/opinions, /v1/agreement and /v1/exports/corrections, as people and programs ask them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, insert
from starlette.testclient import TestClient

from api.steps.accept import accept
from api.steps.mine import mine
from api.store import findings
from api.store.database import Database
from api.store.department_tables import RoutedRow
from api.store.inbox_tables import RuleRow
from nlp.learn import corrections
from tests.api.interactions import PlainRedactor, WordMiner, interaction
from tests.api.keyed import asking, bearer, departments, make_key

DEFECT, GUIDE, REQUEST = "product_defect", "documentation_error", "feature_request"
WORDS = "The kettle leaks and the manual is wrong."

Headers = dict[str, str]


@pytest.fixture
def call(database: Database, mine_all: Callable[[], list[UUID]]) -> str:
    """A call whose turn 1 is `WORDS`, with a defect at 11-16."""
    with database.session() as session:
        (id,) = accept(session, [interaction(f"call-{uuid4()}")], redactor=PlainRedactor()).ids
    mine_all()
    return str(id)


@pytest.fixture(scope="module")
def keyed(app: FastAPI, database: Database) -> Iterator[TestClient]:
    with asking(app, database) as found:
        yield found


@pytest.fixture(scope="module")
def people(database: Database) -> dict[str, Headers]:
    """Keys of three people who label."""
    scopes = ("read", "label")
    return {
        name: bearer(make_key(database, name=name, scopes=scopes))
        for name in ("Anna", "Ben", "Cara")
    }


def give(client: TestClient, headers: Headers | None = None, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/opinions", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == found["url"]
    return found


def shown(client: TestClient, call: str, headers: Headers | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1/interactions/{call}", headers=headers).json()[
        "findings"
    ]
    return found


def test_a_finding_is_confirmed_and_rejected_and_comes_back(client: TestClient, call: str) -> None:
    (finding,) = shown(client, call)
    assert finding["reviewed"] is None
    confirmed = give(client, kind="confirm", finding=finding["id"])
    assert (confirmed["category"], confirmed["person"], confirmed["model"]) == (
        DEFECT,
        "local",
        "words-1",
    )
    assert confirmed["said"]["confidence"] == 0.75
    assert (confirmed["turn"], confirmed["start"], confirmed["end"]) == (1, 0, len(WORDS))
    assert shown(client, call)[0]["reviewed"] == "confirmed"
    rejected = give(client, kind="reject", finding=finding["id"], note="Ironic, says 0171 2345678.")
    assert "2345678" not in rejected["note"]
    assert shown(client, call) == []
    answer = client.post(f"{rejected['url']}/withdraw")
    assert answer.status_code == 200, answer.text
    assert answer.json()["withdrawn_by"] == "local"
    again = client.post(f"{rejected['url']}/withdraw")
    assert again.json() == answer.json()
    (back,) = shown(client, call)
    assert (back["id"], back["quote"], back["reviewed"]) == (finding["id"], "leaks", None)


def test_what_was_missed_is_added_by_its_words(client: TestClient, call: str) -> None:
    body: dict[str, Any] = {
        "interaction": call,
        "turn": 1,
        "category": GUIDE,
        "quote": {"start": 21, "end": 40},
    }
    give(client, kind="add", start=21, end=30, **body)
    added = next(one for one in shown(client, call) if one["category"] == GUIDE)
    assert (added["quote"], added["model"]) == ("the manual is wrong", "people")
    assert (added["reviewed"], added["confidence"]) == ("added", 1.0)
    listed = client.get("/v1/findings", params={"model": "people", "interaction": call}).json()
    assert [one["id"] for one in listed["data"]] == [added["id"]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "sentiment"}, "sentiment needs sentiment"),
        ({"kind": "correct"}, "correct needs becomes"),
        ({"kind": "correct", "becomes": DEFECT}, "name another"),
        ({"kind": "confirm", "speaker": "agent"}, "confirm has no speaker"),
        ({"kind": "add", "category": "wobble"}, "there is no category 'wobble'"),
        ({"kind": "quote", "quote": {"start": 30, "end": 99}}, "is not within its passage"),
        ({"kind": "confirm", "turn": 7}, "there is no turn 7"),
        ({"kind": "confirm", "turn": 0}, "say first with kind speaker"),
        ({"kind": "confirm", "start": 1}, "go together"),
        ({"kind": "confirm", "finding": str(uuid4())}, "not both"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(
    client: TestClient, call: str, change: dict[str, Any], message: str
) -> None:
    body = {"interaction": call, "turn": 1, "category": DEFECT, **change}
    if change["kind"] == "sentiment":
        del body["category"]
    answer = client.post("/v1/opinions", json=body)
    assert answer.status_code == 422, answer.text
    assert message in answer.text
    assert [one["reviewed"] for one in shown(client, call)] == [None]


def test_who_speaks_is_said_and_the_interaction_mined_again(
    client: TestClient, call: str, mine_all: Callable[[], list[UUID]]
) -> None:
    (finding,) = shown(client, call)
    give(client, kind="confirm", finding=finding["id"])
    said = give(client, kind="speaker", interaction=call, turn=1, speaker="agent")
    assert said["said"]["speaker"] == "customer"
    waiting = client.get(f"/v1/interactions/{call}").json()
    assert (waiting["state"], waiting["roles"]["source"]) == ("accepted", "options")
    assert [one["id"] for one in waiting["findings"]] == [finding["id"]]
    mine_all()
    mined = client.get(f"/v1/interactions/{call}").json()
    assert (mined["state"], mined["findings"]) == ("mined", [])
    assert client.get("/v1/opinions", params={"interaction": call}).json()["data"][1]["kind"] == (
        "confirm"
    )
    client.post(f"{said['url']}/withdraw")
    mine_all()
    back = client.get(f"/v1/interactions/{call}").json()
    assert back["roles"]["source"] == "file"
    assert [(one["quote"], one["reviewed"]) for one in back["findings"]] == [("leaks", "confirmed")]


def test_people_are_told_apart_and_their_agreement_told(
    keyed: TestClient, people: dict[str, Headers], call: str
) -> None:
    words: dict[str, Any] = {"interaction": call, "turn": 1, "category": DEFECT}
    give(keyed, people["Anna"], kind="reject", **words)
    give(keyed, people["Ben"], kind="confirm", **words)
    (tied,) = shown(keyed, call, people["Ben"])
    assert (tied["unsure"], tied["reviewed"]) == (True, None)
    give(keyed, people["Cara"], kind="confirm", **words)
    give(keyed, people["Cara"], kind="sentiment", interaction=call, turn=1, sentiment="neutral")
    found = keyed.get(f"/v1/interactions/{call}/opinions", headers=people["Ben"]).json()["data"]
    (group,) = found
    assert (group["text"], group["people"], group["categories"]) == (WORDS, 3, {DEFECT: True})
    assert group["share"] == pytest.approx(2 / 3)
    assert group["sentiment"] == "neutral"
    names = [(one["person"], one["kind"]) for one in group["opinions"]]
    assert names == [
        ("Anna", "reject"),
        ("Ben", "confirm"),
        ("Cara", "confirm"),
        ("Cara", "sentiment"),
    ]
    listed = keyed.get("/v1/opinions", params={"person": "Anna"}, headers=people["Cara"]).json()
    assert [one["interaction"] for one in listed["data"]] == [call]
    agreement = keyed.get("/v1/agreement", headers=people["Ben"]).json()["data"]
    row = next(one for one in agreement if one["about"] == DEFECT)
    assert (row["method"], row["people"], row["judgements"]) == ("fleiss", 3, 3)
    assert row["percent"] == pytest.approx(100 / 3)


def test_others_opinions_are_withdrawn_by_admins(
    keyed: TestClient, people: dict[str, Headers], database: Database, call: str
) -> None:
    words: dict[str, Any] = {"interaction": call, "turn": 1, "category": DEFECT}
    given = give(keyed, people["Anna"], kind="reject", **words)
    refused = keyed.post(f"{given['url']}/withdraw", headers=people["Ben"])
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    admin = bearer(make_key(database, name="admin"))
    assert keyed.post(f"{given['url']}/withdraw", headers=admin).json()["withdrawn_by"] == "admin"
    assert len(shown(keyed, call, people["Ben"])) == 1


def test_a_department_speaks_of_what_reached_it_and_sees_its_own(
    keyed: TestClient, people: dict[str, Headers], database: Database, call: str
) -> None:
    known = departments(database)
    with database.session() as session:
        session.execute(delete(RuleRow))
        session.execute(delete(RoutedRow))
        (finding,) = findings.of(session, UUID(call))
        values = {"finding_id": finding.id, "interaction_id": UUID(call), "passage": 0, "turn": 1}
        reached = known["engineering"]
        session.execute(insert(RoutedRow).values(department_id=reached, **values))
    ours = bearer(make_key(database, department=known["engineering"]))
    theirs = bearer(make_key(database, department=known["documentation"]))
    give(keyed, people["Anna"], kind="confirm", finding=str(finding.id))
    body = {"kind": "confirm", "finding": str(finding.id)}
    assert keyed.post("/v1/opinions", json=body, headers=theirs).status_code == 404
    given = give(keyed, ours, **body)
    assert given["department"] == str(known["engineering"])
    for headers, seen in ((ours, [given["id"]]), (theirs, [])):
        listed = keyed.get("/v1/opinions", headers=headers).json()["data"]
        assert [one["id"] for one in listed] == seen
    assert keyed.get(given["url"], headers=theirs).status_code == 404
    speaker = {"kind": "speaker", "interaction": call, "turn": 1, "speaker": "agent"}
    assert keyed.post("/v1/opinions", json=speaker, headers=ours).status_code == 403
    assert keyed.get("/v1/exports/corrections", headers=ours).status_code == 403


@pytest.fixture
def reached(database: Database) -> tuple[dict[str, str], dict[str, UUID]]:
    """Findings of a call by category, of which the defect alone reached engineering, and no other.

    And the departments.
    """
    with database.session() as session:
        (id,) = accept(session, [interaction(f"call-{uuid4()}")], redactor=PlainRedactor()).ids
    mine(database, WordMiner(words={DEFECT: "leaks", GUIDE: "manual is wrong"}), [id])
    known = departments(database)
    with database.session() as session:
        session.execute(delete(RuleRow))
        session.execute(delete(RoutedRow))
        rows = {row.category: row.id for row in findings.of(session, id)}
        values = {"finding_id": rows[DEFECT], "interaction_id": id, "passage": 0, "turn": 1}
        session.execute(insert(RoutedRow).values(department_id=known["engineering"], **values))
    return {"call": str(id), **{name: str(row) for name, row in rows.items()}}, known


def told(client: TestClient, headers: Headers, opinion: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of an opinion that a caller sees."""
    asked: dict[str, str | int] = {"types": "finding.reviewed", "limit": 200}
    rows = client.get("/v1/events", params=asked, headers=headers).json()["data"]
    return [row["data"] for row in rows if row["data"]["opinion"] == opinion["id"]]


def test_a_department_is_told_of_no_finding_that_did_not_reach_it(
    keyed: TestClient, database: Database, reached: tuple[dict[str, str], dict[str, UUID]]
) -> None:
    ids, known = reached
    ours = bearer(make_key(database, department=known["engineering"]))
    whole = bearer(make_key(database))
    words: dict[str, Any] = {"interaction": ids["call"], "turn": 1}
    for named in (words, {"finding": ids[DEFECT]}):
        given = give(keyed, ours, kind="add", category=GUIDE, **named)
        shown = {"said": None, "finding": named.get("finding")}
        read = keyed.get(given["url"], headers=ours).json()
        (group,) = keyed.get(f"/v1/interactions/{ids['call']}/opinions", headers=ours).json()[
            "data"
        ]
        for one in (given, read, group["opinions"][-1]):
            assert {name: one[name] for name in shown} == shown
        seen = keyed.get(given["url"], headers=whole).json()
        assert (seen["said"]["category"], seen["finding"]) == (
            GUIDE,
            named.get("finding", ids[GUIDE]),
        )
        logged = keyed.get("/v1/audit", params={"about": given["id"]}, headers=whole).json()["data"]
        assert ids[GUIDE] not in str([row for row in logged if row["action"] == "opinion.given"])
        assert [one["finding"] for one in told(keyed, ours, given)] == [shown["finding"]]
    for headers, number in ((ours, 0), (whole, 1)):
        params = {"finding": ids[GUIDE]}
        assert len(keyed.get("/v1/opinions", params=params, headers=headers).json()["data"]) == (
            number
        )
    own = give(keyed, ours, kind="reject", finding=ids[DEFECT])
    assert (own["said"]["category"], own["finding"]) == (DEFECT, ids[DEFECT])


def test_departments_hear_of_what_reached_them(
    keyed: TestClient, database: Database, reached: tuple[dict[str, str], dict[str, UUID]]
) -> None:
    ids, known = reached
    ours = bearer(make_key(database, department=known["engineering"]))
    theirs = bearer(make_key(database, department=known["documentation"]))
    whole = bearer(make_key(database))
    hook = {"url": "https://a.example.com/", "types": ["finding.reviewed"]}
    hooks = []
    for department in (known["documentation"], None):
        sent = {**hook, **({"department": str(department)} if department else {})}
        answer = keyed.post("/v1/webhooks", json=sent, headers=whole)
        assert answer.status_code == 201, answer.text
        hooks.append(f"/v1/webhooks/{answer.json()['id']}")
    guide = give(keyed, whole, kind="confirm", finding=ids[GUIDE])
    defect = give(keyed, whole, kind="reject", finding=ids[DEFECT])
    feeling = give(
        keyed, whole, kind="sentiment", interaction=ids["call"], turn=1, sentiment="neutral"
    )
    for headers, heard in ((whole, (1, 1, 1)), (ours, (0, 1, 0)), (theirs, (0, 0, 0))):
        counted = tuple(len(told(keyed, headers, one)) for one in (guide, defect, feeling))
        assert counted == heard
    pushed = [len(keyed.get(f"{url}/deliveries", headers=whole).json()["data"]) for url in hooks]
    assert pushed == [0, 3]
    for url in hooks:
        assert keyed.delete(url, headers=whole).status_code == 204


def test_an_event_and_the_log_tell_of_it_by_ids(client: TestClient, call: str) -> None:
    (finding,) = shown(client, call)
    given = give(client, kind="confirm", finding=finding["id"])
    events = client.get("/v1/events", params={"types": "finding.reviewed", "limit": 200}).json()
    data = events["data"][-1]["data"]
    assert data == {"opinion": given["id"], "interaction": call, "finding": finding["id"]}
    logged = client.get("/v1/audit", params={"about": given["id"]}).json()["data"]
    assert [row["action"] for row in logged] == ["opinion.given"]


def test_corrections_are_read_back_as_they_were_given(
    client: TestClient, database: Database, call: str, tmp_path: Path
) -> None:
    (finding,) = shown(client, call)
    give(client, kind="reject", finding=finding["id"])
    words: dict[str, Any] = {"interaction": call, "turn": 1}
    give(client, kind="add", category=GUIDE, quote={"start": 21, "end": 40}, **words)
    last = give(client, kind="sentiment", sentiment="neutral", **words)
    answer = client.get("/v1/exports/corrections")
    assert answer.headers["content-type"] == "application/x-ndjson"
    file = tmp_path / "corrections.jsonl"
    file.write_bytes(answer.content)
    read = {one.interaction.id: one for one in corrections.read_file(file)}
    one = read[call]
    assert [turn.text for turn in one.interaction.turns] == ["How can I help?", WORDS]
    (judged,) = one.judgements
    assert (judged.turn, judged.start, judged.end) == (1, 0, len(WORDS))
    assert dict(judged.categories) == {DEFECT: False, GUIDE: True}
    assert (judged.sentiment, judged.people, judged.share) == ("neutral", 1, 1.0)
    assert (judged.reason, judged.model) == ("given", "words-1")
    (quote,) = judged.quotes
    assert WORDS[quote.start : quote.end] == "the manual is wrong"
    assert corrections.as_line(one) in [json.loads(line) for line in answer.text.splitlines()]
    assert client.get("/v1/exports/corrections", params={"model": "other"}).text == ""
    later = client.get("/v1/exports/corrections", params={"since": last["at"]}).text
    assert [json.loads(line)["id"] for line in later.splitlines()] == [call]

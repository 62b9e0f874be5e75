"""Decisions about themes over the API: carried out at once, obeyed from then on, and undone."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from api.steps.retheme import retheme
from api.store import idempotency, theme_runs
from api.store.database import Database
from tests.api.themed import SUBJECTS, calls, gather, said, store

URL = "/v1/themes"
EDITS = "/v1/theme-edits"
EACH = 8

Send = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def filled(database: Database) -> None:
    """Five themes of eight calls each."""
    for subject in SUBJECTS:
        store(database, calls(subject, range(EACH)))
    gather(database, "all")


@pytest.fixture
def send(client: TestClient) -> Any:
    """Posts a decision; all that were posted are undone afterwards, the last first."""
    made: list[str] = []

    def work(path: str, **body: Any) -> dict[str, Any]:
        answer = client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        url = found["url"] if found["url"].startswith(EDITS) else edit_of(client, found["id"])
        made.append(url)
        return found

    yield work
    for url in reversed(made):
        client.post(f"{url}/undo")


def edit_of(client: TestClient, theme: str) -> str:
    (edit, *_) = client.get(EDITS, params={"theme": theme}).json()["data"]
    return str(edit["url"])


def read(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def findings(client: TestClient, theme: str) -> dict[str, str]:
    """Quotes of a theme's findings, to their ids."""
    rows = read(client, f"{URL}/{theme}/findings", limit=200)["data"]
    return {row["quote"]: row["id"] for row in rows}


def about(client: TestClient, subject: str) -> str:
    """The id of the theme in which the first finding of a subject stands."""
    for theme in read(client, URL, limit=50)["data"]:
        if said(subject, 0) in findings(client, theme["id"]):
            return str(theme["id"])
    raise AssertionError(f"no theme is about {subject}")


def patch(client: TestClient, id: str, match: str | None = "*", **body: Any) -> Any:
    headers = {} if match is None else {"If-Match": match}
    return client.patch(f"{URL}/{id}", json=body, headers=headers)


def undo_last(client: TestClient, theme: str) -> None:
    answer = client.post(f"{edit_of(client, theme)}/undo")
    assert answer.status_code == 200, answer.text


# Names, pins and hiding


def test_a_name_stays_through_a_clustering_until_it_is_taken_back(
    client: TestClient, database: Database
) -> None:
    id = about(client, "lid")
    machine = read(client, f"{URL}/{id}")["name"]
    answer = patch(client, id, name=" Lids  that leak ", description="  Kettles. ")
    found = answer.json()
    assert found["name"] == "Lids that leak"
    assert (found["named_by"], found["machine_name"]) == ("person", machine)
    assert found["description"] == "Kettles."
    assert answer.headers["etag"] == f'"{found["revision"]}"'
    store(database, calls("lid", range(20, 24)))
    gather(database, "all")
    after = read(client, f"{URL}/{id}")
    assert after["name"] == found["name"]
    assert after["interactions"] == EACH + 4
    back = patch(client, id, name=None).json()
    assert (back["name"], back["named_by"]) == (back["machine_name"], "machine")
    kinds = [row["kind"] for row in read(client, EDITS, theme=id)["data"]]
    assert kinds == ["rename", "describe", "rename"]


def test_personal_data_in_a_name_is_taken_out(client: TestClient) -> None:
    id = about(client, "guide")
    found = patch(client, id, name="Call back +44 20 7946 0958").json()
    assert "7946" not in found["name"]
    assert "[PHONE" in found["name"]
    assert "7946" not in client.get(EDITS, params={"theme": id}).text
    undo_last(client, id)


def test_a_change_says_which_version_it_is_of(client: TestClient) -> None:
    id = about(client, "login")
    etag = client.get(f"{URL}/{id}").headers["etag"]
    assert patch(client, id, match=None, pinned=True).status_code == 428
    first = patch(client, id, match=etag, pinned=True)
    assert (first.status_code, first.json()["pinned"]) == (200, True)
    late = patch(client, id, match=etag, hidden=True)
    assert (late.status_code, late.json()["code"]) == (412, "changed")
    assert first.headers["etag"] in late.json()["detail"]
    # A second time nothing changes, and no edit is written.
    before = read(client, EDITS, theme=id)["data"]
    same = patch(client, id, pinned=True)
    assert same.headers["etag"] == first.headers["etag"]
    assert read(client, EDITS, theme=id)["data"] == before
    merge = client.post(
        f"{URL}/{id}/merge", json={"into": about(client, "lid")}, headers={"If-Match": etag}
    )
    assert merge.status_code == 412
    undo_last(client, id)


def test_a_hidden_theme_is_out_of_lists_and_takes_findings(
    client: TestClient, database: Database
) -> None:
    id = about(client, "dark")
    size = read(client, f"{URL}/{id}")["interactions"]
    patch(client, id, hidden=True)
    assert id not in {row["id"] for row in read(client, URL)["data"]}
    assert [row["id"] for row in read(client, URL, hidden=True)["data"]] == [id]
    (more,) = store(database, calls("dark", range(30, 31)))
    assert read(client, f"{URL}/{id}")["interactions"] == size + 1
    client.delete(f"/v1/interactions/{more}")
    patch(client, id, hidden=False)
    assert id in {row["id"] for row in read(client, URL)["data"]}


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        ({}, "", "send one or more of name"),
        ({"name": " "}, "/name", "empty"),
        ({"name": "x" * 201}, "/name", "at most 200"),
        ({"name": 7}, "/name", "string"),
        ({"pinned": None}, "/pinned", "boolean"),
        ({"description": "x" * 2001}, "/description", "at most 2000"),
        ({"colour": "red"}, "/colour", "no such field"),
        ({"name": "a\x00b"}, "/name", "U+0000"),
    ],
)
def test_what_no_theme_can_be(
    client: TestClient, body: dict[str, Any], pointer: str, message: str
) -> None:
    answer = patch(client, about(client, "lid"), **body)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert (fault["in"], fault["pointer"]) == ("body", pointer)
    assert message in fault["message"]


# Merging


def test_a_merged_theme_is_gone_and_says_where_to(
    client: TestClient, database: Database, send: Send
) -> None:
    lid, battery = about(client, "lid"), about(client, "battery")
    sizes = [read(client, f"{URL}/{id}")["interactions"] for id in (lid, battery)]
    edit = send(f"{URL}/{battery}/merge", into=lid)
    assert (edit["kind"], edit["theme"]["id"], edit["other"]["id"]) == ("merge", battery, lid)
    assert edit["passages"] == EACH
    assert read(client, f"{URL}/{lid}")["interactions"] == sum(sizes)
    for path in ("", "/quotes", "/findings", "/trend", "/breakdown", "/similar", "/related"):
        answer = client.get(f"{URL}/{battery}{path}")
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (410, "theme_merged"), path
        assert problem["merged_into"] == {"id": lid, "url": f"{URL}/{lid}"}
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["link"] == f'<{URL}/{lid}>; rel="successor-version"'
    assert patch(client, battery, name="x").status_code == 410
    assert client.post(f"{URL}/{battery}/merge", json={"into": lid}).status_code == 410
    move = {"findings": list(findings(client, lid).values())[:1], "to": battery}
    assert client.post(f"{URL}/move", json=move).status_code == 410
    told = read(client, f"{URL}/{battery}/lineage")["data"][0]
    assert (told["kind"], told["edit"]) == ("merged", edit["id"])
    assert [row["id"] for row in told["others"]] == [lid]
    (row,) = read(client, URL, state="merged")["data"]
    assert (row["id"], row["merged_into"]["id"], row["growth"]) == (battery, lid, None)
    narrowed = client.get("/v1/findings", params={"theme": battery})
    assert lid in narrowed.json()["errors"][0]["message"]

    gather(database, "all")
    assert client.get(f"{URL}/{battery}").status_code == 410
    assert read(client, f"{URL}/{lid}")["interactions"] == sum(sizes)

    undone = client.post(f"{edit['url']}/undo").json()
    assert undone["undone_at"]
    assert [read(client, f"{URL}/{id}")["interactions"] for id in (lid, battery)] == sizes
    gather(database, "all")
    assert [read(client, f"{URL}/{id}")["interactions"] for id in (lid, battery)] == sizes


def test_a_merge_of_a_merge_leads_to_the_last(client: TestClient, send: Send) -> None:
    lid, login, dark = (about(client, subject) for subject in ("lid", "login", "dark"))
    first = send(f"{URL}/{lid}/merge", into=login)
    send(f"{URL}/{login}/merge", into=dark)
    assert client.get(f"{URL}/{lid}").json()["merged_into"]["id"] == dark
    # What a later decision rests on cannot be taken back before that one.
    refused = client.post(f"{first['url']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "still_needed")
    assert "undo" in refused.json()["detail"]


@pytest.mark.parametrize("into", ["itself", "nothing", "another scope"])
def test_what_cannot_be_merged(client: TestClient, database: Database, into: str) -> None:
    lid = about(client, "lid")
    if into == "another scope":
        gather(database, "product_defect")
        goal = read(client, URL, scope="product_defect")["data"][0]["id"]
    else:
        goal = {"itself": lid, "nothing": str(uuid4())}[into]
    answer = client.post(f"{URL}/{lid}/merge", json={"into": goal})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/into"
    assert client.post(f"{URL}/{uuid4()}/merge", json={"into": lid}).status_code == 404


# Splitting, moving, seeding


def test_what_is_split_off_stays_apart(client: TestClient, database: Database, send: Send) -> None:
    lid = about(client, "lid")
    mine = findings(client, lid)
    chosen = [mine[said("lid", number)] for number in range(3)]
    edit = send(f"{URL}/{lid}/split", findings=chosen, name="Only these three")
    new = edit["other"]["id"]
    assert edit["other"]["name"] == "Only these three"
    assert set(findings(client, new).values()) == set(chosen)
    assert len(findings(client, lid)) == len(mine) - 3
    gather(database, "all")
    assert set(chosen) <= set(findings(client, new).values())
    assert not set(chosen) & set(findings(client, lid).values())
    assert read(client, f"{URL}/{new}")["name"] == "Only these three"
    client.post(f"{edit['url']}/undo")
    assert client.get(f"{URL}/{new}").json()["merged_into"]["id"] == lid
    assert findings(client, lid) == mine


def test_what_cannot_be_split(client: TestClient) -> None:
    lid, login = about(client, "lid"), about(client, "login")
    mine, others = findings(client, lid), findings(client, login)
    for chosen, message in (
        ([*others.values()][:1], "do not stand first in theme"),
        ([*mine.values()], "nothing would be left"),
        ([str(uuid4())], "not there"),
    ):
        answer = client.post(f"{URL}/{lid}/split", json={"findings": chosen, "name": "x"})
        assert answer.status_code == 422, answer.text
        (fault,) = answer.json()["errors"]
        assert fault["pointer"] == "/findings"
        assert message in fault["message"]
    answer = client.post(f"{URL}/{lid}/split", json={"findings": [], "name": "x"})
    assert answer.json()["errors"][0]["pointer"] == "/findings"
    assert findings(client, lid) == mine


def test_what_is_moved_stays_there(client: TestClient, database: Database, send: Send) -> None:
    lid, login = about(client, "lid"), about(client, "login")
    one = findings(client, lid)[said("lid", 0)]
    edit = send(f"{URL}/move", findings=[one], to=login)
    assert (edit["kind"], edit["theme"]["id"], edit["passages"]) == ("move", login, 1)
    assert one in findings(client, login).values()
    gather(database, "all")
    (row,) = [
        row
        for row in read(client, f"{URL}/{login}/findings", limit=200)["data"]
        if row["id"] == one
    ]
    assert row["placed_by"] == "person"
    client.post(f"{edit['url']}/undo")
    assert one in findings(client, lid).values()
    out = send(f"{URL}/move", findings=[one], to=None, scope="all")
    assert out["theme"] is None
    gather(database, "all")
    assert one not in findings(client, lid).values()
    waiting = read(client, f"{URL}/emerging", limit=200)["data"]
    assert one in {row["id"] for row in waiting}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"to": None}, "/scope"),
        ({}, "/to"),
        ({"to": None, "scope": "wishes"}, "/scope"),
        ({"to": None, "scope": "feature_request"}, "/findings"),
    ],
)
def test_what_cannot_be_moved(client: TestClient, body: dict[str, Any], pointer: str) -> None:
    one = findings(client, about(client, "lid"))[said("lid", 1)]
    answer = client.post(f"{URL}/move", json={"findings": [one], **body})
    assert answer.status_code == 422, answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert client.post(f"{URL}/move", json={"findings": [one], "to": str(uuid4())}).status_code == (
        404
    )


def test_a_theme_of_ones_own(client: TestClient, database: Database, send: Send) -> None:
    battery = about(client, "battery")
    mine = findings(client, battery)
    chosen = [mine[said("battery", number)] for number in range(2)]
    made = send(URL, name="Charging", findings=chosen)
    assert (made["name"], made["made_by"], made["interactions"]) == ("Charging", "person", 2)
    assert made["area"] is None
    assert read(client, "/v1/areas", limit=200)["data"][-1]["id"] is None
    gather(database, "all")
    after = read(client, f"{URL}/{made['id']}")
    assert after["name"] == "Charging"
    assert set(chosen) <= set(findings(client, made["id"]).values())


def test_what_no_theme_of_ones_own_can_be(client: TestClient) -> None:
    one = findings(client, about(client, "lid"))[said("lid", 1)]
    for body, pointer in (
        ({"name": "x", "findings": [one], "scope": "nothing"}, "/scope"),
        ({"name": "x", "findings": []}, "/findings"),
        ({"name": "x", "findings": [str(uuid4())]}, "/findings"),
        ({"findings": [one]}, "/name"),
        ({"name": "x", "findings": [one], "scope": "feature_request"}, "/findings"),
        ({"name": "x", "findings": "all"}, "/findings"),
    ):
        answer = client.post(URL, json=body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)


# Constraints


def test_what_belongs_apart_and_together(
    client: TestClient, database: Database, send: Send
) -> None:
    lid, login = about(client, "lid"), about(client, "login")
    mine, others = findings(client, lid), findings(client, login)
    left, right = mine[said("lid", 2)], mine[said("lid", 3)]
    apart = send(f"{URL}/constraints", apart=[[left], [right]])
    assert (apart["kind"], apart["theme"], apart["passages"]) == ("apart", None, 2)
    assert findings(client, lid) == mine  # nothing moves now
    gather(database, "all")
    assert not {left, right} <= set(findings(client, lid).values())
    client.post(f"{apart['url']}/undo")
    gather(database, "all")
    pair = [mine[said("lid", 4)], others[said("login", 4)]]
    send(f"{URL}/constraints", together=pair)
    gather(database, "all")
    # One of them is at home elsewhere as well, and stands there too, in second place.
    first = {
        row["id"]: id
        for id in (lid, login)
        for row in read(client, f"{URL}/{id}/findings", limit=200)["data"]
        if not row["second"]
    }
    assert first[pair[0]] == first[pair[1]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"together": 2, "apart": 2}, "/"),
        ({"together": "one"}, "/together"),
        ({"together": "twice"}, "/together"),
        ({"apart": "same"}, "/apart"),
        ({"apart": "three"}, "/apart"),
    ],
)
def test_what_cannot_be_bound(client: TestClient, body: dict[str, Any], pointer: str) -> None:
    one, two, *_ = findings(client, about(client, "lid")).values()
    values: dict[Any, Any] = {
        "one": [one],
        "twice": [one, one],
        "same": [[one], [one, two]],
        "three": [[one], [two], [two]],
        2: [one, two],
    }
    answer = client.post(f"{URL}/constraints", json={key: values[body[key]] for key in body})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


# Edits, keys, jobs


def test_edits_page_by_page_and_one_by_one(client: TestClient) -> None:
    first = read(client, EDITS, limit=2, fields="id,kind")
    second = read(client, EDITS, limit=2, cursor=first["next"])
    assert not {row["id"] for row in first["data"]} & {row["id"] for row in second["data"]}
    assert set(first["data"][0]) == {"id", "kind"}
    edit = second["data"][0]
    assert read(client, edit["url"]) == edit
    assert read(client, EDITS, scope="feature_request")["data"] == []
    assert client.get(f"{EDITS}/{uuid4()}").status_code == 404
    assert client.post(f"{EDITS}/{uuid4()}/undo").status_code == 404
    assert client.get(EDITS, params={"scope": "x"}).json()["errors"][0]["pointer"] == "/scope"


def test_an_edit_is_undone_once(client: TestClient) -> None:
    id = about(client, "guide")
    patch(client, id, description="Once.")
    url = edit_of(client, id)
    assert client.post(f"{url}/undo").status_code == 200
    assert read(client, f"{URL}/{id}")["description"] == ""
    again = client.post(f"{url}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "still_needed")


def test_the_same_request_twice_is_one_edit(client: TestClient, database: Database) -> None:
    lid = about(client, "lid")
    one = findings(client, lid)[said("lid", 5)]
    headers = {"Idempotency-Key": "themes-once"}
    body = {"findings": [one], "name": "Once only"}
    first, second = (client.post(URL, json=body, headers=headers) for _ in range(2))
    assert first.status_code == 201
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"] == first.json()["url"]
    assert first.headers["etag"] == f'"{first.json()["revision"]}"'
    assert second.headers["Idempotent-Replayed"] == "true"
    with database.session() as session:
        assert idempotency.find(session, "themes-once", f"POST {URL}") is not None
    undo_last(client, first.json()["id"])


def test_gathering_is_a_job_that_can_be_followed_and_given_up(
    client: TestClient, database: Database
) -> None:
    before = read(client, URL)["data"]
    answer = client.post(f"{URL}/recluster", json={"scope": "all"})
    assert answer.status_code == 202
    job = answer.json()
    assert (job["kind"], job["state"], job["source"]) == ("themes", "running", "all")
    assert job["progress"]["total"] == job["progress"]["accepted"] > 0
    # While it is under way nobody starts another: its own is answered.
    again = client.post(f"{URL}/recluster", json={"scope": "all"})
    assert again.headers["location"] == answer.headers["location"] == job["url"]
    given_up = client.post(f"{job['url']}/cancel").json()
    assert given_up["state"] == "cancelled"
    retheme(database, UUID(job["id"]))
    assert read(client, URL)["data"] == before
    every = client.post(f"{URL}/recluster")
    assert every.json()["source"] == "themes"
    retheme(database, UUID(every.json()["id"]))
    done = read(client, every.json()["url"])
    assert (done["state"], done["progress"]["accepted"]) == ("done", 0)
    with database.session() as session:
        runs = theme_runs.list_page(session, limit=99)
        gathered = {run.scope for run in runs if run.job_id == UUID(every.json()["id"])}
        assert gathered >= {"all", "product_defect", "feature_request"}
    assert {row["id"] for row in read(client, URL)["data"]} == {row["id"] for row in before}
    wrong = client.post(f"{URL}/recluster", json={"scope": "x"})
    assert wrong.json()["errors"][0]["pointer"] == "/scope"

"""Two keys of two departments: neither sees the other's words by any operation that reads.

Every finding carries an unmistakable word that says whom it reached. The walk is over the OpenAPI
document, so that an operation that is added is walked too, or fails here until it can be.
"""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select
from starlette.testclient import TestClient

from api.store import alerts, jobs, opinions
from api.store.database import Database
from api.store.department_tables import RoutedRow
from api.store.ids import new_id
from api.store.inbox_tables import RuleRow
from api.store.tables import FindingRow, JobRow, RejectionRow
from api.store.theme_tables import ThemeRow
from api.store.view import View
from tests.api.keyed import bearer, departments, make_key
from tests.api.themed import call, gather, said, store

ENGINEERING, SUPPORT = "engineering", "support"
OURS, THEIRS, SHARED, NOBODYS = "zanzibarcobalt", "ostrichvermilion", "gondolaindigo", "walrusochre"
REACHED = {
    OURS: (ENGINEERING,),
    THEIRS: (SUPPORT,),
    SHARED: (ENGINEERING, SUPPORT),
    NOBODYS: (),
}
"""Which departments a finding with this word reached."""

UNSEEN = {ENGINEERING: (THEIRS, NOBODYS), SUPPORT: (OURS, NOBODYS)}
LISTED_BY = {"id": None, "name": None, "noun": None, "delivery": None, "example": None}
"""Parts of paths that the walk can fill in: from the list above them, or the schema's own words."""

ASKED: dict[str, tuple[str, ...]] = {
    "q": (*REACHED, "app keeps logging me out"),
    "by": ("week", "category", "theme", "channel", "product", "metadata.product"),
    "scope": ("all", "product_defect"),
    "noun": ("interactions", "findings", "themes"),
}
"""Values of parameters that have to be there, or that lead to other rows."""

PAGES = ("/", "/themes/{id}", "/interactions/{id}")


def _say(subject: str, number: int, word: str) -> str:
    return f"{said(subject, number)} {word}"


@pytest.fixture(scope="module", autouse=True)
def filled(database: Database) -> None:
    """A theme of everybody's, one of each department's own, and calls in which both say things."""
    words = list(REACHED)
    items = [
        call(f"mixed-{n}", _say("lid", n, words[n % 4]), subject=f"About it, {NOBODYS}")
        for n in range(16)
    ]
    items += [call(f"ours-{n}", _say("login", n, OURS)) for n in range(8)]
    items += [call(f"theirs-{n}", _say("battery", n, THEIRS)) for n in range(8)]
    items += [
        call(f"both-{n}", _say("login", n, OURS), f"An aside, {NOBODYS}.", _say("lid", n, THEIRS))
        for n in range(40, 46)
    ]
    items.append(call("waits", f"an odd remark about something else {THEIRS}"))
    with database.session() as session:
        # Whom a finding reaches is said below, word by word.
        session.execute(delete(RuleRow))
    store(database, items)
    _route(database)
    gather(database, "all", "product_defect")
    _beside(database)


def _route(database: Database) -> None:
    known = departments(database)
    with database.session() as session:
        for row in session.scalars(select(FindingRow)).all():
            word = next(word for word in REACHED if word in row.quote)
            for name in REACHED[word]:
                values = {
                    "department_id": known[name],
                    "finding_id": row.id,
                    "interaction_id": row.interaction_id,
                    "passage": row.passage,
                    "turn": row.turn,
                }
                session.execute(insert(RoutedRow).values(values))


def _beside(database: Database) -> None:
    """Jobs with rejections of each department, and an alert of each theme."""
    for name, word in ((ENGINEERING, OURS), (SUPPORT, THEIRS)):
        view = View(department=departments(database)[name])
        with database.session(view) as session:
            job = jobs.create(session, source=f"{word}.zip")
            part = {"job_id": job.id, "index": 0, "source": f"{word}.txt"}
            session.execute(insert(RejectionRow).values(**part, code="empty", message=word))
    _speak(database)
    with database.session() as session:
        for theme in session.scalars(select(ThemeRow)).all():
            day = date(2026, 3, 9)
            values = {"scope": theme.scope, "theme_id": theme.id, "kind": "burst"}
            alerts.open_new(session, {**values, "opened": day, "last": day, "peak": 4.0})


def _speak(database: Database) -> None:
    """Opinions of each department's people, and of others, on findings with each word."""
    known = departments(database)
    with database.session() as session:
        for word, names in ((OURS, (ENGINEERING,)), (THEIRS, (SUPPORT,)), (NOBODYS, (None,))):
            row = session.scalars(select(FindingRow).where(FindingRow.quote.contains(word))).first()
            assert row is not None
            for name in names:
                values = {
                    "interaction_id": row.interaction_id,
                    "turn": row.turn,
                    "start": row.start,
                    "end": row.end,
                    "kind": "confirm",
                    "category": row.category,
                    "finding_id": row.id,
                    "caller": "somebody",
                    "department_id": None if name is None else known[name],
                    "note": f"They say {word}.",
                }
                opinions.add(session, values)


@pytest.fixture(scope="module")
def keys(database: Database) -> dict[str, dict[str, str]]:
    """Headers with a key that may do everything, of each department and of none."""
    known = departments(database)
    bound = {name: bearer(make_key(database, department=known[name])) for name in UNSEEN}
    return {**bound, "whole": bearer(make_key(database))}


@pytest.fixture(scope="module")
def decided(keyed: TestClient, keys: dict[str, dict[str, str]]) -> None:
    """A category whose examples hold words, and an edit."""
    whole = keys["whole"]
    examples = [f"It burned my hand, number {n}, {NOBODYS}" for n in range(9)]
    body = {"name": "safety", "examples": examples}
    assert keyed.post("/v1/categories", json=body, headers=whole).status_code == 201
    theme = keyed.get("/v1/themes", headers=whole).json()["data"][0]
    url, match = theme["url"], {**whole, "If-Match": "*"}
    assert keyed.patch(url, json={"pinned": True}, headers=match).status_code == 200


def _operations(client: TestClient) -> dict[str, dict[str, Any]]:
    document = client.get("/openapi.json").json()
    return {path: methods["get"] for path, methods in document["paths"].items() if "get" in methods}


def _paths(client: TestClient, path: str, whole: dict[str, str]) -> list[str]:
    """A path with every id that there is, also those of other departments, in it."""
    before, brace, after = path.partition("{")
    if not brace:
        return [path]
    name, _, rest = after.partition("}")
    assert name in LISTED_BY, f"{path}: nobody says here how {{{name}}} is filled in"
    if name == "noun":
        found = list(ASKED["noun"])
    else:
        noun = before.removesuffix("/")
        answer = client.get(noun, params={"limit": 200}, headers=whole)
        made_up = answer.status_code == 404 and noun.count("/") > 2
        assert made_up or answer.status_code == 200, f"{path}: {noun} has to list {{{name}}}"
        column = "name" if name == "name" else "id"
        found = [] if made_up else [row[column] for row in answer.json()["data"]]
        found = _spread(found) or [str(uuid4())]
    return [one for value in found for one in _paths(client, f"{before}{value}{rest}", whole)]


def _spread(ids: list[str]) -> list[str]:
    """Some of many, from the first to the last: those of every kind that was stored."""
    return ids[:: max(1, len(ids) // 6)]


def _questions(path: str, operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Queries that an operation takes: those that have to be there, and wide ones."""
    known = {row["name"]: row for row in operation.get("parameters", []) if row["in"] == "query"}
    needed = [name for name, row in known.items() if row.get("required")]
    for name in needed:
        assert name in ASKED, f"{path}: nobody says here what ?{name}= may be"
    base = {name: ASKED[name][0] for name in needed}
    if "limit" in known:
        limit = known["limit"]["schema"].get("maximum", 50)
        base["limit"] = min(limit, 200)
    found = [base]
    for name in known:
        found += [{**base, name: value} for value in ASKED.get(name, ())]
    if "state" in known and path == "/v1/themes":
        found += [{**base, "state": "merged"}]
    return found


def _streams(operation: dict[str, Any]) -> bool:
    """Whether it never ends: such a one tells events, which name things by id alone."""
    return "text/event-stream" in operation["responses"]["200"]["content"]


def _walk(client: TestClient, headers: dict[str, str], whole: dict[str, str]) -> dict[str, str]:
    """Everything that a key is answered, by address: body and headers."""
    said: dict[str, str] = {}
    for path, operation in _operations(client).items():
        if _streams(operation):
            continue
        for address in _paths(client, path, whole):
            for params in _questions(path, operation):
                answer = client.get(address, params=params, headers=headers)
                assert answer.status_code < 500, (address, params, answer.text)
                heads = {key: text for key, text in answer.headers.items() if key != "link"}
                said[f"{path} {address} {params}"] = f"{answer.text} {heads}"
    for page in PAGES:
        noun = page.replace("{id}", "").strip("/")
        listed = client.get(f"/v1/{noun}", params={"limit": 200}, headers=whole) if noun else None
        for id in _spread([row["id"] for row in listed.json()["data"]]) if listed else [""]:
            answer = client.get(page.replace("{id}", id), headers=headers)
            assert answer.status_code < 500, (page, answer.text)
            said[f"{page} {id}"] = f"{answer.text} {dict(answer.headers)}"
    return said


def _with(word: str, said: dict[str, str]) -> set[str]:
    """In which operations a word is told."""
    return {place.partition(" ")[0] for place, text in said.items() if word in text.lower()}


@pytest.fixture(scope="module")
def walks(
    keyed: TestClient, keys: dict[str, dict[str, str]], decided: None
) -> dict[str, dict[str, str]]:
    """What each key is answered by every operation that reads."""
    return {name: _walk(keyed, headers, keys["whole"]) for name, headers in keys.items()}


@pytest.mark.parametrize("department", [ENGINEERING, SUPPORT])
def test_no_operation_tells_a_department_what_did_not_reach_it(
    walks: dict[str, dict[str, str]], department: str
) -> None:
    for word in UNSEEN[department]:
        assert _with(word, walks[department]) == set(), word


def test_who_is_of_no_department_is_told_everything(walks: dict[str, dict[str, str]]) -> None:
    places = {
        "/v1/interactions/{id}",
        "/v1/findings",
        "/v1/themes",
        "/v1/themes/{id}",
        "/v1/themes/{id}/quotes",
        "/v1/themes/{id}/findings",
        "/themes/{id}",
        "/interactions/{id}",
    }
    for word in (OURS, THEIRS):
        assert places | {"/v1/jobs", "/v1/jobs/{id}/rejections"} <= _with(word, walks["whole"])
    assert {"/v1/interactions", "/v1/categories"} <= _with(NOBODYS, walks["whole"])


def test_a_department_is_told_what_reached_it(walks: dict[str, dict[str, str]]) -> None:
    for department, word in ((ENGINEERING, OURS), (SUPPORT, THEIRS)):
        told = _with(word, walks[department])
        assert {"/v1/findings", "/v1/themes", "/v1/themes/{id}", "/v1/interactions/{id}"} <= told
        assert {"/v1/jobs", "/v1/jobs/{id}/rejections", "/themes/{id}"} <= told
        assert "/v1/findings" in _with(SHARED, walks[department])


def test_every_operation_that_reads_is_walked(
    keyed: TestClient, walks: dict[str, dict[str, str]]
) -> None:
    walked = {place.partition(" ")[0] for place in walks[ENGINEERING]}
    left = {path for path, operation in _operations(keyed).items() if not _streams(operation)}
    assert left <= walked


def test_counts_are_of_what_is_seen(
    keyed: TestClient, keys: dict[str, dict[str, str]], database: Database
) -> None:
    for department in UNSEEN:
        params = {"limit": "200", "scope": "all"}
        themes = keyed.get("/v1/themes", params=params, headers=keys[department]).json()["data"]
        assert themes
        for theme in themes:
            shown = keyed.get(
                f"{theme['url']}/findings", params={"limit": 200}, headers=keys[department]
            ).json()["data"]
            assert theme["findings"] == len(shown)
            assert theme["interactions"] == len({row["interaction"] for row in shown})
            parts = keyed.get(theme["url"], headers=keys[department]).json()["subthemes"]
            assert sum(part["findings"] for part in parts) <= len(shown)
        seen = keyed.get("/v1/findings", params={"limit": 200}, headers=keys[department]).json()
        assert {theme["basis"]["interactions"] for theme in themes} == {
            len({row["interaction"] for row in seen["data"]})
        }


def test_a_theme_that_is_seen_in_part_goes_by_a_quote(
    keyed: TestClient, keys: dict[str, dict[str, str]]
) -> None:
    params = {"limit": "200", "scope": "product_defect"}
    whole = {
        row["id"]: row
        for row in keyed.get("/v1/themes", params=params, headers=keys["whole"]).json()["data"]
    }
    seen = keyed.get("/v1/themes", params=params, headers=keys[ENGINEERING]).json()["data"]
    in_part = [row for row in seen if row["findings"] < whole[row["id"]]["findings"]]
    all_of_it = [row for row in seen if row["findings"] == whole[row["id"]]["findings"]]
    assert in_part
    assert all_of_it
    for row in in_part:
        quotes = keyed.get(f"{row['url']}/findings", headers=keys[ENGINEERING]).json()["data"]
        assert row["name"] in {quote["quote"] for quote in quotes}
        assert (row["machine_name"], row["terms"], row["product"]) == (row["name"], [], None)
        assert row["area"] is None or row["area"]["name"] == ""
    for row in all_of_it:
        assert (row["name"], row["terms"]) == tuple(
            whole[row["id"]][name] for name in ("name", "terms")
        )


@pytest.mark.parametrize("word", [THEIRS, NOBODYS])
def test_no_filter_tells_what_others_words_are(
    keyed: TestClient, keys: dict[str, dict[str, str]], word: str
) -> None:
    for path, name in (("/v1/themes", "words"), ("/v1/interactions", "external_id")):
        answer = keyed.get(path, params={name: word}, headers=keys[ENGINEERING])
        assert answer.json()["data"] == [], path
    themes = keyed.get("/v1/themes", headers=keys["whole"]).json()["data"]
    found = {
        theme["findings"] > 0
        for theme in themes
        for told in keyed.get(
            "/v1/themes", params={"words": theme["machine_name"]}, headers=keys[ENGINEERING]
        ).json()["data"]
        if told["id"] == theme["id"]
    }
    assert found, "a name that is seen is found"


def test_a_persons_name_stays(keyed: TestClient, keys: dict[str, dict[str, str]]) -> None:
    params = {"limit": "200", "scope": "product_defect"}
    seen = keyed.get("/v1/themes", params=params, headers=keys[SUPPORT]).json()["data"]
    url, match = seen[0]["url"], {**keys["whole"], "If-Match": "*"}
    named = keyed.patch(url, json={"name": "Lids and steam"}, headers=match)
    assert named.json()["name"] == "Lids and steam"
    assert keyed.get(url, headers=keys[SUPPORT]).json()["name"] == "Lids and steam"


def test_a_department_follows_and_cancels_what_it_hands_in(
    keyed: TestClient, keys: dict[str, dict[str, str]], database: Database
) -> None:
    lines = '{"id": "a", "text": "Customer: It broke."}\n{"id": "b", "text": "Customer: Again."}\n'
    headers = {**keys[ENGINEERING], "Content-Type": "application/x-ndjson"}
    made = keyed.post("/v1/batches", content=lines, headers=headers).json()
    assert made["progress"]["accepted"] == 2
    with database.session() as session:
        row = session.get_one(JobRow, UUID(made["id"]))
    assert row.department_id == departments(database)[ENGINEERING]
    assert keyed.get(made["url"], headers=keys[SUPPORT]).status_code == 404
    cancelled = keyed.post(f"{made['url']}/cancel", headers=keys[ENGINEERING]).json()
    assert (cancelled["state"], cancelled["progress"]["cancelled"]) == ("cancelled", 2)


def test_a_read_of_words_is_logged_once_a_request(
    keyed: TestClient, keys: dict[str, dict[str, str]]
) -> None:
    headers = {**keys[SUPPORT], "X-Request-ID": str(new_id())}
    shown = keyed.get("/v1/findings", params={"limit": 5}, headers=headers).json()["data"]
    params = {"request_id": headers["X-Request-ID"]}
    (row,) = keyed.get("/v1/audit", params=params, headers=keys["whole"]).json()["data"]
    assert row["action"] == "findings.listed"
    assert row["ids"] == [one["id"] for one in shown]

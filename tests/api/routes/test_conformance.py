"""The manners of the API, held against every operation of its OpenAPI document.

What is written here once holds for an operation that is added tomorrow: it is asked in ways that
every operation has to answer in the same way.
"""

import json
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from api.schemas.problems import Problem
from tests.api.routes.test_openapi import SNAPSHOT

Operation = dict[str, Any]

DOCUMENT = json.loads(SNAPSHOT.read_text())
OPERATIONS: dict[str, Operation] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if path.startswith("/v1/")
    # A stream of events never ends: it has tests of its own.
    if "text/event-stream" not in str(operation["responses"])
}
PROBLEM = "application/problem+json"
SECRETS = ("key", "secret")
ID = "X-Request-ID"


def _named(*methods: str) -> list[str]:
    return [name for name in OPERATIONS if name.split()[0] in methods]


def _parameters(name: str, place: str) -> dict[str, dict[str, Any]]:
    return {
        one["name"]: one for one in OPERATIONS[name].get("parameters", ()) if one["in"] == place
    }


def _listing(name: str) -> bool:
    return {"cursor", "limit"} <= set(_parameters(name, "query"))


LISTS = [name for name in _named("GET") if _listing(name)]
WITH_FIELDS = [name for name in _named("GET") if "fields" in _parameters(name, "query")]
WITH_ID = [
    name
    for name in OPERATIONS
    if any("enum" not in one["schema"] for one in _parameters(name, "path").values())
]


def _path(name: str) -> str:
    """The address, with ids of things that are not there."""
    path = name.split()[1]
    for parameter in _parameters(name, "path").values():
        choices = parameter["schema"].get("enum")
        value = choices[0] if choices else str(uuid4())
        path = path.replace(f"{{{parameter['name']}}}", value)
    return path


def _query(name: str) -> dict[str, str]:
    """What has to be given of the query."""
    found = {}
    for key, parameter in _parameters(name, "query").items():
        if parameter.get("required"):
            choices = parameter["schema"].get("enum")
            found[key] = parameter.get("example") or (choices[0] if choices else "x")
    return found


def _body(name: str) -> tuple[bytes, str] | None:
    """The first example of the body that stands in the document, and its media type."""
    asked = OPERATIONS[name].get("requestBody")
    if asked is None:
        return None
    for media, content in asked["content"].items():
        for example in content.get("examples", {}).values():
            value = example["value"]
            text = value if isinstance(value, str) else json.dumps(value)
            return text.encode(), media
    return b"{}", "application/json"


def ask(client: TestClient, name: str, **changes: Any) -> Any:
    """An operation asked with what its document shows, and with the changes of a test."""
    headers = {"If-Match": "*"} if "If-Match" in _parameters(name, "header") else {}
    sent = _body(name)
    content = b""
    if sent is not None:
        content, headers["Content-Type"] = sent
    headers |= changes.pop("headers", {})
    params = _query(name) | changes.pop("params", {})
    method, _ = name.split()
    return client.request(
        method,
        changes.pop("path", _path(name)),
        params=params,
        headers=headers,
        content=changes.pop("content", content),
        **changes,
    )


def assert_problem(answer: Any, *statuses: int) -> Problem:
    """The answer is problem details, whole, of one of these statuses."""
    assert answer.status_code in statuses, answer.text[:500]
    assert answer.headers["content-type"] == PROBLEM
    problem = Problem.model_validate(answer.json())
    assert problem.status == answer.status_code
    assert problem.request_id == answer.headers[ID]
    assert problem.type == f"/problems#{problem.code}"
    return problem


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_carries_the_clients_request_id(client: TestClient, name: str) -> None:
    answer = ask(client, name, headers={ID: "walk-1"}, path=_path(name))
    assert answer.headers[ID] == "walk-1"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.status_code < 500, answer.text[:500]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_status_that_is_answered_is_documented(client: TestClient, name: str) -> None:
    answer = ask(client, name)
    assert str(answer.status_code) in OPERATIONS[name]["responses"], answer.text[:500]


@pytest.mark.parametrize("name", WITH_ID)
def test_what_is_not_there_is_a_problem(client: TestClient, name: str) -> None:
    # A body may be checked first: an example names things that are not there either.
    assert_problem(ask(client, name), 404, 422, 410)


@pytest.mark.parametrize("name", WITH_ID)
def test_an_id_that_is_none_names_its_place(client: TestClient, name: str) -> None:
    first = next(iter(_parameters(name, "path")))
    path = name.split()[1].replace(f"{{{first}}}", "no-id").replace("{", "").replace("}", "")
    assert_problem(ask(client, name, path=path), 422, 404)


@pytest.mark.parametrize("name", _named("GET", "POST", "PUT", "PATCH", "DELETE"))
def test_every_operation_documents_what_can_go_wrong(name: str) -> None:
    documented = OPERATIONS[name]["responses"]
    wanted = {"500", "503", "401", "403", "429"}
    if _parameters(name, "query") or _parameters(name, "path"):
        wanted.add("422")
    if "requestBody" in OPERATIONS[name]:
        wanted |= {"413", "422"}
    if "Idempotency-Key" in _parameters(name, "header"):
        wanted |= {"409", "422"}
    if "If-Match" in _parameters(name, "header"):
        wanted.add("412")
    assert wanted <= set(documented), sorted(wanted - set(documented))
    for status, answer in documented.items():
        if status >= "400":
            examples = answer["content"][PROBLEM]["examples"]
            assert all(one["value"]["status"] == int(status) for one in examples.values())


@pytest.mark.parametrize("name", LISTS)
def test_lists_refuse_a_cursor_that_is_none_of_theirs(client: TestClient, name: str) -> None:
    if "{" in name:
        pytest.skip("the thing itself is looked for first")
    problem = assert_problem(ask(client, name, params={"cursor": "AAAA"}), 422)
    assert problem.errors
    assert problem.errors[0].pointer == "/cursor"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", ["0", "201", "many", ""])
def test_lists_refuse_a_limit_out_of_bounds(client: TestClient, name: str, limit: str) -> None:
    problem = assert_problem(ask(client, name, params={"limit": limit}), 422)
    assert problem.errors
    assert problem.errors[0].pointer == "/limit"


@pytest.mark.parametrize("name", WITH_FIELDS)
def test_fields_that_are_not_there_are_named_with_the_choices(
    client: TestClient, name: str
) -> None:
    problem = assert_problem(ask(client, name, params={"fields": "nonsense"}), 422)
    assert problem.errors
    assert "nonsense" in problem.errors[0].message
    assert "choose from" in problem.errors[0].message


@pytest.mark.parametrize("name", [name for name in LISTS if "{" not in name])
def test_lists_answer_a_page_with_the_fields_that_were_asked_for(
    client: TestClient, name: str
) -> None:
    answer = ask(client, name, params={"limit": "1"})
    assert answer.status_code == 200, answer.text[:500]
    page = answer.json()
    assert len(page["data"]) <= 1
    assert page["next"] is None or isinstance(page["next"], str)
    assert (page["next"] is None) == ("next" not in answer.links)
    assert "total" not in page, "no total counts by default"


@pytest.mark.parametrize("name", LISTS)
def test_every_list_lets_its_fields_be_chosen(name: str) -> None:
    assert "fields" in _parameters(name, "query")


@pytest.mark.parametrize("name", _named("GET"))
def test_a_parameter_that_is_not_there_is_not_passed_over(client: TestClient, name: str) -> None:
    if not _parameters(name, "query"):
        pytest.skip("takes none")
    problem = assert_problem(ask(client, name, params={"no_such_filter": "1"}), 422)
    assert problem.errors
    assert problem.errors[0].pointer == "/no_such_filter"


@pytest.mark.parametrize("name", _named("POST"))
def test_every_post_takes_a_key(name: str) -> None:
    assert "Idempotency-Key" in _parameters(name, "header")


def _without_secrets(body: dict[str, Any]) -> dict[str, Any]:
    """What is shown once, and kept nowhere, is null when the answer is given again."""
    return {
        name: None if str(value).startswith(("cdt_", "whsec_")) and name in SECRETS else value
        for name, value in body.items()
    }


@pytest.mark.parametrize("name", _named("POST"))
def test_a_key_is_carried_out_once(client: TestClient, name: str) -> None:
    key = {"Idempotency-Key": f"conformance {uuid4()}"}
    path = _path(name)
    first = ask(client, name, headers=key, path=path)
    again = ask(client, name, headers=key, path=path)
    if first.status_code >= 300:  # refused: nothing was done, so nothing is kept
        assert again.status_code == first.status_code
        return
    assert again.status_code == first.status_code
    assert again.json() == _without_secrets(first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers.get("Location") == first.headers.get("Location")
    other = ask(client, name, headers=key, path=path, params={"another": "1"})
    assert assert_problem(other, 422).code in {"key_reused", "invalid_request"}


@pytest.mark.parametrize("key", ["", "a" * 256])
@pytest.mark.parametrize("name", _named("POST"))
def test_a_key_that_is_none_is_refused(client: TestClient, name: str, key: str) -> None:
    problem = assert_problem(ask(client, name, headers={"Idempotency-Key": key}), 422, 404)
    if problem.status == 422 and problem.errors:
        assert problem.errors[0].pointer in {"/Idempotency-Key"}


@pytest.mark.parametrize("name", _named("PATCH", "PUT"))
def test_a_change_says_which_version_it_is_of(name: str) -> None:
    assert "If-Match" in _parameters(name, "header")
    assert {"412", "428"} <= set(OPERATIONS[name]["responses"])


@pytest.mark.parametrize("name", [name for name in OPERATIONS if "requestBody" in OPERATIONS[name]])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{" * 20_000, b'{"a": 1e999}']
)
def test_a_body_that_is_none_is_refused(client: TestClient, name: str, content: bytes) -> None:
    answer = ask(client, name, content=content, headers={"Content-Type": "application/json"})
    if answer.status_code < 300:  # a body that may be left out
        assert content == b""
        return
    assert_problem(answer, 404, 415, 422, 410)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_tells_the_rate_limit(client: TestClient, name: str) -> None:
    answer = ask(client, name)
    assert answer.headers["RateLimit-Policy"]
    assert answer.headers["RateLimit"]

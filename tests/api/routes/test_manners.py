"""What every endpoint has in common: problems, ids, keys, and who may ask."""

import inspect
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import errors, problems
from api.app import create_app
from api.manners import cursors
from api.manners.middleware import SECURITY_HEADERS
from api.store import errors as store_errors
from api.store import idempotency
from api.store.database import Database
from nlp import errors as nlp_errors
from nlp.errors import ConduitError
from nlp.types import Interaction
from tests.api.conftest import BASE
from tests.api.interactions import PlainRedactor, WordTeacher

URL = "/v1/interactions"
CALL = {"turns": [{"speaker": "customer", "text": "The kettle leaks."}]}
NDJSON = {"content-type": "application/x-ndjson"}
UNKNOWN = "0190aaaa-0000-7000-8000-000000000000"


def number_of(client: TestClient) -> int:
    return len(client.get(URL, params={"limit": 200}).json()["data"])


# Problems


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "no_such_route"),
        ("GET", "/v1/nothing", 404, "no_such_route"),
        ("GET", "/static/nothing.css", 404, "no_such_route"),
        ("GET", "/static/../../settings.py", 404, "no_such_route"),
        ("GET", "/static/%2e%2e/pages.py", 404, "no_such_route"),
        ("PUT", URL, 405, "method_not_allowed"),
        ("POST", "/static/conduit.css", 405, "method_not_allowed"),
        ("GET", f"{URL}/7", 422, "invalid_request"),
        ("GET", f"{URL}/{UNKNOWN}", 404, "not_found"),
    ],
)
def test_every_error_is_a_problem(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) >= {"type", "title", "status", "detail", "code", "request_id"}
    assert problem["type"] == f"/problems#{code}"
    assert f'id="{code}"' in client.get("/problems").text


def test_a_method_that_is_not_there_names_those_that_are(client: TestClient) -> None:
    assert client.put(URL).headers["allow"] in {"GET", "POST", "GET, POST", "POST, GET"}


def tree(*modules: Any) -> dict[str, type[ConduitError]]:
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, ConduitError)
    }


def test_every_error_has_a_status_and_a_stable_code() -> None:
    known = tree(nlp_errors, store_errors, errors)
    assert set(known.values()) == set(errors.STATUSES)
    codes = [error.code for error in errors.STATUSES]
    assert len(set(codes)) == len(codes)
    assert not set(codes) & {code for code, _ in problems.ROUTER_CODES.values()}
    for error, status in errors.STATUSES.items():
        assert 400 <= status < 600
        assert problems.title_of(error)


def test_the_drawn_tree_is_the_tree() -> None:
    drawn = re.findall(r"^[│├└─ ]*([A-Z]\w+)", (errors.__doc__ or "").split("```")[1], re.MULTILINE)
    own = [name for name, error in tree(errors).items() if error.__module__ == errors.__name__]
    assert drawn == own


class Failing:
    """A redactor that fails as a driver would: with the customer's words in its message."""

    def redact(self, interaction: Interaction) -> Any:
        """Fails."""
        raise RuntimeError(f"cannot redact {interaction.turns[0].text}")

    def redact_text(self, text: str) -> str:
        """Leaves it."""
        return text


@pytest.fixture
def failing(app: FastAPI, database: Database) -> Iterator[TestClient]:
    """A service in which submitting runs into an error that nobody foresaw."""
    other = create_app(
        app.state.context.settings, database, redactor=Failing(), teacher=WordTeacher()
    )
    with TestClient(other, base_url=BASE) as found:
        yield found


def test_an_unforeseen_error_tells_nothing_of_the_words(
    failing: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = failing.post(URL, json=CALL, headers={"x-request-id": "r-1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "r-1"
    assert "kettle" not in answer.text
    assert "kettle" not in caplog.text
    # The log leads to the place all the same.
    assert "r-1: RuntimeError at test_manners.py" in caplog.text


def test_an_unforeseen_error_stores_nothing(failing: TestClient, database: Database) -> None:
    key = {"idempotency-key": "fails"}
    before = number_of(failing)
    assert failing.post(URL, json=CALL, headers=key).status_code == 500
    assert (
        failing.post("/v1/batches", content=b'{"text":"x y z"}', headers=NDJSON).status_code == 500
    )
    assert number_of(failing) == before
    assert failing.get("/v1/jobs").json()["data"] == []
    with database.session() as session:
        assert idempotency.find(session, "fails", f"POST {URL}") is None


def test_an_answer_that_was_refused_says_nothing_in_the_log(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.post(URL, json={"turns": [{"speaker": "kettle", "text": "kettle"}]})
        client.post(URL, json=CALL)
        client.post("/v1/batches", content=b'{"kettle', headers=NDJSON)
    ours = [
        record.getMessage() for record in caplog.records if record.name.startswith(("api", "nlp"))
    ]
    assert "kettle" not in "".join(ours)


# Ids and headers


@pytest.mark.parametrize("given", ["7b2c1a52", "a.b:c/d_e=-+", "x" * 128])
def test_a_sane_request_id_comes_back(client: TestClient, given: str) -> None:
    assert client.get("/livez", headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>", "é".encode("latin-1")])
def test_another_request_id_is_replaced(client: TestClient, given: Any) -> None:
    found = client.get("/livez", headers={"x-request-id": given}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", found)


@pytest.mark.parametrize(
    "path", ["/", "/v1/interactions", "/nothing", "/docs", "/static/conduit.css"]
)
def test_every_answer_has_the_headers_that_keep_it_safe(client: TestClient, path: str) -> None:
    answer = client.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["cache-control"] == ("no-cache" if "static" in path else "no-store")


# Who may ask


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost:1", "LOCALHOST", "[::1]:8000", "127.9.9.9"]
)
def test_this_machine_goes_by_several_names(client: TestClient, host: str) -> None:
    assert client.get("/livez", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "10.0.0.1", "", "127.0.0.1.evil.example"]
)
def test_a_strange_host_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/v1/interactions", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host")
    assert answer.headers["x-request-id"]


def test_any_host_will_do_where_others_may_reach_it(app: FastAPI, database: Database) -> None:
    settings = app.state.context.settings.model_copy(update={"auth": "keys"})
    with TestClient(
        create_app(settings, database, redactor=PlainRedactor(), teacher=WordTeacher()),
        base_url=BASE,
    ) as client:
        assert client.get("/livez", headers={"host": "conduit.example"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_page_of_another_site_changes_nothing(
    client: TestClient, headers: dict[str, str]
) -> None:
    before = number_of(client)
    for path in (URL, "/v1/batches"):
        answer = client.post(path, json=CALL, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert client.delete(f"{URL}/{uuid4()}", headers=headers).status_code == 403
    assert number_of(client) == before
    assert client.get("/livez", headers=headers).status_code == 200


def test_our_own_pages_may(client: TestClient) -> None:
    headers = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    assert client.post(URL, json=CALL, headers=headers).status_code == 202


# Keys


def post(client: TestClient, key: str, **request: Any) -> Any:
    headers = {"idempotency-key": key, **request.pop("headers", {})}
    return client.post(request.pop("url", URL), headers=headers, **request)


def test_the_same_request_is_carried_out_once(client: TestClient) -> None:
    before = number_of(client)
    first = post(client, "one", json=CALL)
    again = post(client, "one", json=CALL)
    assert number_of(client) == before + 1
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert first.headers["x-request-id"] != again.headers["x-request-id"]


def test_batches_and_cancelling_have_keys_too(client: TestClient) -> None:
    lines = {"url": "/v1/batches", "content": b'{"text": "It leaks a lot."}\n', "headers": NDJSON}
    first, again = post(client, "b", **lines), post(client, "b", **lines)
    assert (first.status_code, first.content) == (202, again.content)
    url = f"{first.json()['url']}/cancel"
    gone, still = post(client, "c", url=url), post(client, "c", url=url)
    assert (gone.json()["state"], gone.content) == ("cancelled", still.content)
    assert still.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    "other",
    [
        {"json": {**CALL, "channel": "chat"}},
        {"json": CALL, "params": {"meta.a": "b"}},
        {"content": b""},
        {"files": {"file": ("a.txt", "Customer: It leaks.")}},
    ],
)
def test_another_request_under_the_same_key_is_refused(
    client: TestClient, other: dict[str, Any]
) -> None:
    key = str(uuid4())
    assert post(client, key, json=CALL).status_code == 202
    before = number_of(client)
    answer = post(client, key, **other)
    assert answer.status_code == 422
    assert answer.json()["code"] in {"key_reused", "empty", "invalid_request"}
    assert number_of(client) == before


def test_a_form_is_the_same_whatever_its_boundary(client: TestClient) -> None:
    def sent(boundary: str, words: str) -> Any:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"'
        body = f"{head}\r\n\r\n{words}\r\n--{boundary}--\r\n"
        media = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return post(client, "form", content=body.encode(), headers=media)

    words = "Agent: Hello.\nCustomer: It leaks.\n" * 3000
    first = sent("first-boundary", words)
    assert first.status_code == 202, first.text
    assert sent("the-second-and-longer-boundary", words).json() == first.json()
    assert sent("first-boundary", f"{words}Customer: Again.\n").json()["code"] == "key_reused"


def test_the_same_key_elsewhere_is_another_key(client: TestClient) -> None:
    assert post(client, "twice", json=CALL).status_code == 202
    lines = {"content": b'{"text": "It leaks a lot."}\n', "headers": NDJSON}
    assert post(client, "twice", url="/v1/batches", **lines).status_code == 202


def test_what_was_refused_leaves_the_key_free(client: TestClient) -> None:
    assert post(client, "free", json={"turns": []}).status_code == 422
    assert post(client, "free", url="/v1/batches", content=b"{", headers=NDJSON).status_code == 422
    assert post(client, "free", json=CALL).status_code == 202
    good = b'{"text": "It leaks a lot."}\n'
    assert post(client, "free", url="/v1/batches", content=good, headers=NDJSON).status_code == 202


def test_a_key_in_use_is_refused_until_it_is_not(client: TestClient, database: Database) -> None:
    with database.session() as session:
        assert idempotency.lock(session, "busy", f"POST {URL}")
        answer = post(client, "busy", json=CALL)
        assert (answer.status_code, answer.json()["code"]) == (409, "key_in_progress")
        assert answer.headers["retry-after"] == "1"
    assert post(client, "busy", json=CALL).status_code == 202


def test_many_at_once_are_carried_out_once(client: TestClient) -> None:
    before = number_of(client)
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(client, "race", json=CALL)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    assert number_of(client) == before + 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é".encode("latin-1")])
def test_a_key_has_to_be_sane(client: TestClient, key: Any) -> None:
    answer = post(client, key, json=CALL)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/Idempotency-Key"


# Cursors


def test_a_cursor_leads_back_to_its_place() -> None:
    id = uuid4()
    assert cursors.decode(cursors.encode("a", id, 7), "a") == [str(id), "7"]


@pytest.mark.parametrize(
    "cursor", ["", "=", "AAAA", "é", "a" * 300, cursors.encode("b", 7), cursors.encode("a", 7)[:-1]]
)
def test_a_strange_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(errors.InvalidRequest, match="not one of this list"):
        cursors.decode(cursor, "a")

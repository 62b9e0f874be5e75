"""The typed client: it is the one that the OpenAPI document makes, and it speaks to the service."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from api import openapi
from api.client import CLIENT
from api.client.conduit_client import Conduit, Core, InteractionIn, Problem, Request, verified
from api.client.types import written
from api.client.writer import formatted, source
from api.operations import operation_name
from tests.api.routes.test_openapi import WRITE

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the one of the specification


@pytest.fixture
def conduit(live: str) -> Iterator[Conduit]:
    with Conduit(f"http://{live}") as found:
        yield found


def a_call(number: int) -> InteractionIn:
    return {
        "id": f"call-{number}",
        "channel": "call",
        "turns": [
            {"speaker": "agent", "text": "How can I help?"},
            {"speaker": "customer", "text": f"Kettle number {number} leaks."},
        ],
    }


def test_the_client_is_the_one_that_the_document_makes(app: FastAPI) -> None:
    wanted = formatted(source(openapi.document(app)))
    if os.environ.get(WRITE):
        CLIENT.write_text(wanted)
    assert CLIENT.read_text() == wanted, f"{WRITE}=1 writes the new one: look at the diff"


def test_it_is_handed_out(live: str) -> None:
    answer = httpx.get(f"http://{live}/client/conduit_client.py")
    assert answer.content == CLIENT.read_bytes()
    assert answer.headers["content-type"].startswith("text/x-python")


def test_submit_mine_and_read(conduit: Conduit, mine_all: Callable[[], list[UUID]]) -> None:
    submitted = [conduit.create_interaction(a_call(number)) for number in range(5)]
    mine_all()
    first = conduit.read_interaction(submitted[0]["id"])
    assert [finding["quote"] for finding in first["findings"]]
    listed = list(conduit.every(conduit.list_findings, category="product_defect", limit=2))
    assert {row["interaction"] for row in listed} >= {one["id"] for one in submitted}
    assert len({row["id"] for row in listed}) == len(listed)


def test_a_file_goes_as_it_is(conduit: Conduit) -> None:
    job = conduit.create_batch(b"id,text\n1,The lid leaks.\n", media_type="text/csv")
    assert conduit.read_job(job["id"])["kind"] == "batch"


def test_what_is_refused_is_raised_with_its_code(conduit: Conduit) -> None:
    with pytest.raises(Problem, match="no category is called") as caught:
        conduit.list_findings(category="nonsense")
    assert (caught.value.status, caught.value.code) == (422, "invalid_request")
    assert caught.value.errors[0]["pointer"] == "/category"
    assert caught.value.request_id


class _Flaky(BaseHTTPRequestHandler):
    """Says 503 twice, and then answers with the key that it was sent."""

    keys: list[str | None] = []  # noqa: RUF012 - the server makes one handler a request

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.keys.append(self.headers["Idempotency-Key"])
        body = json.dumps({"keys": self.keys}).encode()
        self.send_response(503 if len(self.keys) < 3 else 200)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def test_what_is_busy_is_asked_again_with_the_same_key() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Flaky)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with Core(f"http://127.0.0.1:{server.server_port}") as core:
            found = core.json(Request(method="POST", path="/x", body={"a": 1}))
    finally:
        server.shutdown()
        server.server_close()
    assert len(found["keys"]) == 3
    assert len(set(found["keys"])) == 1
    assert UUID(found["keys"][0])


def test_a_webhook_is_told_from_a_forged_one() -> None:
    # The example of the specification, https://www.standardwebhooks.com
    body = b'{"test": 2432232314}'
    headers = {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert verified(body, headers, SECRET, now=1614265331) == {"test": 2432232314}
    assert verified(body, headers, "whsec_AAAA", SECRET, now=1614265331)
    for changed, given, now in (
        (body + b" ", headers, 1614265331),
        (body, headers, 1614265331 + 400),
        (body, {**headers, "Webhook-Id": "msg_other"}, 1614265331),
        (body, {}, 1614265331),
    ):
        with pytest.raises(ValueError, match=r"webhook|signature"):
            verified(changed, given, SECRET, now=now)


@pytest.mark.parametrize(
    ("method", "path", "pages", "name"),
    [
        ("GET", "/v1/themes", True, "list_themes"),
        ("GET", "/v1/themes/{id}", False, "read_theme"),
        ("GET", "/v1/themes/{id}/quotes", True, "list_theme_quotes"),
        ("POST", "/v1/themes/{id}/merge", False, "merge_theme"),
        ("POST", "/v1/themes/recluster", False, "recluster_themes"),
        ("POST", "/v1/batches", False, "create_batch"),
        ("PATCH", "/v1/categories/{id}", False, "change_category"),
        ("PUT", "/v1/retention", False, "set_retention"),
        ("DELETE", "/v1/categories/{id}/examples/{example}", False, "delete_category_example"),
        ("POST", "/v1/theme-edits/{id}/undo", False, "undo_theme_edit"),
    ],
)
def test_operations_have_names_that_say_what_they_do(
    method: str, path: str, pages: bool, name: str
) -> None:
    assert operation_name(method, path, pages=pages) == name


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "format": "uuid"}, "str"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "int | None"),
        ({"enum": ["a", "b"], "type": "string"}, "Literal['a', 'b']"),
        ({"$ref": "#/components/schemas/Page_ThemeOut_"}, "Page[ThemeOut]"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/TurnIn"}}, "list[TurnIn]"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "dict[str, str]"),
        ({}, "Any"),
    ],
)
def test_schemas_become_types(schema: dict[str, Any], kind: str) -> None:
    assert written(schema) == kind

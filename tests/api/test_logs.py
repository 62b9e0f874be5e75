"""The log: for programs an object a line, with ids, and never a customer's word."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import logs

CANARY = "quokka"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the process logs, as JSON, down to the last detail."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Lines())
    root, ours = logging.getLogger(), logging.getLogger("conduit")
    # The tests' own client names addresses at this level.
    for client in ("httpx", "httpx2"):
        logging.getLogger(client).setLevel(logging.WARNING)
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    ours.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before[0])
    ours.setLevel(before[1])


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_one_line(client: TestClient, written: io.StringIO) -> None:
    body = {"turns": [{"speaker": "customer", "text": "It leaks."}]}
    sent = client.post("/v1/interactions", json=body, headers={"x-request-id": "r-1"})
    ours = [line for line in lines(written) if line["logger"].startswith("conduit.")]
    accepted, request = ours
    assert accepted["ids"] == [sent.json()["id"]]
    assert accepted["request_id"] == request["request_id"] == "r-1"
    assert (request["route"], request["method"], request["status"]) == (
        "/v1/interactions",
        "POST",
        202,
    )
    assert request["seconds"] >= 0
    assert {"time", "level", "logger", "message"} <= set(request)


def test_no_word_of_a_customer_is_logged(
    app: FastAPI, client: TestClient, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"turns": [{"speaker": "customer", "text": f"The {CANARY} leaks."}], "subject": CANARY}
    name = {"content-disposition": f'attachment; filename="{CANARY}.vtt"'}
    client.post("/v1/interactions", json=body)
    client.post("/v1/interactions", json={**body, CANARY: 1})
    client.post("/v1/interactions", content=f"Customer: {CANARY}".encode(), headers=name)
    client.post("/v1/interactions", content=CANARY.encode() * 300_000)
    client.post("/v1/batches", content=f'{{"{CANARY}": '.encode(), headers=name)
    client.post("/v1/batches", files={"file": (f"{CANARY}.csv", f"id,text\n1,{CANARY}\n")})
    client.post("/v1/erasures", json={"customer": CANARY})
    client.post("/v1/erasures", json={"customer": CANARY, "dry_run": CANARY})
    client.post("/v1/holds", json={"customer": CANARY, "reason": CANARY})
    client.get("/v1/findings", params={"category": CANARY, CANARY: CANARY})
    client.get(f"/v1/interactions/{CANARY}")
    client.get(f"/{CANARY}")
    client.request(CANARY.upper()[:6], "/livez")
    client.post("/v1/interactions", json=body, headers={"idempotency-key": ""})

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot store {CANARY}")

    monkeypatch.setattr(type(app.state.context.redactor), "redact", broken)
    assert client.post("/v1/interactions", json=body).status_code == 500
    assert len(lines(written)) > 15
    assert CANARY not in written.getvalue().lower()


def test_of_an_exception_its_text_is_left_out() -> None:
    for formatter in (logs.Lines(), logs.Plain("%(message)s")):
        try:
            raise ValueError(CANARY)
        except ValueError:
            record = logging.LogRecord("x", 40, __file__, 1, "failed", (), sys.exc_info())
        text = formatter.format(record)
        assert "ValueError at test_logs.py:" in text
        assert CANARY not in text


def test_what_it_is_about_goes_along() -> None:
    record = logging.LogRecord("x", 40, __file__, 1, "told %s", ("so",), None)
    with logs.about(request_id="r-1"), logs.about(job="7"):
        found = json.loads(logs.Lines().format(record))
    assert (found["request_id"], found["job"], found["message"]) == ("r-1", "7", "told so")
    assert "job" not in json.loads(logs.Lines().format(record))

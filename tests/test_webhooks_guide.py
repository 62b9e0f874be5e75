"""The guide's receiver, copied from the guide and run: it sees a signed event, and no other."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store.database import Database
from tests.api.interactions import PlainRedactor, WordTeacher

TEXT = (Path(__file__).parents[1] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    """The code that stands after a mark in the guide."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None, name
    return found.group(1)


@pytest.fixture
def client(database: Database, tmp_path: Path) -> TestClient:
    settings = Settings(
        home=tmp_path, webhooks_allow_http=True, webhooks_allow_private="127.0.0.0/8"
    )
    app = create_app(settings, database, redactor=PlainRedactor(), teacher=WordTeacher())
    return TestClient(app, base_url="http://127.0.0.1")


def test_a_newcomer_sees_a_signed_event(client: TestClient, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # What the guide's curl sends, to where it is sent.
    path, body = re.findall(r"127\.0\.0\.1:8000(\S+).*?-d '(.*?)'", block("register"))[0]
    given: dict[str, Any] = json.loads(body.replace(":9000/", f":{port}/"))
    made = client.post(path, json=given).json()
    script = tmp_path / "receiver.py"
    script.write_text(block("receiver"), encoding="utf-8")
    environment = {**os.environ, "WEBHOOK_SECRET": made["secret"], "PORT": str(port)}
    receiver = subprocess.Popen(
        [sys.executable, str(script)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address = f"http://127.0.0.1:{port}/"
        _wait(address)
        tried = client.post(f"{path}/{made['id']}/test").json()
        assert (tried["state"], tried["status"]) == ("delivered", 204)
        assert receiver.stdout is not None
        line = receiver.stdout.readline()
        assert line.startswith(f"verified {tried['event']} webhook.test")
        forged = {"webhook-id": "x", "webhook-timestamp": str(int(time.time()))}
        for signature in ("v1,AAAA", "v2,AAAA v1,"):
            headers = {**forged, "webhook-signature": signature}
            assert httpx.post(address, content=b"{}", headers=headers).status_code == 401
    finally:
        receiver.kill()
        receiver.wait()
        if receiver.stdout is not None:
            receiver.stdout.close()


def test_the_receiver_is_short() -> None:
    assert len([line for line in block("receiver").splitlines() if line.strip()]) <= 27


def _wait(address: str) -> None:
    for _ in range(500):
        try:
            # It answers no GET, and so says that it is there.
            assert httpx.get(address).status_code == 501
        except httpx.ConnectError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the receiver does not listen")

"""POST /v1/batches and /v1/jobs: many at once, as a whole, with what was not readable told."""

import gzip
import io
import json
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from api.errors import NothingReadable
from api.intake.lines import items, lines
from api.intake.options import Reading, reading
from api.store import jobs
from api.store.database import Database
from nlp.errors import EmptyInput
from nlp.types import Interaction, Rejected
from tests.api.conftest import LIMIT

URL = "/v1/batches"
NDJSON = {"content-type": "application/x-ndjson"}


def rows(count: int) -> list[dict[str, Any]]:
    text = "Agent: Hello, how can I help?\nCustomer: The kettle leaks since Monday."
    return [{"id": f"call-{number}", "channel": "call", "text": text} for number in range(count)]


def body(found: list[Any]) -> bytes:
    return b"".join(
        (row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in found
    )


def taken(client: TestClient, answer: Any) -> dict[str, Any]:
    """The job of an upload that was taken."""
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == job["url"] == f"/v1/jobs/{job['id']}"
    assert client.get(job["url"]).json() == job
    return job


def counts(job: dict[str, Any]) -> tuple[int, int, int, int]:
    progress = job["progress"]
    return progress["total"], progress["accepted"], progress["mined"], progress["rejected"]


def everything(client: TestClient) -> list[Any]:
    """All that there is to see, to tell that nothing was stored."""
    return [client.get(path).json() for path in ("/v1/jobs", "/v1/interactions")]


def how(name: str = "calls.jsonl") -> Reading:
    return reading([], place="query", filename=name, limit=LIMIT)


def test_json_lines_become_a_job(client: TestClient, mine_all: Callable[[], list[UUID]]) -> None:
    upload = body(rows(70))
    answer = client.post(URL, content=upload, headers=NDJSON, params={"filename": "a.jsonl"})
    job = taken(client, answer)
    assert (job["state"], job["source"], counts(job)) == ("running", "a.jsonl", (70, 70, 0, 0))
    page = client.get("/v1/interactions", params={"job": job["id"], "limit": 200}).json()
    assert [row["external_id"] for row in page["data"]] == [f"call-{n}" for n in range(69, -1, -1)]
    assert page["data"][0]["source"] == "a.jsonl:70"
    mine_all()
    done = client.get(job["url"]).json()
    assert (done["state"], counts(done)) == ("done", (70, 0, 70, 0))
    assert done["finished_at"] is not None


def test_bad_lines_are_listed_and_the_others_taken(client: TestClient) -> None:
    good = rows(3)
    bad: list[Any] = [
        b"{",
        b"[1, 2]",
        b'{"text": "\xff"}',
        b'{"id": "x"}',
        b'{"text": "' + b"9" * 10 + b'", "n": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
    ]
    mixed = [good[0], b"", *bad[:5], good[1], *bad[5:], good[2]]
    job = taken(client, client.post(URL, content=body(mixed), headers=NDJSON))
    assert counts(job) == (9, 3, 0, 6)
    listed: list[Any] = []
    url = f"{job['rejections_url']}?limit=4"
    while url:
        answer = client.get(url)
        listed += answer.json()["data"]
        url = answer.links.get("next", {}).get("url", "")
    assert [row["source"] for row in listed] == [f"upload:{line}" for line in (3, 4, 5, 6, 7, 9)]
    assert [row["code"] for row in listed[:3]] == ["broken", "broken", "wrong_encoding"]
    assert [row["index"] for row in listed] == [1, 2, 3, 4, 5, 7]
    for row in listed:
        assert "leaks" not in row["message"]


def test_an_upload_with_nothing_readable_stores_nothing(client: TestClient) -> None:
    before = everything(client)
    answer = client.post(URL, content=body([b"{"] * 60), headers=NDJSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_readable")
    assert len(answer.json()["errors"]) == 50
    assert answer.json()["errors"][0]["pointer"] == "upload:1"
    for content in (b"", b"\n \n"):
        answer = client.post(URL, content=content, headers=NDJSON)
        assert (answer.status_code, answer.json()["code"]) == (422, "empty")
    assert everything(client) == before


def archive(**files: bytes) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as writer:
        for name, data in files.items():
            writer.writestr(name.replace("__", "."), data)
    return found.getvalue()


def test_an_archive_as_body_and_in_a_form(client: TestClient) -> None:
    call = b"Agent: Hello, can I help?\nCustomer: The kettle leaks."
    packed = archive(
        one__txt=call, two__txt=call, bad__json=b'{"results": ', picture__png=b"\x89PNG\0"
    )
    for answer in (
        client.post(URL, content=packed, params={"filename": "calls.zip"}),
        client.post(URL, files={"file": ("calls.zip", packed)}),
    ):
        job = taken(client, answer)
        assert (job["source"], counts(job)) == ("calls.zip", (4, 2, 0, 2))
        listed = client.get(job["rejections_url"]).json()["data"]
        assert [row["source"] for row in listed] == ["calls.zip/bad.json", "calls.zip/picture.png"]


@pytest.mark.parametrize(
    ("content_type", "content", "count"),
    [
        ("text/csv", b"id,text\n1,The kettle leaks.\n2,The lid is stuck.\n", 2),
        ("application/json", json.dumps(rows(4)).encode(), 4),
        (
            "application/mbox",
            b"From a@b.c Mon Mar  2 09:15:00 2026\nSubject: x\n\nIt leaks.\n\n" * 2,
            2,
        ),
    ],
)
def test_tables_and_mailboxes(
    client: TestClient, content_type: str, content: bytes, count: int
) -> None:
    answer = client.post(URL, content=content, headers={"content-type": content_type})
    assert counts(taken(client, answer)) == (count, count, 0, 0)


def test_options_hold_for_every_line(client: TestClient) -> None:
    params = {"meta.region": "north", "channel": "chat"}
    job = taken(client, client.post(URL, content=body(rows(2)), headers=NDJSON, params=params))
    found = client.get("/v1/interactions", params={"job": job["id"]}).json()["data"]
    assert [(row["metadata"], row["channel"]) for row in found] == [
        ({"region": "north"}, "chat")
    ] * 2
    answer = client.post(URL, content=body(rows(2)), headers=NDJSON, params={"colour": "red"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/colour")


def test_json_lines_may_be_larger_than_a_file_and_packed(client: TestClient) -> None:
    turn = {"speaker": "customer", "text": "Noise. " * 1_000 * 20}
    upload = body([{"turns": [turn]}] * 12)
    assert len(upload) > 1.5 * LIMIT
    headers = {**NDJSON, "content-encoding": "gzip"}
    assert counts(taken(client, client.post(URL, content=gzip.compress(upload), headers=headers)))[
        :2
    ] == (12, 12)
    answer = client.post(URL, content=upload, headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_upload_that_breaks_off_leaves_nothing(client: TestClient, live: str) -> None:
    before = everything(client)
    host, port = live.split(":")
    part = body(rows(200))
    for announced in (b"Content-Length: 9000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(
                b"POST /v1/batches HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Content-Type: application/x-ndjson\r\n" + announced
            )
            if announced.startswith(b"T"):
                part = f"{len(part):x}\r\n".encode() + part + b"\r\n"
            connection.sendall(part)
            time.sleep(0.2)
    time.sleep(0.3)
    assert everything(client) == before


def test_lines_are_read_as_they_come() -> None:
    pulled = []

    def chunks() -> Iterator[bytes]:
        for number, row in enumerate(rows(50)):
            pulled.append(number)
            yield body([row])

    found = items(chunks(), how())
    assert len(pulled) <= 2
    for count in range(1, 10):
        assert isinstance(next(found), Interaction)
        assert len(pulled) <= count + 1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_lines_are_the_same_however_the_stream_is_cut(size: int) -> None:
    text = b"\xef\xbb\xbfone\r\n\n" + b"x" * 40 + b"\n" + b"y" * 41 + b"\nlast"
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(lines(chunks, longest=40)) == [b"one\r", b"", b"x" * 40, None, b"last"]


def test_a_line_without_end_is_not_held() -> None:
    endless = (b"x" * 1_000 for _ in range(1_000))
    assert list(lines(endless, longest=5_000)) == [None]


def test_a_line_that_is_too_long_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.intake.lines.LONGEST_LINE", 100)
    short = b'{"text": "The kettle leaks."}\n'
    first, second, third = items([short, b'{"text": "' + b"x" * 200 + b'"}\n', short], how())
    assert isinstance(first, Interaction)
    assert isinstance(second, Rejected)
    assert (second.source, second.code) == ("calls.jsonl:2", "too_large")
    assert isinstance(third, Interaction)


def test_an_upload_that_is_something_else_is_not_read_to_its_end(client: TestClient) -> None:
    pulled = []

    def chunks() -> Iterator[bytes]:
        for number in range(5_000):
            pulled.append(number)
            yield b"id;text\n"

    before = everything(client)
    with pytest.raises(NothingReadable, match="first 1,000 lines"):
        list(items(chunks(), how()))
    assert len(pulled) <= 1_001
    answer = client.post(URL, content=b"id;text\n" * 1_500, headers=NDJSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_readable")
    assert everything(client) == before
    late = body([*[b"{"] * 999, *rows(1)])
    assert counts(taken(client, client.post(URL, content=late, headers=NDJSON))) == (
        1000,
        1,
        0,
        999,
    )


def test_no_lines_at_all_are_an_error() -> None:
    with pytest.raises(EmptyInput, match="no line with anything on it"):
        items([b"\n", b" \n"], how())


def test_a_job_can_be_given_up_and_what_is_mined_stays(
    client: TestClient, mine_all: Callable[[], list[UUID]]
) -> None:
    first = taken(client, client.post(URL, content=body(rows(3)), headers=NDJSON))
    mine_all()
    second = taken(client, client.post(URL, content=body(rows(2)), headers=NDJSON))
    gone = client.post(f"{second['url']}/cancel")
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert gone.json()["progress"]["cancelled"] == 2
    assert mine_all() == []
    kept = client.post(f"{first['url']}/cancel")
    assert (kept.status_code, kept.json()["state"], counts(kept.json())) == (
        200,
        "done",
        (3, 0, 3, 0),
    )


def test_jobs_are_listed_in_pages_newest_first(client: TestClient) -> None:
    made = [
        taken(client, client.post(URL, content=body(rows(1)), headers=NDJSON)) for _ in range(3)
    ]
    first = client.get("/v1/jobs", params={"limit": 2}).json()
    second = client.get("/v1/jobs", params={"limit": 2, "cursor": first["next"]}).json()
    assert [job["id"] for job in [*first["data"], *second["data"]][:3]] == [
        job["id"] for job in reversed(made)
    ]


@pytest.mark.parametrize("path", ["", "/rejections"])
def test_an_unknown_job_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(f"/v1/jobs/{uuid4()}{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.post(f"/v1/jobs/{uuid4()}/cancel").status_code == 404
    assert client.get(f"/v1/jobs/seven{path}").json()["errors"][0]["pointer"] == "/id"


def test_a_cursor_of_another_list_is_refused(client: TestClient) -> None:
    for _ in range(2):
        taken(client, client.post(URL, content=body(rows(1)), headers=NDJSON))
    cursor = client.get("/v1/jobs", params={"limit": 1}).json()["next"]
    for path in ("/v1/interactions", "/v1/findings"):
        answer = client.get(path, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/cursor")


def test_names_of_files_are_redacted(client: TestClient, database: Database) -> None:
    params = {"filename": "jane.doe@example.com.jsonl"}
    job = taken(
        client, client.post(URL, content=body([*rows(1), b"{"]), headers=NDJSON, params=params)
    )
    listed = client.get(job["rejections_url"]).text
    with database.session() as session:
        row = jobs.get(session, UUID(job["id"]))
        assert row is not None
        assert "jane.doe" not in row.source
    assert "jane.doe" not in listed
    assert "jane.doe" not in client.get("/v1/interactions", params={"job": job["id"]}).text

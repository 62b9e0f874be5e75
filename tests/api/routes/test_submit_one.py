"""POST /v1/interactions: every way to hand one in, and every way to get it wrong."""

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from tests.api.conftest import LIMIT

URL = "/v1/interactions"
CALL = "Agent: How can I help you?\nCustomer: The kettle leaks since Monday, all over the table.\n"
VTT = (
    "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Agent>Hello.\n\n"
    "00:03.000 --> 00:06.000\n<v Customer>It leaks.\n"
)
OWN: dict[str, Any] = {
    "id": "call-1",
    "channel": "call",
    "started_at": "2026-03-02T09:15:00+01:00",
    "metadata": {"product": "Kettle 3"},
    "turns": [
        {"speaker": "agent", "text": "How can I help you?", "start": 0.5, "end": 2.0},
        {"speaker": "customer", "text": "The kettle leaks.", "start": 2.5},
    ],
}


def stored(client: TestClient, answer: Any) -> dict[str, Any]:
    """What was stored of a submission that was taken."""
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert answer.headers["location"] == body["url"] == f"{URL}/{body['id']}"
    assert body["state"] == "accepted"
    found = client.get(body["url"])
    assert found.status_code == 200
    result: dict[str, Any] = found.json()
    return result


def said(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(turn["speaker"], turn["text"]) for turn in found["turns"]]


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer is."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    result: dict[str, Any] = answer.json()
    assert result["status"] == status
    assert result["request_id"] == answer.headers["x-request-id"]
    return result


def test_our_own_json_is_stored_as_it_is(client: TestClient) -> None:
    found = stored(client, client.post(URL, json=OWN))
    assert said(found) == [
        ("agent", "How can I help you?"),
        ("customer", "The kettle leaks."),
    ]
    assert [(turn["start"], turn["end"]) for turn in found["turns"]] == [(0.5, 2.0), (2.5, None)]
    assert found["external_id"] == "call-1"
    assert found["started_at"] == "2026-03-02T08:15:00Z"
    assert found["metadata"] == {"product": "Kettle 3"}
    assert found["format"] == "conduit_json"
    assert (found["state"], found["sentiment"], found["findings"]) == ("accepted", None, [])


def test_our_own_json_with_the_words_as_text(client: TestClient) -> None:
    found = stored(client, client.post(URL, json={"channel": "call", "text": CALL}))
    assert [speaker for speaker, _ in said(found)] == ["agent", "customer"]


def test_a_file_in_a_form(client: TestClient) -> None:
    found = stored(client, client.post(URL, files={"file": ("0412.vtt", VTT, "text/vtt")}))
    assert said(found) == [("agent", "Hello."), ("customer", "It leaks.")]
    assert (found["format"], found["source"]) == ("webvtt", "0412.vtt")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/octet-stream", "application/x-www-form-urlencoded", ""],
)
def test_a_file_as_the_body_whatever_it_is_called(client: TestClient, content_type: str) -> None:
    answer = client.post(
        URL, content=CALL, params={"filename": "a.txt"}, headers={"content-type": content_type}
    )
    found = stored(client, answer)
    assert [speaker for speaker, _ in said(found)] == ["agent", "customer"]
    assert found["source"] == "a.txt"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="two words.txt"', "two words.txt"),
        ("attachment; filename*=UTF-8''na%C3%AFve.txt", "naïve.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\calls\\\\a.txt"', "a.txt"),
        ("nonsense;;;=", "upload"),
    ],
)
def test_the_name_may_come_in_a_header(client: TestClient, header: str, name: str) -> None:
    headers = {"content-disposition": header, "content-type": "text/plain"}
    assert stored(client, client.post(URL, content=CALL, headers=headers))["source"] == name


def test_json_of_another_system_with_a_name_is_recognised(client: TestClient) -> None:
    whisper = {
        "text": "It leaks.",
        "segments": [{"id": 0, "start": 0, "end": 2, "text": "It leaks."}],
    }
    found = stored(client, client.post(URL, params={"filename": "call.json"}, json=whisper))
    assert found["format"] == "whisper"
    hint = refused(client.post(URL, json=whisper), 422, "invalid_request")
    assert "?filename=call.json" in hint["detail"]


def test_options_of_the_query_reach_the_reader(client: TestClient) -> None:
    words = "Dana: How can I help?\nRobin: The kettle leaks.\n" * 2
    params = {
        "agent": "Dana",
        "customer": "Robin",
        "channel": "chat",
        "meta.product": "Kettle 3",
        "format": "labelled_text",
    }
    found = stored(client, client.post(URL, content=words, params=params))
    assert [speaker for speaker, _ in said(found)] == ["agent", "customer"] * 2
    assert (found["channel"], found["metadata"]) == ("chat", {"product": "Kettle 3"})
    assert found["roles"]["source"] == "options"


def test_options_of_a_form_stand_beside_the_file(client: TestClient) -> None:
    table = "nummer,inhalt\n7,The kettle leaks all over the table.\n"
    answer = client.post(
        URL,
        files={"file": ("t.csv", table)},
        data={
            "format": "csv_table",
            "column.id": "nummer",
            "column.text": "inhalt",
            "meta.region": "north",
        },
    )
    found = stored(client, answer)
    assert (found["external_id"], found["metadata"]) == ("7", {"region": "north"})


def test_personal_data_is_nowhere_in_what_is_stored(client: TestClient) -> None:
    words = (
        "Agent: How can I help?\n"
        "Customer: My name is Quentin Abernathy, write to q.abernathy@example.com, it leaks.\n"
    )
    files = {"file": ("q.abernathy@example.com.txt", words)}
    answer = client.post(URL, files=files, data={"meta.contact": "q.abernathy@example.com"})
    found = stored(client, answer)
    for secret in ("abernathy", "quentin"):
        assert secret not in json.dumps(found).lower()
        assert secret not in answer.text.lower()
    assert "[EMAIL_1]" in found["turns"][1]["text"]
    assert found["redactions"]["EMAIL"] >= 1


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        ({"colour": "red"}, "/colour", "there is no such field"),
        ({"channel": "fax"}, "/channel", "'call', 'email' or 'chat'"),
        ({"started_at": "2026-03-02T09:15:00"}, "/started_at", "timezone"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "/started_at", "1900"),
        ({"started_at": 1e300}, "/started_at", "valid datetime"),
        ({"metadata": {"a": 7}}, "/metadata/a", "valid string"),
        ({"metadata": {"a/b~c": ""}}, "/metadata/a~1b~0c", "at least 1"),
        ({"id": "x" * 201}, "/id", "at most 200"),
        ({"turns": []}, "/turns", "at least 1"),
        ({"turns": [{"speaker": "boss", "text": "x"}]}, "/turns/0/speaker", "'customer'"),
        ({"turns": [{"speaker": "agent", "text": ""}]}, "/turns/0/text", "at least 1"),
        ({"turns": [{"speaker": "agent", "text": "a\0b"}]}, "/turns/0/text", "U+0000"),
        ({"turns": [{"speaker": "agent", "text": "a", "start": -1}]}, "/turns/0/start", "0"),
        ({"turns": [{"speaker": "agent", "text": "a", "start": 10**30}]}, "/turns/0/start", "less"),
        ({"text": "as well"}, "", "exactly one of `turns` and `text`"),
    ],
)
def test_a_wrong_field_is_pointed_at(
    client: TestClient, change: dict[str, Any], pointer: str, message: str
) -> None:
    problem = refused(client.post(URL, json={**OWN, **change}), 422, "invalid_request")
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert problem["errors"][0]["in"] == "body"
    assert message in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"text": "\\ud800"}',
        b'{"text": "a", "text": NaN}',
        b'{"turns": ' + b"[" * 100_000,
        b'{"turns": [{"speaker": "agent", "text": "a", "start": ' + b"9" * 10_000 + b"}]}",
        b'{"turns": [{"speaker": "agent", "text": "a", "start": 1e999}]}',
    ],
)
def test_what_is_no_json_of_ours_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post(URL, content=body, headers={"content-type": "application/json"})
    refused(answer, 422, "invalid_request")


def test_many_faults_make_a_short_answer(client: TestClient) -> None:
    turns = [{"speaker": "boss", "text": "x"}] * 5_000
    problem = refused(client.post(URL, json={"turns": turns}), 422, "invalid_request")
    assert len(problem["errors"]) == 50
    assert "5,000 fields" in problem["detail"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "empty"),
        (b"  \n ", 422, "empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, 415, "binary"),
        (b'{"results": {"transcripts"', 422, "broken"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", 415, "binary"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    client: TestClient, content: bytes, status: int, code: str
) -> None:
    before = client.get(URL).json()
    refused(client.post(URL, content=content, params={"filename": "f"}), status, code)
    refused(client.post(URL, files={"file": ("f", content)}), status, code)
    assert client.get(URL).json() == before


def test_a_file_of_many_is_shown_the_way(client: TestClient) -> None:
    rows = "\n".join(json.dumps({"id": n, "text": "It leaks all day."}) for n in range(3))
    problem = refused(
        client.post(URL, files={"file": ("calls.jsonl", rows)}), 422, "several_interactions"
    )
    assert "/v1/batches" in problem["detail"]


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"colour": "red"}, "/colour"),
        ({"channel": "fax"}, "/channel"),
        ({"filename": "a\0b"}, "/filename"),
        ({"meta.": "x"}, "/metadata//[key]"),
        ({"metadata": "x"}, "/metadata."),
        ({"agent": ""}, "/agent/0"),
    ],
)
def test_an_unknown_option_is_refused(
    client: TestClient, params: dict[str, str], pointer: str
) -> None:
    answers = [
        (client.post(URL, content=CALL, params=params), "query"),
        (client.post(URL, files={"file": ("a.txt", CALL)}, data=params), "body"),
    ]
    for answer, place in answers:
        problem = refused(answer, 422, "invalid_request")
        assert [(fault["in"], fault["pointer"]) for fault in problem["errors"]] == [
            (place, pointer)
        ]


def test_unknown_formats_and_encodings_name_the_choices(client: TestClient) -> None:
    problem = refused(client.post(URL, content=CALL, params={"format": "doc"}), 422, "bad_option")
    assert "'doc'" in problem["detail"]
    assert "webvtt" in problem["detail"]
    refused(client.post(URL, content=CALL, params={"encoding": "klingon"}), 422, "bad_option")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "exactly one file"),
        ({"datei": ("a.txt", CALL)}, "exactly one file"),
        ({"file": ("a.txt", CALL), "other": ("b.txt", CALL)}, "several files"),
    ],
)
def test_a_form_holds_one_file(client: TestClient, files: dict[str, Any], message: str) -> None:
    answer = client.post(URL, files={**files, "channel": (None, "call")})
    assert message in refused(answer, 422, "invalid_request")["detail"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense"),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        ),
        ("multipart/form-data; boundary=b", b"--c\r\n"),
    ],
)
def test_a_broken_form_is_refused(client: TestClient, content_type: str, body: bytes) -> None:
    answer = client.post(URL, content=body, headers={"content-type": content_type})
    assert answer.status_code == 422
    assert answer.json()["code"] in {"broken", "invalid_request"}


def test_a_form_that_breaks_off_stores_nothing(client: TestClient) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    before = client.get(URL).json()
    assert client.post(URL, content=part + CALL.encode(), headers=headers).status_code == 422
    assert client.get(URL).json() == before


def test_gzip_is_unpacked(client: TestClient) -> None:
    headers = {"content-encoding": "gzip", "content-type": "text/plain"}
    members = gzip.compress(CALL[:20].encode()) + gzip.compress(CALL[20:].encode())
    found = stored(client, client.post(URL, content=members, headers=headers))
    assert len(found["turns"]) == 2


def test_broken_gzip_is_refused(client: TestClient) -> None:
    headers = {"content-encoding": "gzip", "content-type": "text/plain"}
    for body in (b"not gzip", gzip.compress(CALL.encode())[:-4]):
        refused(client.post(URL, content=body, headers=headers), 422, "broken")


def test_another_content_encoding_is_refused(client: TestClient) -> None:
    answer = client.post(URL, content=b"x", headers={"content-encoding": "br"})
    refused(answer, 415, "unsupported_media")
    assert answer.headers["accept-encoding"] == "gzip"


def test_a_gzip_bomb_is_stopped(client: TestClient) -> None:
    bomb = gzip.compress(b"a" * (LIMIT * 100))
    assert len(bomb) < LIMIT / 5
    answer = client.post(URL, content=bomb, headers={"content-encoding": "gzip"})
    refused(answer, 413, "too_large")


def test_too_large_is_told_from_the_header_or_on_the_way(client: TestClient) -> None:
    big = b"a" * (LIMIT + 1)
    refused(client.post(URL, content=big), 413, "too_large")
    chunks = (big[at : at + 50_000] for at in range(0, len(big), 50_000))
    refused(client.post(URL, content=chunks), 413, "too_large")
    refused(client.post(URL, files={"file": ("a.txt", big)}), 413, "too_large")


def test_an_upload_never_touches_the_disk(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = "Customer: The kettle leaks, and the manual says nothing about it.\n"
    words = line * (LIMIT // len(line) - 5)
    # Whoever wants a temporary file gets an error.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    stored(client, client.post(URL, files={"file": ("a.txt", words)}))
    stored(client, client.post(URL, content=words, params={"filename": "a.txt"}))
    with (
        pytest.raises(FileNotFoundError, match="missing"),
        tempfile.SpooledTemporaryFile(10) as file,
    ):
        file.write(words.encode())


def test_the_form_parser_keeps_everything_in_memory() -> None:
    from api.intake.uploads import _InMemoryParser

    async def nothing() -> Any:
        yield b""

    parser = _InMemoryParser(Headers(), nothing())
    assert parser.spool_max_size > 2**40

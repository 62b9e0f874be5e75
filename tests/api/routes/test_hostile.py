"""Whatever is sent, the answer is no 5xx, and what was refused is not stored."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.store import overview
from api.store.database import Database

pytestmark = pytest.mark.slow

# The app and its database outlive the examples on purpose: rows pile up as they would.
HOSTILE = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# Text of all kinds: nulls, halves of surrogate pairs, right-to-left marks, combining marks.
odd_text = st.one_of(
    st.text(alphabet=st.characters(), max_size=40),
    st.text(
        alphabet=st.sampled_from("\0\ud800\udfff\u202e\u0301\ufeff\uffff\U0001f9ff'\"%\\;<>{}[]:"),
        max_size=12,
    ),
    st.sampled_from(["NaN", "Infinity", "-0", "' OR 1=1 --", "${7*7}", "\\u0000", "[PERSON_1]"]),
)
odd_number = st.one_of(
    st.integers(),
    st.integers(min_value=10**300, max_value=10**310),
    st.floats(),
    st.sampled_from([2**31, 2**63, -(2**63), 1e308, -1e308, 5e-324]),
)
odd_value = st.recursive(
    st.one_of(st.none(), st.booleans(), odd_number, odd_text),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(odd_text, inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = [
    "id",
    "channel",
    "started_at",
    "subject",
    "metadata",
    "turns",
    "text",
    "speaker",
    "start",
    "end",
    "content",
    "message",
    "body",
    "transcript",
    "results",
    "segments",
    "date",
    "timestamp",
    "participant",
    "words",
    "confidence",
]
LISTS = (
    "/",
    *(f"/v1/{noun}" for noun in ("interactions", "findings", "jobs", "themes", "areas", "alerts")),
    *(f"/v1/{noun}" for noun in ("theme-edits", "themes/emerging", "themes/quality")),
)
EDITS = (
    "",
    "/move",
    "/constraints",
    "/recluster",
    "/0199aa14-9c3b-7e10-8a44-2b7d1f0c6e35/merge",
    "/0199aa14-9c3b-7e10-8a44-2b7d1f0c6e35/split",
)
objects = st.dictionaries(st.one_of(st.sampled_from(NAMES), odd_text), odd_value, max_size=6)
turns = st.lists(
    st.fixed_dictionaries(
        {"speaker": st.sampled_from(["agent", "customer", "other", "boss"]), "text": odd_text},
        optional={"start": odd_number, "end": odd_number, "x": odd_value},
    ),
    max_size=4,
)
near_misses = st.fixed_dictionaries(
    {"turns": turns},
    optional={
        "id": odd_text,
        "channel": st.sampled_from(["call", "email", "chat", "fax"]),
        "started_at": st.one_of(
            odd_text, odd_number, st.datetimes().map(lambda when: f"{when.isoformat()}Z")
        ),
        "subject": odd_text,
        "metadata": st.dictionaries(odd_text, st.one_of(odd_text, odd_value), max_size=4),
    },
)


def counted(database: Database) -> int:
    with database.session() as session:
        return overview.counts(session).interactions


def check(client: TestClient, database: Database, before: int, answer: Any) -> None:
    """No 5xx; a problem where refused, and nothing stored; readable again where taken."""
    assert answer.status_code < 500, answer.text
    if answer.status_code != 202:
        assert answer.headers["content-type"] == "application/problem+json"
        assert counted(database) == before
        return
    assert counted(database) > before
    assert client.get(answer.json()["url"]).status_code == 200
    assert client.get("/v1/interactions", params={"limit": 5}).status_code == 200


@HOSTILE
@given(body=st.one_of(objects, near_misses, odd_value))
def test_json_of_any_shape(client: TestClient, database: Database, body: Any) -> None:
    before = counted(database)
    sent = json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    check(client, database, before, client.post("/v1/interactions", content=sent, headers=headers))


odd_ids = st.lists(st.one_of(st.uuids().map(str), odd_value), max_size=3)
near_edits = st.dictionaries(
    st.sampled_from(
        ["name", "findings", "scope", "to", "into", "together", "apart", "description", "pinned"]
    ),
    st.one_of(
        odd_value,
        odd_ids,
        st.lists(odd_ids, max_size=3),
        st.sampled_from(["all", "product_defect", True, None]),
        st.uuids().map(str),
    ),
    max_size=4,
)


@HOSTILE
@given(body=st.one_of(near_edits, odd_value), path=st.sampled_from(EDITS))
def test_edits_of_themes_of_any_shape(client: TestClient, path: str, body: Any) -> None:
    sent = json.dumps(body).encode()
    answers = [
        client.post(f"/v1/themes{path}", content=sent),
        client.patch(f"/v1/themes/{EDITS[-1].split('/')[1]}", content=sent),
    ]
    for answer in answers:
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/v1/themes").json()["data"] == []


@HOSTILE
@given(body=st.one_of(objects, near_misses, odd_value))
def test_a_file_of_json_of_any_shape(client: TestClient, database: Database, body: Any) -> None:
    before = counted(database)
    files = {"file": ("a.json", json.dumps(body).encode())}
    check(client, database, before, client.post("/v1/interactions", files=files))


@HOSTILE
@given(
    lines=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.one_of(objects, near_misses).map(lambda value: json.dumps(value).encode()),
        ),
        max_size=5,
    )
)
def test_lines_of_any_shape(client: TestClient, database: Database, lines: list[bytes]) -> None:
    before = counted(database)
    headers = {"content-type": "application/x-ndjson"}
    answer = client.post("/v1/batches", content=b"\n".join(lines), headers=headers)
    check(client, database, before, answer)


@HOSTILE
@given(
    body=st.binary(max_size=400),
    content_type=st.sampled_from(
        [
            "text/plain",
            "application/json",
            "application/x-ndjson",
            "multipart/form-data",
            "multipart/form-data; boundary=b",
            'multipart/form-data; boundary="b"; charset=punycode',
            "multipart/form-data; boundary=" + "b" * 300,
            "\xe9/;;;=",
        ]
    ),
    where=st.tuples(
        st.sampled_from(["/v1/interactions", "/v1/batches"]), st.sampled_from(["", "gzip", "x"])
    ),
)
def test_bytes_of_any_kind(
    client: TestClient, database: Database, body: bytes, content_type: str, where: tuple[str, str]
) -> None:
    path, packed = where
    before = counted(database)
    if "boundary=b" in content_type and body:
        head = b'--b\r\nContent-Disposition: form-data; name="'
        body = head + body[:20] + b'"; filename="f"\r\n\r\n' + body[20:] + b"\r\n--b--\r\n"
    if packed == "gzip" and len(body) % 2:
        body = gzip.compress(body)
    headers = {
        b"content-type": content_type.encode("latin-1"),
        b"content-encoding": packed.encode(),
    }
    check(client, database, before, client.post(path, content=body, headers=headers))


@HOSTILE
@given(
    params=st.lists(
        st.tuples(
            st.one_of(
                st.sampled_from(
                    [
                        "filename",
                        "format",
                        "channel",
                        "agent",
                        "customer",
                        "encoding",
                        "meta.a",
                        "column.text",
                        "limit",
                        "cursor",
                        "fields",
                        "state",
                        "job",
                        "since",
                        "until",
                        "category",
                        "theme",
                        "scope",
                        "sort",
                        "words",
                        "area",
                        "min_confidence",
                        "source",
                        "external_id",
                    ]
                ),
                st.text(max_size=8),
            ),
            st.one_of(
                st.text(max_size=20),
                st.sampled_from(
                    [
                        "\0",
                        "9" * 400,
                        "NaN",
                        "inf",
                        "webvtt",
                        "utf-16",
                        "idna",
                        "hex",
                        "unicode_escape",
                        "0001-01-01T00:00:00Z",
                        "2999-01-01",
                        "growth",
                    ]
                ),
            ),
        ),
        max_size=4,
    )
)
def test_parameters_of_any_kind(
    client: TestClient,
    database: Database,
    params: list[tuple[str, str | int | float | bool | None]],
) -> None:
    words = "Agent: Hello, can I help?\nCustomer: The kettle leaks.\n"
    for path in LISTS:
        assert client.get(path, params=params).status_code < 500
    before = counted(database)
    check(client, database, before, client.post("/v1/interactions", content=words, params=params))


@pytest.mark.parametrize("path", ["/v1/interactions", "/v1/batches"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"text": ' * 50_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"turns": [' + b'{"speaker":"agent","text":"a"},' * 30_000 + b"]}",
        json.dumps({"text": "a" * 900_000}).encode(),
        b"\n" * 900_000,
        b"Agent:" * 100_000,
        b"Agent: a\n" * 6_000,
        b">" * 900_000,
        b"[" * 900_000,
        b"1 " * 300_000,
        b"a@" * 300_000,
        b"From " * 100_000,
        b"WEBVTT\n\n" + b"00:00.000 --> 00:01.000\n<v " * 2_000,
    ],
    ids=lambda body: str(body[:12]),
)
def test_large_bodies_that_are_nothing(
    client: TestClient, database: Database, path: str, body: bytes
) -> None:
    before = counted(database)
    for content_type in ("application/json", "text/plain", "application/x-ndjson"):
        answer = client.post(path, content=body, headers={"content-type": content_type})
        assert answer.status_code < 500, answer.text
        if answer.status_code != 202:
            assert counted(database) == before
        before = counted(database)

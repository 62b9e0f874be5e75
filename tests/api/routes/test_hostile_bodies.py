"""Bodies that mean harm, sent to every operation that takes one: no 5xx, and nothing is stored.

They are the examples of the OpenAPI document, spoilt: wrong types, deep, huge, odd Unicode,
injected statements, halves. `CONDUIT_HOSTILE=10000` sends as many in all; `CONDUIT_SEED`
repeats a run.
"""

import copy
import json
import os
import random
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from api.store.database import Database
from tests.api.routes.test_conformance import OPERATIONS, ask

pytestmark = pytest.mark.slow

BODIES = [name for name in OPERATIONS if "requestBody" in OPERATIONS[name]]
IN_ALL = int(os.environ.get("CONDUIT_HOSTILE") or 1500)
SEED = os.environ.get("CONDUIT_SEED") or "0"

TEXTS = (
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e\u0301\ufeff\uffff",
    "'; DROP TABLE interactions; --",
    "' OR '1'='1",
    "${7*7}{{7*7}}<%= 7*7 %>",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "\r\nX-Injected: yes",
    "%00%0a%s%n",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "NaN",
    "9" * 400,
    "(" * 5_000,
    "a" * 100_000,
    "0" * 36,
    "2999-99-99T99:99:99Z",
    "not (" * 500 + "category = x" + ")" * 500,
)
NUMBERS = (0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, 5e-324, 0.1, True, False)
ODD: tuple[Any, ...] = (None, [], {}, [[]], [None], {"": ""}, *TEXTS, *NUMBERS)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a tree."""
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += _places(inner, (*path, index))
    return found


def _changed(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """The tree with another value at a place."""
    if not path:
        return change(value)
    other = copy.deepcopy(value)
    inner = other
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = change(inner[path[-1]])
    return other


def _nested(depth: int) -> Any:
    found: Any = "x"
    for _ in range(depth):
        found = [found] if depth % 2 else {"a": found}
    return found


def spoilt(value: Any, luck: random.Random) -> bytes:
    """The body of an example, spoilt in one of many ways."""
    kind = luck.randrange(8)
    place = luck.choice(_places(value))
    if kind < 4:
        value = _changed(value, place, lambda _: luck.choice(ODD))
    elif kind == 4:
        value = _changed(value, place, lambda old: [old] * luck.choice((0, 2, 1000)))
    elif kind == 5:
        value = _changed(value, place, lambda _: _nested(luck.choice((3, 50, 400))))
    elif kind == 6 and isinstance(value, dict):
        value = {**value, luck.choice(TEXTS): luck.choice(ODD)}
    sent = json.dumps(value).encode()
    if kind == 7:
        cut = luck.randrange(len(sent) + 1)
        sent = luck.choice((sent[:cut], sent + b"}", b"\xef\xbb\xbf" + sent, sent[:cut] + b"\xff"))
    return sent


def _example(name: str) -> tuple[Any, str] | None:
    """The first example of JSON among an operation's bodies."""
    content = OPERATIONS[name]["requestBody"]["content"]
    for media in ("application/json", "application/x-ndjson"):
        for example in content.get(media, {}).get("examples", {}).values():
            return example["value"], media
    return None


# What is written whatever becomes of a request: who read what, and the queue's own bookkeeping.
_BESIDE = ("audit", "procrastinate_")


def _rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has."""
    names = connection.execute(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    ).fetchall()
    counts = {}
    for (name,) in names:
        if not name.startswith(_BESIDE):
            query = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(name))
            row = connection.execute(query).fetchone()
            counts[name] = row[0] if row else 0
    return counts


def _written(connection: psycopg.Connection[Any]) -> str:
    """A mark that moves when a transaction writes, whether or not it commits."""
    row = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_mean_harm(client: TestClient, database: Database, name: str) -> None:
    luck = random.Random(f"{SEED} {name}")  # noqa: S311 - which way to spoil, no secret
    example = _example(name)
    value, media = example if example is not None else ({}, "application/json")
    taken = 0
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        rows, written = _rows(connection), _written(connection)
        for _ in range(max(IN_ALL // len(BODIES), 5)):
            sent = spoilt(value, luck)
            answer = ask(client, name, content=sent, headers={"Content-Type": media})
            assert answer.status_code < 500, (sent[:500], answer.text)
            if answer.status_code < 300:
                taken += 1
                rows = _rows(connection)
            else:
                assert answer.headers["content-type"] == "application/problem+json"
                assert len(answer.content) < 20_000, "a refusal does not send everything back"
                # Where no transaction wrote anything, there is nothing to count.
                if _written(connection) != written:
                    assert _rows(connection) == rows, (sent[:500], answer.text)
            written = _written(connection)
    sys.stdout.write(f"{name}: {taken} taken\n")

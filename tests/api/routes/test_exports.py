"""Exports: whole, what changed, what was erased; formats; and what a department is given."""

import csv
import io
import json
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from api.exporting.formats import FORMATS
from api.exporting.tables import Table
from api.steps.mine import mine
from api.store import exports
from api.store.database import Database
from api.store.department_tables import DepartmentRow, RoutedRow
from api.store.ids import new_id
from api.store.tables import FindingRow
from api.store.theme_tables import ThemeMemberRow, ThemeRow, ThemeScopeRow
from api.store.view import View
from tests.api.interactions import WIDTH, WordMiner

WORDS = [{"speaker": "customer", "text": '=SUM(A1), "it" leaks.'}]


def hand_in(client: TestClient, database: Database, name: str = "call") -> str:
    body = {"id": name, "turns": WORDS, "metadata": {"product": "Kettle"}}
    id: str = client.post("/v1/interactions", json=body).json()["id"]
    mine(database, WordMiner(words={"product_defect": "leaks"}), [UUID(id)])
    return id


def exported(
    client: TestClient, noun: str, since: str | None = None
) -> tuple[list[dict[str, Any]], str]:
    params = {} if since is None else {"since": since}
    answer = client.get(f"/v1/exports/{noun}", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    rows = [json.loads(line) for line in answer.text.splitlines()]
    return rows, answer.headers["Conduit-Watermark"]


@pytest.mark.parametrize("noun", ["interactions", "findings"])
def test_a_copy_is_kept_up_by_watermarks(client: TestClient, database: Database, noun: str) -> None:
    first = hand_in(client, database, f"first {noun}")
    rows, mark = exported(client, noun)
    key = "id" if noun == "interactions" else "interaction"
    assert first in {row[key] for row in rows}
    assert {row["change"] for row in rows} == {"upsert"}
    copy = {row["id"]: row for row in rows}
    assert exported(client, noun, mark)[0] == []
    second = hand_in(client, database, f"second {noun}")
    rows, later = exported(client, noun, mark)
    assert {row[key] for row in rows} == {second}
    copy |= {row["id"]: row for row in rows}
    client.delete(f"/v1/interactions/{first}")
    rows, _ = exported(client, noun, later)
    assert {row["change"] for row in rows} == {"erased"}
    assert all(set(row) == {"change", "id"} for row in rows)
    for row in rows:
        del copy[row["id"]]
    whole, _ = exported(client, noun)
    assert copy == {row["id"]: row for row in whole}


def test_what_commits_late_is_in_the_next(client: TestClient, database: Database) -> None:
    id = UUID(hand_in(client, database, "late"))
    with database.session() as slow:
        slow.execute(
            update(FindingRow).where(FindingRow.interaction_id == id).values(confidence=0.5)
        )
        rows, mark = exported(client, "findings")
        assert {row["confidence"] for row in rows if row["interaction"] == str(id)} == {0.75}
        other = hand_in(client, database, "meanwhile")
    rows, _ = exported(client, "findings", mark)
    assert {(row["interaction"], row["confidence"]) for row in rows} >= {(str(id), 0.5)}
    assert other in {row["interaction"] for row in rows}


def _theme(session: Session, name: str) -> UUID:
    vector = np.full(WIDTH, 0.05)
    row = ThemeRow(id=new_id(), scope="product_defect", name=name, machine_name=name, floor=0.0)
    row.centroid = row.middle = vector
    session.add(row)
    session.flush()
    return row.id


def test_a_finding_says_its_theme_and_a_move_is_a_change(
    client: TestClient, database: Database
) -> None:
    id = UUID(hand_in(client, database, "themed"))
    with database.session() as session:
        (finding,) = session.scalars(select(FindingRow.id).where(FindingRow.interaction_id == id))
        if session.get(ThemeScopeRow, "product_defect") is None:
            session.add(ThemeScopeRow(scope="product_defect"))
            session.flush()
        one, other = _theme(session, "leaks"), _theme(session, "drips")
    _, mark = exported(client, "findings")
    with database.session() as session:
        member = {"finding_id": finding, "scope": "product_defect", "interaction_id": id}
        session.execute(
            insert(ThemeMemberRow).values(theme_id=one, likeness=0.5, placed_by="online", **member)
        )
    (row,), later = exported(client, "findings", mark)
    assert (row["id"], row["theme"], row["product"]) == (str(finding), str(one), "Kettle")
    stands = ThemeMemberRow.finding_id == finding
    with database.session() as session:
        session.execute(update(ThemeMemberRow).where(stands).values(likeness=0.6))
    assert exported(client, "findings", later)[0] == []
    with database.session() as session:
        session.execute(update(ThemeMemberRow).where(stands).values(theme_id=other))
    (row,), last = exported(client, "findings", later)
    assert row["theme"] == str(other)
    with database.session() as session:
        session.execute(delete(ThemeMemberRow).where(stands))
    (row,), _ = exported(client, "findings", last)
    assert row["theme"] is None
    rows, _ = exported(client, "themes")
    assert {row["name"] for row in rows} >= {"leaks", "drips"}


def test_every_format_holds_the_same(client: TestClient, database: Database) -> None:
    hand_in(client, database, "formats")
    rows, _ = exported(client, "findings")
    text = client.get("/v1/exports/findings", params={"format": "csv"})
    assert text.headers["content-disposition"] == 'attachment; filename="findings.csv"'
    listed = list(csv.DictReader(io.StringIO(text.text)))
    packed = client.get("/v1/exports/findings", params={"format": "parquet"})
    table = pq.read_table(io.BytesIO(packed.content)).to_pylist()
    assert [row["id"] for row in listed] == [row["id"] for row in rows]
    assert [row["id"] for row in table] == [row["id"] for row in rows]
    assert [row["quote"] for row in table] == [row["quote"] for row in rows]
    assert [float(row["confidence"]) for row in listed] == [row["confidence"] for row in rows]
    assert table[0]["created_at"].isoformat().replace("+00:00", "Z") == rows[0]["created_at"]
    interactions = client.get("/v1/exports/interactions", params={"format": "parquet"}).content
    meta = pq.read_table(io.BytesIO(interactions)).column("metadata").to_pylist()
    assert json.loads(meta[0]) == {"product": "Kettle"}


@pytest.mark.parametrize("value", ["=SUM(A1)", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(value: str) -> None:
    table = Table(columns=(("quote", "text"),), rows=[(value,), (f'a "{value}"\n',)], gone=[])
    text = b"".join(FORMATS["csv"].write(table)).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[1:] == [["upsert", f"'{value}"], ["upsert", f'a "{value}"\n']]
    assert text.startswith("change,quote\r\n")


def test_rows_are_read_as_they_are_written() -> None:
    read: list[int] = []

    def rows() -> Any:
        for number in range(25_000):
            read.append(number)
            yield (number,)

    for name in FORMATS:
        read.clear()
        parts = FORMATS[name].write(Table(columns=(("n", "count"),), rows=rows(), gone=[]))
        assert next(parts) or next(parts)
        assert len(read) <= 10_000, name
        assert sum(1 for _ in parts) >= 2
        assert len(read) == 25_000


def test_it_is_compressed_for_who_takes_it(client: TestClient, database: Database) -> None:
    hand_in(client, database, "packed")
    path = "/v1/exports/interactions"
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    plain = client.get(path, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    parquet = client.get(path, params={"format": "parquet"}, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in parquet.headers


def test_a_watermark_of_something_else_is_refused(client: TestClient) -> None:
    _, mark = exported(client, "findings")
    for since in ("x", mark[:-2], mark.swapcase()):
        answer = client.get("/v1/exports/findings", params={"since": since})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/since"
    assert client.get("/v1/exports/themes", params={"since": mark}).status_code == 422
    assert client.get("/v1/exports/turns").status_code == 422


def test_a_department_is_given_what_reached_it(client: TestClient, database: Database) -> None:
    id = UUID(hand_in(client, database, "ours"))
    hand_in(client, database, "not ours")
    with database.session() as session:
        department = new_id()
        session.add(DepartmentRow(id=department, name="own", title="Without rules"))
        finding = session.scalars(select(FindingRow).where(FindingRow.interaction_id == id)).one()
    with database.session() as session:
        before = exports.opened(session).transaction
    with database.session() as session:
        routed = {"interaction_id": id, "passage": finding.passage, "turn": finding.turn}
        session.execute(
            insert(RoutedRow).values(department_id=department, finding_id=finding.id, **routed)
        )
    view = View(department=department)

    def given(noun: str, since: int) -> tuple[list[Any], list[UUID]]:
        with database.session(view) as session:
            exports.opened(session)
            rows = [row[0] for row in exports.rows(session, noun, since)]
            return rows, list(exports.tombstones(session, noun, since))

    for since in (exports.BEGINNING, before):
        assert given("findings", since) == ([finding.id], [])
        assert given("interactions", since) == ([id], [])
    with database.session() as session:
        middle = exports.opened(session).transaction
    client.delete(f"/v1/interactions/{id}")
    assert given("findings", middle) == ([], [finding.id])
    assert given("interactions", middle) == ([], [id])
    with database.session(View(department=UUID(int=1))) as session:
        exports.opened(session)
        assert list(exports.tombstones(session, "findings", before)) == []


def test_no_more_run_at_once_than_there_are_connections_for(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.routes import exports as route

    for _ in range(route.MOST_AT_ONCE):
        assert route._running.acquire(blocking=False)
    try:
        answer = client.get("/v1/exports/themes")
        assert (answer.status_code, answer.json()["code"]) == (503, "too_many_streams")
    finally:
        for _ in range(route.MOST_AT_ONCE):
            route._running.release()
    for _ in range(route.MOST_AT_ONCE + 1):
        assert client.get("/v1/exports/themes").status_code == 200

"""What backups need of the store: one snapshot with its counts, and tombstones to carry over."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store import erasing
from api.store.database import Database
from api.store.erasure_tables import ErasureRow, ErasureTargetRow
from api.store.tables import ErasedRow, JobRow

_CHUNK = 1000
_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is in the database at one moment.

    Attributes:
        name: by which other connections see the same moment, as long as this one is open.
        revision: of the schema.
        rows: by table.
    """

    name: str
    revision: str
    rows: Mapping[str, int]


_TABLES = text(
    "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
)


@contextmanager
def snapshot(database: Database) -> Iterator[Snapshot]:
    """One moment of the database, held while the block runs."""
    with database.session() as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        name = str(session.scalar(text("SELECT pg_export_snapshot()")))
        tables = session.scalars(_TABLES).all()
        rows = {
            table: session.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608 - quoted
            for table in tables
        }
        revision = str(session.scalar(text("SELECT version_num FROM alembic_version")))
        yield Snapshot(name=name, revision=revision, rows=rows)


def is_empty(database: Database) -> bool:
    """Whether there is no table yet."""
    with database.session() as session:
        return not session.scalars(_TABLES).all()


def tombstones(database: Database) -> Iterator[str]:
    """Lines of JSON: every receipt, and every erased id; no word of anybody."""
    with database.session() as session:
        for row in session.scalars(select(ErasureRow).order_by(ErasureRow.sequence)):
            if row.receipt is not None:
                yield json.dumps({"erasure": _receipt(row)}, sort_keys=True)
        for gone in session.scalars(
            select(ErasedRow).order_by(ErasedRow.interaction_id),
            execution_options={"yield_per": _CHUNK},
        ):
            yield json.dumps({"erased": str(gone.interaction_id), "at": gone.at.isoformat()})
        for target in session.scalars(
            select(ErasureTargetRow).where(ErasureTargetRow.outcome.is_not(None)),
            execution_options={"yield_per": _CHUNK},
        ):
            of = [str(target.erasure_id), str(target.interaction_id), target.outcome]
            yield json.dumps({"target": of})


def _receipt(row: ErasureRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "what": row.what,
        "by_id": None if row.by_id is None else str(row.by_id),
        "by_name": row.by_name,
        "asked_at": row.asked_at.isoformat(),
        "counts": row.counts,
        "receipt": row.receipt,
        "digest": (row.digest or b"").hex(),
        "signature": (row.signature or b"").hex(),
        "public_key": (row.public_key or b"").hex(),
        "sequence": row.sequence,
    }


def erase_again(database: Database, lines: Iterable[str]) -> int:
    """Takes away again what was erased since a backup, and puts its receipts back.

    Whatever a hold of the backup says: it was released before it was erased.

    Returns:
        How many interactions went.
    """
    erased: list[tuple[UUID, datetime]] = []
    with database.session() as session:
        for line in lines:
            said = json.loads(line)
            if "erasure" in said:
                _put_back(session, said["erasure"])
            elif "target" in said:
                erasure, interaction, outcome = said["target"]
                values = {"erasure_id": UUID(erasure), "interaction_id": UUID(interaction)}
                session.execute(
                    upsert(ErasureTargetRow)
                    .values(**values, outcome=outcome)
                    .on_conflict_do_update(
                        index_elements=["erasure_id", "interaction_id"], set_={"outcome": outcome}
                    )
                )
            else:
                erased.append((UUID(said["erased"]), datetime.fromisoformat(said["at"])))
    number = 0
    for at in range(0, len(erased), _BATCH):
        batch = erased[at : at + _BATCH]
        with database.session() as session:
            number += len(erasing.erase(session, [id for id, _ in batch], heed_holds=False).ids)
            session.execute(
                upsert(ErasedRow).on_conflict_do_nothing(),
                [{"interaction_id": id, "at": when} for id, when in batch],
            )
    return number


def _put_back(session: Session, said: Mapping[str, Any]) -> None:
    """A receipt, unless it is there; its job is over."""
    asked = datetime.fromisoformat(said["asked_at"])
    job = {"kind": "erase", "source": "erasure", "created_at": asked}
    session.execute(
        upsert(JobRow)
        .values(id=UUID(said["id"]), state="done", finished_at=asked, **job)
        .on_conflict_do_update(index_elements=["id"], set_={"state": "done", "finished_at": asked})
    )
    raw = {name: bytes.fromhex(said[name]) for name in ("digest", "signature", "public_key")}
    by = None if said["by_id"] is None else UUID(said["by_id"])
    plain = ("kind", "what", "by_name", "counts", "receipt", "sequence")
    values = {**{name: said[name] for name in plain}, **raw, "asked_at": asked, "by_id": by}
    session.execute(
        upsert(ErasureRow)
        .values(id=UUID(said["id"]), **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )

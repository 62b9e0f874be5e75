"""Erasures: which interactions each is about, how far it is, and the chain of their receipts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, insert, literal, or_, select, text, update
from sqlalchemy.orm import Session

from api.store import holds, jobs
from api.store.erasure_tables import ErasureRow, ErasureTargetRow
from api.store.tables import InteractionRow, JobRow
from api.store.theme_counts import CUSTOMER
from api.store.theme_tables import ThemeScopeRow

SOURCE = "erasure"
_CHAIN_LOCK = 0x72636569
_HAPPENED = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)


class Signature(Protocol):
    """What a receipt is signed with: `api.receipts.Signed`."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the receipt."""

    @property
    def signature(self) -> bytes:
        """Over the receipt."""

    @property
    def public_key(self) -> bytes:
        """To check it with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which interactions; exactly one of these is set.

    Attributes:
        ids: these.
        customer: those whose metadata name this customer (`CUSTOMER`), exactly.
        before: those that happened before this moment, or came in before it where nobody knows.
        older: those of each channel that happened before its moment.
    """

    ids: tuple[UUID, ...] | None = None
    customer: str | None = None
    before: datetime | None = None
    older: Mapping[str, datetime] | None = None

    def query(self) -> Select[UUID]:
        """Their ids."""
        return select(InteractionRow.id).where(self._condition())

    def _condition(self) -> ColumnElement[bool]:
        if self.ids is not None:
            return InteractionRow.id.in_(self.ids)
        if self.customer is not None:
            named = [InteractionRow.meta[key].astext == self.customer for key in CUSTOMER]
            return or_(*named)
        if self.before is not None:
            return self.before > _HAPPENED
        limits = (self.older or {}).items()
        aged = [(InteractionRow.channel == name) & (limit > _HAPPENED) for name, limit in limits]
        return or_(literal(value=False), *aged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is written down of who asked for what.

    Attributes:
        kind: one of `ERASURE_KINDS`.
        what: without anybody's name.
        by_id: whose key; None for the policy, or where no keys are asked for.
        by_name: of the key.
    """

    kind: str
    what: Mapping[str, Any]
    by_id: UUID | None
    by_name: str


def count(session: Session, selection: Selection) -> int:
    """How many stored interactions a selection has."""
    return session.scalar(select(func.count()).select_from(selection.query().subquery())) or 0


def count_held(session: Session, selection: Selection) -> int:
    """How many of them a legal hold covers."""
    return len(holds.held(session, session.scalars(selection.query()).all()))


def create(session: Session, asked: Asked, selection: Selection) -> ErasureRow:
    """A new erasure with its job, and the interactions that it is about as they are now.

    What is handed in later is not among them. Of ids that were named, those that are not stored
    are noted as gone.
    """
    job = jobs.create(session, source=SOURCE, kind="erase")
    row = ErasureRow(
        id=job.id,
        kind=asked.kind,
        what=dict(asked.what),
        by_id=asked.by_id,
        by_name=asked.by_name,
    )
    session.add(row)
    session.flush()
    listed = selection.query().add_columns(literal(job.id))
    table = ErasureTargetRow
    session.execute(insert(table).from_select(["interaction_id", "erasure_id"], listed))
    if selection.ids is not None:
        known = set(session.scalars(select(table.interaction_id).where(table.erasure_id == job.id)))
        gone = [
            {"erasure_id": job.id, "interaction_id": id, "outcome": "gone"}
            for id in dict.fromkeys(selection.ids)
            if id not in known
        ]
        if gone:
            session.execute(insert(table), gone)
    job.total = (
        session.scalar(select(func.count()).select_from(table).where(table.erasure_id == job.id))
        or 0
    )
    session.flush()
    session.refresh(row)
    return row


def get(session: Session, id: UUID) -> ErasureRow | None:
    """One erasure, or None."""
    return session.get(ErasureRow, id)


def list_page(
    session: Session, *, kind: str | None = None, after: UUID | None = None, limit: int
) -> list[ErasureRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(ErasureRow).order_by(ErasureRow.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(ErasureRow.kind == kind)
    if after is not None:
        query = query.where(ErasureRow.id < after)
    return list(session.scalars(query))


def take_up(session: Session, id: UUID) -> tuple[ErasureRow, JobRow] | None:
    """An erasure that has no receipt yet, and its job, both locked; None where it is through.

    Two workers at the same erasure take turns.
    """
    row = session.get(ErasureRow, id, with_for_update=True, populate_existing=True)
    job = session.get(JobRow, id, with_for_update=True, populate_existing=True)
    if row is None or job is None or row.receipt is not None:
        return None
    return row, job


def batch(session: Session, id: UUID, *, limit: int) -> list[UUID]:
    """The next interactions to erase, in the order of their ids."""
    query = select(ErasureTargetRow.interaction_id).where(
        ErasureTargetRow.erasure_id == id, ErasureTargetRow.outcome.is_(None)
    )
    return list(session.scalars(query.order_by(ErasureTargetRow.interaction_id).limit(limit)))


def note(
    session: Session,
    row: ErasureRow,
    ids: Collection[UUID],
    *,
    erased: Collection[UUID],
    held: Collection[UUID],
) -> None:
    """Writes down what became of a batch; what is neither erased nor held was gone already."""
    table = ErasureTargetRow
    session.execute(
        update(table)
        .where(table.erasure_id == row.id, table.interaction_id.in_(ids))
        .values(
            outcome=case(
                (table.interaction_id.in_(erased), "erased"),
                (table.interaction_id.in_(held), "held"),
                else_="gone",
            )
        )
        .execution_options(synchronize_session=False)
    )


def tally(
    session: Session, row: ErasureRow, counts: Mapping[str, int], scopes: Collection[str]
) -> None:
    """Adds what a batch took away to what went before."""
    for name, number in counts.items():
        row.counts = {**row.counts, name: row.counts.get(name, 0) + number}
    row.scopes = {**row.scopes, **dict.fromkeys(scopes, 1)}
    session.flush()


def finish(
    session: Session, row: ErasureRow, receipt: Mapping[str, Any], signed: Signature
) -> None:
    """Writes the receipt at the end of the chain, which `last_receipt` has locked."""
    row.receipt = dict(receipt)
    row.sequence = receipt["sequence"]
    row.digest, row.signature, row.public_key = signed.digest, signed.signature, signed.public_key
    session.flush()


def gathered(session: Session, scopes: Collection[str]) -> list[str]:
    """Those of the scopes whose themes were gathered before."""
    query = select(ThemeScopeRow.scope).where(
        ThemeScopeRow.scope.in_(list(scopes)), ThemeScopeRow.clustered_at.is_not(None)
    )
    return list(session.scalars(query.order_by(ThemeScopeRow.scope)))


def outcomes(session: Session, id: UUID) -> dict[str, int]:
    """How many interactions came to what; `left` is still to do."""
    rows = session.execute(
        select(func.coalesce(ErasureTargetRow.outcome, "left"), func.count())
        .where(ErasureTargetRow.erasure_id == id)
        .group_by(ErasureTargetRow.outcome)
    )
    return dict(rows.all())


def digest_of_ids(session: Session, id: UUID) -> str:
    """SHA-256, in hex, over the 16 bytes of each erased id in their order."""
    query = text(
        "SELECT encode(sha256(coalesce(string_agg(uuid_send(interaction_id), ''::bytea"
        " ORDER BY interaction_id), ''::bytea)), 'hex')"
        " FROM erasure_targets WHERE erasure_id = :id AND outcome = 'erased'"
    )
    return str(session.scalar(query, {"id": id}))


def last_receipt(session: Session) -> ErasureRow | None:
    """The newest receipt of the chain; nobody adds one until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    return session.scalar(
        select(ErasureRow)
        .where(ErasureRow.sequence.is_not(None))
        .order_by(ErasureRow.sequence.desc())
        .limit(1)
    )


def by_sequence(session: Session, sequence: int) -> ErasureRow | None:
    """The receipt at a place of the chain, or None."""
    return session.scalar(select(ErasureRow).where(ErasureRow.sequence == sequence))


def public_keys(session: Session) -> list[tuple[bytes, int]]:
    """Keys that receipts were signed with, each with the first place in the chain it stands at."""
    rows = session.execute(
        select(ErasureRow.public_key, func.min(ErasureRow.sequence))
        .where(ErasureRow.public_key.is_not(None))
        .group_by(ErasureRow.public_key)
        .order_by(func.min(ErasureRow.sequence))
    )
    return [(bytes(key or b""), first or 0) for key, first in rows]


# Where an erased id may stand: as a tombstone, in what an erasure is about, and where somebody's
# doings are written down. Everywhere else it would mean that something is left.
_MAY_STAND = ("erased", "erasure_targets", "holds", "audit")


def left(session: Session, id: UUID) -> dict[str, int]:
    """Rows that are left of what an erasure took, by table; empty is as it should be.

    All tables are looked through that have a column for an interaction's id, whoever made them.
    """
    columns = session.execute(
        text(
            """
            SELECT quote_ident(table_name), quote_ident(column_name)
            FROM information_schema.columns
            WHERE table_schema = current_schema() AND data_type = 'uuid'
            AND (
                column_name = 'interaction_id'
                OR (table_name, column_name) = ('interactions', 'id')
            )
            AND table_name <> ALL(:may)
            ORDER BY table_name
            """
        ),
        {"may": list(_MAY_STAND)},
    ).all()
    found = {}
    for table, column in columns:
        number = session.scalar(
            text(
                f"SELECT count(*) FROM {table} one JOIN erasure_targets target"  # noqa: S608 - quoted
                f" ON target.interaction_id = one.{column}"
                " WHERE target.erasure_id = :id AND target.outcome = 'erased'"
            ),
            {"id": id},
        )
        if number:
            found[table] = number
    return found

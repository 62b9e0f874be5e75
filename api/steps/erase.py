"""Erase: interactions are taken away for good, batch by batch, and a signed receipt says so.

Each batch is one transaction that erases, notes what became of each interaction and puts the next
batch into the queue: killed anywhere, it goes on from there. The receipt is written once, with the
last batch; a chain of digests runs through all of them, so that none can be taken out unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs as queue
from api.receipts import VERSION, Signed, Signer, encoded, faults
from api.steps import retheme
from api.store import erasing, erasures, holds, jobs, retention
from api.store.database import Database
from api.store.erasure_tables import ErasureRow
from api.store.erasures import Asked, Selection

BATCH = 100
"""Interactions of one transaction: few enough that nobody waits long for its locks."""

POLICY = "retention policy"
"""Who erases what is older than the policy allows."""

RETENTION_EVERY = timedelta(days=1)


def ask(session: Session, asked: Asked, selection: Selection) -> ErasureRow:
    """Puts an erasure into the queue, in this transaction; what it is about is settled now."""
    row = erasures.create(session, asked, selection)
    queue.defer_erasure(session, row.id)
    return row


def by_age(session: Session, *, now: datetime) -> tuple[Mapping[str, int], Selection]:
    """The policy's days by channel, and the interactions that are older than that."""
    days = retention.by_channel(retention.read(session).days)
    older = {name: now - timedelta(days=number) for name, number in days.items()}
    return days, Selection(older=older)


def ask_retention(database: Database, *, every: timedelta = RETENTION_EVERY) -> UUID | None:
    """Keeps to the policy if that was not done for so long; the erasure, if there is anything."""
    with database.session() as session:
        if not retention.due(session, every=every):
            return None
        retention.ran(session)
        days, selection = by_age(session, now=datetime.now(UTC))
        if not erasures.count(session, selection):
            return None
        asked = Asked(kind="retention", what={"days": dict(days)}, by_id=None, by_name=POLICY)
        return ask(session, asked, selection).id


def erase(database: Database, id: UUID, *, signer: Signer) -> None:
    """Erases the next batch, or writes the receipt where nothing is left to do or it was cancelled.

    Args:
        database: where the interactions are.
        id: of the erasure.
        signer: signs the receipt.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the job is tried again.
    """
    with database.session() as session:
        taken = erasures.take_up(session, id)
        if taken is None:
            return
        row, job = taken
        ids = erasures.batch(session, id, limit=BATCH) if job.state == "running" else []
        if not ids:
            _finish(session, row, signer)
            return
        done = erasing.erase(session, ids)
        erasures.note(session, row, ids, erased=done.ids, held=done.held)
        erasures.tally(session, row, done.counts, done.scopes)
        queue.defer_erasure(session, id)


def erase_one(session: Session, id: UUID) -> bool:
    """Erases one interaction at once, unless a hold covers it.

    Returns:
        Whether there was such an interaction and it is gone.
    """
    return bool(erasing.erase(session, [id]).ids)


def is_held(session: Session, id: UUID) -> bool:
    """Whether a legal hold covers an interaction."""
    return bool(holds.held(session, [id]))


def _finish(session: Session, row: ErasureRow, signer: Signer) -> None:
    """Writes the receipt, ends the job, and has the themes that lost members gathered anew."""
    counts = erasures.outcomes(session, row.id)
    before = erasures.last_receipt(session)
    receipt = {
        "version": VERSION,
        "id": str(row.id),
        "kind": row.kind,
        "what": row.what,
        "by": {"id": None if row.by_id is None else str(row.by_id), "name": row.by_name},
        "asked_at": row.asked_at.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        "erased": dict(sorted(row.counts.items())),
        "held": counts.get("held", 0),
        "gone": counts.get("gone", 0),
        "left": counts.get("left", 0),
        "ids": {
            "count": counts.get("erased", 0),
            "sha256": erasures.digest_of_ids(session, row.id),
        },
        "sequence": 1 if before is None or before.sequence is None else before.sequence + 1,
        "previous": None if before is None or before.digest is None else before.digest.hex(),
    }
    signed = signer.sign(receipt)
    erasures.finish(session, row, receipt, signed)
    jobs.end(session, row.id)
    scopes = erasures.gathered(session, row.scopes)
    if scopes:
        retheme.ask(session, dict.fromkeys(scopes, "erased"), source="themes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of looking an erasure over again.

    Attributes:
        faults: what is wrong with the receipt; empty where nothing is.
        left: rows that are left of what was erased, by table; empty where nothing is.
    """

    faults: Sequence[str]
    left: Mapping[str, int]


def verify(session: Session, row: ErasureRow) -> Verdict:
    """Looks an erasure over: its signature, its place in the chain, its ids, and what is left."""
    found: list[str] = []
    if row.receipt is None:
        return Verdict(
            faults=["it has no receipt yet: it still runs"], left=erasures.left(session, row.id)
        )
    found += faults(row.receipt, signed_of(row))
    if row.receipt["ids"]["sha256"] != erasures.digest_of_ids(session, row.id):
        found.append("the ids that are noted as erased are not those of the receipt")
    sequence: int = row.receipt["sequence"]
    before = erasures.by_sequence(session, sequence - 1)
    expected = None if before is None or before.digest is None else before.digest.hex()
    if row.receipt["previous"] != expected or (sequence > 1 and before is None):
        found.append(
            "the receipt before it is missing, or is not the one that it was written after"
        )
    return Verdict(faults=found, left=erasures.left(session, row.id))


def signed_of(row: ErasureRow) -> Signed:
    """The signature of a receipt that is there."""
    return Signed(
        digest=row.digest or b"", signature=row.signature or b"", public_key=row.public_key or b""
    )


def document(row: ErasureRow) -> dict[str, Any] | None:
    """A receipt as it is handed out, with what is needed to check it; None until it is written."""
    if row.receipt is None:
        return None
    signed = signed_of(row)
    return {
        "receipt": row.receipt,
        "sha256": signed.digest.hex(),
        "signature": encoded(signed.signature),
        "public_key": encoded(signed.public_key),
    }

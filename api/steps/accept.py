"""Accept: interactions are redacted, stored and put into the queue, in one transaction.

What arrives here still holds personal data. It stays in this frame: only what the redactor gives
back is written, queued or named in a message.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs as queue
from api.store import interactions, jobs
from api.store.fit import unfit
from api.store.ids import new_id
from nlp.errors import BrokenInput
from nlp.types import Interaction, Redacted, Rejected

# What a time of a call may be. Files hold the year 1, and 1970 for "unknown" in odd time zones.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Redacts(Protocol):
    """Whatever takes personal data out: `nlp.redact.Redactor`, or a test's."""

    def redact(self, interaction: Interaction) -> Redacted:
        """The interaction without personal data."""
        ...

    def redact_text(self, text: str) -> str:
        """A text without personal data."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of the parts of an input.

    Attributes:
        ids: of the stored interactions, in the order of the input.
        rejected: the parts that were not stored, in that order.
        total: parts.
    """

    ids: tuple[UUID, ...]
    rejected: tuple[Rejected, ...]
    total: int


@dataclass(slots=True)
class _Batch:
    """Rows on their way into the database."""

    job: UUID | None
    interactions: list[Mapping[str, Any]] = field(default_factory=list)
    turns: list[Mapping[str, Any]] = field(default_factory=list)
    rejections: list[Mapping[str, Any]] = field(default_factory=list)

    def write(self, session: Session) -> None:
        """Writes them, and puts the interactions into the queue."""
        interactions.add(session, self.interactions, self.turns)
        queue.defer_mining(session, [row["id"] for row in self.interactions])
        if self.job is not None:
            jobs.reject(session, self.rejections)


def accept(
    session: Session,
    items: Iterable[Interaction | Rejected],
    *,
    redactor: Redacts,
    job: UUID | None = None,
) -> Accepted:
    """Takes interactions in, however many: never more than a batch of them is held.

    All of it is one transaction, the caller's: when the input breaks off, nothing was stored. With
    a job, parts that could not be read are written down, and the job's total is set.

    Args:
        session: the transaction. Its work counts when it commits, and no sooner.
        items: what a reader yields.
        redactor: takes personal data out.
        job: the upload that they came by.

    Returns:
        What was stored and what was not.
    """
    ids: list[UUID] = []
    rejected: list[Rejected] = []
    total = 0
    for batch in _batches(items, redactor=redactor, job=job, rejected=rejected):
        total += len(batch.interactions) + len(batch.rejections)
        ids.extend(row["id"] for row in batch.interactions)
        batch.write(session)
    if job is not None:
        jobs.count(session, job, total=total)
    return Accepted(ids=tuple(ids), rejected=tuple(rejected), total=total)


def _batches(
    items: Iterable[Interaction | Rejected],
    *,
    redactor: Redacts,
    job: UUID | None,
    rejected: list[Rejected],
) -> Iterator[_Batch]:
    batch = _Batch(job)
    for index, item in enumerate(items):
        taken = item if isinstance(item, Rejected) else _checked(redactor.redact(item))
        if isinstance(taken, Rejected):
            clean = _clean(taken, redactor)
            rejected.append(clean)
            batch.rejections.append(
                {
                    "job_id": job,
                    "index": index,
                    "source": clean.source,
                    "code": clean.code,
                    "message": clean.message,
                }
            )
        else:
            row = _row(taken, job)
            batch.interactions.append(row)
            batch.turns.extend(_turn_rows(taken.interaction, row["id"]))
        if len(batch.interactions) + len(batch.rejections) >= queue.BATCH:
            yield batch
            batch = _Batch(job)
    yield batch


def _checked(redacted: Redacted) -> Redacted | Rejected:
    """Turns down what no database can hold, which one in a large upload should not stop."""
    interaction = redacted.interaction
    texts = [turn.text for turn in interaction.turns]
    texts += [interaction.id, interaction.source, interaction.subject or ""]
    texts += [*interaction.metadata, *interaction.metadata.values()]
    reason = unfit("\n".join(texts))
    started = _started_at(interaction)
    if reason is None and started is not None and not _EARLIEST <= started < _LATEST:
        reason = f"states {started.year} as the year in which it began"
    if reason is None and not interaction.turns:
        reason = "has no turns"
    if reason is None:
        return redacted
    source = interaction.source
    return Rejected(source=source, code=BrokenInput.code, message=f"the interaction {reason}")


def _clean(rejected: Rejected, redactor: Redacts) -> Rejected:
    """A rejection without personal data: names of files hold addresses and telephone numbers."""

    def clean(text: str) -> str:
        storable = text if unfit(text) is None else text.encode(errors="replace").decode()
        return redactor.redact_text(storable.replace("\0", "?"))

    return Rejected(
        source=clean(rejected.source), code=rejected.code, message=clean(rejected.message)
    )


def _started_at(interaction: Interaction) -> datetime | None:
    """When it began, in UTC where it states no zone."""
    started = interaction.started_at
    return started if started is None or started.tzinfo else started.replace(tzinfo=UTC)


def _row(redacted: Redacted, job: UUID | None) -> Mapping[str, Any]:
    interaction = redacted.interaction
    return {
        "id": new_id(),
        "external_id": interaction.id,
        "source": interaction.source,
        "format": interaction.format,
        "channel": interaction.channel,
        "subject": interaction.subject,
        "started_at": _started_at(interaction),
        "roles": {
            "source": interaction.roles.source,
            "confidence": interaction.roles.confidence,
            "note": interaction.roles.note,
        },
        "meta": dict(interaction.metadata),
        "redactions": dict(redacted.counts),
        "job_id": job,
    }


def _turn_rows(interaction: Interaction, id: UUID) -> Iterator[Mapping[str, Any]]:
    for turn in interaction.turns:
        yield {
            "interaction_id": id,
            "index": turn.index,
            "speaker": turn.speaker,
            "text": turn.text,
            "start_seconds": _seconds(turn.start),
            "end_seconds": _seconds(turn.end),
        }


def _seconds(value: float | None) -> float | None:
    """A time in a call; None for what is no time: infinite, not a number, or past all calls."""
    return value if value is not None and math.isfinite(value) and abs(value) <= 1e9 else None

"""The log of who read and changed what: one row a request, in the transaction of what it did.

Nothing in it is a customer's word: it names things by id and says how many there were.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from api.store import prepared
from api.store.ids import new_id
from api.store.key_tables import MOST_IDS, AuditRow

_KEY = "conduit.request"


class Asks(Protocol):
    """Whoever is written down: such as `api.auth.Caller`."""

    @property
    def id(self) -> UUID | None:
        """Of the key or the person."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def department(self) -> UUID | None:
        """Whose findings it sees."""


def mark(session: Session, request: str) -> None:
    """Says which request a transaction belongs to: its id stands in the rows written from it."""
    session.info[_KEY] = request


def note(
    session: Session,
    caller: Asks,
    action: str,
    *,
    ids: Collection[UUID] = (),
    **data: int | float | bool | str | None,
) -> None:
    """Writes down a change.

    Args:
        session: the transaction that makes it.
        caller: who made it, such as `context.caller`.
        action: two words with a dot between them, such as `theme.merged`.
        ids: of what it changed; the first 200 are named, all are counted.
        data: numbers, states and names of fields; never a customer's words.
    """
    session.execute(insert(AuditRow).values(_values(session, caller, action, ids, data)))


def read(
    session: Session,
    caller: Asks,
    action: str,
    *,
    ids: Collection[UUID] = (),
    **data: int | float | bool | str | None,
) -> None:
    """Writes down that words were read, in a transaction that does nothing else but read.

    Its commit does not wait for the disk, so that a read costs no more than before: of what was
    read in the last half second before a power cut, the log may know nothing.

    Args:
        session: the transaction that reads.
        caller: who reads, such as `context.caller`.
        action: such as `interaction.read`, `findings.listed` or `findings.exported`.
        ids: of what was shown; the first 200 are named, all are counted.
        data: numbers, states and names of fields; never a customer's words.
    """
    values = _values(session, caller, action, ids, data)
    prepared.run(session, _READ, {**values, "data": json.dumps(values["data"])})


def _values(
    session: Session,
    caller: Asks,
    action: str,
    ids: Collection[UUID],
    data: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "caller_id": caller.id,
        "caller": caller.name,
        "department_id": caller.department,
        "request_id": session.info.get(_KEY, ""),
        "action": action,
        "ids": _first(ids),
        "count": int(data.get("count") or len(ids)),
        "data": {name: value for name, value in data.items() if name != "count"},
    }


_READ = """
    INSERT INTO audit
        (id, caller_id, caller, department_id, request_id, action, ids, count, data)
    VALUES (%(id)s, %(caller_id)s, %(caller)s, %(department_id)s, %(request_id)s, %(action)s,
        %(ids)s::uuid[], %(count)s, %(data)s::jsonb)
    RETURNING set_config('synchronous_commit', 'off', true)
"""
"""As it is: every read pays for it."""


def _first(ids: Iterable[UUID]) -> list[UUID]:
    return [id for id, _ in zip(ids, range(MOST_IDS), strict=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeper:
    """The service itself, as the log names it."""

    id: UUID | None = None
    name: str = "retention"
    department: UUID | None = None


def drop(session: Session, *, keep: timedelta, most: int = 10_000) -> int:
    """Takes away what is older than it is to be kept, and writes down that it did.

    Args:
        session: the transaction.
        keep: for how long; a day at the least.
        most: rows that go at a time, the oldest first.

    Returns:
        How many went: where it is `most`, there may be more.
    """
    before = datetime.now(UTC) - keep
    dropped = session.scalar(select(func.audit_drop(before, most))) or 0
    if dropped:
        note(session, _Keeper(), "audit.dropped", count=dropped, days=keep.days)
    return dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which rows a list shows; what is None does not narrow it.

    Attributes:
        caller: id of the key or the person.
        action: that one, or with a dot at its end all that begin so.
        about: an id that it names.
        request: id of the request.
        since: from then on.
        until: before then.
    """

    caller: UUID | None = None
    action: str | None = None
    about: UUID | None = None
    request: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_page(
    session: Session, filter: AuditFilter, *, after: UUID | None = None, limit: int
) -> list[AuditRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(AuditRow)
    if filter.caller is not None:
        query = query.where(AuditRow.caller_id == filter.caller)
    if filter.action is not None:
        whole = not filter.action.endswith(".")
        named = AuditRow.action == filter.action
        query = query.where(named if whole else AuditRow.action.startswith(filter.action))
    if filter.about is not None:
        query = query.where(AuditRow.ids.contains([filter.about]))
    if filter.request is not None:
        query = query.where(AuditRow.request_id == filter.request)
    if filter.since is not None:
        query = query.where(AuditRow.at >= filter.since)
    if filter.until is not None:
        query = query.where(AuditRow.at < filter.until)
    if after is not None:
        query = query.where(AuditRow.id < after)
    return list(session.scalars(query.order_by(AuditRow.id.desc()).limit(limit)))

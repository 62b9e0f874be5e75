"""Exports: everything, or what changed since an export, as rows without end that are read once.

Every row says in which transaction it last changed (`api.store.marks`), and what is deleted leaves
a tombstone. A watermark is the oldest transaction that still ran when an export began: what is
committed later changed in that one or in a later one, and is in the next export. So nothing is
missed, and what changed while the export began comes twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from api.store import seen, view
from api.store.department_tables import RoutedRow
from api.store.pull_tables import TombstoneRow
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_tables import FIRST, ThemeMemberRow, ThemeRow

BATCH = 1_000
"""Rows that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far an export reaches.

    Attributes:
        system: which database cluster; transactions of another one mean nothing here.
        transaction: what changed in this one or later is not certain to be in the export.
    """

    system: int
    transaction: int


BEGINNING = 0
"""Before every transaction."""


def opened(session: Session) -> Watermark:
    """Lets the session see one state from now on, and gives the watermark of it. Call it first."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    oldest = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
    transaction = session.scalar(select(oldest)) or 0
    system = session.scalar(text("SELECT system_identifier FROM pg_control_system()")) or 0
    return Watermark(system, transaction)


def rows(session: Session, noun: str, since: int) -> Iterator[tuple[Any, ...]]:
    """What changed in a transaction or later, in the order of ids; see `COLUMNS`.

    Args:
        session: which `opened` was called with.
        noun: interactions, findings or themes.
        since: the watermark's transaction; `BEGINNING` gives everything.
    """
    query = _QUERIES[noun](session, since).execution_options(yield_per=BATCH)
    for row in session.execute(query):
        yield tuple(row)


def tombstones(session: Session, noun: str, since: int) -> Iterator[UUID]:
    """Ids of what is not there any more, or out of the caller's sight."""
    if since == BEGINNING:
        # Whoever begins has nothing to take away.
        return
    department = view.of(session).department
    if department is None:
        whose: ColumnElement[bool] = TombstoneRow.department_id.is_(None)
    else:
        whose = TombstoneRow.department_id == department
    table: Any = {"interactions": InteractionRow, "findings": FindingRow, "themes": ThemeRow}[noun]
    there = select(table.id).where(table.id == TombstoneRow.id).exists()
    query = (
        select(TombstoneRow.id)
        .where(TombstoneRow.noun == noun, TombstoneRow.changed_in >= since, whose, ~there)
        .distinct()
        .order_by(TombstoneRow.id)
        .execution_options(yield_per=BATCH)
    )
    yield from session.scalars(query)


def _since(session: Session, table: Any, since: int, reached: Any) -> list[ColumnElement[bool]]:
    """A row changed, or it came into the sight of the session's department."""
    if since == BEGINNING:
        return []
    department = view.of(session).department
    if department is None:
        return [table.changed_in >= since]
    routed = select(RoutedRow.finding_id).where(
        RoutedRow.department_id == department, RoutedRow.changed_in >= since, reached
    )
    return [or_(table.changed_in >= since, routed.exists())]


def _interactions(session: Session, since: int) -> Select[*tuple[Any, ...]]:
    row = InteractionRow
    everything = view.of(session).department is None
    # A subject is nobody's passage.
    subject: Any = row.subject if everything else cast(None, Text)
    reached = RoutedRow.interaction_id == row.id
    return (
        select(row.id, row.external_id, row.source, row.format, row.channel, subject)
        .add_columns(row.started_at, row.received_at, row.state, row.mined_at, row.model)
        .add_columns(row.sentiment_label, row.sentiment_score, row.meta, row.redactions)
        .add_columns(row.job_id)
        .where(*_since(session, row, since, reached))
        .order_by(row.id)
    )


def _findings(session: Session, since: int) -> Select[*tuple[Any, ...]]:
    row, member, of = FindingRow, ThemeMemberRow, aliased(InteractionRow)
    stands = (
        (member.finding_id == row.id) & (member.scope == row.category) & (member.place == FIRST)
    )
    happened = func.coalesce(of.started_at, of.received_at)
    return (
        select(row.id, row.interaction_id, row.category, row.turn, row.start, row.end, row.quote)
        .add_columns(row.confidence, row.sentiment, row.unsure, member.theme_id, row.model)
        .add_columns(row.reviewed, row.created_at, happened, of.channel, of.meta["product"].astext)
        .join(of, of.id == row.interaction_id)
        .outerjoin(member, stands)
        .where(*_since(session, row, since, RoutedRow.finding_id == row.id))
        .order_by(row.id)
    )


def _themes(session: Session, since: int) -> Select[*tuple[Any, ...]]:
    row = ThemeRow
    # What a department sees of themes changes with its findings: it is given all of them.
    everything = view.of(session).department is not None
    name, terms, product = seen.columns(session)
    return (
        select(row.id, row.scope, name, row.named_by, row.description, terms)
        .add_columns(product, row.state, row.merged_into, row.pinned, row.hidden)
        .add_columns(row.born_at, row.ended_at, row.revision)
        .where(*([] if everything or since == BEGINNING else [row.changed_in >= since]))
        .order_by(row.id)
    )


_QUERIES = {"interactions": _interactions, "findings": _findings, "themes": _themes}

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "interactions": (
        *(("id", "id"), ("external_id", "text"), ("source", "text"), ("format", "text")),
        *(("channel", "text"), ("subject", "text"), ("started_at", "time")),
        *(("received_at", "time"), ("state", "text"), ("mined_at", "time"), ("model", "text")),
        *(("sentiment", "text"), ("sentiment_score", "number"), ("metadata", "json")),
        *(("redactions", "json"), ("job", "id")),
    ),
    "findings": (
        *(("id", "id"), ("interaction", "id"), ("category", "text"), ("turn", "count")),
        *(("start", "count"), ("end", "count"), ("quote", "text"), ("confidence", "number")),
        *(("sentiment", "text"), ("unsure", "flag"), ("theme", "id"), ("model", "text")),
        ("reviewed", "text"),
        *(("created_at", "time"), ("happened_at", "time"), ("channel", "text")),
        ("product", "text"),
    ),
    "themes": (
        *(("id", "id"), ("scope", "text"), ("name", "text"), ("named_by", "text")),
        *(("description", "text"), ("key_terms", "json"), ("product", "text"), ("state", "text")),
        *(("merged_into", "id"), ("pinned", "flag"), ("hidden", "flag"), ("born_at", "time")),
        *(("ended_at", "time"), ("revision", "count")),
    ),
}
"""Of each noun: the names of its columns and what they hold, in the order of its rows."""

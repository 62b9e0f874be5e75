"""Taking interactions away: every row that holds their words, or something made of them.

An interaction's own rows (turns, passages with their vectors, findings, memberships, quotes) go
with it. What is kept elsewhere and may repeat its words is looked for here: examples of categories,
kept answers, names of uploads, and names of themes.

Locks are taken in the order that everybody keeps to: interactions, then scopes of themes, then what
hangs below both.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store import derived, holds, items
from api.store.category_tables import CategoryExampleRow, CategoryRow
from api.store.drift_tables import DriftWindowRow
from api.store.jobs import settle
from api.store.tables import ErasedRow, InteractionRow, TurnRow
from api.store.theme_tables import ThemeScopeRow

ERASED = "erased"
"""Stands in the place of a name that was erased."""

_HAPPENED = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)
_WEEK = cast(func.date_trunc("week", func.timezone("UTC", _HAPPENED)), Date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What a batch took away.

    Attributes:
        ids: of the interactions that are gone.
        held: those that a legal hold kept.
        counts: rows that went, or were made neutral, by what they are.
        scopes: of themes that lost members.
    """

    ids: tuple[UUID, ...] = ()
    held: tuple[UUID, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()


def erase(session: Session, ids: Collection[UUID], *, heed_holds: bool = True) -> Erased:
    """Erases interactions with everything that was made of them, in this transaction.

    Args:
        session: the transaction; all of it happens, or nothing does.
        ids: any that are stored, waiting or mined; a few hundred at once.
        heed_holds: whether what a legal hold covers stays.
    """
    kept = holds.held(session, ids) if heed_holds else set()
    free = [id for id in ids if id not in kept]
    # Not FOR UPDATE yet: a backfill that holds a scope shares the keys of interactions.
    rows = session.execute(
        select(
            InteractionRow.id,
            InteractionRow.job_id,
            InteractionRow.subject,
            InteractionRow.channel,
            _WEEK.label("week"),
        )
        .where(InteractionRow.id.in_(free))
        .order_by(InteractionRow.id)
        .with_for_update(key_share=True)
    ).all()
    found = [row.id for row in rows]
    if not found:
        return Erased(held=tuple(sorted(kept)))
    words = _words(session, found, [row.subject for row in rows])
    themes = _themes(session, found)
    scopes = _hold_scopes(session, found)
    counts = Counter(_counted(session, found))
    counting = items.counting(session, found)
    counts["category_examples"] = _examples(session, found, words)
    session.execute(
        delete(InteractionRow)
        .where(InteractionRow.id.in_(found))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        upsert(ErasedRow).on_conflict_do_nothing(), [{"interaction_id": id} for id in found]
    )
    items.recount(session, counting)
    _weeks(session, {(row.week, row.channel) for row in rows})
    counts["derived_names"] = derived.forget(session, themes, words)
    jobs = sorted({row.job_id for row in rows if row.job_id is not None})
    counts.update(_uploads(session, jobs))
    counts["kept_answers"] = _answers(session, [*found, *themes, *jobs])
    # One of them may have been the last that its job waited for.
    settle(session, jobs)
    return Erased(
        ids=tuple(found),
        held=tuple(sorted(kept)),
        counts={name: number for name, number in counts.items() if number},
        scopes=scopes,
    )


def _words(session: Session, ids: Sequence[UUID], subjects: Sequence[str | None]) -> derived.Words:
    """What was said in the interactions, while it is still there to be looked for."""
    said = session.scalars(select(TurnRow.text).where(TurnRow.interaction_id.in_(ids)))
    return derived.Words([*said, *(subject for subject in subjects if subject)])


def _weeks(session: Session, touched: Collection[tuple[date, str]]) -> None:
    """Forgets the sums that drift is told from; the next report counts what is left.

    By number alone a week whose place was taken by others that came late would go unnoticed.
    """
    session.execute(
        delete(DriftWindowRow)
        .where(tuple_(DriftWindowRow.week, DriftWindowRow.channel).in_(touched))
        .execution_options(synchronize_session=False)
    )


_TOUCHED = text(
    """
    SELECT theme_id FROM theme_members WHERE interaction_id = ANY(:ids)
    UNION
    SELECT quote.theme_id FROM theme_quotes quote JOIN findings ON findings.id = quote.finding_id
    WHERE findings.interaction_id = ANY(:ids)
    """
)


def _themes(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """The themes in which something of the interactions stands."""
    return sorted(session.scalars(_TOUCHED, {"ids": ids}))


def _hold_scopes(session: Session, ids: Sequence[UUID]) -> tuple[str, ...]:
    """The scopes that lose findings, locked; what was read of them at their last version is stale.

    So a re-clustering that has read the words begins again, and writes none of them.
    """
    listed = text(
        "SELECT DISTINCT category FROM findings WHERE interaction_id = ANY(:ids)"
        " UNION SELECT DISTINCT scope FROM theme_members WHERE interaction_id = ANY(:ids)"
        " UNION SELECT 'all' WHERE EXISTS"
        " (SELECT FROM findings WHERE interaction_id = ANY(:ids))"
    )
    names = sorted(session.scalars(listed, {"ids": ids}))
    locked = session.scalars(
        select(ThemeScopeRow.scope)
        .where(ThemeScopeRow.scope.in_(names))
        .order_by(ThemeScopeRow.scope)
        .with_for_update()
    ).all()
    session.execute(
        update(ThemeScopeRow)
        .where(ThemeScopeRow.scope.in_(locked))
        .values(version=ThemeScopeRow.version + 1)
        .execution_options(synchronize_session=False)
    )
    return tuple(locked)


_COUNTS = text(
    """
    SELECT
    (SELECT count(*) FROM turns WHERE interaction_id = ANY(:ids)) AS turns,
    (SELECT count(*) FROM passages WHERE interaction_id = ANY(:ids)) AS passages,
    (SELECT count(*) FROM findings WHERE interaction_id = ANY(:ids)) AS findings,
    (SELECT count(*) FROM theme_members WHERE interaction_id = ANY(:ids)) AS theme_members,
    (SELECT count(*) FROM theme_quotes JOIN findings ON findings.id = theme_quotes.finding_id
        WHERE findings.interaction_id = ANY(:ids)) AS theme_quotes,
    (SELECT count(*) FROM routed JOIN findings ON findings.id = routed.finding_id
        WHERE findings.interaction_id = ANY(:ids)) AS routed,
    (SELECT count(*) FROM opinions WHERE interaction_id = ANY(:ids)) AS opinions,
    (SELECT count(*) FROM model_said WHERE interaction_id = ANY(:ids)) AS model_said
    """
)


def _counted(session: Session, ids: Sequence[UUID]) -> dict[str, int]:
    """Rows that go with the interactions, by table."""
    row = session.execute(_COUNTS, {"ids": ids}).one()
    return {"interactions": len(ids), **row._mapping}


def _examples(session: Session, ids: Sequence[UUID], words: derived.Words) -> int:
    """Takes away examples of categories that came from the interactions; how many.

    Those whose origin is known, and those that are words of the interactions again. Their
    categories are fitted anew by a worker.
    """
    rows = session.execute(
        select(
            CategoryExampleRow.id,
            CategoryExampleRow.category_id,
            CategoryExampleRow.text,
            CategoryExampleRow.interaction_id,
        )
    )
    gone = [row for row in rows if row.interaction_id in ids or words.repeated_in(row.text)]
    if not gone:
        return 0
    session.execute(
        update(CategoryRow)
        .where(CategoryRow.id.in_({row.category_id for row in gone}))
        .values(stale=True, revision=CategoryRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(CategoryExampleRow)
        .where(CategoryExampleRow.id.in_([row.id for row in gone]))
        .execution_options(synchronize_session=False)
    )
    return len(gone)


_EMPTY = """
    SELECT id FROM jobs WHERE id = ANY(:jobs) AND kind = 'batch'
    AND NOT EXISTS (SELECT FROM interactions WHERE job_id = jobs.id)
"""
_SOURCES = text(f"UPDATE jobs SET source = :erased WHERE id IN ({_EMPTY})")  # noqa: S608 - a constant
_NAMES = "UPDATE rejections SET source = :erased || ' ' || index, message = :erased"
_REJECTIONS = text(f"{_NAMES} WHERE job_id IN ({_EMPTY})")


def _uploads(session: Session, jobs: Sequence[UUID]) -> dict[str, int]:
    """Takes the names of files from uploads of which nothing is left."""
    if not jobs:
        return {}
    values = {"jobs": list(jobs), "erased": ERASED}
    rejections: Any = session.execute(_REJECTIONS, values)
    sources: Any = session.execute(_SOURCES, values)
    return {"upload_names": sources.rowcount, "rejections": rejections.rowcount}


_ANSWERS = text(
    """
    UPDATE idempotency SET status = 410, headers = '{}'::jsonb, body = convert_to(:body, 'UTF8')
    WHERE operation !~ 'POST /v1/(interactions|erasures)$' AND EXISTS (
        SELECT FROM unnest(CAST(:ids AS text[])) AS named(id)
        WHERE position(convert_to(named.id, 'UTF8') IN body) > 0
    )
    """
)
_ANSWER = (
    '{"type":"/problems#erased","title":"It was here and was erased","status":410,'
    '"detail":"What was answered to this key spoke of an interaction that was erased.",'
    '"code":"erased","request_id":""}'
)


def _answers(session: Session, ids: Sequence[UUID]) -> int:
    """Takes the words out of kept answers that speak of the interactions, or of what they made.

    The key stays used: who sends the same request again does not bring the interaction back. The
    answer to a submission holds an id alone, and stays.
    """
    values = {"ids": [str(id) for id in ids], "body": _ANSWER}
    changed: Any = session.execute(_ANSWERS, values)
    return int(changed.rowcount)


def counted(session: Session) -> int:
    """Interactions that were erased by now, by anybody."""
    return session.scalar(select(func.count()).select_from(ErasedRow)) or 0

"""Categories of a team's own: rows, their examples, and what they would find in stored passages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from api.store import jobs, model_said, opinions
from api.store.category_tables import (
    BackfillRow,
    CategoryExampleRow,
    CategoryRow,
    CategoryVersionRow,
)
from api.store.ids import new_id
from api.store.inbox_tables import ItemRow
from api.store.tables import FindingRow
from api.store.theme_tables import ThemeScopeRow
from nlp.types import CATEGORIES

MOST_READ = 100_000
"""Stored passages, the newest, in which a preview looks: a second or so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A stored passage and what a category says of it.

    Attributes:
        interaction: in which it stands.
        turn: in which it stands.
        start: offset of its first character in the turn's text.
        end: offset after its last.
        text: its words.
        confidence: probability.
    """

    interaction: UUID
    turn: int
    start: int
    end: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a category would find among the stored passages.

    Attributes:
        passages: how many were looked at, the newest ones.
        found: how many of them it would find.
        surest: some of those, the surest first.
        unsure: some of those next to the threshold, on either side.
    """

    passages: int
    found: int
    surest: tuple[Sample, ...]
    unsure: tuple[Sample, ...]


def version(session: Session) -> int:
    """A number that goes up whenever any category changes."""
    return session.scalar(select(CategoryVersionRow.version)) or 0


def hold(session: Session) -> int:
    """The same, and no category changes until this transaction ends."""
    held = select(CategoryVersionRow.version).with_for_update(read=True)
    return session.scalar(held) or 0


def changed(session: Session) -> None:
    """Says that some category is being changed; whoever writes findings waits or is waited for."""
    session.execute(update(CategoryVersionRow).values(version=CategoryVersionRow.version + 1))


def create(session: Session, values: Mapping[str, Any]) -> CategoryRow | None:
    """A new category, or None where one of that name is there already."""
    # Two that take the same name at once: the second waits here, and then sees the first.
    changed(session)
    if by_name(session, values["name"]) is not None:
        return None
    row = CategoryRow(id=new_id(), **values)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def get(session: Session, id: UUID, *, lock: bool = False) -> CategoryRow | None:
    """One category, or None; locked, nobody else changes it until this transaction ends."""
    return session.get(CategoryRow, id, with_for_update=lock, populate_existing=lock)


def by_name(session: Session, name: str) -> CategoryRow | None:
    """The category of that name, or None."""
    return session.scalar(select(CategoryRow).where(CategoryRow.name == name))


def everyone(session: Session, *, enabled: bool = False) -> list[CategoryRow]:
    """All categories by name, or all that are enabled."""
    query = select(CategoryRow).order_by(CategoryRow.name)
    return list(session.scalars(query.where(CategoryRow.enabled) if enabled else query))


def names(session: Session) -> list[str]:
    """Of all categories: those that everybody has, and then the team's own, in order."""
    return [*CATEGORIES, *session.scalars(select(CategoryRow.name).order_by(CategoryRow.name))]


def list_page(session: Session, *, after: UUID | None = None, limit: int) -> list[CategoryRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(CategoryRow).order_by(CategoryRow.id.desc()).limit(limit)
    if after is not None:
        query = query.where(CategoryRow.id < after)
    return list(session.scalars(query))


def change(session: Session, row: CategoryRow, values: Mapping[str, Any]) -> None:
    """Writes new values, and one more revision; findings and themes take on a new name."""
    changed(session)
    name = values.get("name", row.name)
    if name != row.name:
        session.execute(
            update(FindingRow).where(FindingRow.category == row.name).values(category=name)
        )
        opinions.rename_category(session, row.name, name)
        session.execute(
            update(ItemRow)
            .where(ItemRow.category == row.name)
            .values(category=name)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(ThemeScopeRow)
            .where(ThemeScopeRow.scope == row.name)
            .values(scope=name, version=ThemeScopeRow.version + 1)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(CategoryRow)
        .where(CategoryRow.id == row.id)
        .values(**values, revision=CategoryRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def remove(session: Session, row: CategoryRow) -> None:
    """Deletes a category with its examples, findings and themes, and gives up its backfills."""
    changed(session)
    give_up(session, row.id)
    # The scope first: who writes memberships or gathers themes holds it, and then the findings.
    session.execute(delete(ThemeScopeRow).where(ThemeScopeRow.scope == row.name))
    session.execute(delete(FindingRow).where(FindingRow.category == row.name))
    model_said.forget_category(session, row.name)
    session.execute(delete(ItemRow).where(ItemRow.category == row.name))
    session.execute(delete(CategoryRow).where(CategoryRow.id == row.id))


def give_up(session: Session, id: UUID) -> None:
    """Cancels what still runs of a category's backfills."""
    jobs.give_up(session, select(BackfillRow.job_id).where(BackfillRow.category_id == id))


def add_examples(session: Session, id: UUID, texts: Sequence[str], *, carries: bool) -> None:
    """Adds examples, or counterexamples."""
    if texts:
        session.execute(
            insert(CategoryExampleRow),
            [
                {"id": new_id(), "category_id": id, "text": text, "carries": carries}
                for text in texts
            ],
        )


def remove_example(session: Session, id: UUID, example: UUID) -> bool:
    """Removes one; whether there was such a one."""
    gone = session.execute(
        delete(CategoryExampleRow)
        .where(CategoryExampleRow.category_id == id, CategoryExampleRow.id == example)
        .returning(CategoryExampleRow.id)
    )
    return gone.one_or_none() is not None


def examples(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[CategoryExampleRow]]:
    """The examples of categories, in the order in which they came."""
    found: dict[UUID, list[CategoryExampleRow]] = {id: [] for id in ids}
    rows = select(CategoryExampleRow).where(CategoryExampleRow.category_id.in_(ids))
    for row in session.scalars(rows.order_by(CategoryExampleRow.id)):
        found[row.category_id].append(row)
    return found


# A vector's inner product with the weights is what the head computes of it; `<#>` is its negative.
_SCORED = """
    WITH read AS (
        SELECT passage.interaction_id, passage.turn, passage.start, passage."end",
            :bias - (passage.vector <#> CAST(:weights AS halfvec)) AS score
        FROM passages passage JOIN interactions ON interactions.id = passage.interaction_id
        WHERE interactions.model = :model
        ORDER BY passage.interaction_id DESC LIMIT :most
    )
"""
_COUNTS = text(
    f"{_SCORED} SELECT count(*), count(*) FILTER (WHERE score >= :edge) FROM read"  # noqa: S608 - constants
)
_WORDS = """
    SELECT read.*, substr(turns.text, read.start + 1, read."end" - read.start) AS text
    FROM read JOIN turns ON turns.interaction_id = read.interaction_id AND turns.index = read.turn
"""
_SUREST = text(f"{_SCORED} {_WORDS} WHERE score >= :edge ORDER BY score DESC LIMIT :limit")
_UNSURE = text(f"{_SCORED} {_WORDS} ORDER BY abs(score - :edge) LIMIT :limit")


def preview(session: Session, row: CategoryRow, *, limit: int) -> Preview:
    """What a category would find among the newest stored passages of the model it was fitted on.

    Args:
        session: the transaction.
        row: the category.
        limit: samples of each kind.
    """
    threshold = min(max(row.threshold, 1e-9), 1 - 1e-9)
    values = {
        "weights": "[" + ",".join(map(str, row.head["weights"])) + "]",
        "bias": row.head["bias"],
        "model": row.model,
        "most": MOST_READ,
        "edge": log(threshold / (1 - threshold)),
        "limit": limit,
    }
    passages, found = session.execute(_COUNTS, values).one()
    return Preview(
        passages=passages,
        found=found,
        surest=tuple(map(_sample, session.execute(_SUREST, values))),
        unsure=tuple(map(_sample, session.execute(_UNSURE, values))),
    )


def _sample(row: Any) -> Sample:
    return Sample(
        interaction=row.interaction_id,
        turn=row.turn,
        start=row.start,
        end=row.end,
        text=row.text,
        confidence=1 / (1 + exp(-min(max(row.score, -500.0), 500.0))),
    )

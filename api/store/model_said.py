"""What the model found where people spoke, kept apart from what became of its findings."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store.ids import finding_id, new_id
from api.store.opinion_tables import PEOPLE, ModelSaidRow
from api.store.tables import FindingRow
from nlp.types import Finding

WHATEVER_BECAME = """
    SELECT interaction_id, passage, category, confidence, sentiment, unsure FROM findings
    WHERE model <> :people AND NOT EXISTS (
        SELECT FROM model_said noted WHERE noted.interaction_id = findings.interaction_id
            AND noted.passage = findings.passage AND noted.category = findings.category)
    UNION ALL
    SELECT interaction_id, passage, category, confidence, sentiment, unsure FROM model_said
"""
"""What the model found, as it said it, for statements that count that; `people` is `PEOPLE`.

Whoever asks names the interactions beside it (`interaction_id = ANY (…)`): it is read by these.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the model found in a passage.

    Attributes:
        id: of the finding.
        start: offset of the quote's first character in the turn's text.
        end: offset after its last.
        confidence: calibrated probability.
        sentiment: of the passage.
        unsure: whether a person should decide.
        model: its name.
    """

    id: UUID
    start: int
    end: int
    confidence: float
    sentiment: str
    unsure: bool
    model: str

    @classmethod
    def of(cls, interaction: UUID, finding: Finding, model: str, *, passage: int) -> Self:
        """What a model says of an interaction, as it will be stored."""
        id = finding_id(
            interaction,
            passage=passage,
            category=finding.category,
            start=finding.start,
            model=model,
        )
        return cls(
            id=id,
            start=finding.start,
            end=finding.end,
            confidence=finding.confidence,
            sentiment=finding.sentiment,
            unsure=finding.unsure,
            model=model,
        )

    def as_json(self, category: str) -> dict[str, Any]:
        """As it stands in an opinion."""
        names = ("start", "end", "confidence", "sentiment", "unsure", "model")
        return {"category": category, **{name: getattr(self, name) for name in names}}


Says = dict[str, Said]
"""What the model found in one passage, by category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidAt:
    """What the model found, and where.

    Attributes:
        interaction: its id.
        passage: index of the passage.
        turn: of the passage.
        category: that was found.
        said: what was found.
    """

    interaction: UUID
    passage: int
    turn: int
    category: str
    said: Said


def findings_at(session: Session, interaction: UUID, passage: int) -> dict[str, FindingRow]:
    """The findings of a passage as they are now, by category."""
    rows = session.scalars(
        select(FindingRow)
        .where(FindingRow.interaction_id == interaction, FindingRow.passage == passage)
        .order_by(FindingRow.id)
        .execution_options(populate_existing=True)
    )
    return {row.category: row for row in rows}


def said_at(session: Session, interaction: UUID, passage: int) -> Says:
    """What the model found in a passage of which people spoke."""
    row = ModelSaidRow
    found = session.scalars(
        select(row).where(row.interaction_id == interaction, row.passage == passage)
    )
    return {
        one.category: Said(
            id=one.finding_id,
            start=one.start,
            end=one.end,
            confidence=one.confidence,
            sentiment=one.sentiment,
            unsure=one.unsure,
            model=one.model,
        )
        for one in found
    }


def note_findings(session: Session, interaction: UUID, rows: Iterable[FindingRow]) -> None:
    """Notes what the model found, before people change any of it; what is noted already stays."""
    values = [
        {
            **{name: getattr(row, name) for name in _KEPT},
            "interaction_id": interaction,
            "finding_id": row.id,
        }
        for row in rows
        if row.model != PEOPLE
    ]
    if values:
        session.execute(upsert(ModelSaidRow).on_conflict_do_nothing(), values)


_KEPT = (
    *("passage", "category", "turn", "start", "end"),
    *("confidence", "sentiment", "unsure", "model"),
)


def write_said(
    session: Session, ids: Collection[UUID], rows: Sequence[SaidAt], *, category: str | None = None
) -> None:
    """Writes what the model found in the place of what it had found before.

    Args:
        session: the transaction.
        ids: the interactions.
        rows: what it found in passages of which people spoke.
        category: the one that was looked for; None where all were.
    """
    gone = delete(ModelSaidRow).where(ModelSaidRow.interaction_id.in_(ids))
    if category is not None:
        gone = gone.where(ModelSaidRow.category == category)
    session.execute(gone.execution_options(synchronize_session=False))
    values = [
        {
            "interaction_id": row.interaction,
            "passage": row.passage,
            "turn": row.turn,
            "category": row.category,
            "finding_id": row.said.id,
            **{
                name: getattr(row.said, name)
                for name in ("start", "end", "confidence", "sentiment", "unsure", "model")
            },
        }
        for row in rows
    ]
    if values:
        session.execute(upsert(ModelSaidRow).on_conflict_do_nothing(), values)


def feelings(session: Session, ids: Collection[UUID]) -> dict[tuple[UUID, int], str]:
    """How customers feel in passages in which the model found something, and people spoke of it."""
    row = ModelSaidRow
    found = session.execute(
        select(row.interaction_id, row.passage, row.sentiment).where(row.interaction_id.in_(ids))
    )
    return {(id, passage): sentiment for id, passage, sentiment in found}


def categories_of(session: Session, ids: Collection[UUID]) -> set[str]:
    """The categories of all findings of interactions."""
    query = select(FindingRow.category).where(FindingRow.interaction_id.in_(ids)).distinct()
    return set(session.scalars(query))


def free_id(session: Session, id: UUID) -> UUID:
    """An id for a finding that comes: this one, or a new one where another finding has it.

    Ids are made of the numbers of passages, and these change where speakers do.
    """
    taken = session.scalar(select(FindingRow.id).where(FindingRow.id == id))
    return id if taken is None else new_id()


def replace_findings(
    session: Session,
    *,
    gone: Sequence[UUID],
    changed: Mapping[UUID, Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
) -> None:
    """Takes findings away, changes others in their places, and writes new ones.

    Args:
        session: the transaction.
        gone: ids of those that go.
        changed: new values of those that stay, by their ids.
        new: rows; an `id` is made where they have none.
    """
    if gone:
        session.execute(
            delete(FindingRow)
            .where(FindingRow.id.in_(gone))
            .execution_options(synchronize_session=False)
        )
    for id, values in changed.items():
        session.execute(
            update(FindingRow)
            .where(FindingRow.id == id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    if new:
        session.connection().execute(insert(FindingRow), [dict(values) for values in new])


def forget_category(session: Session, name: str) -> None:
    """Forgets what the model found of a category that is deleted; what people said of it rests."""
    session.execute(delete(ModelSaidRow).where(ModelSaidRow.category == name))

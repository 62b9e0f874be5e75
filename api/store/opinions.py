"""What people say, written once; and what the model had said where they spoke."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store.ids import finding_id, new_id
from api.store.opinion_tables import PEOPLE, ModelSaidRow, OpinionRow
from api.store.tables import FindingRow, InteractionRow, PassageRow, TurnRow
from nlp.types import Finding

Place = tuple[int, int, int]
"""A passage: its turn, and its offsets there."""


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


def hold(session: Session, ids: Collection[UUID]) -> None:
    """Locks interactions: nobody gives an opinion on them, or mines them, until this ends."""
    session.execute(
        select(InteractionRow.id)
        .where(InteractionRow.id.in_(ids))
        .order_by(InteractionRow.id)
        .with_for_update(key_share=True)
    ).all()


def add(session: Session, values: Mapping[str, Any]) -> OpinionRow:
    """A new opinion."""
    id = new_id()
    session.execute(insert(OpinionRow).values(id=id, **values))
    return session.scalars(select(OpinionRow).where(OpinionRow.id == id)).one()


def withdraw(session: Session, row: OpinionRow, *, by: str) -> None:
    """Says that an opinion counts no more."""
    session.execute(
        update(OpinionRow)
        .where(OpinionRow.id == row.id)
        .values(withdrawn_at=func.now(), withdrawn_by=by)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def get(session: Session, id: UUID) -> OpinionRow | None:
    """One opinion, or None."""
    return session.scalar(select(OpinionRow).where(OpinionRow.id == id))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionFilter:
    """Which opinions a list shows; what is None does not narrow it.

    Attributes:
        interaction: on one interaction.
        finding: on one finding.
        person: by the key or person of that id, or of that name.
        model: name of the model that had mined the interaction.
        kind: of the opinion.
        category: that it is about, or that it says instead.
        review: that this row of the review queue asked for.
        since: given then or later.
        withdrawn: those that were, or the others.
    """

    interaction: UUID | None = None
    finding: UUID | None = None
    person: str | None = None
    model: str | None = None
    kind: str | None = None
    category: str | None = None
    review: UUID | None = None
    since: datetime | None = None
    withdrawn: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        row = OpinionRow
        equal = (
            (row.interaction_id, self.interaction),
            (row.finding_id, self.finding),
            (row.model, self.model),
            (row.kind, self.kind),
            (row.review_id, self.review),
        )
        found: list[ColumnElement[bool]] = [
            column == value for column, value in equal if value is not None
        ]
        if self.person is not None:
            found.append(_by(self.person))
        if self.category is not None:
            found.append(or_(row.category == self.category, row.becomes == self.category))
        if self.since is not None:
            found.append(row.at >= self.since)
        if self.withdrawn is not None:
            there = row.withdrawn_at.is_not(None)
            found.append(there if self.withdrawn else ~there)
        return found


def _by(person: str) -> ColumnElement[bool]:
    try:
        id = UUID(person)
    except ValueError:
        return OpinionRow.caller == person
    return or_(OpinionRow.caller_id == id, OpinionRow.caller == person)


def list_page(
    session: Session, filter: OpinionFilter, *, after: UUID | None = None, limit: int
) -> list[OpinionRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(OpinionRow).where(*filter.conditions())
    if after is not None:
        query = query.where(OpinionRow.id < after)
    return list(session.scalars(query.order_by(OpinionRow.id.desc()).limit(limit)))


def of_interactions(session: Session, ids: Collection[UUID]) -> dict[UUID, list[OpinionRow]]:
    """All opinions on interactions in the order in which they were given; none, no key."""
    found: dict[UUID, list[OpinionRow]] = {}
    rows = session.scalars(
        select(OpinionRow)
        .where(OpinionRow.interaction_id.in_(ids))
        .order_by(OpinionRow.interaction_id, OpinionRow.at, OpinionRow.id)
    )
    for row in rows:
        found.setdefault(row.interaction_id, []).append(row)
    return found


def passages(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Place]]:
    """The passages of interactions: each one's in the order of their indexes."""
    found: dict[UUID, list[Place]] = {id: [] for id in ids}
    table = PassageRow
    rows = session.execute(
        select(table.interaction_id, table.turn, table.start, table.end)
        .where(table.interaction_id.in_(ids))
        .order_by(table.interaction_id, table.index)
    )
    for id, turn, start, end in rows:
        found[id].append((turn, start, end))
    return found


def words(session: Session, ids: Collection[UUID]) -> dict[tuple[UUID, int], TurnRow]:
    """The turns of interactions, as far as the session sees them whole."""
    rows = session.scalars(select(TurnRow).where(TurnRow.interaction_id.in_(ids)))
    return {(row.interaction_id, row.index): row for row in rows}


def models(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """By which model interactions were mined; those that none did are left out."""
    rows = session.execute(
        select(InteractionRow.id, InteractionRow.model).where(InteractionRow.id.in_(ids))
    )
    return {id: model for id, model in rows if model is not None}


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


def feelings(session: Session, ids: Collection[UUID]) -> dict[tuple[UUID, int], str]:
    """How customers feel in passages in which the model found something, and people spoke of it."""
    row = ModelSaidRow
    found = session.execute(
        select(row.interaction_id, row.passage, row.sentiment).where(row.interaction_id.in_(ids))
    )
    return {(id, passage): sentiment for id, passage, sentiment in found}


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

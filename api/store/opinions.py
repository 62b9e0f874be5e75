"""What people say, written once; and what the model had said where they spoke."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from api.store import view
from api.store.department_tables import RoutedRow
from api.store.ids import new_id
from api.store.opinion_tables import ModelSaidRow, OpinionRow
from api.store.tables import FindingRow, InteractionRow, PassageRow, TurnRow

Place = tuple[int, int, int]
"""A passage: its turn, and its offsets there."""

HIDDEN = "hidden"
"""In what the model said: what of an opinion is not for the department of who gave it."""


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
    if filter.finding is not None and view.of(session).department is not None:
        # Ids of findings can be worked out: whether there is such a one is not told that way.
        query = query.where(OpinionRow.said[HIDDEN].contains(["finding"]).is_not(True))
    if after is not None:
        query = query.where(OpinionRow.id < after)
    return list(session.scalars(query.order_by(OpinionRow.id.desc()).limit(limit)))


def hidden(row: OpinionRow) -> frozenset[str]:
    """What of an opinion is not for the department of who gave it: `said`, `finding` or both."""
    return frozenset((row.said or {}).get(HIDDEN, ()))


def reached_by(session: Session, finding: UUID) -> set[UUID]:
    """The departments that a finding reached."""
    row = RoutedRow
    return set(session.scalars(select(row.department_id).where(row.finding_id == finding)))


def reached(session: Session, row: OpinionRow) -> set[UUID]:
    """The departments that an opinion concerns: the finding, or else one in those words, did reach.

    Args:
        session: the transaction, which sees everything.
        row: the opinion.
    """
    if row.finding_id is not None:
        return reached_by(session, row.finding_id)
    routed, found = RoutedRow, FindingRow
    query = select(routed.department_id).where(
        routed.interaction_id == row.interaction_id, routed.turn == row.turn
    )
    if row.kind != "speaker":
        here = (
            PassageRow.interaction_id == routed.interaction_id,
            PassageRow.index == routed.passage,
            PassageRow.start < row.end,
            PassageRow.end > row.start,
        )
        query = query.join(PassageRow, and_(*here))
    if row.category is not None:
        there = (found.id == routed.finding_id, found.category.in_((row.category, row.becomes)))
        query = query.join(found, and_(*there))
    return set(session.scalars(query))


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


def with_speakers(session: Session, ids: Collection[UUID]) -> list[UUID]:
    """Those of some interactions of which people said who speaks."""
    row = OpinionRow
    query = select(row.interaction_id).where(row.interaction_id.in_(ids), row.kind == "speaker")
    return list(session.scalars(query.distinct()))


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


def seen_passages(session: Session, interaction: UUID, turn: int) -> dict[int, Place]:
    """The passages of a turn that the session sees, by their indexes."""
    row = PassageRow
    rows = session.scalars(
        select(row).where(row.interaction_id == interaction, row.turn == turn).order_by(row.index)
    )
    return {one.index: (one.turn, one.start, one.end) for one in rows}


def rename_category(session: Session, old: str, new: str) -> None:
    """Lets what people and the model said of a category go by its new name."""
    columns = (OpinionRow.category, OpinionRow.becomes, ModelSaidRow.category)
    for column in columns:
        session.execute(
            update(column.class_)
            .where(column == old)
            .values({column.key: new})
            .execution_options(synchronize_session=False)
        )

"""What people decided about themes and holds, as a clustering has to obey it."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from api.store.theme_history import ThemeEditPassageRow, ThemeEditRow
from api.store.theme_tables import ThemeRow

PLACING = ("move", "split", "seed")
"""Edits that put passages somewhere."""

Place = tuple[UUID, int]
"""A passage: its interaction, and its index there."""


def placements(
    session: Session, scope: str, interactions: Collection[UUID] | None = None
) -> dict[Place, UUID | None]:
    """Where people put passages of a scope, by the latest edit that holds; None is the pool.

    A theme that was merged since is given as it was named: follow it with `heirs`.

    Args:
        session: the transaction.
        scope: the scope.
        interactions: those in which the passages stand; all if None.
    """
    goal = case((ThemeEditRow.kind == "split", ThemeEditRow.other_id), else_=ThemeEditRow.theme_id)
    query = (
        select(ThemeEditPassageRow.interaction_id, ThemeEditPassageRow.passage, goal)
        .join(ThemeEditRow, ThemeEditRow.id == ThemeEditPassageRow.edit_id)
        .where(ThemeEditRow.scope == scope, ThemeEditRow.undone_at.is_(None))
        .where(ThemeEditRow.kind.in_(PLACING))
        .order_by(ThemeEditRow.id)
    )
    if interactions is not None:
        query = query.where(ThemeEditPassageRow.interaction_id.in_(interactions))
    return {(interaction, passage): theme for interaction, passage, theme in session.execute(query)}


def holding(session: Session, scope: str, kinds: Sequence[str]) -> list[ThemeEditRow]:
    """The edits of some kinds that hold, or for `merge` also those undone, in their order."""
    rows = select(ThemeEditRow).where(ThemeEditRow.scope == scope, ThemeEditRow.kind.in_(kinds))
    rows = rows.where(or_(ThemeEditRow.undone_at.is_(None), ThemeEditRow.kind == "merge"))
    return list(session.scalars(rows.order_by(ThemeEditRow.id)))


def sides(session: Session, edits: Sequence[UUID]) -> dict[UUID, tuple[list[Place], list[Place]]]:
    """The passages of edits, by the side that they stand on."""
    found: dict[UUID, tuple[list[Place], list[Place]]] = {id: ([], []) for id in edits}
    rows = session.scalars(
        select(ThemeEditPassageRow)
        .where(ThemeEditPassageRow.edit_id.in_(edits))
        .order_by(ThemeEditPassageRow.interaction_id, ThemeEditPassageRow.passage)
    )
    for row in rows:
        found[row.edit_id][row.side].append((row.interaction_id, row.passage))
    return found


def heirs(session: Session, scope: str) -> dict[UUID, UUID | None]:
    """Every theme of a scope that is not active: the active one that it lives on in, or None."""
    rows = session.execute(
        select(ThemeRow.id, ThemeRow.state, ThemeRow.merged_into).where(ThemeRow.scope == scope)
    )
    themes = {id: (state, into) for id, state, into in rows}
    found: dict[UUID, UUID | None] = {}
    for id, (state, into) in themes.items():
        if state == "active":
            continue
        heir = into
        while heir is not None and themes[heir][0] != "active":
            heir = themes[heir][1]
        found[id] = heir
    return found


def held(session: Session, scope: str) -> list[UUID]:
    """Active themes that people pinned, named or made."""
    rows = select(ThemeRow.id).where(
        ThemeRow.scope == scope,
        ThemeRow.state == "active",
        or_(ThemeRow.pinned, ThemeRow.named_by == "person", ThemeRow.made_by == "person"),
    )
    return list(session.scalars(rows.order_by(ThemeRow.id)))

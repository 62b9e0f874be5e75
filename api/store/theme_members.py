"""Which finding stands in which theme, and what themes are compared by."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store import vectors
from api.store.tables import WIDTH
from api.store.theme_tables import (
    FIRST,
    ThemeMemberRow,
    ThemePrototypeRow,
    ThemeRow,
    ThemeScopeRow,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A finding that was just written.

    Attributes:
        finding: its id.
        interaction: in which it stands.
        passage: in which it stands, by its index.
        category: what was found.
        model: that found it, and made the vector.
        vector: (width,) of its passage.
    """

    finding: UUID
    interaction: UUID
    passage: int
    category: str
    model: str
    vector: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The active themes of a scope, as newcomers are compared with them.

    Attributes:
        model: whose vectors they are made of.
        themes: id of each.
        centre: (width,) what all have in common.
        middles: (themes, width).
        floors: (themes,).
        vectors: (prototypes, width).
        owners: (prototypes,) index of the theme of each.
    """

    model: str | None
    themes: tuple[UUID, ...]
    centre: Floats
    middles: Floats
    floors: Floats
    vectors: Floats
    owners: Ints


def hold(session: Session, scopes: Sequence[str]) -> dict[str, int]:
    """The versions of scopes; their themes stay as they are until this transaction ends."""
    rows = session.execute(
        select(ThemeScopeRow.scope, ThemeScopeRow.version)
        .where(ThemeScopeRow.scope.in_(scopes))
        .order_by(ThemeScopeRow.scope)
        .with_for_update(read=True)
    )
    return dict(rows.all())


_NEWCOMERS = """
    SELECT finding.id, finding.interaction_id, finding.passage, finding.category,
        interaction.model, passage.vector
    FROM findings finding
    JOIN passages passage ON passage.interaction_id = finding.interaction_id
        AND passage.index = finding.passage
    JOIN interactions interaction ON interaction.id = finding.interaction_id
    WHERE finding.interaction_id = ANY(%(ids)s::uuid[])
    ORDER BY finding.interaction_id, finding.id
"""


def newcomers(session: Session, interactions: Collection[UUID]) -> list[Newcomer]:
    """The findings of interactions, with the vectors of their passages."""
    if not interactions:
        return []
    types = ["uuid", "uuid", "int4", "text", "text", "bytea"]
    rows = list(vectors.copied(session, _NEWCOMERS, {"ids": list(interactions)}, types))
    found = vectors.unpacked((row[5] for row in rows), WIDTH)
    return [
        Newcomer(
            finding=finding,
            interaction=interaction,
            passage=passage,
            category=category,
            model=model,
            vector=vector,
        )
        for (finding, interaction, passage, category, model, _), vector in zip(
            rows, vectors.unit(found), strict=True
        )
    ]


def without(session: Session, scope: str, found: Sequence[Newcomer]) -> list[Newcomer]:
    """Those that stand in no theme of a scope."""
    placed = set(
        session.scalars(
            select(ThemeMemberRow.finding_id).where(
                ThemeMemberRow.finding_id.in_([one.finding for one in found]),
                ThemeMemberRow.scope == scope,
            )
        )
    )
    return [one for one in found if one.finding not in placed]


def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes memberships; those that are there already stay as they are."""
    if rows:
        session.execute(upsert(ThemeMemberRow).on_conflict_do_nothing(), list(rows))


_PROTOTYPES = """
    SELECT prototype.theme_id, prototype.vector
    FROM theme_prototypes prototype JOIN themes theme ON theme.id = prototype.theme_id
    WHERE theme.scope = %(scope)s AND theme.state = 'active'
    ORDER BY prototype.theme_id, prototype.index
"""
_MIDDLES = """
    SELECT id, middle, floor FROM themes
    WHERE scope = %(scope)s AND state = 'active' ORDER BY id
"""


def prototypes(session: Session, scope: str) -> Stored:
    """What the active themes of a scope are compared by."""
    row = session.get(ThemeScopeRow, scope, populate_existing=True)
    values = {"scope": scope}
    middles = list(vectors.copied(session, _MIDDLES, values, ["uuid", "bytea", "float8"]))
    places = {id: place for place, (id, _, _) in enumerate(middles)}
    points = list(vectors.copied(session, _PROTOTYPES, values, ["uuid", "bytea"]))
    return Stored(
        model=None if row is None else row.model,
        themes=tuple(places),
        centre=centre(session, scope),
        middles=vectors.unit(vectors.unpacked((one for _, one, _ in middles), WIDTH)),
        floors=np.array([floor for _, _, floor in middles], dtype=np.float32),
        vectors=vectors.unit(vectors.unpacked((one for _, one in points), WIDTH)),
        owners=np.array([places[id] for id, _ in points], dtype=np.int64),
    )


def centre(session: Session, scope: str) -> Floats:
    """(width,) what all passages of a scope have in common; 0 where none were gathered yet."""
    found = session.scalar(select(ThemeScopeRow.centre).where(ThemeScopeRow.scope == scope))
    if found is None:
        return np.zeros(WIDTH, dtype=np.float32)
    return np.asarray(found, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Centroids:
    """The active themes of a scope.

    Attributes:
        themes: id of each.
        centroids: (themes, width) of length 1.
        areas: id of the area of those that have one.
        names: the machine's name of each.
    """

    themes: tuple[UUID, ...]
    centroids: Floats
    areas: dict[UUID, UUID]
    names: dict[UUID, str]


_CENTROIDS = """
    SELECT id, area_id, machine_name, centroid FROM themes
    WHERE scope = %(scope)s AND state = 'active' ORDER BY id
"""


def centroids(session: Session, scope: str) -> Centroids:
    """The active themes of a scope, with their middles and areas."""
    types = ["uuid", "uuid", "text", "bytea"]
    rows = list(vectors.copied(session, _CENTROIDS, {"scope": scope}, types))
    return Centroids(
        themes=tuple(row[0] for row in rows),
        centroids=vectors.unit(vectors.unpacked((row[3] for row in rows), WIDTH)),
        areas={id: area for id, area, _, _ in rows if area is not None},
        names={id: name for id, _, name, _ in rows},
    )


_VECTORS_OF = """
    SELECT passage.vector FROM (
        SELECT finding_id FROM theme_members WHERE theme_id = %(theme)s AND place = 1
        ORDER BY finding_id LIMIT %(limit)s
    ) member
    JOIN findings finding ON finding.id = member.finding_id
    JOIN passages passage ON passage.interaction_id = finding.interaction_id
        AND passage.index = finding.passage
    ORDER BY member.finding_id
"""


def vectors_of(session: Session, theme: UUID, *, limit: int) -> Floats:
    """(members, width) vectors of some members of a theme: ids of findings are drawn by lot."""
    values = {"theme": theme, "limit": limit}
    rows = vectors.copied(session, _VECTORS_OF, values, ["bytea"])
    return vectors.unit(vectors.unpacked((row[0] for row in rows), WIDTH))


_VECTORS_AT = """
    SELECT passage.vector
    FROM unnest(%(ids)s::uuid[], %(numbers)s::int[]) AS here (id, number)
    JOIN passages passage ON passage.interaction_id = here.id AND passage.index = here.number
    ORDER BY here.id, here.number
"""


def vectors_at(session: Session, places: Sequence[tuple[UUID, int]]) -> Floats:
    """(passages, width) vectors of passages, in the order of their interactions."""
    values = {"ids": [id for id, _ in places], "numbers": [number for _, number in places]}
    rows = vectors.copied(session, _VECTORS_AT, values, ["bytea"])
    return vectors.unit(vectors.unpacked((row[0] for row in rows), WIDTH))


def describe(session: Session, theme: UUID, values: Mapping[str, Any], points: Floats) -> None:
    """Writes what a theme is compared by: columns of its row, and its prototypes.

    Args:
        session: the transaction.
        theme: its id.
        values: of the columns.
        points: (prototypes, width).
    """
    session.execute(
        update(ThemeRow)
        .where(ThemeRow.id == theme)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(ThemePrototypeRow).where(ThemePrototypeRow.theme_id == theme))
    if len(points):
        session.execute(
            insert(ThemePrototypeRow),
            [
                {"theme_id": theme, "index": index, "vector": vector}
                for index, vector in enumerate(points)
            ],
        )


def count(session: Session, theme: UUID) -> int:
    """Findings that stand first in a theme."""
    return (
        session.scalar(
            select(func.count()).where(
                ThemeMemberRow.theme_id == theme, ThemeMemberRow.place == FIRST
            )
        )
        or 0
    )

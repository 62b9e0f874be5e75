"""What a re-clustering reads of a scope, and what it writes: whole columns at once, by COPY."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.store import vectors
from api.store.tables import WIDTH
from api.store.theme_tables import ALL
from api.store.theme_wishes import Place

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The passages of a scope with a finding in them, each once, in the order of their places.

    Attributes:
        places: of each, its interaction and its index there.
        findings: of each, its surest finding of the scope.
        texts: the quotes of these.
        products: of each, what the interaction's metadata name as product, or "".
        themes: of each, the theme that it stands in first, None for the pool.
        subthemes: of each, the part of that theme.
        vectors: (passages, width) of length 1.
        count: findings, of which a passage can have several.
    """

    places: tuple[Place, ...]
    findings: tuple[UUID, ...]
    texts: tuple[str, ...]
    products: tuple[str, ...]
    themes: tuple[UUID | None, ...]
    subthemes: tuple[UUID | None, ...]
    vectors: Floats
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a passage stands by now.

    Attributes:
        place: the passage.
        theme: None for the pool.
        rank: first or second theme.
        likeness: to the theme.
        by_person: whether a person put it there.
        subtheme: part of the theme.
    """

    place: Place
    theme: UUID | None
    rank: int
    likeness: float
    by_person: bool = False
    subtheme: UUID | None = None


_MODEL = text(
    """
    SELECT interactions.model FROM findings
    JOIN interactions ON interactions.id = findings.interaction_id
    ORDER BY findings.interaction_id DESC LIMIT 1
    """
)


def model(session: Session) -> str | None:
    """Name of the model that made the newest findings: vectors of others are none of its."""
    found: str | None = session.scalar(_MODEL)
    return found


_FINDINGS = """
    SELECT finding.id, finding.interaction_id, finding.passage, finding.confidence, finding.quote,
        coalesce(interaction.metadata ->> 'product', ''), member.theme_id, member.subtheme_id,
        passage.vector
    FROM findings finding
    JOIN interactions interaction ON interaction.id = finding.interaction_id
    JOIN passages passage ON passage.interaction_id = finding.interaction_id
        AND passage.index = finding.passage
    LEFT JOIN theme_members member ON member.finding_id = finding.id
        AND member.scope = %(scope)s AND member.place = 1
    WHERE interaction.model = %(model)s AND (%(scope)s = %(all)s OR finding.category = %(scope)s)
"""
_TYPES = ["uuid", "uuid", "int4", "float8", "text", "text", "uuid", "uuid", "bytea"]


def read(session: Session, scope: str, model: str) -> Read:
    """Reads a scope.

    Args:
        session: the transaction; one statement reads, so that all is of one moment.
        scope: the scope.
        model: passages of interactions that it mined.
    """
    values = {"scope": scope, "model": model, "all": ALL}
    surest: dict[Place, tuple[Any, ...]] = {}
    count = 0
    for row in vectors.copied(session, _FINDINGS, values, _TYPES):
        count += 1
        place = (row[1], row[2])
        seen = surest.get(place)
        if seen is None or (-row[3], row[0]) < (-seen[3], seen[0]):
            surest[place] = row
    # By their numbers: ids as such are compared in Python, a million of them for half a minute.
    places = tuple(sorted(surest, key=lambda place: (place[0].int, place[1])))
    rows = [surest.pop(place) for place in places]
    return Read(
        places=places,
        findings=tuple(row[0] for row in rows),
        texts=tuple(row[4] for row in rows),
        products=tuple(row[5] for row in rows),
        themes=tuple(row[6] for row in rows),
        subthemes=tuple(row[7] for row in rows),
        vectors=vectors.unit(vectors.unpacked((row[8] for row in rows), WIDTH)),
        count=count,
    )


_STAGE = text(
    """
    CREATE TEMPORARY TABLE theme_placed (
        interaction_id uuid, passage int, theme_id uuid, place smallint, likeness float8,
        placed_by text, subtheme_id uuid
    ) ON COMMIT DROP
    """
)
_COPY = "COPY theme_placed FROM STDIN WITH (FORMAT binary)"


def stage(session: Session, placed: Iterable[Placed]) -> None:
    """Hands over where the passages stand by now, in a table that this transaction alone sees.

    Every passage that was read is to be among them: that of the pool with no theme.
    """
    session.execute(_STAGE)
    with vectors.driver(session).cursor().copy(_COPY) as copy:
        copy.set_types(["uuid", "int4", "uuid", "int2", "float8", "text", "uuid"])
        for one in placed:
            by = "person" if one.by_person else "clustering"
            row = (*one.place, one.theme, one.rank, one.likeness, by, one.subtheme)
            copy.write_row(row)
    session.execute(text("ANALYZE theme_placed"))


_GONE = text(
    """
    DELETE FROM theme_members member USING findings finding
    WHERE member.scope = :scope AND finding.id = member.finding_id
    AND EXISTS (
        SELECT FROM theme_placed read
        WHERE read.interaction_id = finding.interaction_id AND read.passage = finding.passage
    )
    AND NOT EXISTS (
        SELECT FROM theme_placed kept
        WHERE kept.interaction_id = finding.interaction_id AND kept.passage = finding.passage
        AND kept.theme_id = member.theme_id AND kept.place = member.place
    )
    """
)
# Erased meanwhile: the lock leaves such findings out, and keeps the others until the commit.
_COME = text(
    """
    WITH there AS (
        SELECT finding.id, finding.interaction_id, finding.passage
        FROM findings finding
        WHERE (:scope = :all OR finding.category = :scope) AND EXISTS (
            SELECT FROM theme_placed read
            WHERE read.interaction_id = finding.interaction_id AND read.passage = finding.passage
            AND read.theme_id IS NOT NULL
        )
        FOR KEY SHARE OF finding
    )
    INSERT INTO theme_members AS member (
        finding_id, theme_id, scope, place, interaction_id, likeness, placed_by, subtheme_id
    )
    SELECT there.id, placed.theme_id, :scope, placed.place, there.interaction_id,
        placed.likeness, placed.placed_by, placed.subtheme_id
    FROM there JOIN theme_placed placed ON placed.interaction_id = there.interaction_id
        AND placed.passage = there.passage
    WHERE placed.theme_id IS NOT NULL
    ON CONFLICT (finding_id, theme_id) DO UPDATE SET
        likeness = excluded.likeness, placed_by = excluded.placed_by,
        subtheme_id = excluded.subtheme_id
    WHERE (member.likeness, member.placed_by, member.subtheme_id)
        IS DISTINCT FROM (excluded.likeness, excluded.placed_by, excluded.subtheme_id)
    """
)


def settle(session: Session, scope: str) -> None:
    """Makes the memberships those that were staged; findings that were not read keep theirs."""
    session.execute(_GONE, {"scope": scope})
    session.execute(_COME, {"scope": scope, "all": ALL})


_COPY_PROTOTYPES = "COPY theme_prototypes (theme_id, index, vector) FROM STDIN WITH (FORMAT binary)"
_NO_PROTOTYPES = text("DELETE FROM theme_prototypes WHERE theme_id = ANY(:themes)")


def write_prototypes(session: Session, themes: Sequence[UUID], points: Sequence[Floats]) -> None:
    """Writes the prototypes of themes in the place of those that they had.

    Args:
        session: the transaction.
        themes: ids.
        points: of each, (prototypes, width).
    """
    session.execute(_NO_PROTOTYPES, {"themes": list(themes)})
    with vectors.driver(session).cursor().copy(_COPY_PROTOTYPES) as copy:
        copy.set_types(["uuid", "int4", "bytea"])
        for theme, rows in zip(themes, points, strict=True):
            for index, vector in enumerate(rows):
                copy.write_row((theme, index, vectors.packed(vector)))


_NO_QUOTES = text("DELETE FROM theme_quotes WHERE theme_id = ANY(:themes)")
_QUOTES = text(
    """
    INSERT INTO theme_quotes (theme_id, kind, place, finding_id)
    SELECT quote.theme_id, quote.kind, quote.place, finding.id
    FROM unnest(
        CAST(:owners AS uuid[]), CAST(:kinds AS text[]), CAST(:places AS int[]),
        CAST(:findings AS uuid[])
    ) AS quote (theme_id, kind, place, finding_id)
    JOIN findings finding ON finding.id = quote.finding_id
    FOR KEY SHARE OF finding
    """
)


def write_quotes(
    session: Session, themes: Sequence[UUID], chosen: Sequence[tuple[UUID, str, int, UUID]]
) -> None:
    """Writes the quotes of themes in the place of those that they had.

    Args:
        session: the transaction.
        themes: ids.
        chosen: theme, `central` or `diverse`, place and finding of each; erased ones are left out.
    """
    session.execute(_NO_QUOTES, {"themes": list(themes)})
    if chosen:
        owners, kinds, places, findings = (list(column) for column in zip(*chosen, strict=True))
        values = {"owners": owners, "kinds": kinds, "places": places, "findings": findings}
        session.execute(_QUOTES, values)

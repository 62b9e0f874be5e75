"""The outcome of a re-clustering, written in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, case, delete, func, insert, or_, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store import theme_documents, theme_edits
from api.store.ids import new_id
from api.store.tables import WIDTH
from api.store.theme_documents import Placed
from api.store.theme_history import ThemeLineageRow
from api.store.theme_tables import (
    LONGEST_THEME_NAME,
    SubthemeRow,
    ThemeAreaRow,
    ThemePrototypeRow,
    ThemeRow,
    ThemeScopeRow,
)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A theme as a clustering found it.

    Attributes:
        id: that it goes on with, or a new one.
        is_new: whether the id is new.
        name: the machine's.
        key_terms: the most telling first.
        product: that most of it is about, or None.
        area: id of its area.
        centroid: (width,).
        middle: (width,).
        floor: least likeness that it lets in.
        prototypes: (prototypes, width).
        central: findings that are shown as its central quotes.
        diverse: findings that are shown beside them.
    """

    id: UUID
    is_new: bool
    name: str
    key_terms: tuple[str, ...]
    product: str | None
    area: UUID
    centroid: Floats
    middle: Floats
    floor: float
    prototypes: Floats
    central: tuple[UUID, ...]
    diverse: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that happened to a theme.

    Attributes:
        theme: its id.
        kind: one of `LINEAGE_KINDS`.
        others: themes concerned beside it.
        passages: how many it is about.
    """

    theme: UUID
    kind: str
    others: tuple[UUID, ...] = ()
    passages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a re-clustering of a scope comes to.

    Attributes:
        scope: the scope.
        model: whose vectors it was made of; None where nothing is in the scope.
        resolution: that the themes were found with.
        centre: (width,) what all passages have in common.
        documents: passages.
        themes: that were found.
        areas: ids and names.
        subthemes: ids, themes and names.
        merged: themes that are no more, and what each went into.
        faded: themes of which nothing is left.
        happened: for the lineage.
        placed: where every passage stands by now.
    """

    scope: str
    model: str | None
    resolution: float
    centre: Floats
    documents: int
    themes: tuple[Found, ...]
    areas: tuple[tuple[UUID, str], ...]
    subthemes: tuple[tuple[UUID, UUID, str], ...]
    merged: tuple[tuple[UUID, UUID], ...]
    faded: tuple[UUID, ...]
    happened: tuple[Happened, ...]
    placed: Sequence[Placed]


def write(session: Session, outcome: Outcome, run: UUID) -> None:
    """Writes it; the caller holds the run, and the scope's lock.

    Members of themes that are no more, which came while it was computed, go where the theme went.
    """
    theme_documents.stage(session, outcome.placed)
    _write_areas(session, outcome)
    _write_themes(session, outcome)
    _write_subthemes(session, outcome)
    theme_documents.settle(session, outcome.scope)
    for gone, into in outcome.merged:
        theme_edits.pour(session, gone, into)
        _end(session, gone, {"state": "merged", "merged_into": into})
    for gone in outcome.faded:
        theme_edits.unplace(session, gone)
        _end(session, gone, {"state": "faded"})
    _clean(session, outcome)
    session.execute(_FORGET, {"scope": outcome.scope, "width": WIDTH})
    _write_lineage(session, outcome, run)
    session.execute(
        update(ThemeScopeRow)
        .where(ThemeScopeRow.scope == outcome.scope)
        .values(
            version=ThemeScopeRow.version + 1,
            clustered_at=func.now(),
            resolution=outcome.resolution,
            model=outcome.model,
            centre=outcome.centre,
            documents=outcome.documents,
        )
        .execution_options(synchronize_session=False)
    )


def _write_areas(session: Session, outcome: Outcome) -> None:
    rows = [{"id": id, "scope": outcome.scope, "name": name} for id, name in outcome.areas]
    if rows:
        insertion = upsert(ThemeAreaRow)
        session.execute(
            insertion.on_conflict_do_update(
                index_elements=["id"], set_={"name": insertion.excluded.name}
            ),
            rows,
        )


def _write_themes(session: Session, outcome: Outcome) -> None:
    new = [one for one in outcome.themes if one.is_new]
    if new:
        session.execute(
            insert(ThemeRow),
            [
                {"id": one.id, "scope": outcome.scope, "name": _cut(one.name), **_values(one)}
                for one in new
            ],
        )
    old = [one for one in outcome.themes if not one.is_new]
    if old:
        # Core, not ORM: a column and a value for each row, in one statement.
        session.connection().execute(_CHANGE, [_changed(one) for one in old])
    ids = [one.id for one in outcome.themes]
    theme_documents.write_prototypes(session, ids, [one.prototypes for one in outcome.themes])
    chosen = [
        (one.id, kind, place, finding)
        for one in outcome.themes
        for kind, findings in (("central", one.central), ("diverse", one.diverse))
        for place, finding in enumerate(findings)
    ]
    theme_documents.write_quotes(session, ids, chosen)


def _cut(name: str) -> str:
    return name[:LONGEST_THEME_NAME]


def _values(one: Found) -> dict[str, Any]:
    return {
        "machine_name": _cut(one.name),
        "key_terms": list(one.key_terms),
        "product": one.product,
        "area_id": one.area,
        "centroid": one.centroid,
        "middle": one.middle,
        "floor": one.floor,
    }


def _changed(one: Found) -> dict[str, Any]:
    return {f"new_{column}": value for column, value in {"id": one.id, **_values(one)}.items()}


def _new(column: str) -> Any:
    return bindparam(f"new_{column}", type_=getattr(ThemeRow, column).type)


_SHOWN = ("machine_name", "key_terms", "product", "area_id")
_CHANGE = (
    update(ThemeRow)
    .where(ThemeRow.id == _new("id"))
    .values(
        **{column: _new(column) for column in (*_SHOWN, "centroid", "middle", "floor")},
        name=case((ThemeRow.named_by == "machine", _new("machine_name")), else_=ThemeRow.name),
        # What nobody sees is no new revision.
        revision=ThemeRow.revision
        + case(
            (
                or_(*(getattr(ThemeRow, one).is_distinct_from(_new(one)) for one in _SHOWN)),
                1,
            ),
            else_=0,
        ),
    )
)


def _write_subthemes(session: Session, outcome: Outcome) -> None:
    rows = [{"id": id, "theme_id": theme, "name": name} for id, theme, name in outcome.subthemes]
    if rows:
        insertion = upsert(SubthemeRow)
        session.execute(
            insertion.on_conflict_do_update(
                index_elements=["id"],
                set_={"name": insertion.excluded.name, "theme_id": insertion.excluded.theme_id},
            ),
            rows,
        )


def _end(session: Session, theme: UUID, values: dict[str, Any]) -> None:
    session.execute(delete(ThemePrototypeRow).where(ThemePrototypeRow.theme_id == theme))
    session.execute(
        update(ThemeRow)
        .where(ThemeRow.id == theme)
        .values(**values, ended_at=func.now(), revision=ThemeRow.revision + 1)
        .execution_options(synchronize_session=False)
    )


def _clean(session: Session, outcome: Outcome) -> None:
    """Takes away areas and parts that were not found again."""
    areas = [id for id, _ in outcome.areas]
    session.execute(
        delete(ThemeAreaRow).where(
            ThemeAreaRow.scope == outcome.scope, ThemeAreaRow.id.not_in(areas)
        )
    )
    themes = [one.id for one in outcome.themes] + [gone for gone, _ in outcome.merged]
    parts = [id for id, _, _ in outcome.subthemes]
    session.execute(
        delete(SubthemeRow).where(
            SubthemeRow.theme_id.in_([*themes, *outcome.faded]), SubthemeRow.id.not_in(parts)
        )
    )


# After an erasure nothing derived is left where it cannot be derived anew: in themes that are no
# more, and in those that a person holds though nothing is in them.
_FORGET = text(
    """
    WITH empty AS (
        SELECT themes.id FROM themes JOIN theme_scopes ON theme_scopes.scope = themes.scope
        WHERE themes.scope = :scope
        AND EXISTS (SELECT FROM erased WHERE erased.at > theme_scopes.clustered_at)
        AND NOT EXISTS (SELECT FROM theme_members WHERE theme_members.theme_id = themes.id)
    ),
    points AS (DELETE FROM theme_prototypes USING empty WHERE theme_id = empty.id)
    UPDATE themes SET machine_name = 'Without a name', key_terms = '[]', product = NULL,
        name = CASE WHEN named_by = 'machine' THEN 'Without a name' ELSE name END,
        centroid = CAST(array_fill(0::real, ARRAY[CAST(:width AS int)]) AS halfvec),
        middle = CAST(array_fill(0::real, ARRAY[CAST(:width AS int)]) AS halfvec)
    FROM empty WHERE themes.id = empty.id
    """
)


def _write_lineage(session: Session, outcome: Outcome, run: UUID) -> None:
    if outcome.happened:
        session.execute(
            insert(ThemeLineageRow),
            [
                {
                    "id": new_id(),
                    "scope": outcome.scope,
                    "theme_id": one.theme,
                    "kind": one.kind,
                    "others": list(one.others),
                    "passages": one.passages,
                    "run_id": run,
                }
                for one in outcome.happened
            ],
        )

"""Areas of themes, the themes in them, and in how many interactions these stand."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from api.store import counters, seen
from api.store.theme_counts import Slice
from api.store.theme_tables import ThemeAreaRow, ThemeMemberRow, ThemeRow


def page(
    session: Session, scope: str, *, after: UUID | None = None, limit: int
) -> list[ThemeAreaRow]:
    """Areas of a scope that hold an active theme; `after` is the id of a page's last."""
    query = select(ThemeAreaRow).where(
        ThemeAreaRow.scope == scope,
        select(ThemeRow.id).where(ThemeRow.area_id == ThemeAreaRow.id, *_shown()).exists(),
    )
    if after is not None:
        query = query.where(ThemeAreaRow.id > after)
    found = list(session.scalars(query.order_by(ThemeAreaRow.id).limit(limit)))
    seen.show_areas(session, found)
    return found


def in_areas(
    session: Session, scope: str, areas: Sequence[UUID | None]
) -> dict[UUID | None, list[UUID]]:
    """Ids of the active themes of areas; None stands for those without an area."""
    named = [id for id in areas if id is not None]
    places = [ThemeRow.area_id.in_(named)]
    if None in areas:
        places.append(ThemeRow.area_id.is_(None))
    found: dict[UUID | None, list[UUID]] = {id: [] for id in areas}
    listed = session.execute(
        select(ThemeRow.area_id, ThemeRow.id)
        .where(ThemeRow.scope == scope, or_(*places), *_shown())
        .order_by(ThemeRow.id)
    )
    for area, id in listed:
        found[area].append(id)
    return found


def heard(session: Session, groups: Mapping[UUID | None, Sequence[UUID]]) -> dict[UUID | None, int]:
    """In how many interactions any theme of a group stands."""
    if counters.kept(session, Slice()):
        return {name: counters.union(session, ids) for name, ids in groups.items()}
    column = func.count(ThemeMemberRow.interaction_id.distinct())
    return {
        name: session.scalar(select(column).where(ThemeMemberRow.theme_id.in_(ids))) or 0
        for name, ids in groups.items()
    }


def _shown() -> tuple[ColumnElement[bool], ...]:
    return (ThemeRow.state == "active", ThemeRow.hidden.is_(False))

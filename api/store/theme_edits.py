"""What people decided about themes: written down, read back as wishes, and carried out on members.

A passage, not a finding, is what an edit holds on to: a backfill writes findings anew, and what a
person decided stays.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from api.store.ids import new_id
from api.store.tables import FindingRow
from api.store.theme_history import ThemeEditPassageRow, ThemeEditRow, ThemeLineageRow
from api.store.theme_tables import (
    ALL,
    FIRST,
    ThemeMemberRow,
    ThemePrototypeRow,
    ThemeRow,
    ThemeScopeRow,
)
from api.store.theme_wishes import PLACING, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A passage of a scope, and where it stands.

    Attributes:
        place: the passage.
        theme: the theme that it stands in first, None for the pool.
    """

    place: Place
    theme: UUID | None


def get(session: Session, id: UUID) -> ThemeEditRow | None:
    """One edit, or None."""
    return session.get(ThemeEditRow, id, populate_existing=True)


def list_page(
    session: Session,
    *,
    scope: str | None = None,
    theme: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[ThemeEditRow]:
    """Edits, the newest first, those undone among them.

    Args:
        session: the transaction.
        scope: those of one scope.
        theme: those that name one theme.
        after: id of the last one of the page before.
        limit: most of them.
    """
    query = select(ThemeEditRow)
    if scope is not None:
        query = query.where(ThemeEditRow.scope == scope)
    if theme is not None:
        query = query.where(_names(theme))
    if after is not None:
        query = query.where(ThemeEditRow.id < after)
    return list(session.scalars(query.order_by(ThemeEditRow.id.desc()).limit(limit)))


def _names(theme: UUID) -> ColumnElement[bool]:
    return or_(ThemeEditRow.theme_id == theme, ThemeEditRow.other_id == theme)


def add(session: Session, values: Mapping[str, Any]) -> ThemeEditRow:
    """Writes an edit down."""
    row = ThemeEditRow(id=new_id(), **{"before": {}, "after": {}, **values})
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def mark_undone(session: Session, row: ThemeEditRow) -> None:
    """Says that an edit holds no more."""
    session.execute(
        update(ThemeEditRow).where(ThemeEditRow.id == row.id).values(undone_at=func.now())
    )
    session.refresh(row)


def standings(session: Session, scope: str, findings: Collection[UUID]) -> list[Standing]:
    """Where the passages of findings stand, each passage once; unknown findings are left out."""
    first = (ThemeMemberRow.scope == scope) & (ThemeMemberRow.place == FIRST)
    rows = session.execute(
        select(FindingRow.interaction_id, FindingRow.passage, ThemeMemberRow.theme_id)
        .outerjoin(ThemeMemberRow, (ThemeMemberRow.finding_id == FindingRow.id) & first)
        .where(FindingRow.id.in_(findings), *_of(scope))
        .order_by(FindingRow.interaction_id, FindingRow.passage)
    )
    found = {(interaction, passage): theme for interaction, passage, theme in rows}
    return [Standing(place=place, theme=theme) for place, theme in found.items()]


def known(session: Session, scope: str, findings: Collection[UUID]) -> set[UUID]:
    """Those of the ids that are findings of the scope."""
    rows = select(FindingRow.id).where(FindingRow.id.in_(findings), *_of(scope))
    return set(session.scalars(rows))


def _of(scope: str) -> list[ColumnElement[bool]]:
    return [] if scope == ALL else [FindingRow.category == scope]


def note(session: Session, edit: UUID, standing: Sequence[Standing], *, side: int = 0) -> None:
    """Writes down which passages an edit is about, and where they stood."""
    if standing:
        session.execute(
            insert(ThemeEditPassageRow),
            [
                {
                    "edit_id": edit,
                    "interaction_id": one.place[0],
                    "passage": one.place[1],
                    "side": side,
                    "before": one.theme,
                }
                for one in standing
            ],
        )


def note_members(session: Session, edit: UUID, theme: UUID) -> int:
    """Writes down that an edit is about all passages that stand first in a theme; how many."""
    members = (
        select(
            bindparam("edit", edit, type_=Uuid()),
            FindingRow.interaction_id,
            FindingRow.passage,
            bindparam("theme", theme, type_=Uuid()),
        )
        .join(ThemeMemberRow, ThemeMemberRow.finding_id == FindingRow.id)
        .where(ThemeMemberRow.theme_id == theme, ThemeMemberRow.place == FIRST)
        .distinct()
    )
    columns = ["edit_id", "interaction_id", "passage", "before"]
    session.execute(insert(ThemeEditPassageRow).from_select(columns, members))
    counted = select(func.count()).where(ThemeEditPassageRow.edit_id == edit)
    return session.scalar(counted) or 0


def noted(session: Session, edit: UUID) -> list[Standing]:
    """The passages of an edit, and where they stood before it."""
    rows = session.scalars(
        select(ThemeEditPassageRow)
        .where(ThemeEditPassageRow.edit_id == edit)
        .order_by(ThemeEditPassageRow.interaction_id, ThemeEditPassageRow.passage)
    )
    return [Standing(place=(row.interaction_id, row.passage), theme=row.before) for row in rows]


def later(session: Session, edit: ThemeEditRow) -> list[tuple[ThemeEditRow, bool]]:
    """Edits after this one that hold and touch it: they name its themes, or place its passages.

    Returns:
        Each with whether it places passages of this one.
    """
    mine, other = aliased(ThemeEditPassageRow), aliased(ThemeEditPassageRow)
    shares = exists().where(
        mine.edit_id == edit.id,
        other.edit_id == ThemeEditRow.id,
        mine.interaction_id == other.interaction_id,
        mine.passage == other.passage,
    )
    places = shares & ThemeEditRow.kind.in_(PLACING)
    touched = [_names(id) for id in (edit.theme_id, edit.other_id) if id is not None]
    rows = (
        select(ThemeEditRow, places)
        .where(ThemeEditRow.scope == edit.scope, ThemeEditRow.id > edit.id)
        .where(ThemeEditRow.undone_at.is_(None), or_(places, *touched))
        .order_by(ThemeEditRow.id)
    )
    return list(session.execute(rows))


def place(session: Session, scope: str, places: Collection[Place], theme: UUID | None) -> None:
    """Puts passages first into a theme, or into the pool, by a person's wish.

    They stand in no second theme any more: the person looked at them.
    """
    if not places:
        return
    here = _passages(places)
    among = select(FindingRow.id).where(
        tuple_(FindingRow.interaction_id, FindingRow.passage).in_(
            select(here.c.id, here.c.passage)
        ),
        *_of(scope),
    )
    session.execute(
        delete(ThemeMemberRow)
        .where(ThemeMemberRow.scope == scope, ThemeMemberRow.finding_id.in_(among))
        .execution_options(synchronize_session=False)
    )
    if theme is None:
        return
    rows: Select[*tuple[Any, ...]] = select(
        FindingRow.id,
        bindparam("theme", theme, type_=Uuid()),
        bindparam("scope", scope),
        FindingRow.interaction_id,
        bindparam("likeness", 1.0),
        bindparam("placed_by", "person"),
    ).where(FindingRow.id.in_(among))
    columns = ["finding_id", "theme_id", "scope", "interaction_id", "likeness", "placed_by"]
    session.execute(insert(ThemeMemberRow).from_select(columns, rows))


def standing_in(
    session: Session, scope: str, places: Collection[Place], theme: UUID | None
) -> set[Place]:
    """Those of the passages that stand first in a theme of the scope, or in its pool."""
    if not places:
        return set()
    here = _passages(places)
    first = (ThemeMemberRow.scope == scope) & (ThemeMemberRow.place == FIRST)
    at = (here.c.id == FindingRow.interaction_id) & (here.c.passage == FindingRow.passage)
    rows = session.execute(
        select(FindingRow.interaction_id, FindingRow.passage)
        .join(here, at)
        .outerjoin(ThemeMemberRow, (ThemeMemberRow.finding_id == FindingRow.id) & first)
        .where(ThemeMemberRow.theme_id.is_not_distinct_from(theme), *_of(scope))
    )
    return {(interaction, passage) for interaction, passage in rows}


def _passages(places: Collection[Place]) -> Any:
    """The passages as a table, in two arrays: a parameter each would be too many."""
    listed = list(places)
    return (
        func.unnest(
            bindparam("ids", [id for id, _ in listed], type_=ARRAY(Uuid()), unique=True),
            bindparam("numbers", [n for _, n in listed], type_=ARRAY(Integer()), unique=True),
        )
        .table_valued("id", "passage", name="here")
        .render_derived()
    )


_DROP_TWINS = text(
    """
    DELETE FROM theme_members gone USING theme_members kept
    WHERE gone.theme_id = :gone AND kept.theme_id = :kept AND gone.finding_id = kept.finding_id
    """
)
_PROMOTE = text(
    """
    UPDATE theme_members member SET place = 1
    WHERE member.theme_id = :kept AND member.place = 2 AND NOT EXISTS (
        SELECT FROM theme_members other WHERE other.finding_id = member.finding_id
        AND other.scope = member.scope AND other.place = 1
    )
    """
)


_UNPLACE = text(
    """
    WITH gone AS (
        DELETE FROM theme_members WHERE theme_id = :theme RETURNING finding_id, scope
    )
    UPDATE theme_members member SET place = 1 FROM gone
    WHERE member.finding_id = gone.finding_id AND member.scope = gone.scope AND member.place = 2
    """
)


def pour(session: Session, gone: UUID, kept: UUID) -> None:
    """Puts all members of one theme into another, of the same scope."""
    session.execute(_DROP_TWINS, {"gone": gone, "kept": kept})
    session.execute(_PROMOTE, {"kept": kept})
    session.execute(
        update(ThemeMemberRow)
        .where(ThemeMemberRow.theme_id == gone)
        .values(theme_id=kept, subtheme_id=None)
        .execution_options(synchronize_session=False)
    )


_POUR_BACK = text(
    """
    UPDATE theme_members member SET theme_id = :to
    FROM findings finding, theme_edit_passages noted
    WHERE member.theme_id = :come_from AND member.place = 1
    AND finding.id = member.finding_id
    AND noted.edit_id = :edit AND noted.interaction_id = finding.interaction_id
    AND noted.passage = finding.passage
    AND NOT EXISTS (
        SELECT FROM theme_edit_passages other JOIN theme_edits later ON later.id = other.edit_id
        WHERE other.interaction_id = noted.interaction_id AND other.passage = noted.passage
        AND later.id > :edit AND later.scope = member.scope AND later.undone_at IS NULL
        AND later.kind IN ('move', 'split', 'seed')
    )
    AND NOT EXISTS (
        SELECT FROM theme_members twin
        WHERE twin.finding_id = member.finding_id AND twin.theme_id = :to
    )
    """
)


def pour_back(session: Session, edit: ThemeEditRow) -> None:
    """Takes the passages of a merge back out, but for those that a person put there later."""
    session.execute(_POUR_BACK, {"edit": edit.id, "come_from": edit.other_id, "to": edit.theme_id})


def unplace(session: Session, theme: UUID) -> None:
    """Empties a theme: its members stand in their other theme, or else in the pool."""
    session.execute(_UNPLACE, {"theme": theme})


def new_theme(session: Session, values: Mapping[str, Any]) -> ThemeRow:
    """A theme that a person made."""
    row = ThemeRow(id=new_id(), **values)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def end(session: Session, row: ThemeRow, *, state: str, into: UUID | None = None) -> None:
    """Ends a theme: it was merged into another, or has faded."""
    session.execute(delete(ThemePrototypeRow).where(ThemePrototypeRow.theme_id == row.id))
    change(session, row, {"state": state, "merged_into": into, "ended_at": func.now()})


def revive(session: Session, row: ThemeRow) -> None:
    """Makes a theme that had ended active again."""
    change(session, row, {"state": "active", "merged_into": None, "ended_at": None})


def change(session: Session, row: ThemeRow, values: Mapping[str, Any]) -> None:
    """Writes new values of a theme, and one more revision."""
    session.execute(
        update(ThemeRow)
        .where(ThemeRow.id == row.id)
        .values(**values, revision=ThemeRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def bump(session: Session, scope: str) -> None:
    """Says that the themes of a scope changed: what was read of them before is stale."""
    session.execute(
        update(ThemeScopeRow)
        .where(ThemeScopeRow.scope == scope)
        .values(version=ThemeScopeRow.version + 1)
        .execution_options(synchronize_session=False)
    )


def tell(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds to the lineage of themes."""
    if rows:
        session.execute(insert(ThemeLineageRow), [{"id": new_id(), **row} for row in rows])

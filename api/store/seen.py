"""What was made of customers' words, narrowed as the words are.

A machine's name of a theme, its key terms, its area's name and those of its parts are made of all
of its findings. In a session that is narrowed to a department they are taken off whatever is
loaded, and come back where the department sees every finding that stands in the theme now; where
it sees some, the quote at the theme's heart that it may see stands for the name. What a person
typed stays. So does a mail's subject go: it stands in no finding.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, event, exists, func, literal, null, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import QueryContext, Session
from sqlalchemy.orm.attributes import set_committed_value

from api.store import view
from api.store.department_tables import RoutedRow
from api.store.prepared import Prepared, among
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_tables import (
    LONGEST_THEME_NAME,
    SubthemeRow,
    ThemeAreaRow,
    ThemeMemberRow,
    ThemeRow,
)

_DERIVED: Mapping[str, Any] = {"machine_name": "", "key_terms": [], "product": None}
_HIDDEN: Mapping[type[Any], Mapping[str, Any]] = {
    InteractionRow: {"subject": None},
    ThemeRow: _DERIVED,
    ThemeAreaRow: {"name": ""},
    SubthemeRow: {"name": ""},
}


# A person's placing says nothing of how near a finding is.
_NEAREST = (
    ThemeMemberRow.placed_by == "person",
    ThemeMemberRow.likeness.desc(),
    ThemeMemberRow.finding_id,
)


def _hide(target: Any, context: QueryContext, *_: object) -> None:
    """Takes off what was loaded, before anybody has it."""
    if view.of(context.session).department is None:
        return
    for name, value in _HIDDEN[type(target)].items():
        if name in target.__dict__:
            set_committed_value(target, name, value)
    if isinstance(target, ThemeRow) and target.__dict__.get("named_by") != "person":
        set_committed_value(target, "name", "")


for _table in _HIDDEN:
    event.listen(_table, "load", _hide)
    event.listen(_table, "refresh", _hide)


def whole(department: UUID, theme: Any) -> ColumnElement[bool]:
    """Whether a department sees every finding of a theme.

    These are the plain tables, which no session narrows: what it does not see is what is asked.
    """
    members = ThemeMemberRow.__table__.alias("all_members")
    routed = RoutedRow.__table__.alias("seen_by")
    seen = exists(
        select(1).where(
            routed.c.department_id == department, routed.c.finding_id == members.c.finding_id
        )
    )
    return ~exists(select(1).select_from(members).where(members.c.theme_id == theme, ~seen))


def show(session: Session, rows: Sequence[ThemeRow]) -> None:
    """Gives themes that were loaded the names that the session's view may see, in place."""
    department = view.of(session).department
    if department is None or not rows:
        return
    columns = (ThemeRow.name, ThemeRow.machine_name, ThemeRow.key_terms, ThemeRow.product)
    ids = [row.id for row in rows]
    own = {
        found.id: found
        for found in session.execute(
            select(ThemeRow.id, *columns).where(
                ThemeRow.id.in_(ids), whole(department, ThemeRow.id)
            )
        )
    }
    hearts = _hearts(session, [id for id in ids if id not in own])
    for row in rows:
        found = own.get(row.id)
        if found is not None:
            values = {column.key: getattr(found, column.key) for column in columns}
        else:
            heart = hearts.get(row.id, "")
            values = {"machine_name": heart}
            if row.named_by != "person":
                values["name"] = heart
        for name, value in values.items():
            set_committed_value(row, name, value)


def columns(session: Session) -> tuple[Any, Any, Any]:
    """Name, key terms and product of themes as a query may show them to the session's view."""
    department = view.of(session).department
    if department is None:
        return ThemeRow.name, ThemeRow.key_terms, ThemeRow.product
    clear = whole(department, ThemeRow.id)
    heart = (
        select(func.left(FindingRow.quote, LONGEST_THEME_NAME))
        .join(ThemeMemberRow, ThemeMemberRow.finding_id == FindingRow.id)
        .where(ThemeMemberRow.theme_id == ThemeRow.id)
        .order_by(*_NEAREST)
        .limit(1)
        .correlate(ThemeRow)
        .scalar_subquery()
    )
    name = case((clear | (ThemeRow.named_by == "person"), ThemeRow.name), else_=heart)
    no_terms = literal([], ThemeRow.key_terms.type)
    terms = case((clear, ThemeRow.key_terms), else_=no_terms)
    return name, terms, case((clear, ThemeRow.product), else_=null())


def names(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of themes by their ids, as far as the session's view goes."""
    rows = _names.rows(session, {"ids": list(ids)})
    department = view.of(session).department
    if department is None:
        return {id: name for id, name, _ in rows}
    clear = set(
        session.scalars(
            select(ThemeRow.id).where(ThemeRow.id.in_(ids), whole(department, ThemeRow.id))
        )
    )
    hearts = _hearts(session, [id for id, _, _ in rows if id not in clear])
    return {
        id: name if id in clear or by == "person" else hearts.get(id, "") for id, name, by in rows
    }


@Prepared
def _names() -> Select[*tuple[Any, ...]]:
    wanted = among(ThemeRow.id)
    return select(ThemeRow.id, ThemeRow.name, ThemeRow.named_by).where(wanted)


def _hearts(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The quote of each theme that is nearest to its middle, of those that are seen."""
    if not ids:
        return {}
    found = session.execute(
        select(ThemeMemberRow.theme_id, FindingRow.quote)
        .join(FindingRow, FindingRow.id == ThemeMemberRow.finding_id)
        .where(ThemeMemberRow.theme_id.in_(ids))
        .ext(distinct_on(ThemeMemberRow.theme_id))
        .order_by(
            ThemeMemberRow.theme_id,
            *_NEAREST,
        )
    )
    return {id: _cut(quote) for id, quote in found}


def _cut(quote: str) -> str:
    line = " ".join(quote.split())
    longest = LONGEST_THEME_NAME
    return line if len(line) <= longest else line[: longest - 1] + "…"


def area_names(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of areas by their ids; empty where not all of what stands in them is seen."""
    department = view.of(session).department
    if department is None:
        return {row.id: row.name for row in _area_names.rows(session, {"ids": list(ids)})}
    query = select(ThemeAreaRow.id, ThemeAreaRow.name).where(ThemeAreaRow.id.in_(ids))
    # Of all themes, those that the department sees nothing of too.
    themes = ThemeRow.__table__.alias("all_themes")
    strange = exists(
        select(1)
        .select_from(themes)
        .where(themes.c.area_id == ThemeAreaRow.id, ~whole(department, themes.c.id))
    )
    return {**dict.fromkeys(ids, ""), **dict(session.execute(query.where(~strange)).all())}


@Prepared
def _area_names() -> Select[*tuple[Any, ...]]:
    wanted = among(ThemeAreaRow.id)
    return select(ThemeAreaRow.id, ThemeAreaRow.name).where(wanted)


def show_areas(session: Session, rows: Sequence[ThemeAreaRow]) -> None:
    """Gives areas that were loaded the names that the session's view may see, in place."""
    if view.of(session).department is not None and rows:
        found = area_names(session, [row.id for row in rows])
        for row in rows:
            set_committed_value(row, "name", found[row.id])


def show_subthemes(session: Session, rows: Sequence[SubthemeRow]) -> None:
    """The same for parts of themes: named where all of their theme is seen."""
    department = view.of(session).department
    if department is None or not rows:
        return
    found = session.execute(
        select(SubthemeRow.id, SubthemeRow.name).where(
            SubthemeRow.id.in_([row.id for row in rows]), whole(department, SubthemeRow.theme_id)
        )
    )
    known: dict[UUID, str] = dict(found.all())
    for row in rows:
        set_committed_value(row, "name", known.get(row.id, ""))

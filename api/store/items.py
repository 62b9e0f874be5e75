"""Items of inboxes: listed, read, changed and counted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store.department_tables import DepartmentRow, RoutedRow
from api.store.findings import COLUMNS, SHOWN, FindingKey, in_order
from api.store.ids import new_id
from api.store.inbox_tables import ENDED, ItemAnswerRow, ItemChangeRow, ItemRow
from api.store.prepared import Prepared, given, parameters
from api.store.tables import FindingRow

Sort = Literal["size", "newest", "heard", "due"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = and_(ItemRow.opened_at.is_not(None), ItemRow.folded_into.is_(None))
_COLUMNS = (
    *(getattr(ItemRow, column.key) for column in ItemRow.__mapper__.column_attrs),
    DepartmentRow.title.label("department_title"),
)
"""Of an item as it is shown, which are its attributes there: its own, and whose it is."""
_SORTED: Mapping[Sort, Any] = {
    "size": ItemRow.findings,
    "newest": ItemRow.opened_at,
    "heard": ItemRow.last_at,
    "due": ItemRow.due_at,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items a list shows; what is None does not narrow it.

    Attributes:
        department: of the item.
        states: one of these.
        category: of its findings.
        theme: of one theme.
        due_before: due before then.
        overdue: due before now and not ended, or the others.
    """

    department: UUID | None = None
    states: Sequence[str] | None = None
    category: str | None = None
    theme: UUID | None = None
    due_before: datetime | None = None
    overdue: bool | None = None

    def _states(self) -> Any:
        wanted = self.states
        return wanted if isinstance(wanted, BindParameter) else literal(wanted, ARRAY(Text))

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        equal = (
            (ItemRow.department_id, self.department),
            (ItemRow.category, self.category),
            (ItemRow.theme_id, self.theme),
        )
        found: list[ColumnElement[bool]] = [
            column == value for column, value in equal if value is not None
        ]
        if self.states is not None:
            found.append(ItemRow.state == any_(self._states()))
        if self.due_before is not None:
            found.append(ItemRow.due_at < self.due_before)
        if self.overdue is not None:
            late = and_(ItemRow.due_at < func.now(), ItemRow.state.not_in(ENDED))
            found.append(late if self.overdue else ~func.coalesce(late, False))
        return found


def list_page(
    session: Session,
    filter: ItemFilter,
    *,
    sort: Sort,
    after: tuple[int, UUID] | None = None,
    limit: int,
) -> Sequence[Any]:
    """Items in one of the orders, with the title of their department.

    `after` is the place of the last one of the page before. The largest, the newest or the last
    heard of come first; by due time the earliest do. Those that have no due time, or of which
    nothing is left, are not in the order by that time.
    """
    place = None
    if after is not None:
        place = after if sort == "size" else (_EPOCH + timedelta(microseconds=after[0]), after[1])
    values = given(filter, _NARROWING)
    if filter.overdue is not None or place is not None:
        return session.execute(_page(filter, sort, place).limit(limit)).all()
    return _first_pages.rows(session, {**values, "limit": limit}, tuple(values), sort)


def _page(
    filter: ItemFilter, sort: Sort, after: tuple[Any, UUID] | None
) -> Select[*tuple[Any, ...]]:
    column = _SORTED[sort]
    query = _shown().where(_SHOWN, column.is_not(None), *filter.conditions())
    rising = sort == "due"
    if after is not None:
        here = tuple_(column, ItemRow.id)
        query = query.where(here > after if rising else here < after)
    return query.order_by(*((column, ItemRow.id) if rising else (column.desc(), ItemRow.id.desc())))


def _shown() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(*_COLUMNS)
    return query.join(DepartmentRow, DepartmentRow.id == ItemRow.department_id)


@Prepared
def _first_pages(names: Sequence[str], sort: Sort) -> Select[*tuple[Any, ...]]:
    return _page(ItemFilter(**parameters(names)), sort, None).limit(bindparam("limit"))


_NARROWING = ("department", "states", "category", "theme", "due_before")


def place_of(row: Any, sort: Sort) -> tuple[int, UUID]:
    """The place of an item in an order, which `list_page` goes on from."""
    if sort == "size":
        return row.findings, row.id
    moments = {"newest": row.opened_at, "heard": row.last_at, "due": row.due_at}
    moment = moments[sort] or _EPOCH
    return (moment - _EPOCH) // timedelta(microseconds=1), row.id


def shown(session: Session, id: UUID) -> Any | None:
    """One item that is shown, as in lists, or None."""
    found = _one.rows(session, {"id": id})
    return found[0] if found else None


@Prepared
def _one() -> Select[*tuple[Any, ...]]:
    return _shown().where(ItemRow.id == bindparam("id"), ItemRow.opened_at.is_not(None))


def locked(session: Session, id: UUID) -> ItemRow | None:
    """The same to be changed: nobody else does meanwhile."""
    query = select(ItemRow).where(ItemRow.id == id, ItemRow.opened_at.is_not(None))
    query = query.with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def several(session: Session, ids: Collection[UUID], *, lock: bool = False) -> list[ItemRow]:
    """Items in one order, shown or not; locked, nobody else changes them meanwhile."""
    query = select(ItemRow).where(ItemRow.id.in_(ids))
    query = query.order_by(ItemRow.department_id, ItemRow.theme_id, ItemRow.finding_id)
    if lock:
        query = query.with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def counts(session: Session, department: UUID | None = None) -> dict[UUID, dict[str, int]]:
    """How many items each department has in each state."""
    query = select(ItemRow.department_id, ItemRow.state, func.count()).where(_SHOWN)
    if department is not None:
        query = query.where(ItemRow.department_id == department)
    found: dict[UUID, dict[str, int]] = {}
    for id, state, count in session.execute(query.group_by(ItemRow.department_id, ItemRow.state)):
        found.setdefault(id, {})[state] = count
    return found


def change(session: Session, row: ItemRow, values: Mapping[str, Any]) -> None:
    """Writes new values of an item, and one more revision."""
    session.execute(
        update(ItemRow)
        .where(ItemRow.id == row.id)
        .values(**values, revision=ItemRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def set_told(session: Session, row: ItemRow) -> None:
    """Says that the growth of an item was told up to what it has now."""
    session.execute(
        update(ItemRow)
        .where(ItemRow.id == row.id)
        .values(told=row.findings)
        .execution_options(synchronize_session=False)
    )


def tell(session: Session, row: ItemRow, kind: str, *, before: str, **more: Any) -> None:
    """Adds to the history of an item, which stands as it came to be.

    Args:
        session: the transaction.
        row: the item, after it was changed.
        kind: one of `CHANGE_KINDS`.
        before: its state before.
        more: `caller_id`, `caller`, `note`, `other_id`.
    """
    session.execute(
        insert(ItemChangeRow).values(
            id=new_id(),
            item_id=row.id,
            department_id=row.department_id,
            kind=kind,
            before=before,
            after=row.state,
            reason=row.reason,
            answer=row.answer,
            fixed_in=row.fixed_in,
            due_at=row.due_at,
            findings=row.findings,
            **more,
        )
    )


def history(
    session: Session, item: UUID, *, after: UUID | None = None, limit: int
) -> list[ItemChangeRow]:
    """What happened to an item, the newest first."""
    query = select(ItemChangeRow).where(ItemChangeRow.item_id == item)
    if after is not None:
        query = query.where(ItemChangeRow.id < after)
    return list(session.scalars(query.order_by(ItemChangeRow.id.desc()).limit(limit)))


def findings(
    session: Session, item: UUID, *, after: FindingKey | None = None, limit: int
) -> Sequence[Any]:
    """The findings that count in an item, with `SHOWN`, those of the newest interaction first."""
    counted = RoutedRow.__table__.c
    here = exists(select(1).where(counted.item_id == item, counted.finding_id == FindingRow.id))
    return session.execute(in_order(select(*SHOWN).where(here), after).limit(limit)).all()


def best(session: Session, ids: Sequence[UUID], *, most: int = 3) -> dict[UUID, list[Any]]:
    """Quotes for each of some items: the surest of its last findings, with `findings.COLUMNS`."""
    found: dict[UUID, list[Any]] = {id: [] for id in ids}
    for row in _best.rows(session, {"ids": list(ids), "most": most}):
        found[row.item].append(row)
    return found


_LOOKED = 8  # newest findings of an item, of which the surest are shown


@Prepared
def _best() -> Select[*tuple[Any, ...]]:
    given = func.unnest(bindparam("ids", type_=ARRAY(Uuid)))
    item = given.table_valued("id", name="item").render_derived()
    routed = RoutedRow.__table__.c
    newest = (
        select(routed.finding_id)
        .where(routed.item_id == item.c.id)
        .order_by(routed.interaction_id.desc())
        .limit(literal_column(str(_LOOKED)))
        .lateral("newest")
    )
    order = (FindingRow.unsure, FindingRow.confidence.desc(), FindingRow.id)
    place = func.row_number().over(partition_by=item.c.id, order_by=order)
    ranked = (
        select(item.c.id.label("item"), place.label("place"), *COLUMNS)
        .select_from(item)
        .join(newest, true())
        .join(FindingRow, FindingRow.id == newest.c.finding_id)
        .subquery()
    )
    rows = select(ranked).where(ranked.c.place <= bindparam("most", type_=Integer))
    return rows.order_by(ranked.c.item, ranked.c.place)


_RECOUNT = text(
    """
    UPDATE items SET findings = counted.findings, interactions = counted.interactions,
        negative = counted.negative, positive = counted.positive,
        first_at = counted.first_at, last_at = counted.last_at,
        told = CASE WHEN counted.findings = 0 THEN items.told
            ELSE least(items.told, counted.findings) END
    FROM (
        SELECT item.id, count(f.id) AS findings, count(DISTINCT i.id) AS interactions,
            count(*) FILTER (WHERE f.sentiment = 'negative') AS negative,
            count(*) FILTER (WHERE f.sentiment = 'positive') AS positive,
            min(coalesce(i.started_at, i.received_at)) AS first_at,
            max(coalesce(i.started_at, i.received_at)) AS last_at
        FROM unnest(CAST(:ids AS uuid[])) AS item(id)
        LEFT JOIN routed r ON r.item_id = item.id
        LEFT JOIN findings f ON f.id = r.finding_id
        LEFT JOIN interactions i ON i.id = f.interaction_id
        GROUP BY item.id
    ) counted
    WHERE items.id = counted.id
    """
)


def recount(session: Session, ids: Collection[UUID]) -> None:
    """Counts items anew, after findings that counted in them were erased or moved.

    An item of a single finding goes with that finding; one of a theme stays, with its history.
    """
    if not ids:
        return
    several(session, ids, lock=True)
    session.execute(_RECOUNT, {"ids": list(ids)})
    session.execute(
        text(
            """
            DELETE FROM items WHERE finding_id IS NOT NULL
            AND (id = ANY(CAST(:ids AS uuid[])) OR folded_into = ANY(CAST(:ids AS uuid[])))
            AND NOT EXISTS (SELECT FROM findings WHERE findings.id = items.finding_id)
            """
        ),
        {"ids": list(ids)},
    )


def counting(session: Session, interactions: Collection[UUID]) -> set[UUID]:
    """The items that findings of interactions count in: to be counted anew once those are gone."""
    table = RoutedRow.__table__.c
    rows = session.execute(
        select(table.item_id)
        .join_from(RoutedRow.__table__, FindingRow.__table__)
        .where(FindingRow.__table__.c.interaction_id.in_(interactions))
        .where(table.item_id.is_not(None))
        .distinct()
    )
    return {row[0] for row in rows}


def publish(session: Session, row: ItemRow) -> None:
    """Writes what customers may be told of an item, or takes it back."""
    if not row.answer or row.folded_into is not None:
        session.execute(delete(ItemAnswerRow).where(ItemAnswerRow.item_id == row.id))
        return
    departments = DepartmentRow.__table__.c
    title = session.scalar(select(departments.title).where(departments.id == row.department_id))
    values = {
        "department": title or "",
        "state": row.state,
        "answer": row.answer,
        "fixed_in": row.fixed_in,
        "at": func.now(),
    }
    insertion = upsert(ItemAnswerRow).values(item_id=row.id, **values)
    session.execute(insertion.on_conflict_do_update(index_elements=["item_id"], set_=values))


def answers(session: Session, interaction: UUID) -> list[tuple[FindingRow, ItemAnswerRow]]:
    """The findings of an interaction, as far as they are seen, with the answers that they got."""
    counted = RoutedRow.__table__.c
    rows = session.execute(
        select(FindingRow, ItemAnswerRow)
        .join(RoutedRow.__table__, counted.finding_id == FindingRow.id)
        .join(ItemAnswerRow, ItemAnswerRow.item_id == counted.item_id)
        .where(FindingRow.interaction_id == interaction)
        .order_by(FindingRow.turn, FindingRow.start, FindingRow.id, ItemAnswerRow.at.desc())
    )
    return [(finding, answer) for finding, answer in rows]

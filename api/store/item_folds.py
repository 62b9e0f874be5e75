"""What becomes of items by itself: they open, grow, open again, fold into others and come back.

Every step is written into the history of the item and told as an event.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from api.store import events, items
from api.store.inbox_tables import ENDED, ITEM_STATES, ItemChangeRow, ItemRow
from api.store.routing import Made, Place
from api.store.theme_tables import ThemeRow

_STANDING = ("state", "fixed_at", "fixed_in", "reason", "answer", "due_at")
_OPEN: Mapping[str, Any] = {
    "state": "open",
    "fixed_at": None,
    "fixed_in": "",
    "reason": "",
    "answer": "",
}


def settle(session: Session, ids: Collection[UUID]) -> None:
    """Opens items that have enough findings by now, opens fixed ones again, and tells of growth.

    Args:
        session: the transaction, in which their counters changed.
        ids: of the items.
    """
    if not ids:
        return
    rows = session.scalars(
        select(ItemRow)
        .where(
            ItemRow.id.in_(ids),
            ItemRow.folded_into.is_(None),
            or_(
                ItemRow.opened_at.is_(None) & (ItemRow.findings >= ItemRow.fewest),
                (ItemRow.state == "fixed") & (ItemRow.last_at > ItemRow.fixed_at),
                ItemRow.opened_at.is_not(None) & (ItemRow.findings >= 2 * ItemRow.told),
            ),
        )
        .order_by(ItemRow.department_id, ItemRow.theme_id, ItemRow.finding_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        if row.opened_at is None:
            _open(session, row)
        elif row.findings and row.findings >= 2 * row.told:
            grown = {"before": row.told, "findings": row.findings}
            items.set_told(session, row)
            emit(session, row, "item.grew", **grown)
        if row.fixed_at is not None and row.last_at is not None and row.last_at > row.fixed_at:
            reopen(session, row)


def emit(session: Session, row: ItemRow, type: str, **data: Any) -> None:
    """Tells whom an item concerns that something happened to it: ids, states and numbers alone."""
    about = {
        "item": str(row.id),
        "department": str(row.department_id),
        "theme": None if row.theme_id is None else str(row.theme_id),
        "category": row.category,
        "state": row.state,
        "findings": row.findings,
        "interactions": row.interactions,
    }
    events.emit(session, type, {**about, **data}, department=row.department_id)


def _open(session: Session, row: ItemRow) -> None:
    values: dict[str, Any] = {"opened_at": func.now(), "told": row.findings}
    if row.due_at is None and row.state not in ENDED:
        values["due_at"] = _due(row)
    items.change(session, row, values)
    items.tell(session, row, "opened", before=row.state)
    emit(session, row, "item.opened")


def _due(row: ItemRow) -> Any:
    return None if row.due_days is None else func.now() + timedelta(days=row.due_days)


def reopen(session: Session, row: ItemRow) -> None:
    """Opens an item again that was fixed: customers report it after that."""
    before = row.state
    items.change(session, row, {**_OPEN, "state_at": func.now(), "due_at": _due(row)})
    items.publish(session, row)
    items.tell(session, row, "reopened", before=before)
    emit(session, row, "item.reopened", **{"from": before, "to": row.state})


def inherit(session: Session, made: Sequence[Made]) -> None:
    """Lets the item of a theme that was split off begin as the item stands that it came from."""
    for one in made:
        if one.old is None:
            continue
        rows = {row.id: row for row in items.several(session, [one.id, one.old], lock=True)}
        new, old = rows[one.id], rows.get(one.old)
        # The item of a finding, and that of a theme that was merged, fold: that is told there.
        if old is None or new.theme_id is None or old.opened_at is None:
            continue
        if not _is_active(session, old.theme_id):
            continue
        values = {name: getattr(old, name) for name in _STANDING}
        items.change(session, new, {**values, "state_at": old.state_at})
        items.publish(session, new)
        items.tell(session, new, "split_off", before="open", other_id=old.id)


def _is_active(session: Session, theme: UUID | None) -> bool:
    state = ThemeRow.__table__.c.state
    found = select(state).where(ThemeRow.__table__.c.id == theme)
    return theme is not None and session.scalar(found) == "active"


def follow(session: Session, place: Place, scope: str | None) -> set[UUID]:
    """Folds and unfolds items after their themes, or the places of findings, changed.

    Args:
        session: the transaction, in which findings count where they belong by now.
        place: which findings were moved.
        scope: of the themes that changed; None where only findings were moved.

    Returns:
        The items that were touched.
    """
    touched: set[UUID] = set()
    if scope is not None:
        for id in session.scalars(_BACK, {"scope": scope}).all():
            touched |= unfold(session, id)
        for id, into in session.execute(_MERGED, {"scope": scope}).all():
            touched |= fold(session, id, into)
    condition = place.condition
    back = text(_OWN.format(condition=condition, folded="IS NOT NULL", same="="))
    for id, _ in session.execute(back, place.values).all():
        touched |= unfold(session, id)
    gone = text(_OWN.format(condition=condition, folded="IS NULL", same="<>"))
    for id, into in session.execute(gone, place.values).all():
        touched |= fold(session, id, into)
    return touched


_BACK = text(
    """
    SELECT items.id FROM items JOIN themes ON themes.id = items.theme_id
    WHERE items.folded_into IS NOT NULL AND themes.state <> 'merged' AND themes.scope = :scope
    ORDER BY items.id
    """
)
_MERGED = text(
    """
    WITH RECURSIVE heirs AS (
        SELECT id, merged_into AS heir FROM themes WHERE scope = :scope AND state = 'merged'
        UNION
        SELECT heirs.id, themes.merged_into FROM heirs JOIN themes ON themes.id = heirs.heir
        WHERE themes.merged_into IS NOT NULL
    )
    SELECT gone.id, into_.id FROM items gone JOIN heirs ON heirs.id = gone.theme_id
    JOIN themes ON themes.id = heirs.heir AND themes.state <> 'merged'
    JOIN items into_ ON into_.theme_id = heirs.heir AND into_.department_id = gone.department_id
    WHERE gone.folded_into IS NULL
    ORDER BY gone.id
    """
)
_OWN = """
    SELECT own.id, r.item_id FROM routed r JOIN findings f ON f.id = r.finding_id
    JOIN items own ON own.department_id = r.department_id AND own.finding_id = r.finding_id
    WHERE own.folded_into {folded} AND r.item_id {same} own.id AND {condition}
    ORDER BY own.id
"""


def fold(session: Session, gone: UUID, into: UUID) -> set[UUID]:
    """Lets one item take another in; of two states the more open one holds."""
    rows = {row.id: row for row in items.several(session, [gone, into], lock=True)}
    lost, kept = rows[gone], rows[into]
    if lost.opened_at is None:
        items.change(session, lost, {"folded_into": kept.id})
        return {kept.id}
    before = kept.state
    if kept.opened_at is None:
        taken = {name: getattr(lost, name) for name in (*_STANDING, "opened_at", "told")}
        items.change(session, kept, taken)
    elif ITEM_STATES.index(lost.state) < ITEM_STATES.index(kept.state):
        taken = {name: getattr(lost, name) for name in _STANDING}
        items.change(session, kept, {**taken, "state_at": func.now()})
    elif lost.due_at is not None and kept.state not in ENDED:
        due = lost.due_at if kept.due_at is None else min(lost.due_at, kept.due_at)
        items.change(session, kept, {"due_at": due})
    items.change(session, lost, {"folded_into": kept.id})
    for row in (lost, kept):
        items.publish(session, row)
    items.tell(session, lost, "folded", before=lost.state, other_id=kept.id)
    items.tell(session, kept, "took_in", before=before, other_id=lost.id)
    emit(session, lost, "item.folded", into=str(kept.id))
    if kept.state != before:
        emit(session, kept, "item.changed", **{"from": before, "to": kept.state})
    return {lost.id, kept.id}


def unfold(session: Session, id: UUID) -> set[UUID]:
    """Brings an item back that another one took in, as it stood."""
    (row,) = items.several(session, [id], lock=True)
    other = row.folded_into
    items.change(session, row, {"folded_into": None})
    if row.opened_at is None or other is None:
        return {row.id}
    items.publish(session, row)
    items.tell(session, row, "unfolded", before=row.state, other_id=other)
    emit(session, row, "item.changed", **{"from": row.state, "to": row.state, "unfolded": True})
    for kept in items.several(session, [other], lock=True):
        _give_back(session, kept, row.id)
    return {row.id, other}


def _give_back(session: Session, kept: ItemRow, came: UUID) -> None:
    """Lets an item stand as before it took another in, where nothing else changed its state."""
    before = kept.state
    last = session.scalars(
        select(ItemChangeRow)
        .where(ItemChangeRow.item_id == kept.id)
        .where(ItemChangeRow.before != ItemChangeRow.after)
        .order_by(ItemChangeRow.id.desc())
        .limit(1)
    ).first()
    if last is not None and (last.kind, last.other_id) == ("took_in", came):
        stood = session.scalars(
            select(ItemChangeRow)
            .where(ItemChangeRow.item_id == kept.id, ItemChangeRow.id < last.id)
            .order_by(ItemChangeRow.id.desc())
            .limit(1)
        ).first()
        if stood is not None and stood.after == last.before:
            values = {name: getattr(stood, name) for name in _STANDING if hasattr(stood, name)}
            values["fixed_at"] = stood.at if stood.after == "fixed" else None
            values["state"] = stood.after
            items.change(session, kept, {**values, "state_at": func.now()})
    items.publish(session, kept)
    items.tell(session, kept, "gave_back", before=before, other_id=came)
    if kept.state != before:
        emit(session, kept, "item.changed", **{"from": before, "to": kept.state})

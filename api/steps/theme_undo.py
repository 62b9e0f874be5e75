"""Taking an edit of themes back: whether that can be, and what it does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps import assign, route
from api.steps.theme_edits import give_name, tell, touched
from api.store import theme_edits as store
from api.store import theme_wishes, themes
from api.store.theme_history import ThemeEditRow
from api.store.theme_tables import ThemeRow

_PLACING = ("merge", "split", "move", "seed")
_VALUES = ("rename", "describe", "pin", "hide")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a decision about an undo looks at, of an edit.

    Attributes:
        id: of the edit.
        kind: of the edit.
        theme: that it names first.
        other: that it names second.
        undone: whether it was taken back before.
        shares: for a later edit: whether it places passages of the one that is taken back.
    """

    id: UUID
    kind: str
    theme: UUID | None = None
    other: UUID | None = None
    undone: bool = False
    shares: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a theme is now.

    Attributes:
        state: active, faded or merged.
        merged_into: what took it in.
    """

    state: str
    merged_into: UUID | None = None


def refusal(edit: Edit, later: Sequence[Edit], fates: Mapping[UUID, Fate]) -> str | None:
    """Why an edit cannot be taken back, and what would help; None where it can.

    Args:
        edit: to be taken back.
        later: edits made after it that hold and touch it.
        fates: of the themes that it names, as they are now.
    """
    if edit.undone:
        return f"edit {edit.id} was undone before"
    for one in later:
        if edit.kind in _VALUES and one.kind == edit.kind and one.theme == edit.theme:
            return f"{one.kind} was done again since: undo edit {one.id} first"
        if edit.kind == "move" and one.shares:
            return f"some of the findings were placed again since: undo edit {one.id} first"
    needed = {"merge": (edit.other,), "split": (edit.theme, edit.other), "seed": (edit.theme,)}
    for id in needed.get(edit.kind, ()):
        if id is not None and fates[id].state != "active":
            return _ended(id, fates[id])
    if edit.kind == "merge" and edit.theme is not None:
        fate = fates[edit.theme]
        if (fate.state, fate.merged_into) != ("merged", edit.other):
            return f"theme {edit.theme} is not merged into {edit.other} any more"
    return None


def _ended(id: UUID, fate: Fate) -> str:
    if fate.state == "merged":
        return f"theme {id} was merged into {fate.merged_into} since: undo that first"
    return f"theme {id} has faded since: there is nothing to put back"


def undo(session: Session, edit: ThemeEditRow) -> str | None:
    """Takes an edit back.

    Args:
        session: the transaction; the scope is locked here.
        edit: any.

    Returns:
        None where it is undone; else why it cannot be, and what would help.
    """
    themes.scope(session, edit.scope, lock=True)
    session.refresh(edit)
    rows = {
        id: row
        for id in sorted(id for id in (edit.theme_id, edit.other_id) if id is not None)
        if (row := themes.get(session, id, lock=True)) is not None
    }
    fates = {id: Fate(state=row.state, merged_into=row.merged_into) for id, row in rows.items()}
    later = [_facts(one, shares=shares) for one, shares in store.later(session, edit)]
    why = refusal(_facts(edit), later, fates)
    if why is None:
        store.mark_undone(session, edit)
        moved = {one.theme for one in store.noted(session, edit.id)}
        _UNDOERS[edit.kind](session, edit, rows)
        if edit.kind in _PLACING:
            heirs = theme_wishes.heirs(session, edit.scope)
            goals = {heirs.get(id, id) for id in moved if id is not None}
            route.follow(session, edit.scope, {*rows, *moved, *goals})
        for id in rows:
            tell(session, edit, id, "undone")
        store.bump(session, edit.scope)
    return why


def _facts(edit: ThemeEditRow, *, shares: bool = False) -> Edit:
    return Edit(
        id=edit.id,
        kind=edit.kind,
        theme=edit.theme_id,
        other=edit.other_id,
        undone=edit.undone_at is not None,
        shares=shares,
    )


Rows = Mapping[UUID, ThemeRow]


def _rename(session: Session, edit: ThemeEditRow, rows: Rows) -> None:
    for row in rows.values():
        give_name(session, row, edit.before["name"])


def _value(session: Session, edit: ThemeEditRow, rows: Rows) -> None:
    for row in rows.values():
        store.change(session, row, edit.before)


def _merge(session: Session, edit: ThemeEditRow, rows: Rows) -> None:
    for id, row in rows.items():
        if id == edit.theme_id:
            store.revive(session, row)
        else:
            store.change(session, row, {})
    store.pour_back(session, edit)
    assign.describe_anew(session, edit.scope, rows)


def _split(session: Session, edit: ThemeEditRow, rows: Rows) -> None:
    for id, row in rows.items():
        if id == edit.other_id and edit.theme_id is not None:
            store.pour(session, id, edit.theme_id)
            store.end(session, row, state="merged", into=edit.theme_id)
        else:
            store.change(session, row, {})
    assign.describe_anew(session, edit.scope, [edit.theme_id])


def _move(session: Session, edit: ThemeEditRow, rows: Rows) -> None:
    for row in rows.values():
        store.change(session, row, {})
    _put_back(session, edit)


def _seed(session: Session, edit: ThemeEditRow, rows: Rows) -> None:
    _put_back(session, edit)
    for id, row in rows.items():
        store.unplace(session, id)
        store.end(session, row, state="faded")


def _put_back(session: Session, edit: ThemeEditRow) -> None:
    """Puts the passages of an edit where they stood, but for those that were placed since."""
    noted = store.noted(session, edit.id)
    there = store.standing_in(session, edit.scope, [one.place for one in noted], edit.theme_id)
    heirs = theme_wishes.heirs(session, edit.scope)
    back = [one for one in noted if one.place in there]
    for before in {one.theme for one in back}:
        goal = None if before is None else heirs.get(before, before)
        places = [one.place for one in back if one.theme == before]
        store.place(session, edit.scope, places, goal)
    goals = [heirs.get(id, id) for id in touched(back)]
    assign.describe_anew(session, edit.scope, {*goals, edit.theme_id})


def _nothing(session: Session, edit: ThemeEditRow, rows: Rows) -> None:
    """A list that a clustering obeyed: the next one obeys it no more."""


_UNDOERS: dict[str, Callable[[Session, ThemeEditRow, Rows], None]] = {
    "rename": _rename,
    "describe": _value,
    "pin": _value,
    "hide": _value,
    "merge": _merge,
    "split": _split,
    "move": _move,
    "seed": _seed,
    "together": _nothing,
    "apart": _nothing,
}

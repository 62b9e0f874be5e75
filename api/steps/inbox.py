"""Inbox: what people of a department say about an item: its state, its due time, their answer.

Each change is written down with who made it, and nothing is overwritten in that history.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Session

from api.store import item_folds, items
from api.store.inbox_tables import ItemRow
from nlp.errors import OptionError

DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who changes an item.

    Attributes:
        id: of the key or the person; None for the machine's own user.
        name: as it stands in the history.
    """

    id: UUID | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said about an item; what is None stays.

    Attributes:
        state: that it comes to.
        reason: why it is declined.
        answer: what customers may be told; "" takes it back.
        note: for colleagues.
        due_at: when it is due.
        due_never: whether it is due no more.
        fixed_in: the version that has it fixed.
    """

    state: str | None = None
    reason: str | None = None
    answer: str | None = None
    note: str = ""
    due_at: datetime | None = None
    due_never: bool = False
    fixed_in: str | None = None


def change(
    session: Session, row: ItemRow, said: Said, *, who: Who, redact: Callable[[str], str]
) -> None:
    """Changes an item as somebody says.

    Args:
        session: the transaction, which holds the item.
        row: the item, not folded into another.
        said: what is said.
        who: says it.
        redact: takes personal data out of what they typed.

    Raises:
        OptionError: a declined item has no reason, or the item was folded into another.
    """
    if row.folded_into is not None:
        raise OptionError(f"item {row.id} was folded into item {row.folded_into}: change that one")
    before = row.state
    values = _values(row, said, redact)
    items.change(session, row, values)
    items.publish(session, row)
    items.tell(
        session,
        row,
        "changed",
        before=before,
        note=redact(said.note),
        caller_id=who.id,
        caller=who.name,
    )
    item_folds.emit(session, row, "item.changed", **{"from": before, "to": row.state})


def _values(row: ItemRow, said: Said, redact: Callable[[str], str]) -> dict[str, Any]:
    state = said.state or row.state
    values: dict[str, Any] = {}
    for name in ("reason", "answer", "fixed_in"):
        text = getattr(said, name)
        if text is not None:
            values[name] = redact(text.strip())
    if state != row.state:
        values |= {"state": state, "state_at": func.now()}
        values["fixed_at"] = func.now() if state == "fixed" else None
        if row.state == DECLINED:
            values.setdefault("reason", "")
        if row.state == "fixed":
            values.setdefault("fixed_in", "")
    _check(state, {"reason": row.reason, **values})
    if said.due_never:
        values["due_at"] = None
    elif said.due_at is not None:
        values["due_at"] = said.due_at
    return values


def _check(state: str, texts: dict[str, Any]) -> None:
    if state == DECLINED and not texts["reason"]:
        raise OptionError("a declined item needs a reason: say why, for whoever asks later")
    if state != DECLINED and texts["reason"]:
        raise OptionError(f"a reason is for declined items, and this one is {state}: use `note`")
    if state != "fixed" and texts.get("fixed_in"):
        raise OptionError(f"`fixed_in` is for fixed items, and this one is {state}")

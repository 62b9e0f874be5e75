"""Items of inboxes as the schemas have them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from api.context import Session
from api.routes import theme_answers
from api.schemas.inbox import AnswerOut, ItemChangeOut, ItemOut
from api.store import items, themes
from api.store.inbox_tables import ENDED, ItemAnswerRow, ItemChangeRow
from api.store.tables import FindingRow

_KEPT = (
    "id",
    "category",
    "state",
    "state_at",
    "reason",
    "answer",
    "fixed_at",
    "fixed_in",
    "due_at",
    "opened_at",
    "findings",
    "interactions",
    "negative",
    "positive",
    "folded_into",
    "revision",
)


def several(session: Session, rows: Sequence[Any]) -> list[ItemOut]:
    """Items as `items` shows them, with their themes' names and the best quotes."""
    ids = [row.id for row in rows]
    names = themes.names(session, [row.theme_id for row in rows if row.theme_id is not None])
    quotes = items.best(session, ids)
    now = datetime.now(UTC)
    found = []
    for row in rows:
        theme = None if row.theme_id is None else theme_answers.ref(row.theme_id, names)
        late = row.due_at is not None and row.due_at < now and row.state not in ENDED
        values: dict[str, Any] = {
            **{name: getattr(row, name) for name in _KEPT},
            "department": {
                "id": row.department_id,
                "title": row.department_title,
                "url": f"/v1/departments/{row.department_id}",
            },
            "theme": theme,
            "finding": row.finding_id,
            "overdue": late,
            "first_heard": row.first_at,
            "last_heard": row.last_at,
            "quotes": [_quote(one) for one in quotes[row.id]],
            "url": f"/v1/inbox/{row.id}",
        }
        found.append(ItemOut.model_validate(values))
    return found


def _quote(row: Any) -> dict[str, Any]:
    return {
        "finding": row.id,
        "interaction": row.interaction_id,
        "turn": row.turn,
        "quote": row.quote,
        "confidence": row.confidence,
        "sentiment": row.sentiment,
    }


def happened(row: ItemChangeRow) -> ItemChangeOut:
    """Something that happened to an item."""
    names = "id kind before after at note reason answer fixed_in due_at findings"
    return ItemChangeOut.model_validate(
        {
            **{name: getattr(row, name) for name in names.split()},
            "by": row.caller or None,
            "other": row.other_id,
        }
    )


def said(finding: FindingRow, answer: ItemAnswerRow) -> AnswerOut:
    """What became of a finding."""
    return AnswerOut(
        finding=finding.id,
        category=finding.category,
        quote=finding.quote,
        department=answer.department,
        state=answer.state,  # type: ignore[arg-type]  # one of the states, by a constraint
        answer=answer.answer,
        fixed_in=answer.fixed_in,
        at=answer.at,
    )

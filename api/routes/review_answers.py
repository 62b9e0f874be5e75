"""Rows of the review queue as the schemas have them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.context import Session
from api.schemas.reviews import ModelQualityOut, ReviewOut, ReviewTaskOut
from api.steps.quality import Quality
from api.store import interactions, turns
from api.store.review_tables import ReviewRow
from api.store.tables import TurnRow

_BEFORE = 6
"""Turns before the passage that are shown with it."""

_KEPT = (
    *("id", "state", "reason", "category", "chance", "turn", "start", "end", "model"),
    *("drawn_at", "leased_until", "ended_at", "ended_by"),
)


def row(found: ReviewRow) -> ReviewOut:
    """A row without words."""
    return ReviewOut.model_validate(_values(found))


def tasks(session: Session, rows: Sequence[ReviewRow]) -> list[ReviewTaskOut]:
    """Rows with what it takes to judge them, in the same order."""
    ids = [one.interaction_id for one in rows]
    said = turns.of_many(session, ids)
    channels = {one.id: one.channel for one in interactions.several(session, ids)}
    return [_task(one, said[one.interaction_id], channels[one.interaction_id]) for one in rows]


def _task(found: ReviewRow, said: Sequence[TurnRow], channel: str) -> ReviewTaskOut:
    here = next(turn for turn in said if turn.index == found.turn)
    before = [turn for turn in said if turn.index < found.turn][-_BEFORE:]
    told = [
        {"category": name, "confidence": confidence}
        for name, confidence in sorted(found.said.items())
    ]
    return ReviewTaskOut.model_validate(
        {
            **_values(found),
            "text": here.text[found.start : found.end],
            "channel": channel,
            "before": [
                {"index": turn.index, "speaker": turn.speaker, "text": turn.text} for turn in before
            ],
            "turn_text": here.text,
            "found": None if found.reason == "random" else told,
            "interaction_url": f"/v1/interactions/{found.interaction_id}",
        }
    )


def _values(found: ReviewRow) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in _KEPT},
        "interaction": found.interaction_id,
        "url": f"/v1/reviews/{found.id}",
    }


def quality(
    found: Quality | None, *, since: datetime | None, until: datetime | None
) -> ModelQualityOut:
    """How good a model is; with nothing to tell where nothing was drawn."""
    states = {} if found is None else found.states
    rates = {} if found is None else found.categories
    answered = states.get("answered", 0)
    note = (
        f"From {answered:,} passages that were drawn blindly and judged."
        if answered
        else "Nothing that was drawn blindly was judged yet: too few to tell."
    )
    return ModelQualityOut.model_validate(
        {
            "model": None if found is None else found.model,
            "since": since,
            "until": until,
            "passages": 0 if found is None else found.passages,
            "drawn": sum(states.values()),
            "answered": answered,
            "skipped": states.get("skipped", 0),
            "waiting": states.get("open", 0),
            "categories": [
                {
                    "category": name,
                    "judged": one.judged,
                    "found": one.said,
                    "there": one.there,
                    "precision": one.precision,
                    "recall": one.recall,
                    "f1": one.f1,
                    "note": one.note,
                }
                for name, one in rates.items()
            ],
            "sentiment": {
                "judged": 0 if found is None else found.felt,
                "accuracy": None if found is None else found.sentiment,
            },
            "note": note,
        }
    )

"""People's opinions as the service answers them."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any
from uuid import UUID

from api.context import Session
from api.schemas.opinions import (
    AgreementsOut,
    InteractionOpinionsOut,
    OpinionOut,
    PassageOpinionsOut,
)
from api.steps import majority
from api.store import opinions, turns, view
from api.store.opinion_tables import OpinionRow
from api.store.opinions import Place
from nlp.learn.agreement import Judged

_SAME = ("id", "turn", "start", "end", "kind", "category", "becomes", "sentiment", "speaker")
_LAST = ("model", "at", "note", "withdrawn_at", "withdrawn_by")
_SAID = ("category", "confidence", "sentiment", "unsure", "speaker")


def opinion(session: Session, row: OpinionRow) -> OpinionOut:
    """One opinion; a key of a department is told of no finding that did not reach that."""
    bound = view.of(session).department is not None
    hidden = opinions.hidden(row) if bound else frozenset()
    return OpinionOut.model_validate(
        {
            **{name: getattr(row, name) for name in (*_SAME, *_LAST)},
            "interaction": row.interaction_id,
            "quote": _span(row.quote_start, row.quote_end),
            "said": None if "said" in hidden else _said(row.said),
            "finding": None if "finding" in hidden else row.finding_id,
            "person": row.caller,
            "person_id": row.caller_id,
            "department": row.department_id,
            "review": row.review_id,
            "url": f"/v1/opinions/{row.id}",
        }
    )


def _said(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if said is None:
        return None
    found = {name: said[name] for name in _SAID if name in said}
    if not found:  # what is hidden is all that it says
        return None
    return {**found, "quote": _span(said.get("start"), said.get("end"))}


def _span(start: int | None, end: int | None) -> dict[str, int] | None:
    return None if start is None or end is None else {"start": start, "end": end}


def of_interaction(session: Session, id: UUID) -> InteractionOpinionsOut:
    """What people said of one interaction, in the order of the words."""
    rows = opinions.of_interactions(session, [id]).get(id, [])
    places = opinions.passages(session, [id])[id]
    groups: dict[Place, list[OpinionRow]] = {}
    for row in rows:
        place = (row.turn, row.start, row.end)
        index = None if row.kind == "speaker" else majority.place_in(places, place)
        groups.setdefault(place if index is None else places[index], []).append(row)
    texts = {turn.index: turn.text for turn in turns.of(session, id)}
    data = []
    for place in sorted(groups):
        for speaks in (True, False):
            about = [row for row in groups[place] if (row.kind == "speaker") == speaks]
            if about:
                said = [opinion(session, row) for row in about]
                data.append(_group(place, about, said, texts.get(place[0], "")))
    return InteractionOpinionsOut(data=data)


def _group(
    place: Place, about: Sequence[OpinionRow], said: Sequence[OpinionOut], text: str
) -> PassageOpinionsOut:
    verdict = majority.decide(about)
    people, share = verdict.people, verdict.share
    speaker = majority.speaker(about)
    words = majority.speakers(about)
    if words:
        people = len(words)
        share = sum(word == speaker for word in words.values()) / people if speaker else 1.0
    return PassageOpinionsOut(
        turn=place[0],
        start=place[1],
        end=place[2],
        text=text[place[1] : place[2]],
        people=people,
        share=share,
        categories=dict(verdict.categories),
        sentiment=verdict.sentiment,
        speaker=speaker,
        opinions=list(said),
    )


def agreement(found: Mapping[str, Judged]) -> AgreementsOut:
    """How far people agree."""
    return AgreementsOut.model_validate(
        {
            "data": [
                {
                    "about": name,
                    "passages": one.things,
                    "people": one.people,
                    "judgements": one.judgements,
                    "percent": _number(100 * one.observed),
                    "kappa": _number(one.kappa),
                    "method": one.method,
                    "low": _number(one.low),
                    "high": _number(one.high),
                }
                for name, one in found.items()
            ]
        }
    )


def _number(value: float) -> float | None:
    return None if isnan(value) else value

"""Promote: a model takes over where the gate lets it, and is taken back in one call.

The gate works on what is kept: answers to the frozen test with the models, and what a worker read
of passages that people judged. No encoder is needed, so that an answer comes at once.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from api.steps.majority import by_passage, decide
from api.steps.serving import Stand, Where, stands
from api.store import audit, events, models, opinions
from api.store.audit import Asks
from api.store.model_tables import ModelAnswerRow, PromotionRow
from nlp.errors import ModelError
from nlp.learn import promotion
from nlp.learn.gate import Reviewed, Said, Speed
from nlp.learn.shelf import Entry
from nlp.learn.verdict import Reason, Verdict
from nlp.types import CATEGORIES, SENTIMENTS

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A candidate as the gate sees it.

    Attributes:
        candidate: on the shelf.
        serves: what serves.
        verdict: whether the candidate may take over.
        judged: passages that people judged and both models have read.
        measured_at: when a worker last measured both, or None.
    """

    candidate: Entry
    serves: Stand
    verdict: Verdict
    judged: int
    measured_at: datetime | None


def weigh(
    session: Session, where: Where, candidate: Entry, against: Stand | None = None
) -> Weighed:
    """What the gate says of a model beside the one that serves, or beside another one.

    Args:
        session: a transaction.
        where: models are.
        candidate: on the shelf.
        against: what serves if None.

    """
    serves = against or stands(session, where)
    row = models.measured(session, candidate.digest, serves.digest)
    speed = None
    if row is not None and row.speed is not None:
        speed = Speed(
            candidate=tuple(row.speed["candidate"]),
            serving=tuple(row.speed["serving"]),
            passages=row.speed["passages"],
        )
    heard = _heard(where, candidate, serves)
    reviewed = reviewed_of(session, (candidate.digest, serves.digest), since=heard)
    try:
        fetched = where.shelf.fetch(candidate.name, cache=where.cache)
        verdict = promotion.verdict(fetched, where.folder(serves), reviewed=reviewed, speed=speed)
    except ModelError as error:
        verdict = _unusable(candidate, serves, error)
    if row is None:
        verdict = verdict.also(
            Reason(
                code="not_measured",
                label="",
                message=f"no worker has measured {candidate.name} beside {serves.name} yet: POST "
                f"/v1/models/{candidate.name}/measurements, and ask again when its job is done",
            )
        )
    return Weighed(
        candidate=candidate,
        serves=serves,
        verdict=verdict,
        judged=0 if reviewed is None else len(reviewed.groups),
        measured_at=None if row is None else row.measured_at,
    )


def _unusable(candidate: Entry, serves: Stand, error: ModelError) -> Verdict:
    # Its own message names places of this machine.
    reason = Reason(
        code="not_usable",
        label="",
        message=f"{candidate.name} or {serves.name} cannot be used ({error.code}): conduit models "
        "show says on the machine why",
    )
    return Verdict(
        candidate=candidate.name,
        serving=serves.name,
        passed=False,
        figures=(),
        reasons=(reason,),
    )


def promote(
    session: Session, weighed: Weighed, *, who: Asks, reason: str, force: bool = False
) -> PromotionRow | None:
    """Lets a candidate serve from now on; None where the gate refuses it.

    Args:
        session: the transaction, which has claimed (`models.claim`) before it weighed.
        weighed: the candidate.
        who: asks for it.
        reason: in words, redacted.
        force: past a gate that refuses.
    """
    passed = weighed.verdict.passed
    broken = any(one.code == "not_usable" for one in weighed.verdict.reasons)
    if broken or not (passed or force):
        return None
    forced = not passed
    row = models.add(
        session,
        {
            "kind": "promote",
            "model": weighed.candidate.name,
            "digest": weighed.candidate.digest,
            "from_model": weighed.serves.name,
            "from_digest": weighed.serves.digest,
            "reason": reason,
            "forced": forced,
            "verdict": weighed.verdict.as_json(),
            "caller_id": who.id,
            "by_name": who.name,
        },
    )
    _tell(session, row, "model.promoted", who)
    return row


def rollback(session: Session, *, who: Asks, reason: str) -> PromotionRow | None:
    """Lets what served before the last promotion serve again; done again, it goes one further back.

    Returns:
        What was written, or None where every promotion was taken back.
    """
    models.claim(session)
    undone, newest = models.to_undo(session), models.newest(session)
    if undone is None or newest is None:
        return None
    row = models.add(
        session,
        {
            "kind": "rollback",
            "model": undone.from_model,
            "digest": undone.from_digest,
            "from_model": newest.model,
            "from_digest": newest.digest,
            "undoes": undone.id,
            "reason": reason,
            "verdict": None,
            "caller_id": who.id,
            "by_name": who.name,
        },
    )
    _tell(session, row, "model.rolled_back", who)
    return row


def _tell(session: Session, row: PromotionRow, type: str, who: Asks) -> None:
    data: dict[str, Any] = {
        "promotion": str(row.id),
        "model": row.model,
        "from_model": row.from_model,
        "forced": row.forced,
    }
    events.emit(session, type, data, department=None)
    audit.note(session, who, type, ids=[row.id], model=row.model, forced=row.forced)


def _heard(where: Where, candidate: Entry, serves: Stand) -> datetime | None:
    """Until when one of both learned from corrections: only what was said later judges them."""
    known = {candidate.name: candidate}
    if serves.name in where.shelf.names():
        known.setdefault(serves.name, where.shelf.describe(serves.name))
    moments = [
        datetime.fromisoformat(one.lineage["made_at"])
        for one in known.values()
        if one.lineage.get("corrections") and one.lineage.get("made_at")
    ]
    return max(moments, default=None)


def reviewed_of(
    session: Session, digests: tuple[str, str], *, since: datetime | None
) -> Reviewed | None:
    """What people judged, as far as both models have read it; None where there is nothing.

    Args:
        session: a transaction.
        digests: of the candidate, and of the model that serves.
        since: only passages that people spoke of later.
    """
    rows = list(_rows(session, digests, since))
    if not rows:
        return None
    return Reviewed(
        groups=np.array([one.group for one in rows], dtype=np.int64),
        gold=np.array([[one.judged.get(name) is True for name in CATEGORIES] for one in rows]),
        known=np.array([[one.judged.get(name) is not None for name in CATEGORIES] for one in rows]),
        feeling=np.array([one.feeling for one in rows], dtype=np.int64),
        candidate=_said([one.candidate for one in rows]),
        serving=_said([one.serving for one in rows]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    group: int
    judged: dict[str, bool | None]
    feeling: int
    candidate: ModelAnswerRow
    serving: ModelAnswerRow


def _rows(session: Session, digests: tuple[str, str], since: datetime | None) -> Iterator[_Judged]:
    after: UUID | None = None
    number = 0
    while ids := models.judged(session, after=after, limit=_PAGE):
        after = ids[-1]
        spoken = opinions.of_interactions(session, ids)
        places = opinions.passages(session, ids)
        candidate, serving = (models.answers(session, digest, ids) for digest in digests)
        for id in ids:
            number += 1
            for index, about in by_passage(places[id], spoken.get(id, [])).items():
                place, verdict = places[id][index], decide(about)
                both = [side.get(id, {}).get(place) for side in (candidate, serving)]
                late = since is None or (verdict.last is not None and verdict.last > since)
                if both[0] is None or both[1] is None or not late:
                    continue
                feeling = verdict.sentiment
                yield _Judged(
                    group=number,
                    judged=dict(verdict.categories),
                    feeling=-1 if feeling is None else SENTIMENTS.index(feeling),
                    candidate=both[0],
                    serving=both[1],
                )


def _said(rows: Collection[ModelAnswerRow]) -> Said:
    felt = list(SENTIMENTS)
    return Said(
        found=np.array([[name in one.found for name in CATEGORIES] for one in rows]),
        felt=np.array([felt.index(one.felt) for one in rows], dtype=np.int64),  # type: ignore[arg-type]  # as the column's constraint says
    )

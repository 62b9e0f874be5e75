"""Weeks in sums: which have to be counted, what is read for it, and what was counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from api.store.category_tables import CategoryRow
from api.store.drift_tables import DriftWindowRow
from api.store.opinion_tables import PEOPLE
from api.store.tables import WIDTH
from api.store.vectors import copied, unpacked
from nlp.learn.sketches import Arrived, Sketch, Window, words
from nlp.types import CATEGORIES

_STALE = 0.02
"""Share by which a week may grow, as interactions are handed in late, and need no new count."""


class Stored(NamedTuple):
    """How many interactions of a week and channel are mined, and which model mined most."""

    week: date
    channel: str
    number: int
    model: str


_STORED = text(
    """
    SELECT date_trunc('week', timezone('UTC', coalesce(started_at, received_at)))::date AS week,
        channel, count(*) AS number, mode() WITHIN GROUP (ORDER BY model) AS model
    FROM interactions
    WHERE state = 'mined' AND coalesce(started_at, received_at) >= :since
        AND coalesce(started_at, received_at) < :until
    GROUP BY 1, 2 ORDER BY 1 DESC, 2
    """
)


def stored(session: Session, since: date, until: date) -> list[Stored]:
    """What there is of whole weeks, the latest first."""
    rows = session.execute(_STORED, {"since": _midnight(since), "until": _midnight(until)})
    return [Stored(*row) for row in rows]


def due(session: Session, found: Iterable[Stored], *, reference: str) -> list[Stored]:
    """The weeks that were not counted yet, or not as they are now.

    Args:
        session: the transaction.
        found: what there is.
        reference: digest of the one by which they are to be counted.
    """
    kept = {
        (row.week, row.channel): row
        for row in session.execute(
            select(
                DriftWindowRow.week,
                DriftWindowRow.channel,
                DriftWindowRow.stored,
                DriftWindowRow.model,
                DriftWindowRow.reference,
            )
        )
    }
    wanted = []
    for one in found:
        row = kept.get((one.week, one.channel))
        # Fewer than were counted: some were erased, and the sums have to forget them.
        if (
            row is None
            or (row.model, row.reference) != (one.model, reference)
            or not row.stored <= one.number <= row.stored * (1 + _STALE)
        ):
            wanted.append(one)
    return wanted


def forget(session: Session, found: Iterable[Stored], since: date) -> None:
    """Takes away weeks of which nothing is left, and those that are looked back to no more."""
    there = {(one.week, one.channel) for one in found}
    for row in session.scalars(select(DriftWindowRow)):
        if row.week < since or (row.week, row.channel) not in there:
            session.delete(row)


@dataclass(slots=True)
class _Read:
    words: set[str] = field(default_factory=set)
    vectors: list[bytes] = field(default_factory=list)
    confidences: dict[str, list[float]] = field(default_factory=dict)
    agreement: dict[str, list[float]] = field(default_factory=dict)
    unsure: bool = False


# By a hash, so that the same week gives the same sample whenever it is counted.
_SAMPLE = text(
    """
    SELECT id, sentiment_label FROM interactions
    WHERE state = 'mined' AND channel = :channel
        AND coalesce(started_at, received_at) >= :since
        AND coalesce(started_at, received_at) < :until
    ORDER BY md5(id::text || :seed) LIMIT :most
    """
)
_PASSAGES = """
    SELECT passage.interaction_id, substr(turn.text, passage.start + 1,
        passage."end" - passage.start), passage.vector
    FROM passages passage
    JOIN turns turn ON turn.interaction_id = passage.interaction_id
        AND turn.index = passage.turn
    WHERE passage.interaction_id = ANY(%(ids)s)
"""
_FINDINGS = text(
    """
    SELECT interaction_id, category, confidence, unsure FROM findings
    WHERE interaction_id = ANY(:ids) AND model <> :people
    """
)
# Of each person the last word on a finding that they were asked about blindly.
_AGREEMENT = text(
    """
    SELECT DISTINCT ON (opinion.interaction_id, opinion.turn, opinion.start, opinion.category,
        opinion.caller_id) opinion.interaction_id, opinion.category,
        (opinion.kind = 'confirm')::int - (opinion.said ->> 'confidence')::float8
    FROM opinions opinion
    JOIN reviews review ON review.id = opinion.review_id AND review.reason = 'random'
    WHERE opinion.interaction_id = ANY(:ids) AND opinion.withdrawn_at IS NULL
        AND opinion.kind IN ('confirm', 'reject', 'correct')
        AND opinion.said ->> 'confidence' IS NOT NULL
    ORDER BY opinion.interaction_id, opinion.turn, opinion.start, opinion.category,
        opinion.caller_id, opinion.id DESC
    """
)


def read(session: Session, week: date, channel: str, *, most: int) -> list[Arrived]:
    """A sample of the interactions of a week and channel, as they were mined.

    Args:
        session: the transaction.
        week: its Monday.
        channel: of the interactions.
        most: how many at the most; the same ones whenever they are asked for.
    """
    feelings: dict[UUID, str] = sample(session, week, channel, most=most)
    found = {id: _Read() for id in feelings}
    ids = list(found)
    for id, said, vector in copied(session, _PASSAGES, {"ids": ids}, ["uuid", "text", "bytea"]):
        found[id].words.update(words(said))
        found[id].vectors.append(vector)
    for id, category, confidence, unsure in session.execute(
        _FINDINGS, {"ids": ids, "people": PEOPLE}
    ):
        found[id].confidences.setdefault(category, []).append(confidence)
        found[id].unsure |= unsure
    for id, category, gap in session.execute(_AGREEMENT, {"ids": ids}):
        found[id].agreement.setdefault(category, []).append(gap)
    return [
        Arrived(
            words=frozenset(one.words),
            vectors=unpacked(one.vectors, WIDTH),
            confidences=one.confidences,
            unsure=one.unsure,
            sentiment=feelings[id],
            agreement=one.agreement,
        )
        for id, one in found.items()
    ]


def sample(session: Session, week: date, channel: str, *, most: int) -> dict[UUID, str]:
    """Ids of that sample, with the sentiment of each."""
    values = {
        "channel": channel,
        "since": _midnight(week),
        "until": _midnight(week + timedelta(weeks=1)),
        "seed": week.isoformat(),
        "most": most,
    }
    rows = session.execute(_SAMPLE, values)
    return {row.id: row.sentiment_label for row in rows}


class Place(NamedTuple):
    """Where passages stand, and their vectors."""

    interactions: list[UUID]
    passages: list[int]
    vectors: Any


_VECTORS = """
    SELECT interaction_id, index, vector FROM passages
    WHERE interaction_id = ANY(%(ids)s) ORDER BY interaction_id, index
"""


def places(session: Session, ids: Iterable[UUID]) -> Place:
    """The passages of interactions, in order."""
    rows = list(copied(session, _VECTORS, {"ids": list(ids)}, ["uuid", "int4", "bytea"]))
    return Place(
        [row[0] for row in rows],
        [row[1] for row in rows],
        unpacked((row[2] for row in rows), WIDTH),
    )


def categories(session: Session) -> list[str]:
    """What is looked for: the built-in categories and the team's own."""
    own = session.scalars(select(CategoryRow.name).where(CategoryRow.enabled))
    return [*CATEGORIES, *sorted(own)]


def put(session: Session, one: Stored, sketch: Sketch, *, reference: str) -> None:
    """Writes what was counted of a week, in the place of what was there."""
    values = {
        "week": one.week,
        "channel": one.channel,
        "model": one.model,
        "reference": reference,
        "stored": one.number,
        "sampled": sketch.interactions,
        "sums": sketch.as_json(),
        "embedding": sketch.embedding.astype("<f4").tobytes(),
    }
    changed = {**values, "counted_at": func.now()}
    session.execute(
        upsert(DriftWindowRow)
        .values(**values)
        .on_conflict_do_update(index_elements=["week", "channel"], set_=changed)
    )


def windows(session: Session, *, reference: str) -> tuple[list[Window], Sequence[DriftWindowRow]]:
    """All weeks that were counted by this reference, in order: as values, and as rows."""
    rows = session.scalars(
        select(DriftWindowRow)
        .where(DriftWindowRow.reference == reference)
        .order_by(DriftWindowRow.week, DriftWindowRow.channel)
    ).all()
    found = [
        Window(
            start=row.week,
            channel=row.channel,
            sketch=Sketch.of_json(
                row.sums, np.frombuffer(row.embedding, dtype="<f4").astype(np.float64)
            ),
        )
        for row in rows
    ]
    return found, rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

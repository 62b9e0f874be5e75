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

from api.store import interactions
from api.store.category_tables import CategoryRow
from api.store.drift_tables import DriftWindowRow
from api.store.model_said import WHATEVER_BECAME
from api.store.opinion_tables import PEOPLE
from api.store.tables import WIDTH
from api.store.vectors import copied, unpacked
from nlp.learn.sketches import Arrived, Sketch, Window, words
from nlp.types import CATEGORIES

_STALE = 0.02
"""Share by which a week may grow, as interactions are handed in late, and need no new count."""


_LATE = timedelta(minutes=10)
"""Longer than anybody's transaction: an opinion bears the time at which its own began."""

_WEEK = "date_trunc('week', timezone('UTC', coalesce(started_at, received_at)))::date"


class Stored(NamedTuple):
    """How many interactions of a week and channel its model mined.

    A week belongs to one model on all channels: the one that mined most of it, and of two that
    mined as much the one that mined last. What another mined of it is not counted, so that no
    figure is one of two models.
    """

    week: date
    channel: str
    number: int
    model: str


_STORED = text(
    f"""
    WITH mined AS (
        SELECT {_WEEK} AS week, channel, model, count(*) AS number, max(mined_at) AS latest
        FROM interactions
        WHERE state = 'mined' AND coalesce(started_at, received_at) >= :since
            AND coalesce(started_at, received_at) < :until
        GROUP BY 1, 2, 3
    ), whose AS (
        SELECT DISTINCT ON (week) week, model FROM mined GROUP BY week, model
        ORDER BY week, sum(number) DESC, max(latest) DESC, model
    )
    SELECT week, channel, number, model FROM mined JOIN whose USING (week, model)
    ORDER BY week DESC, channel
    """  # noqa: S608 - a constant
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
    spoken = {(week, channel) for week, channel in session.execute(_SPOKEN, {"late": _LATE})}
    wanted = []
    for one in found:
        row = kept.get((one.week, one.channel))
        # Fewer than were counted: some are gone, and the sums have to forget them.
        if (
            row is None
            or (row.model, row.reference) != (one.model, reference)
            or not row.stored <= one.number <= row.stored * (1 + _STALE)
            or (one.week, one.channel) in spoken
        ):
            wanted.append(one)
    return wanted


# Weeks of which people judged something blindly, or withdrew that, since they were counted.
_SPOKEN = text(
    f"""
    SELECT DISTINCT counted.week, counted.channel
    FROM (
        SELECT {_WEEK} AS week, channel, greatest(opinion.at, opinion.withdrawn_at) AS at
        FROM opinions opinion
        JOIN reviews review ON review.id = opinion.review_id AND review.reason = 'random'
        JOIN interactions ON interactions.id = opinion.interaction_id
    ) spoken
    JOIN drift_windows counted ON counted.week = spoken.week AND counted.channel = spoken.channel
        AND spoken.at > counted.counted_at - CAST(:late AS interval)
    """  # noqa: S608 - a constant
)
_FORGET = text(
    """
    DELETE FROM drift_windows counted WHERE week < :since OR NOT EXISTS (
        SELECT FROM unnest(CAST(:weeks AS date[]), CAST(:channels AS text[]))
            AS there(week, channel)
        WHERE there.week = counted.week AND there.channel = counted.channel
    )
    """
)


def forget(session: Session, found: Sequence[Stored], since: date) -> None:
    """Takes away weeks of which nothing is left, and those that are looked back to no more."""
    values = {"weeks": [one.week for one in found], "channels": [one.channel for one in found]}
    session.execute(_FORGET, {"since": since, **values})


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
    WHERE state = 'mined' AND channel = :channel AND model = :model
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
# As the model said, whatever people made of it since: else a week would move by being reviewed.
_FINDINGS = text(
    f"""
    SELECT interaction_id, category, confidence, unsure FROM ({WHATEVER_BECAME}) said
    WHERE interaction_id = ANY(:ids)
    """  # noqa: S608 - a constant
)
# Of each person the last word on a finding of this model that they were asked about blindly.
_AGREEMENT = text(
    """
    SELECT DISTINCT ON (opinion.interaction_id, opinion.turn, opinion.start, opinion.category,
        opinion.caller_id) opinion.interaction_id, opinion.category,
        (opinion.kind = 'confirm')::int - (opinion.said ->> 'confidence')::float8
    FROM opinions opinion
    JOIN reviews review ON review.id = opinion.review_id AND review.reason = 'random'
    WHERE opinion.interaction_id = ANY(:ids) AND opinion.withdrawn_at IS NULL
        AND opinion.kind IN ('confirm', 'reject', 'correct')
        AND opinion.said ->> 'confidence' IS NOT NULL AND opinion.said ->> 'model' = :model
    ORDER BY opinion.interaction_id, opinion.turn, opinion.start, opinion.category,
        opinion.caller_id, opinion.id DESC
    """
)


def read(session: Session, one: Stored, *, most: int) -> list[Arrived]:
    """A sample of the interactions of a week and channel, as its model mined them.

    None of them is erased until the transaction ends, in which they are counted.

    Args:
        session: the transaction.
        one: the week and channel.
        most: how many at the most; the same ones whenever they are asked for.
    """
    feelings = sample(session, one.week, one.channel, model=one.model, most=most)
    there = interactions.keep(session, feelings)
    found = {id: _Read() for id in feelings if id in there}
    ids = list(found)
    for id, said, vector in copied(session, _PASSAGES, {"ids": ids}, ["uuid", "text", "bytea"]):
        found[id].words.update(words(said))
        found[id].vectors.append(vector)
    for id, category, confidence, unsure in session.execute(
        _FINDINGS, {"ids": ids, "people": PEOPLE}
    ):
        found[id].confidences.setdefault(category, []).append(confidence)
        found[id].unsure |= unsure
    for id, category, gap in session.execute(_AGREEMENT, {"ids": ids, "model": one.model}):
        found[id].agreement.setdefault(category, []).append(gap)
    return [
        Arrived(
            words=frozenset(seen.words),
            vectors=unpacked(seen.vectors, WIDTH),
            confidences=seen.confidences,
            unsure=seen.unsure,
            sentiment=feelings[id],
            agreement=seen.agreement,
        )
        for id, seen in found.items()
    ]


def sample(session: Session, week: date, channel: str, *, model: str, most: int) -> dict[UUID, str]:
    """Ids of that sample, with the sentiment of each.

    Args:
        session: the transaction.
        week: its Monday.
        channel: of the interactions.
        model: that mined them.
        most: how many at the most.
    """
    values = {
        "channel": channel,
        "model": model,
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

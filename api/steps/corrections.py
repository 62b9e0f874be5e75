"""Corrections: what people agree on about mined passages, an interaction at a time, to learn from.

Passages that nobody spoke of are not in it, and neither is what people are divided about. What is
said of a team's own categories is not either: those are taught by examples.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps import majority
from api.steps.majority import Place, Verdict
from api.store import interactions, opinion_reads, opinions, turns
from api.store.opinion_tables import OpinionRow
from api.store.tables import InteractionRow, TurnRow
from nlp.learn.corpora import Quote
from nlp.learn.corrections import REASONS, Corrected, Judgement, Reason
from nlp.types import (
    CATEGORIES,
    CHANNELS,
    SPEAKERS,
    Category,
    Channel,
    Interaction,
    Roles,
    Speaker,
    Turn,
)

BATCH = 100
"""Interactions that are read at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which corrections; what is None does not narrow them.

    Attributes:
        since: passages of which somebody spoke then or later.
        until: opinions of before then alone.
        model: on what this model had mined.
    """

    since: datetime | None = None
    until: datetime | None = None
    model: str | None = None


def corrected(session: Session, wanted: Wanted) -> Iterator[Corrected]:
    """Every interaction of which people spoke, in the order of their ids.

    Args:
        session: a transaction that sees one state all along, and everything.
        wanted: which.
    """
    after: UUID | None = None
    while True:
        ids = opinion_reads.spoken_of(session, after=after, limit=BATCH)
        if not ids:
            return
        after = ids[-1]
        spoken = opinions.of_interactions(session, ids)
        places = opinions.passages(session, ids)
        words = turns.of_many(session, ids)
        reviews = opinion_reads.reasons(session, ids)
        for id in ids:
            rows = [row for row in spoken[id] if wanted.until is None or row.at < wanted.until]
            row = interactions.get(session, id)
            if row is not None:
                judged = judgements(places[id], rows, wanted, reviews)
                if judged:
                    yield _whole(row, words[id], judged)


def judgements(
    places: Sequence[Place],
    rows: Sequence[OpinionRow],
    wanted: Wanted,
    reviews: dict[UUID, str],
) -> list[tuple[Judgement, datetime]]:
    """What people agree on about each passage of an interaction, and when the last of them spoke.

    Args:
        places: its passages.
        rows: all opinions on it.
        wanted: which are asked for.
        reviews: why the review queue asked, by the id of its row.
    """
    found = []
    counted = [row for row in rows if wanted.model in (None, row.model)]
    for index, about in sorted(majority.by_passage(places, counted).items()):
        verdict = majority.decide(about)
        if verdict.last is None or (wanted.since is not None and verdict.last < wanted.since):
            continue
        judgement = _judgement(places[index], verdict, about, reviews)
        if judgement.categories or judgement.sentiment:
            found.append((judgement, verdict.last))
    return found


def _judgement(
    place: Place, verdict: Verdict, about: Sequence[OpinionRow], reviews: dict[UUID, str]
) -> Judgement:
    turn, start, end = place
    carries: dict[Category, bool] = {}
    quotes = []
    for name in CATEGORIES:
        decided = verdict.categories.get(name)
        if decided is not None:
            carries[name] = decided
        quote = verdict.quotes.get(name)
        if decided and quote is not None:
            first, last = max(quote[0], start), min(quote[1], end)
            if first < last:
                quotes.append(Quote(category=name, start=first - start, end=last - start))
    holding = [row for row in about if row.withdrawn_at is None]
    asked = (reviews.get(row.review_id) for row in holding if row.review_id is not None)
    return Judgement(
        turn=turn,
        start=start,
        end=end,
        categories=carries,
        sentiment=verdict.sentiment,
        quotes=tuple(quotes),
        people=verdict.people,
        share=verdict.share,
        reason=_reason(next((reason for reason in asked if reason), "given")),
        model=next((row.model for row in reversed(holding) if row.model), None),
    )


def _whole(
    row: InteractionRow, words: Sequence[TurnRow], judged: Sequence[tuple[Judgement, datetime]]
) -> Corrected:
    return Corrected(
        interaction=Interaction(
            id=str(row.id),
            source=str(row.id),
            format="corrections",
            channel=CHANNELS[CHANNELS.index(cast("Channel", row.channel))],
            turns=tuple(
                Turn(
                    index=turn.index,
                    speaker=SPEAKERS[SPEAKERS.index(cast("Speaker", turn.speaker))],
                    text=turn.text,
                )
                for turn in words
            ),
            roles=Roles(source="file", confidence=1.0),
            metadata=row.meta,
        ),
        judgements=tuple(judgement for judgement, _ in judged),
        at=max(at for _, at in judged),
    )


def _reason(word: str) -> Reason:
    return REASONS[REASONS.index(cast("Reason", word))]

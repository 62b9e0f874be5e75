"""Corrections: what people agree on about mined passages, an interaction at a time, to learn from.

Passages that nobody spoke of are not in it, and neither is what people are divided about. What is
said of a team's own categories is not either: those are taught by examples.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps import majority
from api.steps.majority import Verdict
from api.store import interactions, opinion_reads, opinions, turns
from api.store.opinion_tables import OpinionRow
from api.store.opinions import Place
from api.store.tables import InteractionRow, TurnRow
from nlp.types import CATEGORIES

if TYPE_CHECKING:
    from nlp.learn.corrections import Corrected

Line = dict[str, Any]
"""One interaction as it stands on a line of a file of corrections."""

KEPT = ("industry", "style")
"""Metadata that tells kinds of interactions apart."""

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


def lines(session: Session, wanted: Wanted) -> Iterator[Line]:
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
        for row in interactions.several(session, ids):
            rows = [one for one in spoken[row.id] if wanted.until is None or one.at < wanted.until]
            judged = judgements(places[row.id], rows, wanted, reviews)
            if judged:
                yield _whole(row, words[row.id], judged)


def corrected(session: Session, wanted: Wanted) -> "Iterator[Corrected]":
    """The same, as what is learned from; for workers."""
    # Here, as with it come libraries that a web process does not hold.
    from nlp.learn.corrections import of_line

    for line in lines(session, wanted):
        yield of_line(line)


def judgements(
    places: Sequence[Place],
    rows: Sequence[OpinionRow],
    wanted: Wanted,
    reviews: Mapping[UUID, str],
) -> list[tuple[Line, datetime]]:
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
        if judgement["categories"] or judgement["sentiment"]:
            found.append((judgement, verdict.last))
    return found


def _judgement(
    place: Place, verdict: Verdict, about: Sequence[OpinionRow], reviews: Mapping[UUID, str]
) -> Line:
    turn, start, end = place
    carries: dict[str, bool] = {}
    quotes = []
    for name in sorted(CATEGORIES):
        decided = verdict.categories.get(name)
        if decided is not None:
            carries[name] = decided
        quote = verdict.quotes.get(name)
        if decided and quote is not None:
            first, last = max(quote[0], start), min(quote[1], end)
            if first < last:
                quotes.append({"category": name, "start": first - start, "end": last - start})
    holding = [row for row in about if row.withdrawn_at is None]
    asked = (reviews.get(row.review_id) for row in holding if row.review_id is not None)
    return {
        "turn": turn,
        "start": start,
        "end": end,
        "categories": carries,
        "sentiment": verdict.sentiment,
        "quotes": quotes,
        "people": verdict.people,
        "share": verdict.share,
        "reason": next((reason for reason in asked if reason), "given"),
        "model": next((row.model for row in reversed(holding) if row.model), None),
    }


def _whole(
    row: InteractionRow, words: Sequence[TurnRow], judged: Sequence[tuple[Line, datetime]]
) -> Line:
    return {
        "id": str(row.id),
        "channel": row.channel,
        "at": max(at for _, at in judged).isoformat(),
        **{name: row.meta[name] for name in KEPT if row.meta.get(name)},
        "turns": [{"speaker": turn.speaker, "text": turn.text} for turn in words],
        "judgements": [judgement for judgement, _ in judged],
    }

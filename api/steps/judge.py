"""Judge: a passage of the review queue is handed out, and what is said of it becomes opinions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from api.steps import opinions
from api.steps.opinions import Means, Opinion, Who
from api.store import reviews, turns
from api.store.review_tables import ReviewRow
from api.store.reviews import ReviewFilter
from nlp.errors import OptionError
from nlp.types import Category, SentimentLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Who judges.

    Attributes:
        lease: what the queue knows the person by.
        who: as it stands beside the opinions.
    """

    lease: str
    who: Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a person says of a whole passage.

    Attributes:
        categories: whether it carries each of the built-in ones.
        quotes: words that show one: offsets in the passage's text.
        sentiment: of the passage, or None.
    """

    categories: Mapping[Category, bool]
    quotes: Mapping[Category, tuple[int, int]]
    sentiment: SentimentLabel | None = None


def take(
    session: Session, filter: ReviewFilter, *, who: Reviewer, count: int, minutes: int
) -> list[ReviewRow]:
    """Hands out passages that wait, each to one person at a time.

    Args:
        session: the transaction.
        filter: which.
        who: asks.
        count: how many at the most.
        minutes: until when nobody else is handed them.
    """
    lasts = timedelta(minutes=minutes)
    return reviews.lease(session, filter, by=who.lease, count=count, lasts=lasts)


def answer(
    session: Session, row: ReviewRow, said: Judgement, *, who: Reviewer, means: Means
) -> None:
    """Writes what a person says as opinions, and ends the row.

    Args:
        session: the transaction, which locks the row.
        row: that waits.
        said: of its passage.
        who: says so.
        means: to carry opinions out.

    Raises:
        OptionError: a quote goes beyond the passage, or the passage is there no more.
    """
    turn = turns.get(session, row.interaction_id, row.turn)
    if turn is None:
        raise OptionError("the passage is there no more: skip it")
    for category, (start, end) in said.quotes.items():
        if not 0 <= start < end <= row.end - row.start:
            raise OptionError(
                f"the quote {start}–{end} of {category} is not within the passage, which has "
                f"{row.end - row.start} characters"
            )
    target = opinions.on_words(session, turn, (row.start, row.end))
    for one in _opinions(row, said):
        opinions.give(session, target, one, who=who.who, means=means)
    judged = {"categories": dict(said.categories), "sentiment": said.sentiment}
    reviews.end(session, row, by=who.who.name, judged=judged)


def _opinions(row: ReviewRow, said: Judgement) -> list[Opinion]:
    """What the judgement comes to, opinion by opinion."""
    found = []
    for category, there in said.categories.items():
        quote = said.quotes.get(category)
        place = None if quote is None else (row.start + quote[0], row.start + quote[1])
        if not there:
            found.append(Opinion(kind="reject", category=category, review=row.id))
        elif category not in row.said:
            found.append(Opinion(kind="add", category=category, quote=place, review=row.id))
        else:
            found.append(Opinion(kind="confirm", category=category, review=row.id))
            if place is not None:
                found.append(Opinion(kind="quote", category=category, quote=place, review=row.id))
    if said.sentiment is not None:
        found.append(Opinion(kind="sentiment", sentiment=said.sentiment, review=row.id))
    return found

"""The review queue: what waits, who looks at it, and what was judged."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session

from api.store.ids import new_id
from api.store.opinion_tables import OpinionRow
from api.store.review_tables import ReviewDrawRow, ReviewRow
from nlp.types import CATEGORIES

_REFILL_LOCK = 0x72657677


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Which rows of the queue a list shows; what is None does not narrow it.

    Attributes:
        state: open, answered, skipped or expired.
        reason: why people are asked.
        category: that the reason is about.
        model: name of the model that mined the passage.
        interaction: those of one interaction.
    """

    state: str | None = None
    reason: str | None = None
    category: str | None = None
    model: str | None = None
    interaction: UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        row = ReviewRow
        equal = (
            (row.state, self.state),
            (row.reason, self.reason),
            (row.category, self.category),
            (row.model, self.model),
            (row.interaction_id, self.interaction),
        )
        return [column == value for column, value in equal if value is not None]


def list_page(
    session: Session, filter: ReviewFilter, *, after: UUID | None = None, limit: int
) -> list[ReviewRow]:
    """The newest first; `after` is the id of the last one of the page before."""
    query = select(ReviewRow).where(*filter.conditions())
    if after is not None:
        query = query.where(ReviewRow.id < after)
    return list(session.scalars(query.order_by(ReviewRow.id.desc()).limit(limit)))


def get(session: Session, id: UUID, *, lock: bool = False) -> ReviewRow | None:
    """One row, or None; locked, nobody else changes it until this transaction ends."""
    return session.get(ReviewRow, id, with_for_update=lock, populate_existing=True)


def alone(session: Session) -> bool:
    """Whether this transaction is the only one that fills the queue; if not, it should leave it."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_REFILL_LOCK))))


def waiting(session: Session) -> dict[str, int]:
    """How many wait for an answer, by reason."""
    found = session.execute(
        select(ReviewRow.reason, func.count())
        .where(ReviewRow.state == "open")
        .group_by(ReviewRow.reason)
    )
    return {str(reason): int(number) for reason, number in found}


def expire(session: Session, *, older_than: timedelta) -> int:
    """Takes out of the queue what nobody answered for long; what somebody looks at now stays."""
    ended = session.execute(
        update(ReviewRow)
        .where(
            ReviewRow.state == "open",
            ReviewRow.drawn_at < func.now() - older_than,
            or_(ReviewRow.leased_until.is_(None), ReviewRow.leased_until < func.now()),
        )
        .values(state="expired", ended_at=func.now(), leased_by=None, leased_until=None)
        .returning(ReviewRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def lease(
    session: Session, filter: ReviewFilter, *, by: str, count: int, lasts: timedelta
) -> list[ReviewRow]:
    """Hands rows to one person, in the order in which they came into the queue.

    What that person was handed before and did not answer comes first. Two that ask at once are
    handed different rows.

    Args:
        session: the transaction.
        filter: of which rows; those that wait.
        by: whom they are handed to.
        count: how many at the most.
        lasts: until nobody else is handed them.
    """
    free = or_(
        ReviewRow.leased_until.is_(None),
        ReviewRow.leased_until < func.now(),
        ReviewRow.leased_by == by,
    )
    taken = session.scalars(
        select(ReviewRow.id)
        .where(ReviewRow.state == "open", free, *filter.conditions())
        .order_by((ReviewRow.leased_by == by).is_not(True), ReviewRow.id)
        .limit(count)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(
        update(ReviewRow)
        .where(ReviewRow.id.in_(taken))
        .values(leased_by=by, leased_until=func.now() + lasts)
        .execution_options(synchronize_session=False)
    )
    rows = session.scalars(
        select(ReviewRow)
        .where(ReviewRow.id.in_(taken))
        .order_by(ReviewRow.id)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def end(
    session: Session, row: ReviewRow, *, by: str, judged: Mapping[str, Any] | None = None
) -> None:
    """Says that a row was answered, or skipped where nothing was judged.

    Args:
        session: the transaction, which locks the row.
        row: that waits.
        by: who did, as a person reads it.
        judged: `{categories: {category: bool}, sentiment: word or null}`.
    """
    values: dict[str, Any] = {"state": "skipped"}
    if judged is not None:
        values = {"state": "answered", "judged": dict(judged)}
    session.execute(
        update(ReviewRow)
        .where(ReviewRow.id == row.id)
        .values(ended_at=func.now(), ended_by=by, leased_by=None, leased_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def is_held(session: Session, row: ReviewRow, *, by: str) -> bool:
    """Whether somebody else than this person looks at a row now."""
    if row.leased_by is None or row.leased_by == by or row.leased_until is None:
        return False
    return bool(session.scalar(select(row.leased_until > func.now())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A passage that goes into the queue.

    Attributes:
        interaction: its id.
        turn: of the passage.
        start: offset of its first character in the turn's text.
        end: offset after its last.
        reason: why.
        said: what the model found, by category with its confidence.
        feeling: its sentiment, or None where that is not known of it alone.
        model: that mined it.
        category: that the reason is about, or None.
        chance: with which it was drawn blindly, or None.
        draw: that it comes from, or None.
    """

    interaction: UUID
    turn: int
    start: int
    end: int
    reason: str
    said: Mapping[str, float]
    feeling: str | None
    model: str
    category: str | None = None
    chance: float | None = None
    draw: UUID | None = None


def add(session: Session, asked: Iterable[Asked]) -> int:
    """Puts passages into the queue, in this order.

    Returns:
        How many.
    """
    rows = [
        {
            "id": new_id(),
            "interaction_id": one.interaction,
            "turn": one.turn,
            "start": one.start,
            "end": one.end,
            "reason": one.reason,
            "category": one.category,
            "chance": one.chance,
            "draw_id": one.draw,
            "found": bool(one.said),
            "said": dict(one.said),
            "feeling": one.feeling,
            "model": one.model,
        }
        for one in asked
    ]
    if rows:
        session.execute(insert(ReviewRow), rows)
    return len(rows)


def judged_cases(session: Session) -> dict[str, int]:
    """How many cases of each built-in category people told of, in the queue or elsewhere."""
    category = func.coalesce(OpinionRow.becomes, OpinionRow.category)
    found = session.execute(
        select(category, func.count(tuple_(*_passage()).distinct()))
        .where(
            OpinionRow.kind.in_(("confirm", "add", "correct")),
            OpinionRow.withdrawn_at.is_(None),
            category.in_(CATEGORIES),
        )
        .group_by(category)
    )
    counts: dict[str, int] = dict.fromkeys(CATEGORIES, 0)
    return {**counts, **{str(name): int(number) for name, number in found}}


def _passage() -> tuple[Any, ...]:
    return OpinionRow.interaction_id, OpinionRow.turn, OpinionRow.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A passage that was drawn blindly and judged.

    Attributes:
        draw: that it comes from.
        found: whether the model found anything in it.
        chance: with which it was drawn.
        said: what the model found.
        feeling: the sentiment that the model gave it, or None.
        judged: what a person said.
    """

    draw: UUID
    found: bool
    chance: float
    said: Mapping[str, float]
    feeling: str | None
    judged: Mapping[str, Any]


def drawn(
    session: Session, model: str, *, since: datetime | None, until: datetime | None
) -> list[Drawn]:
    """What was drawn blindly of what a model mined, and judged.

    Args:
        session: the transaction.
        model: its name.
        since: drawn then or later.
        until: drawn before then.
    """
    row = ReviewRow
    query = select(row.draw_id, row.found, row.chance, row.said, row.feeling, row.judged).where(
        row.reason == "random", row.state == "answered", row.model == model
    )
    query = query.join(ReviewDrawRow, ReviewDrawRow.id == row.draw_id)
    found = session.execute(query.where(*_drawn_within(since, until)).order_by(row.id))
    return [
        Drawn(draw=draw, found=there, chance=chance, said=said, feeling=feeling, judged=judged)
        for draw, there, chance, said, feeling, judged in found
    ]


def draws(
    session: Session, model: str, *, since: datetime | None, until: datetime | None
) -> list[ReviewDrawRow]:
    """The draws from what a model mined, the oldest first."""
    query = select(ReviewDrawRow).where(ReviewDrawRow.model == model, *_drawn_within(since, until))
    return list(session.scalars(query.order_by(ReviewDrawRow.until, ReviewDrawRow.id)))


def _drawn_within(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    found = []
    if since is not None:
        found.append(ReviewDrawRow.drawn_at >= since)
    if until is not None:
        found.append(ReviewDrawRow.drawn_at < until)
    return found


def models(session: Session) -> list[str]:
    """Names of the models from whose passages something was drawn, the newest draw's first."""
    newest = func.max(ReviewDrawRow.drawn_at)
    query = select(ReviewDrawRow.model).group_by(ReviewDrawRow.model)
    return list(session.scalars(query.order_by(newest.desc(), ReviewDrawRow.model)))


def counts(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """What became of the rows of draws, by state."""
    found: dict[UUID, dict[str, int]] = {id: {} for id in ids}
    rows = session.execute(
        select(ReviewRow.draw_id, ReviewRow.state, func.count())
        .where(ReviewRow.draw_id.in_(ids))
        .group_by(ReviewRow.draw_id, ReviewRow.state)
    )
    for draw, state, number in rows:
        if draw is not None:
            found[draw][state] = number
    return found

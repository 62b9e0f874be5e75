"""Review: the queue of passages that people are asked to judge is filled up, now and then.

Two parts of it never mix. A fixed share is drawn blindly from everything that was mined, with or
without findings, and tells how good the model is. The rest is what teaches the next model most
(`nlp.learn.review`), and tells nothing of that. A passage that was judged already, or asked for, is
not chosen again; it may still be drawn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from api.store import review_draws, reviews
from api.store.database import Database
from api.store.review_draws import Key, Passage, Window
from api.store.reviews import Asked
from nlp.learn import review
from nlp.learn.review import Candidates, Chosen
from nlp.types import CATEGORIES

# Of passages in which nothing was found it is not known how near to it the model was.
_UNLIKELY = 1e-4
_MOST = 400
"""Candidates of a kind that are looked at: their vectors are a megabyte."""


@runtime_checkable
class Tells(Protocol):
    """A miner that tells what it knows: `nlp.pipeline.Miner`."""

    @property
    def thresholds(self) -> Sequence[float]:
        """From which probability each of `CATEGORIES` counts as found."""
        ...

    @property
    def vocabulary(self) -> Collection[str]:
        """The words that it knows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Knows:
    """What is known of the model that serves.

    Attributes:
        model: its name.
        thresholds: from which probability each of `CATEGORIES` counts as found.
        words: that it has read; None where that is not known, and then no word is new.
    """

    model: str
    thresholds: tuple[float, ...] = (0.5,) * len(CATEGORIES)
    words: frozenset[str] | None = None

    @classmethod
    def of(cls, miner: object) -> "Knows":
        """What a miner tells of itself.

        Args:
            miner: with the name of its model under `model`.
        """
        model = str(getattr(miner, "model", ""))
        if not isinstance(miner, Tells):
            return cls(model=model)
        return cls(
            model=model, thresholds=tuple(miner.thresholds), words=frozenset(miner.vocabulary)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How the queue is kept.

    Attributes:
        most: passages that wait at a time, all together.
        random_share: the share of them that is drawn blindly.
        expires: after which nobody is asked any more.
        patience: time between two draws at the least, so that each is from many passages.
        settled: age from which on an interaction counts as mined for good.
    """

    most: int = 200
    random_share: float = review.RANDOM_SHARE
    expires: timedelta = timedelta(days=30)
    patience: timedelta = timedelta(hours=1)
    settled: timedelta = timedelta(minutes=1)


def refill(database: Database, knows: Knows, wishes: Wishes) -> int:
    """Fills the queue up to what is wished.

    Returns:
        How many passages went into it.
    """
    with database.session() as session:
        if not reviews.alone(session):
            return 0
        reviews.expire(session, older_than=wishes.expires)
        waits = reviews.waiting(session)
        blind = round(wishes.most * wishes.random_share)
        drawn = _draw(session, knows, wishes, room=blind - waits.pop("random", 0))
        rest = wishes.most - blind
        chosen = _choose(session, knows, wanted=rest, room=rest - sum(waits.values()))
        return reviews.add(session, review.mixed([drawn, chosen]))


def _draw(session: Session, knows: Knows, wishes: Wishes, *, room: int) -> list[Asked]:
    """Passages of what was mined since the last draw, each of a stratum with the same chance."""
    wanted = round(wishes.most * wishes.random_share)
    if room <= 0 or room * 4 < wanted:
        return []
    since = review_draws.last_until(session, knows.model)
    until = review_draws.now(session) - wishes.settled
    if since is not None and until - since < wishes.patience:
        return []
    window = Window(model=knows.model, since=since, until=until)
    there = review_draws.sizes(session, window)
    if not any(there):
        return []
    take = review.halves(*there, count=room)
    if any(size and not taken for size, taken in zip(there, take, strict=True)):
        return []  # room for one alone: a stratum that nothing is drawn from would not be told of
    draw, keys = review_draws.draw(session, window, of=there, take=take)
    passages = review_draws.details(session, keys)
    chances = [taken / size if size else None for taken, size in zip(take, there, strict=True)]
    return [
        replace(
            _asked(passages[key], knows.model, "random"),
            chance=chances[0 if passages[key].said else 1],
            draw=draw,
        )
        for key in keys
        if key in passages
    ]


def _choose(session: Session, knows: Knows, *, wanted: int, room: int) -> list[Asked]:
    """The passages that teach most, once there is room for a quarter of what is wanted of them.

    Of less than that the reasons that have a small share would get nothing.
    """
    if room <= 0 or room * 4 < wanted:
        return []
    keys = review_draws.candidates(session, knows.model, most=_MOST)
    known = review_draws.details(session, keys)
    passages = [known[key] for key in keys if key in known]
    if not passages:
        return []
    apart = review_draws.differences(session, knows.model, keys)
    cases = reviews.judged_cases(session)
    said = _chances(passages, {key: _side(one, 0) for key, one in apart.items()})
    other = _chances(passages, {key: _side(one, 1) for key, one in apart.items()})
    candidates = Candidates(
        probabilities=said,
        thresholds=np.array(knows.thresholds),
        vectors=np.stack([one.vector for one in passages]).astype(np.float64),
        judged=np.array([cases[name] for name in CATEGORIES]),
        other=other if apart else None,
        new_words=_new_words(passages, knows),
        seen=review_draws.waiting_vectors(session).astype(np.float64),
    )
    return [
        replace(
            _asked(passages[one.place], knows.model, one.reason),
            category=_about(one, candidates),
        )
        for one in review.choose(candidates, room)
    ]


def _asked(passage: Passage, model: str, reason: str) -> Asked:
    return Asked(
        interaction=passage.key[0],
        turn=passage.turn,
        start=passage.start,
        end=passage.end,
        reason=reason,
        said=passage.said,
        feeling=passage.feeling,
        model=model,
    )


def _side(apart: Mapping[str, tuple[float, float]], side: int) -> dict[str, float]:
    """What one of two models says: what serves (0), or the candidate (1)."""
    return {category: both[side] for category, both in apart.items()}


def _chances(
    passages: Sequence[Passage], apart: Mapping[Key, Mapping[str, float]]
) -> NDArray[np.float64]:
    """(passages, categories) probabilities: of findings, and where a shadow run told them."""
    rows = [{**one.said, **apart.get(one.key, {})} for one in passages]
    return np.array([[row.get(name, _UNLIKELY) for name in CATEGORIES] for row in rows])


def _new_words(passages: Sequence[Passage], knows: Knows) -> list[tuple[str, ...]]:
    """The words of each passage that the model has never read."""
    if knows.words is None:
        return []
    return [review.unread(one.words, knows.words) for one in passages]


def _about(chosen: Chosen, candidates: Candidates) -> str | None:
    """The category that a reason is about, or None where there is none."""
    said = candidates.probabilities[chosen.place]
    if chosen.reason == "disagreement" and candidates.other is not None:
        return CATEGORIES[int(np.argmax(np.abs(said - candidates.other[chosen.place])))]
    if chosen.reason == "new_words" or said.max() <= _UNLIKELY:
        return None
    doubts = review.closeness(said[None], candidates.thresholds)[0]
    return CATEGORIES[int(np.argmax(doubts * review.rarity(candidates.judged)))]

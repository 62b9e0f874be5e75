"""Quality: how good the model is on what comes in, from what was drawn blindly and judged."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from api.store import reviews
from api.store.reviews import Drawn
from nlp.learn.judging import Figure
from nlp.learn.production import Rates, Stratum, rates, share
from nlp.types import CATEGORIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good a model is on what it mined.

    Attributes:
        model: its name.
        since: drawn then or later; None from the beginning.
        until: drawn before then; None up to now.
        passages: that could have been drawn, all that it mined in that time.
        states: what became of those that were drawn, by state.
        categories: precision and recall of each.
        sentiment: the share of passages whose sentiment is right; None for too few.
        felt: passages that this comes from.
    """

    model: str
    since: datetime | None
    until: datetime | None
    passages: int
    states: dict[str, int]
    categories: dict[str, Rates]
    sentiment: Figure | None
    felt: int


def quality(
    session: Session, model: str, *, since: datetime | None = None, until: datetime | None = None
) -> Quality:
    """Estimates precision, recall and the rest from the random share alone.

    What was drawn and not answered is taken for what was answered of its stratum: nobody chooses
    which passages those are, but for the ones that were skipped.

    Args:
        session: the transaction.
        model: name of the model that mined.
        since: drawn then or later.
        until: drawn before then.
    """
    draws = reviews.draws(session, model, since=since, until=until)
    judged = reviews.drawn(session, model, since=since, until=until)
    totals = (float(sum(one.found for one in draws)), float(sum(one.others for one in draws)))
    states: Counter[str] = Counter()
    for counted in reviews.counts(session, [one.id for one in draws]).values():
        states.update(counted)
    # A sentiment is not known of every passage, nor does everybody say one.
    feelings = [one for one in judged if one.feeling and one.judged.get("sentiment")]
    return Quality(
        model=model,
        since=since,
        until=until,
        passages=int(sum(totals)),
        states=dict(states),
        categories={
            name: rates(_strata(judged, totals, *_of_category(name))) for name in CATEGORIES
        },
        sentiment=share(
            _strata(feelings, totals, lambda _: True, lambda one: one.feeling == _felt(one))
        ),
        felt=len(feelings),
    )


Asks = Callable[[Drawn], bool]


def _of_category(name: str) -> tuple[Asks, Asks]:
    """Whether the model found a category in a passage, and whether people did."""
    return lambda one: name in one.said, lambda one: bool(one.judged["categories"][name])


def _felt(one: Drawn) -> str:
    return str(one.judged["sentiment"])


def _strata(
    judged: Sequence[Drawn], totals: tuple[float, float], said: Asks, truth: Asks
) -> list[Stratum]:
    """Judged passages as one label sees them: those with findings, and the others."""
    found = []
    for there, total in zip((True, False), totals, strict=True):
        rows = [one for one in judged if one.found == there]
        found.append(
            Stratum(
                total=total,
                chances=np.array([one.chance for one in rows], dtype=np.float64),
                said=np.array([said(one) for one in rows], dtype=bool),
                truth=np.array([truth(one) for one in rows], dtype=bool),
                may_say=there,
            )
        )
    return found

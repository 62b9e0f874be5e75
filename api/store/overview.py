"""What is stored, in numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.store import counters
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_counts import Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Counts over everything that is stored.

    Attributes:
        interactions: all of them.
        by_channel: channel to number; only those that occur.
        by_state: state to number; only those that occur.
        findings: (category, sentiment) to number of those that the model is sure of; only those
            that occur.
        newest: when the newest arrived, or None when there is none.
    """

    interactions: int
    by_channel: Mapping[str, int]
    by_state: Mapping[str, int]
    findings: Mapping[tuple[str, str], int]
    newest: datetime | None


def counts(session: Session) -> Overview:
    """Counts what is stored."""
    by_channel: dict[str, int] = {}
    by_state: dict[str, int] = {}
    for channel, state, number in _states(session):
        by_channel[channel] = by_channel.get(channel, 0) + number
        by_state[state] = by_state.get(state, 0) + number
    return Overview(
        interactions=sum(by_state.values()),
        by_channel=by_channel,
        by_state=by_state,
        findings=_findings(session),
        newest=session.scalar(
            select(InteractionRow.received_at).order_by(InteractionRow.id.desc()).limit(1)
        ),
    )


def _states(session: Session) -> Iterable[Any]:
    if counters.kept(session, Slice()):
        return counters.states(session)
    return session.execute(
        select(InteractionRow.channel, InteractionRow.state, func.count()).group_by(
            InteractionRow.channel, InteractionRow.state
        )
    )


def _findings(session: Session) -> dict[tuple[str, str], int]:
    if counters.kept(session, Slice()):
        return counters.findings(session)
    found = session.execute(
        select(FindingRow.category, FindingRow.sentiment, func.count())
        .where(FindingRow.unsure.is_(False))
        .group_by(FindingRow.category, FindingRow.sentiment)
    )
    return {(category, sentiment): number for category, sentiment, number in found}

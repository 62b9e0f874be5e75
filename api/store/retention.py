"""Retention: how long interactions are kept, by channel, and which are older than that."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.store.erasure_tables import RetentionRow
from nlp.types import CHANNELS

EVERYTHING = "all"
"""The key of the days that count for every channel that is not named."""

KEYS = (EVERYTHING, *CHANNELS)


def read(session: Session, *, lock: bool = False) -> RetentionRow:
    """The policy."""
    return session.get_one(RetentionRow, True, with_for_update=lock, populate_existing=lock)  # noqa: FBT003 - the row's key


def change(session: Session, row: RetentionRow, days: Mapping[str, int]) -> None:
    """Writes a new policy; the next run keeps to it."""
    session.execute(
        update(RetentionRow)
        .values(days=dict(days), revision=RetentionRow.revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def by_channel(days: Mapping[str, int]) -> dict[str, int]:
    """Days of each channel that has a limit."""
    everywhere = days.get(EVERYTHING)
    found = {name: days.get(name, everywhere) for name in CHANNELS}
    return {name: limit for name, limit in found.items() if limit is not None}


def due(session: Session, *, every: timedelta) -> bool:
    """Whether there is a policy that was not kept to for so long; the row is locked then."""
    row = session.scalar(
        select(RetentionRow)
        .where(
            func.coalesce(RetentionRow.ran_at < func.now() - every, True),
            func.jsonb_typeof(RetentionRow.days) == "object",
        )
        .with_for_update(skip_locked=True)
    )
    return row is not None and bool(by_channel(row.days))


def ran(session: Session) -> None:
    """Notes that the policy was kept to just now."""
    session.execute(update(RetentionRow).values(ran_at=func.now()))

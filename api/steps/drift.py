"""Drift: weeks are counted, the latest are judged, and what moved is told as one story.

Once a day, and when somebody asks. Weeks are counted in transactions of their own, from samples
that depend on the week alone: counted again, a week that is as it was gives the same sums.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from api.store import drift as store
from api.store import drift_windows
from api.store.database import Database
from api.store.drift_tables import DriftReportRow, DriftWindowRow
from nlp.errors import ModelError
from nlp.learn import drift, reference, sketches
from nlp.learn.drift import RECENT, YEARS
from nlp.learn.drift_report import Report
from nlp.learn.reference import Reference
from nlp.learn.sketches import Floats, Kernel

log = logging.getLogger(__name__)

SHOWN = 5
"""Passages of a channel that show where it moves to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How drift is watched.

    Attributes:
        every: time between two reports.
        sample: interactions of a week and channel that are read at the most.
        folder: gives the folder of the model that serves; None where nobody knows.
    """

    every: timedelta
    sample: int
    folder: Callable[[], Path | None]


def watch(database: Database, how: Watch, *, today: date) -> bool:
    """Makes a report if one is due, and no other worker does.

    Args:
        database: where everything is.
        how: to watch.
        today: the day in UTC.

    Returns:
        Whether it made one.
    """
    with database.session() as session:
        if not store.is_due(session, every=how.every):
            return False
    with database.alone(store.LOCK) as taken:
        if not taken:
            return False
        make(database, how, today=today)
    return True


def make(database: Database, how: Watch, *, today: date) -> DriftReportRow:
    """Counts the weeks that changed, judges the latest whole ones, and tells what moved.

    Args:
        database: where everything is.
        how: to watch.
        today: the day in UTC.
    """
    until = today - timedelta(days=today.weekday())
    known = _reference(how.folder())
    digest = "" if known is None else known.digest
    _count(database, known, until=until, sample=how.sample)
    with database.session() as session:
        windows, rows = drift_windows.windows(session, reference=digest)
        model = rows[-1].model if rows else None
        _close_of_other(session, model, today)
        alert = store.open_alert(session)
        frozen = None
        if alert is not None and any(name.startswith("history ") for name in alert.figures):
            frozen = alert.opened
        found = drift.report(
            windows,
            until=until,
            reference=_own(known, rows, until),
            steady_until=frozen,
            steps=steps(rows, store.settled(session)),
        )
        kernel = Kernel.usual() if known is None else known.kernel
        passages = []
        if model is not None:
            passages = _passages(session, found, kernel, model=model, sample=how.sample)
        row = store.ask(session)
        store.finish(
            session,
            row,
            {
                "model": model,
                "since": found.since,
                "until": found.until,
                "moved": bool(found.moved),
                "body": found.as_json(),
                "passages": passages,
            },
        )
        _tell(session, found, row)
    return row


def _reference(folder: Path | None) -> Reference | None:
    if folder is None:
        return None
    try:
        return reference.read(folder)
    except ModelError as error:
        log.warning("drift is not held against the training data: %s", error)
        return None


def _count(database: Database, known: Reference | None, *, until: date, sample: int) -> None:
    """Counts the weeks that were not counted yet, or not as they are now."""
    since = until - timedelta(weeks=YEARS)
    digest = "" if known is None else known.digest
    kernel = Kernel.usual() if known is None else known.kernel
    words = None if known is None else known.words.keys()
    with database.session() as session:
        found = drift_windows.stored(session, since, until)
        drift_windows.forget(session, found, since)
        due = drift_windows.due(session, found, reference=digest)
        categories = drift_windows.categories(session)
    for one in due:
        with database.session() as session:
            arrived = drift_windows.read(session, one, most=sample)
            if arrived:  # erased since
                counted = sketches.sketch(arrived, kernel, words, categories=categories)
                kept = counted.without_rare_words()
                drift_windows.put(session, one, kept, reference=digest)


def _own(known: Reference | None, rows: Sequence[DriftWindowRow], until: date) -> Reference | None:
    """The training data that the weeks which are judged may be held against.

    None where another model mined one of them: its figures are not these data's to explain.
    """
    since = until - timedelta(weeks=RECENT)
    if known is None or any(row.model != known.model for row in rows if row.week >= since):
        return None
    return known


def steps(rows: Sequence[DriftWindowRow], settled: Sequence[date]) -> list[date]:
    """Mondays from which on all is different for a reason that is known.

    Args:
        rows: weeks, in order; each belongs to one model, whose figures are its own.
        settled: from which on people took what moved for the new state of things.
    """
    changed = {after.week for before, after in pairwise(rows) if before.model != after.model}
    return sorted({*settled, *changed})


def _passages(
    session: Session, found: Report, kernel: Kernel, *, model: str, sample: int
) -> list[dict[str, Any]]:
    """The passages of the last week that lie farthest the way a channel moved."""
    week = found.until - timedelta(weeks=1)
    shown: list[dict[str, Any]] = []
    for channel, direction in found.directions.items():
        ids = drift_windows.sample(session, week, channel, model=model, most=sample)
        there = drift_windows.places(session, ids)
        seen: set[UUID] = set()
        for place in _farthest(kernel.features(there.vectors), direction):
            interaction = there.interactions[place]
            if interaction not in seen and len(seen) < SHOWN:
                seen.add(interaction)
                shown.append(
                    {
                        "channel": channel,
                        "interaction": str(interaction),
                        "passage": there.passages[place],
                    }
                )
    return shown


def _farthest(features: Floats, direction: Floats) -> list[int]:
    """Places of the greatest values of the witness function (Gretton et al. 2012, section 2.3)."""
    order: list[int] = np.argsort(-(features @ direction), kind="stable").tolist()
    return order


def _close_of_other(session: Session, model: str | None, today: date) -> None:
    """An alert of a model that serves no more is over: what comes is judged anew."""
    row = store.open_alert(session)
    if row is not None and model is not None and row.model != model:
        store.close(session, row, day=today, reason="model")


def _tell(session: Session, found: Report, report: DriftReportRow) -> None:
    """Opens, extends or closes the alert, and emits what is news in it."""
    taken = set() if report.model is None else store.accepted(session, report.model)
    names = [f"{one.against} {one.channel} {one.figure}" for one in found.moved]
    moved = [name for name in names if name not in taken]
    row = store.open_alert(session)
    if row is None:
        if moved and report.model is not None:
            values = {
                "opened": found.since,
                "last": found.since,
                "model": report.model,
                "figures": sorted(moved),
                "report_id": report.id,
            }
            row = store.raise_alert(session, values)
            store.emit(session, "drift.moved", row.id, {"moved": len(moved)})
        return
    told = any(one.verdict != "untold" for one in found.figures)
    if moved:
        news = set(moved) - set(row.figures)
        changed: dict[str, Any] = {
            "last": max(row.last, found.since),
            "figures": sorted({*row.figures, *moved}),
            "report_id": report.id,
        }
        if news:
            changed["acknowledged_at"] = None
        store.change(session, row, changed)
        if news:
            store.emit(session, "drift.moved", row.id, {"moved": len(news)})
    elif told:
        store.close(session, row, day=found.until, reason="steady")

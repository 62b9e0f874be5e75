"""Themes on the pages: the largest ones on the start page, and one with its findings on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from api.context import Session
from api.store import theme_counts, theme_findings, theme_reads, themes
from api.store.findings import FindingKey
from api.store.tables import FindingRow
from api.store.theme_counts import Slice
from api.store.theme_findings import MemberFilter
from api.store.theme_reads import Tally
from api.store.theme_tables import ALL, ThemeRow
from api.store.themes import ThemeFilter
from nlp.learn.judging import Figure
from nlp.themes.intervals import mean_sentiment
from nlp.themes.trends import Bucket, Window, bucket_start, trend

SHOWN = 6
"""Themes on the start page: two rows of three."""

LISTED = 20
"""Findings on one page of a theme."""

WEEKS = 26
_WIDTH, _HEIGHT, _GAP = 100.0, 24.0, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One week of a drawing.

    Attributes:
        start: Monday of the week.
        count: interactions.
        x: from the left.
        y: from the top.
        width: of the bar.
        height: of the bar.
    """

    start: date
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The course of a theme as a small drawing.

    Attributes:
        bars: one a week, the last one this week's.
        summary: the same in a sentence, for whoever does not see it.
    """

    bars: tuple[Bar, ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeLine:
    """One theme on a page.

    Attributes:
        row: the theme.
        tally: how large it is.
        mood: mean sentiment of its findings.
        course: of the last half year.
        quotes: what shows it, the most central first.
    """

    row: ThemeRow
    tally: Tally
    mood: Figure | None
    course: Course
    quotes: tuple[FindingRow, ...]


def draw(weeks: Sequence[Bucket]) -> Course:
    """Weeks as bars: the highest fills the drawing, and a week with nothing has none."""
    highest = max((week.interactions for week in weeks), default=0)
    step = _WIDTH / max(len(weeks), 1)
    bars = []
    for number, week in enumerate(weeks):
        height = _HEIGHT * week.interactions / max(highest, 1)
        bars.append(
            Bar(
                start=week.start,
                count=week.interactions,
                x=round(number * step, 2),
                y=round(_HEIGHT - height, 2),
                width=round(step - _GAP, 2),
                height=round(height, 2),
            )
        )
    if not highest:
        return Course(bars=tuple(bars), summary=f"No interaction in the last {len(weeks)} weeks.")
    peak = max(weeks, key=lambda week: week.interactions)
    return Course(
        bars=tuple(bars),
        summary=f"Interactions a week over the last {len(weeks)} weeks: the most were "
        f"{highest:,} in the week of {peak.start.day} {peak.start:%B}.",
    )


def largest(session: Session) -> list[ThemeLine]:
    """The largest themes of all findings together; none before they were gathered."""
    wanted = ThemeFilter(scope=ALL, hidden=False)
    keys = theme_reads.ranked(session, wanted, Slice(), "size", page=(None, SHOWN))
    rows = theme_reads.rows(session, [key.id for key in keys])
    return _lines(session, rows)


def one(session: Session, row: ThemeRow) -> ThemeLine:
    """One theme."""
    (found,) = _lines(session, [row])
    return found


def findings_of(
    session: Session, id: UUID, *, after: FindingKey | None
) -> tuple[Sequence[Any], bool]:
    """One page of a theme's findings, the newest interaction's first, and whether more follow."""
    wanted = MemberFilter(slice=Slice())
    listed = theme_findings.members_page(session, id, wanted, after=after, limit=LISTED + 1)
    return listed[:LISTED], len(listed) > LISTED


def _lines(session: Session, rows: Sequence[ThemeRow]) -> list[ThemeLine]:
    if not rows:
        return []
    ids = [row.id for row in rows]
    today = datetime.now(UTC).date()
    since = bucket_start(today, "week") - timedelta(weeks=WEEKS - 1)
    slice = Slice(window=Window(since=since, until=today + timedelta(days=1)))
    totals = theme_counts.totals(session, slice)
    tallies = theme_reads.tallies(session, ids, Slice())
    quotes = themes.quotes(session, ids)
    found = []
    for row in rows:
        weeks = trend(
            Window(since=since, until=today + timedelta(days=1)),
            "week",
            theme_counts.days(session, row.id, slice),
            totals,
        )
        chosen = quotes[row.id]
        found.append(
            ThemeLine(
                row=row,
                tally=tallies[row.id],
                mood=mean_sentiment(*tallies[row.id].feelings),
                course=draw(weeks),
                quotes=(*chosen["central"], *chosen["diverse"]),
            )
        )
    return found

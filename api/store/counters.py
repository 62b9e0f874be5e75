"""Counts that are kept (`api.store.count_tables`), as they are read, settled and made anew.

They count everything. Whoever may not see everything, or asks for a slice that they do not tell
apart, has to count rows: `kept` says so.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select, text
from sqlalchemy.orm import Session

from api.store import prepared, view
from api.store.count_tables import (
    FindingTotalRow,
    InteractionDayRow,
    ThemeDayRow,
    ThemeStandRow,
    ThemeTotalRow,
)
from api.store.prepared import Prepared, among
from api.store.theme_tables import SubthemeRow, ThemeRow
from nlp.themes.trends import Window

if TYPE_CHECKING:
    from api.store.theme_counts import Slice

_STILL = "conduit.still"
_SETTLE_LOCK = 0x736574746C

Tallied = type[ThemeDayRow] | type[ThemeTotalRow]


def kept(session: Session, slice: "Slice", *, channel: bool = False) -> bool:
    """Whether the counts of a slice are kept, for whoever sees what this session sees.

    Args:
        session: the transaction.
        slice: which interactions count.
        channel: whether what is asked for is kept by channel too.
    """
    if view.of(session).department is not None or slice.metadata:
        return False
    return channel or slice.channel is None


def source(window: Window | None) -> tuple[Tallied, list[ColumnElement[bool]]]:
    """The ledger that tells what themes have in a window, and its rows of that window."""
    if window is None:
        return ThemeTotalRow, []
    return ThemeDayRow, [ThemeDayRow.day >= window.since, ThemeDayRow.day < window.until]


def tallied(ledger: Tallied) -> tuple[ColumnElement[int], ...]:
    """Sums over the rows of a ledger: findings, interactions, negative, neutral and positive."""
    names = ("findings", "interactions", "negative", "neutral", "positive")
    return tuple(func.coalesce(func.sum(getattr(ledger, name)), 0) for name in names)


def moment(theme: Any, window: Window | None, *, last: bool) -> ScalarSelect[datetime]:
    """When a theme was first heard, or last."""
    order = ThemeStandRow.happened.desc() if last else ThemeStandRow.happened
    query = select(ThemeStandRow.happened).where(ThemeStandRow.owner_id == theme)
    if window is not None:
        query = query.where(
            ThemeStandRow.happened >= midnight(window.since),
            ThemeStandRow.happened < midnight(window.until),
        )
    return query.order_by(order).limit(1).correlate(ThemeRow).scalar_subquery()


def midnight(day: date) -> datetime:
    """When a day of UTC begins."""
    return datetime.combine(day, time(), tzinfo=UTC)


def tallies(
    session: Session, ids: Sequence[UUID], window: Window | None
) -> Iterator[tuple[UUID, tuple[int, ...], datetime, datetime]]:
    """What themes have in a window: each that has anything, with its sums, first and last."""
    asked = {"ids": list(ids)}
    if window is None:
        rows = _TALLIES.rows(session, asked)
    else:
        rows = session.execute(_tallies(window), asked).all()
    for id, since, until, *numbers in rows:
        yield id, tuple(numbers), since, until


def _tallies(window: Window | None = None) -> Select[*tuple[Any, ...]]:
    ledger, conditions = source(window)
    sums = tallied(ledger)
    first, last = (moment(ThemeRow.id, window, last=way) for way in (False, True))
    return (
        select(ThemeRow.id, first.label("since"), last.label("until"), *sums)
        .join(ledger, ledger.owner_id == ThemeRow.id)
        .where(among(ThemeRow.id), *conditions)
        .group_by(ThemeRow.id)
        .having(sums[0] > 0)
    )


_TALLIES = Prepared(_tallies)


def days(session: Session, theme: UUID, window: Window | None) -> list[tuple[Any, ...]]:
    """Sums of a theme by day, in the order of the days on which it has anything."""
    conditions = source(window or Window(since=date.min, until=date.max))[1]
    sums = tallied(ThemeDayRow)
    rows = session.execute(
        select(ThemeDayRow.day, *sums)
        .where(ThemeDayRow.owner_id == theme, *conditions)
        .group_by(ThemeDayRow.day)
        .having(sums[0] > 0)
        .order_by(ThemeDayRow.day)
    )
    return [tuple(row) for row in rows]


def daily(session: Session, scope: str, window: Window) -> list[tuple[UUID, date, int]]:
    """Interactions of every active theme of a scope on each day on which it has any."""
    number = func.sum(ThemeDayRow.interactions)
    rows = session.execute(
        select(ThemeDayRow.owner_id, ThemeDayRow.day, number)
        .join(ThemeRow, ThemeRow.id == ThemeDayRow.owner_id)
        .where(ThemeRow.scope == scope, ThemeRow.state == "active", *source(window)[1])
        .group_by(ThemeDayRow.owner_id, ThemeDayRow.day)
        .having(number > 0)
    )
    return [(owner, day, count) for owner, day, count in rows]


def heard(
    session: Session, slice: "Slice", *, by_day: bool = False
) -> list[tuple[int, int, date | None]]:
    """Interactions of a slice that came in, and those of them that are mined; by day, or all."""
    number = func.coalesce(func.sum(InteractionDayRow.number), 0)
    mined = func.coalesce(
        func.sum(InteractionDayRow.number).filter(InteractionDayRow.state == "mined"), 0
    )
    query: Select[*tuple[Any, ...]] = select(number, mined)
    if by_day:
        query = select(number, mined, InteractionDayRow.day).group_by(InteractionDayRow.day)
        query = query.having(number > 0)
    if slice.window is not None:
        query = query.where(
            InteractionDayRow.day >= slice.window.since, InteractionDayRow.day < slice.window.until
        )
    if slice.channel is not None:
        query = query.where(InteractionDayRow.channel == slice.channel)
    return [(row[0], row[1], row[2] if by_day else None) for row in session.execute(query)]


def parts(session: Session, ids: Sequence[UUID]) -> Sequence[Any]:
    """The parts of themes, the largest first; those without any finding are left out.

    Returns:
        Rows of `id`, `theme_id`, `name`, `findings` and `interactions`.
    """
    return _parts.rows(session, {"ids": list(ids)})


@Prepared
def _parts() -> Select[*tuple[Any, ...]]:
    findings, interactions, *_ = tallied(ThemeTotalRow)
    part = SubthemeRow
    return (
        select(
            part.id,
            part.theme_id,
            part.name,
            findings.label("findings"),
            interactions.label("interactions"),
        )
        .join(ThemeTotalRow, ThemeTotalRow.owner_id == part.id)
        .where(among(part.theme_id))
        .group_by(part.id)
        .having(findings > 0)
        .order_by(interactions.desc(), part.id)
    )


def union(session: Session, ids: Sequence[UUID]) -> int:
    """In how many interactions any of some themes stands."""
    column = func.count(ThemeStandRow.interaction_id.distinct())
    return session.scalar(select(column).where(ThemeStandRow.owner_id.in_(ids))) or 0


def stands(window: Window | None) -> Select[UUID, UUID]:
    """Themes with the interactions in which they stand, each pair once."""
    query = select(ThemeStandRow.owner_id.label("theme_id"), ThemeStandRow.interaction_id)
    query = query.join(ThemeRow, ThemeRow.id == ThemeStandRow.owner_id)
    if window is not None:
        query = query.where(
            ThemeStandRow.happened >= midnight(window.since),
            ThemeStandRow.happened < midnight(window.until),
        )
    return query


def findings(session: Session) -> dict[tuple[str, str], int]:
    """Findings that the model is sure of, by category and sentiment; only those that occur."""
    number = func.sum(FindingTotalRow.number)
    rows = session.execute(
        select(FindingTotalRow.category, FindingTotalRow.sentiment, number)
        .where(FindingTotalRow.unsure.is_(False))
        .group_by(FindingTotalRow.category, FindingTotalRow.sentiment)
        .having(number > 0)
    )
    return {(category, sentiment): count for category, sentiment, count in rows}


def found(session: Session, scope: str | None) -> int:
    """All findings of a category, or of all of them."""
    query = select(func.coalesce(func.sum(FindingTotalRow.number), 0))
    if scope is not None:
        query = query.where(FindingTotalRow.category == scope)
    return session.scalar(query) or 0


def states(session: Session) -> list[tuple[str, str, int]]:
    """Interactions by channel and state; only those that occur."""
    number = func.sum(InteractionDayRow.number)
    rows = session.execute(
        select(InteractionDayRow.channel, InteractionDayRow.state, number)
        .group_by(InteractionDayRow.channel, InteractionDayRow.state)
        .having(number > 0)
    )
    return [(channel, state, count) for channel, state, count in rows]


class Pulse(NamedTuple):
    """Numbers that change with what is told of the themes of a scope.

    Attributes:
        version: with the themes of the scope.
        revisions: with any of them, also with what no clustering has to know.
        themes: with what any theme has on any day.
        interactions: with how many interactions there are, in which states.
    """

    version: int
    revisions: int
    themes: int
    interactions: int


def still(session: Session) -> None:
    """Says that a transaction sees one state all along, and changes nothing."""
    session.info[_STILL] = {}


def pulse(session: Session, scope: str) -> Pulse | None:
    """The pulse of a scope, as this transaction sees it; None where it may not stay as it is."""
    known: dict[str, Pulse] | None = session.info.get(_STILL)
    if known is None:
        return None
    if scope not in known:
        known[scope] = _pulse(session, scope)
    return known[scope]


def _pulse(session: Session, scope: str) -> Pulse:
    found = prepared.run(session, f"SELECT {pulse_of('%(scope)s')}", {"scope": scope}).fetchone()
    return felt(found)


def pulse_of(scope: str) -> str:
    """Columns of a statement that `felt` reads a pulse from.

    Args:
        scope: the expression that names it, of ours.
    """
    return f"""
        coalesce((SELECT version FROM theme_scopes WHERE scope = {scope}), 0) AS pulse_version,
        (SELECT coalesce(sum(revision), 0) FROM themes WHERE scope = {scope}) AS pulse_revisions,
        (SELECT coalesce(max(id), 0) FROM theme_days) AS pulse_themes,
        (SELECT coalesce(max(id), 0) FROM interaction_days) AS pulse_interactions
    """  # noqa: S608 - no value of anybody's


def felt(row: Any) -> Pulse:
    """The pulse that a row tells, which has the columns of `pulse_of`."""
    return Pulse(*(getattr(row, f"pulse_{name}") for name in Pulse._fields))


def tell(session: Session, scope: str, pulse: Pulse) -> None:
    """Says what the pulse of a scope is, to whoever asks for it in this transaction."""
    known: dict[str, Pulse] | None = session.info.get(_STILL)
    if known is not None:
        known[scope] = pulse


def settle(session: Session) -> None:
    """Makes one row of all that are about the same. Does nothing while another does."""
    taken = session.scalar(select(func.pg_try_advisory_xact_lock(_SETTLE_LOCK)))
    if taken:
        session.execute(text("SELECT conduit_settle_counts()"))


def count_anew(session: Session, findings: Sequence[UUID]) -> None:
    """Counts the themes of findings of which the sentiment was changed in its place.

    Triggers see what comes into a theme and what leaves it; what it feels there they do not.
    """
    if findings:
        session.execute(_COUNT_ANEW, {"ids": list(findings)})


_COUNT_ANEW = text(
    """
    SELECT conduit_count_stands(array_agg(owner), array_agg(interaction_id), array_agg(is_part))
    FROM (
        SELECT theme_id AS owner, interaction_id, false AS is_part FROM theme_members
        WHERE finding_id = ANY(CAST(:ids AS uuid[]))
        UNION
        SELECT subtheme_id, interaction_id, true FROM theme_members
        WHERE finding_id = ANY(CAST(:ids AS uuid[])) AND subtheme_id IS NOT NULL
    ) touched HAVING count(*) > 0
    """
)


def recount(session: Session) -> None:
    """Counts everything anew; whoever writes waits meanwhile.

    Triggers keep the counts right but for one case: two backfills that write findings of the same
    interaction into the same theme at the same moment may count that interaction twice.
    """
    # What a worker is about to put together would stand beside what is counted here.
    session.execute(select(func.pg_advisory_xact_lock(_SETTLE_LOCK)))
    session.execute(text("SELECT conduit_recount()"))

"""Counts that are kept equal what rows say, after every kind of change."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from api import cli
from api.steps import theme_edits, theme_undo
from api.store import counters, interactions, theme_counts, theme_reads
from api.store import theme_edits as theme_edits_stored
from api.store.database import Database
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_counts import Slice
from api.store.theme_kept import LAST
from api.store.theme_tables import ALL, ThemeMemberRow, ThemeRow
from api.store.themes import ThemeFilter
from nlp.themes.trends import Window
from tests.api.themes import SCOPE, START, TOPICS, gather, members, say, texts, themes

DAY = START.date()
WINDOWS = (
    None,
    Window(since=DAY, until=DAY + timedelta(days=1)),
    Window(since=DAY + timedelta(days=1), until=DAY + timedelta(days=40)),
)
EVERY = {"of": "this test"}
"""Metadata of every interaction: a slice of it is counted from rows."""


def numbers(session: Session, **narrowing: Any) -> dict[str, object]:
    """What themes and interactions come to in each slice."""
    ids = sorted(session.scalars(select(ThemeRow.id)))
    found: dict[str, object] = {}
    for number, window in enumerate(WINDOWS):
        slice = Slice(window=window, **narrowing)
        assert counters.kept(session, slice) == (not narrowing)
        found[f"tallies {number}"] = theme_reads.tallies(session, ids, slice)
        found[f"heard {number}"] = theme_reads.heard(session, slice)
        found[f"by day {number}"] = theme_reads.heard_by_day(session, slice)
        found[f"days {number}"] = [theme_counts.days(session, id, slice) for id in ids]
        found[f"totals {number}"] = theme_counts.totals(session, slice)
        shared = theme_counts.shared(session, SCOPE, slice)
        found[f"shared {number}"] = (
            *(shared.themes, shared.sizes.tolist(), shared.total),
            *(shared.pairs.tolist(), shared.counts.tolist()),
        )
        for sort in ("size", "recency", "sentiment"):
            listed = theme_reads.ranked(session, ThemeFilter(state=None), slice, sort)
            found[f"{sort} {number}"] = [key for key in listed if key.value != LAST]
    return found


def sums(session: Session) -> dict[str, object]:
    """What is counted without a slice."""
    ids = sorted(session.scalars(select(ThemeRow.id)))
    return {
        "parts": {
            id: [(row.id, *sizes) for row, *sizes in parts]
            for id, parts in theme_reads.subtheme_sizes(session, ids).items()
        },
        "states": sorted(counters.states(session)),
        "findings": counters.findings(session),
        "found": [counters.found(session, scope) for scope in (SCOPE, None)],
    }


def counted(session: Session) -> dict[str, object]:
    """The same from rows."""
    parts: dict[UUID, list[tuple[UUID, int, int]]] = {id: [] for id in session.scalars(_THEMES)}
    for theme, part, findings, heard in session.execute(_PARTS):
        parts[theme].append((part, findings, heard))
    of_scope = select(func.count()).where(FindingRow.category == SCOPE)
    return {
        "parts": parts,
        "states": sorted(tuple(row) for row in session.execute(_STATES)),
        "findings": {(one, other): number for one, other, number in session.execute(_FINDINGS)},
        "found": [session.scalar(of_scope), session.scalar(select(func.count(FindingRow.id)))],
    }


_THEMES = select(ThemeRow.id).order_by(ThemeRow.id)
_PARTS = text(
    """
    SELECT part.theme_id, part.id, count(*), count(DISTINCT member.interaction_id) AS heard
    FROM subthemes part JOIN theme_members member ON member.subtheme_id = part.id
    GROUP BY part.id ORDER BY heard DESC, part.id
    """
)
_STATES = text("SELECT channel, state, count(*) FROM interactions GROUP BY 1, 2")
_FINDINGS = text(
    "SELECT category, sentiment, count(*) FROM findings WHERE NOT unsure GROUP BY 1, 2"
)


@pytest.fixture
def filled(new_database: Callable[[], Database]) -> Database:
    """Kettles over some days, everything else on one; all of it heard to find something."""
    database = new_database()
    for number, one in enumerate(texts("kettle", 6)):
        say(database, [one], started_at=START + timedelta(days=number // 2), metadata=EVERY)
    for topic in list(TOPICS)[1:]:
        say(database, texts(topic, 4), started_at=START, metadata=EVERY)
    gather(database, SCOPE, ALL)
    return database


def check(database: Database) -> None:
    """Compares, while what is new stands apart and after it was settled."""
    with database.session() as session:
        expected = numbers(session, metadata=EVERY) | counted(session)
    for settled in (False, True):
        with database.session() as session:
            if settled:
                counters.settle(session)
            found = numbers(session) | sums(session)
        differ = [name for name in found if found[name] != expected[name]]
        assert not differ, [(name, found[name], expected[name]) for name in differ[:2]]


def test_gathered(filled: Database) -> None:
    check(filled)


def test_more_comes_in_and_is_gathered_anew(filled: Database) -> None:
    say(filled, texts("kettle", 9)[6:], started_at=START + timedelta(days=30), metadata=EVERY)
    check(filled)
    gather(filled, SCOPE, ALL)
    check(filled)


def test_edits_and_their_undoing(filled: Database) -> None:
    kettle, other = (themes(filled)[topic].id for topic in ("kettle", "screen"))
    with filled.session() as session:
        rows = [theme_edits.held(session, id) for id in (other, kettle)]
        assert rows[0] is not None
        assert rows[1] is not None
        merged = theme_edits.merge(session, rows[0], rows[1]).id
    check(filled)
    with filled.session() as session:
        undone = theme_edits_stored.get(session, merged)
        assert undone is not None
        assert theme_undo.undo(session, undone) is None
    check(filled)
    with filled.session() as session:
        some = list(members(filled, kettle))[:2]
        theme_edits.move(session, SCOPE, some, theme_edits.held(session, other))
    check(filled)


def test_erasure(filled: Database) -> None:
    with filled.session() as session:
        gone = session.scalars(select(InteractionRow.id).limit(2)).all()
        for id in gone:
            assert interactions.erase(session, id)
    check(filled)


def test_findings_go_and_themes_go(filled: Database) -> None:
    with filled.session() as session:
        some = select(FindingRow.id).order_by(FindingRow.id).limit(3)
        session.execute(delete(FindingRow).where(FindingRow.id.in_(some)))
        kettle: UUID = themes(filled)["kettle"].id
        session.execute(delete(ThemeMemberRow).where(ThemeMemberRow.theme_id == kettle))
    check(filled)


def test_what_was_changed_behind_the_triggers_is_counted_anew(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled.session() as session:
        session.execute(text("DELETE FROM theme_totals"))
        session.execute(text("UPDATE theme_stands SET negative = 0, neutral = findings"))
        session.execute(text("UPDATE interaction_days SET number = number + 1"))
    with pytest.raises(AssertionError):
        check(filled)
    monkeypatch.setenv("DATABASE_URL", filled.conninfo)
    ended = CliRunner().invoke(cli.app, ["recount"])
    assert ended.exit_code == 0, ended.output
    check(filled)


def test_settling_leaves_a_row_of_each(filled: Database) -> None:
    with filled.session() as session:
        counters.settle(session)
        for table in ("theme_days", "theme_totals", "interaction_days", "finding_totals"):
            fresh = text(f"SELECT count(*) FROM {table} WHERE fresh")  # noqa: S608
            assert session.scalar(fresh) == 0
        owners = text("SELECT count(*), count(DISTINCT owner_id) FROM theme_totals")
        rows, distinct = session.execute(owners).one()
    assert rows == distinct > 0

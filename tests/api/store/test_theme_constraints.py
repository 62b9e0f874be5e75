"""What the tables of themes refuse, whoever writes it: every constraint with a forbidden move."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store import themes
from api.store.database import Database
from api.store.ids import new_id
from api.store.tables import WIDTH, Base, FindingRow
from api.store.theme_history import (
    ThemeAlertRow,
    ThemeEditPassageRow,
    ThemeEditRow,
    ThemeLineageRow,
    ThemeRunRow,
)
from api.store.theme_tables import (
    SubthemeRow,
    ThemeAreaRow,
    ThemeMemberRow,
    ThemePrototypeRow,
    ThemeQuoteRow,
    ThemeRow,
    ThemeScopeRow,
)
from tests.api.themes import SCOPE, say, texts

Change = dict[str, Any]
VECTOR = [0.0] * WIDTH
THEME: Change = {
    "scope": SCOPE,
    "name": "Leaks",
    "machine_name": "Leaks",
    "centroid": VECTOR,
    "middle": VECTOR,
    "floor": 0.5,
}


@pytest.fixture(scope="module")
def filled(database: Database) -> Database:
    """With an interaction that is mined."""
    say(database, texts("kettle", 1))
    return database


@pytest.fixture
def session(filled: Database) -> Iterator[Session]:
    """A transaction in which one move is tried, with two themes in it."""
    with Session(filled._engine) as session:
        themes.make_scopes(session, [SCOPE, "all"])
        yield session
        session.rollback()


@pytest.fixture
def theme(session: Session) -> UUID:
    """A theme."""
    id = new_id()
    session.execute(insert(ThemeRow).values(id=id, **THEME))
    return id


@pytest.fixture
def finding(session: Session) -> FindingRow:
    """A finding, of category and of all."""
    return session.scalars(select(FindingRow)).one()


def _refused(session: Session, statement: Any, *, by: str) -> None:
    with pytest.raises(IntegrityError, match=by):
        session.execute(statement)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"scope": "Not a name"}, "ck_theme_scopes_scope"),
        ({"resolution": 0}, "ck_theme_scopes_resolution"),
        ({"documents": -1}, "ck_theme_scopes_documents"),
        ({"scope": SCOPE}, "pk_theme_scopes"),
    ],
)
def test_a_scope(session: Session, change: Change, by: str) -> None:
    _refused(session, insert(ThemeScopeRow).values(**{"scope": "other", **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"name": "", "named_by": "person"}, "ck_themes_name"),
        ({"name": "a" * 201, "named_by": "person"}, "ck_themes_name"),
        ({"name": "Drips"}, "ck_themes_named"),
        ({"machine_name": "", "named_by": "person"}, "ck_themes_machine_name"),
        ({"named_by": "nobody"}, "ck_themes_named_by"),
        ({"made_by": "nobody"}, "ck_themes_made_by"),
        ({"description": "a" * 2001}, "ck_themes_description"),
        ({"state": "asleep", "ended_at": func.now()}, "ck_themes_state"),
        ({"state": "faded"}, "ck_themes_ended"),
        ({"ended_at": func.now()}, "ck_themes_ended"),
        ({"state": "merged", "ended_at": func.now()}, "ck_themes_merged"),
        ({"merged_into": UUID(int=7)}, "ck_themes_merged"),
        (
            {"state": "merged", "ended_at": func.now(), "merged_into": UUID(int=7)},
            "fk_themes_merged_into",
        ),
        ({"revision": 0}, "ck_themes_revision"),
        ({"floor": 2}, "ck_themes_floor"),
        ({"scope": "elsewhere"}, "fk_themes_scope"),
        ({"area_id": UUID(int=7)}, "fk_themes_area_id"),
    ],
)
def test_a_theme(session: Session, change: Change, by: str) -> None:
    _refused(session, insert(ThemeRow).values(id=new_id(), **{**THEME, **change}), by=by)


def test_a_theme_is_not_merged_into_itself_or_another_scope(session: Session, theme: UUID) -> None:
    ended = {"state": "merged", "ended_at": func.now()}
    itself = update(ThemeRow).where(ThemeRow.id == theme).values(merged_into=theme, **ended)
    with session.begin_nested() as nested:
        _refused(session, itself, by="ck_themes_merged_into_itself")
        nested.rollback()
    other = insert(ThemeRow).values(
        id=new_id(), **{**THEME, **ended, "scope": "all", "merged_into": theme}
    )
    _refused(session, other, by="fk_themes_merged_into")


def test_a_theme_of_an_id_that_is_taken(session: Session, theme: UUID) -> None:
    _refused(session, insert(ThemeRow).values(id=theme, **THEME), by="pk_themes")


@pytest.mark.parametrize(
    ("row", "change", "by"),
    [
        (ThemeAreaRow, {"scope": SCOPE, "name": ""}, "ck_theme_areas_name"),
        (ThemeAreaRow, {"scope": "elsewhere", "name": "x"}, "fk_theme_areas_scope"),
        (SubthemeRow, {"theme_id": UUID(int=7), "name": "x"}, "fk_subthemes_theme_id"),
        (SubthemeRow, {"theme_id": UUID(int=7), "name": ""}, "ck_subthemes_name"),
    ],
)
def test_parts(session: Session, row: type[Base], change: Change, by: str) -> None:
    _refused(session, insert(row).values(id=new_id(), **change), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"index": -1}, "ck_theme_prototypes_index"),
        ({"theme_id": UUID(int=7)}, "fk_theme_prototypes_theme_id"),
    ],
)
def test_a_prototype(session: Session, theme: UUID, change: Change, by: str) -> None:
    row = {"theme_id": theme, "index": 0, "vector": VECTOR}
    _refused(session, insert(ThemePrototypeRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"place": 3}, "ck_theme_members_place"),
        ({"likeness": 1.5}, "ck_theme_members_likeness"),
        ({"placed_by": "nobody"}, "ck_theme_members_placed_by"),
        ({"scope": "all"}, "fk_theme_members_theme"),
        ({"finding_id": UUID(int=7)}, "fk_theme_members_finding_id"),
        ({"subtheme_id": UUID(int=7)}, "fk_theme_members_subtheme_id"),
    ],
)
def test_a_member(
    session: Session, theme: UUID, finding: FindingRow, change: Change, by: str
) -> None:
    row = _member(theme, finding)
    _refused(session, insert(ThemeMemberRow).values(**{**row, **change}), by=by)


def _member(theme: UUID, finding: FindingRow) -> Change:
    return {
        "finding_id": finding.id,
        "theme_id": theme,
        "scope": SCOPE,
        "interaction_id": finding.interaction_id,
        "likeness": 0.5,
        "placed_by": "online",
    }


def test_a_finding_stands_first_in_one_theme(
    session: Session, theme: UUID, finding: FindingRow
) -> None:
    session.execute(insert(ThemeMemberRow).values(**_member(theme, finding)))
    other = new_id()
    session.execute(insert(ThemeRow).values(id=other, **THEME))
    twice = insert(ThemeMemberRow).values(**_member(other, finding))
    with session.begin_nested() as nested:
        _refused(session, twice, by="uq_theme_members_finding_id")
        nested.rollback()
    same = insert(ThemeMemberRow).values(**_member(theme, finding), place=2)
    _refused(session, same, by="pk_theme_members")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"kind": "funny"}, "ck_theme_quotes_kind"),
        ({"place": -1}, "ck_theme_quotes_place"),
        ({"finding_id": UUID(int=7)}, "fk_theme_quotes_finding_id"),
        ({"theme_id": UUID(int=7)}, "fk_theme_quotes_theme_id"),
    ],
)
def test_a_quote(
    session: Session, theme: UUID, finding: FindingRow, change: Change, by: str
) -> None:
    row = {"theme_id": theme, "kind": "central", "place": 0, "finding_id": finding.id}
    _refused(session, insert(ThemeQuoteRow).values(**{**row, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"reason": "whim"}, "ck_theme_runs_reason"),
        ({"state": "asleep", "finished_at": func.now()}, "ck_theme_runs_state"),
        ({"state": "failed", "finished_at": func.now()}, "ck_theme_runs_failed_why"),
        ({"state": "done", "finished_at": func.now()}, "ck_theme_runs_done_whole"),
        ({"finished_at": func.now()}, "ck_theme_runs_finished"),
        ({"themes": -1}, "ck_theme_runs_counts"),
        ({"job_id": UUID(int=7)}, "fk_theme_runs_job_id"),
        ({"scope": "elsewhere"}, "fk_theme_runs_scope"),
    ],
)
def test_a_run(session: Session, change: Change, by: str) -> None:
    row = {"id": new_id(), "scope": SCOPE, "reason": "asked"}
    _refused(session, insert(ThemeRunRow).values(**{**row, **change}), by=by)


def test_two_runs_of_a_scope_under_way(session: Session) -> None:
    for state in ("waiting", "running"):
        row = {"id": new_id(), "scope": SCOPE, "reason": "asked", "state": state}
        if state == "waiting":
            session.execute(insert(ThemeRunRow).values(**row))
        else:
            _refused(session, insert(ThemeRunRow).values(**row), by="uq_theme_runs_open")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"kind": "dream"}, "ck_theme_edits_kind"),
        ({"theme_id": None}, "ck_theme_edits_theme"),
        ({"kind": "together"}, "ck_theme_edits_theme"),
        ({"kind": "merge"}, "ck_theme_edits_other"),
        ({"kind": "merge", "other_id": "itself"}, "ck_theme_edits_other_is_another"),
        ({"scope": "elsewhere"}, "fk_theme_edits_scope"),
        ({"theme_id": UUID(int=7)}, "fk_theme_edits_theme_id"),
        ({"kind": "merge", "other_id": UUID(int=7)}, "fk_theme_edits_other_id"),
    ],
)
def test_an_edit(session: Session, theme: UUID, change: Change, by: str) -> None:
    row = {"id": new_id(), "scope": SCOPE, "kind": "pin", "theme_id": theme, **change}
    if row.get("other_id") == "itself":
        row["other_id"] = theme
    _refused(session, insert(ThemeEditRow).values(before={}, after={}, **row), by=by)


def test_a_move_to_none_and_a_list_name_no_theme(session: Session) -> None:
    for kind in ("move", "together", "apart"):
        row = {"id": new_id(), "scope": SCOPE, "kind": kind, "before": {}, "after": {}}
        session.execute(insert(ThemeEditRow).values(**row))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"side": 2}, "ck_theme_edit_passages_side"),
        ({"passage": 9}, "fk_theme_edit_passages_passage"),
        ({"edit_id": UUID(int=7)}, "fk_theme_edit_passages_edit_id"),
        ({"before": UUID(int=7)}, "fk_theme_edit_passages_before"),
    ],
)
def test_a_passage_of_an_edit(
    session: Session, finding: FindingRow, change: Change, by: str
) -> None:
    edit = new_id()
    row = {"id": edit, "scope": SCOPE, "kind": "move", "before": {}, "after": {}}
    session.execute(insert(ThemeEditRow).values(**row))
    passage = {"edit_id": edit, "interaction_id": finding.interaction_id, "passage": 0, **change}
    _refused(session, insert(ThemeEditPassageRow).values(**passage), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"kind": "dream", "run_id": UUID(int=7)}, "ck_theme_lineage_kind"),
        ({"passages": -1, "run_id": UUID(int=7)}, "ck_theme_lineage_passages"),
        ({}, "ck_theme_lineage_cause"),
        ({"run_id": UUID(int=7)}, "fk_theme_lineage_run_id"),
        ({"edit_id": UUID(int=7)}, "fk_theme_lineage_edit_id"),
        ({"edit_id": "one", "scope": "elsewhere"}, "fk_theme_lineage_scope"),
        ({"edit_id": "one", "theme_id": UUID(int=7)}, "fk_theme_lineage_theme_id"),
    ],
)
def test_lineage(session: Session, theme: UUID, change: Change, by: str) -> None:
    row = {"id": new_id(), "scope": SCOPE, "theme_id": theme, "kind": "born", **change}
    if row.get("edit_id") == "one":
        row["edit_id"] = new_id()
        edit = {"id": row["edit_id"], "scope": SCOPE, "kind": "move", "before": {}, "after": {}}
        session.execute(insert(ThemeEditRow).values(**edit))
    _refused(session, insert(ThemeLineageRow).values(**row), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"kind": "dream"}, "ck_theme_alerts_kind"),
        ({"state": "asleep"}, "ck_theme_alerts_state"),
        ({"state": "closed"}, "ck_theme_alerts_closed"),
        ({"closed": func.current_date()}, "ck_theme_alerts_closed"),
        ({"last": func.current_date() - 1}, "ck_theme_alerts_days"),
        ({"days": 0}, "ck_theme_alerts_counts"),
        ({"reopened": -1}, "ck_theme_alerts_counts"),
        ({"revision": 0}, "ck_theme_alerts_revision"),
        ({"scope": "elsewhere"}, "fk_theme_alerts_scope"),
        ({"theme_id": UUID(int=7)}, "fk_theme_alerts_theme_id"),
    ],
)
def test_an_alert(session: Session, theme: UUID, change: Change, by: str) -> None:
    row = _alert(theme)
    _refused(session, insert(ThemeAlertRow).values(**{**row, **change}), by=by)


def _alert(theme: UUID) -> Change:
    return {
        "id": new_id(),
        "scope": SCOPE,
        "theme_id": theme,
        "kind": "burst",
        "opened": func.current_date(),
        "last": func.current_date(),
        "peak": 3.0,
    }


def test_two_open_alerts_of_one_story(session: Session, theme: UUID) -> None:
    session.execute(insert(ThemeAlertRow).values(**_alert(theme)))
    other = {**_alert(theme), "opened": func.current_date() - 3}
    _refused(session, insert(ThemeAlertRow).values(**other), by="uq_theme_alerts_open")


def test_two_alerts_of_one_day(session: Session, theme: UUID) -> None:
    ended = {"state": "closed", "closed": func.current_date()}
    session.execute(insert(ThemeAlertRow).values(**_alert(theme), **ended))
    again = insert(ThemeAlertRow).values(**_alert(theme))
    _refused(session, again, by="uq_theme_alerts_theme_id")

"""What a department may see: one condition, carried by every query of a narrowed session."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session, aliased

from api.steps.accept import accept
from api.steps.mine import mine
from api.store import events, findings, interactions, turns
from api.store.database import Database
from api.store.department_tables import DepartmentRow, RoutedRow
from api.store.findings import FindingFilter
from api.store.inbox_tables import RuleRow
from api.store.interactions import InteractionFilter
from api.store.tables import FindingRow, InteractionRow, PassageRow, TurnRow
from api.store.view import EVERYTHING, MASK, View, criteria, masked
from nlp.readers import read
from nlp.redact import Redactor
from tests.api.interactions import WordMiner

CALL = b"""Agent: How can I help?
Customer: The kettle leaks again. It was a gift.
Agent: I see.
Customer: And the manual is wrong about step two.
"""
OTHER = b"""Customer: My toaster leaks as well.
Agent: Oh."""
WORDS: dict[str, str] = {"product_defect": "leaks", "documentation_error": "manual"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Two interactions, of which one finding reached engineering and none documentation."""

    engineering: UUID
    documentation: UUID
    call: UUID
    other: UUID
    finding: FindingRow


@pytest.fixture(scope="module")
def stored(database: Database, redactor: Redactor) -> Stored:
    with database.session() as session:
        # What reaches whom is said here by hand.
        session.execute(delete(RuleRow))
        items = [*read(CALL, name="call.txt"), *read(OTHER, name="other.txt")]
        call, other = accept(session, items, redactor=redactor).ids
    mine(database, WordMiner(words=WORDS), [call, other])
    with database.session() as session:
        departments = dict(session.execute(select(DepartmentRow.name, DepartmentRow.id)).all())
        found = findings.of(session, call)
        defect = next(row for row in found if row.category == "product_defect")
        session.execute(
            insert(RoutedRow).values(
                department_id=departments["engineering"],
                finding_id=defect.id,
                interaction_id=call,
                passage=defect.passage,
                turn=defect.turn,
            )
        )
    return Stored(
        engineering=departments["engineering"],
        documentation=departments["documentation"],
        call=call,
        other=other,
        finding=defect,
    )


def test_who_is_of_no_department_sees_everything(database: Database, stored: Stored) -> None:
    with database.session(EVERYTHING) as session:
        assert len(interactions.list_page(session, InteractionFilter(), limit=9)) == 2
        assert len(findings.list_page(session, FindingFilter(), limit=9)) > 1
        assert not any(MASK in turn.text for turn in turns.of(session, stored.call))


def test_a_department_sees_what_reached_it(database: Database, stored: Stored) -> None:
    with database.session(View(department=stored.engineering)) as session:
        assert interactions.get(session, stored.call) is not None
        assert interactions.get(session, stored.other) is None
        listed = interactions.list_page(session, InteractionFilter(), limit=9)
        assert [row.id for row in listed] == [stored.call]
        seen = findings.list_page(session, FindingFilter(), limit=9)
        assert [row.id for row in seen] == [stored.finding.id]
        assert [row.id for row in findings.of(session, stored.call)] == [stored.finding.id]
        shown = turns.of(session, stored.call)
        assert [turn.index for turn in shown] == [stored.finding.turn]
        text = shown[0].text
        assert text[stored.finding.start : stored.finding.end] == stored.finding.quote
    with database.session() as session:
        assert MASK not in turns.of(session, stored.call)[stored.finding.turn].text


def test_a_department_that_nothing_reached_sees_nothing(database: Database, stored: Stored) -> None:
    with database.session(View(department=stored.documentation)) as session:
        assert interactions.list_page(session, InteractionFilter(), limit=9) == []
        assert findings.list_page(session, FindingFilter(), limit=9) == []
        assert turns.of(session, stored.call) == []


def test_every_way_to_write_a_query_is_narrowed(database: Database, stored: Stored) -> None:
    other = aliased(FindingRow, name="other")
    nested = select(FindingRow.quote.label("quote")).subquery()
    written = select(FindingRow.quote.label("quote")).cte("written")
    queries = (
        select(FindingRow),
        select(FindingRow.quote),
        select(func.count(FindingRow.id)),
        select(other.quote),
        select(nested.c.quote),
        select(written.c.quote),
        select(FindingRow.quote).union_all(select(FindingRow.quote)),
        select(TurnRow.text).join(FindingRow, FindingRow.interaction_id == TurnRow.interaction_id),
        select(InteractionRow.id, select(func.max(FindingRow.quote)).scalar_subquery()),
        select(PassageRow.start),
        select(func.string_agg(TurnRow.text, " ")),
    )
    with database.session(View(department=stored.documentation)) as session:
        for query in queries:
            found = session.execute(query).all()
            assert all(value in (None, 0) for row in found for value in row), str(query)
        assert session.get(FindingRow, stored.finding.id) is None
    with database.session() as session:
        for query in queries:
            assert session.execute(query).all(), str(query)


def test_an_event_is_seen_by_whom_it_concerns(database: Database, stored: Stored) -> None:
    with database.session() as session:
        ours = events.emit(session, "item.opened", {}, department=stored.engineering)
        public = events.emit(session, "model.promoted", {}, department=None)
        unseen = events.after(session, events.START, limit=9)
        assert unseen == [], "this transaction still runs"
    seen = {}
    for department in (stored.engineering, stored.documentation):
        with database.session(View(department=department)) as session:
            seen[department] = _after(session)
    assert seen == {stored.engineering: [ours, public], stored.documentation: [public]}
    with database.session() as session:
        newest = events.newest(session)
        assert events.after(session, newest, limit=9) == []


def _after(session: Session) -> list[UUID]:
    return [row.id for row in events.after(session, events.START, limit=9)]


def test_an_event_of_a_slow_transaction_is_not_jumped_over(database: Database) -> None:
    with database.session() as session:
        before = events.newest(session)
    with database.session() as slow:
        first = events.emit(slow, "item.opened", {"number": 1}, department=None)
        with database.session() as quick:
            second = events.emit(quick, "item.opened", {"number": 2}, department=None)
        with database.session() as reader:
            assert events.after(reader, before, limit=9) == []
    with database.session() as reader:
        assert [row.id for row in events.after(reader, before, limit=9)] == [first, second]


def test_every_table_with_words_is_narrowed() -> None:
    narrowed = {table for table, _ in criteria(UUID(int=1))}
    assert {FindingRow, TurnRow, PassageRow, InteractionRow} <= narrowed


def test_a_mask_keeps_offsets_and_spaces() -> None:
    text = "It broke. My dog ate it."
    shown = masked(text, [(0, 9), (20, 99)])
    assert shown == "It broke. ██ ███ ███ it."[: len(text)]
    assert len(shown) == len(text)
    assert masked(text, []) == "██ ██████ ██ ███ ███ ███"

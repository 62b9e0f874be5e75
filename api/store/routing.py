"""Routing: which findings reach which department, and in which item of its inbox each counts.

One statement holds findings against all rules; a second one puts what was routed into items and
moves their counters. A finding counts in the item of the theme that it stands in first, in the
scope of its category; or in one of its own, where it stands in none and its rule delivers findings.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, func, literal, select, text, union_all
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert
from sqlalchemy.orm import Session

from api.store.department_tables import RoutedRow
from api.store.ids import new_id
from api.store.inbox_tables import ItemRow
from api.store.rules import Ready
from api.store.tables import FindingRow, InteractionRow

_COLUMNS = ("department_id", "finding_id", "interaction_id", "passage", "turn", "rule_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which routed findings are looked at: one of these is given.

    Attributes:
        interactions: those of these interactions.
        themes: those that stand in one of these themes, or count in one of their items.
        scope: those of a category, which is the name of the scope.
    """

    interactions: Sequence[UUID] | None = None
    themes: Sequence[UUID] | None = None
    scope: str | None = None

    @property
    def condition(self) -> str:
        """Of a statement over `routed r`, `findings f` and `theme_members m`."""
        if self.interactions is not None:
            return "f.interaction_id = ANY(CAST(:interactions AS uuid[]))"
        if self.themes is not None:
            return (
                "r.finding_id IN (SELECT finding_id FROM theme_members"
                " WHERE theme_id = ANY(CAST(:themes AS uuid[]))"
                " UNION SELECT finding_id FROM routed WHERE item_id IN"
                " (SELECT id FROM items WHERE theme_id = ANY(CAST(:themes AS uuid[]))))"
            )
        return "f.category = :scope"

    @property
    def values(self) -> dict[str, Any]:
        """Of the condition's parameters."""
        if self.interactions is not None:
            return {"interactions": list(self.interactions)}
        if self.themes is not None:
            return {"themes": list(self.themes)}
        return {"scope": self.scope}


def deliver(
    session: Session,
    rules: Sequence[Ready],
    *,
    interactions: Collection[UUID] | None = None,
    scope: str | None = None,
    again: bool = False,
) -> int:
    """Holds findings against rules: what fulfils one reaches its department.

    Where several rules of a department ask for a finding, the one that delivers it at once brings
    it, and else the one that asks for the fewest of its like.

    Args:
        session: the transaction.
        rules: those that are on.
        interactions: whose findings are looked at; None looks at those of a scope.
        scope: the name of a category; None and no interactions looks at all findings.
        again: whether what a department has already goes over to these rules.

    Returns:
        How many findings were routed.
    """
    if not rules:
        return 0
    looked: list[Any] = []
    if interactions is not None:
        ids = bindparam("ids", list(interactions), type_=ARRAY(Uuid()))
        looked.append(FindingRow.interaction_id == func.any(ids))
    if scope is not None:
        looked.append(FindingRow.category == scope)
    asked = union_all(*(_asked(rule, looked) for rule in rules)).subquery()
    chosen = (
        select(*(asked.c[name] for name in _COLUMNS))
        .ext(distinct_on(asked.c.department_id, asked.c.finding_id))
        .order_by(asked.c.department_id, asked.c.finding_id, asked.c.rank, asked.c.rule_id)
    )
    insertion = insert(RoutedRow).from_select(list(_COLUMNS), chosen)
    keys = [RoutedRow.department_id, RoutedRow.finding_id]
    if again:
        insertion = insertion.on_conflict_do_update(
            index_elements=keys, set_={"rule_id": insertion.excluded.rule_id}
        )
    else:
        insertion = insertion.on_conflict_do_nothing(index_elements=keys)
    # Core, not ORM: what is written is the department's, whoever's session this is.
    found = session.connection().execute(insertion, execution_options={"preserve_rowcount": True})
    return int(found.rowcount)


def _asked(rule: Ready, looked: Sequence[Any]) -> Any:
    """What one rule asks for; the lower its rank, the sooner it makes an item of it."""
    row = rule.row
    rank = 0 if row.delivers == "findings" else row.fewest
    return (
        select(
            literal(row.department_id, Uuid()).label("department_id"),
            FindingRow.id.label("finding_id"),
            FindingRow.interaction_id.label("interaction_id"),
            FindingRow.passage.label("passage"),
            FindingRow.turn.label("turn"),
            literal(row.id, Uuid()).label("rule_id"),
            literal(rank, Integer()).label("rank"),
        )
        .join(InteractionRow, InteractionRow.id == FindingRow.interaction_id)
        .where(*looked, rule.condition)
    )


_STAND = """
    SELECT r.department_id, r.finding_id, r.interaction_id, r.item_id AS old, r.rule_id,
        m.theme_id, f.category, coalesce(u.delivers = 'findings', false) AS at_once,
        CASE WHEN u.delivers = 'findings' THEN 1 ELSE coalesce(u.fewest, 1) END AS fewest,
        u.due_days
    FROM routed r JOIN findings f ON f.id = r.finding_id
    LEFT JOIN theme_members m
        ON m.finding_id = f.id AND m.scope = f.category AND m.place = 1
    LEFT JOIN rules u ON u.id = r.rule_id
    WHERE {condition}
"""
_NEEDED = """
    SELECT department_id, theme_id, CASE WHEN theme_id IS NULL THEN finding_id END AS finding_id,
        min(category) AS category, min(fewest) AS fewest, min(due_days) AS due_days,
        (array_agg(rule_id ORDER BY fewest, rule_id))[1] AS rule_id,
        mode() WITHIN GROUP (ORDER BY old) AS old
    FROM ({stand}) stand WHERE theme_id IS NOT NULL OR at_once
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_TARGET = """
    SELECT stand.department_id, stand.finding_id, stand.interaction_id, stand.old,
        CASE WHEN stand.theme_id IS NOT NULL THEN of_theme.id ELSE own.id END AS item
    FROM ({stand}) stand
    LEFT JOIN items of_theme ON of_theme.department_id = stand.department_id
        AND of_theme.theme_id = stand.theme_id
    LEFT JOIN items own ON own.department_id = stand.department_id
        AND own.finding_id = stand.finding_id
"""
# What comes in: only what counts nowhere yet, so that counters go up by what is new.
_ADD = """
    WITH target AS ({target}),
    moved AS (
        UPDATE routed r SET item_id = target.item FROM target
        WHERE r.department_id = target.department_id AND r.finding_id = target.finding_id
        AND r.item_id IS NULL AND target.item IS NOT NULL
        RETURNING r.finding_id, r.interaction_id, r.item_id
    ),
    facts AS (
        SELECT moved.item_id, moved.interaction_id, f.sentiment,
            coalesce(i.started_at, i.received_at) AS happened,
            NOT EXISTS (
                SELECT FROM routed before WHERE before.item_id = moved.item_id
                AND before.interaction_id = moved.interaction_id
            ) AS fresh
        FROM moved JOIN findings f ON f.id = moved.finding_id
        JOIN interactions i ON i.id = moved.interaction_id
    ),
    delta AS (
        SELECT item_id, count(*) AS findings,
            count(DISTINCT interaction_id) FILTER (WHERE fresh) AS interactions,
            count(*) FILTER (WHERE sentiment = 'negative') AS negative,
            count(*) FILTER (WHERE sentiment = 'positive') AS positive,
            min(happened) AS first_at, max(happened) AS last_at
        FROM facts GROUP BY item_id
    )
    UPDATE items SET findings = items.findings + delta.findings,
        interactions = items.interactions + delta.interactions,
        negative = items.negative + delta.negative, positive = items.positive + delta.positive,
        first_at = least(items.first_at, delta.first_at),
        last_at = greatest(items.last_at, delta.last_at)
    FROM delta WHERE items.id = delta.item_id RETURNING items.id
"""
_MOVE = """
    WITH target AS ({target}),
    moved AS (
        UPDATE routed r SET item_id = target.item FROM target
        WHERE r.department_id = target.department_id AND r.finding_id = target.finding_id
        AND r.item_id IS DISTINCT FROM target.item
        RETURNING target.old, target.item
    )
    SELECT old FROM moved WHERE old IS NOT NULL
    UNION SELECT item FROM moved WHERE item IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An item that was made.

    Attributes:
        id: of the item.
        old: the item that most of its findings counted in before; None where that is none.
    """

    id: UUID
    old: UUID | None


def make_items(session: Session, place: Place) -> list[Made]:
    """Makes the items that routed findings need and that are not there; nobody is shown them yet.

    The items that are there are locked, in one order.
    """
    rows = session.execute(_statement(_NEEDED, place), place.values).mappings().all()
    if not rows:
        return []
    old: dict[UUID, UUID | None] = {}
    values = []
    for row in rows:
        id = new_id()
        old[id] = row["old"]
        columns = ("department_id", "theme_id", "finding_id", "category", "fewest", "due_days")
        values.append({"id": id, **{name: row[name] for name in columns}})
        values[-1]["rule_id"] = row["rule_id"]
    made: set[UUID] = set()
    for column in ("theme_id", "finding_id"):
        wanted = [value for value in values if value[column] is not None]
        if wanted:
            made |= _write(session, wanted, column)
    return [Made(id=id, old=old[id]) for id in old if id in made]


def _write(session: Session, values: Sequence[dict[str, Any]], column: str) -> set[UUID]:
    insertion = insert(ItemRow).values(list(values))
    insertion = insertion.on_conflict_do_update(
        index_elements=["department_id", column],
        set_={"fewest": insertion.excluded.fewest},
        where=ItemRow.fewest > insertion.excluded.fewest,
    )
    found = session.connection().execute(insertion.returning(ItemRow.id))
    return {row[0] for row in found} & {value["id"] for value in values}


def add(session: Session, place: Place) -> set[UUID]:
    """Lets routed findings that count nowhere yet count in their items; which items they are."""
    return set(session.scalars(_statement(_ADD, place), place.values))


def move(session: Session, place: Place) -> set[UUID]:
    """Lets routed findings count where they belong now; the items that lost or gained some."""
    return set(session.scalars(_statement(_MOVE, place), place.values))


def _statement(words: str, place: Place) -> Any:
    stand = _STAND.format(condition=place.condition)
    return text(words.format(stand=stand, target=_TARGET.format(stand=stand)))

"""What was mined before, mined anew: written in the place of what was there.

A finding of the same category in the same passage is the same finding: it keeps its id, and with it
its theme, its items and what people decided about it. Passages keep theirs by their words; where
they are cut otherwise by now, all that points at one by its number follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from api.store import counters, opinions
from api.store.ids import new_id
from api.store.mined import copy_passages, values_of, write_arcs
from api.store.opinion_tables import PEOPLE
from api.store.opinions import Place
from api.store.tables import FindingRow, InteractionRow, PassageRow, TurnRow
from nlp.types import Mined

_BEYOND = 1_000_000
"""Where passages stand while their numbers change: beyond every number that there is."""


@dataclass(slots=True)
class _Changes:
    """Findings of some interactions, old and new.

    Attributes:
        gone: ids of those that go.
        stay: new values of those that stay, by id.
        come: rows of those that come.
        felt: ids of those that stay with another sentiment.
    """

    gone: list[UUID] = field(default_factory=list)
    stay: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    come: list[dict[str, Any]] = field(default_factory=list)
    felt: list[UUID] = field(default_factory=list)


def before(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Those of some interactions that were mined before, in their order."""
    if not ids:
        return []
    rows = session.scalars(
        select(InteractionRow.id)
        .where(InteractionRow.id.in_(ids), InteractionRow.model.is_not(None))
        .order_by(InteractionRow.id)
    )
    return list(rows)


def rewrite(session: Session, results: Mapping[UUID, Mined]) -> None:
    """Writes what was found in the place of what had been found before.

    The caller holds the interactions and the scopes of all categories concerned, and has what the
    findings count in counted anew afterwards (`api.steps.route.route_again`).

    Args:
        session: the transaction.
        results: people's opinions laid over (`api.steps.overlay.overlaid`).
    """
    if not results:
        return
    places = opinions.passages(session, list(results))
    changes = _Changes()
    for id, result in results.items():
        new = [(one.turn, one.start, one.end) for one in result.passages]
        moved = matched(places[id], new)
        _compare(session, id, result, moved, changes)
    # Before passages move: what goes should not be carried along.
    _delete(session, changes.gone)
    for id, result in results.items():
        new = [(one.turn, one.start, one.end) for one in result.passages]
        if places[id] == new:
            _write_vectors(session, id, result)
        else:
            _move_passages(session, id, result, matched(places[id], new))
    for finding, values in changes.stay.items():
        session.execute(
            update(FindingRow)
            .where(FindingRow.id == finding)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    if changes.come:
        session.connection().execute(insert(FindingRow), changes.come)
    counters.count_anew(session, changes.felt)
    _follow(session, list(results))
    _write_interactions(session, results)


def matched(old: Sequence[Place], new: Sequence[Place]) -> dict[int, int]:
    """Which new passage has the most of each old one, by their numbers; those of none are missing.

    Args:
        old: turn and offsets of each passage.
        new: the same.
    """
    found = {}
    for number, (turn, start, end) in enumerate(old):
        shared = [
            min(end, last) - max(start, first) if there == turn else 0 for there, first, last in new
        ]
        if shared and max(shared) > 0:
            found[number] = shared.index(max(shared))
    return found


def _compare(
    session: Session, id: UUID, result: Mined, moved: Mapping[int, int], changes: _Changes
) -> None:
    """Matches the findings of an interaction, old and new, by passage and category."""
    rows = session.scalars(
        select(FindingRow)
        .where(FindingRow.interaction_id == id)
        .order_by(FindingRow.id)
        .execution_options(populate_existing=True)
    ).all()
    waiting = [values_of(id, one, result.model) for one in result.findings]
    for row in rows:
        fits = [
            values
            for values in waiting
            if values["passage"] == moved.get(row.passage) and values["category"] == row.category
        ]
        if not fits:
            changes.gone.append(row.id)
            continue
        best = max(fits, key=lambda values: _shared(row, values))
        waiting.remove(best)
        values = {
            name: value
            for name, value in best.items()
            if name not in ("id", "interaction_id") and getattr(row, name) != value
        }
        if values:
            changes.stay[row.id] = values
        if "sentiment" in values:
            changes.felt.append(row.id)
    taken = {row.id for row in rows}
    for values in waiting:
        # Ids are made of the numbers of passages: another finding may have had this one.
        own = new_id() if values["id"] in taken else values["id"]
        changes.come.append({**values, "id": own})


def _shared(row: FindingRow, values: Mapping[str, Any]) -> int:
    return int(min(row.end, values["end"]) - max(row.start, values["start"]))


def _delete(session: Session, ids: Sequence[UUID]) -> None:
    if ids:
        session.execute(
            delete(FindingRow)
            .where(FindingRow.id.in_(ids))
            .execution_options(synchronize_session=False)
        )


_VECTOR = text(
    "UPDATE passages SET vector = CAST(:vector AS halfvec)"
    " WHERE interaction_id = :id AND index = :index"
)


def _write_vectors(session: Session, id: UUID, result: Mined) -> None:
    """Passages are cut as before: what the new model makes of them takes the old one's place."""
    rows = [
        {"id": id, "index": index, "vector": str(list(map(float, vector)))}
        for index, vector in enumerate(result.vectors)
    ]
    if rows:
        session.connection().execute(_VECTOR, rows)


_POINTING = ("findings", "theme_edit_passages")
_SHIFT = """
    UPDATE {table} SET passage = (CAST(:numbers AS int[]))[passage + 1]
    WHERE interaction_id = :id AND passage < :beyond
"""
_TWINS = text(
    """
    DELETE FROM theme_edit_passages one USING theme_edit_passages other
    WHERE one.interaction_id = :id AND other.interaction_id = :id AND one.edit_id = other.edit_id
    AND other.passage < one.passage
    AND (CAST(:numbers AS int[]))[one.passage + 1] = (CAST(:numbers AS int[]))[other.passage + 1]
    """
)
_UNMATCHED = "DELETE FROM {table} WHERE interaction_id = :id AND NOT passage = ANY(:matched)"
_BACK = "UPDATE {table} SET passage = passage - :beyond WHERE interaction_id = :id"


def _move_passages(session: Session, id: UUID, result: Mined, moved: Mapping[int, int]) -> None:
    """Passages are cut otherwise: the new ones are written, and what points at old ones follows.

    The new ones are written beyond all others first, so that at no moment anything points nowhere.
    """
    count = max(moved, default=-1) + 1
    numbers = [moved.get(number, 0) + _BEYOND for number in range(count)]
    values = {"id": id, "beyond": _BEYOND, "numbers": numbers, "matched": sorted(moved)}
    for table in _POINTING:
        session.execute(text(_UNMATCHED.format(table=table)), values)
    copy_passages(session, {id: result}, beyond=_BEYOND)
    session.execute(_TWINS, values)
    for table in _POINTING:
        session.execute(text(_SHIFT.format(table=table)), values)
    here = PassageRow.interaction_id == id
    session.execute(delete(PassageRow).where(here, PassageRow.index < _BEYOND))
    copy_passages(session, {id: result})
    for table in _POINTING:
        session.execute(text(_BACK.format(table=table)), values)
    session.execute(delete(PassageRow).where(here, PassageRow.index >= _BEYOND))


_FOLLOW = text(
    """
    UPDATE routed SET passage = finding.passage, turn = finding.turn FROM findings finding
    WHERE finding.id = routed.finding_id AND finding.interaction_id = ANY(:ids)
    AND (routed.passage, routed.turn) <> (finding.passage, finding.turn)
    """
)
_COMES_BACK = text(
    """
    UPDATE model_said said SET finding_id = finding.id FROM findings finding
    WHERE finding.interaction_id = ANY(:ids) AND finding.model <> :people
    AND (said.interaction_id, said.passage, said.category)
        = (finding.interaction_id, finding.passage, finding.category)
    AND said.finding_id <> finding.id
    """
)


def _follow(session: Session, ids: Sequence[UUID]) -> None:
    """Departments go on seeing the passages in which their findings stand.

    And what a withdrawal brings back is the finding that was there, which kept its id.
    """
    session.execute(_FOLLOW, {"ids": ids})
    session.execute(_COMES_BACK, {"ids": ids, "people": PEOPLE})


def _write_interactions(session: Session, results: Mapping[UUID, Mined]) -> None:
    """Sentiment, arc and model: those of the turns that are no customer's any more end."""
    session.execute(
        update(TurnRow)
        .where(TurnRow.interaction_id.in_(results), TurnRow.speaker != "customer")
        .values(sentiment_label=None, sentiment_score=None)
        .execution_options(synchronize_session=False)
    )
    write_arcs(session, results)
    session.connection().execute(
        update(InteractionRow)
        .where(InteractionRow.id == bindparam("row"))
        .values(state="mined", mined_at=func.now(), error_code=None),
        [
            {
                "row": id,
                "model": result.model,
                "sentiment_label": result.sentiment.label,
                "sentiment_score": result.sentiment.score,
            }
            for id, result in results.items()
        ],
    )

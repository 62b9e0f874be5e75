"""What the miner found, written in one go: at most once an interaction, whoever else tries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Double, Integer, Text, Uuid, bindparam, func, insert, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from api.store.ids import finding_id
from api.store.interactions import claim
from api.store.jobs import settle
from api.store.tables import FindingRow, InteractionRow, TurnRow
from api.store.vectors import driver, packed
from nlp.types import Finding, Mined


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaid(Finding):
    """A finding on which people were heard.

    Attributes:
        model: that found it, or `people` where they added it.
        reviewed: what people made of it, as `api.store.tables.REVIEWED` has it, or None.
        origin: start of the quote that its id is made of: the model's, whoever changed it since.
    """

    model: str
    reviewed: str | None
    origin: int


_COPY_PASSAGES = (
    'COPY passages (interaction_id, index, turn, start, "end", vector)'
    " FROM STDIN WITH (FORMAT binary)"
)


def write(session: Session, results: Mapping[UUID, Mined]) -> list[UUID]:
    """Writes what was found in interactions that still wait, and turns them to `mined`.

    Interactions that were mined by a twin, cancelled or erased since they were read are passed
    over. Jobs of which nothing waits any more end here.

    Returns:
        The interactions that were written.
    """
    claimed = claim(session, list(results))
    mined = {id: results[id] for id, _ in claimed}
    if not mined:
        return []
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
            for id, result in mined.items()
        ],
    )
    write_arcs(session, mined)
    copy_passages(session, mined)
    found = list(_findings(mined))
    if found:
        session.connection().execute(insert(FindingRow), found)
    settle(session, {job for _, job in claimed if job is not None})
    return list(mined)


def write_arcs(session: Session, mined: Mapping[UUID, Mined]) -> None:
    """Writes how customers feel, turn by turn."""
    points = [(id, point) for id, result in mined.items() for point in result.arc]
    if not points:
        return
    # One statement with four arrays: a statement a turn would cost more than the encoder saves.
    arc = (
        func.unnest(
            bindparam("ids", [id for id, _ in points], type_=ARRAY(Uuid())),
            bindparam("indexes", [point.index for _, point in points], type_=ARRAY(Integer())),
            bindparam("labels", [point.label for _, point in points], type_=ARRAY(Text())),
            bindparam("scores", [point.score for _, point in points], type_=ARRAY(Double())),
        )
        .table_valued("id", "index", "label", "score", name="arc")
        .render_derived()
    )
    session.connection().execute(
        update(TurnRow)
        .where(TurnRow.interaction_id == arc.c.id, TurnRow.index == arc.c.index)
        .values(sentiment_label=arc.c.label, sentiment_score=arc.c.score)
    )


def copy_passages(session: Session, mined: Mapping[UUID, Mined], *, beyond: int = 0) -> None:
    """Writes the passages by COPY: as ordinary rows they take five times as long.

    Args:
        session: the transaction.
        mined: whose passages.
        beyond: the number of the first one.
    """
    with driver(session).cursor().copy(_COPY_PASSAGES) as copy:
        copy.set_types(["uuid", "int4", "int4", "int4", "int4", "bytea"])
        for id, result in mined.items():
            pairs = zip(result.passages, result.vectors, strict=True)
            for index, (passage, vector) in enumerate(pairs, start=beyond):
                row = (id, index, passage.turn, passage.start, passage.end, packed(vector))
                copy.write_row(row)


def _findings(mined: Mapping[UUID, Mined]) -> Iterator[Mapping[str, Any]]:
    for id, result in mined.items():
        for finding in result.findings:
            yield values_of(id, finding, result.model)


def values_of(
    interaction: UUID, finding: Finding, model: str, *, passage: int | None = None
) -> dict[str, Any]:
    """A finding as a row.

    Args:
        interaction: in which it stands.
        finding: what was found, by a model alone or with people heard.
        model: name of the model.
        passage: index of the stored passage, where that is not the finding's own.
    """
    place = finding.passage if passage is None else passage
    origin, reviewed = finding.start, None
    if isinstance(finding, Overlaid):
        model, origin, reviewed = finding.model, finding.origin, finding.reviewed
    return {
        "id": finding_id(
            interaction, passage=place, category=finding.category, start=origin, model=model
        ),
        "interaction_id": interaction,
        "passage": place,
        "category": finding.category,
        "turn": finding.turn,
        "start": finding.start,
        "end": finding.end,
        "quote": finding.quote,
        "confidence": finding.confidence,
        "sentiment": finding.sentiment,
        "unsure": finding.unsure,
        "model": model,
        "reviewed": reviewed,
    }

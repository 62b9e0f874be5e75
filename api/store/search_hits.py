"""Passages that a search found, as they are shown: words, marks, and the findings in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

from api.store import word_terms
from api.store.findings import SHOWN
from api.store.search import ENGLISH, Place
from api.store.tables import FindingRow, InteractionRow, PassageRow, TurnRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A passage with its words.

    Attributes:
        turn: index of the turn.
        start: offset of its first character in the turn's text.
        end: offset after its last.
        text: of the passage.
        marked: start and end, in the turn's text, of words that were searched for.
        findings: in it, with `SHOWN`, in the order of the words.
        interaction: that it stands in.
    """

    turn: int
    start: int
    end: int
    text: str
    marked: tuple[tuple[int, int], ...]
    findings: tuple[Any, ...]
    interaction: InteractionRow


def heard(session: Session, places: Sequence[Place], query: str) -> dict[Place, Heard]:
    """The passages as they are shown; those that were erased since are left out.

    Args:
        session: the transaction.
        places: which passages.
        query: whose words are marked.
    """
    rows = session.execute(
        select(PassageRow.interaction_id, PassageRow.index, PassageRow.turn, PassageRow.start)
        .add_columns(PassageRow.end, TurnRow.text, InteractionRow)
        .join(
            TurnRow,
            (TurnRow.interaction_id == PassageRow.interaction_id)
            & (TurnRow.index == PassageRow.turn),
        )
        .join(InteractionRow, InteractionRow.id == PassageRow.interaction_id)
        .where(tuple_(PassageRow.interaction_id, PassageRow.index).in_(places))
    ).all()
    texts = [row[5][row[3] : row[4]] for row in rows]
    marks = _marked(session, texts, query)
    findings: dict[Place, list[Any]] = {place: [] for place in places}
    for found in session.execute(
        select(*SHOWN)
        .where(tuple_(FindingRow.interaction_id, FindingRow.passage).in_(places))
        .order_by(FindingRow.turn, FindingRow.start, FindingRow.id)
    ):
        findings[found.interaction_id, found.passage].append(found)
    return {
        (row[0], row[1]): Heard(
            turn=row[2],
            start=row[3],
            end=row[4],
            text=said_text,
            marked=tuple((row[3] + start, row[3] + end) for start, end in spans),
            findings=tuple(findings[row[0], row[1]]),
            interaction=row[6],
        )
        for row, said_text, spans in zip(rows, texts, marks, strict=True)
    }


def _marked(session: Session, texts: Sequence[str], query: str) -> list[list[tuple[int, int]]]:
    """Start and end of the query's words in each text."""
    if not texts:
        return []
    given = (
        func.unnest(bindparam("texts", list(texts), type_=ARRAY(Text())))
        .table_valued("said", with_ordinality="place", name="given")
        .render_derived()
    )
    headline = func.ts_headline(ENGLISH, given.c.said, _any_of(query), word_terms.MARKS)
    rows = session.scalars(select(headline).order_by(given.c.place))
    return [word_terms.spans(marked, said) for marked, said in zip(rows, texts, strict=True)]


def _any_of(query: str) -> ColumnElement[Any]:
    all_of = cast(func.plainto_tsquery(ENGLISH, query), Text)
    return cast(func.replace(all_of, "&", "|"), TSQUERY)

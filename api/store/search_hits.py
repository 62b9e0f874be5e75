"""Passages that a search found, as they are shown: words, marks, and the findings in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, Text, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

from api.store import word_terms
from api.store.findings import SHOWN
from api.store.prepared import Prepared
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
        about: a row with its `interaction_id`, and that interaction's channel, times and metadata.
    """

    turn: int
    start: int
    end: int
    text: str
    marked: tuple[tuple[int, int], ...]
    findings: tuple[Any, ...]
    about: Any


def heard(session: Session, places: Sequence[Place], query: str) -> dict[Place, Heard]:
    """The passages as they are shown; those that were erased since are left out.

    Args:
        session: the transaction.
        places: which passages.
        query: whose words are marked.
    """
    values = {
        "interactions": [interaction for interaction, _ in places],
        "passages": [passage for _, passage in places],
    }
    rows = _PASSAGES.rows(session, values)
    texts = [row.text[row.start : row.end] for row in rows]
    marks = _marked(session, texts, query)
    findings: dict[Place, list[Any]] = {place: [] for place in places}
    for found in _FOUND.rows(session, values):
        findings[found.interaction_id, found.passage].append(found)
    return {
        (row.interaction_id, row.passage): Heard(
            turn=row.turn,
            start=row.start,
            end=row.end,
            text=said_text,
            marked=tuple((row.start + start, row.start + end) for start, end in spans),
            findings=tuple(findings[row.interaction_id, row.passage]),
            about=row,
        )
        for row, said_text, spans in zip(rows, texts, marks, strict=True)
    }


def _asked_for() -> Any:
    """The places that are asked for, as a table."""
    interactions = bindparam("interactions", type_=ARRAY(Uuid))
    passages = bindparam("passages", type_=ARRAY(Integer))
    given = func.unnest(interactions, passages).table_valued("interaction", "passage", name="asked")
    return given.render_derived()


def _passages() -> Select[*tuple[Any, ...]]:
    asked, row = _asked_for(), PassageRow
    return (
        select(row.interaction_id, row.index.label("passage"), row.turn, row.start, row.end)
        .add_columns(TurnRow.text, InteractionRow.channel, InteractionRow.started_at)
        .add_columns(InteractionRow.received_at, InteractionRow.meta.label("meta"))
        .select_from(asked)
        .join(row, (row.interaction_id == asked.c.interaction) & (row.index == asked.c.passage))
        .join(TurnRow, (TurnRow.interaction_id == row.interaction_id) & (TurnRow.index == row.turn))
        .join(InteractionRow, InteractionRow.id == row.interaction_id)
    )


def _found() -> Select[*tuple[Any, ...]]:
    asked, row = _asked_for(), FindingRow
    here = (row.interaction_id == asked.c.interaction) & (row.passage == asked.c.passage)
    query = select(*SHOWN).select_from(asked).join(row, here)
    return query.order_by(row.turn, row.start, row.id)


_PASSAGES, _FOUND = Prepared(_passages), Prepared(_found)


def _marked(session: Session, texts: Sequence[str], query: str) -> list[list[tuple[int, int]]]:
    """Start and end of the query's words in each text."""
    if not texts:
        return []
    rows = _MARKED.rows(session, {"texts": list(texts), "query": query})
    return [word_terms.spans(row.marked, said) for row, said in zip(rows, texts, strict=True)]


def _marking() -> Select[*tuple[Any, ...]]:
    given = (
        func.unnest(bindparam("texts", type_=ARRAY(Text())))
        .table_valued("said", with_ordinality="place", name="given")
        .render_derived()
    )
    all_of = cast(func.plainto_tsquery(ENGLISH, bindparam("query", type_=Text)), Text)
    any_of = cast(func.replace(all_of, "&", "|"), TSQUERY)
    headline = func.ts_headline(ENGLISH, given.c.said, any_of, word_terms.MARKS)
    return select(headline.label("marked")).order_by(given.c.place)


_MARKED = Prepared(_marking)

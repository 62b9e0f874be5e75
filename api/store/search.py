"""Search over what customers said: by words, by meaning, and both together.

What is searched are passages. Filters and the session's view hold before anything is ranked, so
that a hit that may not be seen takes nobody's place, and none is found by a word that is hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

from api.store import view, word_terms
from api.store.pull_tables import PassageWordsRow
from api.store.tables import FindingRow, InteractionRow, PassageRow, TurnRow
from api.store.theme_tables import ThemeMemberRow
from api.store.word_terms import Term

Place = tuple[UUID, int]
"""A passage: its interaction, and its place there."""

ENGLISH = "english"
MOST_RANKED = 5_000
"""Passages with a word that are ranked at the most: of a word that more of them have, ranking has
little to say, and reading them all would take most of a second."""

EXACT = 100_000
"""Passages that filters over interactions may leave for all of them to be looked at: they lie
together, and to compare as many takes less than to walk the index for one in ten or fewer."""

EXACT_APART = 10_000
"""The same where findings, or what reached a department, decide: each is looked up by itself."""

# Of BM25: how soon more of the same adds no more, how much long passages are held back (0 to 1),
# and how many different words a passage has.
_SATURATION, _LENGTH, _USUAL = 1.2, 0.5, 6.0

_PROBED = 200
"""Neighbours that the graph keeps in mind (hnsw.ef_search): more find more and take longer."""

_ITERATIVE = (0, 8, 0)
"""Since then pgvector goes on from where a filter has left too few."""

# Not in anybody's text: control characters that ts_headline puts around what it found.
_OPEN, _CLOSE = "\x01", "\x02"
_MARKS = f"HighlightAll=true, StartSel={_OPEN}, StopSel={_CLOSE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilter:
    """Which passages are searched; what is None or empty does not narrow it.

    Attributes:
        category: those in which it was found.
        theme: those with a finding in it.
        sentiment: those with a finding, and that feeling.
        channel: of the interaction.
        metadata: of the interaction, keys and their values, exactly.
        since: the interaction was received at or after.
        until: the interaction was received before.
    """

    category: str | None = None
    theme: UUID | None = None
    sentiment: str | None = None
    channel: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self, row: Any) -> list[ColumnElement[bool]]:
        """What a row of a passage, or of its words, has to fulfil."""
        conditions = self.of_interaction(row)
        if found := self.of_finding():
            here = (
                FindingRow.interaction_id == row.interaction_id,
                FindingRow.passage == row.index,
            )
            conditions.append(select(FindingRow.id).where(*here, *found).exists())
        return conditions

    def of_finding(self) -> list[ColumnElement[bool]]:
        """What a finding in a passage has to fulfil; nothing where it need not have any."""
        equal = ((FindingRow.category, self.category), (FindingRow.sentiment, self.sentiment))
        found = [column == value for column, value in equal if value is not None]
        if self.theme is not None:
            stands = (
                ThemeMemberRow.finding_id == FindingRow.id,
                ThemeMemberRow.theme_id == self.theme,
            )
            found.append(exists().where(*stands))
        return found

    def of_interaction(self, row: Any) -> list[ColumnElement[bool]]:
        """What the interaction of a passage has to fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.channel is not None:
            found.append(InteractionRow.channel == self.channel)
        if self.metadata:
            found.append(InteractionRow.meta.contains(dict(self.metadata)))
        if self.since is not None:
            found.append(InteractionRow.received_at >= self.since)
        if self.until is not None:
            found.append(InteractionRow.received_at < self.until)
        if not found:
            return []
        return [
            select(InteractionRow.id)
            .where(InteractionRow.id == row.interaction_id, *found)
            .exists()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A passage with its words.

    Attributes:
        turn: index of the turn.
        start: offset of its first character in the turn's text.
        end: offset after its last.
        text: of the passage.
        marked: start and end, in the turn's text, of words that were searched for.
        findings: in it, in the order of the words.
        interaction: that it stands in.
    """

    turn: int
    start: int
    end: int
    text: str
    marked: tuple[tuple[int, int], ...]
    findings: tuple[FindingRow, ...]
    interaction: InteractionRow


def by_words(session: Session, query: str, filter: SearchFilter, *, limit: int) -> list[Place]:
    """Passages with the words, the best first.

    Plain words are looked for each by itself, and a passage with more and rarer ones comes first.
    A query with operators is taken as `websearch_to_tsquery` reads it (`"a phrase"`, `or`, `-not`).
    """
    _alone(session)
    if not _is_plain(query):
        return _ranked(session, _asked(query), filter, limit=limit)
    terms = word_terms.of(session, query)
    if not terms:
        return []
    # Among many passages common words cost the most and say the least: first without them.
    rare = word_terms.up_to(terms, MOST_RANKED)
    found = _weighed(session, rare, terms, filter, limit=limit)
    if len(found) < limit and len(rare) < len(terms):
        known = set(found)
        more = _weighed(session, terms, terms, filter, limit=limit)
        found += [place for place in more if place not in known]
    return found[:limit]


def _ranked(
    session: Session, asked: ColumnElement[Any], filter: SearchFilter, *, limit: int
) -> list[Place]:
    having = _having(asked, filter)
    # 1: a long passage does not rank higher for being long.
    rank = func.ts_rank(having.c.words, asked, 1)
    return _first(session, having, rank, limit=limit)


def _weighed(
    session: Session,
    sought: Sequence[Term],
    counted: Sequence[Term],
    filter: SearchFilter,
    *,
    limit: int,
) -> list[Place]:
    """Passages with any of the words sought, by the weights of all that are counted.

    The score is BM25's, for passages in which a word stands once: they are too short for it to
    matter how often it does.
    """
    having = _having(_query_of(word_terms.any_of(sought)), filter)
    weights = [
        case((having.c.words.op("@@")(_query_of(word_terms.one(term))), term.weight), else_=0.0)
        for term in counted
    ]
    length = 1 + _SATURATION * (1 - _LENGTH + _LENGTH * func.length(having.c.words) / _USUAL)
    return _first(session, having, reduce(add, weights) / length, limit=limit)


def _having(asked: ColumnElement[Any], filter: SearchFilter) -> Subquery:
    row = PassageWordsRow
    return (
        select(row.interaction_id, row.index, row.words)
        .where(row.words.op("@@")(asked), *filter.conditions(row))
        .limit(MOST_RANKED)
        .subquery()
    )


def _first(session: Session, having: Subquery, rank: Any, *, limit: int) -> list[Place]:
    rows = session.execute(
        select(having.c.interaction_id, having.c.index)
        .order_by(rank.desc(), having.c.interaction_id.desc(), having.c.index)
        .limit(limit)
    )
    return [(id, index) for id, index in rows]


def _query_of(written: str) -> ColumnElement[Any]:
    return cast(literal(written), TSQUERY)


def _alone(session: Session) -> None:
    """Keeps a search to one processor: many are asked at once, and none is worth starting help."""
    settings = func.set_config("max_parallel_workers_per_gather", "0", literal(value=True))
    session.execute(select(settings))


def _asked(query: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery(ENGLISH, query)


def _any_of(query: str) -> ColumnElement[Any]:
    all_of = cast(func.plainto_tsquery(ENGLISH, query), Text)
    return cast(func.replace(all_of, "&", "|"), TSQUERY)


def _is_plain(query: str) -> bool:
    """Whether a query has no operators, so that a part of its words will do."""
    words = query.split()
    return '"' not in query and not any(one.startswith("-") or one.lower() == "or" for one in words)


def by_meaning(
    session: Session, vector: NDArray[np.float32], filter: SearchFilter, *, limit: int
) -> dict[Place, float]:
    """Passages like a vector with their cosines, the most alike first.

    Through the index, unless filters leave so few passages that all of them are looked at.

    Args:
        session: the transaction, whose settings for the planner are used up.
        vector: (width,) of length 1.
        filter: which passages.
        limit: most of them.
    """
    _alone(session)
    conditions = filter.conditions(PassageRow)
    everything = not conditions and view.of(session).department is None
    if everything or not _is_narrow(session, filter):
        _plan(session)
        found = _nearest(session, PassageRow.vector.max_inner_product(vector), conditions, limit)
        if everything or len(found) == limit:
            return found
    # No index serves a sum.
    return _nearest(session, PassageRow.vector.max_inner_product(vector) + 0, conditions, limit)


def _nearest(
    session: Session, distance: Any, conditions: Sequence[ColumnElement[bool]], limit: int
) -> dict[Place, float]:
    rows = session.execute(
        select(PassageRow.interaction_id, PassageRow.index, distance)
        .where(*conditions)
        .order_by(distance)
        .limit(limit)
    )
    return {(id, index): -number for id, index, number in rows}


def _is_narrow(session: Session, filter: SearchFilter) -> bool:
    """Whether one of the filters alone leaves so little that no index is needed."""
    apart = view.of(session).department is not None
    of_interaction = filter.of_interaction(PassageRow)
    most = EXACT_APART if apart else EXACT
    if of_interaction and _are_few(session, PassageRow.index, of_interaction, most):
        return True
    found = filter.of_finding()
    if found:
        return _are_few(session, FindingRow.id, found, EXACT_APART)
    return apart and not of_interaction and _are_few(session, PassageRow.index, [], EXACT_APART)


def _are_few(
    session: Session, column: Any, conditions: Sequence[ColumnElement[bool]], most: int
) -> bool:
    some = select(column).where(*conditions).limit(most + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= most


def _plan(session: Session) -> None:
    """Settings under which the index over vectors is gone through until there are enough."""
    version = session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'"))
    settings = {"hnsw.ef_search": str(_PROBED), "enable_sort": "off", "enable_hashjoin": "off"}
    if tuple(int(part) for part in (version or "0").split(".")) >= _ITERATIVE:
        settings["hnsw.iterative_scan"] = "strict_order"
    else:
        settings["hnsw.ef_search"] = "1000"
    local = literal(value=True)
    session.execute(
        select(*(func.set_config(name, value, local) for name, value in settings.items()))
    )


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
    findings: dict[Place, list[FindingRow]] = {place: [] for place in places}
    for found in session.scalars(
        select(FindingRow)
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
    headline = func.ts_headline(ENGLISH, given.c.said, _any_of(query), _MARKS)
    rows = session.scalars(select(headline).order_by(given.c.place))
    return [_spans(marked, said) for marked, said in zip(rows, texts, strict=True)]


def _spans(marked: str, said: str) -> list[tuple[int, int]]:
    """The places between marks; none where the database changed more than marks, such as tags."""
    if marked.replace(_OPEN, "").replace(_CLOSE, "") != said:
        return []
    found: list[tuple[int, int]] = []
    place = start = 0
    for letter in marked:
        if letter == _OPEN:
            start = place
        elif letter == _CLOSE:
            found.append((start, place))
        else:
            place += 1
    return found

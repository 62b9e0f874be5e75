"""Search over what customers said: by words, by meaning, and both together.

What is searched are passages. Filters and the session's view hold before anything is ranked, so
that a hit that may not be seen takes nobody's place, and none is found by a word that is hidden.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import islice
from operator import add, itemgetter
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Subquery,
    any_,
    case,
    cast,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from api.store import view, word_terms
from api.store.findings import FindingFilter
from api.store.pull_tables import PassageWordsRow
from api.store.tables import FindingRow, InteractionRow, PassageRow
from api.store.word_terms import Term

Place = tuple[UUID, int]
"""A passage: its interaction, and its place there."""

ENGLISH = "english"
MOST_RANKED = 2_000
"""Passages with a word that are ranked at the most: all of them would take most of a second."""

COMMON_RANKED = 500
"""The same of words that more have: any of those will do, as what they have says little."""

EXACT = 5_000
"""Interactions that filters may leave for every passage of theirs to be compared: these lie
together, and that takes less than to walk the index past all others."""

EXACT_APART = 10_000
"""Findings, or passages that reached a department, that may be left for the same: each of these is
looked up by itself."""

# Of BM25: how soon more of the same adds no more, how much long passages are held back (0 to 1),
# and how many different words a passage has.
_SATURATION, _LENGTH, _USUAL = 1.2, 0.25, 6.0

_PROBED = 200
"""Neighbours that the graph keeps in mind (hnsw.ef_search): more find more and take longer."""

_ITERATIVE = [0, 8, 0]
"""Since then pgvector goes on from where a filter has left too few."""


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

    def conditions(self, row: Any, *, few: bool = False) -> list[ColumnElement[bool]]:
        """What a row of a passage, or of its words, has to fulfil.

        Args:
            row: the table.
            few: interactions are left, and sought first: the planner's own guess may be far off.
        """
        conditions: list[ColumnElement[bool]] = []
        if whose := self.of_interaction():
            ids = select(InteractionRow.id).where(*whose)
            these = ids.where(InteractionRow.id == row.interaction_id).exists()
            first = row.interaction_id == any_(func.array(ids.scalar_subquery()))
            conditions.append(first if few else these)
        if found := self.of_finding():
            here = (
                FindingRow.interaction_id == row.interaction_id,
                FindingRow.passage == row.index,
            )
            conditions.append(select(FindingRow.id).where(*here, *found).exists())
        return conditions

    def of_finding(self) -> list[ColumnElement[bool]]:
        """What a finding in a passage has to fulfil; nothing where it need not have any."""
        wanted = FindingFilter(category=self.category, sentiment=self.sentiment, theme=self.theme)
        return wanted.conditions()

    def of_interaction(self) -> list[ColumnElement[bool]]:
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
        return found


def by_words(
    session: Session, query: str, filter: SearchFilter, *, limit: int
) -> dict[Place, float]:
    """Passages with the words, the best first, and how much of what the query says is in them.

    That is 1 where all of its words are, and less the more and the rarer words are missing.

    Plain words are looked for each by itself, and a passage with more and rarer ones comes first.
    A query with operators is taken as `websearch_to_tsquery` reads it (`"a phrase"`, `or`, `-not`).
    """
    if not word_terms.is_plain(query):
        return _ranked(session, _asked(query), filter, limit=limit)
    terms = word_terms.of(session, query)
    found: dict[Place, float] = {}
    for round in _rounds(terms):
        if len(found) < limit:
            # Those that were found stay in front: what they have is rarer.
            more = _weighed(session, round, terms, filter, limit=limit)
            found = {**found, **more, **found}
    return dict(islice(found.items(), limit))


@dataclass(frozen=True, slots=True)
class _Round:
    """What is sought, as Postgres writes a query, and how many passages with it are ranked."""

    sought: str
    most: int


def _rounds(terms: Sequence[Term]) -> Iterator[_Round]:
    """What is sought until enough is found.

    Common words cost the most and say the least: first without them, then those that have all.
    """
    rare = word_terms.up_to(terms, MOST_RANKED)
    if rare:
        yield _Round(word_terms.any_of(rare), MOST_RANKED)
    if len(rare) < len(terms):
        if len(terms) > 1:
            yield _Round(word_terms.all_of(terms), COMMON_RANKED)
        yield _Round(word_terms.any_of(terms), COMMON_RANKED)


def _ranked(
    session: Session, asked: ColumnElement[Any], filter: SearchFilter, *, limit: int
) -> dict[Place, float]:
    having = _having(session, asked, filter, MOST_RANKED)
    # 1: a long passage does not rank higher for being long.
    rank = func.ts_rank(having.c.words, asked, 1)
    return _first(session, having, rank, literal(1.0), limit=limit)


def _weighed(
    session: Session,
    round: _Round,
    counted: Sequence[Term],
    filter: SearchFilter,
    *,
    limit: int,
) -> dict[Place, float]:
    """Passages with what is sought in a round, by the weights of all words that are counted.

    The score is BM25's, for passages in which a word stands once: they are too short for it to
    matter how often it does.
    """
    having = _having(session, _query_of(round.sought), filter, round.most)
    weights = [
        case((having.c.words.op("@@")(_query_of(word_terms.one(term))), term.weight), else_=0.0)
        for term in counted
    ]
    length = 1 + _SATURATION * (1 - _LENGTH + _LENGTH * func.length(having.c.words) / _USUAL)
    has = reduce(add, weights)
    share = has / sum(term.weight for term in counted)
    return _first(session, having, has / length, share, limit=limit)


def _having(
    session: Session, asked: ColumnElement[Any], filter: SearchFilter, most: int
) -> Subquery:
    row = PassageWordsRow
    few = _of_few(session, filter, EXACT // 10)
    conditions = filter.conditions(row, few=few)
    return (
        select(row.interaction_id, row.index, row.words)
        .where(row.words.op("@@")(asked), *conditions)
        .limit(most)
        .subquery()
    )


def _first(
    session: Session, having: Subquery, rank: Any, share: Any, *, limit: int
) -> dict[Place, float]:
    rows = session.execute(
        select(having.c.interaction_id, having.c.index, share)
        .order_by(rank.desc(), having.c.interaction_id.desc(), having.c.index)
        .limit(limit)
    )
    return {(id, index): part for id, index, part in rows}


def _query_of(written: str) -> ColumnElement[Any]:
    return cast(literal(written), TSQUERY)


def _asked(query: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery(ENGLISH, query)


def by_meaning(
    session: Session, vector: NDArray[np.float32], filter: SearchFilter, *, limit: int
) -> dict[Place, float]:
    """Passages like a vector with their cosines, the most alike first.

    Through the index, unless filters leave so few passages that all of them are looked at.

    Args:
        session: the transaction, with the settings of `prepare`.
        vector: (width,) of length 1.
        filter: which passages.
        limit: most of them.
    """
    few = _of_few(session, filter, EXACT)
    conditions = filter.conditions(PassageRow, few=few)
    everything = not conditions and view.of(session).department is None
    if everything or not (few or _is_narrow(session, filter)):
        _set(session, enable_sort="off")
        found = _nearest(session, PassageRow.vector.max_inner_product(vector), conditions, limit)
        if everything or len(found) == limit:
            return found
        _set(session, enable_sort="on")
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
    # The index gives them a little out of order where it goes on.
    return {(id, index): -number for id, index, number in sorted(rows, key=itemgetter(2))}


def _of_few(session: Session, filter: SearchFilter, most: int) -> bool:
    """Whether there are filters over interactions, and few of these are left."""
    wanted = filter.of_interaction()
    return bool(wanted) and _are_few(session, InteractionRow.id, wanted, most)


def _is_narrow(session: Session, filter: SearchFilter) -> bool:
    """Whether what has to be found, or the view, leaves so little that no index is needed."""
    if of_finding := filter.of_finding():
        return _are_few(session, FindingRow.id, of_finding, EXACT_APART)
    return view.of(session).department is not None and _are_few(
        session, PassageRow.index, [], EXACT_APART
    )


def _are_few(
    session: Session, column: Any, conditions: Sequence[ColumnElement[bool]], most: int
) -> bool:
    some = select(column).where(*conditions).limit(most + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= most


def prepare(session: Session) -> None:
    """Settings of a transaction that searches; called before `by_words` and `by_meaning`.

    A search keeps to one processor: many are asked at once, and none is worth starting help. The
    index over vectors is gone through until there are enough. And filters are asked of one passage
    after the other: the planner would rather gather all findings of a category first, which takes
    longer than all the rest.
    """
    session.execute(_PREPARED)


_PREPARED = text(
    f"""
    SELECT set_config('max_parallel_workers_per_gather', '0', true),
        set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
        set_config('enable_hashagg', 'off', true),
        set_config('hnsw.ef_search', CASE WHEN goes_on THEN '{_PROBED}' ELSE '1000' END, true),
        CASE WHEN goes_on THEN set_config('hnsw.iterative_scan', 'relaxed_order', true) END
    FROM (
        SELECT CAST(string_to_array(extversion, '.') AS int[]) >= ARRAY{_ITERATIVE} AS goes_on
        FROM pg_extension WHERE extname = 'vector'
    ) version
    """  # noqa: S608 - numbers of ours
)


def _set(session: Session, **settings: str) -> None:
    """Settings for the rest of the transaction."""
    local = literal(value=True)
    session.execute(
        select(*(func.set_config(name, value, local) for name, value in settings.items()))
    )

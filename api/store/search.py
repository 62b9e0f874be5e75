"""Search over what customers said: by words, by meaning, and both together.

What is searched are passages. Filters and the session's view hold before anything is ranked, so
that a hit that may not be seen takes nobody's place, and none is found by a word that is hidden.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial, reduce
from itertools import islice
from operator import add, attrgetter
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from api.store import view, word_terms
from api.store.prepared import Prepared, run
from api.store.pull_tables import PassageWordsRow
from api.store.search_filter import SearchFilter
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


def by_words(
    session: Session, query: str, filter: SearchFilter, *, limit: int
) -> dict[Place, float]:
    """Passages with the words, the best first, and how much of what the query says is in them.

    That is 1 where all of its words are, and less the more and the rarer words are missing.

    Plain words are looked for each by itself, and a passage with more and rarer ones comes first.
    A query with operators is taken as `websearch_to_tsquery` reads it (`"a phrase"`, `or`, `-not`).
    """
    if not word_terms.is_plain(query):
        return _ranked(session, query, filter, limit=limit)
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
    session: Session, query: str, filter: SearchFilter, *, limit: int
) -> dict[Place, float]:
    few = _of_few(session, filter, EXACT // 10)
    values = {**filter.values(), "query": query, "limit": limit}
    return _places(_READ.rows(session, values, filter.shape(), few))


def _weighed(
    session: Session,
    round: _Round,
    counted: Sequence[Term],
    filter: SearchFilter,
    *,
    limit: int,
) -> dict[Place, float]:
    """Passages with what is sought in a round, by the weights of all words that are counted."""
    few = _of_few(session, filter, EXACT // 10)
    values = {
        **filter.values(),
        **{f"term{number}": word_terms.one(term) for number, term in enumerate(counted)},
        **{f"weight{number}": term.weight for number, term in enumerate(counted)},
        "all": sum(term.weight for term in counted),
        "sought": round.sought,
        "limit": limit,
    }
    shape = (filter.shape(), few, round.most, len(counted))
    return _places(_WEIGHED.rows(session, values, *shape))


def _places(rows: Sequence[Any]) -> dict[Place, float]:
    return {(row.interaction_id, row.index): row.part for row in rows}


def _reading(names: Sequence[str], few: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 - a shape
    asked = func.websearch_to_tsquery(ENGLISH, bindparam("query", type_=Text))
    having = _having(asked, names, few=few, most=MOST_RANKED)
    # 1: a long passage does not rank higher for being long.
    return _first(having, func.ts_rank(having.c.words, asked, 1), literal(1.0))


def _weighing(
    names: Sequence[str],
    few: bool,  # noqa: FBT001 - a shape
    most: int,
    terms: int,
) -> Select[*tuple[Any, ...]]:
    """By BM25, for passages in which a word stands once.

    They are too short for it to matter how often it does.
    """
    having = _having(_query_of("sought"), names, few=few, most=most)
    weights = [
        case(
            (
                having.c.words.op("@@")(_query_of(f"term{number}")),
                bindparam(f"weight{number}", type_=Double),
            ),
            else_=0.0,
        )
        for number in range(terms)
    ]
    length = 1 + _SATURATION * (1 - _LENGTH + _LENGTH * func.length(having.c.words) / _USUAL)
    has = reduce(add, weights)
    return _first(having, has / length, has / bindparam("all", type_=Double))


_READ, _WEIGHED = Prepared(_reading), Prepared(_weighing)


def _having(asked: ColumnElement[Any], names: Sequence[str], *, few: bool, most: int) -> Subquery:
    row = PassageWordsRow
    conditions = SearchFilter.of_shape(names).conditions(row, few=few)
    return (
        select(row.interaction_id, row.index, row.words)
        .where(row.words.op("@@")(asked), *conditions)
        .limit(most)
        .subquery()
    )


def _first(having: Subquery, rank: Any, share: Any) -> Select[*tuple[Any, ...]]:
    found = select(having.c.interaction_id, having.c.index, share.label("part"))
    ordered = found.order_by(rank.desc(), having.c.interaction_id.desc(), having.c.index)
    return ordered.limit(bindparam("limit"))


def _query_of(name: str) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=Text), TSQUERY)


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
    everything = not filter.shape() and view.of(session).department is None
    nearest = partial(_nearest, session, vector, filter, few=few, limit=limit)
    if everything or not (few or _is_narrow(session, filter)):
        _set_sort(session, on=False)
        found = nearest(through_index=True)
        if everything or len(found) == limit:
            return found
        _set_sort(session, on=True)
    return nearest(through_index=False)


def _nearest(  # noqa: PLR0913 - what a search is asked for, and how
    session: Session,
    vector: NDArray[np.float32],
    filter: SearchFilter,
    *,
    few: bool,
    limit: int,
    through_index: bool,
) -> dict[Place, float]:
    written = "[" + ",".join(map(repr, vector.tolist())) + "]"
    values = {**filter.values(), "vector": written, "limit": limit}
    rows = _NEAREST.rows(session, values, filter.shape(), few, through_index)
    # The index gives them a little out of order where it goes on.
    ordered = sorted(rows, key=attrgetter("distance"))
    return {(row.interaction_id, row.index): -row.distance for row in ordered}


def _by_distance(
    names: Sequence[str],
    few: bool,  # noqa: FBT001 - a shape
    through_index: bool,  # noqa: FBT001 - a shape
) -> Select[*tuple[Any, ...]]:
    asked = cast(bindparam("vector", type_=Text), PassageRow.vector.type)
    distance: Any = PassageRow.vector.max_inner_product(asked)
    if not through_index:  # none serves a sum
        distance = distance + 0
    conditions = SearchFilter.of_shape(names).conditions(PassageRow, few=few)
    found = select(PassageRow.interaction_id, PassageRow.index, distance.label("distance"))
    return found.where(*conditions).order_by(distance).limit(bindparam("limit"))


_NEAREST = Prepared(_by_distance)


def _of_few(session: Session, filter: SearchFilter, most: int) -> bool:
    """Whether there are filters over interactions, and few of these are left."""
    return bool(filter.of_interaction()) and _are_few(session, filter, _Kept.INTERACTIONS, most)


def _is_narrow(session: Session, filter: SearchFilter) -> bool:
    """Whether what has to be found, or the view, leaves so little that no index is needed."""
    if filter.of_finding():
        return _are_few(session, filter, _Kept.FINDINGS, EXACT_APART)
    return view.of(session).department is not None and _are_few(
        session, SearchFilter(), _Kept.PASSAGES, EXACT_APART
    )


class _Kept(Enum):
    """What is counted of what a filter leaves."""

    INTERACTIONS = "interactions"
    FINDINGS = "findings"
    PASSAGES = "passages"


def _are_few(session: Session, filter: SearchFilter, kept: _Kept, most: int) -> bool:
    (row,) = _COUNTED.rows(session, filter.values(), filter.shape(), kept, most)
    found: bool = row.number <= most
    return found


def _counted(names: Sequence[str], kept: _Kept, most: int) -> Select[*tuple[Any, ...]]:
    filter = SearchFilter.of_shape(names)
    column: Any
    conditions: list[ColumnElement[bool]] = []
    if kept is _Kept.INTERACTIONS:
        column, conditions = InteractionRow.id, filter.of_interaction()
    elif kept is _Kept.FINDINGS:
        column, conditions = FindingRow.id, filter.of_finding()
    else:
        column = PassageRow.index
    some = select(column).where(*conditions).limit(most + 1).subquery()
    return select(func.count().label("number")).select_from(some)


_COUNTED = Prepared(_counted)


def prepare(session: Session) -> None:
    """Settings of a transaction that searches; called before `by_words` and `by_meaning`.

    A search keeps to one processor: many are asked at once, and none is worth starting help. The
    index over vectors is gone through until there are enough. And filters are asked of one passage
    after the other: the planner would rather gather all findings of a category first, which takes
    longer than all the rest.
    """
    run(session, _PREPARED, {})


_PREPARED = f"""
    SELECT set_config('max_parallel_workers_per_gather', '0', true) AS parallel,
        set_config('enable_hashjoin', 'off', true) AS hashjoin,
        set_config('enable_mergejoin', 'off', true) AS mergejoin,
        set_config('enable_hashagg', 'off', true) AS hashagg,
        set_config('hnsw.ef_search', CASE WHEN goes_on THEN '{_PROBED}' ELSE '1000' END, true)
            AS probed,
        CASE WHEN goes_on THEN set_config('hnsw.iterative_scan', 'relaxed_order', true) END AS scan
    FROM (
        SELECT CAST(string_to_array(extversion, '.') AS int[]) >= ARRAY{_ITERATIVE} AS goes_on
        FROM pg_extension WHERE extname = 'vector'
    ) version
    """  # noqa: S608 - numbers of ours


def _set_sort(session: Session, *, on: bool) -> None:
    """Whether the planner may sort, for the rest of the transaction."""
    run(
        session,
        "SELECT set_config('enable_sort', %(value)s, true)",
        {"value": "on" if on else "off"},
    )

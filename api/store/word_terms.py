"""The words of a query: how much each says, after the planner's statistics, and where they stand.

How many passages have a word is never counted when somebody asks: `ANALYZE`, which autovacuum runs,
notes the thousand or so most common words and how common they are. A word that it did not note is
rarer than all of those, and nothing more is known of it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.store.prepared import run

MOST_TERMS = 16
"""Words of a query that are asked for, the rarest: a sentence has hardly as many that say much."""

# Not in anybody's text: control characters that ts_headline puts around what it found.
_OPEN, _CLOSE = "\x01", "\x02"
MARKS = f"HighlightAll=true, StartSel={_OPEN}, StopSel={_CLOSE}"

# Without statistics every word is taken for as common as this, so that none counts more.
_UNKNOWN = 0.001

_TERMS = """
    WITH asked AS (
        SELECT unnest(tsvector_to_array(to_tsvector('english', %(query)s))) AS word
    ), stats AS (
        -- Behind the shares of the words stand the least and the greatest of these.
        SELECT most_common_elems::text::text[] AS words, most_common_elem_freqs AS shares,
            most_common_elem_freqs[cardinality(most_common_elem_freqs) - 1] AS least
        FROM pg_stats
        WHERE schemaname = current_schema() AND tablename = 'passage_words' AND attname = 'words'
    ), common AS (
        SELECT listed.word, listed.share
        FROM stats CROSS JOIN unnest(stats.words, stats.shares) listed (word, share)
        WHERE listed.word = ANY (ARRAY(SELECT word FROM asked))
    )
    SELECT asked.word, coalesce(common.share, (SELECT least FROM stats)) AS share, (
        SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'passage_words'::regclass
    ) AS number
    FROM asked LEFT JOIN common ON common.word = asked.word
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of a query.

    Attributes:
        word: in the form in which passages are searched for it.
        passages: how many have it, about.
        weight: how much it says, the inverse document frequency of BM25.
    """

    word: str
    passages: float
    weight: float


def is_plain(query: str) -> bool:
    """Whether a query has no operators, so that a part of its words will do."""
    words = query.split()
    return '"' not in query and not any(one.startswith("-") or one.lower() == "or" for one in words)


def of(session: Session, query: str) -> list[Term]:
    """The words of a query, the rarest first; words that say nothing, such as `the`, are left out.

    The weight is that of Robertson & Spärck Jones as it stands in BM25 (Robertson & Zaragoza 2009,
    "The Probabilistic Relevance Framework: BM25 and Beyond").

    Args:
        session: the transaction.
        query: as a person typed it.
    """
    found = []
    for word, share, number in run(session, _TERMS, {"query": query}):
        passages = number * (share or _UNKNOWN)
        weight = math.log1p((number - passages + 0.5) / (passages + 0.5))
        found.append(Term(word=word, passages=passages, weight=weight))
    return sorted(found, key=lambda term: (term.passages, term.word))[:MOST_TERMS]


def up_to(terms: Sequence[Term], most: int) -> Sequence[Term]:
    """The rarest words, as many as so few passages have."""
    total = 0.0
    for place, term in enumerate(terms):
        total += term.passages
        if total > most:
            return terms[:place]
    return terms


def any_of(terms: Sequence[Term]) -> str:
    """The words as Postgres writes a query for any of them."""
    return " | ".join(one(term) for term in terms)


def all_of(terms: Sequence[Term]) -> str:
    """The same for all of them."""
    return " & ".join(one(term) for term in terms)


def one(term: Term) -> str:
    """A word as Postgres writes a query for it."""
    escaped = term.word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def spans(marked: str, said: str) -> list[tuple[int, int]]:
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

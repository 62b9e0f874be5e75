"""What the review queue is filled from: passages that were mined, and what the model said there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from api.store import interactions
from api.store.ids import new_id
from api.store.model_said import WHATEVER_BECAME
from api.store.opinion_tables import PEOPLE
from api.store.review_tables import ReviewDrawRow
from api.store.tables import WIDTH
from api.store.vectors import copied, unpacked
from nlp.types import CATEGORIES

Key = tuple[UUID, int]
"""An interaction, and the index of a passage in it."""

# What the model found, wherever it stands by now: people's own findings are not its, and what they
# rejected was noted before it went.
_FOUND = """
    EXISTS (
        SELECT FROM findings WHERE findings.interaction_id = passages.interaction_id
            AND findings.passage = passages.index AND findings.model <> :people
            AND findings.category = ANY (:categories)
    ) OR EXISTS (
        SELECT FROM model_said WHERE model_said.interaction_id = passages.interaction_id
            AND model_said.passage = passages.index AND model_said.category = ANY (:categories)
    )
"""

_POPULATION = f"""
    SELECT passages.interaction_id, passages.index, {_FOUND} AS found
    FROM passages JOIN interactions ON interactions.id = passages.interaction_id
    WHERE interactions.state = 'mined' AND interactions.model = :model
        AND interactions.mined_at < :until
        AND (CAST(:since AS timestamptz) IS NULL OR interactions.mined_at >= :since)
"""  # noqa: S608 - no value of anybody's stands in it

_SIZES = text(
    f"SELECT count(*) FILTER (WHERE found), count(*) FILTER (WHERE NOT found) "  # noqa: S608
    f"FROM ({_POPULATION}) mined"
)

# The key of a passage is made from its own id and the draw's: nobody chooses it, and whoever runs
# the draw again gets the same passages.
_DRAW = text(
    "SELECT interaction_id, index, found FROM ("  # noqa: S608
    "SELECT *, row_number() OVER (PARTITION BY found ORDER BY "
    "md5(:seed || interaction_id::text || '/' || index::text)) AS place "
    f"FROM ({_POPULATION}) mined) ordered "
    "WHERE place <= CASE WHEN found THEN :found ELSE :others END ORDER BY place, interaction_id"
)

# Neither asked for before, nor judged: it holds within each kind, before the newest are taken.
_FREE = """
    NOT EXISTS (
        SELECT FROM reviews WHERE reviews.interaction_id = passages.interaction_id
            AND reviews.turn = passages.turn AND reviews.start = passages.start
    ) AND NOT EXISTS (
        SELECT FROM opinions WHERE opinions.interaction_id = passages.interaction_id
            AND opinions.turn = passages.turn AND opinions.start = passages.start
    )
"""

_FOUND_IN = """
    findings JOIN passages ON passages.interaction_id = findings.interaction_id
        AND passages.index = findings.passage
"""

_CANDIDATES = text(f"""
    (SELECT passages.interaction_id, passages.index FROM {_FOUND_IN}
     WHERE findings.unsure AND findings.model = :model AND findings.category = ANY (:categories)
        AND {_FREE}
     ORDER BY findings.interaction_id DESC, findings.id LIMIT :most)
    UNION
    (SELECT sure.interaction_id, sure.index
     FROM unnest(CAST(:categories AS text[])) AS wanted(category) CROSS JOIN LATERAL (
        SELECT passages.interaction_id, passages.index FROM {_FOUND_IN}
        WHERE findings.category = wanted.category AND findings.model = :model AND {_FREE}
        ORDER BY findings.interaction_id DESC, findings.id LIMIT :some
     ) sure)
    UNION
    (SELECT passages.interaction_id, passages.index
     FROM shadow_differences JOIN passages
        ON passages.interaction_id = shadow_differences.interaction_id
        AND passages.index = shadow_differences.passage
     WHERE shadow_differences.shadow_id = (SELECT id FROM shadows WHERE served = :model
                                           ORDER BY id DESC LIMIT 1)
        AND {_FREE}
     ORDER BY shadow_differences.gap DESC, shadow_differences.id LIMIT :some)
    UNION
    (SELECT passages.interaction_id, passages.index FROM passages
     JOIN interactions ON interactions.id = passages.interaction_id
     WHERE interactions.state = 'mined' AND interactions.model = :model AND {_FREE}
     ORDER BY passages.interaction_id DESC, passages.index LIMIT :most)
    ORDER BY 1, 2
""")  # noqa: S608 - no value of anybody's stands in it

_DETAILS = """
    SELECT passages.interaction_id, passages.index, passages.turn, passages.start,
        passages."end", passages.vector,
        substr(turns.text, passages.start + 1, passages."end" - passages.start),
        CASE WHEN passages.start = 0 AND passages."end" = char_length(turns.text)
            THEN turns.sentiment_label END
    FROM passages JOIN turns ON turns.interaction_id = passages.interaction_id
        AND turns.index = passages.turn
    WHERE (passages.interaction_id, passages.index) IN (
        SELECT * FROM unnest(CAST(%(ids)s AS uuid[]), CAST(%(indexes)s AS int[])))
"""
_DETAIL_TYPES = ["uuid", "int4", "int4", "int4", "int4", "bytea", "text", "text"]

_SAID = text(f"""
    SELECT interaction_id, passage, category, confidence, sentiment FROM ({WHATEVER_BECAME}) said
    WHERE interaction_id = ANY (:ids) AND category = ANY (:categories)
        AND (interaction_id, passage) IN (
            SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:indexes AS int[])))
""")  # noqa: S608 - no value of anybody's stands in it

_DIFFERENCES = text("""
    SELECT interaction_id, passage, category, served, candidate FROM shadow_differences
    WHERE shadow_id = (SELECT id FROM shadows WHERE served = :model ORDER BY id DESC LIMIT 1)
        AND (interaction_id, passage) IN (
            SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:indexes AS int[])))
""")

_WAITING = """
    SELECT passages.vector FROM reviews JOIN passages
        ON passages.interaction_id = reviews.interaction_id AND passages.turn = reviews.turn
        AND passages.start = reviews.start
    WHERE reviews.state = 'open'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A passage that was mined, and what the model said there.

    Attributes:
        key: its interaction and index.
        turn: of the interaction.
        start: offset of its first character in the turn's text.
        end: offset after its last.
        words: the passage.
        vector: of length 1.
        said: what the model found, by category with its confidence.
        feeling: its sentiment, or None where that is not known of it alone.
    """

    key: Key
    turn: int
    start: int
    end: int
    words: str
    vector: NDArray[np.float32]
    said: Mapping[str, float]
    feeling: str | None


def last_until(session: Session, model: str) -> datetime | None:
    """Up to when what a model mined was drawn from; None before the first draw."""
    until = func.max(ReviewDrawRow.until)
    return session.scalar(select(until).where(ReviewDrawRow.model == model))


def now(session: Session) -> datetime:
    """The database's clock, which `mined_at` comes from."""
    found: datetime = session.scalars(select(func.clock_timestamp())).one()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a draw is made from.

    Attributes:
        model: that mined it.
        since: mined then or later; None from the beginning.
        until: mined before then.
    """

    model: str
    since: datetime | None
    until: datetime

    def values(self) -> dict[str, Any]:
        """As the statements take them."""
        return {"model": self.model, "since": self.since, "until": self.until, **_common()}


def sizes(session: Session, window: Window) -> tuple[int, int]:
    """How many passages there are in which the model found something, and in which it did not."""
    found, others = session.execute(_SIZES, window.values()).one()
    return int(found), int(others)


def draw(
    session: Session, window: Window, *, of: tuple[int, int], take: tuple[int, int]
) -> tuple[UUID, list[Key]]:
    """Draws passages blindly, and writes down from how many.

    Args:
        session: the transaction.
        window: what is drawn from.
        of: how many there are in each stratum, as `sizes` has them.
        take: how many of each.

    Returns:
        The draw's id, and the passages, strata mixed.
    """
    id = new_id()
    session.execute(
        insert(ReviewDrawRow).values(
            id=id,
            model=window.model,
            until=window.until,
            found=of[0],
            found_drawn=take[0],
            others=of[1],
            others_drawn=take[1],
        )
    )
    values = {**window.values(), "seed": str(id), "found": take[0], "others": take[1]}
    return id, [(interaction, index) for interaction, index, _ in session.execute(_DRAW, values)]


def candidates(session: Session, model: str, *, most: int) -> list[Key]:
    """Passages that people may be asked about: neither judged, nor asked for before.

    Args:
        session: the transaction.
        model: that mined them.
        most: of the newest unsure ones, and of the newest at all; a quarter of it of each other
            kind.
    """
    values = {"model": model, "most": most, "some": max(most // 4, 1), **_common()}
    return [(id, index) for id, index in session.execute(_CANDIDATES, values)]


def details(session: Session, keys: Collection[Key]) -> dict[Key, Passage]:
    """Passages with their words and what the model said there; those that are gone are left out.

    Their interactions are kept from being erased until this transaction ends.
    """
    listed = _listed(keys)
    interactions.keep(session, listed["ids"])
    said: dict[Key, dict[str, float]] = {}
    feelings: dict[Key, str] = {}
    for id, index, category, confidence, feeling in session.execute(_SAID, {**_common(), **listed}):
        said.setdefault((id, index), {})[category] = confidence
        feelings[id, index] = feeling
    rows = list(copied(session, _DETAILS, listed, _DETAIL_TYPES))
    vectors = unpacked((row[5] for row in rows), WIDTH)
    return {
        (id, index): Passage(
            key=(id, index),
            turn=turn,
            start=start,
            end=end,
            words=words,
            vector=vector,
            said=said.get((id, index), {}),
            feeling=feelings.get((id, index), feeling),
        )
        for (id, index, turn, start, end, _, words, feeling), vector in zip(
            rows, vectors, strict=True
        )
    }


def differences(
    session: Session, model: str, keys: Collection[Key]
) -> dict[Key, dict[str, tuple[float, float]]]:
    """What the newest shadow run said otherwise: probabilities of what serves and the candidate."""
    found: dict[Key, dict[str, tuple[float, float]]] = {}
    values = {"model": model, **_listed(keys)}
    for id, index, category, served, candidate in session.execute(_DIFFERENCES, values):
        found.setdefault((id, index), {})[category] = (served, candidate)
    return found


def waiting_vectors(session: Session) -> NDArray[np.float32]:
    """(passages, width) of the passages that wait for an answer."""
    return unpacked((row[0] for row in copied(session, _WAITING, {}, ["bytea"])), WIDTH)


def _common() -> dict[str, Any]:
    return {"people": PEOPLE, "categories": list(CATEGORIES)}


def _listed(keys: Collection[Key]) -> dict[str, Any]:
    return {"ids": [id for id, _ in keys], "indexes": [index for _, index in keys]}

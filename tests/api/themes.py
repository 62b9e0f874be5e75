"""Findings whose themes are known beforehand, for tests of themes in the service."""

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import select, text

from api.steps import retheme
from api.steps.accept import accept
from api.steps.assign import Memory
from api.steps.mine import mine
from api.store.database import Database
from api.store.tables import FindingRow
from api.store.theme_tables import FIRST, ThemeMemberRow, ThemeRow
from nlp.types import Finding, Interaction, Mined, Passage, Sentiment
from tests.api.interactions import WIDTH, PlainRedactor, WordMiner, interaction

SCOPE = "product_defect"
TOPICS = {
    "kettle": "The kettle leaks water on the floor",
    "screen": "My screen goes black when it starts",
    "login": "The app logs me out after the update",
    "parcel": "The lid arrived broken in its box",
}
"""What customers say, by the word that tells a topic."""

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def vector(text: str) -> np.ndarray:
    """A unit vector near those of the same topic."""
    middle = np.random.default_rng(zlib.crc32(topic_of(text).encode())).normal(size=WIDTH)
    noise = np.random.default_rng(zlib.crc32(text.encode())).normal(size=WIDTH)
    found = middle / np.linalg.norm(middle) + 0.6 * noise / np.linalg.norm(noise)
    return np.asarray(found / np.linalg.norm(found), dtype=np.float32)


class TopicMiner(WordMiner):
    """Finds a defect in every customer's turn; its passage's vector is that of its topic."""

    def _mine(self, interaction: Interaction) -> Mined:
        said = [turn for turn in interaction.turns if turn.speaker == "customer"]
        return Mined(
            passages=tuple(
                Passage(turn=turn.index, start=0, end=len(turn.text), text=turn.text)
                for turn in said
            ),
            vectors=tuple(tuple(vector(turn.text).tolist()) for turn in said),
            findings=tuple(
                Finding(
                    category=category,
                    turn=turn.index,
                    start=0,
                    end=len(turn.text),
                    quote=turn.text,
                    confidence=0.75,
                    sentiment="negative",
                    passage=number,
                )
                for number, turn in enumerate(said)
                for category in (SCOPE, *(one.name for one in self.custom))
            ),
            sentiment=Sentiment(label="negative", score=-0.5),
            arc=(),
            model=self.model,
        )


def say(
    database: Database, texts: Sequence[str], *, memory: Memory | None = None, **fields: Any
) -> list[UUID]:
    """Stores and mines one call a text; the ids of their interactions."""
    return _take(database, [_call(text, **fields) for text in texts], memory)


def _call(text: str, **fields: Any) -> Interaction:
    return interaction(f"call-{zlib.crc32(text.encode())}", words=("Hello", text), **fields)


def _take(database: Database, calls: Sequence[Interaction], memory: Memory | None) -> list[UUID]:
    with database.session() as session:
        ids = list(accept(session, calls, redactor=PlainRedactor()).ids)
    mine(database, TopicMiner(), ids, memory=memory)
    return ids


def texts(topic: str, count: int, *, first: int = 0) -> list[str]:
    """Different texts of one topic."""
    words = TOPICS.get(topic, f"It is about {topic} altogether")
    return [f"{words}, case {number}" for number in range(first, first + count)]


def on_days(
    database: Database, topic: str, counts: Sequence[int], *, since: datetime = START
) -> None:
    """So many calls of a topic on each day from a day on."""
    calls = [
        _call(f"{text} on day {moment:%j}", started_at=moment)
        for number, count in enumerate(counts)
        for moment in [since + timedelta(days=number)]
        for text in texts(topic, count)
    ]
    _take(database, calls, None)


def gather(database: Database, *scopes: str) -> UUID:
    """Has scopes gathered anew, as a worker would; the id of the job."""
    with database.session() as session:
        wanted = dict.fromkeys(scopes or (SCOPE,), retheme.ASKED)
        job = retheme.ask(session, wanted, source="themes")
        assert job is not None
    retheme.retheme(database, job.id)
    return job.id


def themes(database: Database, scope: str = SCOPE) -> dict[str, ThemeRow]:
    """The active themes of a scope by the topic of their members, which have to be of one."""
    with database.session() as session:
        rows = session.execute(
            select(ThemeRow, FindingRow.quote)
            .join(ThemeMemberRow, ThemeMemberRow.theme_id == ThemeRow.id)
            .join(FindingRow, FindingRow.id == ThemeMemberRow.finding_id)
            .where(ThemeRow.scope == scope, ThemeRow.state == "active")
            .where(ThemeMemberRow.place == FIRST)
        ).all()
    found: dict[str, ThemeRow] = {}
    for row, quote in rows:
        topic = topic_of(quote)
        assert found.setdefault(topic, row).id == row.id, f"{topic} stands in two themes"
    return found


def topic_of(quote: str) -> str:
    """The topic of a text."""
    words = quote.partition(",")[0]
    return {said: topic for topic, said in TOPICS.items()}.get(words, words)


def members(database: Database, theme: UUID) -> dict[UUID, str]:
    """The findings that stand first in a theme, with their quotes."""
    with database.session() as session:
        rows = session.execute(
            select(FindingRow.id, FindingRow.quote)
            .join(ThemeMemberRow, ThemeMemberRow.finding_id == FindingRow.id)
            .where(ThemeMemberRow.theme_id == theme, ThemeMemberRow.place == FIRST)
        )
        return dict(rows.all())


def items_count_what_is_routed(database: Database) -> None:
    """Every counter of an item is what the rows say, and everything routed counts somewhere."""
    wrong = text(
        """
        SELECT items.id, items.findings, items.interactions FROM items LEFT JOIN (
            SELECT item_id, count(*) AS findings, count(DISTINCT interaction_id) AS interactions
            FROM routed GROUP BY item_id
        ) counted ON counted.item_id = items.id
        WHERE (items.findings, items.interactions)
            <> (coalesce(counted.findings, 0), coalesce(counted.interactions, 0))
        """
    )
    with database.session() as session:
        assert session.execute(wrong).all() == []


def dump(database: Database, *tables: str) -> list[str]:
    """Every row of some tables, as text, sorted; of all tables if none is named."""
    found: list[str] = []
    with psycopg.connect(database.conninfo) as connection:
        listed = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in listed:
            if not tables or table in tables:
                name = Identifier(table)
                rows = connection.execute(SQL("SELECT t::text FROM {} t").format(name)).fetchall()
                found.extend(f"{table}: {row[0]}" for row in rows)
    return sorted(found)

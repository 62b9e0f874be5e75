"""What a generated store has beside the rows that are copied in, made of these at the end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from api.settings import Settings
from api.steps import drift
from api.store.database import Database


def finish(database: Database, connection: psycopg.Connection[Any], folder: Path) -> None:
    """Makes items, counts, words and indexes, and reads the weeks for drift.

    Args:
        database: the store.
        connection: to it, on which triggers are off; they are on afterwards.
        folder: of the model that its vectors are of.
    """
    _write_items(connection)
    _write_runs(connection)
    connection.execute("SELECT conduit_recount()")
    connection.execute("SET session_replication_role = origin")
    _index(connection)
    # As in a service that has run for that year: it has read its weeks as they went by.
    drift.make(database, _watch(folder), today=datetime.now(UTC).date())
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


def _write_items(connection: psycopg.Connection[Any]) -> None:
    """Gives departments an item for each theme with findings that reached them."""
    connection.execute(
        """
        INSERT INTO items (id, department_id, theme_id, category, opened_at, state, findings, told,
            interactions, negative, positive, first_at, last_at)
        SELECT gen_random_uuid(), department_id, theme_id, category, first_at,
            CASE row_number() OVER () % 5 WHEN 0 THEN 'acknowledged' WHEN 1 THEN 'planned'
                ELSE 'open' END,
            findings, findings, interactions, negative, positive, first_at, last_at
        FROM (
            SELECT r.department_id, m.theme_id, f.category, count(*) AS findings,
                count(DISTINCT i.id) AS interactions,
                count(*) FILTER (WHERE f.sentiment = 'negative') AS negative,
                count(*) FILTER (WHERE f.sentiment = 'positive') AS positive,
                min(coalesce(i.started_at, i.received_at)) AS first_at,
                max(coalesce(i.started_at, i.received_at)) AS last_at
            FROM routed r
            JOIN findings f ON f.id = r.finding_id
            JOIN theme_members m ON m.finding_id = f.id AND m.scope = f.category AND m.place = 1
            JOIN interactions i ON i.id = f.interaction_id
            GROUP BY r.department_id, m.theme_id, f.category
        ) reached
        """
    )
    connection.execute(
        """
        UPDATE routed SET item_id = items.id FROM items, theme_members m
        WHERE m.finding_id = routed.finding_id AND m.place = 1 AND m.theme_id = items.theme_id
        AND items.department_id = routed.department_id
        """
    )


def _write_runs(connection: psycopg.Connection[Any]) -> None:
    """Says that themes were gathered just now, so that no worker gathers them at once."""
    connection.execute(
        """
        INSERT INTO theme_runs
            (id, scope, reason, state, finished_at, findings, documents, themes, waiting, quality)
        SELECT gen_random_uuid(), scope, 'asked', 'done', now(), had, had, themes, had - placed,
            '{}'
        FROM (
            SELECT scope,
                (SELECT count(*) FROM findings WHERE scope IN ('all', category)) AS had,
                (SELECT count(*) FROM themes WHERE themes.scope = known.scope) AS themes,
                (SELECT count(*) FROM theme_members member
                    WHERE member.scope = known.scope AND place = 1) AS placed
            FROM theme_scopes known
        ) counted
        """
    )


def _index(connection: psycopg.Connection[Any]) -> None:
    """Makes what a search stands on: words and their index, and that of vectors, in one go."""
    connection.execute(
        "INSERT INTO passage_words (interaction_id, index, words)"
        " SELECT passage.interaction_id, passage.index, to_tsvector('english',"
        ' substring(turn.text FROM passage.start + 1 FOR passage."end" - passage.start))'
        " FROM passages passage JOIN turns turn"
        " ON turn.interaction_id = passage.interaction_id AND turn.index = passage.turn"
        " ON CONFLICT DO NOTHING"
    )
    # A graph that fits into memory is built many times faster than one that spills.
    connection.execute("SET maintenance_work_mem = '3GB'")
    connection.execute(
        "CREATE INDEX ix_passages_vector ON passages USING hnsw (vector halfvec_ip_ops)"
    )


def _watch(folder: Path) -> drift.Watch:
    settings = Settings()
    every = timedelta(hours=settings.drift_hours)
    return drift.Watch(every=every, sample=settings.drift_sample, folder=lambda: folder)

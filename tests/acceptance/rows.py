"""What the database holds after a test, and whether it is whole."""

from typing import Any

import psycopg

from api.store.database import Database

Findings = dict[str, list[tuple[Any, ...]]]


def counts(database: Database) -> dict[str, int]:
    """State to number of interactions."""
    with psycopg.connect(database.conninfo) as connection:
        rows = connection.execute("SELECT state, count(*) FROM interactions GROUP BY state")
        return dict(rows.fetchall())


def one(database: Database, query: str) -> Any:
    """The one value that a query of a test answers."""
    with psycopg.connect(database.conninfo) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def findings(database: Database) -> Findings:
    """The file's own identifier to what was found in it, all but the ids, which differ by run."""
    query = """
        SELECT i.external_id, f.passage, f.category, f.turn, f.start, f."end", f.quote,
               f.sentiment, f.model, round(f.confidence::numeric, 3)
        FROM interactions i LEFT JOIN findings f ON f.interaction_id = i.id
        ORDER BY 1, 2, 3, 4, 5
    """
    found: Findings = {}
    with psycopg.connect(database.conninfo) as connection:
        for name, *finding in connection.execute(query):
            rows = found.setdefault(name, [])
            if finding[0] is not None:
                rows.append(tuple(finding))
    return found


def assert_whole(database: Database, *, turns: dict[str, int]) -> None:
    """Each interaction is there once with all of its turns, and nothing belongs to nothing.

    Args:
        database: to look at.
        turns: the file's own identifier to its number of turns, of all that were submitted.
    """
    with psycopg.connect(database.conninfo) as connection:
        stored = connection.execute(
            "SELECT i.external_id, count(t) FROM interactions i"
            " LEFT JOIN turns t ON t.interaction_id = i.id GROUP BY i.id"
        ).fetchall()
    assert sorted(stored) == sorted(turns.items()), "each once, each with all of its turns"
    half = """
        SELECT count(*) FROM interactions i WHERE
        (state = 'mined') <> EXISTS (SELECT FROM turns t WHERE t.interaction_id = i.id
                                     AND t.sentiment_label IS NOT NULL)
        OR (state <> 'mined' AND EXISTS (SELECT FROM passages p WHERE p.interaction_id = i.id))
    """
    assert one(database, half) == 0, "mined whole or not at all"
    stray = """
        SELECT (SELECT count(*) FROM passages p
                WHERE NOT EXISTS (SELECT FROM turns t WHERE t.interaction_id = p.interaction_id
                                  AND t.index = p.turn AND t.speaker = 'customer'
                                  AND p."end" <= char_length(t.text)))
             + (SELECT count(*) FROM findings f JOIN turns t
                ON t.interaction_id = f.interaction_id AND t.index = f.turn
                WHERE substr(t.text, f.start + 1, f."end" - f.start) <> f.quote)
    """
    assert one(database, stray) == 0, "every offset points at its words"

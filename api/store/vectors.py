"""Vectors in the form in which PostgreSQL sends and takes them: as text they would take minutes."""

import struct
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from sqlalchemy.orm import Session

_HEAD = 4
"""Bytes before the numbers: a halfvec is its width, two bytes that are free, and its numbers, big
end first (pgvector, src/halfvec.c, halfvec_recv)."""


def packed(vector: Any) -> bytes:
    """A vector in half precision, as COPY takes it."""
    numbers = np.asarray(vector, dtype=">f2")
    return struct.pack(">HH", len(numbers), 0) + numbers.tobytes()


def unpacked(rows: Iterable[bytes], width: int) -> NDArray[np.float32]:
    """(rows, width) of what COPY gives."""
    joined = b"".join(row[_HEAD:] for row in rows)
    return np.frombuffer(joined, dtype=">f2").reshape(-1, width).astype(np.float32)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same, of length 1: half precision takes some of it away."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def driver(session: Session) -> Connection[Any]:
    """The driver's connection under a session.

    Raises:
        TypeError: there is none.
    """
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, Connection):
        raise TypeError("the session has no connection")
    return connection


def copied(
    session: Session, query: str, values: dict[str, Any], types: list[str]
) -> Iterator[tuple[Any, ...]]:
    """Rows of a query, by COPY.

    Args:
        session: the transaction.
        query: a SELECT.
        values: of its parameters.
        types: of its columns; `bytea` for a vector.
    """
    statement = f"COPY ({query}) TO STDOUT WITH (FORMAT binary)"
    with driver(session).cursor().copy(statement, values) as copy:
        copy.set_types(types)
        yield from copy.rows()

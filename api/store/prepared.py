"""Statements that are written once and handed to the driver as they are.

To build a statement, look up what was compiled of it and load objects takes SQLAlchemy several
times what PostgreSQL takes to answer it (`python -m benchmarks.load`). What is read hundreds of
times a second is therefore compiled once. A session that is narrowed to a department takes the
ordinary way all the same, so that its conditions stand in one place (`api.store.view`).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

from psycopg.rows import namedtuple_row
from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, bindparam
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from api.store import view

_MOST_SHAPES = 500
"""Of one query that are kept compiled, some kB each: rare combinations are compiled each time."""

_DIALECT: Any = PGDialect_psycopg()  # type: ignore[no-untyped-call] # SQLAlchemy's


class Prepared:
    """A query of columns in some shapes, each compiled when it is first asked for; a decorator.

    Args:
        make: the query of a shape, in which what differs from call to call is a `bindparam`. A
            shape says which conditions there are; the first some hundred that come are kept.
    """

    def __init__(self, make: Callable[..., Select[*tuple[Any, ...]]]) -> None:
        self._make = make
        self._compiled: dict[tuple[Hashable, ...], tuple[str, Mapping[str, Any]]] = {}

    def rows(self, session: Session, values: Mapping[str, Any], *shape: Hashable) -> Sequence[Any]:
        """Rows whose columns are their attributes, under the names that the query gives them.

        Args:
            session: the transaction.
            values: of the parameters.
            shape: of the query, as `make` takes it.
        """
        if view.of(session).department is not None:
            return session.execute(self._make(*shape), values).all()
        sql, constants = self._sql(shape)
        found: Sequence[Any] = run(session, sql, {**constants, **values}).fetchall()
        return found

    def _sql(self, shape: tuple[Hashable, ...]) -> tuple[str, Mapping[str, Any]]:
        known = self._compiled.get(shape)
        if known is None:  # two threads that come first both compile it, to the same
            found: Any = self._make(*shape).compile(dialect=_DIALECT)
            known = str(found), found.params
            if len(self._compiled) < _MOST_SHAPES:
                self._compiled[shape] = known
        return known


def given(filter: Any, names: Sequence[str]) -> dict[str, Any]:
    """Those of a filter's fields that narrow, by name: they are the shape of its query."""
    return {name: value for name in names if (value := getattr(filter, name)) is not None}


def parameters(names: Iterable[str]) -> dict[str, Any]:
    """A parameter for each of some fields, under its name, to make a filter of a shape."""
    return {name: bindparam(name) for name in names}


def among(column: Any) -> ColumnElement[bool]:
    """Whether a column of ids is among those of the parameter `ids`.

    One array, not a list of parameters: the statement stays the same, and is planned once.
    """
    found: ColumnElement[bool] = column == any_(bindparam("ids", type_=ARRAY(Uuid)))
    return found


def run(session: Session, sql: str, values: Mapping[str, Any]) -> Any:
    """Hands a statement to the driver, within the session's transaction.

    Returns:
        The driver's cursor; a row is a named tuple.
    """
    session.flush()  # as a session does before it asks anything
    connection: Any = session.connection().connection.driver_connection
    cursor = connection.cursor(row_factory=namedtuple_row)
    return cursor.execute(sql, values)

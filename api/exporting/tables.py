"""A table that is exported: its columns, and its rows as they come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

CHANGE = "change"
UPSERT, ERASED = "upsert", "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of one noun.

    Attributes:
        columns: names and what they hold: id, text, time, number, count, flag or json.
        rows: one value a column, read once.
        gone: ids of what is to be taken away, read after the rows.
    """

    columns: tuple[tuple[str, str], ...]
    rows: Iterable[tuple[Any, ...]]
    gone: Iterable[UUID]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, `change` first."""
        return (CHANGE, *(name for name, _ in self.columns))

    def lines(self) -> Iterator[tuple[Any, ...]]:
        """The rows with what became of each in front; what is gone has its id and no more."""
        for row in self.rows:
            yield (UPSERT, *row)
        nothing = (None,) * (len(self.columns) - 1)
        for id in self.gone:
            yield (ERASED, id, *nothing)

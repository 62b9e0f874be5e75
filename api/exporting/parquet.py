"""Parquet, by pyarrow: a row group as soon as its rows are there."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from api.errors import ExtraMissing
from api.exporting.tables import Table

_GROUP = 10_000
"""Rows of a row group: what is held in memory, and what readers skip at once."""


def as_parquet(table: Table) -> Iterator[bytes]:
    """Parquet with Zstandard; ids are text, times are in UTC, and metadata are JSON as text.

    Raises:
        ExtraMissing: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ExtraMissing(
            "Parquet needs pyarrow, which is not installed here: let whoever runs the service "
            "install conduit-voc[parquet], or take format=jsonl or format=csv."
        ) from error
    types = {
        "number": pa.float64(),
        "count": pa.int64(),
        "flag": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    kinds = ("text", *(kind for _, kind in table.columns))
    schema = pa.schema(
        [
            (name, types.get(kind, pa.string()))
            for name, kind in zip(table.names, kinds, strict=True)
        ]
    )
    target = _Pipe()
    lines = table.lines()
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while group := list(islice(lines, _GROUP)):
            columns = [
                pa.array([_value(value) for value in column], type=field.type)
                for column, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            yield target.taken()
    yield target.taken()


def _value(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float | datetime):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


class _Pipe(io.RawIOBase):
    """A file whose bytes are taken away while it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found

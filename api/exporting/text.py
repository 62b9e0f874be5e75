"""JSON Lines and CSV."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.exporting.tables import ERASED, Table

_ROWS = 500
"""Rows that are handed on together."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would take for a formula."""


def as_lines(table: Table) -> Iterator[bytes]:
    """JSON Lines: an object a row; of what is gone `change` and `id` alone."""
    names = table.names

    def line(row: tuple[Any, ...]) -> str:
        pairs = zip(names, row, strict=True)
        value = dict(list(pairs)[:2]) if row[0] == ERASED else dict(pairs)
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
        )

    yield from _joined(line(row) + "\n" for row in table.lines())


def as_csv(table: Table) -> Iterator[bytes]:
    """CSV after RFC 4180 with a header, in UTF-8.

    A text that begins like a formula gets an apostrophe in front, so that no spreadsheet runs what
    a customer wrote (OWASP, "CSV injection").
    """
    target = io.StringIO()
    writer = csv.writer(target)

    def line(row: tuple[Any, ...]) -> str:
        target.seek(0)
        target.truncate()
        writer.writerow(row)
        return target.getvalue()

    yield line(table.names).encode()
    yield from _joined(line(tuple(_cell(value) for value in row)) for row in table.lines())


def _joined(lines: Iterator[str]) -> Iterator[bytes]:
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _ROWS:
            yield "".join(batch).encode()
            batch.clear()
    yield "".join(batch).encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _plain(value) if isinstance(value, UUID | datetime) else value


def _plain(value: Any) -> str:
    """A value that JSON has no form for."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)

"""Exports as the service takes them."""

from typing import Literal

from pydantic import Field

from api.schemas.base import Taken, Text

Noun = Literal["interactions", "findings", "themes"]
ExportFormat = Literal["jsonl", "csv", "parquet"]


class ExportQuery(Taken):
    """Which rows, and how they are written."""

    format: ExportFormat = Field(
        "jsonl",
        description="JSON Lines; CSV, where a text that looks like a formula is escaped; "
        "or Parquet.",
    )
    since: Text | None = Field(
        None,
        max_length=300,
        description="`Conduit-Watermark` of the export before: only what was changed or erased "
        "since. Everything if left out.",
    )

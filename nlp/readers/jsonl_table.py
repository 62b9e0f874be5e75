"""Tables in JSON: JSON Lines, an array of objects, or a single object, with any column names.

One row is one interaction (its text may itself be labelled lines, or a list of messages), or,
where a speaker's column stands beside the text, one turn. `nlp.transcripts.tables` has the names
that are guessed.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, islice

from nlp.errors import BrokenInput, ConduitError
from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft
from nlp.transcripts.json_lines import first_objects, json_lines
from nlp.transcripts.tables import (
    SAMPLE_ROWS,
    columns_of,
    interaction_of_row,
    interactions_of_rows,
)
from nlp.types import Interaction, Rejected

_NO_OPTIONS = ReadOptions()


def interaction_from_row(
    row: Mapping[str, object], *, line: int, options: ReadOptions, name: str
) -> Interaction:
    """One row as one interaction, for callers that stream a table themselves.

    Args:
        row: column names to values; also an object of our own shape, with `turns`.
        line: the row's number, for `Interaction.source` and for errors.
        options: as for `nlp.readers.read`.
        name: what to call the table.

    Raises:
        ReadError: there are no words in it, or its fields break the rules.
    """
    draft = Draft(format="jsonl_table", source=f"{name}:{line}", said=())
    return interaction_of_row(row, draft=draft, options=options)


def _detect(document: Document) -> bool:
    if not document.looks_like_json():
        return False
    try:
        rows = [document.json_object] if document.json_object else first_objects(document)
        return any("text" in columns_of(row, _NO_OPTIONS) or "turns" in row for row in rows)
    except ConduitError:
        return False


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    if document.json_object:
        draft = Draft(format="jsonl_table", source=document.name, said=())
        yield interaction_of_row(document.json_object, draft=draft, options=options)
        return
    rows = json_lines(document)
    first = list(islice(rows, SAMPLE_ROWS))
    if not any(isinstance(value, dict) for _, value in first):
        raise BrokenInput(
            f"none of the first {len(first)} lines is a JSON object", source=document.name
        )
    draft = Draft(format="jsonl_table", source=document.name, said=())
    yield from interactions_of_rows(chain(first, rows), draft=draft, options=options)


FORMAT = Format(
    title="JSON table (JSON Lines, array or object)",
    suffixes=(".jsonl", ".ndjson", ".json"),
    detect=_detect,
    read=_read,
    checked_with="microsoft/Conversation-Knowledge-Mining-Solution-Accelerator: sample calls",
)

"""Tables with a header row, separated by commas, semicolons, tabs or bars (RFC 4180 and its kin).

One row is one interaction, or, where a speaker's column stands beside the text, one turn. See
`nlp.transcripts.tables` for the names that are guessed.
"""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from nlp.errors import BrokenInput, ConduitError, OptionError
from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft
from nlp.transcripts.json_lines import lines_of
from nlp.transcripts.tables import columns_of, interactions_of_rows
from nlp.types import Interaction, Rejected

_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_CELL = 100_000_000
_LONGEST_NAME = 40
_HEAD = 65536
_NO_OPTIONS = ReadOptions()


def _detect(document: Document) -> bool:
    try:
        text = document.text[:_HEAD].lstrip("\n ")
    except ConduitError:
        return False
    delimiter = _delimiter(text, _NO_OPTIONS)
    if delimiter is None:
        return False
    csv.field_size_limit(_LONGEST_CELL)
    rows = list(islice(csv.reader(io.StringIO(text), delimiter=delimiter), 3))
    return len(rows) > 1 and len(rows[1]) == len(rows[0])


def _delimiter(text: str, options: ReadOptions) -> str | None:
    """What separates the names in the header row; None if none of them is for the words."""
    first = text.split("\n", 1)[0]
    best: tuple[int, str] | None = None
    for delimiter in _DELIMITERS:
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        plain = all(0 < len(name) <= _LONGEST_NAME and len(name.split()) <= 4 for name in names)
        if plain and columns_of(names, options).get("text") in names:
            best = max(best or (0, ""), (len(names), delimiter))
    return best[1] if best else None


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    csv.field_size_limit(_LONGEST_CELL)
    text = document.text.lstrip("\n ")
    delimiter = _delimiter(text, options)
    names = next(csv.reader([text.split("\n", 1)[0]], delimiter=delimiter or ","), [])
    names = [name.strip() for name in names]
    if delimiter is None:
        _refuse(document, names, options)
    rows = _rows(document, text, names, delimiter or ",")
    draft = Draft(format="csv_table", source=document.name, said=())
    yield from interactions_of_rows(rows, draft=draft, options=options)


def _refuse(document: Document, names: list[str], options: ReadOptions) -> None:
    listed = ", ".join(repr(name[:_LONGEST_NAME]) for name in names[:12])
    asked = options.columns.get("text")
    if asked is not None:
        raise OptionError(f"no column is called {asked!r}; the header row has {listed}")
    raise BrokenInput(
        f"the header row has no column for the words, only {listed}; name it with the columns "
        "option, for example columns={'text': 'notes'}",
        source=document.name,
        where="line 1",
    )


def _rows(
    document: Document, text: str, names: list[str], delimiter: str
) -> Iterator[tuple[int, dict[str, object] | Rejected]]:
    reader = csv.reader((f"{line}\n" for _, line in lines_of(text)), delimiter=delimiter)
    line = 0
    while True:
        started = line + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield started, _rejected(document, started, f"not a row of the table ({error})")
            return
        line = reader.line_num
        if cells is None:
            return
        if started == 1 or not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            message = f"{len(cells)} cells, the header row names {len(names)}"
            yield started, _rejected(document, started, message)
            continue
        yield started, dict(zip(names, cells, strict=False))


def _rejected(document: Document, line: int, message: str) -> Rejected:
    source = f"{document.name}:{line}"
    error = BrokenInput(message, source=source)
    return Rejected(source=source, code=error.code, message=str(error))


FORMAT = Format(
    title="CSV table",
    suffixes=(".csv", ".tsv"),
    detect=_detect,
    read=_read,
    checked_with="this project, after RFC 4180",
)

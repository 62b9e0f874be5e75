"""JSON Lines as they stream in: one interaction a line, never the whole body in memory."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from api.errors import Fault, NothingReadable
from api.intake.options import Reading
from api.intake.uploads import complete
from nlp.errors import BrokenInput, EmptyInput, ReadError, TooLarge, WrongEncoding
from nlp.readers.jsonl_table import interaction_from_row
from nlp.types import Interaction, Rejected

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one line. A call of a day has about one million."""

PATIENCE = 1_000
"""Lines without a readable one among them after which the upload is taken for something else."""

_BOM = b"\xef\xbb\xbf"


def items(chunks: Iterable[bytes], how: Reading) -> Iterator[Interaction | Rejected]:
    """One item a line that is not blank; a line that cannot be read is a rejected one.

    The first line is read before this returns, so that an empty body raises here.

    Raises:
        EmptyInput: there is no line with anything on it.
        NothingReadable: while it is iterated, when the first 1,000 lines are all rejected.
    """
    found = _patient(_items(chunks, how))
    first = next(found, None)
    if first is None:
        raise EmptyInput("no line with anything on it", source=how.name)
    return chain([first], found)


def _patient(found: Iterator[Interaction | Rejected]) -> Iterator[Interaction | Rejected]:
    """The items, unless nothing but rejected ones come."""
    rejected: list[Rejected] = []
    for item in found:
        yield item
        if isinstance(item, Interaction):
            break
        rejected.append(item)
        if len(rejected) == PATIENCE:
            raise NothingReadable(
                f"None of the first {PATIENCE:,} lines can be read; nothing was stored. "
                "Is it JSON Lines? Other formats are recognised under another content type.",
                faults=[
                    Fault(place="part", pointer=part.source, message=part.message)
                    for part in rejected
                ],
            )
    yield from found


def _items(chunks: Iterable[bytes], how: Reading) -> Iterator[Interaction | Rejected]:
    for number, line in enumerate(lines(chunks, longest=LONGEST_LINE), start=1):
        source = f"{how.name}:{number}"
        try:
            if line is None:
                raise TooLarge(f"over {LONGEST_LINE:,} bytes", source=source)
            if not line.strip():
                continue
            item = interaction_from_row(
                _row(line, source=source), line=number, options=how.options, name=how.name
            )
        except ReadError as error:
            yield complete(Rejected(source=source, code=error.code, message=str(error)), how)
        else:
            yield complete(item, how)


def lines(chunks: Iterable[bytes], *, longest: int) -> Iterator[bytes | None]:
    """Split a stream into lines.

    Args:
        chunks: the stream, cut anywhere.
        longest: bytes of a line that are kept at most.

    Yields:
        Each line without its end, or None for one that is too long. A byte order mark before
        it is dropped, as where files were joined.
    """
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            size += len(part)
            yield b"".join([*held, part]).removeprefix(_BOM) if size <= longest else None
            held, size = [], 0
        size += len(rest)
        # A line that is too long already is counted on, and not held.
        if size <= longest:
            held.append(rest)
        else:
            held.clear()
    if size:
        yield b"".join(held).removeprefix(_BOM) if size <= longest else None


def _row(line: bytes, *, source: str) -> dict[str, Any]:
    """A line as a JSON object.

    Raises:
        WrongEncoding: it is not UTF-8.
        BrokenInput: it is not one JSON object.
    """
    try:
        row = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise WrongEncoding("not UTF-8", source=source, where=f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        where = f"column {error.colno}"
        raise BrokenInput(f"not valid JSON ({error.msg})", source=source, where=where) from None
    except (RecursionError, ValueError):
        reason = "JSON nested too deeply, or a number of thousands of digits"
        raise BrokenInput(reason, source=source) from None
    if not isinstance(row, dict):
        raise BrokenInput("not a JSON object; one interaction a line", source=source)
    return row

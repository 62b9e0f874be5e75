"""JSON Lines and arrays of objects, one object at a time; a bad line does not spoil the others."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from nlp.errors import BrokenInput, ConduitError
from nlp.types import Rejected

# Only the type: the package of readers imports this module while it is itself being imported.
if TYPE_CHECKING:
    from nlp.readers.base import Document

_FIRST = 5
_HEAD = 4_000_000


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    r"""Lines with their numbers from 1, without a list of them all; only `\n` ends a line."""
    start, number = 0, 1
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield number, text[start:end]
        start, number = end + 1, number + 1


def json_lines(document: "Document") -> Iterator[tuple[int, dict[str, Any] | Rejected]]:
    """Each object of JSON Lines, or of one array, with the number of its line or its place.

    What is no JSON, or no object, is a `Rejected` in its place.

    Raises:
        ReadError: the document is not text.
    """
    array = _array(document)
    if array is not None:
        for place, value in enumerate(array, start=1):
            if isinstance(value, dict):
                yield place, value
            else:
                yield place, _rejected(document, place, "expected an object, found another value")
        return
    for number, line in lines_of(document.text):
        if line.strip():
            yield number, _parsed(document, number, line)


def first_objects(document: "Document") -> list[dict[str, Any]]:
    """The objects among the first few lines or members: what a format is recognised by."""
    array = _array(document)
    if array is not None:
        return [value for value in array[:_FIRST] if isinstance(value, dict)]
    filled = ((number, line) for number, line in lines_of(document.text[:_HEAD]) if line.strip())
    values = (_parsed(document, number, line) for number, line in islice(filled, _FIRST))
    return [value for value in values if isinstance(value, dict)]


def _array(document: "Document") -> list[Any] | None:
    if document.data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"[":
        return None
    try:
        value = document.json
    except BrokenInput:
        return None
    return value if isinstance(value, list) else None


def _parsed(document: "Document", number: int, line: str) -> dict[str, Any] | Rejected:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return _rejected(document, number, f"not valid JSON ({error.msg}, column {error.colno})")
    except (ValueError, RecursionError):
        return _rejected(
            document, number, "not valid JSON (nested too deeply, or a number too long)"
        )
    if not isinstance(value, dict):
        return _rejected(document, number, "expected an object, found another value")
    return value


def _rejected(document: "Document", number: int, message: str) -> Rejected:
    source = f"{document.name}:{number}"
    error: ConduitError = BrokenInput(message, source=source)
    return Rejected(source=source, code=error.code, message=str(error))

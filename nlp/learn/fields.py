"""Fields of a line that must be as they are described: what is wrong, and what is expected there.

Messages name fields and choices, never the words of a turn: a file may hold personal data.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nlp.errors import WrongEncoding

SHOWN = 40  # characters of a wrong value that a message repeats


class WrongError(Exception):
    """A field breaks the format; whoever reads the file adds its name and the line."""


def text(file: Path) -> str:
    """A file as text.

    Raises:
        WrongEncoding: it is not UTF-8.
    """
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongEncoding(
            "is not UTF-8; convert it, for instance with iconv",
            source=str(file),
            where=f"byte {error.start}",
        ) from None


def of_line(line: str) -> dict[str, Any]:
    """The JSON object that stands on a line.

    Raises:
        WrongError: there is none.
    """
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise WrongError(
            f"no JSON ({error.msg} at column {error.colno}); one object a line is expected"
        ) from None
    except RecursionError:
        raise WrongError("no interaction: brackets nested too deeply") from None
    return object_(row, "")


def object_(value: object, place: str) -> dict[str, Any]:
    """An object.

    Raises:
        WrongError: it is something else.
    """
    if not isinstance(value, dict):
        before = f"{place}: " if place else ""
        raise WrongError(f"{before}an object is expected, not {kind(value)}")
    return value


def string(row: Mapping[str, Any], name: str, place: str) -> str:
    """A string with words, as it stands.

    Raises:
        WrongError: it is something else, or empty.
    """
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        found = "it is empty" if isinstance(value, str) else f"not {kind(value)}"
        raise WrongError(f"{place}: a string with words is expected, {found}")
    return value


def list_(row: Mapping[str, Any], name: str, place: str) -> list[Any]:
    """A list.

    Raises:
        WrongError: it is something else.
    """
    value = row.get(name)
    if not isinstance(value, list):
        raise WrongError(f"{place}: a list is expected (it may be empty), not {kind(value)}")
    return value


def one_of(row: Mapping[str, Any], name: str, choices: Sequence[str], place: str) -> None:
    """Passes over a value that is one of the choices.

    Raises:
        WrongError: it is something else.
    """
    if row.get(name) not in choices:
        raise WrongError(
            f"{place}: one of {', '.join(choices)} is expected, not {shown(row.get(name))}"
        )


def shown(value: object) -> str:
    """A wrong value as a message repeats it: the beginning of a string, else only its kind."""
    if not isinstance(value, str):
        return kind(value)
    return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")


def kind(value: object) -> str:
    """What JSON calls a value, with its article."""
    if value is None:
        return "nothing"
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}
    return names.get(type(value), "a number")

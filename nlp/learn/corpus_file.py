"""Labelled interactions read strictly: a line that is wrong says where, what and how to mend it.

Messages name fields and choices, never the words of a turn: a corpus may hold personal data.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nlp.errors import BrokenInput, EmptyInput, OptionError, WrongEncoding
from nlp.types import CATEGORIES, CHANNELS, SENTIMENTS, SPEAKERS

GUIDE = "docs/evaluation.md"
SHOWN = 40  # characters of a wrong value that a message repeats


class _WrongError(Exception):
    """A field breaks the format; the caller adds file and line."""


def rows(path: Path) -> list[dict[str, Any]]:
    """Every interaction of a corpus as it stands in its files, checked.

    Missing `industry` and `style` become ""; white space around turns and quotes is dropped.

    Args:
        path: a folder of JSON Lines files, or one file.

    Raises:
        OptionError: there is nothing at that path.
        EmptyInput: there is no line in it.
        WrongEncoding: a file is not UTF-8.
        BrokenInput: a line breaks the format.
    """
    found: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    for file in _files(path):
        # Not `splitlines`: a JSON string may hold U+2028, at which that would cut.
        for number, line in enumerate(_text(file).split("\n"), start=1):
            if not line.strip():
                continue
            place = f"{file.name}, line {number}"
            try:
                row = _row(line)
                if row["id"] in seen:
                    raise _WrongError(f"id: {_shown(row['id'])} is also that of {seen[row['id']]}")
            except _WrongError as error:
                raise BrokenInput(
                    f"{error}. The format stands in {GUIDE}.",
                    source=str(file),
                    where=f"line {number}",
                ) from None
            seen[row["id"]] = place
            found.append(row)
    if not found:
        raise EmptyInput(f"no labelled interaction; the format stands in {GUIDE}", source=str(path))
    return found


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise OptionError(
            f"no corpus at {path}: name a folder of .jsonl files, or one such file, in the format "
            f"of {GUIDE}"
        )
    files = sorted(path.glob("*.jsonl"))
    if not files:
        raise EmptyInput(f"no .jsonl file; the format stands in {GUIDE}", source=str(path))
    return files


def _text(file: Path) -> str:
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongEncoding(
            "is not UTF-8; convert it, for instance with iconv",
            source=str(file),
            where=f"byte {error.start}",
        ) from None


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise _WrongError(
            f"no JSON ({error.msg} at column {error.colno}); one object a line is expected"
        ) from None
    except RecursionError:
        raise _WrongError("no interaction: brackets nested too deeply") from None
    if not isinstance(row, dict):
        raise _WrongError(f"an object is expected, not {_kind(row)}")
    row["id"] = _string(row, "id", "id")
    _one_of(row, "channel", CHANNELS, "channel")
    for name in ("industry", "style"):
        if not isinstance(row.setdefault(name, ""), str):
            raise _WrongError(f"{name}: a string is expected, not {_kind(row[name])}")
    for number, turn in enumerate(_list(row, "turns", "turns")):
        _turn(turn, f"turns[{number}]")
    if not row["turns"]:
        raise _WrongError("turns: at least one is expected")
    return row


def _turn(turn: object, place: str) -> None:
    if not isinstance(turn, dict):
        raise _WrongError(f"{place}: an object is expected, not {_kind(turn)}")
    if turn.get("speaker") not in SPEAKERS:
        # Its value is not repeated: it may be somebody's name.
        raise _WrongError(f"{place}.speaker: one of {', '.join(SPEAKERS)} is expected")
    turn["text"] = _string(turn, "text", f"{place}.text")
    if turn["speaker"] != "customer":
        if turn.get("labels"):
            raise _WrongError(f"{place}.labels: only turns of the customer carry labels")
        return
    _one_of(turn, "sentiment", SENTIMENTS, f"{place}.sentiment")
    for number, label in enumerate(_list(turn, "labels", f"{place}.labels")):
        _label(label, turn["text"], f"{place}.labels[{number}]")


def _label(label: object, text: str, place: str) -> None:
    if not isinstance(label, dict):
        raise _WrongError(f"{place}: an object is expected, not {_kind(label)}")
    _one_of(label, "category", CATEGORIES, f"{place}.category")
    label["quote"] = _string(label, "quote", f"{place}.quote")
    if label["quote"] not in text:
        raise _WrongError(
            f"{place}.quote: does not stand in the turn's text letter by letter; copy it from there"
        )


def _string(row: dict[str, Any], name: str, place: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        found = "it is empty" if isinstance(value, str) else f"not {_kind(value)}"
        raise _WrongError(f"{place}: a string with words is expected, {found}")
    return value.strip()


def _list(row: dict[str, Any], name: str, place: str) -> list[Any]:
    value = row.get(name)
    if not isinstance(value, list):
        raise _WrongError(f"{place}: a list is expected (it may be empty), not {_kind(value)}")
    return value


def _one_of(row: dict[str, Any], name: str, choices: Sequence[str], place: str) -> None:
    if row.get(name) not in choices:
        raise _WrongError(
            f"{place}: one of {', '.join(choices)} is expected, not {_shown(row.get(name))}"
        )


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return _kind(value)
    return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}
    return names.get(type(value), "a number")

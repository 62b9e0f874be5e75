"""Labelled interactions read strictly: a line that is wrong says where, what and how to mend it.

Messages name fields and choices, never the words of a turn: a corpus may hold personal data.
"""

from pathlib import Path
from typing import Any

from nlp.errors import BrokenInput, EmptyInput, OptionError
from nlp.learn import fields
from nlp.learn.fields import WrongError
from nlp.types import CATEGORIES, CHANNELS, SENTIMENTS, SPEAKERS

GUIDE = "docs/evaluation.md"


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
        for number, line in enumerate(fields.text(file).split("\n"), start=1):
            if not line.strip():
                continue
            place = f"{file.name}, line {number}"
            try:
                row = _row(line)
                if row["id"] in seen:
                    raise WrongError(
                        f"id: {fields.shown(row['id'])} is also that of {seen[row['id']]}"
                    )
            except WrongError as error:
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


def _row(line: str) -> dict[str, Any]:
    row = fields.of_line(line)
    row["id"] = fields.string(row, "id", "id").strip()
    fields.one_of(row, "channel", CHANNELS, "channel")
    for name in ("industry", "style"):
        if not isinstance(row.setdefault(name, ""), str):
            raise WrongError(f"{name}: a string is expected, not {fields.kind(row[name])}")
    for number, turn in enumerate(fields.list_(row, "turns", "turns")):
        _turn(turn, f"turns[{number}]")
    if not row["turns"]:
        raise WrongError("turns: at least one is expected")
    return row


def _turn(turn: object, place: str) -> None:
    turn = fields.object_(turn, place)
    if turn.get("speaker") not in SPEAKERS:
        # Its value is not repeated: it may be somebody's name.
        raise WrongError(f"{place}.speaker: one of {', '.join(SPEAKERS)} is expected")
    turn["text"] = fields.string(turn, "text", f"{place}.text").strip()
    if turn["speaker"] != "customer":
        if turn.get("labels"):
            raise WrongError(f"{place}.labels: only turns of the customer carry labels")
        return
    fields.one_of(turn, "sentiment", SENTIMENTS, f"{place}.sentiment")
    for number, label in enumerate(fields.list_(turn, "labels", f"{place}.labels")):
        _label(label, turn["text"], f"{place}.labels[{number}]")


def _label(label: object, text: str, place: str) -> None:
    label = fields.object_(label, place)
    fields.one_of(label, "category", CATEGORIES, f"{place}.category")
    label["quote"] = fields.string(label, "quote", f"{place}.quote").strip()
    if label["quote"] not in text:
        raise WrongError(
            f"{place}.quote: does not stand in the turn's text letter by letter; copy it from there"
        )

"""Corrections read strictly: a line that is wrong says where, what and how to mend it.

Messages name fields and choices, never the words of a turn.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from nlp.errors import BrokenInput, OptionError
from nlp.learn import fields
from nlp.learn.fields import WrongError
from nlp.types import CATEGORIES, CHANNELS, SENTIMENTS, SPEAKERS

GUIDE = "docs/retraining.md"


def rows(path: Path, reasons: Sequence[str]) -> list[dict[str, Any]]:
    """Every interaction of a file as it stands there, checked.

    Args:
        path: a JSON Lines file.
        reasons: why people may have looked at a passage.

    Raises:
        OptionError: there is no such file.
        WrongEncoding: it is not UTF-8.
        BrokenInput: a line breaks the format.
    """
    if not path.is_file():
        raise OptionError(
            f"no corrections at {path}: name a .jsonl file, such as GET /v1/exports/corrections "
            f"answers; the format stands in {GUIDE}"
        )
    found: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    # Not `splitlines`: a JSON string may hold U+2028, at which that would cut.
    for number, line in enumerate(fields.text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = fields.of_line(line)
            check(row, reasons)
            if row["id"] in seen:
                raise WrongError(
                    f"id: {fields.shown(row['id'])} is also that of line {seen[row['id']]}"
                )
        except WrongError as error:
            raise broken(error, source=str(path), where=f"line {number}") from None
        seen[row["id"]] = number
        found.append(row)
    return found


def broken(error: WrongError, *, source: str, where: str | None = None) -> BrokenInput:
    """What a caller is told of a wrong field."""
    return BrokenInput(f"{error}. The format stands in {GUIDE}.", source=source, where=where)


def check(row: Mapping[str, Any], reasons: Sequence[str]) -> None:
    """Passes over one interaction that keeps the format.

    Raises:
        WrongError: it breaks it.
    """
    fields.string(row, "id", "id")
    fields.one_of(row, "channel", CHANNELS, "channel")
    for name in ("industry", "style"):
        if not isinstance(row.get(name, ""), str):
            raise WrongError(f"{name}: a string is expected, not {fields.kind(row[name])}")
    if row.get("at") is not None:
        _time(row["at"])
    turns = fields.list_(row, "turns", "turns")
    for number, turn in enumerate(turns):
        place = f"turns[{number}]"
        if fields.object_(turn, place).get("speaker") not in SPEAKERS:
            # Its value is not repeated: it may be somebody's name.
            raise WrongError(f"{place}.speaker: one of {', '.join(SPEAKERS)} is expected")
        fields.string(turn, "text", f"{place}.text")
    if not turns:
        raise WrongError("turns: at least one is expected")
    for number, judgement in enumerate(fields.list_(row, "judgements", "judgements")):
        place = f"judgements[{number}]"
        _judgement(fields.object_(judgement, place), [turn["text"] for turn in turns], place)
        fields.one_of({"reason": "given", **judgement}, "reason", reasons, f"{place}.reason")


def _time(value: object) -> None:
    try:
        if not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is None:
            raise ValueError
    except ValueError:
        raise WrongError(
            f"at: a time with its zone is expected, such as 2026-11-28T09:30:00Z, or null, not "
            f"{fields.shown(value)}"
        ) from None


def _judgement(row: Mapping[str, Any], texts: Sequence[str], place: str) -> None:
    turn = _whole(row, "turn", place, below=len(texts))
    start = _whole(row, "start", place, below=len(texts[turn]))
    end = _whole(row, "end", place, below=len(texts[turn]) + 1)
    if start >= end:
        raise WrongError(f"{place}.end: a number above {place}.start is expected, not {end}")
    for name, there in fields.object_(row.get("categories", {}), f"{place}.categories").items():
        if name not in CATEGORIES:
            raise WrongError(
                f"{place}.categories: only {', '.join(CATEGORIES)} are expected, not "
                f"{fields.shown(name)}"
            )
        if not isinstance(there, bool):
            raise WrongError(
                f"{place}.categories.{name}: true or false is expected, not {fields.kind(there)}; "
                "leave out what nobody judged"
            )
    if row.get("sentiment") is not None:
        fields.one_of(row, "sentiment", SENTIMENTS, f"{place}.sentiment")
    for number, quote in enumerate(fields.list_({"quotes": [], **row}, "quotes", place)):
        _quote(fields.object_(quote, f"{place}.quotes[{number}]"), end - start, place, number)
    _whole({"people": 1, **row}, "people", place, least=1)
    share = row.get("share", 1.0)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise WrongError(f"{place}.share: a number from 0 to 1 is expected")
    if not isinstance(row.get("model"), str | None):
        raise WrongError(f"{place}.model: a string or null is expected")


def _quote(row: Mapping[str, Any], length: int, place: str, number: int) -> None:
    place = f"{place}.quotes[{number}]"
    fields.one_of(row, "category", CATEGORIES, f"{place}.category")
    start = _whole(row, "start", place, below=length)
    end = _whole(row, "end", place, below=length + 1)
    if start >= end:
        raise WrongError(f"{place}.end: a number above {place}.start is expected, not {end}")


def _whole(
    row: Mapping[str, Any], name: str, place: str, *, least: int = 0, below: int | None = None
) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongError(f"{place}.{name}: a whole number is expected, not {fields.kind(value)}")
    if value < least or (below is not None and value >= below):
        limits = f"of at least {least}" if below is None else f"from {least} to {below - 1}"
        raise WrongError(f"{place}.{name}: a whole number {limits} is expected, not {value}")
    return value

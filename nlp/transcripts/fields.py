"""Reading fields out of parsed JSON that may be of any shape, with errors that name the place."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from nlp.clean.transcript import printable
from nlp.errors import BrokenInput

_DURATION = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$")
_CLOCK = re.compile(r"^(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d{1,6})?)$")
_MOST_METADATA = 20
_LONGEST_NAME = 60
_LONGEST_VALUE = 200


class Node:
    """A value in parsed JSON and the path to it; a missing field is a node that holds None."""

    __slots__ = ("path", "source", "value")

    def __init__(self, value: Any, *, source: str, path: str = "") -> None:
        self.value = value
        self.source = source
        self.path = path

    def get(self, *names: str) -> "Node":
        """The first of these fields that is there and not null; a missing one holds None.

        Raises:
            BrokenInput: this is neither an object nor missing.
        """
        if self.value is None:
            return self
        if not isinstance(self.value, Mapping):
            raise self.broken("an object")
        for name in names:
            if self.value.get(name) is not None:
                path = f"{self.path}.{name}" if self.path else name
                return Node(self.value[name], source=self.source, path=path)
        return Node(None, source=self.source, path=f"{self.path}.{names[0]}".lstrip("."))

    def items(self) -> Iterator["Node"]:
        """The members of this array; none if it is missing.

        Raises:
            BrokenInput: it is something else.
        """
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.broken("an array")
        for place, value in enumerate(self.value):
            yield Node(value, source=self.source, path=f"{self.path}[{place}]")

    def fields(self) -> dict[str, Any]:
        """The members of this object; none if it is missing or something else.

        For what a caller may have filled with anything, and what no reader depends on.
        """
        return dict(self.value) if isinstance(self.value, Mapping) else {}

    def first(self) -> "Node":
        """The first member of this array; a node that holds None if there is none."""
        return next(self.items(), Node(None, source=self.source, path=f"{self.path}[0]"))

    def text(self) -> str:
        """This as text; empty if it is missing. Numbers are written out.

        Raises:
            BrokenInput: it is an object, an array or a boolean.
        """
        if self.value is None:
            return ""
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return str(self.value)
        raise self.broken("text")

    def seconds(self, *, per_second: float = 1.0) -> float | None:
        """This as seconds, or None if it is missing or no time can be read from it.

        Args:
            per_second: units in a second: 1000 for milliseconds.
        """
        return seconds(self.value, per_second=per_second)

    def broken(self, expected: str) -> BrokenInput:
        """The error that says what was expected here."""
        found = {dict: "an object", list: "an array", str: "text", bool: "true or false"}
        what = found.get(type(self.value), "a number")
        return BrokenInput(
            f"expected {expected}, found {what}", source=self.source, where=self.path or "the top"
        )


def seconds(value: object, *, per_second: float = 1.0) -> float | None:
    """Seconds from what exporters write: 1.5, "1.5", "1.5s", "PT1.5S", "00:01.500", seconds+nanos.

    Args:
        value: the field, or None.
        per_second: units in a second, for plain numbers: 1000 for milliseconds.

    Returns:
        Not negative and finite, rounded to the millisecond; or None.
    """
    number: float | None = None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        number = _float(value) / per_second
    elif isinstance(value, Mapping):
        whole, nanos = _plain(value.get("seconds", 0)), _plain(value.get("nanos", 0))
        number = None if whole is None or nanos is None else whole + nanos / 1e9
    elif isinstance(value, str):
        number = _seconds_of_text(value.strip(), per_second=per_second)
    if number is None or not math.isfinite(number) or number < 0:
        return None
    return round(number, 3)


def _seconds_of_text(text: str, *, per_second: float) -> float | None:
    if duration := _DURATION.match(text):
        hours, minutes, rest = duration.groups()
        return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(rest or 0)
    if clock := _CLOCK.match(text):
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
    if text.endswith("s"):
        return _plain(text[:-1])
    number = _plain(text)
    return None if number is None else number / per_second


def _plain(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


_DATE_FORMATS = ("%a %b %d %H:%M:%S %Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d")


def moment(value: object) -> datetime | None:
    """A point in time from ISO 8601, RFC 5322, Unix seconds or milliseconds; UTC unless stated.

    Dates such as 04/05/2024, which mean two days in two countries, are not guessed at.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _moment_of_number(_float(value))
    if not isinstance(value, str) or not value.strip():
        return None
    found = _moment_of_text(value.strip())
    if found is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _moment_of_number(number: float) -> datetime | None:
    if number > 1e11:
        number /= 1000
    if not 1e8 < number < 1e11:
        return None
    return datetime.fromtimestamp(number, tz=UTC)


def _moment_of_text(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(" ".join(text.split()), pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def short_metadata(values: Mapping[str, object]) -> dict[str, str]:
    """The plain, short ones of these fields as text: at most 20, each at most 200 characters.

    Objects, arrays, empty values and long texts (a summary, a second transcript) are left out.
    """
    kept: dict[str, str] = {}
    for name, value in values.items():
        if len(kept) == _MOST_METADATA:
            break
        if not isinstance(value, str | int | float) or len(str(name)) > _LONGEST_NAME:
            continue
        text = str(value).lower() if isinstance(value, bool) else printable(str(value)).strip()
        if text and text not in ("None", "null", "nan") and len(text) <= _LONGEST_VALUE:
            kept[printable(str(name))] = text
    return kept

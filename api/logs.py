"""The log: lines for people, or a JSON object each; never a customer's words.

Of an exception its class and its frames are written, and never its text: a driver or a parser may
quote what a customer said in it. Of a request its route is written as a template, and never its
address, whose query and file names are personal data.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

FIELDS = ("request_id", "job", "key", "method", "route", "status", "seconds", "ids")
"""What a line may say beside its message: each is an id, a number or a name of ours."""

_ABOUT: ContextVar[dict[str, Any]] = ContextVar("conduit_about")
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FRAMES = 12

Excepted = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Whatever is logged within says these fields (`FIELDS`) too, in threads as well."""
    token = _ABOUT.set({**_ABOUT.get({}), **fields})
    try:
        yield
    finally:
        _ABOUT.reset(token)


class Plain(logging.Formatter):
    """Lines for people."""

    def formatException(self, ei: Excepted) -> str:  # noqa: N802 - the library's name
        """Class and frames, without the text."""
        return _frames(ei)

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the frames of an exception below it."""
        # What another formatter left there has the exception's text.
        record.exc_text = None
        return super().format(record)


class Lines(Plain):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The object: time, level, logger, message, and what of `FIELDS` is known."""
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        known = {**_ABOUT.get({}), **vars(record)}
        found |= {name: known[name] for name in FIELDS if known.get(name) is not None}
        if record.exc_info:
            found["exception"] = _frames(record.exc_info)
        return json.dumps(found, ensure_ascii=False, default=str)


def _frames(ei: Excepted) -> str:
    kind, _, trace = ei
    if kind is None:
        return ""
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(trace)[-_FRAMES:])
    )
    return f"{kind.__qualname__} at {places}"


def to_stderr(how: Literal["auto", "text", "json"]) -> None:
    """Sends the log of this process to its standard error.

    In JSON, requests and what they handed in are named too; for people that would be noise.

    Args:
        how: its form; `auto` is text on a terminal and JSON elsewhere.
    """
    as_json = how == "json" or (how == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(Lines() if as_json else Plain(_TEXT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    if as_json:
        logging.getLogger("conduit").setLevel(logging.INFO)
    # It names each job's outcome at this level, and an error twice.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)

"""What every reader works with: the document, the caller's options, and the shape of a format."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nlp.clean.encoding import decode
from nlp.errors import BrokenInput, ConduitError
from nlp.types import Channel, Interaction, Rejected

MEBIBYTE = 1024 * 1024
_JSON_START = re.compile(rb'\s*(?:\{\s*(?:"|\}|$)|\[\s*[\[{"\]])')


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What the caller knows about the input and the file does not say.

    Attributes:
        channel: overrides the channel that the format implies.
        agent: speaker labels that are the agent ("spk_0", "Dana"), compared without case.
        customer: speaker labels that are the customer, likewise.
        columns: for tables: our field ("id", "text", "speaker", "start", "end", "channel",
            "subject", "date") to the column's name in the file.
        encoding: how to decode bytes, instead of finding out.
        max_bytes: largest input.
        max_unpacked_bytes: largest sum of what an archive unpacks to.
    """

    channel: Channel | None = None
    agent: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    max_bytes: int = 100 * MEBIBYTE
    max_unpacked_bytes: int = 500 * MEBIBYTE


class Document:
    """The bytes of one input with its name; text and JSON are worked out once, when asked for."""

    def __init__(self, name: str, data: bytes, *, encoding: str | None = None) -> None:
        self.name = name
        self.data = data
        self.encoding = encoding

    @cached_property
    def text(self) -> str:
        r"""The input as text with newlines as `\n`.

        Raises:
            BinaryInput: the bytes are not text.
            WrongEncoding: they are not text in the encoding that was asked for.
        """
        return decode(self.data, name=self.name, encoding=self.encoding)

    @cached_property
    def json(self) -> Any:
        """The input as JSON.

        Raises:
            BrokenInput: the text is not one JSON value; the message says at which line and column.
        """
        try:
            return json.loads(self.text)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise BrokenInput(
                f"not valid JSON ({error.msg})", source=self.name, where=where
            ) from error
        except RecursionError as error:
            raise BrokenInput("JSON nested too deeply", source=self.name) from error
        except ValueError as error:  # an integer of thousands of digits
            raise BrokenInput("not valid JSON (a number too long)", source=self.name) from error

    @cached_property
    def json_object(self) -> dict[str, Any]:
        """The input as one JSON object; empty where it is something else. Raises nothing."""
        try:
            value = self.json if self.looks_like_json() else None
        except ConduitError:
            return {}
        return value if isinstance(value, dict) else {}

    @cached_property
    def digest(self) -> str:
        """An identifier derived from the bytes, for inputs that carry none: 16 hex digits."""
        return hashlib.sha256(self.data).hexdigest()[:16]

    def looks_like_json(self) -> bool:
        """Whether the first character that is not white space opens an object or an array."""
        return self.data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")

    def is_json_like(self) -> bool:
        """Whether it begins as JSON only does: `{"`, `[{` …, and not as "[00:12] Customer"."""
        head = self.data[:4096].lstrip(b"\xef\xbb\xbf").replace(b"\x00", b"")
        return _JSON_START.match(head) is not None


Read = Callable[[Document, ReadOptions], Iterator[Interaction | Rejected]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One input format: how it is recognised and how it is read.

    Attributes:
        title: for a table of formats ("AWS Transcribe (standard)").
        suffixes: usual endings of its files, lower case, with the dot; a hint for people, never
            the ground of a decision.
        detect: whether a document is of this format, from its content. Cheap; raises nothing.
        read: yields interactions, and the parts that could not be read. Raises `ReadError` when
            nothing can be read at all.
        checked_with: who says that it works: the origin of the sample that the tests read.
    """

    title: str
    suffixes: tuple[str, ...]
    detect: Callable[[Document], bool]
    read: Read
    checked_with: str

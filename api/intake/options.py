"""What a client says about an upload: query parameters, or fields of the form beside the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from api.errors import Place
from api.manners.fit import cleaned
from api.problems import invalid
from api.schemas.base import Taken, Text
from nlp.readers.base import ReadOptions
from nlp.types import Channel

Name = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Value = Annotated[Text, StringConstraints(min_length=1, max_length=1_000)]

_REPEATED = ("agent", "customer")
_PREFIXES = {"column.": "columns", "meta.": "metadata"}


class UploadOptions(Taken):
    """What a client may say about an upload."""

    filename: Name | None = None
    format: Name | None = None
    channel: Channel | None = None
    encoding: Name | None = None
    agent: list[Value] = Field(default_factory=list, max_length=100)
    customer: list[Value] = Field(default_factory=list, max_length=100)
    columns: dict[Name, Value] = Field(default_factory=dict, max_length=50)
    metadata: dict[Name, Value] = Field(default_factory=dict, max_length=50)


PARAMETERS: tuple[dict[str, Any], ...] = (
    {
        "name": "filename",
        "description": "What to call the upload in answers, such as `0412.vtt`. "
        "`Content-Disposition` may say it too.",
    },
    {
        "name": "format",
        "description": "A `name` of /v1/formats; found from the content where left out.",
    },
    {
        "name": "channel",
        "description": "Overrides the channel that the format implies.",
        "schema": {"type": "string", "enum": ["call", "email", "chat"]},
    },
    {
        "name": "encoding",
        "description": "How the bytes spell characters, such as `cp1252`; found out if left out.",
    },
    {
        "name": "agent",
        "description": "A speaker's label, or for mails a sender, that is the agent; repeatable.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    {
        "name": "customer",
        "description": "A speaker's label that is the customer; repeatable.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    {
        "name": "column.text",
        "description": "For tables: the column that holds this field. Likewise `column.id`, "
        "`column.speaker`, `column.start`, `column.end`, `column.channel`, `column.subject`, "
        "`column.date`.",
    },
    {
        "name": "meta.product",
        "description": "Stored with each interaction as metadata `product`; any other name after "
        "`meta.` likewise, up to 50.",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read an upload, in the readers' terms.

    Attributes:
        name: what to call it: one line, of bounded length.
        format: the reader to use, or None to find out.
        options: for the reader.
        metadata: to be stored with each interaction.
        named: whether the client gave a name or a format.
    """

    name: str
    format: str | None
    options: ReadOptions
    metadata: dict[str, str]
    named: bool


def reading(
    pairs: Iterable[tuple[str, str]], *, place: Place, filename: str | None, limit: int
) -> Reading:
    """Read options.

    Args:
        pairs: names and values as they came.
        place: where they came from, for the pointers of errors.
        filename: the name that the upload itself states.
        limit: most bytes of the upload.

    Raises:
        InvalidRequest: an option is unknown, or its value is not one of it.
    """
    try:
        options = UploadOptions.model_validate(_gathered(pairs))
    except ValidationError as error:
        raise invalid(error.errors(include_url=False), place=place) from None
    name = options.filename or filename
    return Reading(
        name=cleaned((name or "").replace("\\", "/").rpartition("/")[2]) or "upload",
        format=options.format,
        options=ReadOptions(
            channel=options.channel,
            agent=tuple(options.agent),
            customer=tuple(options.customer),
            columns=options.columns,
            encoding=options.encoding,
            max_bytes=limit,
            max_unpacked_bytes=5 * limit,
        ),
        metadata=options.metadata,
        named=name is not None or options.format is not None,
    )


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Pairs as one mapping: repeatable names as lists, prefixed names as mappings."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), None)
        if prefix is not None:
            found.setdefault(_PREFIXES[prefix], {})[name.removeprefix(prefix)] = value
        elif name in _PREFIXES.values():
            # The mappings' own names are no parameters: make them unknown to the schema.
            found[name + "."] = value
        elif name in _REPEATED:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found

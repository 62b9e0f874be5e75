"""One upload: a file in a form, a file as the body, or our own JSON, as bytes and how to read them.

Nothing here touches a disk. Starlette's form parser keeps files above a megabyte in a temporary
file; the one below keeps them in memory, and the body's limit bounds how much that is.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from itertools import islice

import anyio.from_thread
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.errors import Fault, InvalidRequest, SeveralInteractions
from api.intake.options import Reading, reading
from api.manners.body import Body
from api.manners.fit import fit
from api.problems import invalid
from api.schemas.interactions import InteractionIn
from nlp.errors import BrokenInput, EmptyInput
from nlp.readers import read
from nlp.types import Interaction, Rejected

OWN_FORMAT = "conduit_json"
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl")
_MOST_FIELDS = 200
_LONGEST_FIELD = 64 * 1024


class _InMemoryParser(MultiPartParser):
    """Starlette's parser of forms, which never moves a file to the disk."""

    spool_max_size = sys.maxsize

    def close(self) -> None:
        """Let go of all files, those of a form that broke off too."""
        for file in self._files_to_close_on_error:
            file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload, wholly in memory.

    Attributes:
        data: its bytes.
        reading: its name and how to read it.
    """

    data: bytes
    reading: Reading


def media_type(request: Request) -> str:
    """The content type without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_lines(request: Request) -> bool:
    """Whether the body says that it is JSON Lines."""
    return media_type(request) in _LINES


def stated(request: Request, *, limit: int) -> Reading:
    """What query and headers say about a body that is a file.

    Raises:
        InvalidRequest: an option is unknown, or its value is not one of it.
    """
    pairs = request.query_params.multi_items()
    return reading(pairs, place="query", filename=_disposition(request), limit=limit)


def take(request: Request, body: Body, *, limit: int) -> Upload:
    """Read the whole body of a request: a form with a file in it, or a file.

    Raises:
        InvalidRequest: the form has no file or several, or an option is wrong.
        ReadError: the form is broken, or the body is over the limit.
    """
    if media_type(request) != "multipart/form-data":
        return Upload(reading=stated(request, limit=limit), data=body.read())
    parser = _InMemoryParser(
        request.headers,
        body.stream(),
        max_files=2,
        max_fields=_MOST_FIELDS,
        max_part_size=_LONGEST_FIELD,
    )
    try:
        form = anyio.from_thread.run(parser.parse)
        return _from_form(request, form, limit=limit)
    except (MultiPartException, UnicodeError) as error:
        reason = error.message if isinstance(error, MultiPartException) else "undecodable field"
        raise BrokenInput(f"not a valid form ({reason})", source="the request's body") from None
    finally:
        parser.close()


def _from_form(request: Request, form: FormData, *, limit: int) -> Upload:
    files = [(name, part) for name, part in form.multi_items() if isinstance(part, UploadFile)]
    if len(files) != 1 or files[0][0] != "file":
        message = (
            "has to hold exactly one file, in a field called `file`"
            if len(files) < 2
            else "holds several files; send them one by one, or zipped to /v1/batches"
        )
        fault = Fault(place="body", pointer="/file", message=message)
        raise InvalidRequest(f"The form {message}.", faults=[fault])
    pairs = request.query_params.multi_items()
    pairs += [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    file = files[0][1]
    found = reading(pairs, place="body", filename=file.filename, limit=limit)
    return Upload(reading=found, data=file.file.read())


def one(request: Request, body: Body, *, limit: int) -> Interaction:
    """The one interaction that a request hands in.

    Raises:
        InvalidRequest: a field of our own JSON, or an option, is wrong.
        ReadError: the file cannot be read.
        SeveralInteractions: there is more than one in it.
    """
    upload = take(request, body, limit=limit)
    if media_type(request) == "application/json" and not upload.reading.named:
        upload = replace(upload, data=_own(upload.data))
        upload = replace(upload, reading=replace(upload.reading, format=OWN_FORMAT))
    found = list(islice(items(upload), 2))
    if len(found) > 1:
        raise SeveralInteractions(
            f"{upload.reading.name} holds more than one interaction; "
            "post it to /v1/batches, which takes files of many"
        )
    if isinstance(found[0], Rejected):
        fault = Fault(place="part", pointer=found[0].source, message=found[0].message)
        raise InvalidRequest(f"{upload.reading.name} cannot be read.", faults=[fault])
    return found[0]


def items(upload: Upload) -> Iterator[Interaction | Rejected]:
    """What an upload holds, in its order, each with the metadata that came beside it.

    Raises:
        ReadError: nothing in it can be read.
        OptionError: there is no such format or encoding.
    """
    how = upload.reading
    found = read(upload.data, name=how.name, options=how.options, format=how.format)
    return (complete(item, how) for item in found)


def complete(item: Interaction | Rejected, how: Reading) -> Interaction | Rejected:
    """The item with the metadata that the client gave, checked for what cannot be stored."""
    if isinstance(item, Interaction) and how.metadata:
        item = replace(item, metadata={**item.metadata, **how.metadata})
    return fit(item)


def _own(data: bytes) -> bytes:
    """Our own JSON, checked against its schema.

    Raises:
        InvalidRequest: it is not JSON, or a field of it is wrong; with a pointer to each.
        EmptyInput: there is no body.
    """
    if not data.strip():
        raise EmptyInput("no bytes; send an interaction as JSON", source="the request's body")
    try:
        interaction = InteractionIn.model_validate_json(data, strict=True)
    except ValidationError as error:
        raise _own_invalid(error) from None
    return interaction.model_dump_json(exclude_none=True).encode()


def _own_invalid(error: ValidationError) -> InvalidRequest:
    """What is wrong with our own JSON; another system's is shown the way."""
    found = invalid(error.errors(include_url=False, include_input=False), place="body")
    if any(fault["type"] == "extra_forbidden" for fault in error.errors(include_url=False)):
        return InvalidRequest(
            f"{found} Another system's transcript? Add ?filename=call.json and it is recognised.",
            faults=found.faults,
        )
    return found


def _disposition(request: Request) -> str | None:
    """The file name of a `Content-Disposition` header."""
    message = Message()
    message["content-disposition"] = request.headers.get("content-disposition", "")
    return message.get_filename()

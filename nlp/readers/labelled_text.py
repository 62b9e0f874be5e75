"""Plain text in labelled lines: "AGENT: …", "[00:12] Customer - …", "**Agent:** …"."""

from collections.abc import Iterator

from nlp.errors import BrokenInput, ConduitError
from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import moment, short_metadata
from nlp.transcripts.labelled import parse
from nlp.types import Interaction, Rejected

_HEAD = 30_000
_IDS = ("call id", "callid", "conversation id", "interaction id", "contact id", "ticket id")
_DATES = ("date", "date/time", "call date", "started", "start time", "call time")


def _detect(document: Document) -> bool:
    if document.is_json_like():
        return False
    try:
        return parse(document.text[:_HEAD]) is not None
    except ConduitError:
        return False


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    found = parse(document.text)
    if found is None:
        raise BrokenInput("no lines of the form 'Agent: …' and 'Customer: …'", source=document.name)
    headers = dict(found.headers)
    identifier = next((headers.pop(key) for key in _IDS if headers.get(key)), "")
    date = next((key for key in _DATES if moment(headers.get(key)) is not None), None)
    yield from one(
        document,
        Draft(
            format="labelled_text",
            source=document.name,
            said=found.said,
            id=identifier,
            started_at=moment(headers.pop(date)) if date else None,
            subject=headers.pop("subject", None),
            metadata=short_metadata(headers),
            names=found.names,
        ),
        options,
    )


FORMAT = Format(
    title="Labelled lines",
    suffixes=(".txt", ".md", ".log"),
    detect=_detect,
    read=_read,
    checked_with="Azure-Samples/azure-ai-content-understanding-python: customer-sample4.txt",
)

"""Plain text in labelled lines: "AGENT: …", "[00:12] Customer - …", "**Agent:** …"."""

from collections.abc import Iterator
from datetime import datetime

from nlp.errors import BrokenInput, ConduitError
from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import moment, short_metadata
from nlp.transcripts.labelled import parse
from nlp.types import Interaction, Rejected

_HEAD = 30_000
_IDS = ("call id", "callid", "conversation id", "interaction id", "contact id", "ticket id")
# These name a call only where a number stands behind them: "Call: inbound" names none.
_NUMBERED_IDS = (
    "call",
    "call number",
    "call no",
    "call ref",
    "conversation",
    "interaction",
    "session id",
    "chat id",
    "ticket",
    "ticket number",
    "ticket no",
    "case id",
    "case number",
    "case",
    "reference number",
    "reference",
    "ref",
)
_DATES = ("date", "date/time", "call date", "started", "start time", "call time", "recorded on")
_TIMES = ("time", "call time", "start time")


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
    identifier = _identifier(headers)
    started_at = _started_at(headers)
    yield from one(
        document,
        Draft(
            format="labelled_text",
            source=document.name,
            said=found.said,
            id=identifier,
            started_at=started_at,
            subject=headers.pop("subject", None),
            metadata=short_metadata(headers),
            names=found.names,
        ),
        options,
    )


def _identifier(headers: dict[str, str]) -> str:
    """Take the call's own identifier out of the heading; empty where it states none."""
    for key in (*_IDS, *_NUMBERED_IDS):
        value = headers.get(key, "")
        numbered = any(mark.isdigit() for mark in value) and len(value.split()) <= 2
        if value and (key in _IDS or numbered):
            return headers.pop(key)
    return ""


def _started_at(headers: dict[str, str]) -> datetime | None:
    """Take the beginning out of the heading: a date, with a time beside it or on its own line."""
    date = next((key for key in _DATES if moment(headers.get(key)) is not None), None)
    if date is None:
        return None
    day = headers.pop(date)
    for key in _TIMES:
        both = moment(f"{day} {headers[key]}") if key in headers else None
        if both is not None:
            headers.pop(key)
            return both
    return moment(day)


FORMAT = Format(
    title="Labelled lines",
    suffixes=(".txt", ".md", ".log"),
    detect=_detect,
    read=_read,
    checked_with="Azure-Samples/azure-ai-content-understanding-python: customer-sample4.txt",
)

"""Mailboxes: many mails in one file, each after a "From " line (RFC 4155, mboxo and mboxrd)."""

import re
from collections.abc import Iterator

from nlp.errors import BrokenInput, ReadError
from nlp.readers import eml
from nlp.readers.base import Document, Format, ReadOptions
from nlp.types import Interaction, Rejected

# "From sender date": the date's year or time tells it from a sentence that begins with "From".
_FROM = re.compile(
    rb"^From (?:[^\s]+ |- )?[^\n]{0,200}?(?:(?:19|20)\d\d|\d\d?:\d\d)[^\n]{0,60}\n"
    rb"(?=>?[!-9;-~]{1,76}[ \t]*:)",
    re.MULTILINE,
)
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_BLANK_BEFORE = (b"\n\n", b"\r\n\r\n", b"\n\r\n")


def detect(document: Document) -> bool:
    """Whether the input begins with a "From " line and a header field below it."""
    head = document.data[:8192].lstrip(b"\r\n").replace(b"\r\n", b"\n")
    return _FROM.match(head) is not None


def split_mailbox(data: bytes) -> Iterator[bytes]:
    """The messages of a mailbox, "From " lines taken off and `>From` unescaped.

    A line counts as a separator only after a blank line (or at the start), with a date in it and
    a header field below it, so an unescaped sentence that begins with "From" divides nothing.
    """
    starts: list[tuple[int, int]] = []
    for match in _FROM.finditer(data):
        before = data[max(0, match.start() - 4) : match.start()]
        if not data[: match.start()].strip() or before.endswith(_BLANK_BEFORE):
            starts.append(match.span())
    for index, (_, begin) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(data)
        yield _ESCAPED.sub(rb"\1", data[begin:end])


def read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    """Read each message of a mailbox; one that cannot be read is rejected, the others are not.

    Raises:
        BrokenInput: no "From " line is in it.
    """
    count = 0
    for count, message in enumerate(split_mailbox(document.data), start=1):
        name = f"{document.name}#{count}"
        try:
            yield from eml.read(Document(name, message, encoding=document.encoding), options)
        except ReadError as error:
            yield Rejected(source=error.source, code=error.code, message=str(error))
    if not count:
        raise BrokenInput(
            'no "From " line with a date and header fields below it; a single mail is read as eml',
            source=document.name,
        )


FORMAT = Format(
    title="Mailbox (mbox)",
    suffixes=(".mbox", ".mbx"),
    detect=detect,
    read=read,
    checked_with="own samples after RFC 4155",
)

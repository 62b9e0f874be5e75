"""Bytes to interactions: the dict of formats, and the one function that reads them all.

To add a format: write `nlp/readers/<key>.py` that exports `FORMAT`, add its row to `READERS` at the
place where it should be tried (more specific formats first), and put a sample with invented
content at `tests/data/transcripts/<key>.*` (mail: `tests/data/mail/`) with its row in the table of
`tests/nlp/readers/test_samples.py`.
"""

from collections.abc import Iterator
from itertools import chain

from nlp.errors import EmptyInput, OptionError, TooLarge, UnknownFormat
from nlp.readers import (
    assemblyai,
    aws_call_analytics,
    aws_contact_lens,
    aws_pca,
    aws_transcribe,
    azure_batch,
    azure_conversation,
    conduit_json,
    csv_table,
    deepgram,
    eml,
    google_speech,
    ibm_watson,
    jsonl_table,
    labelled_text,
    mbox,
    plain_text,
    speechmatics,
    srt,
    webvtt,
    whisper,
    whisperx,
    zip_archive,
)
from nlp.readers.base import MEBIBYTE, Document, Format, ReadOptions
from nlp.types import Interaction, Rejected

__all__ = ["READERS", "Document", "Format", "ReadOptions", "detect", "read"]

# In the order in which they are tried.
READERS: dict[str, Format] = {
    "zip": zip_archive.FORMAT,
    "mbox": mbox.FORMAT,
    "eml": eml.FORMAT,
    "webvtt": webvtt.FORMAT,
    "srt": srt.FORMAT,
    "aws_call_analytics": aws_call_analytics.FORMAT,
    "aws_contact_lens": aws_contact_lens.FORMAT,
    "aws_pca": aws_pca.FORMAT,
    "aws_transcribe": aws_transcribe.FORMAT,
    "azure_batch": azure_batch.FORMAT,
    "azure_conversation": azure_conversation.FORMAT,
    "deepgram": deepgram.FORMAT,
    "assemblyai": assemblyai.FORMAT,
    "whisperx": whisperx.FORMAT,
    "whisper": whisper.FORMAT,
    "ibm_watson": ibm_watson.FORMAT,
    "speechmatics": speechmatics.FORMAT,
    "google_speech": google_speech.FORMAT,
    "conduit_json": conduit_json.FORMAT,
    "jsonl_table": jsonl_table.FORMAT,
    "csv_table": csv_table.FORMAT,
    "labelled_text": labelled_text.FORMAT,
    "plain_text": plain_text.FORMAT,
}

_NO_OPTIONS = ReadOptions()
# White space and byte order marks, also of two bytes a character.
_BLANK = b" \t\r\n\x0b\x0c\x00\xef\xbb\xbf\xfe\xff"


def read(
    data: bytes,
    *,
    name: str,
    options: ReadOptions = _NO_OPTIONS,
    format: str | None = None,
) -> Iterator[Interaction | Rejected]:
    """Read one input: a transcript, a mail, or a table or archive of many.

    The format is found from the content. The first item is read before this returns, so an input
    that cannot be read at all raises here and not somewhere in the caller's loop.

    Args:
        data: the bytes.
        name: what to call the input in `Interaction.source` and in errors.
        options: what the caller knows and the file does not say.
        format: a key of `READERS` to use instead of finding out.

    Returns:
        Interactions in the order of the input and, beside them, the parts that could not be read.

    Raises:
        ReadError: nothing in it can be read; the subclass says why.
        OptionError: there is no such format or encoding.
    """
    if format is not None and format not in READERS:
        raise OptionError(f"no format is called {format!r}; choose from {', '.join(READERS)}")
    check_size(len(data), name=name, options=options)
    document = Document(name, data, encoding=options.encoding)
    if not data.strip(_BLANK):
        raise EmptyInput("nothing in it but white space" if data else "no bytes", source=name)
    reader = READERS[format or detect(document, options)]
    items = reader.read(document, options)
    first = next(items, None)
    if first is None:
        raise EmptyInput(f"read as {reader.title}, and no words were in it", source=name)
    return chain([first], items)


def check_size(size: int, *, name: str, options: ReadOptions) -> None:
    """Refuses an input that is too large, before anybody holds it where its size is known.

    Raises:
        TooLarge: it is over `options.max_bytes`.
    """
    if size > options.max_bytes:
        raise TooLarge(
            f"{size:,} bytes, the limit is {options.max_bytes:,} "
            f"({options.max_bytes // MEBIBYTE} MiB); split it or raise the limit",
            source=name,
        )


def detect(document: Document, options: ReadOptions = _NO_OPTIONS) -> str:
    """The key in `READERS` of the format that a document is in, from its content.

    A caller who names the column of the words has a table, whatever its columns are called.

    Raises:
        UnknownFormat: no format recognises it.
        ReadError: it is not text, or it is broken JSON.
    """
    for key, reader in READERS.items():
        if reader.detect(document):
            return key
    if "text" in options.columns:
        return "jsonl_table" if document.is_json_like() else "csv_table"
    _ = document.json if document.looks_like_json() else document.text
    raise UnknownFormat(
        "no format recognises its content; tried "
        + ", ".join(reader.title for reader in READERS.values())
        + ". Name one with format=, or hand in lines of the form 'Agent: …' and 'Customer: …'",
        source=document.name,
    )

r"""WebVTT: cues with voice tags, as conferencing tools and Azure export them.

After https://www.w3.org/TR/webvtt1/. Also read: files within a Markdown fence, and files whose line
breaks came out as the two characters `\n`.
"""

import re
from collections.abc import Iterator

from nlp.errors import BrokenInput
from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.cues import parse_cues, said_in
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.turns import turns_of_segments
from nlp.types import Interaction, Rejected

_START = re.compile(rb"^(?:\xef\xbb\xbf)?[\s`]*WEBVTT(?:[ \t\r\n\\]|$)")


def _detect(document: Document) -> bool:
    head = document.data[:64]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head:
        head = document.data[:256].replace(b"\x00", b"")[2:]
    return _START.match(head) is not None


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    text = document.text.strip().strip("`").strip()
    if "\n" not in text.strip() and "\\n" in text:
        text = text.replace("\\n", "\n")
    lines = text.split("\n")
    cues = list(parse_cues(lines, strict_blocks=True))
    if not cues:
        line = next((at for at, line in enumerate(lines) if "-->" in line), None)
        raise BrokenInput(
            "no cue with a timing such as '00:01.000 --> 00:02.500'",
            source=document.name,
            where=None if line is None else f"line {line + 1}",
        )
    yield from one(
        document,
        Draft(
            format="webvtt",
            source=document.name,
            said=turns_of_segments(said_in(cues)),
        ),
        options,
    )


FORMAT = Format(
    title="WebVTT",
    suffixes=(".vtt",),
    detect=_detect,
    read=_read,
    checked_with="Azure-Samples/azure-ai-content-understanding-python: cu_pretranscribed.vtt",
)

"""SubRip: numbered cues with a timing line, with a comma or a full stop before the milliseconds.

After https://www.matroska.org/technical/subtitles.html#srt-subtitles. WebVTT cues without the
WEBVTT line are read here too.
"""

from collections.abc import Iterator
from itertools import islice

from nlp.errors import BrokenInput, ConduitError
from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.cues import has_timing, parse_cues, said_in
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.turns import turns_of_segments
from nlp.types import Interaction, Rejected

_FIRST_LINES = 6


def _detect(document: Document) -> bool:
    head = document.data[:65536]
    if b"-->" not in head.replace(b"\x00", b""):
        return False
    try:
        text = document.text
    except ConduitError:
        return False
    filled = (line for line in text[:65536].split("\n") if line.strip())
    return any(has_timing(line) for line in islice(filled, _FIRST_LINES))


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    cues = list(parse_cues(document.text.split("\n"), strict_blocks=False))
    if not cues:
        raise BrokenInput(
            "no cue with a timing such as '00:00:01,000 --> 00:00:02,500'", source=document.name
        )
    yield from one(
        document,
        Draft(format="srt", source=document.name, said=turns_of_segments(said_in(cues))),
        options,
    )


FORMAT = Format(
    title="SubRip",
    suffixes=(".srt",),
    detect=_detect,
    read=_read,
    checked_with="bbc/react-transcript-editor: sample.srt",
)

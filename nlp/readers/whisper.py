"""Whisper: `segments` with `start`, `end` and `text`; also whisper-timestamped and whisper.cpp.

After https://github.com/openai/whisper and https://github.com/ggml-org/whisper.cpp (`-oj`).
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, short_metadata
from nlp.transcripts.turns import Said, turns_of_segments
from nlp.types import Interaction, Rejected


def _detect(document: Document) -> bool:
    top = document.json_object
    parts = top.get("segments", top.get("transcription"))
    if not isinstance(parts, list):
        return False
    if not parts:
        return "text" in top and "language" in top
    first = parts[0]
    if not isinstance(first, dict) or "text" not in first:
        return False
    return "start" in first or "timestamps" in first or "offsets" in first


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    said = [_said(part) for part in top.get("segments", "transcription").items()]
    language = top.get("language").value or top.get("result").get("language").value
    yield from one(
        document,
        Draft(
            format="whisper",
            source=document.name,
            said=turns_of_segments(said),
            metadata=short_metadata({"language": language}),
        ),
        options,
    )


def _said(part: Node) -> Said:
    offsets = part.get("offsets")
    start, end = part.get("start").seconds(), part.get("end").seconds()
    if start is None:
        start = offsets.get("from").seconds(per_second=1000)
        end = offsets.get("to").seconds(per_second=1000)
    return Said(text=part.get("text").text(), start=start, end=end)


FORMAT = Format(
    title="Whisper",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="openai/whisper: documented output",
)

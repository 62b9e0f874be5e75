"""WhisperX: Whisper's `segments` with aligned `words`, and a `speaker` at segments and words.

After https://github.com/m-bain/whisperX. OpenAI's `diarized_json` has the same segments.
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, short_metadata
from nlp.transcripts.turns import Said, Word, turns_of_segments, turns_of_words
from nlp.types import Interaction, Rejected


def _detect(document: Document) -> bool:
    top = document.json_object
    parts = top.get("segments")
    if not isinstance(parts, list) or not parts:
        return False
    if not all(isinstance(part, dict) and "text" in part for part in parts[:20]):
        return False
    return "word_segments" in top or any("speaker" in part for part in parts)


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    yield from one(
        document,
        Draft(
            format="whisperx",
            source=document.name,
            said=_said(list(top.get("segments").items())),
            metadata=short_metadata({"language": top.get("language").value}),
        ),
        options,
    )


def _said(parts: list[Node]) -> list[Said]:
    words = [word for part in parts for word in _words(part)]
    # Words know best who speaks where a segment spans two voices; but not every run aligns them.
    spoken = sum(len(part.get("text").text().split()) for part in parts)
    if words and len(words) >= 0.9 * spoken and any(word.label for word in words):
        return turns_of_words(words)
    return turns_of_segments(
        Said(
            text=part.get("text").text(),
            label=part.get("speaker").text() or None,
            start=part.get("start").seconds(),
            end=part.get("end").seconds(),
        )
        for part in parts
    )


def _words(part: Node) -> Iterator[Word]:
    voice = part.get("speaker").text()
    for place, word in enumerate(part.get("words").items()):
        yield Word(
            text=word.get("word", "text").text().strip(),
            label=word.get("speaker").text() or voice or None,
            start=word.get("start").seconds(),
            end=word.get("end").seconds(),
            opens=place == 0,
        )


FORMAT = Format(
    title="WhisperX",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="m-bain/whisperX: aligned and diarised output",
)

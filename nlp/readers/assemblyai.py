"""AssemblyAI: `utterances` by speaker or channel, else `words`, else `text`; times in milliseconds.

After https://www.assemblyai.com/docs/api-reference/transcripts/get.
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, short_metadata
from nlp.transcripts.turns import Said, Word, sentences, turns_of_segments, turns_of_words
from nlp.types import Interaction, Rejected


def _detect(document: Document) -> bool:
    top = document.json_object
    return "text" in top and ("audio_url" in top or "acoustic_model" in top or "utterances" in top)


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    yield from one(
        document,
        Draft(
            format="assemblyai",
            source=document.name,
            said=_said(top),
            id=top.get("id").text(),
            metadata=short_metadata({"language": top.get("language_code").value}),
        ),
        options,
    )


def _said(top: Node) -> list[Said]:
    utterances = list(top.get("utterances").items())
    voices = {_label(part) for part in utterances}
    if len(voices) > 1:
        return turns_of_segments(
            Said(
                text=part.get("text").text(),
                label=_label(part),
                start=part.get("start").seconds(per_second=1000),
                end=part.get("end").seconds(per_second=1000),
            )
            for part in utterances
        )
    words = [
        Word(
            text=word.get("text").text(),
            label=_label(word),
            start=word.get("start").seconds(per_second=1000),
            end=word.get("end").seconds(per_second=1000),
        )
        for word in top.get("words").items()
    ]
    if words:
        return turns_of_words(words)
    whole = top.get("text").text() or " ".join(part.get("text").text() for part in utterances)
    return [Said(text=sentence) for sentence in sentences(whole)]


def _label(part: Node) -> str | None:
    voice = part.get("speaker").text()
    if not voice:
        channel = part.get("channel").text()
        return f"channel {channel}" if channel else None
    # "A" and "B" are voices here; bare they would read as initials of roles.
    return f"speaker {voice}" if len(voice) == 1 else voice


FORMAT = Format(
    title="AssemblyAI",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="deepgram/deepgram-python-captions: assemblyai_utterances.json",
)

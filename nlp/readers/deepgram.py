"""Deepgram, pre-recorded: `results.channels` of `alternatives` with `words`, and `utterances`.

After https://developers.deepgram.com/docs/pre-recorded-audio.
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, short_metadata
from nlp.transcripts.turns import (
    Said,
    Word,
    sentences,
    turns_of_channels,
    turns_of_segments,
    turns_of_words,
)
from nlp.types import Interaction, Rejected


def _detect(document: Document) -> bool:
    results = document.json_object.get("results")
    if not isinstance(results, dict):
        return False
    channels, utterances = results.get("channels"), results.get("utterances")
    if isinstance(channels, list) and channels:
        return isinstance(channels[0], dict) and "alternatives" in channels[0]
    return isinstance(utterances, list) and bool(utterances)


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    results = top.get("results")
    language = results.get("channels").first().get("detected_language").value
    # Key-value pairs of the caller's own: https://developers.deepgram.com/docs/extra-metadata.
    extra = top.get("metadata").get("extra").fields()
    yield from one(
        document,
        Draft(
            format="deepgram",
            source=document.name,
            said=_said(results),
            id=top.get("metadata").get("request_id").text(),
            metadata=short_metadata({"language": language, **extra}),
        ),
        options,
    )


def _said(results: Node) -> list[Said]:
    channels = list(results.get("channels").items())
    best = [channel.get("alternatives").first() for channel in channels]
    several = len(channels) > 1
    by_channel = [
        _words(part.get("words"), channel=place if several else None)
        for place, part in enumerate(best)
    ]
    if several and any(by_channel):
        return turns_of_channels(by_channel)
    if any(by_channel):
        return turns_of_words(by_channel[0])
    if results.get("utterances").value:
        return turns_of_segments(_utterance(part) for part in results.get("utterances").items())
    whole = " ".join(part.get("transcript").text() for part in best)
    return [Said(text=sentence) for sentence in sentences(whole)]


def _words(words: Node, *, channel: int | None) -> list[Word]:
    return [
        Word(
            text=word.get("punctuated_word", "word").text(),
            label=_label(word, channel=channel),
            start=word.get("start").seconds(),
            end=word.get("end").seconds(),
        )
        for word in words.items()
    ]


def _label(part: Node, *, channel: int | None) -> str | None:
    """A channel is one voice: where there are several, diarisation within them is left aside."""
    if channel is not None:
        return f"channel {channel}"
    voice = part.get("speaker").text()
    return f"speaker {voice}" if voice else None


def _utterance(part: Node) -> Said:
    return Said(
        text=part.get("transcript").text(),
        label=_label(part, channel=None),
        start=part.get("start").seconds(),
        end=part.get("end").seconds(),
    )


FORMAT = Format(
    title="Deepgram",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="deepgram/deepgram-python-captions: dg_speakers.json",
)

"""Google Cloud Speech-to-Text, v1 and v2: `results` of `alternatives` with `words`.

After https://cloud.google.com/speech-to-text/docs/reference/rest/v1/speech/longrunningrecognize.
With diarisation the last result holds every word of the recording once more, with its speaker.
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

_SPEAKER = ("speakerLabel", "speakerTag", "speaker_label", "speaker_tag")
_CHANNEL = ("channelTag", "channel_tag")


def _detect(document: Document) -> bool:
    top = document.json_object
    inner = top.get("response") if isinstance(top.get("response"), dict) else top
    results = inner.get("results") if isinstance(inner, dict) else None
    if not isinstance(results, list) or not results or not isinstance(results[0], dict):
        return False
    # Watson's results have the same names, and say in each whether it is final.
    alternatives = results[0].get("alternatives")
    if "final" in results[0] or not isinstance(alternatives, list) or "results" in results[0]:
        return False
    first = alternatives[0] if alternatives else {}
    return isinstance(first, dict) and ("transcript" in first or "words" in first)


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    inner = top.get("response") if top.get("response").value else top
    results = list(inner.get("results").items())
    yield from one(
        document,
        Draft(
            format="google_speech",
            source=document.name,
            said=_said(results),
            id=top.get("name").text() or inner.get("requestId", "request_id").text(),
            metadata=short_metadata(
                {"language": results[0].get("languageCode", "language_code").value}
            ),
        ),
        options,
    )


def _said(results: list[Node]) -> list[Said]:
    by_result = [_words(result) for result in results]
    if by_result[-1] and all(word.label for word in by_result[-1]):
        everything = sum(len(words) for words in by_result[:-1])
        # Some versions tag every result and repeat nothing: then all of them count.
        repeats = len(by_result[-1]) >= everything
        return turns_of_words(by_result[-1] if repeats else [w for ws in by_result for w in ws])
    channels = [result.get(*_CHANNEL).text() for result in results]
    if any(by_result) and len(set(channels)) > 1:
        by_channel: dict[str, list[Word]] = {}
        for channel, words in zip(channels, by_result, strict=True):
            by_channel.setdefault(channel, []).extend(words)
        return turns_of_channels(by_channel.values())
    if any(by_result):
        return turns_of_words([word for words in by_result for word in words])
    return _without_words(results, channels)


def _without_words(results: list[Node], channels: list[str]) -> list[Said]:
    texts = [result.get("alternatives").first().get("transcript").text() for result in results]
    if len(set(channels)) > 1:
        return turns_of_segments(
            Said(text=text, label=f"channel {channel}" if channel else None)
            for text, channel in zip(texts, channels, strict=True)
        )
    return [Said(text=sentence) for sentence in sentences(" ".join(texts))]


def _words(result: Node) -> list[Word]:
    channel = result.get(*_CHANNEL).text()
    words = []
    for place, word in enumerate(result.get("alternatives").first().get("words").items()):
        voice = word.get(*_SPEAKER).text()
        label = f"speaker {voice}" if voice and voice != "0" else ""
        words.append(
            Word(
                text=word.get("word").text(),
                label=label or (f"channel {channel}" if channel else None),
                start=word.get("startTime", "startOffset", "start_time", "start_offset").seconds(),
                end=word.get("endTime", "endOffset", "end_time", "end_offset").seconds(),
                opens=place == 0,
            )
        )
    return words


FORMAT = Format(
    title="Google Speech-to-Text",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="bbc/react-transcript-editor: gcpSttSpeakerDiarization.sample.json",
)

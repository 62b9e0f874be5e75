"""Amazon Transcribe, standard batch output: `results.items`, with speaker or channel labels.

After https://docs.aws.amazon.com/transcribe/latest/dg/how-input.html#how-it-works-output.
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, short_metadata
from nlp.transcripts.turns import Said, Word, sentences, turns_of_channels, turns_of_words
from nlp.types import Interaction, Rejected


def _detect(document: Document) -> bool:
    results = document.json_object.get("results")
    if not isinstance(results, dict):
        return False
    return "transcripts" in results or (
        "items" in results and ("jobName" in document.json_object or "channel_labels" in results)
    )


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    results = top.get("results")
    said = _said(results)
    language = results.get("language_code").value or top.get("language_code").value
    yield from one(
        document,
        Draft(
            format="aws_transcribe",
            source=document.name,
            said=said,
            id=top.get("jobName").text(),
            metadata=short_metadata({"language": language}),
        ),
        options,
    )


def _said(results: Node) -> list[Said]:
    channels = list(results.get("channel_labels").get("channels").items())
    if channels:
        return turns_of_channels(
            [
                _words(channel.get("items"), {}, label=channel.get("channel_label").text())
                for channel in channels
            ]
        )
    words = _words(results.get("items"), _speakers(results))
    if words:
        return turns_of_words(words)
    whole = " ".join(part.get("transcript").text() for part in results.get("transcripts").items())
    return [Said(text=sentence) for sentence in sentences(whole)]


def _speakers(results: Node) -> dict[float | None, str]:
    """Who speaks at each word's start, as diarisation has it beside the items."""
    return {
        item.get("start_time").seconds(): item.get("speaker_label").text()
        for segment in results.get("speaker_labels").get("segments").items()
        for item in segment.get("items").items()
    }


def _words(items: Node, speakers: dict[float | None, str], *, label: str = "") -> list[Word]:
    words = []
    for item in items.items():
        start = item.get("start_time").seconds()
        own = label or item.get("speaker_label").text()
        if not own and start is not None:
            own = speakers.get(start, "")
        text = item.get("alternatives").first().get("content").text()
        if text:
            mark = item.get("type").value == "punctuation"
            end = item.get("end_time").seconds()
            words.append(Word(text=text, label=own or None, start=start, end=end, attaches=mark))
    return words


FORMAT = Format(
    title="Amazon Transcribe (standard)",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="bbc/react-transcript-editor: amazonTranscribe.sample.json",
)

"""Azure Speech: batch transcription (v3 and later), fast transcription, Content Understanding.

After https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription-get and
https://learn.microsoft.com/azure/ai-services/speech-service/fast-transcription-create.
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, moment, short_metadata
from nlp.transcripts.turns import Said, turns_of_segments
from nlp.types import Interaction, Rejected

_TICKS = 10_000_000  # of 100 nanoseconds in a second


def _detect(document: Document) -> bool:
    top = document.json_object
    if isinstance(top.get("recognizedPhrases"), list):
        return True
    if isinstance(top.get("phrases"), list) and "combinedPhrases" in top:
        return True
    contents = _contents(top)
    return any(isinstance(part, dict) and "transcriptPhrases" in part for part in contents)


def _contents(top: dict[str, object]) -> list[object]:
    result = top.get("result", top)
    contents = result.get("contents") if isinstance(result, dict) else None
    return contents if isinstance(contents, list) else []


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    phrases = list(top.get("recognizedPhrases", "phrases").items())
    if not phrases:
        inner = top.get("result") if top.get("result").value else top
        for part in inner.get("contents").items():
            phrases.extend(part.get("transcriptPhrases").items())
    phrases = [
        phrase for phrase in phrases if phrase.get("recognitionStatus").value in (None, "Success")
    ]
    channels = {phrase.get("channel").text() for phrase in phrases}
    said = [_said(phrase, by_channel=len(channels) > 1) for phrase in phrases]
    locale = next((p.get("locale").value for p in phrases if p.get("locale").value), None)
    yield from one(
        document,
        Draft(
            format="azure_batch",
            source=document.name,
            said=turns_of_segments(said),
            id=top.get("id").text(),
            started_at=moment(top.get("recordingTimestamp").value),
            metadata=short_metadata({"language": locale}),
        ),
        options,
    )


def _said(phrase: Node, *, by_channel: bool) -> Said:
    best = phrase.get("nBest").first()
    start, end = _times(phrase)
    label = phrase.get("speaker").text()
    if label.isdigit():
        label = f"speaker {label}"
    if by_channel:
        label = " ".join(
            part for part in (f"channel {phrase.get('channel').text()}", label) if part
        )
    return Said(
        text=phrase.get("text").text() or best.get("display", "itn", "lexical").text(),
        label=label or None,
        start=start,
        end=end,
    )


def _times(phrase: Node) -> tuple[float | None, float | None]:
    if phrase.get("startTimeMs").value is not None:
        return (
            phrase.get("startTimeMs").seconds(per_second=1000),
            phrase.get("endTimeMs").seconds(per_second=1000),
        )
    start = phrase.get("offsetMilliseconds").seconds(per_second=1000)
    length = phrase.get("durationMilliseconds").seconds(per_second=1000)
    if start is None:
        start = phrase.get("offsetInTicks").seconds(per_second=_TICKS)
        length = phrase.get("durationInTicks").seconds(per_second=_TICKS)
    if start is None:
        start, length = phrase.get("offset").seconds(), phrase.get("duration").seconds()
    end = None if start is None or length is None else round(start + length, 3)
    return start, end


FORMAT = Format(
    title="Azure Speech (batch, fast, Content Understanding)",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="Azure-Samples/azure-ai-content-understanding-python: batch_pretranscribed.json",
)

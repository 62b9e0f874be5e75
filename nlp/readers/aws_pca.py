"""AWS Post-Call Analytics: `SpeechSegments`, and speakers' names under `ConversationAnalytics`.

After https://github.com/aws-samples/amazon-transcribe-post-call-analytics.
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, moment, short_metadata
from nlp.transcripts.turns import Said, turns_of_segments
from nlp.types import Interaction, Rejected


def _detect(document: Document) -> bool:
    return isinstance(document.json_object.get("SpeechSegments"), list)


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    call = top.get("ConversationAnalytics")
    shown = {
        row.get("Speaker").text(): row.get("DisplayText").text()
        for row in call.get("SpeakerLabels").items()
    }
    said = []
    for segment in top.get("SpeechSegments").items():
        voice = segment.get("SegmentSpeaker").text()
        said.append(
            Said(
                text=segment.get("DisplayText", "OriginalText").text(),
                label=shown.get(voice) or voice or None,
                start=segment.get("SegmentStartTime").seconds(),
                end=segment.get("SegmentEndTime").seconds(),
            )
        )
    job = call.get("SourceInformation").first().get("TranscribeJobInfo")
    agent = _stated(call.get("Agent"))
    yield from one(
        document,
        Draft(
            format="aws_pca",
            source=document.name,
            said=turns_of_segments(said),
            id=_stated(call.get("GUID")) or job.get("TranscriptionJobName").text(),
            started_at=moment(call.get("ConversationTime").value),
            metadata=short_metadata({"language": call.get("LanguageCode").value}),
            names=(agent,) if agent else (),
        ),
        options,
    )


def _stated(field: Node) -> str:
    """Text, or empty where the exporter wrote Python's `None` as a word."""
    return field.text() if field.text() != "None" else ""


FORMAT = Format(
    title="AWS Post-Call Analytics",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="aws-samples/amazon-transcribe-post-call-analytics: testfile.json",
)

"""Amazon Transcribe Call Analytics: `Transcript` entries, each with its `ParticipantRole`.

After https://docs.aws.amazon.com/transcribe/latest/dg/tca-output-batch.html.
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.roles import role_of_label
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, short_metadata
from nlp.transcripts.turns import Said, turns_of_segments
from nlp.types import Interaction, Rejected


def _detect(document: Document) -> bool:
    entries = document.json_object.get("Transcript")
    if not isinstance(entries, list):
        return False
    return any(isinstance(entry, dict) and "ParticipantRole" in entry for entry in entries[:20])


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    said = [
        Said(
            text=entry.get("Content").text(),
            label=entry.get("ParticipantRole").text() or None,
            start=entry.get("BeginOffsetMillis").seconds(per_second=1000),
            end=entry.get("EndOffsetMillis").seconds(per_second=1000),
            role=role_of_label(entry.get("ParticipantRole").text()),
        )
        for entry in top.get("Transcript").items()
    ]
    yield from one(
        document,
        Draft(
            format="aws_call_analytics",
            source=document.name,
            said=turns_of_segments(said),
            id=top.get("JobName").text(),
            metadata=short_metadata({"language": top.get("LanguageCode").value}),
        ),
        options,
    )


FORMAT = Format(
    title="Amazon Transcribe Call Analytics",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="aws-samples/amazon-transcribe-output-word-document: example-call.json",
)

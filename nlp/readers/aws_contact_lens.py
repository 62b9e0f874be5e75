"""Amazon Connect Contact Lens, voice and chat: `Participants`, and `Transcript` that names them.

After https://docs.aws.amazon.com/connect/latest/adminguide/contact-lens-example-output-files.html.
Copies of the examples on that page are read as they are printed there, with comments, trailing
commas and a brace too many.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from nlp.errors import BrokenInput
from nlp.readers.base import Document, Format, ReadOptions
from nlp.roles import role_of_label
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, moment, short_metadata
from nlp.transcripts.turns import Said, turns_of_segments
from nlp.types import Interaction, Rejected, Speaker

_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_TRAILING_COMMA = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])')


def _detect(document: Document) -> bool:
    top = document.json_object
    if top:
        return "Transcript" in top and "Participants" in top
    if not document.looks_like_json():
        return False
    return all(key in document.data for key in (b'"Participants"', b'"Transcript"', b'"Content"'))


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json_object or _as_printed(document), source=document.name)
    roles: dict[str, Speaker | None] = {
        person.get("ParticipantId").text(): role_of_label(person.get("ParticipantRole").text())
        for person in top.get("Participants").items()
    }
    said = []
    names: dict[str, None] = {}
    for entry in top.get("Transcript").items():
        if entry.get("ContentType").text().startswith("application/vnd.amazonaws.connect.event"):
            continue
        said.append(_said(entry, roles))
        if role_of_label(entry.get("DisplayName").text()) is None:
            names[entry.get("DisplayName").text()] = None
    details = top.get("CustomerMetadata")
    chat = top.get("Channel").text().upper() == "CHAT"
    first = top.get("Transcript").first()
    yield from one(
        document,
        Draft(
            format="aws_contact_lens",
            source=document.name,
            said=turns_of_segments(said),
            id=details.get("ContactId").text() or top.get("ContactId").text(),
            channel="chat" if chat else "call",
            started_at=moment(first.get("AbsoluteTime").value),
            metadata=short_metadata({"language": top.get("LanguageCode").value}),
            names=tuple(name for name in names if name),
        ),
        options,
    )


def _said(entry: Node, roles: dict[str, Speaker | None]) -> Said:
    person = entry.get("ParticipantId").text() or entry.get("ParticipantRole").text()
    role = roles.get(person) or role_of_label(entry.get("ParticipantRole").text())
    return Said(
        text=entry.get("Content").text(),
        label=person or None,
        start=entry.get("BeginOffsetMillis").seconds(per_second=1000),
        end=entry.get("EndOffsetMillis").seconds(per_second=1000),
        role=role or role_of_label(person),
    )


def _as_printed(document: Document) -> Any:
    """The JSON of an example that was copied from the documentation's page.

    Raises:
        BrokenInput: it is not that either; the error is the one of the plain JSON.
    """
    text = _STRING_OR_COMMENT.sub(lambda found: found[1] or "", document.text)
    text = _STRING_OR_TRAILING_COMMA.sub(lambda found: found[1] or "", text)
    try:
        value, end = json.JSONDecoder().raw_decode(text.strip())
    except (ValueError, RecursionError):
        return document.json
    if text.strip()[end:].strip("}] \n\t"):
        raise BrokenInput("text after the end of the JSON", source=document.name)
    return value


FORMAT = Format(
    title="Amazon Connect Contact Lens",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="awsdocs/amazon-connect-admin-guide: contact-lens-example-output-files.md",
)

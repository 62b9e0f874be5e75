"""Azure Language conversation input: `conversationItems` with a `participantId` each.

After https://learn.microsoft.com/azure/ai-services/language-service/conversations-concepts.
"""

from collections.abc import Iterator
from typing import Any

from nlp.errors import ReadError
from nlp.readers.base import Document, Format, ReadOptions
from nlp.roles import role_of_label
from nlp.transcripts.draft import Draft, finish, one
from nlp.transcripts.fields import Node, short_metadata
from nlp.transcripts.turns import Said, merged
from nlp.types import Interaction, Rejected

_TICKS = 10_000_000  # of 100 nanoseconds in a second


def _detect(document: Document) -> bool:
    return any(isinstance(found, dict) for found in _conversations(document.json_object))


def _conversations(top: dict[str, Any]) -> list[Any]:
    if isinstance(top.get("conversationItems"), list):
        return [top]
    for holder in (top.get("analysisInput"), top):
        if isinstance(holder, dict):
            many = holder.get("conversations")
            many = many if isinstance(many, list) else [holder.get("conversationItem")]
            found = [one for one in many if isinstance(one, dict) and "conversationItems" in one]
            if found:
                return many
    return []


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    conversations = _conversations(document.json_object)
    if len(conversations) == 1:
        only = Node(conversations[0], source=document.name, path="conversations[0]")
        yield from one(document, _draft(only, source=document.name), options)
        return
    for place, value in enumerate(conversations):
        source = f"{document.name}#{place + 1}"
        conversation = Node(value, source=source, path=f"conversations[{place}]")
        try:
            yield finish(_draft(conversation, source=source), options)
        except ReadError as error:
            yield Rejected(source=source, code=error.code, message=str(error))


def _draft(conversation: Node, *, source: str) -> Draft:
    said = []
    for item in conversation.get("conversationItems").items():
        person = item.get("participantId").text()
        timing = item.get("conversationItemLevelTiming")
        start = timing.get("offset").seconds(per_second=_TICKS)
        length = timing.get("duration").seconds(per_second=_TICKS)
        said.append(
            Said(
                text=item.get("text", "itn", "lexical").text(),
                label=person or None,
                start=start,
                end=None if start is None or length is None else round(start + length, 3),
                role=role_of_label(item.get("role").text()),
            )
        )
    return Draft(
        format="azure_conversation",
        source=source,
        said=merged(said),
        id=conversation.get("id").text(),
        channel="chat" if conversation.get("modality").value == "text" else "call",
        metadata=short_metadata({"language": conversation.get("language").value}),
    )


FORMAT = Format(
    title="Azure Language (conversation)",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="Azure-Samples/cognitive-services-speech-sdk: Json_input_customer_support.json",
)

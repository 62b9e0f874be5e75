"""Prose without speakers, of a call or a mail: the last resort.

A call is cut to sentences and each is given to the agent or the customer by its words; the doubt is
in `Interaction.roles`. What greets on a line of its own and closes with regards is read as a mail:
its paragraphs are the customer's. What is not prose is refused.
"""

from collections.abc import Iterator

from nlp.errors import BrokenInput, ConduitError
from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.conversation import MAIL_ROLES
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.prose import is_prose, looks_like_mail, prose_turns
from nlp.types import Channel, Interaction, Rejected


def _detect(document: Document) -> bool:
    if document.is_json_like():
        return False
    try:
        return is_prose(document.text)
    except ConduitError:
        return False


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    if not is_prose(document.text):
        raise BrokenInput("not prose: code, a table, a log or noise", source=document.name)
    channel: Channel = "email" if looks_like_mail(document.text) else "call"
    channel = options.channel or channel
    yield from one(
        document,
        Draft(
            format="plain_text",
            source=document.name,
            said=prose_turns(document.text, channel=channel),
            channel=channel,
            roles=MAIL_ROLES if channel == "email" else None,
        ),
        options,
    )


FORMAT = Format(
    title="Prose",
    suffixes=(".txt",),
    detect=_detect,
    read=_read,
    checked_with="microsoft/Conversation-Knowledge-Mining-Solution-Accelerator: telecom calls",
)

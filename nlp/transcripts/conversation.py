"""Our own JSON of one interaction, and lists of messages in the shape of chat exports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nlp.errors import BrokenInput
from nlp.roles import role_of_label
from nlp.transcripts.draft import Draft
from nlp.transcripts.fields import Node, moment, short_metadata
from nlp.transcripts.labelled import parse
from nlp.transcripts.prose import prose_turns
from nlp.transcripts.turns import Said
from nlp.types import CHANNELS, SPEAKERS, Channel, Roles, Speaker

_ROLES: Mapping[str, Speaker] = {speaker: speaker for speaker in SPEAKERS}
# What chat models' message lists call the two sides, and the rest.
_CHAT_ROLES: Mapping[str, Speaker] = {
    "user": "customer",
    "human": "customer",
    "assistant": "agent",
    "system": "other",
    "tool": "other",
}
_MESSAGE_SPEAKER = ("speaker", "role", "participant", "participantRole", "sender", "author", "from")
_MESSAGE_TEXT = ("text", "content", "message", "utterance", "body", "value")
MAIL_ROLES = Roles(source="inferred", confidence=0.8, note="a mail; its writer is the customer")


def has_turns(row: Mapping[str, object]) -> bool:
    """Whether an object is an interaction with its turns in our own shape."""
    turns = row.get("turns")
    if not isinstance(turns, list):
        return False
    return all(isinstance(turn, Mapping) and "text" in turn for turn in turns[:20])


def draft_of_object(value: Mapping[str, object], *, draft: Draft) -> Draft:
    """An object of our own shape as a draft: `turns`, or `text` instead.

    Args:
        value: the object.
        draft: format and source.

    Raises:
        BrokenInput: a field has the wrong type or an unknown value; the message says which.
    """
    top = Node(value, source=draft.source)
    channel = _channel(top.get("channel"))
    turns = top.get("turns")
    names: tuple[str, ...] = ()
    roles = None
    if turns.value is not None:
        said = [_turn(turn) for turn in turns.items()]
    else:
        text = _text(top.get("text"))
        labelled = parse(text) if channel != "email" else None
        names = labelled.names if labelled else ()
        roles = MAIL_ROLES if channel == "email" else None
        said = list(labelled.said) if labelled else prose_turns(text, channel=channel)
    started = top.get("started_at")
    began = moment(started.value)
    if started.value is not None and began is None:
        raise BrokenInput(
            "not a time; write it as ISO 8601, for example 2026-03-01T09:30:00Z",
            source=draft.source,
            where="started_at",
        )
    return replace(
        draft,
        said=said,
        id=top.get("id").text(),
        channel=channel,
        started_at=began,
        subject=top.get("subject").text() or None,
        metadata=_metadata(top.get("metadata")),
        names=names,
        roles=roles,
    )


def said_of_messages(messages: Sequence[object], *, source: str) -> list[Said]:
    """A list of messages ({"role": "user", "content": "…"}) or of plain strings as turns.

    Raises:
        BrokenInput: a message is something else.
    """
    said: list[Said] = []
    for place, message in enumerate(messages):
        node = Node(message, source=source, path=f"[{place}]")
        if isinstance(message, str):
            labelled = parse(message)
            said.extend(labelled.said if labelled else [Said(text=message)])
            continue
        label = node.get(*_MESSAGE_SPEAKER).text()
        said.append(
            Said(
                text=node.get(*_MESSAGE_TEXT).text(),
                label=label or None,
                start=node.get("start", "start_time", "startTime").seconds(),
                end=node.get("end", "end_time", "endTime").seconds(),
                role=role_of_label(label) or _CHAT_ROLES.get(label.lower()),
            )
        )
    return said


def _turn(turn: Node) -> Said:
    speaker = turn.get("speaker").text().strip()
    role = _ROLES.get(speaker.lower())
    times = {}
    for name in ("start", "end"):
        times[name] = turn.get(name).seconds()
        if turn.get(name).value is not None and times[name] is None:
            raise BrokenInput(
                "not a number of seconds, 0 or more",
                source=turn.source,
                where=f"{turn.path}.{name}",
            )
    label = turn.get("label").text() or (None if role else speaker)
    return Said(
        text=_text(turn.get("text")),
        label=label or None,
        start=times["start"],
        end=times["end"],
        role=role or role_of_label(speaker),
    )


def _text(field: Node) -> str:
    if field.value is None:
        raise BrokenInput("missing", source=field.source, where=field.path)
    if not isinstance(field.value, str):
        raise field.broken("text")
    return field.value


def _channel(field: Node) -> Channel:
    if field.value is None:
        return "call"
    for channel in CHANNELS:
        if field.value == channel:
            return channel
    raise BrokenInput(
        f"no channel is called {str(field.value)[:40]!r}; choose from {', '.join(CHANNELS)}",
        source=field.source,
        where=field.path,
    )


def _metadata(field: Node) -> dict[str, str]:
    if field.value is None:
        return {}
    if not isinstance(field.value, Mapping):
        raise field.broken("an object")
    return short_metadata(field.value)

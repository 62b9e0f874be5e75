"""The last step of every transcript reader: what was said becomes an `Interaction`."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from nlp.clean.transcript import clean, printable
from nlp.errors import EmptyInput
from nlp.roles import assign, name_of_label
from nlp.transcripts.turns import Said
from nlp.types import Channel, Interaction, Rejected, Roles, Turn

# Only the types: the package of readers imports this module while it is itself being imported.
if TYPE_CHECKING:
    from nlp.readers.base import Document, ReadOptions

_LONGEST_ID = 200
_LONGEST_LABEL = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reader found, before roles and cleaning.

    Attributes:
        format: the reader's key in `READERS`.
        source: where it came from, for a person.
        said: in order, already joined to turns.
        id: the file's own identifier; empty where it has none.
        channel: what the format implies, unless the caller says otherwise.
        started_at: when it began, or None.
        subject: a subject line, or None.
        metadata: names to short values.
        names: personal names that the file states outside the labels.
        roles: how the roles in `said` came about, where the reader decided them itself.
    """

    format: str
    source: str
    said: Sequence[Said]
    id: str = ""
    channel: Channel = "call"
    started_at: datetime | None = None
    subject: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    roles: Roles | None = None


def finish(draft: Draft, options: "ReadOptions") -> Interaction:
    """Clean the words, decide who the agent is, number the turns.

    Raises:
        EmptyInput: no words are left.
    """
    heard = [_cleaned(said) for said in draft.said]
    heard = [said for said in heard if said.text]
    if not heard:
        raise EmptyInput("no words in it", source=draft.source)
    heard, speakers, roles = assign(heard, agent=options.agent, customer=options.customer)
    turns = tuple(
        Turn(
            index=index,
            speaker=speaker,
            text=said.text,
            start=said.start,
            end=said.end,
            label=said.label,
        )
        for index, (said, speaker) in enumerate(zip(heard, speakers, strict=True))
    )
    names = (name_of_label(label) for label in dict.fromkeys(turn.label for turn in turns))
    subject = printable(draft.subject or "").strip()
    return Interaction(
        id=printable(draft.id).strip()[:_LONGEST_ID] or _digest(turns),
        source=draft.source,
        format=draft.format,
        channel=options.channel or draft.channel,
        turns=turns,
        roles=draft.roles or roles,
        started_at=draft.started_at,
        subject=subject or None,
        metadata=dict(draft.metadata),
        names=tuple(dict.fromkeys([*draft.names, *(name for name in names if name)])),
    )


def one(
    document: "Document", draft: Draft, options: "ReadOptions"
) -> Iterator[Interaction | Rejected]:
    """Finish the only interaction of a document; its identifier falls back to the document's."""
    interaction = finish(draft, options)
    if not draft.id.strip():
        interaction = replace(interaction, id=document.digest)
    yield interaction


def _cleaned(said: Said) -> Said:
    label = printable(said.label).strip()[:_LONGEST_LABEL] if said.label else None
    return Said(
        text=clean(said.text), label=label or None, start=said.start, end=said.end, role=said.role
    )


def _digest(turns: Sequence[Turn]) -> str:
    """An identifier from the words, for one part of a larger input: 16 hex digits."""
    digest = hashlib.sha256()
    for turn in turns:
        digest.update(f"{turn.label or ''}\x1f{turn.text}\x1e".encode())
    return digest.hexdigest()[:16]

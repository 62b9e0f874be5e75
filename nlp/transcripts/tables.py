"""Rows of a table as interactions: which column is what, one row a call or one row a turn."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from nlp.errors import BrokenInput, EmptyInput, OptionError, ReadError
from nlp.roles import role_of_label
from nlp.transcripts.conversation import MAIL_ROLES, draft_of_object, has_turns, said_of_messages
from nlp.transcripts.draft import Draft, finish
from nlp.transcripts.fields import moment, seconds, short_metadata
from nlp.transcripts.labelled import parse
from nlp.transcripts.prose import prose_turns
from nlp.transcripts.turns import Said
from nlp.types import Channel, Interaction, Rejected

# Only the type: the package of readers imports this module while it is itself being imported.
if TYPE_CHECKING:
    from nlp.readers.base import ReadOptions

Row = Mapping[str, object]

SAMPLE_ROWS = 200
"""Rows from which it is told what a row of a table is."""


def _names_of(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Our field, then the names that its column has in the wild, the likeliest first. Compared in lower
# case without spaces, hyphens and underscores.
_GUESSES: Mapping[str, tuple[str, ...]] = {
    "text": _names_of(
        "transcript transcripttext transcription calltranscript conversation conversationtext "
        "dialogue dialog messages content message messagetext utterance text body emailbody "
        "mailbody comment comments review feedback narrative complaint verbatim description "
        "responsetext"
    ),
    "id": _names_of(
        "conversationid callid interactionid contactid sessionid dialogueid dialogid chatid "
        "threadid ticketid caseid recordingid transcriptid convid messageid emailid recordid "
        "guid uuid id"
    ),
    "speaker": _names_of(
        "speaker speakerrole speakerlabel speakerid speakername participant participantrole "
        "participantid role sender sendertype author authorrole party who"
    ),
    "start": _names_of("start starttime startsec startseconds starts begin offset from_ts"),
    "end": _names_of("end endtime endsec endseconds ends stop"),
    "channel": ("channel", "channeltype", "medium", "modality"),
    "subject": ("subject", "subjectline", "title", "emailsubject"),
    "date": _names_of(
        "date datetime startedat calldate callstart createdat created timestamp time sentat "
        "sent receivedat received starttime start"
    ),
}
FIELDS = tuple(_GUESSES)
_CHANNELS: Mapping[str, Channel] = {
    **dict.fromkeys(("call", "calls", "phone", "voice", "telephone", "inbound call"), "call"),
    **dict.fromkeys(("email", "e-mail", "mail", "emails"), "email"),
    **dict.fromkeys(("chat", "sms", "text", "messenger", "webchat", "web chat", "chats"), "chat"),
}
_NAME_COLUMN = re.compile(
    r"(?:agent|customer|caller|client|rep|user|contact|advisor|employee|sender|full|first|last)"
    r"(?:name)?|name"
)


def columns_of(names: Iterable[str], options: "ReadOptions") -> dict[str, str]:
    """Which column holds which of our fields: as the caller says, else by its name.

    Raises:
        OptionError: the caller maps a field that does not exist.
    """
    unknown = [field for field in options.columns if field not in _GUESSES]
    if unknown:
        raise OptionError(f"no field is called {unknown[0]!r}; choose from {', '.join(FIELDS)}")
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(re.sub(r"[\s_\-.]+", "", str(name)).lower(), str(name))
    found = dict(options.columns)
    for field, guesses in _GUESSES.items():
        guess = next((plain[name] for name in guesses if name in plain), None)
        if guess is not None:
            found.setdefault(field, guess)
    if found.get("id") == found.get("text"):
        found.pop("id", None)
    return found


def interaction_of_row(row: Row, *, draft: Draft, options: "ReadOptions") -> Interaction:
    """One row as one interaction.

    Args:
        row: column names to values.
        draft: format and source.
        options: the caller's.

    Raises:
        ReadError: the row holds no words, or breaks the rules of our own JSON.
    """
    if has_turns(row):
        return finish(draft_of_object(row, draft=draft), options)
    columns = columns_of(row, options)
    channel = options.channel or channel_of(_value(row, columns, "channel")) or draft.channel
    text = _value(row, columns, "text")
    said, names = _said(row, columns, text, draft=draft, channel=channel)
    identifier = _value(row, columns, "id")
    filled = replace(
        draft,
        said=said,
        names=(*names, *_names(row, columns)),
        id=str(identifier) if isinstance(identifier, str | int) else "",
        channel=channel,
        started_at=moment(_value(row, columns, "date")),
        subject=str(_value(row, columns, "subject") or "") or None,
        metadata=_metadata([row], columns),
        roles=MAIL_ROLES if channel == "email" else None,
    )
    return finish(filled, options)


def interactions_of_rows(
    rows: Iterable[tuple[int, Row | Rejected]], *, draft: Draft, options: "ReadOptions"
) -> Iterator[Interaction | Rejected]:
    """The interactions of a table, and its rows that could not be read.

    Its first `SAMPLE_ROWS` rows say whether a row is an interaction or a turn.

    Args:
        rows: line numbers with rows, or with what was wrong with them.
        draft: names the format and the table; an interaction's source adds its line.
        options: as for `nlp.readers.read`.
    """
    rows = iter(rows)
    first = list(islice(rows, SAMPLE_ROWS))
    rows = chain(first, rows)
    sample = [row for _, row in first if not isinstance(row, Rejected)]
    if a_row_is_a_turn(sample, options):
        bad: list[Rejected] = []
        yield from interactions_of_turns(_good(rows, bad), draft=draft, options=options)
        yield from bad
        return
    for line, row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            own = replace(draft, source=f"{draft.source}:{line}")
            yield interaction_of_row(row, draft=own, options=options)
        except ReadError as error:
            yield _rejected(error)


def _good(
    rows: Iterable[tuple[int, Row | Rejected]], bad: list[Rejected]
) -> Iterator[tuple[int, Row]]:
    """The good rows; the bad ones are put into the list."""
    for line, row in rows:
        if isinstance(row, Rejected):
            bad.append(row)
        else:
            yield line, row


def interactions_of_turns(
    rows: Iterable[tuple[int, Row]], *, draft: Draft, options: "ReadOptions"
) -> Iterator[Interaction | Rejected]:
    """Rows of which each is one turn, gathered by their identifier's column if there is one."""
    groups: dict[str, list[tuple[int, Row]]] = {}
    columns: dict[str, str] = {}
    for line, row in rows:
        columns = columns or columns_of(row, options)
        text = _value(row, columns, "text")
        if not isinstance(text, str) or not text.strip():
            yield _rejected(_no_text(row, columns, source=f"{draft.source}:{line}"))
            continue
        identifier = _value(row, columns, "id")
        groups.setdefault("" if identifier is None else str(identifier), []).append((line, row))
    for identifier, group in groups.items():
        source = f"{draft.source}:{group[0][0]}" if len(groups) > 1 else draft.source
        try:
            named = replace(draft, source=source, id=identifier)
            yield _gathered([row for _, row in group], columns, draft=named, options=options)
        except ReadError as error:
            yield _rejected(error)


def a_row_is_a_turn(rows: Sequence[Row], options: "ReadOptions") -> bool:
    """Whether the first rows of a table are turns: they name speakers and share identifiers."""
    if not rows or any(has_turns(row) for row in rows):
        return False
    columns = columns_of(rows[0], options)
    if "speaker" not in columns or "text" not in columns:
        return False
    texts = [_value(row, columns, "text") for row in rows]
    if not all(isinstance(text, str) or text is None for text in texts):
        return False
    if "id" not in columns:
        return True
    identifiers = [str(_value(row, columns, "id")) for row in rows]
    return len(set(identifiers)) < len(identifiers)


def channel_of(value: object) -> Channel | None:
    """The channel that a cell names ("Phone", "E-mail", "web chat"), or None."""
    return _CHANNELS.get(str(value).strip().lower()) if value else None


def _rejected(error: ReadError) -> Rejected:
    return Rejected(source=error.source, code=error.code, message=str(error))


def _value(row: Row, columns: Mapping[str, str], field: str) -> object:
    return row.get(columns[field]) if field in columns else None


def _no_text(row: Row, columns: Mapping[str, str], *, source: str) -> ReadError:
    if "text" in columns:
        return EmptyInput(f"no words in column {columns['text']!r}", source=source)
    names = ", ".join(repr(str(name)) for name in list(row)[:12])
    return BrokenInput(
        f"no column for the words among {names}; name it with the columns option, "
        "for example columns={'text': 'notes'}",
        source=source,
    )


def _said(
    row: Row, columns: Mapping[str, str], text: object, *, draft: Draft, channel: Channel
) -> tuple[list[Said], tuple[str, ...]]:
    if isinstance(text, list):
        return said_of_messages(text, source=draft.source), ()
    if not isinstance(text, str) or not text.strip():
        raise _no_text(row, columns, source=draft.source)
    speaker = _value(row, columns, "speaker")
    if isinstance(speaker, str) and speaker.strip():
        return [Said(text=text, label=speaker)], ()
    labelled = parse(text) if channel != "email" else None
    if labelled:
        return list(labelled.said), labelled.names
    return prose_turns(text, channel=channel), ()


def _names(row: Row, columns: Mapping[str, str]) -> tuple[str, ...]:
    """Personal names in columns such as "agent_name"; identifiers in them are not names."""
    used = set(columns.values())
    found = []
    for name, value in row.items():
        plain = re.sub(r"[\s_\-.]+", "", str(name)).lower()
        if name in used or not isinstance(value, str) or not _NAME_COLUMN.fullmatch(plain):
            continue
        lettered = 1 < len(value.strip()) <= 60 and not any(mark.isdigit() for mark in value)
        if lettered and role_of_label(value) is None:
            found.append(value.strip())
    return tuple(found)


def _metadata(rows: Sequence[Row], columns: Mapping[str, str]) -> dict[str, str]:
    """The other columns, where every row says the same."""
    used = {name for field, name in columns.items() if field not in ("start", "end")}
    names = set(_names(rows[0], columns))
    first = {
        str(name): value
        for name, value in rows[0].items()
        if name not in used and not (isinstance(value, str) and value.strip() in names)
    }
    same = {
        name: value for name, value in first.items() if all(row.get(name) == value for row in rows)
    }
    return short_metadata(same)


def _gathered(
    rows: Sequence[Row], columns: Mapping[str, str], *, draft: Draft, options: "ReadOptions"
) -> Interaction:
    times = [_clock(row, columns) for row in rows]
    said = []
    for row, (start, end) in zip(rows, times, strict=True):
        label = _value(row, columns, "speaker")
        text = str(_value(row, columns, "text"))
        said.append(
            Said(text=text, label=str(label) if label is not None else None, start=start, end=end)
        )
    dates = [moment(_value(row, columns, "date")) for row in rows]
    first = next((date for date in dates if date), None)
    if first and not any(start is not None for start, _ in times):
        said = [
            replace(part, start=round((date - first).total_seconds(), 3))
            if date and date >= first
            else part
            for part, date in zip(said, dates, strict=True)
        ]
    channel = channel_of(_value(rows[0], columns, "channel")) or draft.channel
    subject = _value(rows[0], columns, "subject")
    filled = replace(
        draft,
        said=said,
        channel=channel,
        started_at=first,
        subject=str(subject) if subject else None,
        names=_names(rows[0], columns),
        metadata=_metadata(rows, columns),
    )
    return finish(filled, options)


def _clock(row: Row, columns: Mapping[str, str]) -> tuple[float | None, float | None]:
    return seconds(_value(row, columns, "start")), seconds(_value(row, columns, "end"))

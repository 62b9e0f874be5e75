"""Lines that say who speaks: "AGENT: …", "[00:12] Customer - …", "Rep (Dana): …", "**Agent:** …".

There is no standard; the habits are those of transcription services, chat exports and people. A
label is believed when it names a role ("Agent"), is generic ("Speaker 1"), or is written like a
name and comes back: "Error: 404" inside a turn stays inside it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nlp.roles import role_of_label
from nlp.transcripts.fields import seconds
from nlp.transcripts.label_habits import (
    header_key,
    is_generic,
    is_numbered_key,
    is_stage_direction,
    label_like,
    one_turn_a_line,
    split_line,
)
from nlp.transcripts.turns import Said, merged
from nlp.types import Speaker

_MOST_VOICES = 24
_LONGEST_VALUE = 12  # words; a heading's value is short
_CLOCK = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A transcript of labelled lines.

    Attributes:
        said: the turns.
        headers: what stood above or below them ("call id" to "4711"), keys in lower case.
        names: who takes part, as the heading says ("Agent: Dana Smith").
    """

    said: tuple[Said, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    label: str | None = None
    stamp: str | None = None
    header: tuple[str, str] | None = None


def parse(text: str) -> Labelled | None:
    """The turns of a text in labelled lines, or None where it is something else."""
    lines = _with_keys([_line(line) for line in one_turn_a_line(text)])
    heading = _heading(lines)
    body = lines[heading:]
    people = _people(lines[:heading])
    roles = _roles(people)
    believed = _believed(body, roles)
    first = next((place for place, line in enumerate(body) if line.label in believed), None)
    if first is None or not _plausible(body, first, believed):
        return None
    above = (line.header for line in lines[: heading + first] if line.header)
    headers = {key: value for key, value in above if value not in people}
    said = [
        replace(part, role=_role(part.label, roles)) if roles else part
        for part in merged(_turns(body[first:], believed, headers))
    ]
    return Labelled(said=tuple(said), headers=headers, names=tuple(people)) if said else None


def _people(heading: Sequence[_Line]) -> dict[str, str]:
    """Names that the heading gives a role ("Agent: Dana Smith"), to the words for that role."""
    people = {line.text: line.label for line in heading if line.label and _names_somebody(line)}
    stated = [line.header for line in heading if line.header]
    people.update(
        {value: key for key, value in stated if role_of_label(key) not in (None, "other")}
    )
    return people


def _line(text: str) -> _Line:
    found = split_line(text)
    if found is None:
        return _Line(text.strip())
    key = header_key(found.label)
    if key and not found.stamp:
        return _Line(found.text, None, None, (key, found.text))
    return _Line(found.text, found.label, found.stamp)


def _with_keys(lines: Sequence[_Line]) -> list[_Line]:
    """The lines, with the heading's keys that are no customary ones told from speakers.

    "Warranty: yes" above the first turn is a key where customary keys stand in the same block, or
    where its block is all such lines and a blank line parts it from voices that come back.
    """
    counts = Counter(line.label for line in lines if line.label)
    voices = {label for label, count in counts.items() if count >= 2 and label_like(label)}
    known = {label for label in counts if role_of_label(label) or is_generic(label)}
    told = list(lines)
    place = 0
    for stop, line in enumerate(lines):
        if line.label in voices | known and not _names_somebody(line):
            _tell(told, place, stop, voices=set())
            break
        if not (line.text or line.label):
            _tell(told, place, stop, voices=voices)
            place = stop + 1
    else:
        return list(lines)
    return told


def _tell(lines: list[_Line], start: int, stop: int, *, voices: set[str]) -> None:
    """Turn a block's "Key: value" lines into headers, if it is a block of such lines."""
    block = lines[start:stop]
    keys = [at for at, line in enumerate(block, start) if _may_be_key(line)]
    customary = any(
        line.header or (line.label is not None and is_numbered_key(line.label)) for line in block
    )
    if not customary and (len(keys) < max(2, len(block)) or len(voices) < 2):
        return
    for at in keys:
        line = lines[at]
        lines[at] = replace(line, label=None, header=((line.label or "").lower(), line.text))


def _may_be_key(line: _Line) -> bool:
    if not line.label or line.stamp or role_of_label(line.label) or is_generic(line.label):
        return False
    short = 0 < len(line.text.split()) <= _LONGEST_VALUE
    return short and not line.text.endswith((".", "?", "!", "\u2026"))


def _heading(lines: Sequence[_Line]) -> int:
    """How many lines at the top belong to the heading.

    A block of "Date: …" lines also takes "Agent: Dana Smith" as a line about who takes part, which
    would be a turn anywhere else.
    """
    end = place = 0
    while place < len(lines):
        stop = place
        while stop < len(lines) and (lines[stop].text or lines[stop].label):
            stop += 1
        block = lines[place:stop]
        stated = [at for at, line in enumerate(block) if line.header]
        spoken = [at for at, line in enumerate(block) if line.label and not _names_somebody(line)]
        if stated and (not spoken or stated[-1] < spoken[0]):
            end = stop if not spoken else place + stated[-1] + 1
        if spoken or (block and not stated and end):
            break
        place = stop + 1
    return end


def _names_somebody(line: _Line) -> bool:
    words = line.text.split()
    return (
        line.stamp is None
        and role_of_label(line.label) is not None
        and 0 < len(words) <= 4
        and all(word[0].isupper() or not word[0].isalpha() for word in words)
        and not line.text.endswith((".", "?", "!", ","))
    )


def _roles(people: Mapping[str, str]) -> dict[str, Speaker]:
    """From full and first names in lower case to the role that the heading gives them."""
    roles: dict[str, Speaker] = {}
    for name, label in people.items():
        role = role_of_label(label)
        if role and name and len(name.split()) <= 4:
            roles[name.lower()] = role
            roles.setdefault(name.lower().split()[0], role)
    return roles


def _role(label: str | None, roles: Mapping[str, Speaker]) -> Speaker | None:
    return role_of_label(label) or roles.get((label or "").lower())


def _believed(lines: Sequence[_Line], roles: Mapping[str, Speaker]) -> frozenset[str]:
    """The labels that are speakers."""
    counts = Counter(line.label for line in lines if line.label)
    filled = sum(1 for line in lines if line.text or line.label)
    mostly = sum(counts.values()) >= 0.8 * filled and any(
        count >= 2 or role_of_label(label) for label, count in counts.items() if label_like(label)
    )
    believed = set()
    for label, count in counts.items():
        if not label_like(label):
            continue
        known = _role(label, roles) is not None or is_generic(label)
        stamped = any(line.stamp for line in lines if line.label == label)
        if known or count >= 2 or stamped or mostly:
            believed.add(label)
    return frozenset(believed) if len(believed) <= _MOST_VOICES else frozenset()


def _plausible(body: Sequence[_Line], first: int, believed: frozenset[str]) -> bool:
    """Whether this is a transcript, and not prose in which a colon stands somewhere."""
    labelled = [line for line in body if line.label in believed]
    voices = {line.label for line in labelled}
    before = sum(1 for line in body[:first] if line.text and not line.header)
    if len(voices) >= 2:
        return before <= max(3, len(labelled))
    only = next(iter(voices), None)
    known = role_of_label(only) is not None or (only is not None and is_generic(only))
    return before == 0 and (known or len(labelled) >= 2)


def _turns(
    body: Sequence[_Line], believed: frozenset[str], headers: dict[str, str]
) -> Iterator[Said]:
    parts: list[str] = []
    label: str | None = None
    start: float | None = None
    after_blank = closing = False
    last = max(place for place, line in enumerate(body) if line.label in believed)
    for place, line in enumerate(body):
        if line.label in believed:
            if parts and label:
                yield Said(text=" ".join(parts), label=label, start=start)
            parts, label, start = [line.text], line.label, _offset(line.stamp)
            after_blank = closing = False
        elif line.header and after_blank and place > last:
            # "Summary: …" under the last turn is the exporter's, not the speaker's.
            headers.setdefault(*line.header)
            closing = True
        elif not closing:
            parts.extend(_continued(line))
        after_blank = after_blank or not (line.text or line.label)
    if parts and label:
        yield Said(text=" ".join(parts), label=label, start=start)


def _continued(line: _Line) -> list[str]:
    if line.header:
        return [f"{line.header[0].capitalize()}: {line.text}"]
    if line.label:
        return [f"{line.label}: {line.text}"]
    return [] if is_stage_direction(line.text) else [line.text]


def _offset(stamp: str | None) -> float | None:
    """Seconds of a stamp such as "00:12"; None for times of day and dates."""
    if stamp is None or re.search(r"[AaPp]\.?[Mm]|\d[/-]\d", stamp):
        return None
    clock = _CLOCK.search(stamp)
    return seconds(clock.group()) if clock else None

"""Timed cues of subtitle files: WebVTT and SubRip, with what exporters and rolling captions do."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nlp.roles import role_of_label
from nlp.transcripts.fields import seconds
from nlp.transcripts.label_habits import is_generic, label_like, split_line
from nlp.transcripts.turns import Said

_STAMP = r"(?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}"
_TIMING = re.compile(rf"^[ \t]*({_STAMP})[ \t]*--?>[ \t]*({_STAMP})(?:[ \t].*)?$")
_NUMBER = re.compile(r"^\s*\d+\s*$")
_BLOCK = re.compile(r"^(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s>]{0,200})?(?:[ \t]{1,9}([^>\n]{0,200}))?>|</v>")
_INNER_TIME = re.compile(r"<\d{1,4}:\d{2}(?::\d{2})?[.,]\d{3}>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[\d:.]+>|</>|\{\\[^{}]*\}")
_DASH = re.compile(r"^\s*[-\u2013\u2014]\s*(?=\S)")
_ADJACENT = 0.25  # seconds between two cues of which the second repeats the first


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue.

    Attributes:
        start: seconds.
        end: seconds.
        lines: its payload as it stands in the file.
    """

    start: float
    end: float
    lines: tuple[str, ...]


def has_timing(line: str) -> bool:
    """Whether a line is a cue's timing ("00:01.000 --> 00:02.500 align:start")."""
    return _TIMING.match(line) is not None


def parse_cues(lines: Sequence[str], *, strict_blocks: bool) -> Iterator[Cue]:
    """Cues of a subtitle file; blank lines between them may be missing.

    Args:
        lines: the file's lines, with or without its header.
        strict_blocks: a blank line ends a cue, as WebVTT says; else text after it still belongs to
            the cue, as SubRip files in the wild have it.
    """
    timing: tuple[float, float] | None = None
    payload: list[str] = []
    ended = False
    for place, line in enumerate(lines):
        found = _TIMING.match(line)
        if found:
            if timing:
                yield Cue(*timing, tuple(payload))
            start, end = seconds(found[1]) or 0.0, seconds(found[2]) or 0.0
            timing, payload, ended = (start, end), [], False
        elif timing is None or ended:
            continue
        elif not line or (not line.strip() and not strict_blocks):
            # A line of one space is not blank in WebVTT: rolling captions begin with it.
            ended = strict_blocks
        elif _BLOCK.match(line) and strict_blocks and not payload:
            ended = True
        elif not _announces(line, lines, place):
            payload.append(line)
    if timing:
        yield Cue(*timing, tuple(payload))


def _announces(line: str, lines: Sequence[str], place: int) -> bool:
    """Whether a line is the number of the cue that the next line times."""
    following = lines[place + 1] if place + 1 < len(lines) else ""
    return bool(_NUMBER.match(line)) and has_timing(following)


def said_in(cues: Sequence[Cue]) -> list[Said]:
    """What the cues say: voices from `<v>` tags or "Agent: …" lines, nothing said twice."""
    rolling = _rolls(cues)
    before: list[str] = []
    said: list[Said] = []
    ended = 0.0
    for cue in cues:
        lines = [plain for line in cue.lines if (plain := _plain(line))]
        kept = list(cue.lines)
        if rolling:
            close = cue.start - ended <= _ADJACENT
            kept = _unsaid(lines, before) if close else lines
            before, ended = lines or before, cue.end
        said.extend(_voices(cue, "\n".join(kept)))
    return _with_labels(said)


def _plain(line: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", _VOICE.sub("", line))).split())


def _rolls(cues: Sequence[Cue]) -> bool:
    """Whether cues scroll: each shows again what the one before it showed, as live captions do."""
    if len(cues) < 2:
        return False
    repeats = 0
    for first, second in pairwise(cues):
        old = [plain for line in first.lines if (plain := _plain(line))]
        new = [plain for line in second.lines if (plain := _plain(line))]
        adjacent = second.start - first.end <= _ADJACENT
        repeats += bool(adjacent and old and new and _unsaid(new, old) != new)
    timed = any(_INNER_TIME.search(line) for cue in cues for line in cue.lines)
    return bool(repeats) if timed else repeats >= max(3, 0.3 * len(cues))


def _unsaid(new: Sequence[str], old: Sequence[str]) -> list[str]:
    """The lines of a cue without those that the cue before it already showed."""
    for shared in range(min(len(new), len(old)), 0, -1):
        if list(new[:shared]) == list(old[-shared:]):
            return list(new[shared:])
    if new and old and new[0].startswith(f"{old[-1]} "):
        return [new[0][len(old[-1]) :].strip(), *new[1:]]
    return list(new)


def _voices(cue: Cue, payload: str) -> Iterator[Said]:
    """The payload, cut where the voice changes."""
    place, voice = 0, None
    for tag in [*_VOICE.finditer(payload), None]:
        words = payload[place : tag.start()] if tag else payload[place:]
        lines = words.split("\n")
        spoken = [_DASH.sub("", _plain(line)) for line in lines]
        dashed = sum(1 for line in lines if _DASH.match(_plain(line))) > 1
        for text in spoken if dashed else [" ".join(part for part in spoken if part)]:
            if text:
                yield Said(text=text, label=voice, start=cue.start, end=cue.end)
        if tag:
            place = tag.end()
            voice = " ".join(html.unescape(tag[1] or "").split()) or None


def _with_labels(said: list[Said]) -> list[Said]:
    """Where no cue has a voice tag, labels such as "Dana Smith: …" in front of the words."""
    if any(part.label for part in said):
        return said
    split = [(part, split_line(part.text)) for part in said]
    counts: dict[str, int] = {}
    for _, found in split:
        if found and found.text and label_like(found.label):
            counts[found.label] = counts.get(found.label, 0) + 1
    believed = {
        label
        for label, count in counts.items()
        if count >= 2 or role_of_label(label) or is_generic(label)
    }
    labelled: list[Said] = []
    current: str | None = None
    for part, found in split:
        if found and found.text and found.label in believed:
            current = found.label
            labelled.append(replace(part, text=found.text, label=current))
        else:
            # A cue without a label goes on with the one before it.
            labelled.append(replace(part, label=current))
    return labelled

"""A mail's text as paragraphs: wraps undone, lists and columns left as they are."""

import re
from dataclasses import dataclass
from itertools import pairwise

# Mail programs wrap between 60 and 80 columns (RFC 2822, 2.1.1 recommends 78).
NARROWEST_WRAP = 55
WIDEST_WRAP = 100

_MARKS = re.compile(r"[ \t]*(?:>[ \t]?)+")
_BULLET = re.compile(r"^\s*(?:[-*•·◦–+o]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S")
_INDENT = re.compile(r"^(?: {2,}|\t)\S")
_COLUMNS = re.compile(r"\S {3,}\S|\t|^\s*\||^[-=_]{3,}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph of a mail.

    Attributes:
        text: its words; a list keeps its lines.
        depth: how many quote marks it carries: 0 for the writer's own words, 1 for what they quote
            in order to answer it, more for what was quoted in that.
    """

    text: str
    depth: int


def paragraphs(reply: str) -> list[Paragraph]:
    """The paragraphs of a reply as `split_mail` returns it, quoted ones marked.

    A blank line ends a paragraph, and so does the change between quote and answer. Lines that were
    wrapped at the same column are joined by a space; a list item that was wrapped likewise.
    """
    groups: list[tuple[int, list[str]]] = []
    open_group = False
    for line in reply.split("\n"):
        marks = _MARKS.match(line)
        depth = marks.group().count(">") if marks is not None else 0
        text = line[marks.end() :] if marks is not None else line
        if not text.strip():
            open_group = False
            continue
        if not open_group or groups[-1][0] != depth:
            groups.append((depth, []))
            open_group = True
        groups[-1][1].append(text.rstrip())
    joined = ((depth, join_wrapped(lines)) for depth, lines in groups)
    return [Paragraph(text=text, depth=depth) for depth, text in joined if text]


def join_wrapped(lines: list[str]) -> str:
    """The lines of one paragraph with hard wraps undone.

    A line goes on in the next where the next one's first word would not have fitted: that is what
    a mail program's wrapping does, and a person's own line breaks do not.
    """
    if any(_COLUMNS.search(line.strip()) for line in lines):
        return "\n".join(line.rstrip() for line in lines).strip()
    width = max(len(line) for line in lines)
    joined = lines[0].strip()
    for above, line in pairwise(lines):
        word = line.split(maxsplit=1)[0]
        full = len(above) + 1 + len(word) > min(width, WIDEST_WRAP)
        wrapped = full and width >= NARROWEST_WRAP and len(above) >= NARROWEST_WRAP * 0.6
        item = _BULLET.match(line) is not None
        code = _INDENT.match(line) is not None and _BULLET.match(lines[0]) is None
        joined += (" " if wrapped and not item and not code else "\n") + line.strip()
    return joined


def unflow(text: str, *, delete_space: bool) -> str:
    """Undo the soft line breaks of `format=flowed` (RFC 3676, section 4).

    Args:
        text: the body as it was sent.
        delete_space: the `DelSp` parameter: whether the space before a soft break goes with it.
    """
    flowed: list[str] = []
    soft = ""  # the quote marks of the line that goes on, or "" where none does
    going_on = False
    for line in text.replace("\r\n", "\n").split("\n"):
        marks = line[: len(line) - len(line.lstrip(">"))]
        words = line[len(marks) :].removeprefix(" ")
        ends = words.endswith(" ") and words != "-- "
        kept = words[:-1] if ends and delete_space else words
        if going_on and marks == soft and words != "-- ":
            flowed[-1] += kept
        else:
            flowed.append(f"{marks} {kept}" if marks else kept)
        soft, going_on = marks, ends
    return "\n".join(flowed)

"""How one line names its speaker: the patterns, and what looks like a label and is none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nlp.roles import is_role_word, role_of_label

_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?(?:[ \t]*[AaPp]\.?[Mm]\.?)?"
_DATE = r"(?:\d{4}-\d{2}-\d{2}[T \t]+|\d{1,2}[/.]\d{1,2}[/.]\d{2,4},?[ \t]+)?"
_STAMP = (
    rf"[\[(<{{]?[ \t]*{_DATE}{_CLOCK}Z?(?:[ \t]*(?:-->|[-\u2013\u2014]|to)[ \t]*{_CLOCK})?"
    rf"[ \t]*[\])>}}]?"
)
_NAME = r"[^\W\d_][^:\t\n<>*|\"\[\]{}=]{0,50}?(?:[ \t]*\[[^\[\]:\d]{1,30}\])?"
_PREFIX = (
    rf"^[ \t]*(?:[-\u2022>#*]+[ \t]+)?(?:(?P<before>{_STAMP})[ \t]*[-\u2013\u2014|:,]?[ \t]*)?"
)
_AFTER = rf"(?:[ \t]*[-,]?[ \t]*(?P<after>{_STAMP}))?"
_MARKUP = r"(?:\*\*|__|\*)?"
_COLON = re.compile(
    rf"{_PREFIX}{_MARKUP}(?P<label>{_NAME}){_AFTER}[ \t]*{_MARKUP}[ \t]*:{_MARKUP}"
    r"(?:[ \t]+|$|(?=[^\s/\d\\]))(?P<text>.*)$"
)
_DASH = re.compile(
    rf"{_PREFIX}{_MARKUP}(?P<label>{_NAME}){_AFTER}{_MARKUP}"
    r"[ \t]+[-\u2013\u2014][ \t]+(?P<text>.*)$"
)
_BRACKETS = re.compile(
    rf"{_PREFIX}(?:\[(?P<square>{_NAME})\]|<(?P<angle>{_NAME})>)[ \t]*:?(?P<after>)"
    r"[ \t]*(?P<text>.*)$"
)
_TAB = re.compile(rf"{_PREFIX}(?P<label>{_NAME}){_AFTER}[ \t]*\t[ \t]*(?P<text>\S.*)$")
_ALONE = re.compile(rf"{_PREFIX}{_MARKUP}(?P<label>{_NAME}){_AFTER}{_MARKUP}[ \t]*(?P<text>)$")

_HYPHENS = "-\u2013\u2014"
_GAP = re.compile(r"[ \t]{3,}")
_FARTHEST = 200
_GENERIC = re.compile(
    r"(?:speaker|spk|participant|channel|ch|guest|person|voice|unknown(?:\s+speaker)?|line|party|"
    r"user|s)[ _#-]*[\dA-Za-z]?\d*",
    re.IGNORECASE,
)
_NUMBERED = frozenset(("call", "ticket", "case", "order", "conversation", "interaction", "ref"))
# What stands before a colon in headings and in speech, and is nobody.
_HEADER_KEYS = frozenset(
    """call id|callid|conversation id|interaction id|contact id|case id|case|case number|ticket
    ticket id|ticket number|reference|date|time|date/time|call date|call time|start|started
    start time|end time|ended|duration|call duration|length|subject|topic|title|channel
    queue|department|product|model|version|region|country|language|locale|site|platform
    campaign|skill|disposition|outcome|resolution|summary|call summary|notes|note
    agent notes|wrap-up|wrap up|tags|category|sentiment|transcript|transcription
    call transcript|participants|attendees|file|filename|recording|source|call type
    direction|status|priority|order number|account|account number|agent name|agent id
    customer name|customer id|csat|score|rating|from|to|cc|bcc|sent|reply-to|location|store
    device|call reason|reason|reason for call|company|program|scenario|intent|id|phone|email
    organization|call|call number|call no|call ref|ticket no|ref|reference number|order
    conversation|interaction|session|session id|chat id|firmware|firmware version
    software version|app version|serial number|queue name|recorded|recorded on""".replace("\n", "|")
    .replace("    ", "")
    .split("|")
)
_NOBODY = frozenset(
    """error|warning|tip|step|steps|example|answer|question|ps|p.s|re|fw|fwd|http|https|ftp
    total|price|result|option|options|issue|problem|important|update|edit|ok|okay|yes|no|so
    well|and|but|then|i|it|this|that|here|there|also|first|second|third|finally|remember
    attention|caution|note to self|message|code|error code|error message|password|username
    user name|login|url|link|address|name|number|monday|tuesday|wednesday|thursday|friday
    saturday|sunday|am|pm|mailto|tel|fax|mobile""".replace("\n", "|")
    .replace("    ", "")
    .split("|")
)
_BOLD_LABEL = re.compile(r"\*\*[ \t]*([^*\n:]{1,50}?)[ \t]*(?::[ \t]*\*\*|\*\*[ \t]*:)")
_OPENS_PAIR = re.compile(r"[{(\[]?\s*['\"][^'\":\n]{1,40}['\"]\s*:\s*['\"]")
_QUOTED_PAIR = re.compile(
    r"(['\"])(?P<label>[^'\":\n]{1,40})\1\s*:\s*(['\"])(?P<text>.*?)\3"
    r"\s*(?=,\s*['\"][^'\":\n]{1,40}['\"]\s*:|,?\s*$)",
    re.DOTALL,
)
_INLINE_LABEL = re.compile(
    r"(?:^|(?<=[.?!\u2026\"'\u201d)\]]))[ \t]*"
    r"((?:[A-Z][a-z]+ )?(?:Agent|Rep|Representative|Customer|Caller|Client|Advisor|Adviser|Operator"
    r"|Speaker|User|Support|AGENT|CUSTOMER|CALLER|REP|SPEAKER)"
    r"(?: ?[\dA-Z])?(?: ?\([^()\n]{1,30}\))?):[ \t]+",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """One line with a label that may be a speaker.

    Attributes:
        label: what stands where a speaker would.
        text: the rest.
        stamp: a time beside the label as it is written, or None.
    """

    label: str
    text: str
    stamp: str | None


def split_line(line: str) -> LabelledLine | None:
    """A line's label, stamp and text, or None where it has no label."""
    # A label stands at the beginning; the patterns look no further, and at no long gaps, because
    # their time grows with a power of them.
    line = line.strip()
    head = _GAP.sub(lambda gap: "\t" if "\t" in gap.group() else "  ", line[:_FARTHEST])
    found = _split_head(head)
    if found is None or len(line) <= _FARTHEST:
        return found
    space = " " if line[_FARTHEST - 1].isspace() else ""
    return replace(found, text=found.text + space + line[_FARTHEST:])


def _split_head(line: str) -> LabelledLine | None:
    if ":" in line and (found := _COLON.match(line)):
        return _labelled(found, found["label"])
    if found := _BRACKETS.match(line):
        label = found["square"] or found["angle"]
        if _certain(label):
            return _labelled(found, label)
    for pattern, mark in ((_DASH, _HYPHENS), (_TAB, "\t"), (_ALONE, "")):
        # Looking for the mark first spares most lines the pattern.
        if mark and not any(sign in line for sign in mark):
            continue
        if (found := pattern.match(line)) and _stands_out(found):
            return _labelled(found, found["label"])
    return None


def _labelled(found: re.Match[str], label: str) -> LabelledLine:
    stamp = found["before"] or found["after"] or None
    return LabelledLine(_tidy(label), found["text"].strip(), stamp)


def _stands_out(found: re.Match[str]) -> bool:
    """Whether a label without a colon is one: it has a time beside it, or is a role in capitals.

    A wrapped line may well be the one word "customer".
    """
    label = found["label"]
    if found["before"] or found["after"]:
        return label_like(label)
    return label[0].isupper() and _certain(label)


def _tidy(label: str) -> str:
    return " ".join(label.strip(" \t*_-,").split())


def _certain(label: str) -> bool:
    """Whether a label names a role or a numbered voice, and nothing else."""
    return label_like(label) and (role_of_label(label) is not None or is_generic(label))


def is_generic(label: str) -> bool:
    """Whether a label is a numbered voice ("Speaker 1", "spk_0", "Guest-2")."""
    return _GENERIC.fullmatch(label.strip()) is not None


def header_key(label: str) -> str | None:
    """The key of a heading's line ("Call ID"), in lower case, or None if it is no such key."""
    key = " ".join(label.lower().replace("_", " ").replace("#", "").split())
    return key if key in _HEADER_KEYS else None


def is_numbered_key(label: str) -> bool:
    """Whether a label is a heading's key with its number in it ("Ticket #4711", "Call HLD-9")."""
    first, _, rest = label.partition(" ")
    return first.lower() in _NUMBERED and any(mark.isdigit() for mark in rest)


def label_like(label: str) -> bool:
    """Whether a label is written as speakers are: few words, each a name, a role or a number."""
    outside = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", label)
    words = outside.replace("/", " ").replace("_", " ").split()
    plain = label.lower().rstrip(" .#0123456789")
    if not 0 < len(words) <= 5 or plain in _NOBODY or header_key(label):
        return False
    if any(mark in outside for mark in '.?!;,"') and not re.search(r"\b\w{1,3}\.", outside):
        return False
    return all(word[0].isupper() or not word[0].isalpha() or _known(word) for word in words)


def _known(word: str) -> bool:
    return (
        is_role_word(word) or is_generic(word) or word in ("de", "van", "von", "der", "la", "bin")
    )


def is_stage_direction(text: str) -> bool:
    """Whether a line only says what happens ("[Call ends]", "--- end of transcript ---", "***")."""
    plain = text.strip()
    if not plain:
        return True
    if not any(mark.isalnum() for mark in plain):
        return True
    if re.fullmatch(
        r"[-=_*~#\s]*(?:end|start|beginning) of .{0,60}?[-=_*~#\s.]*", plain, re.IGNORECASE
    ):
        return True
    enclosed = re.fullmatch(r"\[[^\[\]]+\]|\([^()]+\)|\*{1,2}[^*]+\*{1,2}|_[^_]+_", plain)
    return bool(enclosed) and " " in plain


def one_turn_a_line(text: str) -> Iterator[str]:
    """The lines of a text, with turns that stand in one paragraph put on lines of their own."""
    if "\n" not in text.strip() and "\\n" in text:
        text = text.replace("\\n", "\n")
    if _OPENS_PAIR.match(text.lstrip()[:_FARTHEST]):
        pairs = [(found["label"], found["text"]) for found in _QUOTED_PAIR.finditer(text)]
        if pairs and all(_certain(label) for label, _ in pairs):
            text = "\n".join(f"{label}: {' '.join(words.split())}" for label, words in pairs)
    if len(_BOLD_LABEL.findall(text)) >= 2:
        text = _BOLD_LABEL.sub(lambda found: f"\n{found[1]}: ", text)
        text = re.sub(r"\*\*([^*\n]+)\*\*", r"\1", text)
    elif _runs_on(text):
        text = _INLINE_LABEL.sub(lambda found: f"\n{found[1]}: ", text)
    yield from text.split("\n")


def _runs_on(text: str) -> bool:
    found = [match.group(1) for match in _INLINE_LABEL.finditer(text)]
    lines = text.count("\n") + 1
    return len(found) >= 3 and len(set(found)) >= 2 and len(found) > lines

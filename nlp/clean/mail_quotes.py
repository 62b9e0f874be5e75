"""Where a mail stops being its writer's: attribution lines, header blocks, forward markers.

Nothing here knows a mail program by name. An attribution ("On Monday, Ann <ann@…> wrote:") is told
by evidence that adds up: a date, a time, an address, a quote that follows; a header block by at
least two of its fields and something that only mail has. So prose that happens to begin with "On"
or "From:" stays prose.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from nlp.clean import mail_words as words

LONGEST_ATTRIBUTION = 500
MOST_ATTRIBUTION_LINES = 6
MOST_HEADER_LINES = 16
# The longest verb with the marks after it.
LONGEST_VERB = 40

_QUOTE = re.compile(r"^[ \t]*>")
_PREFIX = re.compile(r"^[ \t]*(?:>[ \t]?)+")
_ON = re.compile(
    rf"^[\s<>*_\-–—]*(?:{'|'.join(re.escape(on) for on in words.ON)})[\s,]", re.IGNORECASE
)
_EDGE = " \t.:：>-–—*_"
_VERBS = "|".join(r"\s+".join(map(re.escape, verb.split())) for verb in words.WROTE)
_WROTE_INSIDE = re.compile(rf"(?<!\w)(?:{_VERBS})(?!\w).*[:：]\s*$", re.IGNORECASE)
_WROTE_ALONE = re.compile(rf"^(?:{_VERBS})[{_EDGE}]*$", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*", re.IGNORECASE)
_ENDS_IN_ADDRESS = re.compile(
    r"(?:<\s*(?:mailto:)?[^<>@\s]{1,80}@[^<>@\s]{1,120}\s*>"
    r"|\(\s*[^()@\s]{1,80}@[^()@\s]{1,120}\s*\))\s*[:：]?\s*$"
)
_ISO_AND_NAME = re.compile(
    r"^\s*20\d\d-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)[+-]\d\d:?\d\d [^\n:.!?]{2,60}:?$"
)
_YEAR = re.compile(r"(?<!\d)(?:19[7-9]|20[0-4])\d(?!\d)")
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h]\s?\d{2}(?!\d)")
_NUMERIC_DATE = re.compile(r"(?<!\d)\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d)|\d\d月\d|年\d{1,2}月")
_MONTH_DAY = re.compile(
    rf"(?<!\w)(?:(?:{words.MONTHS})\w*\.? \d{{1,2}}|\d{{1,2}}\.?(?: de| d')? (?:{words.MONTHS}))",
    re.IGNORECASE,
)
_STARTS_AS_DATE = re.compile(
    r"^[\s*_]*(?:[^\W\d_]{2,14}\.?,?\s+)?\d{1,4}[./: 年]|^[\s*_]*\d{1,4}-\d"
)
# Two sentences in one line are prose, and so is "your colleague wrote:"; abbreviations of months
# and titles are short.
_TWO_SENTENCES = re.compile(r"[^\W\d_]{5,}[.!?]\s+[A-ZÀ-ÞА-Я]")
_PROSE_SUBJECT = re.compile(
    r"\b(?:he|she|they|i|we|it|who|your|my|our|the|ihr|euer|votre|mon|su|mi|er|sie|il"
    r"|elle)\b[^@<]{0,40}$",
    re.IGNORECASE,
)

_FIELD_OF = {
    name.casefold(): role
    for role, names in words.FIELDS.items()
    for name in reversed(names.split("|"))
}
_FIELD = re.compile(
    r"^[\s>*_]*("
    + "|".join(re.escape(name) for name in sorted(_FIELD_OF, key=len, reverse=True))
    + r")[ \t\u00a0*_]*[:：][ \t\u00a0*_]*(.*)$",
    re.IGNORECASE,
)
_MARKER = re.compile(
    rf"^[\s>*_]*[-–—=]{{2,}}[\s*]*(?:(?P<original>{words.ORIGINAL})"
    rf"|(?P<forwarded>{words.FORWARDED}))"
    r"[\s*]*(?:[-–—=]{2,}.*)?[\s*:]*$",
    re.IGNORECASE,
)
_BEGIN_FORWARDED = re.compile(rf"^[\s>*_]*(?:{words.BEGIN_FORWARDED})\s*[:：]", re.IGNORECASE)
_REPLY_ABOVE = re.compile(rf"^[\s>#*_=\-–—]*(?:{words.REPLY_ABOVE})[\s#*_=\-–—.]*$", re.IGNORECASE)
_RULE = re.compile(r"^[\s>]*[-_=*–—]{5,}\s*$")

StartKind = Literal["attribution", "headers", "original", "forwarded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The lines that open a quoted or forwarded mail.

    Attributes:
        kind: what they are.
        line: index of the first.
        after: index after the last.
    """

    kind: StartKind
    line: int
    after: int


def is_quote(line: str) -> bool:
    """Whether the line carries a quote mark."""
    return _QUOTE.match(line) is not None


def unquoted(line: str) -> str:
    """The line without its quote marks, however many."""
    return _PREFIX.sub("", line)


def next_filled(lines: Sequence[str], index: int) -> int:
    """Index of the first line from `index` on that is not blank, or the number of lines."""
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index


def _evidence(joined: str, *, quote_follows: bool) -> int:
    """How much in a line speaks for a mail program having written it."""
    score = 2 * bool(_ADDRESS.search(joined))
    score += bool(_YEAR.search(joined)) + bool(_TIME.search(joined))
    score += bool(_NUMERIC_DATE.search(joined)) + bool(_MONTH_DAY.search(joined))
    return score + quote_follows


def _subject(joined: str, verbs: tuple[str, ...]) -> str | None:
    """What stands before the verb that a line ends in, or None where it ends in none."""
    end = " ".join(joined[-LONGEST_VERB:].rstrip(_EDGE).casefold().split())
    if not end.endswith(verbs):
        return None
    verb = next(verb for verb in verbs if end.endswith(verb))
    return joined.rstrip(_EDGE)[: -len(verb)].rstrip()


def _wrote(joined: str, *, quote_follows: bool) -> bool:
    """Whether the line ends in a verb of writing, or has one inside and ends in a colon."""
    subject = _subject(joined, words.WROTE + words.SAID if quote_follows else words.WROTE)
    if subject is None:
        return joined.endswith((":", "：")) and _WROTE_INSIDE.search(joined) is not None
    return quote_follows or "@" in joined or _PROSE_SUBJECT.search(subject) is None


def is_attribution(joined: str, *, quote_follows: bool) -> bool:
    """Whether one line, its wraps undone, says who wrote what follows.

    Args:
        joined: the line.
        quote_follows: whether the next line that is not blank carries a quote mark.
    """
    dated = joined.endswith((">", ">:", ")", "):", ">：")) and _STARTS_AS_DATE.match(joined)
    wrote = _wrote(joined, quote_follows=quote_follows)
    if not dated and not wrote:
        return _ISO_AND_NAME.match(joined) is not None
    if _TWO_SENTENCES.search(_ADDRESS.sub("", joined)):
        return False
    score = _evidence(joined, quote_follows=quote_follows)
    if dated and _ENDS_IN_ADDRESS.search(joined):
        sure = _TIME.search(joined) or _NUMERIC_DATE.search(joined) or _MONTH_DAY.search(joined)
        return score >= 3 and sure is not None
    if not wrote:
        return False
    if _ON.match(joined) or _STARTS_AS_DATE.match(joined):
        return score >= 2
    subject = _subject(joined, words.WROTE) if "@" in joined else None
    named = subject is not None and _ENDS_IN_ADDRESS.search(subject) is not None
    return named or (score >= 3 and ("@" in joined or quote_follows))


def _opens(line: str) -> bool:
    """Whether an attribution can begin in a line, its quote marks taken off."""
    if not line or len(line) > LONGEST_ATTRIBUTION:
        return False
    return bool(_ON.match(line + " ") or _STARTS_AS_DATE.match(line) or "@" in line)


def attribution_end(lines: Sequence[str], index: int) -> int | None:
    """Index after the attribution that begins at `index`, or None where none does.

    Mail programs wrap it over two to five lines, sometimes with a blank one between.
    """
    if not _opens(unquoted(lines[index]).strip()):
        return None
    quoted = is_quote(lines[index])
    joined = ""
    for after in range(index + 1, min(index + MOST_ATTRIBUTION_LINES, len(lines)) + 1):
        line = lines[after - 1]
        if not quoted and is_quote(line) and not line.lstrip().startswith((">:", "> :", "> wrote")):
            return None
        joined = f"{joined} {unquoted(line).strip()}".strip()
        if len(joined) > LONGEST_ATTRIBUTION:
            return None
        following = next_filled(lines, after)
        follows = following < len(lines) and is_quote(lines[following])
        if line.strip() and is_attribution(joined, quote_follows=follows):
            if _begins_later(lines[index:after], follows=follows):
                return None
            # A date and an address were enough, and the verb stands alone on the next line.
            alone = following < len(lines) and _WROTE_ALONE.match(
                unquoted(lines[following]).strip()
            )
            return following + 1 if alone else after
    return None


def _begins_later(lines: Sequence[str], *, follows: bool) -> bool:
    """Whether the attribution that ends here begins below the first of these lines."""
    bare = [unquoted(line).strip() for line in lines]
    for begin in range(1, len(bare)):
        joined = " ".join(filter(None, bare[begin:]))
        opens = _ON.match(joined) or _STARTS_AS_DATE.match(joined)
        dated = _NUMERIC_DATE.search(joined) or _MONTH_DAY.search(joined)
        if bare[begin] and opens and dated and is_attribution(joined, quote_follows=follows):
            return True
    return False


def _is_sent(name: str, line: str) -> bool:
    """Whether a field tells when a mail was sent: "Sent" with a year and a time or a day."""
    sent = _FIELD_OF[name] == "date" and name not in words.PLAIN_DATES
    day = _TIME.search(line) or _MONTH_DAY.search(line)
    return sent and _YEAR.search(line) is not None and day is not None


def headers_end(lines: Sequence[str], index: int, *, marked: bool) -> int | None:
    """Index after the block of header fields that begins at `index`, or None where none does.

    Args:
        lines: of the mail.
        index: where the block would begin.
        marked: whether a rule or a marker stands above it; then two fields are enough.
    """
    first = _FIELD.match(lines[index])
    if first is None or _FIELD_OF[first.group(1).casefold()] in ("cc", "reply-to", "to"):
        return None
    roles: set[str] = set()
    mail_only = False
    after, gap = index, 0
    for position in range(index, min(index + MOST_HEADER_LINES, len(lines))):
        line = lines[position]
        field = _FIELD.match(line)
        if field is not None:
            name = field.group(1).casefold()
            roles.add(_FIELD_OF[name])
            mail_only = mail_only or "@" in line or _is_sent(name, line)
            after, gap = position + 1, 0
        elif line.strip() and gap == 0 and position == after and "@" in line:
            after = position + 1  # an address that was wrapped
            mail_only = True
        else:
            gap += 1
            if gap > 1 or (not line.strip() and len(roles) >= 3):
                break
    enough = len(roles) >= (2 if marked else 3)
    sure = marked or mail_only or {"subject", "date"} <= roles
    return after if enough and sure and roles & {"from", "date"} else None


def field_roles(runs: Iterable[str]) -> set[str]:
    """What the header fields among some texts hold: "from", "to", "cc", "date", "subject" …."""
    matches = (_FIELD.match(run) for run in runs)
    return {_FIELD_OF[match.group(1).casefold()] for match in matches if match is not None}


def embedded_fields(embedded: str) -> tuple[dict[str, str], str]:
    """An embedded mail's header fields by what they hold, and its text below them.

    Args:
        embedded: the mail, its header block first, as `split_mail` returns it.
    """
    lines = embedded.split("\n")
    end = headers_end(lines, 0, marked=True) or 0
    fields: dict[str, str] = {}
    for line in lines[:end]:
        match = _FIELD.match(line)
        if match is not None:
            fields.setdefault(_FIELD_OF[match.group(1).casefold()], match.group(2).strip())
    return fields, "\n".join(lines[end:]).strip("\n")


def find_start(lines: Sequence[str], index: int, *, ruled: bool = False) -> Start | None:
    """The opening of a quoted or forwarded mail at exactly this line, or None.

    Args:
        lines: of the mail.
        index: the line.
        ruled: whether a line of dashes stands above it.
    """
    line = lines[index]
    if not line.strip() or len(line) > LONGEST_ATTRIBUTION:
        return None
    marker = _MARKER.match(line)
    if marker is not None or _BEGIN_FORWARDED.match(line):
        following = next_filled(lines, index + 1)
        end = headers_end(lines, following, marked=True) if following < len(lines) else None
        forwarded = marker is None or marker.group("forwarded") is not None
        return Start(
            kind="forwarded" if forwarded else "original", line=index, after=end or index + 1
        )
    if _REPLY_ABOVE.match(line):
        return Start(kind="original", line=index, after=index + 1)
    end = headers_end(lines, index, marked=ruled)
    if end is not None:
        return Start(kind="headers", line=index, after=end)
    end = attribution_end(lines, index)
    return Start(kind="attribution", line=index, after=end) if end is not None else None


def is_rule(line: str) -> bool:
    """Whether the line is a row of dashes or the like."""
    return _RULE.match(line) is not None

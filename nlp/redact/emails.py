"""Email addresses, written and said aloud ("jane dot doe at gmail dot com")."""

import re
from collections.abc import Iterator

from nlp.redact import lexicon
from nlp.redact.reading import Reading
from nlp.redact.spans import Span
from nlp.redact.spoken import NUMBER_WORDS

_LOCAL_CHARS = frozenset("._%+-'")
_LOCAL_MAX = 64
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}")
_TLDS = (
    "com|net|org|io|co|uk|de|fr|es|it|nl|be|ch|at|pl|se|no|dk|fi|pt|ie|eu|us|ca|au|nz|in|jp|br|mx"
    "|edu|gov|info|biz|me|dev|app|ai|cz|hu|gr|ro|za|sg|hk|online|email|mail|example"
)
_SPOKEN_DOMAIN = re.compile(
    rf"\b(?:at|\[at\]|\(at\))\s+([a-z0-9-]+(?:\s+(?:dash|hyphen|dot)\s+[a-z0-9-]+){{0,4}})"
    rf"\s+(?:dot|\[dot\]|\(dot\))\s+(?:co\s+dot\s+uk|com\s+dot\s+[a-z]{{2}}|(?:{_TLDS}))\b"
)
_HALF_SPOKEN = re.compile(rf"\bat\s+(?:[a-z0-9-]+\.){{1,3}}(?:{_TLDS})\b")
_CONNECTORS = lexicon.words("said signs")
_LEFT_TOKEN = re.compile(r"[a-z0-9_.+-]+\s+$")
# "email address is dana at gmail dot com": these words are never the part before the "at".
_NOT_LOCAL = lexicon.words("never before an at sign")


def wants(reading: Reading) -> bool:
    """Whether an at sign, or the words for one, occur."""
    return "@" in reading.text or ("at" in reading.words and _may_be_said(reading))


def _may_be_said(reading: Reading) -> bool:
    words = reading.words
    return "dot" in words or reading.asked == "EMAIL" or "email" in words or "mail" in words


def find(reading: Reading) -> Iterator[Span]:
    """The addresses."""
    if "@" in reading.text:
        yield from _written(reading.text)
    lower = reading.lower
    for match in _SPOKEN_DOMAIN.finditer(lower):
        start = _local_start(lower, match.start())
        if start < match.start():
            yield Span(start, match.end(), "EMAIL", 0.9)
    if reading.asked == "EMAIL" or "email" in reading.words:
        for match in _HALF_SPOKEN.finditer(lower):
            start = _local_start(lower, match.start())
            cue = lower.rfind("email", max(0, start - 40), start) >= 0
            if start < match.start() and (cue or reading.asked == "EMAIL"):
                yield Span(start, match.end(), "EMAIL", 0.85)


def _written(text: str) -> Iterator[Span]:
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        if domain is not None:
            start = at
            floor = max(0, at - _LOCAL_MAX)
            while start > floor and (text[start - 1].isalnum() or text[start - 1] in _LOCAL_CHARS):
                start -= 1
            while start < at and text[start] in "'.-":
                start += 1
            if start < at:
                yield Span(start, domain.end(), "EMAIL", 0.98)
        at = text.find("@", at + 1)


def _local_start(lower: str, end: int) -> int:
    """Where the part before a spoken "at" begins: words joined by connectors, letters or digits."""
    start = end
    following = ""
    for _ in range(24):
        match = _LEFT_TOKEN.search(lower, max(0, start - 40), start)
        if match is None:
            break
        token = match.group().strip()
        if token in _NOT_LOCAL:
            break
        joined = (
            not following
            or token in _CONNECTORS
            or following in _CONNECTORS
            or following in NUMBER_WORDS
            or following.isdigit()
            or (len(token) == 1 and len(following) == 1)
        )
        if not joined:
            break
        start, following = match.start(), token
    return start

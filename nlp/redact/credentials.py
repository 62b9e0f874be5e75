"""Secrets: keys, tokens, passwords, codes and answers to security questions; and user names.

The forms of keys are those that their issuers publish so that scanners can find them.
"""

import re
from collections.abc import Iterator

from nlp.redact import lexicon
from nlp.redact.reading import Reading
from nlp.redact.spans import Span
from nlp.redact.spoken import NUMBER_WORD

_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE"
    r" KEY-----)?"
)
_ISSUED = re.compile(
    r"(?<![\w-])(?:"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{16}"  # Amazon
    r"|(?:sk|pk|rk)_(?:live|test)_[0-9A-Za-z]{10,200}"  # Stripe
    r"|sk-(?:[a-z]{2,10}-)?[0-9A-Za-z_-]{20,200}"  # OpenAI, Anthropic
    r"|gh[pousr]_[0-9A-Za-z]{20,255}|github_pat_\w{20,255}"  # GitHub
    r"|glpat-[\w-]{20,64}"  # GitLab
    r"|xox[abeprs]-[0-9A-Za-z-]{10,200}"  # Slack
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,400}"  # Google
    r"|SG\.[\w-]{16,32}\.[\w-]{30,64}"  # SendGrid
    r"|(?:npm|hf|dop_v1|shpat|shpss)_[0-9A-Za-z]{20,100}|pypi-[\w-]{20,300}"
    r"|eyJ[\w-]{8,4000}\.[\w-]{4,8000}\.[\w-]{8,2000}"  # JSON Web Token, RFC 7519
    r")(?![\w-])"
)
_BEARER = re.compile(r"\b(?:bearer|basic)\s+([\w.~+/-]{16,4000}={0,2})", re.IGNORECASE)
_URL_LOGIN = re.compile(r"://([^\s/@:?#]{1,100}:[^\s/@?#]{1,200})@")
_URL_SECRET = re.compile(
    r"[?&](?:[a-z]{1,20}[_-])?(?:token|key|apikey|secret|password|passwd|pwd|auth|sig|signature"
    r"|session(?:id)?|code)"
    r"=([^\s&#\"'<>]{6,2000})",
    re.IGNORECASE,
)
_NAMED = (
    r"(?:api|access|secret|private|client|encryption|auth|app|license server|aws|consumer"
    r"|account)[ _-]"
    r"(?:access[ _-])?(?:key(?:[ _-]id)?|token|secret)|apikey|(?:wi-?fi |wlan |network |verbal "
    r"|temp(?:orary)? )?pass(?:word|wd|phrase|code)s?|pwd|pw|pswd"
    r"|secret|token"
)
_ASSIGNED = re.compile(
    rf"(?<![^\W_])(?:{_NAMED})['\"]?\s{{0,3}}(?:=>|:=|[:=])\s{{0,3}}['\"]?([^\s'\",;]{{3,500}})",
    re.IGNORECASE,
)
_SAID = re.compile(
    rf"\b(?:{_NAMED}|pin(?: ?code)?|security code|code ?word|safe ?word|memorable word)"
    rf"(?: (?:i (?:use|used|set|entered|typed)|for (?:it|that|this|the \w+)|there|again|now"
    rf"|which))?"
    rf" (?:is|was|should be|would be|(?:was |is |been )?(?:changed|set|reset|updated) to"
    rf"|=)(?: (?:now|still|just|set to|called|like))? ['\"]?"
    rf"((?:(?:{NUMBER_WORD}|\d+)\b(?:[ ,-]{{1,2}}(?:{NUMBER_WORD}|\d+)\b){{1,11}})"
    rf"|[^\s'\"]{{3,100}})",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\b(?:(?:security|secret) (?:question )?answer|answer to (?:my|the|that) (?:security"
    r"|secret) question"
    r"|(?:memorable|code|safe|secret) ?(?:word|phrase)|first pet(?:'s name)?|(?:first"
    r"|childhood) pet'?s name)"
    r"(?: is| was|'s|:)(?: called| named)? ['\"]?([a-z0-9]+(?: [a-z0-9]+)?)",
    re.IGNORECASE,
)
_USERNAME = re.compile(
    r"\b(?:user ?names?|user ?id|log ?in(?: name| id)?|skype(?: id| name)?|screen ?name|handle"
    r"|gamer ?tag|nick(?:name)?"
    r"|twitter|instagram|telegram)(?:\s{0,2}[:=]\s{0,2}|(?: is"
    r"| was)(?: now)? )['\"]?(@?[\w.:@+-]{3,60})",
    re.IGNORECASE,
)
_CUE_WORDS = lexicon.words("secret cues")
_NO_SECRET = lexicon.words("no secrets")
_PARTICIPLE = re.compile(r"[a-z]+(?:ed|ing|ly|able|ible)")


_ANSWERING = frozenset({"answer", "word", "codeword", "safeword", "pet", "pets", "phrase"})
_NAMING = lexicon.words("user name cues")
_STATING = _CUE_WORDS - _NAMING - _ANSWERING | {"word", "codeword", "safeword"}
_FILLER = re.compile(
    r"(?:[\s,.]|\b(?:uh|um|er|ah|oh|yeah|yes|sure|ok|okay|well|so|it's|it’s|its|it is|that's|that’s"
    r"|that is|that would be|it would be|my|the|password|answer|username|is|was)\b)*+",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"[^\s,.;:!?]{3,40}(?: [^\s,.;:!?]{3,40})?(?=[.!?]?\s*$)")


def wants(reading: Reading) -> bool:
    """Whether a word that announces a secret occurs, or a long token or URL with a login may."""
    text = reading.text
    return (
        not _CUE_WORDS.isdisjoint(reading.words)
        or "_" in text
        or "://" in text
        or reading.asked in {"SECRET", "USERNAME"}
        or reading.has_long
    )


def find(reading: Reading) -> Iterator[Span]:
    """Secrets and user names."""
    text, words = reading.text, reading.words
    if reading.has_long:
        yield from _issued(text)
    if "://" in text or "=" in text or ":" in text:
        yield from _assigned(text)
    if not _STATING.isdisjoint(words):
        yield from _values(_SAID, text, "SECRET", 0.96)
    if not _NAMING.isdisjoint(words):
        yield from _values(_USERNAME, text, "USERNAME", 0.9)
    if not _ANSWERING.isdisjoint(words):
        yield from _answers(text)
    if reading.asked in {"SECRET", "USERNAME"}:
        yield from _asked(text, reading.asked)


def _values(pattern: re.Pattern[str], text: str, kind: str, score: float) -> Iterator[Span]:
    for match in pattern.finditer(text):
        start, end = _bare(text, match.start(1), match.end(1))
        if _is_secret(text[start:end]):
            yield Span(start, end, kind, score)


def _issued(text: str) -> Iterator[Span]:
    """Keys and tokens by the form that their issuers give them."""
    for pattern in (_KEY_BLOCK, _ISSUED):
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), "SECRET", 1.0)
    for match in _BEARER.finditer(text):
        yield Span(match.start(1), match.end(1), "SECRET", 0.99)


def _assigned(text: str) -> Iterator[Span]:
    for pattern in (_URL_LOGIN, _URL_SECRET):
        for match in pattern.finditer(text):
            yield Span(match.start(1), match.end(1), "SECRET", 0.99)
    for match in _ASSIGNED.finditer(text):
        start, end = _bare(text, match.start(1), match.end(1))
        if end - start >= 3 and text[start:end].lower() not in _NO_SECRET:
            yield Span(start, end, "SECRET", 0.97)


def _answers(text: str) -> Iterator[Span]:
    for match in _ANSWER.finditer(text):
        first, *rest = match.group(1).split()
        if _is_secret(first):
            second = len(rest[0]) + 1 if rest and rest[0].lower() in _NO_SECRET else 0
            yield Span(match.start(1), match.end(1) - second, "SECRET", 0.9)


def _asked(text: str, kind: str) -> Iterator[Span]:
    """The answer to a question for a secret, when it is the whole of what is said."""
    filler = _FILLER.match(text)
    answer = _ANSWERED.match(text, filler.end() if filler else 0)
    if answer is not None and all(_is_secret(word) for word in answer.group().split()):
        yield Span(answer.start(), answer.end(), kind, 0.75)


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start and text[end - 1] in ".,;:!?)\"'>":
        # A password may end in "!"; a sentence does too. One that holds no digit loses it.
        if text[end - 1] == "!" and any(char.isdigit() for char in text[start:end]):
            break
        end -= 1
    return start, end


def _is_secret(value: str) -> bool:
    lower = value.lower()
    if len(value) < 3 or lower in _NO_SECRET:
        return False
    return not (lower.isalpha() and _PARTICIPLE.fullmatch(lower))

"""What one turn asks for, so that the next is judged in its light ("And your date of birth?")."""

import re

from nlp.redact import lexicon
from nlp.redact.cues import EVIDENCE
from nlp.redact.name_cues import ONLY_CLOSING
from nlp.redact.reading import Reading
from nlp.types import Turn

_ASKS = (
    ("BIRTH_DATE", r"date of birth|birth ?date|birthday|d\.?o\.?b\b|when were you born|born on"),
    (
        "SECRET",
        r"pin\b|pass ?code|password|security (?:code|answer|question|word)|cvv|cvc|memorable word"
        r"|code ?word|one[- ]time"
        r"|verification code|maiden name|three digits|3 digits|first pet|code (?:we|i"
        r"|that we|that i) (?:just )?(?:sent|texted)",
    ),
    (
        "NATIONAL_ID",
        r"social(?: security)?\b|ssn|national insurance|ni number|tax (?:id|number)|passport"
        r"|driv\w+'?s? licen[cs]e"
        r"|identity card|id card|aadhaar|pan number|dni\b",
    ),
    (
        "CARD",
        r"card number|number (?:on|of) (?:the|your) card|long number|credit card|debit card"
        r"|card details|(?<!on )the card\b|digits (?:on|of) (?:the|your) card"
        r"|sixteen digits|16 digits",
    ),
    (
        "ACCOUNT",
        r"account number|sort code|routing number|iban|member(?:ship)? (?:number|id)"
        r"|customer (?:number|id)|policy number",
    ),
    ("EMAIL", r"e-?mail"),
    (
        "PHONE",
        r"(?:phone|telephone|mobile|cell|contact|callback|call back|landline)(?: number)?"
        r"|best number"
        r"|(?<!order )(?<!serial )(?<!model )(?<!part )(?<!case )(?<!ticket )(?<!reference )"
        r"(?<!tracking )(?<!invoice )(?<!booking )number (?:to|can|should|where|we)"
        r"|reach you (?:at|on)|call you (?:at|on|back)",
    ),
    (
        "ADDRESS",
        r"address|zip ?code|zip\b|post ?code|postal|street|where (?:do you|you) live|house number",
    ),
    ("USERNAME", r"user ?name|user id|login (?:name|id)"),
    (
        "PERSON",
        r"(?:your|the|first|last|full|sur|family|given|his|her|middle|whose|caller's"
        r"|holder's) ?name|surname|who am i speaking"
        r"|who (?:do i have|is this|is calling|i'm speaking|i am speaking)|how (?:do"
        r"|would) you spell|spell (?:it|that|your|the)|name on (?:the|your)"
        r"|name of (?:the )?(?:account|card) ?holder|what(?:'s| is) (?:your|the) name",
    ),
)
_ASK = tuple((kind, re.compile(rf"\b(?:{words})")) for kind, words in _ASKS)
_REQUEST = re.compile(
    r"\?|\b(?:can|could|may|might|would|will) (?:i|you|we)\b|\bplease\b|\bwhat(?:'s|’s| is| was"
    r"| are)\b|\bi(?:'ll| will|'d| would)? (?:just |also |still )?need\b"
    r"|\b(?:confirm|verify|provide|tell me|give me|spell|repeat|read (?:me|out)|go ahead with"
    r"|let me (?:have|get)|and (?:the|your))\b"
    r"|^(?:and |your |the |first |last |full )"
)
# "I will send a link to your email": the words occur, and nothing is asked for.
_NOT_ASKED = re.compile(
    r"\b(?:(?<!can )(?<!may )(?<!could )i (?:have|see|found|sent|updated|changed)|i(?:'ve"
    r"| have) (?:sent|updated)|i(?:'ll"
    r"| will) (?:send|email|call|update|reset|text|ship)"
    r"|we(?:'ll| will) (?:send|email|call|ship)|has been|was sent|did you (?:try|check|reset"
    r"|change)|have you (?:tried|checked)|last (?:four|4))\b"
)
_ASK_WORDS = lexicon.words("asked for")
_ACKNOWLEDGED_WORDS = 4
_OPEN_TURNS = 6
_ASK_MAX = 600

_EVIDENCE_KEYS = re.compile(
    r"version|firmware|build|release|order|serial|model|sku|product|ticket|case|queue|duration"
    r"|date(?!_of_birth)"
    r"|started|ended|(?:^|_)time|priority|status|language|region|currency|amount|price",
    re.IGNORECASE,
)
METADATA_KEYS = (
    ("EMAIL", re.compile(r"e-?mail", re.IGNORECASE)),
    (
        "PHONE",
        re.compile(
            r"phone|mobile|msisdn|caller_?id|(?:^|_)ani$|(?:^|_)tel(?:$|_)|from_number|to_number",
            re.IGNORECASE,
        ),
    ),
    ("BIRTH_DATE", re.compile(r"birth\w*|(?:^|_)dob$", re.IGNORECASE)),
    (
        "ADDRESS",
        re.compile(
            r"^(?!.*(?:ip|mail|mac)_?addr).*(?:address|zip|post_?code|street)", re.IGNORECASE
        ),
    ),
    ("ACCOUNT", re.compile(r"account|customer_?(?:id|no|number)|member", re.IGNORECASE)),
    ("NATIONAL_ID", re.compile(r"ssn|national_?id|passport|tax_?id", re.IGNORECASE)),
    ("CARD", re.compile(r"card", re.IGNORECASE)),
    ("SECRET", re.compile(r"password|token|secret|(?:^|_)pin$|api_?key", re.IGNORECASE)),
    ("USERNAME", re.compile(r"user_?(?:name|id)|login", re.IGNORECASE)),
    (
        "PERSON",
        re.compile(
            r"^(?:(?:customer|agent|caller|user|first|last|full|contact|rep|advisor|sender"
            r"|recipient)[_ ]?)?name$|^(?:customer|agent|caller|from|to|cc|sender|advisor|rep"
            r"|contact|author)$",
            re.IGNORECASE,
        ),
    ),
)


def asked_in(reading: Reading) -> str | None:
    """The kind of personal data that a turn asks for, or None.

    The last thing named decides, and only in a request: a question, "please", "can I get" ….
    """
    if _ASK_WORDS.isdisjoint(reading.words):
        return None
    lower = reading.lower[-_ASK_MAX:]
    best: tuple[int, str] | None = None
    for kind, pattern in _ASK:
        for match in pattern.finditer(lower):
            if best is None or match.start() > best[0]:
                best = (match.start(), kind)
    if best is None:
        return None
    start = max(lower.rfind(mark, 0, best[0]) for mark in (". ", "? ", "! ")) + 1
    sentence = lower[start:].strip()
    if _REQUEST.search(sentence) is None or _NOT_ASKED.search(sentence):
        return None
    return best[1]


class Question:
    """What is being asked for while an interaction is read turn by turn.

    A short turn of the one who asked ("okay", "go on") keeps the question open, and so does a card
    number that is not complete, so that a number given in pieces is still one.

    Attributes:
        kind: the kind that was asked for and may be answered now, or None.
    """

    def __init__(self) -> None:
        self.kind: str | None = None
        self._asker: str | None = None
        self._left = 0

    def hear(self, turn: Turn, asks: str | None, *, unfinished: bool) -> None:
        """Take note of a turn, after it was judged.

        Args:
            turn: the turn; a customer's asks for nothing.
            asks: what its words ask for, as `asked_in` says.
            unfinished: whether it holds a part of a card number.
        """
        self._left -= 1
        if turn.speaker == "customer":
            asks = None
        if asks is not None:
            self.kind, self._asker, self._left = asks, turn.speaker, _OPEN_TURNS
        elif ONLY_CLOSING.fullmatch(turn.text):
            # A mail's "Kind regards,": the name is the paragraph after it, and no other.
            self.kind, self._asker, self._left = "PERSON", turn.speaker, 1
        elif unfinished:
            self.kind, self._left = "CARD", _OPEN_TURNS
        elif self.kind is not None:
            moved_on = turn.speaker == self._asker and not _acknowledges(turn.text)
            if moved_on or self._left <= 0:
                self.kind = None


def _acknowledges(text: str) -> bool:
    return len(text.split()) <= _ACKNOWLEDGED_WORDS and "?" not in text


def metadata_kind(key: str) -> str | None:
    """What a metadata field holds by its name: a kind, `EVIDENCE` or None.

    Where a name says both, its end decides: "order_phone" is a telephone, "phone_model" is none.
    """
    evidence = _EVIDENCE_KEYS.search(key) is not None
    for kind, pattern in METADATA_KEYS:
        match = pattern.search(key)
        if match is not None and (not evidence or match.end() == len(key)):
            return kind
    return EVIDENCE if evidence else None

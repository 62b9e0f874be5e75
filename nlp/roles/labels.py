"""What the labels of speakers say: roles ("AGENT", "Rep") and personal names ("Rep (Dana)")."""

import re
from functools import lru_cache

from nlp.types import Speaker


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AGENT_WORDS = _words(
    """agent agents rep reps representative operator advisor adviser csr support assistant
    specialist technician tech helpdesk associate consultant supervisor manager clerk host
    seller salesperson salesman saleswoman cashier dispatcher interviewer banker expert
    engineer employee staff receptionist teleoperator asesor agente conseiller berater
    mitarbeiter"""
)
_CUSTOMER_WORDS = _words(
    """customer customers client caller user consumer member buyer subscriber shopper patron
    policyholder requester patient passenger tenant visitor enduser cust kunde kundin
    anrufer cliente appelant interviewee"""
)
_OTHER_WORDS = _words(
    """ivr system bot chatbot automated automatic recording narrator music robot voicemail
    prompt announcement queue translator interpreter"""
)
_AGENT_PHRASES = re.compile(
    r"\b(?:customer|client|technical|tech|user)\s+(?:service|support|care|success|experience)\b"
    r"|\bservice\s+(?:desk|agent|rep\w*)\b|\bhelp\s*desk\b|\bcall\s+(?:center|centre)\b"
)
_OTHER_PHRASES = re.compile(
    r"\b(?:virtual|automated|voice)\s+(?:agent|assistant|system|attendant)\b"
)
# Words of labels that name no person: "Speaker 1", "spk_0", "Guest-1", "Channel 2", "unknown".
_GENERIC_WORDS = _words(
    """speaker spk guest channel chan ch participant person voice unknown unidentified male
    female man woman left right inbound outbound external internal caller-id mixed mono
    stereo track mic the a an of and on line phone party side user-id none null new senior
    junior level tier lead team service care desk center centre floor shift technical
    customer-service sales billing account retention tbd anonymous audio f m sr in out"""
)
_LETTERS = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
_PARENTHESES = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")


@lru_cache(maxsize=4096)
def role_of_label(label: str | None) -> Speaker | None:
    """The role that a label names ("Rep (Dana)", "CUSTOMER_1", "Support"), or None."""
    if not label:
        return None
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-/|]+", " ", label).lower()
    if _OTHER_PHRASES.search(text):
        return "other"
    if _AGENT_PHRASES.search(text):
        return "agent"
    words = re.findall(r"[^\W\d_]+", text)
    for vocabulary, role in _VOCABULARIES:
        if any(word in vocabulary for word in words):
            return role
    return None


_VOCABULARIES: tuple[tuple[frozenset[str], Speaker], ...] = (
    (_OTHER_WORDS, "other"),
    (_AGENT_WORDS, "agent"),
    (_CUSTOMER_WORDS, "customer"),
)


@lru_cache(maxsize=4096)
def is_role_word(word: str) -> bool:
    """Whether one word of a label says what somebody does in a call ("agent", "caller", "ivr")."""
    plain = word.lower().strip("().,#-_0123456789")
    return any(plain in vocabulary for vocabulary, _ in _VOCABULARIES)


def name_of_label(label: str | None) -> str | None:
    """The personal name in a label ("Rep (Dana)" gives "Dana"), or None if it holds none.

    Parentheses hold the name only behind a role: "Ben (Ottermoor)" is Ben, of a company.
    """
    if not label:
        return None
    inside = next((a or b for a, b in _PARENTHESES.findall(label)), "")
    outside = _PARENTHESES.sub(" ", label)
    return _name_in(outside) or _name_in(inside)


def _name_in(part: str) -> str | None:
    text = part.replace("_", " ")
    company = _AGENT_PHRASES.search(text.lower()) or role_of_label(text) == "other"
    words = [] if company else _LETTERS.findall(text)
    name = " ".join(word for word in words if not _is_common(word))
    return name if 1 < len(name) <= 60 and len(name.split()) <= 5 else None


def _is_common(word: str) -> bool:
    plain = word.lower().rstrip(".")
    known = (_AGENT_WORDS, _CUSTOMER_WORDS, _OTHER_WORDS, _GENERIC_WORDS)
    return len(plain) < 2 or any(plain in vocabulary for vocabulary in known)

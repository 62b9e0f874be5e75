"""Prose without speakers: whether a text is prose at all, and its turns."""

import re

from nlp.clean.mail import split_mail
from nlp.clean.mail_paragraphs import join_wrapped, paragraphs
from nlp.transcripts.turns import Said, sentences
from nlp.types import Channel

_WORD = re.compile(
    r"^[\"'\u201c\u201d\u2018\u2019(\[\u00bf\u00a1*_-]*[^\W\d_]+(?:['\u2019.&/-][^\W\d_]+)*"
    r"[.,;:!?\u2026)\]\"'\u201d\u2019*_-]*$"
)
_CODE = re.compile(r"[{}<>;=\\|^~$#@]")
_MACHINE = re.compile(r'^\s*(?:"[^"\n]{1,60}"\s*:|</?\w+[ >])', re.MULTILINE)  # JSON's inside, XML
_VOWEL = re.compile(r"[aeiouyàâäáãåæèéêëìíîïòóôöõøùúûüýœ]", re.IGNORECASE)
_LATIN = re.compile(r"[a-zA-Z]")
_SAMPLE = 20_000
_GREETING = re.compile(
    r"\A\W*(?:dear|to whom it may concern|hi|hello|hey|good (?:morning|afternoon|evening))\b"
    r"[^.?!\n]{0,40}[,!:.]?[ \t]*\n",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\n[ \t]*(?:(?:kind |best |warm )?(?:regards|wishes)|yours (?:sincerely|faithfully|truly)"
    r"|sincerely|cheers|many thanks|thanks in advance|sent from my )",
    re.IGNORECASE,
)


def is_prose(text: str) -> bool:
    """Whether a text is sentences of some language, and no code, table, log or noise."""
    sample = text[:_SAMPLE].strip()
    tokens = sample.split()
    letters = sum(1 for mark in sample if mark.isalpha())
    visible = sum(len(token) for token in tokens)
    if letters < 2 or letters < 0.6 * visible:
        return False
    if len(_CODE.findall(sample)) > 0.03 * visible or _MACHINE.search(sample):
        return False
    if _without_spaces(sample):
        return letters > 0.7 * visible
    words = [token for token in tokens if _WORD.match(token) and len(token) <= 30]
    if len(words) < 2 or len(words) < 0.65 * len(tokens):
        return False
    return _pronounceable(words)


def _without_spaces(sample: str) -> bool:
    """Whether the script writes no spaces between words: mostly kana, han, hangul or Thai."""
    wide = sum(1 for mark in sample if "\u0e00" <= mark <= "\u0e7f" or "\u3040" <= mark <= "\ud7af")
    return wide > 0.5 * sum(1 for mark in sample if mark.isalpha())


def _pronounceable(words: list[str]) -> bool:
    latin = [word for word in words if _LATIN.search(word)]
    return sum(1 for word in latin if _VOWEL.search(word)) >= 0.75 * len(latin)


def looks_like_mail(text: str) -> bool:
    """Whether prose is a mail without its headers: it greets on a line of its own, and closes."""
    return bool(_GREETING.search(text)) and bool(_CLOSING.search(text))


def prose_turns(text: str, *, channel: Channel) -> list[Said]:
    """The turns of prose: a mail's paragraphs are the customer's, else one turn a sentence.

    Args:
        text: the words.
        channel: for a mail, quoted replies and the signature are left out as well.
    """
    if channel == "email":
        return [
            Said(text=part.text, role="other" if part.depth else "customer")
            for part in paragraphs(split_mail(text).reply)
        ]
    blocks = re.split(r"\n\s*\n", text.strip())
    return [
        Said(text=part) for block in blocks for part in sentences(join_wrapped(block.split("\n")))
    ]

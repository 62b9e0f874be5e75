"""What the words before a number say of it: a card, a phone, an order that must stay.

The last cue before the number decides, as it does for a reader.
"""

import re

from nlp.redact import lexicon

EVIDENCE = "EVIDENCE"
"""A cue that a number is about the product or the case, and not about a person."""

_KINDS = (
    EVIDENCE,
    "CARD",
    "PHONE",
    "ACCOUNT",
    "SECRET",
    "NATIONAL_ID",
    "ADDRESS",
    "BIRTH_DATE",
)
_CUES: dict[tuple[str, ...], str] = {
    tuple(phrase.split("_")): kind
    for kind in _KINDS
    for phrase in lexicon.words(f"{kind} number cues")
}
_LAST_WORDS = frozenset(phrase[-1] for phrase in _CUES)
_WORD = re.compile(r"[a-z]+(?:[/-][a-z]+)*\d?")
_WINDOW = 70
# "My number is", "the number on file": a telephone, unless something before it says what number.
_BARE = re.compile(r"\bnumbers?(?= (?:is|on file))")


def last_cue(lower: str, start: int) -> tuple[str | None, int]:
    """The kind that the last cue before `start` speaks of, and how many characters lie between.

    Args:
        lower: the text in lower case.
        start: where the number begins.
    """
    begin = max(0, start - _WINDOW)
    if begin:
        while begin < start and lower[begin - 1].isalnum():
            begin += 1
    words = _WORD.findall(lower, begin, start)
    for last in range(len(words) - 1, -1, -1):
        if words[last] not in _LAST_WORDS:
            continue
        for length in (3, 2, 1):
            if last - length + 1 < 0:
                continue
            kind = _CUES.get(tuple(words[last - length + 1 : last + 1]))
            if kind is not None:
                return kind, start - lower.rfind(words[last], begin, start) - len(words[last])
    if lower.find("number", begin, start) < 0:
        return None, start - begin
    bare = _BARE.search(lower, begin, start)
    return ("PHONE", start - bare.end()) if bare is not None else (None, start - begin)

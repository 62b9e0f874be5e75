"""Names that are spelled out: "D-A-N-A", "m i l l e r", "m as in mike, i as in india"."""

import re
from collections.abc import Iterator

from nlp.redact import gazetteer, lexicon
from nlp.redact.reading import Reading
from nlp.redact.spans import Span

_LETTERS = re.compile(
    r"(?<![\w'’-])[^\W\d_](?:[ ,.\-]{1,3}(?:(?:double|capital) )?[^\W\d_](?![\w'’])){2,30}"
)
_AS_IN = re.compile(
    r"(?<!\w)[a-z],? (?:as in|for|like) [a-z]+(?:[ ,.]{1,3}(?:and )?[a-z],? (?:as in|for"
    r"|like) [a-z]+)+"
)
_LETTER = frozenset("abcdefghijklmnopqrstuvwxyz")
# Words of one letter, and what is left of "it's", "don't", "I'm" and "I'd".
_CONTRACTED = frozenset("aistmd")
_CUE = lexicon.words("spelling cues")


def spelled_names(reading: Reading) -> Iterator[Span]:
    """Spelled words that are names, or that were asked for or announced as one."""
    letters = _LETTER & reading.words
    if len(letters) < 2 or letters <= _CONTRACTED:
        return
    told = reading.asked == "PERSON" or not _CUE.isdisjoint(reading.words)
    for match in _LETTERS.finditer(reading.text):
        word = gazetteer.fold(re.sub(r"[^\w]|double|capital", "", match.group()))
        borne = word in gazetteer.given_names() or word in gazetteer.family_names()
        if told or (borne and len(word) > 3):
            yield Span(match.start(), match.end(), "PERSON", 0.9)
    if told:
        for match in _AS_IN.finditer(reading.lower):
            yield Span(match.start(), match.end(), "PERSON", 0.91)

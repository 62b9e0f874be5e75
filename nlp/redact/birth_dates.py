"""Dates of birth: a date of any form, where the words before it or the question make it one.

Every other date stays: when something was bought or broke is evidence.
"""

import re
from bisect import bisect
from collections.abc import Iterator

from nlp.redact import lexicon
from nlp.redact.reading import Reading
from nlp.redact.spans import Span
from nlp.redact.spoken import NUMBER_WORD

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth"
    r"|(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))"
)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL})"
_SPOKEN_YEAR = rf"(?:{NUMBER_WORD})(?:[ -](?:and[ ])?(?:{NUMBER_WORD})){{1,4}}"
_YEAR = rf"(?:(?:of )?(?:(?:19|20)\d{{2}}|'?\d{{2}}|{_SPOKEN_YEAR}))"
_DATE = re.compile(
    rf"(?<![\w.])(?:\d{{1,2}}[/.\- ]\d{{1,2}}[/.\- ](?:19|20)?\d{{2}}|(?:19"
    rf"|20)\d{{2}}[/.-]\d{{1,2}}[/.-]\d{{1,2}}"
    rf"|{_MONTH}\.? (?:the )?{_DAY},?(?: (?:in )?{_YEAR})?"
    rf"|(?:the )?{_DAY} (?:of )?{_MONTH}\.?,?(?: {_YEAR})?"
    rf"|(?:19|20)\d{{2}})(?!\w|[/.-]\d)"
)
_CUE = re.compile(
    r"\b(?:born|birth ?dates?|date of birth|birthday(?:'s| is| was|:)|d\.?o\.?b\.?|geboren"
    r"|n[ée]e? le)(?!\w)"
)
_CUE_WORDS = lexicon.words("birth cues")
_BETWEEN = 40


def wants(reading: Reading) -> bool:
    """Whether birth is spoken of, or was asked for."""
    return (
        reading.asked == "BIRTH_DATE"
        or not _CUE_WORDS.isdisjoint(reading.words)
        or ("d" in reading.words and "d.o.b" in reading.lower)
    )


def find(reading: Reading) -> Iterator[Span]:
    """The dates of birth."""
    lower = reading.lower
    cues = [match.end() for match in _CUE.finditer(lower)]
    for match in _DATE.finditer(lower):
        place = bisect(cues, match.start())
        told = place > 0 and match.start() - cues[place - 1] <= _BETWEEN
        year_only = match.group().isdigit()
        if (
            told
            or (reading.asked == "BIRTH_DATE" and not year_only)
            or (reading.asked == "BIRTH_DATE" and len(lower) < 20)
        ):
            yield Span(match.start(), match.end(), "BIRTH_DATE", 0.95)

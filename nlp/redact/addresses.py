"""Postal addresses: streets, boxes, postcodes, and streets said aloud.

A street with its number is the core; what belongs to it (unit, town, region, code, country) is
taken with it. A town or a country by itself stays: where a fault occurs is evidence.
"""

import re
from collections.abc import Iterator

from nlp.redact import address_forms as forms
from nlp.redact import lexicon
from nlp.redact.name_cues import STOP
from nlp.redact.reading import Reading
from nlp.redact.spans import Span

_TYPES = lexicon.words("street types")
_PREFIXES = lexicon.words("street prefixes")
_UNITS = frozenset({"apt", "suite", "ste", "apartment"})
_BOXES = frozenset(
    {
        "box",
        "postfach",
        "boîte",
        "boite",
        "apartado",
        "casella",
        "psc",
        "unit",
        "cmr",
        "apo",
        "fpo",
        "dpo",
    }
)
_ANNOUNCING = forms.EN_TYPES | _PREFIXES | _BOXES | _UNITS | {"corner"}
_TELLING = lexicon.words("told addresses")
_CODES = frozenset({"zip", "zipcode", "post", "postcode", "postal", "plz"})
_CUE = re.compile(
    r"(?=[abdhilmoprstw])\b(?:address(?: (?:is|to|on file|below|with|of \w+|for \w+))?(?: is)?"
    r"|(?:live|lives|living|lived|resides?|resided) (?:at|in|on)"
    r"|(?:ship|send|sent|deliver|post|mail|return|moved|come|taxi) (?:it |them |this |that )?to"
    r"|located at|meet (?:me|you|us) at|meet at|office is at|restaurant is at|delivered to|went to"
    r"|drops you off at|side of|based at|same|here they are|it's in|it is)(?!\w):?\s*"
)
_TURNING = (
    r" (?:for|after|in case|because|but|please|so|when|instead|last|before|is|was|has|since|i"
    r"|i'm|and)\b"
)
_CLAUSE_END = re.compile(
    r"[.?!](?<!apt.)(?<!st.)(?<! u.)(?<!ste.)(?<!ave.)(?<!rd.)(?:\s|$)|\n\n|;"
    rf"|,{_TURNING}|{_TURNING}|\[[a-z_]+_\d"
)
_CLAUSE_MAX = 140
_STATE_HINT = re.compile(r"\b[A-Z]{2,3},? (?:\d{5}|[A-Z]\d[A-Z])")
_ABBREVIATED = re.compile(r"\b(?:st|ave|rd|blvd|dr|ln|ct|pl|str|sq|hwy|pkwy)\.$", re.IGNORECASE)
_POSTAL = re.compile(
    r"\d{1,6}[a-z]?,?\s+[^\W\d_][\w'’./-]*"
    r"|[^\W\d_][\w'’./-]{2,}(?:\s+[\w'’./-]+){0,5}?,?\s+\d{1,6}(?![\d.:,]\d)"
)
_NOT_POSTAL = re.compile(
    r"@|://|\d[.:]\d|[$€£%]|\b(?:versions?|errors?|steps?|pages?|orders?|cards?|accounts?|phones?"
    r"|numbers?|minutes?|hours?"
    r"|days?|weeks?|months?|years?|times|percent|gb|mb|january|february|march|april|may|june|july"
    r"|august|september|october"
    r"|november|december|level|mode|model|channel|port|line|room)\b"
)
_SURE_TYPES = lexicon.words("streets without capitals")
_NOT_NAMES = lexicon.words("no street names")
_TOLD = lexicon.words("address cues")


def wants(reading: Reading) -> bool:
    """Whether there is a number, in figures or aloud."""
    return reading.has_digit or reading.has_spoken_number


def find(reading: Reading) -> Iterator[Span]:
    """The addresses."""
    if reading.has_digit:
        yield from _in_figures(reading)
    if not _TYPES.isdisjoint(reading.words):
        yield from _said(reading)


def _in_figures(reading: Reading) -> Iterator[Span]:
    """What holds a figure at least: house numbers, boxes, codes."""
    text, words = reading.text, reading.words
    if not _ANNOUNCING.isdisjoint(words):
        for pattern, score in _patterns(reading):
            for match in pattern.finditer(text):
                yield _grown(text, match.start(), match.end(), score)
    yield from _suffixed(text)
    if reading.digits > 2 and _STATE_HINT.search(text):
        for match in forms.STATE_ZIP.finditer(text):
            yield Span(match.start(), match.end(), "ADDRESS", 0.84)
    if not _CODES.isdisjoint(words):
        for match in forms.ANNOUNCED_CODE.finditer(text):
            yield Span(match.start("code"), match.end("code"), "ADDRESS", 0.88)
    if reading.digits > 1:
        yield from _postcodes(reading)
    if reading.asked == "ADDRESS" or not _TELLING.isdisjoint(words):
        yield from _told(reading)


def _patterns(reading: Reading) -> Iterator[tuple[re.Pattern[str], float]]:
    """The forms that the words of the text leave possible, each with its score."""
    words = reading.words
    if not forms.EN_TYPES.isdisjoint(words):
        yield forms.EN_STREET, 0.86
    if not _PREFIXES.isdisjoint(words):
        yield forms.FR_STREET, 0.87
        yield forms.PREFIXED_STREET, 0.86
    if not _BOXES.isdisjoint(words):
        yield forms.BOX, 0.9
    if not _UNITS.isdisjoint(words):
        yield forms.UNIT_STREET, 0.88
    if "corner" in words:
        yield forms.CORNER, 0.89


def _suffixed(text: str) -> Iterator[Span]:
    """Streets named by the end of a word ("Hauptstraße 12") or by a word ("Rákóczi út 3")."""
    for match in forms.WORD_AND_NUMBER.finditer(text):
        start = max(text.rfind(" ", 0, match.start()), text.rfind("\n", 0, match.start())) + 1
        word = text[start : match.start()].lower().rstrip(".")
        own = word in forms.OWN_WORDS
        if not own and not word.endswith(forms.SUFFIXES):
            continue
        before = forms.NAMES_BEFORE.search(text, max(0, start - 60), start)
        if own and before is None:
            continue
        yield _grown(text, before.start() if before else start, match.end(), 0.86)


def _grown(text: str, start: int, end: int, score: float) -> Span:
    """The span with the house number before it and the rest of the address after it."""
    before = forms.HOUSE_BEFORE.search(text, max(0, start - 24), start)
    if before is not None:
        start = before.start()
    end = _tail(text, end)
    if text[end - 1] == "." and _ABBREVIATED.search(text, start, end) is None:
        end -= 1
    return Span(start, end, "ADDRESS", score)


def _tail(text: str, end: int) -> int:
    """Where an address ends whose street ends at `end`.

    Units count as they come; town, region and country count when a code follows them, when they
    follow the code at once ("80331 München"), or when a comma joins them and the clause ends there.
    """
    place, best, words, coded, loose = end, end, 0, False, False
    for _ in range(16):
        gap = forms.SEPARATOR.match(text, place)
        if gap is None or gap.end() == place:
            break
        here = gap.end()
        unit, code = forms.UNIT.match(text, here), forms.CODE.match(text, here)
        if unit or code:
            place = best = (unit or code).end()  # type: ignore[union-attr]  # one of them matched
            coded, loose, words = coded or code is not None, True, 0
            continue
        word = forms.TOWN_WORD.match(text, here)
        if (
            word is None
            or words >= 8
            or (word.group().rstrip(".").lower() in STOP and not word.group().isupper())
        ):
            break
        loose = loose or "," in gap.group()
        if coded and (words >= 3 or "\n\n" in gap.group()):
            break
        place, words = word.end(), words + 1
        if (coded and not {",", "\n"} & set(gap.group())) or (loose and _clause_ends(text, place)):
            best = place
    return best


def _clause_ends(text: str, place: int) -> bool:
    """Whether the clause ends, or goes on in lower case ("… Tallinn, Estonia for this card")."""
    return (
        place == len(text)
        or text[place] in ",.;?!\n"
        or text[place - 1] == "."
        or (text[place] == " " and text[place + 1 : place + 2].islower())
    )


def _postcodes(reading: Reading) -> Iterator[Span]:
    text = reading.text
    told = reading.asked == "ADDRESS" or not _TOLD.isdisjoint(reading.words)
    pattern = forms.UK_POSTCODE_LOOSE if told else forms.UK_POSTCODE
    for match in pattern.finditer(text):
        if told or " " in match.group():
            above = forms.BLOCK_ABOVE.search(text, max(0, match.start() - 80), match.start())
            start = above.start() if above else match.start()
            yield Span(start, match.end(), "ADDRESS", 0.87)


def _told(reading: Reading) -> Iterator[Span]:
    """What follows "my address is" or "deliver to", up to the clause's end, if it reads as one."""
    text, lower = reading.text, reading.lower
    cues = [match.end() for match in _CUE.finditer(lower)]
    if reading.asked == "ADDRESS":
        cues.append(0)
    for start in cues:
        stop = _CLAUSE_END.search(lower, start, start + _CLAUSE_MAX)
        end = stop.start() if stop else min(len(text), start + _CLAUSE_MAX)
        core = _POSTAL.match(lower, start, end)
        if core is not None and _reads_as_address(text[start:end]):
            yield Span(start, max(end, _tail(text, core.end())), "ADDRESS", 0.82)


def _reads_as_address(value: str) -> bool:
    if _NOT_POSTAL.search(value.lower()):
        return False
    words = re.findall(r"[^\W\d_]+", value)
    capital = sum(word[0].isupper() for word in words)
    return bool(words) and capital * 2 >= len(words)


def _said(reading: Reading) -> Iterator[Span]:
    told = reading.asked == "ADDRESS" or not _TOLD.isdisjoint(reading.words)
    for match in forms.SAID_STREET.finditer(reading.lower):
        named = _NOT_NAMES.isdisjoint(match.group("name").split())
        if named and (told or match.group("type") in _SURE_TYPES):
            yield Span(match.start(), match.end(), "ADDRESS", 0.83)

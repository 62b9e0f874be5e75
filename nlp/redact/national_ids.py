"""National numbers: social security, tax, health, passports and licences, country by country.

A row states the form, the check digits where there are any, and the words that announce it. With
its cue a number is taken even if a digit was misheard; without one the check digits must agree,
and forms that say too little by themselves are left alone.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nlp.redact import checksums, lexicon
from nlp.redact.cues import EVIDENCE, last_cue
from nlp.redact.reading import Reading
from nlp.redact.spans import Span


@dataclass(frozen=True, slots=True)
class NationalId:
    """One country's number.

    Attributes:
        name: as its country calls it.
        form: its form, over lower-case text; groups in it are named.
        pattern: the form, with nothing joined to it on either side.
        cue: the words that announce it, over lower-case text, in the 60 characters before it.
        check: whether the characters (separators taken out, upper case) are issued like that.
        alone: whether form and check together are enough without a cue.
    """

    name: str
    form: str
    pattern: re.Pattern[str]
    cue: re.Pattern[str]
    check: Callable[[str], bool] | None = None
    alone: bool = False


def _row(
    name: str,
    pattern: str,
    cue: str,
    *,
    check: Callable[[str], bool] | None = None,
    alone: bool = False,
) -> NationalId:
    bounded = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w]|-\w)")
    return NationalId(name, pattern, bounded, re.compile(rf"\b(?:{cue})\b"), check, alone)


NATIONAL_IDS: tuple[NationalId, ...] = (
    _row(
        "US SSN or ITIN",
        r"\d{3}(?P<us>[- ])\d{2}(?P=us)\d{4}",
        r"ssn|social|itin|tax(?:payer)?",
        check=checksums.ssn,
        alone=True,
    ),
    _row("US SSN, bare", r"\d{9}", r"ssn|social(?: security)?|itin|taxpayer"),
    _row(
        "UK National Insurance",
        r"[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]",
        r"ni|nino|national insurance",
        check=lambda value: value[:2] not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"},
        alone=True,
    ),
    _row(
        "UK National Insurance, as in examples",
        r"[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d]",
        r"ni|nino|national insurance",
    ),
    _row("UK NHS", r"\d{3}[ -]?\d{3}[ -]?\d{4}", r"nhs", check=checksums.nhs),
    _row(
        "ES DNI or NIE",
        r"(?:\d{8}|[xyz]\d{7})-?[a-hj-np-tv-z]",
        r"dni|nie|nif",
        check=checksums.dni,
        alone=True,
    ),
    _row(
        "FR NIR",
        r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3} ?\d{2}",
        r"nir|s[ée]curit[ée] sociale|insee|social security",
        check=checksums.nir,
        alone=True,
    ),
    _row(
        "DE Steuer-Identifikationsnummer",
        r"\d{2} ?\d{3} ?\d{3} ?\d{3}",
        r"steuer\w*|identifikationsnummer|idnr|tax id|tin",
        check=checksums.steuer_id,
    ),
    _row(
        "IT codice fiscale",
        r"[a-z]{6}\d{2}[abcdehlmprst]\d{2}[a-z]\d{3}[a-z]",
        r"codice fiscale|fiscal code|cf",
        check=checksums.codice_fiscale,
        alone=True,
    ),
    _row(
        "IN Aadhaar",
        r"[2-9]\d{3}(?P<in>[ -])\d{4}(?P=in)\d{4}(?![ -]\d)",
        r"aadhaa?r|uidai|uid",
        check=checksums.verhoeff,
        alone=True,
    ),
    _row("IN Aadhaar, bare", r"[2-9]\d{11}", r"aadhaa?r|uidai|uid", check=checksums.verhoeff),
    _row("IN PAN", r"[a-z]{3}[abcfghljpt][a-z]\d{4}[a-z]", r"pan|permanent account"),
    _row("CA SIN", r"\d{3}[ -]?\d{3}[ -]?\d{3}", r"sin|social insurance", check=checksums.luhn),
    _row("BR CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", r"cpf", check=checksums.cpf, alone=True),
    _row("BR CPF, bare", r"\d{11}", r"cpf", check=checksums.cpf),
    _row(
        "NL BSN", r"\d{9}|\d{4}\.\d{2}\.\d{3}", r"bsn|burgerservicenummer|sofi", check=checksums.bsn
    ),
    _row("PL PESEL", r"\d{11}", r"pesel", check=checksums.pesel),
    _row(
        "SE personnummer",
        r"(?:19|20)?\d{2}(?:0\d|1[0-2])[0-3]\d[-+]\d{4}",
        r"person(?:al )?(?:nummer|number)",
        check=checksums.personnummer,
        alone=True,
    ),
    _row(
        "passport",
        r"(?=[a-z0-9]*\d)[a-z0-9]{6,9}",
        r"passport|passeport|reisepass|pasaporte|passaporto",
    ),
    _row(
        "driving licence",
        r"(?=[a-z]{0,6}\d)(?:[a-z0-9]{6,16}|[a-z0-9]{1,8}(?:[ -]\d[a-z0-9]{1,8}){1,4})",
        r"driv(?:er|ers|ing|er's|ers')'? ?licen[cs]e|licen[cs]e (?:number|no)|dl"
        r"|permis de conduire|f[üu]hrerschein",
    ),
    _row(
        "national identity card",
        r"(?=[a-z0-9]*\d)[a-z0-9]{6,14}",
        r"(?:national|identity|personal) (?:id|card|identity)(?: card)?(?: number)?"
        r"|id card(?: number)?|personalausweis\w*",
    ),
)

_CUE_WORDS = lexicon.words("national id cues")
# The number with the fewest digits that is taken without a cue: the British one.
_FEWEST_DIGITS = 6
_WINDOW = 60
_ALONE_ROWS = {f"row{place}": row for place, row in enumerate(NATIONAL_IDS) if row.alone}
# All that need no cue in one pattern, so that a text without cues is read once; what they all begin
# with stands before them.
_ALONE = re.compile(
    r"(?<![\w-])(?=\d|[a-z](?:\d|[a-z](?: ?\d|[a-z]{4}\d)))(?:"
    + "|".join(f"(?P<{name}>{row.form})" for name, row in _ALONE_ROWS.items())
    + r")(?![\w]|-\w)"
)
# After the cue only words that join it to its number may stand ("is", "no:", "and my", "it's").
_BETWEEN = re.compile(
    r"(?:[\s:#.,=-]|\b(?:number|no|nr|id|is|was|are|es|é|est|ist|it|s|its|the|my|number's|card"
    r"|code|and|of"
    r"|security|insurance|following|here|ending|would|be|okay|ok|yeah|yes|sure|uh|um|that|that's"
    r"|it's"
    r"|says?|reads?|called|expired|on|file)\b|')*"
)


def wants(reading: Reading) -> bool:
    """Whether there are digits enough, or a digit and a word that announces such a number."""
    return reading.has_digit and (
        reading.digits >= _FEWEST_DIGITS
        or reading.asked == "NATIONAL_ID"
        or not _CUE_WORDS.isdisjoint(reading.words)
    )


def find(reading: Reading) -> Iterator[Span]:
    """The national numbers."""
    lower = reading.lower
    asked = reading.asked == "NATIONAL_ID"
    if not asked and _CUE_WORDS.isdisjoint(reading.words):
        for match in _ALONE.finditer(lower):
            row = _ALONE_ROWS[match.lastgroup or ""]
            score = _score(row, match, lower, asked=False, announced=False)
            if score:
                yield Span(match.start(), match.end(), "NATIONAL_ID", score)
        return
    for row in NATIONAL_IDS:
        announced = asked or row.cue.search(lower) is not None
        if not (announced or row.alone):
            continue
        for match in row.pattern.finditer(lower):
            score = _score(row, match, lower, asked=asked, announced=announced)
            if score:
                yield Span(match.start(), match.end(), "NATIONAL_ID", score)


def _score(
    row: NationalId, match: re.Match[str], lower: str, *, asked: bool, announced: bool
) -> float:
    value = re.sub(r"[ .+-]", "", match.group()).upper()
    fits = row.check is None or row.check(value)
    if announced and _cue_reaches(row, lower, match.start()):
        return 0.96 if fits else 0.9
    if asked and fits and row.check is not None:
        return 0.92
    if not (row.alone and fits):
        return 0.0
    cue, distance = last_cue(lower, match.start())
    if cue == EVIDENCE and distance <= 30:
        return 0.0
    return 0.85


def _cue_reaches(row: NationalId, lower: str, start: int) -> bool:
    """Whether the row's cue stands before `start` with nothing of weight between."""
    cues = list(row.cue.finditer(lower, max(0, start - _WINDOW), start))
    return bool(cues) and _BETWEEN.fullmatch(lower, cues[-1].end(), start) is not None

"""Cards, telephone numbers, accounts and codes: what is told by its digits and its cue."""

import re
from collections.abc import Iterator

import phonenumbers

from nlp.redact.checksums import luhn
from nlp.redact.cues import EVIDENCE, last_cue
from nlp.redact.reading import Reading
from nlp.redact.spans import Span
from nlp.redact.spoken import Run

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "AU", "BR")
"""Where a number without a country code and without a cue is tried; the first that fits decides."""

_NANP = re.compile(r"(?:\+?d[ .-])?\(?d{3}\)?[ .-]{0,2}d{3}[ .-]d{4}|\(d{3}\) ?d{3}[ .-]?d{4}")
_CARD_GROUPS = re.compile(r"d{4}([ -])d{4}\1d{4}\1d{1,7}|d{4}([ -])d{6}\2d{4,5}|d{12,19}")
_SORT_CODE = re.compile(r"dd([ -])dd\1dd")
_DATE_OR_TIME = re.compile(
    r"(?:d{4}[-/.]d{1,2}[-/.]d{1,2}|d{1,2}[-/.]d{1,2}[-/.](?:d{4}|dd))(?![-/.]?d)(?:[ ]d{1,2})?"
)
_FOUR_PARTS = re.compile(r"d{1,3}(?:\.d{1,3}){3}")
_DECIMALS = re.compile(r"d+(?:\.d+)+")
_EXTENSION = re.compile(r"\s?(?:x|ext\.?|extension)\s?\d{1,5}\b", re.IGNORECASE)
_NEAR = 30
_MONTH_BEFORE = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?,? $"
)
_PARTIAL = re.compile(r"\b(?:ending|ends|end|last (?:four|4)|finishing)\b")
_UNIT_AFTER = re.compile(
    r"\s?(?:%|°|(?:mm|cm|m|km|in|inch(?:es)?|ft|feet|hz|mhz|ghz|kb|mb|gb|tb|ms|secs?|seconds?"
    r"|minutes?"
    r"|hours?|days?|weeks?|months?|years?|dollars?|euros?|pounds?|volts?|watts?|amps?|steps?|miles"
    r"|units?|times|degrees|percent|bucks|points?|pages?|people|customers|lbs?|kg|grams?)\b)"
)
# First digits of the networks that issue cards (ISO/IEC 7812 major industries 3 to 6; 1800 and 2131
# were JCB's; 50 and 56 to 58 are Maestro's).
_ISSUER = re.compile(r"3[0-6789]|4|5[0-9]|6|2[2-7]|1800|2131")


def wants(reading: Reading) -> bool:
    """Whether there is a number of three digits, in figures or in words."""
    return bool(reading.written or reading.spoken)


def find(reading: Reading) -> Iterator[Span]:
    """The numbers that belong to a person."""
    for run in (*reading.written, *reading.spoken):
        span = _judge(reading, run)
        if span is not None:
            yield span


def _judge(reading: Reading, run: Run) -> Span | None:
    lower, asked = reading.lower, reading.asked
    kind, distance = last_cue(lower, run.start)
    if kind == "ACCOUNT" and _SORT_CODE.fullmatch(run.shape):
        return Span(run.start, run.end, "ACCOUNT", 0.9)
    if "BIRTH_DATE" not in {kind, asked} and _is_year_of_month(lower, run):
        return None
    evidence = kind == EVIDENCE and distance <= _NEAR
    if evidence or _is_price_or_measure(lower, run) or _is_date_or_version(run):
        return None
    return (
        _card(lower, run, kind or asked, asked=asked)
        or _phone(lower, run, kind, asked)
        or _short(lower, run, kind, asked)
    )


def _is_year_of_month(lower: str, run: Run) -> bool:
    """Whether it is the year of a date without a day ("until March 2028")."""
    if len(run.digits) != 4 or run.shape != "dddd" or run.digits[:2] not in {"19", "20"}:
        return False
    return _MONTH_BEFORE.search(lower, max(0, run.start - 12), run.start) is not None


def _is_price_or_measure(lower: str, run: Run) -> bool:
    before = lower[max(0, run.start - 2) : run.start]
    if before.endswith(("$", "€", "£")):
        return True
    if len(before) == 2 and before[0].isdigit() and before[1] in ",.:":
        return True
    # "smartivity-6-7-8-9": the end of a web address or of a name of a thing.
    if len(before) == 2 and before[0].isalpha() and before[1] == "-":
        return True
    if len(run.digits) > 6:
        return False
    return _UNIT_AFTER.match(lower, run.end) is not None or lower[run.end : run.end + 1] == ":"


def _is_date_or_version(run: Run) -> bool:
    shape = run.shape
    if not shape:
        return False
    if _DATE_OR_TIME.fullmatch(shape) or _FOUR_PARTS.fullmatch(shape):
        return True
    return len(run.digits) < 9 and _DECIMALS.fullmatch(shape) is not None


def _card(lower: str, run: Run, cue: str | None, *, asked: str | None) -> Span | None:
    if cue == "CARD":
        return _announced_card(lower, run, asked=asked)
    if not 12 <= len(run.digits) <= 24:
        return None
    spoken = not run.shape and len(run.digits) >= 13
    if spoken or (_CARD_GROUPS.fullmatch(run.shape) and _issued(run.digits)):
        return Span(run.start, run.end, "CARD", 0.9)
    for length in (16, 15, 14, 13):
        part = run.prefix(length)
        if part and _CARD_GROUPS.fullmatch(part.shape) and _issued(part.digits):
            return Span(part.start, part.end, "CARD", 0.9)
    return None


def _announced_card(lower: str, run: Run, *, asked: str | None) -> Span | None:
    """A card by its cue: whole even with a digit misheard, or in pieces; never its last four."""
    if len(run.digits) >= 12:
        return Span(run.start, _card_end(run), "CARD", 0.95)
    before = lower[max(0, run.start - 40) : run.start]
    told = asked == "CARD" or "number" in before or "no." in before or "#" in before
    if len(run.digits) >= 4 and told and _PARTIAL.search(before) is None:
        return Span(run.start, run.end, "CARD", 0.7)
    return None


def _card_end(run: Run) -> int:
    """Where the card ends in a run that may go on with its expiry date or a telephone number."""
    if len(run.digits) > 16:
        for length in (16, 15):
            part = run.prefix(length)
            if part and luhn(part.digits):
                return part.end
    return run.end


def _issued(digits: str) -> bool:
    return _ISSUER.match(digits) is not None and luhn(digits)


def _phone(lower: str, run: Run, cue: str | None, asked: str | None) -> Span | None:
    if not _is_phone(run, cue, asked):
        return None
    extension = _EXTENSION.match(lower, run.end)
    return Span(run.start, extension.end() if extension else run.end, "PHONE", 0.8)


def _is_phone(run: Run, cue: str | None, asked: str | None) -> bool:
    count, shape = len(run.digits), run.shape
    # Only a question makes a number of fewer than seven digits a telephone.
    if not (3 if asked == "PHONE" else 7) <= count <= 15:
        return False
    if shape.startswith("+"):
        return count >= 9
    if _NANP.fullmatch(shape) and (cue == "PHONE" or run.digits[-10] not in "01"):
        return True
    if asked == "PHONE" or (cue == "PHONE" and count >= 7):
        return True
    return (cue is None or asked is not None) and _is_dialled(run)


def _is_dialled(run: Run) -> bool:
    """Whether a number without a cue is written as people write a telephone number, and exists."""
    count, shape, digits = len(run.digits), run.shape, run.digits
    if count < 9:
        return False
    if digits.startswith("00") and count >= 11 and _valid("+" + digits[2:], None):
        return True
    grouped = any(char in shape for char in " -()/.") or not shape
    if not (grouped or digits.startswith("07")):
        return False
    if count < 10 and not digits.startswith("0") and len(run.ends) < 3:
        return False
    return any(_valid(digits, region) for region in REGIONS)


def bare_phone(run: Run) -> bool:
    """Whether bare digits in a file's name are a telephone number and not a date or a counter."""
    if not 10 <= len(run.digits) <= 13 or run.digits.startswith(("19", "20")):
        return False
    return _valid(run.digits, "US") or _valid("+" + run.digits, None)


def _valid(number: str, region: str | None) -> bool:
    """Whether the numbering plans know it (phonenumbers, from Google's libphonenumber)."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed)


# Kind, fewest and most digits after its cue, fewest when it was asked for, score.
_SHORT = {
    "SECRET": (3, 10, 3, 0.8),
    "ACCOUNT": (6, 17, 4, 0.75),
    "NATIONAL_ID": (4, 15, 4, 0.85),
    "ADDRESS": (3, 9, 3, 0.7),
}


def _short(lower: str, run: Run, cue: str | None, asked: str | None) -> Span | None:
    """Codes, accounts and parts of numbers, which only their cue or the question tells."""
    count = len(run.digits)
    if cue in {"CARD", "ACCOUNT"} and _PARTIAL.search(lower, max(0, run.start - 30), run.start):
        return None
    kind = cue or asked
    if kind in _SHORT:
        fewest, most, fewest_asked, score = _SHORT[kind]
        fits = (fewest_asked if asked == kind else fewest) <= count <= most
        return Span(run.start, run.end, kind, score) if fits else None
    if asked == "BIRTH_DATE" and kind == "BIRTH_DATE" and 4 <= count <= 8:
        return Span(run.start, run.end, "BIRTH_DATE", 0.8)
    return None

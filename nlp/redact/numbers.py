"""Cards, telephone numbers, accounts and codes: everything that is told by its digits and its cue."""

import re
from collections.abc import Iterator
from functools import lru_cache

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
_DECIMALS = re.compile(r"d+(?:\.d+)+")
_EXTENSION = re.compile(r"\s?(?:x|ext\.?|extension)\s?\d{1,5}\b", re.IGNORECASE)
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
    text, lower = reading.text, reading.lower
    kind, distance = last_cue(lower, run.start)
    if kind == "ACCOUNT" and _SORT_CODE.fullmatch(run.shape):
        return Span(run.start, run.end, "ACCOUNT", 0.9)
    if _is_price_or_measure(lower, run) or _is_date_version(run):
        return None
    if kind == EVIDENCE and distance <= 30:
        return None
    asked = reading.asked
    card = _card(lower, run, kind or asked, asked=asked)
    if card is not None:
        return card
    if _phone(run, kind, asked):
        extension = _EXTENSION.match(text, run.end)
        return Span(run.start, extension.end() if extension else run.end, "PHONE", 0.8)
    return _short(lower, run, kind, asked)


def _is_price_or_measure(lower: str, run: Run) -> bool:
    before = lower[max(0, run.start - 2) : run.start]
    if before.endswith(("$", "€", "£")):
        return True
    if len(before) == 2 and before[0].isdigit() and before[1] in ",.:":
        return True
    if len(run.digits) > 6:
        return False
    return _UNIT_AFTER.match(lower, run.end) is not None or lower[run.end : run.end + 1] == ":"


def _is_date_version(run: Run) -> bool:
    shape = run.shape
    if not shape:
        return False
    return _DATE_OR_TIME.fullmatch(shape) is not None or (
        len(run.digits) < 9 and _DECIMALS.fullmatch(shape) is not None
    )


def _card(lower: str, run: Run, cue: str | None, *, asked: str | None) -> Span | None:
    count = len(run.digits)
    if cue == "CARD":
        if count >= 12:
            return Span(run.start, _card_end(run), "CARD", 0.95)
        before = lower[max(0, run.start - 40) : run.start]
        told = asked == "CARD" or "number" in before or "no." in before or "#" in before
        if count >= 4 and told and _PARTIAL.search(before) is None:
            return Span(run.start, run.end, "CARD", 0.7)
        return None
    if not 12 <= count <= 24:
        return None
    spoken = not run.shape and count >= 13
    if spoken or (_CARD_GROUPS.fullmatch(run.shape) and _issued(run.digits)):
        return Span(run.start, run.end, "CARD", 0.9)
    for length in (16, 15, 14, 13):
        part = run.prefix(length)
        if part and _CARD_GROUPS.fullmatch(part.shape) and _issued(part.digits):
            return Span(part.start, part.end, "CARD", 0.9)
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


def _phone(run: Run, cue: str | None, asked: str | None) -> bool:
    count, shape = len(run.digits), run.shape
    if not 3 <= count <= 15:
        return False
    if shape.startswith("+"):
        return count >= 9
    if run.digits.startswith("00") and count >= 11 and _valid("+" + run.digits[2:], None):
        return True
    if _NANP.fullmatch(shape) and (cue == "PHONE" or run.digits[-10] not in "01"):
        return True
    if asked == "PHONE":
        return True
    if cue == "PHONE":
        return count >= 7
    if cue is not None and asked is None:
        return False
    # Without a cue only what people write as a telephone number: in groups, or with a leading 0.
    grouped = any(char in shape for char in " -()/.") or not shape
    if count < 9 or not (grouped or run.digits.startswith("07")):
        return False
    return any(_valid(run.digits, region) for region in REGIONS)


def bare_phone(run: Run) -> bool:
    """Whether bare digits in a file's name are a telephone number and not a date or a counter."""
    if not 10 <= len(run.digits) <= 13 or run.digits.startswith(("19", "20")):
        return False
    return _valid(run.digits, "US") or _valid("+" + run.digits, None)


@lru_cache(maxsize=4096)
def _valid(number: str, region: str | None) -> bool:
    """Whether the numbering plans know it (phonenumbers, from Google's libphonenumber)."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed)


def _short(lower: str, run: Run, cue: str | None, asked: str | None) -> Span | None:
    count = len(run.digits)
    if _PARTIAL.search(lower, max(0, run.start - 30), run.start) and cue in {"CARD", "ACCOUNT"}:
        return None
    if cue == "SECRET" or (cue is None and asked == "SECRET"):
        return Span(run.start, run.end, "SECRET", 0.8) if 3 <= count <= 10 else None
    if cue == "ACCOUNT" or (cue is None and asked == "ACCOUNT"):
        fits = 6 <= count <= 17 or (asked == "ACCOUNT" and count >= 4)
        return Span(run.start, run.end, "ACCOUNT", 0.75) if fits else None
    if cue == "NATIONAL_ID" or (cue is None and asked == "NATIONAL_ID"):
        return Span(run.start, run.end, "NATIONAL_ID", 0.85) if 4 <= count <= 15 else None
    if cue == "ADDRESS" or (cue is None and asked == "ADDRESS"):
        return Span(run.start, run.end, "ADDRESS", 0.7) if 3 <= count <= 9 else None
    if asked == "BIRTH_DATE" and cue in {None, "BIRTH_DATE"} and 4 <= count <= 8:
        return Span(run.start, run.end, "BIRTH_DATE", 0.8)
    return None

"""International bank account numbers: form by country and ISO 7064 MOD 97-10, by schwifty."""

import re
from collections.abc import Iterator

from schwifty import IBAN

from nlp.redact.reading import Reading
from nlp.redact.spans import Span

# One character a step, so that a text of near misses is read in linear time; words that follow are
# cut off again below.
_FORM = re.compile(r"[a-z](?<![^\W_].)[a-z]\d{2}(?:[ -]?[a-z0-9]){11,30}(?!\w)")
# What an IBAN begins with, sought from its rarest part: two digits after two letters.
_BEGINNING = re.compile(r"\d\d(?<=[a-z][a-z]..)(?<![^\W_][a-z][a-z]..)")


def wants(reading: Reading) -> bool:
    """Whether there is a digit and it is long enough to be one."""
    return reading.has_digit and len(reading.text) > 14


def find(reading: Reading) -> Iterator[Span]:
    """The IBANs; with the word before them also those with a slip in them."""
    lower = reading.lower
    if _BEGINNING.search(lower) is None:
        return
    for match in _FORM.finditer(lower):
        end = _valid_end(lower, match.start(), match.end())
        if end:
            yield Span(match.start(), end, "IBAN", 1.0)
        elif "iban" in lower[max(0, match.start() - 30) : match.start()]:
            yield Span(match.start(), _compact_end(lower, match), "IBAN", 0.9)


def _valid_end(lower: str, start: int, end: int) -> int:
    """Where a valid one ends: words that follow it may have been read as its last groups."""
    for _ in range(16):
        value = re.sub(r"[ -]", "", lower[start:end])
        if len(value) < 15:
            return 0
        if IBAN(value, allow_invalid=True).is_valid:
            return end
        cut = max(lower.rfind(" ", start, end), lower.rfind("-", start, end))
        if cut <= start:
            return 0
        end = cut
    return 0


def _compact_end(lower: str, match: re.Match[str]) -> int:
    """The end of the groups that hold a digit or are of four characters."""
    end = match.start()
    for group in re.finditer(r"[^ -]+", lower[match.start() : match.end()]):
        if len(group.group()) != 4 and not any(char.isdigit() for char in group.group()):
            break
        end = match.start() + group.end()
    return end

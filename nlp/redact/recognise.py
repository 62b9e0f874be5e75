"""The recognisers, joined: everything that one text holds."""

import re
from collections.abc import Iterable

from nlp.redact import (
    addresses,
    birth_dates,
    credentials,
    emails,
    ibans,
    lexicon,
    names,
    national_ids,
    networks,
    numbers,
)
from nlp.redact.joining import joined
from nlp.redact.reading import Reading, Recogniser
from nlp.redact.spans import Span, resolve

RECOGNISERS: tuple[Recogniser, ...] = (
    Recogniser("cards, phones, accounts", numbers.wants, numbers.find),
    Recogniser("national numbers", national_ids.wants, national_ids.find),
    Recogniser("email addresses", emails.wants, emails.find),
    Recogniser("IBANs", ibans.wants, ibans.find),
    Recogniser("dates of birth", birth_dates.wants, birth_dates.find),
    Recogniser("internet addresses", networks.wants, networks.find),
    Recogniser("secrets and user names", credentials.wants, credentials.find),
    Recogniser("postal addresses", addresses.wants, addresses.find),
    Recogniser("names by rules", names.wants, names.find),
)
"""Everything that is looked for. To add a kind of evidence: a module with `wants` and `find`, a row
here, a table of cases in its test."""


_NAMES = RECOGNISERS[-1:]
# Without a figure, in digits or aloud, there is no number, no bank account and no street.
_WITHOUT_FIGURES = tuple(
    one
    for one in RECOGNISERS
    if one.wants not in {numbers.wants, national_ids.wants, ibans.wants, addresses.wants}
)
# Signs of addresses, tokens and assignments; a text without digits, signs and cue words can only
# hold names, and most turns are such texts.
_SIGN = re.compile(r"[@_=]|:[^ ]|-----")
_ANNOUNCING = (
    lexicon.words("birth cues")
    | lexicon.words("secret cues")
    | frozenset({"d", "dot", "email", "mail"})
)


def _may_hold_more_than_names(reading: Reading) -> bool:
    return (
        reading.has_digit
        or reading.has_spoken_number
        or reading.has_long
        or reading.asked is not None
        or not _ANNOUNCING.isdisjoint(reading.words)
        or _SIGN.search(reading.text) is not None
    )


def recognise(reading: Reading, learned: Iterable[Span] | None = None) -> tuple[Span, ...]:
    """The personal data in a text, in order, without overlaps.

    Args:
        reading: the text.
        learned: the persons and addresses that a `NameFinder` found in it; None where there is no
            finder, and the rules decide alone.
    """
    spans: list[Span] = []
    if not _may_hold_more_than_names(reading):
        recognisers = _NAMES
    elif reading.has_digit or reading.has_spoken_number:
        recognisers = RECOGNISERS
    else:
        recognisers = _WITHOUT_FIGURES
    for recogniser in recognisers:
        if recogniser.wants(reading):
            spans.extend(recogniser.find(reading))
    if learned is not None:
        spans = joined(spans, learned)
    return resolve(reading.text, spans) if spans else ()

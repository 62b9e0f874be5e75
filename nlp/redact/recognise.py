"""The recognisers, joined: everything that one text holds."""

from collections.abc import Iterable

from nlp.redact import (
    addresses,
    birth_dates,
    credentials,
    emails,
    ibans,
    names,
    national_ids,
    networks,
    numbers,
)
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


def recognise(reading: Reading, extra: Iterable[Span] = ()) -> tuple[Span, ...]:
    """The personal data in a text, in order, without overlaps.

    Args:
        reading: the text.
        extra: spans that somebody else found in it.
    """
    spans = list(extra)
    for recogniser in RECOGNISERS:
        if recogniser.wants(reading):
            spans.extend(recogniser.find(reading))
    return resolve(reading.text, spans) if spans else ()

"""Personal data out, before anything is stored.

`Redactor().redact(interaction)` gives a `Redacted`; `.find` and `.redact_text` work on one text.
Order, serial, model and version numbers, prices, error codes and dates stay: they are evidence.
"""

from nlp.redact.redactor import Redactor, redact
from nlp.redact.spans import KINDS, NameFinder, Span

__all__ = ["KINDS", "NameFinder", "Redactor", "Span", "redact"]

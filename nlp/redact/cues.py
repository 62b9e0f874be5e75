"""What the words before a number say of it: a card, a phone, an order that must stay.

The last cue before the number decides, as it does for a reader.
"""

import re

EVIDENCE = "EVIDENCE"
"""A cue that a number is about the product or the case, and not about a person."""

_CUES = {
    "EVIDENCE": (
        r"orders?|tickets?|cases?|serial|s/?n|models?|ref(?:erence)?|track(?:ing)?|invoices?|parts?"
        r"|sku|versions?|errors?|steps?|pages?|isbn|ean|upc|bar ?code|items?|products?|rma"
        r"|confirmation"
        r"|booking|flights?|incidents?|builds?|firmware|release|patch|device|imei|lot|batch|article"
        r"|usd|eur|gbp|price|total|coordinates|channel|quote|contract|purchase|po number"
        r"|catalog(?:ue)?"
        r"|request number|claim|size|model no|error code|code e"
    ),
    "CARD": r"cards?|visa|master ?card|amex|american express|maestro|cc|credit|debit|diners|jcb",
    "PHONE": (
        r"phones?|telephone|tel|mobile|cell(?:phone)?|fax|call|calls|called|calling|reach|text"
        r"|texts"
        r"|whats ?app|sms|dial|ring|contact|my number|his number|her number|answer(?:ing)?|desk"
        r"|landline"
        r"|hotline|messages?|area code|number to|registered|direct line|call ?back"
    ),
    "ACCOUNT": (
        r"account|acct|a/c|sort code|routing|aba|bank|customer (?:number|id|no)|member(?:ship)?"
        r"|policy (?:number|no)|konto|client (?:number|id)"
    ),
    "SECRET": (
        r"pin|pins|pincode|cvv2?|cvc2?|csc|security (?:code|number)|pass ?codes?|otp"
        r"|one[- ]time (?:code|password)"
        r"|(?:verification|access|login|sign-in|authentication|auth|door|gate|alarm) code|password"
    ),
    "NATIONAL_ID": r"ssn|social security|social|itin|tax id|national id",
    "ADDRESS": r"zip(?: ?code)?|post ?code|postal(?: code)?|plz",
    "BIRTH_DATE": r"born|birth|birthday|birthdate|dob|d\.o\.b",
}
# "My number is", "the number on file": a telephone, unless something before it says what number.
_BARE = re.compile(r"\bnumbers?(?= (?:is|on file))")
_CUE = re.compile("|".join(rf"(?P<{kind}>\b(?:{words})\b)" for kind, words in _CUES.items()))
_WINDOW = 70


def last_cue(lower: str, start: int) -> tuple[str | None, int]:
    """The kind that the last cue before `start` speaks of, and how many characters lie between.

    Args:
        lower: the text in lower case.
        start: where the number begins.
    """
    kind, end = None, max(0, start - _WINDOW)
    for match in _CUE.finditer(lower, end, start):
        if match.end() <= start:
            kind, end = match.lastgroup, match.end()
    if kind is None:
        bare = _BARE.search(lower, end, start)
        if bare is not None:
            return "PHONE", start - bare.end()
    return kind, start - end

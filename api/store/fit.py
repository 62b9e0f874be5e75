"""What text a database can hold: all of Unicode, with two exceptions."""

import re

# U+0000 ends a string in PostgreSQL; half of a surrogate pair is no character and has no UTF-8.
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def unfit(text: str) -> str | None:
    """Why a text cannot be stored, or None when it can."""
    found = _UNFIT.search(text)
    if found is None:
        return None
    return f"holds the character U+{ord(found.group()):04X}, which no database stores as text"

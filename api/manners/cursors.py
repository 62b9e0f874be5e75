"""Cursors: where the next page of a list begins, opaque to whoever carries them.

A cursor names the last item of a page, so items that arrive or vanish in between neither shift nor
double what follows.
"""

import base64
import binascii
import hashlib
from uuid import UUID

from api.errors import Fault, InvalidRequest

_CHECK = 6


def encode(listing: str, *place: UUID | int) -> str:
    """The cursor of the page after an item.

    Args:
        listing: which list it belongs to.
        place: what tells the item's place in that list.
    """
    text = "/".join(str(part) for part in place).encode()
    return base64.urlsafe_b64encode(_check(listing, text) + text).decode().rstrip("=")


def decode(cursor: str, listing: str) -> list[str]:
    """The parts of the place that a cursor names.

    Raises:
        InvalidRequest: it is not a cursor of that list.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (binascii.Error, UnicodeEncodeError):
        raw = b""
    check, text = raw[:_CHECK], raw[_CHECK:]
    if not text or check != _check(listing, text):
        message = "not a cursor of this list; take `next` of the page before, or leave it out"
        fault = Fault(place="query", pointer="/cursor", message=message)
        raise InvalidRequest("The cursor is not one of this list.", faults=[fault])
    return text.decode().split("/")


def _check(listing: str, text: bytes) -> bytes:
    """A few bytes that tell a mangled or strange cursor from one of ours; no secret."""
    return hashlib.sha256(listing.encode() + b"\0" + text).digest()[:_CHECK]

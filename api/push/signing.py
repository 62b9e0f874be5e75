"""Signatures of webhooks, after Standard Webhooks 1.0 (standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64
"""Random bytes of a secret, as the specification bounds them."""

_BYTES = 32


def new_secret() -> str:
    """A secret that nobody has had yet: `whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for.

    Raises:
        ValueError: it is no secret; the message does not quote it.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(
            f"not a secret: {PREFIX} and the base64 of {FEWEST_BYTES} to {MOST_BYTES} bytes"
        )
    return key


def signature(secret: str, *, id: str, timestamp: int, body: bytes) -> str:
    """The signature of one message with one secret, with its version.

    Args:
        secret: `whsec_…`.
        id: of the message, the same at each try.
        timestamp: of this try, in seconds since 1970.
        body: as it is sent.
    """
    signed = f"{id}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(secrets: Sequence[str], *, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that carry the signatures, one a secret.

    Args:
        secrets: the newest first.
        id: of the message.
        timestamp: of this try, in seconds since 1970.
        body: as it is sent.
    """
    signed = [signature(one, id=id, timestamp=timestamp, body=body) for one in secrets]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signed),
    }

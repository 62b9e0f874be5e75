"""Receipts of erasure: signed with Ed25519 (RFC 8032), each carrying the digest of the one before.

Whoever has a receipt and the public key can check it without the service and without a database.
The private key is derived from CONDUIT_SECRET_KEY (HKDF-SHA-256, RFC 5869) where that is set, and
else lies in a file below the service's home that nobody but its owner reads.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.settings import Settings

VERSION = 1
"""Of the receipt's form."""

_FILE = "erasure.key"
_INFO = b"conduit: receipts of erasure"
_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A receipt and its signature.

    Attributes:
        digest: SHA-256 (32 bytes) over the receipt as `canonical` writes it.
        signature: Ed25519 (64 bytes) over the same.
        public_key: 32 bytes, with which it is checked.
    """

    digest: bytes
    signature: bytes
    public_key: bytes


class Signer:
    """Signs receipts."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def derived(cls, secret: str) -> "Signer":
        """One whose key follows from the service's secret: the same in every process."""
        seed = HKDF(algorithm=SHA256(), length=_LENGTH, salt=None, info=_INFO).derive(
            secret.encode()
        )
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def kept(cls, home: Path) -> "Signer":
        """One whose key lies below the service's home; it is drawn where there is none yet."""
        home.mkdir(parents=True, exist_ok=True)
        file = home / _FILE
        with suppress(FileNotFoundError):
            return cls(Ed25519PrivateKey.from_private_bytes(file.read_bytes()))
        drawn = Ed25519PrivateKey.generate()
        # Written whole before it has its name: of two that draw at once, both keep the first's.
        draft = home / f"{_FILE}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(drawn.private_bytes_raw())
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
        return cls(Ed25519PrivateKey.from_private_bytes(file.read_bytes()))

    @property
    def public_key(self) -> bytes:
        """With which anybody checks what it signs: 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    def pepper(self) -> bytes:
        """What goes into digests that nobody should guess at: 32 bytes, the same each time."""
        return hashlib.sha256(b"pepper" + self._private.private_bytes_raw()).digest()

    def sign(self, receipt: Mapping[str, Any]) -> Signed:
        """Signs a receipt."""
        written = canonical(receipt)
        return Signed(
            digest=hashlib.sha256(written).digest(),
            signature=self._private.sign(written),
            public_key=self.public_key,
        )


def signer_for(settings: Settings) -> Signer:
    """The one of this installation."""
    secret = settings.secret_key
    if secret is not None:
        return Signer.derived(secret.get_secret_value())
    return Signer.kept(settings.home.expanduser())


def canonical(receipt: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: JSON with sorted names, no spaces, and ASCII alone."""
    return json.dumps(
        receipt, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def faults(receipt: Mapping[str, Any], signed: Signed) -> list[str]:
    """What is wrong with a receipt; nothing where it is as it was signed."""
    written = canonical(receipt)
    found = []
    if hashlib.sha256(written).digest() != signed.digest:
        found.append("the receipt does not have the SHA-256 that stands beside it")
    try:
        Ed25519PublicKey.from_public_bytes(signed.public_key).verify(signed.signature, written)
    except (InvalidSignature, ValueError):
        found.append("the signature is not of this receipt and this key")
    return found


def encoded(value: bytes) -> str:
    """Bytes in base64, as keys and signatures are written."""
    return base64.b64encode(value).decode()

"""Secrets that have to be read again are stored encrypted (Fernet: AES-128-CBC and HMAC-SHA-256).

The key is derived from `CONDUIT_SECRET_KEY` (HKDF-SHA-256, RFC 5869). Beside the embedded database
it lies in a file that its user alone may read, made when it is first needed; whoever names a
database of another machine names a secret too, because several machines may work on it. Without the
key, a copy of the database tells no secret.
"""

import base64
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import make_url

from api.errors import SecretKeyMissing
from api.settings import Settings

KEY_FILE = "secret.key"

_INFO = b"conduit: secrets of webhooks"
_LENGTH = 32


class Vault:
    """Encrypts and decrypts secrets."""

    def __init__(self, secret: str) -> None:
        """Derives the key.

        Args:
            secret: of this installation, the same in every process of it.
        """
        key = HKDF(algorithm=SHA256(), length=_LENGTH, salt=None, info=_INFO).derive(
            secret.encode()
        )
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The one that the settings tell.

        Raises:
            SecretKeyMissing: they tell none.
        """
        return cls(secret_of(settings))

    def locked(self, secret: str) -> bytes:
        """A secret as it is stored."""
        return self._fernet.encrypt(secret.encode())

    def opened(self, stored: bytes) -> str:
        """A secret as it is used.

        Raises:
            SecretKeyMissing: it was encrypted with another key.
        """
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken:
            raise SecretKeyMissing(
                "CONDUIT_SECRET_KEY, or the file in its place, is not the one with which this "
                "secret was stored: set that one, or rotate the secret"
            ) from None


def secret_of(settings: Settings) -> str:
    """The secret that the settings tell, or the one beside a database of this machine.

    Raises:
        SecretKeyMissing: another machine's database is named, and no secret.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    if settings.database_url is not None and not _by_file(settings.database_url):
        raise SecretKeyMissing(
            "CONDUIT_SECRET_KEY is unset, and without it no secret of a webhook is stored and "
            "nobody logs in at an identity provider: make one with `openssl rand -base64 32`, and "
            "set the same for every process on this database"
        )
    return _kept(settings.home.expanduser() / KEY_FILE)


def _by_file(url: str) -> bool:
    """Whether a database is reached over a socket of this machine, as the embedded one is."""
    address = make_url(url)
    host = address.host or address.query.get("host", "")
    return isinstance(host, str) and host.startswith("/")


def _kept(path: Path) -> str:
    """The key in a file; of two processes that make it at once, both take the first one's."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # A new file of this kind can be read by its owner alone.
        number, name = tempfile.mkstemp(dir=path.parent, prefix=KEY_FILE)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(base64.b64encode(secrets.token_bytes(_LENGTH)))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(name, path)
        finally:
            os.unlink(name)
    return path.read_text(encoding="ascii").strip()

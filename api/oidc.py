"""People of an identity provider: OpenID Connect's code flow with PKCE and nonce, by Authlib.

What is sent where and what a token must say is the library's; what is fetched and how often, which
signatures count, and how little is kept of a person stands here. Authlib is loaded when somebody
first logs in so.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Self, TypeVar
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from api import roles
from api.errors import LoginRefused, ProviderAway
from api.settings import Settings, is_loopback
from api.store.key_tables import LONGEST_NAME

log = logging.getLogger(__name__)

CALLBACK = "/login/oidc/callback"
"""Where a provider leads people back to, below the service's own address."""

LASTS = 600
"""Seconds that somebody has for logging in at the provider."""

_LEEWAY = 60
_SECONDS = 10.0
# With a key pair alone: a token that is signed with a secret, or not at all, is nobody's.
_ALGORITHMS = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)]
_PEOPLE = UUID("0b6dd5f3-6f8a-5c86-9a53-0f2f0c3a7c55")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_BY_POST = "client_secret_post"

Document = TypeVar("Document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A login that was begun, as the browser's cookie keeps it.

    Attributes:
        state: comes back with the browser.
        nonce: comes back in the token.
        verifier: proves that who began the login also ends it (PKCE, RFC 7636).
    """

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Self:
        """Random values of 256 bits each."""
        return cls(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(32),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom the provider knows.

    Attributes:
        id: made of the provider's address and its name of the person, which it does not tell.
        name: for people.
        role: what they may do; None for nothing.
    """

    id: UUID
    name: str
    role: roles.Role | None


class Fetched(Generic[Document]):
    """A document of another service: fetched when it is first needed, and kept for a while."""

    def __init__(self, fetch: Callable[[], Document], *, lasts: float, pause: float) -> None:
        """Fetch nothing yet.

        Args:
            fetch: gets it.
            lasts: seconds that it is kept.
            pause: seconds between two fetches at the least.
        """
        self._fetch = fetch
        self._lasts = lasts
        self._pause = pause
        self._lock = threading.Lock()
        self._kept: Document | None = None
        self._at = self._tried = self._failed = float("-inf")

    def get(self) -> Document:
        """The document, no older than it may be.

        Raises:
            ProviderAway: it cannot be had.
        """
        with self._lock:
            if self._kept is not None and time.monotonic() - self._at < self._lasts:
                return self._kept
            return self._again()

    def anew(self) -> Document | None:
        """The document as it is now, or None where it was asked for a moment ago.

        Raises:
            ProviderAway: it cannot be had.
        """
        with self._lock:
            soon = time.monotonic() - self._tried < self._pause
            return None if soon else self._again()

    def _again(self) -> Document:
        # Whoever waits for the same answer is not made to wait for it to fail once more.
        if time.monotonic() - self._failed < min(self._pause, 1.0):
            raise ProviderAway("The identity provider does not answer: try again in a moment.")
        self._tried = time.monotonic()
        try:
            self._kept = self._fetch()
        except ProviderAway:
            self._failed = time.monotonic()
            raise
        self._at = time.monotonic()
        return self._kept


class Provider:
    """An identity provider. Safe to share between threads."""

    def __init__(self, settings: Settings, *, lasts: float = 3600.0, pause: float = 10.0) -> None:
        """Ask it for nothing yet.

        Args:
            settings: of this process, with an issuer.
            lasts: seconds that its addresses and its keys are kept.
            pause: seconds between two looks for new keys at the least, so that made-up tokens do
                not make this service ask for ever.
        """
        self._settings = settings
        self._issuer = settings.oidc_issuer or ""
        self._roles = roles.read(settings.oidc_roles or "")
        self._redirect = f"{settings.public_url}{CALLBACK}"
        self._about = Fetched(self._discover, lasts=lasts, pause=pause)
        self._keys = Fetched(self._fetch_keys, lasts=lasts, pause=pause)

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The one that the settings name, if they do."""
        return None if settings.oidc_issuer is None else cls(settings)

    def address(self, begun: Begun) -> str:
        """Where a browser goes to log in.

        Raises:
            ProviderAway: the provider does not answer.
        """
        about = self._about.get()
        with self._client(about) as client:
            url, _ = client.create_authorization_url(
                about["authorization_endpoint"],
                state=begun.state,
                code_verifier=begun.verifier,
                nonce=begun.nonce,
            )
        return str(url)

    def person(self, begun: Begun, *, code: str, issuer: str = "") -> Person:
        """Who came back from the provider.

        Args:
            begun: what the login was begun with.
            code: that the browser brings.
            issuer: that it says it comes from (RFC 9207), if it says so.

        Raises:
            LoginRefused: the provider does not take the code, or its token is not one for us.
            ProviderAway: it does not answer.
        """
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        if issuer and issuer != self._issuer:
            raise _refused("another issuer")
        token = self._exchange(begun, code)
        try:
            found = self._decoded(str(token.get("id_token") or ""))
            claims = CodeIDToken(
                found.claims,
                found.header,
                {
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                    "sub": {"essential": True},
                },
                {
                    "nonce": begun.nonce,
                    "client_id": self._settings.oidc_client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise _refused(type(error).__name__) from None
        if claims["iat"] < time.time() - LASTS - _LEEWAY:
            raise _refused("an old token")
        values = roles.values_of(claims, self._settings.oidc_claim)
        if not values:
            values = self._values_told(str(claims["sub"]), str(token.get("access_token") or ""))
        return self._told(claims, values)

    def _values_told(self, subject: str, token: str) -> frozenset[str]:
        """The same of the userinfo endpoint, where some providers alone tell groups."""
        address = str(self._about.get().get("userinfo_endpoint") or "")
        if not token or not _is_safe(address):
            return frozenset()
        found = _json(address, bearer=token)
        # Core 5.3.2: an answer about somebody else is to be thrown away.
        if found.get("sub") != subject:
            raise _refused("userinfo of another person")
        return roles.values_of(found, self._settings.oidc_claim)

    def _told(self, claims: Mapping[str, Any], values: frozenset[str]) -> Person:
        id = uuid5(_PEOPLE, f"{self._issuer} {claims['sub']}")
        named = [claims.get(name) for name in ("preferred_username", "name", "email")]
        name = next((one for one in named if isinstance(one, str) and one.strip()), "")
        shown = "".join(one if one.isprintable() else " " for one in name)
        return Person(
            id=id,
            name=" ".join(shown.split())[:LONGEST_NAME] or f"person {id.hex[:8]}",
            role=roles.first(self._roles, values),
        )

    def _exchange(self, begun: Begun, code: str) -> Mapping[str, Any]:
        """Gets the token for a code, with the verifier that began the login."""
        from authlib.integrations.base_client import OAuthError
        from httpx2 import HTTPError

        about = self._about.get()
        try:
            with self._client(about) as client:
                token = client.fetch_token(
                    about["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.verifier,
                    redirect_uri=self._redirect,
                )
        except OAuthError:
            raise _refused("no token for the code") from None
        except (HTTPError, ValueError) as error:
            raise _away("token", error) from None
        return dict(token)

    def _decoded(self, token: str) -> Any:
        """A token whose signature is by a key of the provider, looked up anew where it is not."""
        from joserfc.errors import BadSignatureError, InvalidKeyIdError
        from joserfc.jws import JWSRegistry
        from joserfc.jwt import decode

        registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
        try:
            return decode(token, self._keys.get(), registry=registry)
        except (BadSignatureError, InvalidKeyIdError):
            keys = self._keys.anew()
            if keys is None:
                raise
            return decode(token, keys, registry=registry)

    def _client(self, about: Mapping[str, Any]) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        secret = self._settings.oidc_client_secret
        known = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = _BY_POST if _BY_POST in known and "client_secret_basic" not in known else None
        return OAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            token_endpoint_auth_method=None if secret is None else method,
            scope=self._settings.oidc_scopes,
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=_SECONDS,
            verify=_tls(),
        )

    def _discover(self) -> Mapping[str, Any]:
        """What the provider says of itself, where the standard says that it does."""
        found = _json(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        fault = None
        if found.get("issuer") != self._issuer:
            fault = "names another issuer than CONDUIT_OIDC_ISSUER"
        for name in _ENDPOINTS:
            if not _is_safe(str(found.get(name))):
                fault = f"has no {name} with https"
        if fault:
            log.error("the identity provider's discovery document %s", fault)
            raise ProviderAway(f"The identity provider's discovery document {fault}.")
        return found

    def _fetch_keys(self) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        found: Any = _json(self._about.get()["jwks_uri"])
        try:
            return KeySet.import_key_set(found)
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise _away("keys", error) from None


@cache
def _tls() -> Any:
    """Whom this process trusts, read once: that takes longer than a login."""
    import httpx2

    return httpx2.create_ssl_context()


def _json(url: str, *, bearer: str | None = None) -> Mapping[str, Any]:
    import httpx2

    what = "discovery or keys" if bearer is None else "userinfo"
    sent = {} if bearer is None else {"authorization": f"Bearer {bearer}"}
    try:
        answer = httpx2.get(
            url, headers=sent, timeout=_SECONDS, follow_redirects=False, verify=_tls()
        )
        answer.raise_for_status()
        found = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise _away(what, error) from None
    if not isinstance(found, dict):
        raise _away(what, TypeError())
    return found


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _away(what: str, error: Exception) -> ProviderAway:
    log.error("the identity provider does not give its %s: %s", what, type(error).__name__)
    return ProviderAway("The identity provider does not answer as it should: try again later.")


def _refused(why: str) -> LoginRefused:
    """The log says why, without a word of the token; the person is told what to do."""
    log.warning("a login at the identity provider is refused: %s", why)
    return LoginRefused("The identity provider's answer is not one for this login: log in again.")

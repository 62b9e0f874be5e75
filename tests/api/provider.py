"""A small identity provider that listens on this machine: OpenID Connect's code flow with PKCE."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "conduit"
ACCESS = "of whoever logged in"
SECRET = "a client's, of the tests"  # noqa: S105 - of a provider that lives as long as a test

Forge = Callable[["Provider", dict[str, Any]], str]
"""Makes another token of the claims that a good one would have."""


def _key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


@dataclass(slots=True)
class Provider:
    """A provider, and what it is told to do.

    Attributes:
        issuer: its address.
        person: claims of whoever logs in.
        changes: claims of the next tokens that are otherwise than they should be; None leaves one
            out.
        forge: makes the next tokens, where that is set.
        key: that it signs with.
        published: keys that it tells.
        asked: paths that were asked for.
        about: what its discovery document says otherwise.
        codes: what was authorized, by its code.
        once: whether a code is taken once, as it should.
        told: what its userinfo endpoint says; None where it has none.
    """

    issuer: str
    person: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    forge: Forge | None = None
    key: RSAKey = field(default_factory=lambda: _key("one"))
    published: list[RSAKey] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    once: bool = True
    told: dict[str, Any] | None = None

    def rotate(self, kid: str) -> None:
        """Signs with another key, and tells that one alone."""
        self.key = _key(kid)
        self.published = [self.key]

    def reset(self) -> None:
        """Does everything right again."""
        self.changes, self.forge, self.about, self.once, self.told = {}, None, {}, True, None
        self.person = {"sub": "248289761001", "preferred_username": "dana", "groups": ["qa"]}
        self.asked.clear()

    def authorize(self, query: dict[str, str]) -> str:
        """Where a browser is sent back to: the person logs in at once."""
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, sent: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        code = sent.get("code", "")
        asked = self.codes.pop(code, None) if self.once else self.codes.get(code)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != sent.get("redirect_uri")
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": ACCESS,
            "token_type": "Bearer",
            "id_token": self._id_token(asked["nonce"]),
        }

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.person,
            **self.changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.signed(claims) if self.forge is None else self.forge(self, claims)

    def signed(self, claims: dict[str, Any]) -> str:
        """A token as it should be."""
        return jwt.encode({"alg": "RS256", "kid": str(self.key.kid)}, claims, self.key)

    def keys(self) -> dict[str, Any]:
        """What it tells of its keys."""
        return dict(KeySet(list(self.published)).as_dict(private=False))

    def discovery(self) -> dict[str, Any]:
        """What it tells of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **({} if self.told is None else {"userinfo_endpoint": f"{self.issuer}/userinfo"}),
            # A client that trusts this list could be told to take anything.
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.about,
        }


def unsigned(provider: Provider, claims: dict[str, Any]) -> str:
    """A token that nobody signed."""
    parts = ({"alg": "none", "kid": provider.key.kid}, claims)
    return "".join(f"{_encoded(json.dumps(part).encode())}." for part in parts)


def signed_with_the_public_key(provider: Provider, claims: dict[str, Any]) -> str:
    """A token whose secret is what everybody may read (confusion of HS256 with RS256)."""
    return _by_secret(provider, claims, provider.key.as_pem(private=False))


def signed_with_the_client_secret(provider: Provider, claims: dict[str, Any]) -> str:
    """A token that the client itself could have made."""
    return _by_secret(provider, claims, SECRET.encode())


def _by_secret(provider: Provider, claims: dict[str, Any], secret: bytes) -> str:
    header = {"alg": "HS256", "typ": "JWT", "kid": str(provider.key.kid)}
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"


def signed_by_another(provider: Provider, claims: dict[str, Any]) -> str:
    """A token by a key that has the right name and is not the provider's."""
    kid = str(provider.key.kid)
    return jwt.encode({"alg": "RS256", "kid": kid}, claims, _key(kid))


def changed_afterwards(provider: Provider, claims: dict[str, Any]) -> str:
    """A token whose claims are not those that were signed."""
    head, _, signature = provider.signed(claims).split(".")
    return f"{head}.{_encoded(json.dumps({**claims, 'groups': ['admins']}).encode())}.{signature}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@contextmanager
def providing() -> Iterator[Provider]:
    """One that listens until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            provider.asked.append(address.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            if address.path == "/authorize":
                self._answer(303, {}, location=provider.authorize(query))
            elif address.path == "/keys":
                self._answer(200, provider.keys())
            elif address.path == "/userinfo":
                known = self.headers.get("authorization") == f"Bearer {ACCESS}"
                self._answer(200 if known else 401, provider.told or {})
            else:
                self._answer(200, provider.discovery())

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(sent, self.headers.get("authorization", "")))

        def _answer(self, status: int, body: dict[str, Any], *, location: str = "") -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    provider.published = [provider.key]
    provider.reset()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

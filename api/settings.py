"""What the service can be told from outside: typed, read once, handed down.

Every setting is an environment variable that begins with `CONDUIT_`; `DATABASE_URL` counts too, as
most platforms set it. Only the command line and the tests build a `Settings`.
"""

import ipaddress
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """The settings of every process of the service."""

    model_config = SettingsConfigDict(
        env_prefix="CONDUIT_", extra="forbid", frozen=True, populate_by_name=True
    )

    home: Path = Field(
        default=Path(".conduit"),
        description="Where the embedded database lives.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("CONDUIT_DATABASE_URL", "DATABASE_URL"),
        description="Any PostgreSQL from 14 on with pgvector; the embedded one where unset.",
        repr=False,
    )
    host: str = Field(default="127.0.0.1", description="Address that the service listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Its port; 0 takes a free one.")
    auth: Literal["keys", "none"] | None = Field(
        default=None,
        description="Whether callers need a key. Where unset: none on an address of this machine "
        "alone, keys on any other. none on another address is for services behind something that "
        "checks who may enter.",
    )
    rate_per_second: float = Field(
        default=1000.0, gt=0, description="Requests a second that one key may send for long."
    )
    rate_burst: int = Field(
        default=2000, ge=1, description="Requests that one key may send at once."
    )
    model: Path | None = Field(
        default=None, description="Folder of the model; the one that came along where unset."
    )
    models: str | None = Field(
        default=None,
        min_length=1,
        description="Where models to promote lie: a folder, or a URL such as s3://bucket/models; "
        "the folder of the one that came along where unset.",
    )
    weights: Path | None = Field(
        default=None, description="Folder of the encoder's weights; the usual places where unset."
    )
    cache: Path = Field(
        default=Path("~/.cache/conduit"),
        description="Where the served encoder is kept once it was made from the weights.",
    )
    threads: int | None = Field(
        default=None, ge=1, description="Threads of the encoder in each worker; all cores if unset."
    )
    redact_names: Literal["model", "rules"] | None = Field(
        default=None,
        description="Who finds names and addresses: the model beside the rules, or rules alone; "
        "the model if it is there, where unset.",
    )
    webs: int = Field(
        default=1, ge=1, le=64, description="Web processes, which answer on the same socket."
    )
    workers: int = Field(default=1, ge=0, le=64, description="Worker processes beside the web.")
    worker_niceness: int = Field(
        default=10,
        ge=0,
        le=19,
        description="How far workers stand back where the processor is short: somebody waits for "
        "an answer, and nobody for mining.",
    )
    max_upload_bytes: int = Field(
        default=100 * MEBIBYTE, ge=1, description="Largest body of one request."
    )
    queue_limit: int = Field(
        default=1_000_000,
        ge=1,
        description="Interactions that wait to be mined, from which on no more are taken in.",
    )
    uploads_at_once: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Large uploads (over a megabyte) that each web process reads at once; each "
        "takes memory, but for JSON Lines.",
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto",
        description="Lines of the log: for people, or a JSON object each; auto takes text on a "
        "terminal and JSON elsewhere.",
    )
    heartbeat_seconds: float = Field(
        default=2.0, gt=0, description="How often a worker says that it lives."
    )
    stalled_seconds: float = Field(
        default=8.0, gt=0, description="Silence after which a worker counts as dead."
    )

    training_dir: Path | None = Field(
        default=None,
        description="Where trainings keep what they are at, corrections with customers' words "
        "among it, until they end; `trainings` below the home where unset.",
    )
    corpus: Path | None = Field(
        default=None,
        description="Labelled interactions that a training learns from beside corrections; the "
        "project's own where unset.",
    )

    review_most: int = Field(
        default=200,
        ge=0,
        le=10_000,
        description="Passages that wait in the review queue at a time; none are chosen where 0.",
    )
    review_random: float = Field(
        default=0.2,
        ge=0.05,
        le=1,
        description="Share of them that is drawn blindly, to tell how good the model is.",
    )
    review_days: float = Field(
        default=30.0, gt=0, description="Days after which nobody is asked about a passage any more."
    )

    themes_every_minutes: float = Field(
        default=15.0,
        gt=0,
        description="Time between two re-clusterings of the same findings at the least.",
    )
    themes_fewest: int = Field(
        default=20, ge=1, description="Findings from which on themes are gathered at all."
    )
    themes_growth: float = Field(
        default=0.1, gt=0, description="By what share findings grow before they are gathered anew."
    )
    themes_waiting: int = Field(
        default=200,
        ge=1,
        description="New findings that fit no theme, from which on they are gathered anew.",
    )

    drift_hours: float = Field(
        default=24.0,
        gt=0,
        description="Time between two reports on drift, but for those asked for.",
    )
    drift_sample: int = Field(
        default=1000,
        ge=100,
        le=100_000,
        description="Interactions of a week and channel that are read for them at the most.",
    )

    reword_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$",
        description="An OpenAI-compatible endpoint, without /chat/completions, that may reword "
        "headlines of themes; redacted quotes are sent to it. Off where unset.",
    )
    reword_model: str | None = Field(
        default=None, min_length=1, description="What that endpoint calls its model."
    )
    reword_key: SecretStr | None = Field(default=None, description="The key that it asks for.")

    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="What secrets of this installation are derived from, the same for every "
        "process of it; a file below the home where unset.",
    )

    webhooks_allow_http: bool = Field(
        default=False, description="Whether webhooks may be sent without TLS."
    )
    webhooks_allow_private: str = Field(
        default="",
        description="Private networks that webhooks may be sent to, separated by commas, such as "
        "10.1.0.0/16; none where empty.",
    )
    webhooks_at_once: int = Field(
        default=16, ge=1, le=500, description="Deliveries that one worker is at, at a time."
    )
    streams: int = Field(
        default=100, ge=0, description="Streams of events that the web process keeps open."
    )

    smtp_host: str | None = Field(
        default=None, min_length=1, description="Mail server that takes digests; none where unset."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the way to it is encrypted."
    )
    smtp_user: str | None = Field(default=None, description="Whom it knows us as, if it asks.")
    smtp_password: SecretStr | None = Field(default=None, description="And the password.")
    smtp_from: str | None = Field(
        default=None, pattern=r"^[^@\s]+@[^@\s]+$", description="Address that digests come from."
    )

    login_hours: float = Field(
        default=12.0, gt=0, le=12, description="How long a person stays logged in, 12 at the most."
    )
    audit_days: int | None = Field(
        default=None,
        ge=1,
        le=36500,
        description="Days for which the log of who read and changed what is kept; for good where "
        "unset.",
    )
    public_url: str | None = Field(
        default=None,
        description="Address that people reach the service under, such as "
        "https://conduit.example.com; an identity provider leads them back to it.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Identity provider (OpenID Connect) that people may log in at, as its "
        "discovery document names it; keys alone where unset.",
    )
    oidc_client_id: str | None = Field(
        default=None, min_length=1, description="What it knows this service as."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="And the secret; none where the service is a public client there."
    )
    oidc_scopes: str = Field(
        default="openid profile",
        pattern=r"^(\S+ )*openid( \S+)*$",
        description="What it is asked for; some providers tell groups only where `groups` is too.",
    )
    oidc_claim: str = Field(
        default="groups",
        min_length=1,
        description="Claim of its ID token, or else of its userinfo, that says what a person may "
        "do; dots lead into objects.",
    )
    oidc_roles: str | None = Field(
        default=None,
        description="Which values of that claim may do what: value=scopes or "
        "value=scopes@department, such as `qa=submit,read;writers=read,label@documentation`. The "
        "first that fits counts.",
    )

    @field_validator("webhooks_allow_private")
    @classmethod
    def _networks(cls, text: str) -> str:
        networks(text)
        return text

    @field_validator("public_url", "oidc_issuer")
    @classmethod
    def _address(cls, text: str | None) -> str | None:
        if text is None:
            return None
        parts = urlsplit(text)
        here = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError("this is no address such as https://login.example.com")
        if parts.scheme != "https" and not here:
            raise ValueError("people log in over https alone, but on this machine itself")
        return text

    @field_validator("public_url")
    @classmethod
    def _root(cls, text: str | None) -> str | None:
        if text is not None and urlsplit(text).path not in {"", "/"}:
            raise ValueError("the service lies at the root of its host: leave the path out")
        return text and text.rstrip("/")

    @field_validator("oidc_roles")
    @classmethod
    def _roles(cls, text: str | None) -> str | None:
        from api import roles

        if text is not None:
            roles.read(text)
        return text

    @model_validator(mode="after")
    def _check_oidc(self) -> Self:
        given = {
            "CONDUIT_OIDC_ISSUER": self.oidc_issuer,
            "CONDUIT_OIDC_CLIENT_ID": self.oidc_client_id,
            "CONDUIT_OIDC_ROLES": self.oidc_roles,
        }
        missing = [name for name, value in given.items() if value is None]
        if len(missing) < len(given):
            missing += [] if self.public_url else ["CONDUIT_PUBLIC_URL"]
            if missing:
                raise ValueError(
                    f"people cannot log in at an identity provider without {', '.join(missing)}: "
                    "set it too, or none of CONDUIT_OIDC_…"
                )
        elif self.oidc_client_secret is not None:
            raise ValueError("CONDUIT_OIDC_CLIENT_SECRET is set, and CONDUIT_OIDC_ISSUER is not")
        return self

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.stalled_seconds < 2 * self.heartbeat_seconds:
            raise ValueError(
                f"CONDUIT_STALLED_SECONDS is {self.stalled_seconds:g} and has to be at least twice "
                f"CONDUIT_HEARTBEAT_SECONDS ({self.heartbeat_seconds:g}), or live workers count as "
                "dead"
            )
        if (self.reword_url is None) != (self.reword_model is None):
            raise ValueError(
                "CONDUIT_REWORD_URL and CONDUIT_REWORD_MODEL go together: set both or neither"
            )
        if (self.smtp_host is None) != (self.smtp_from is None):
            raise ValueError(
                "CONDUIT_SMTP_HOST and CONDUIT_SMTP_FROM go together: set both or neither"
            )
        return self

    @property
    def asks_for_keys(self) -> bool:
        """Whether callers need a key."""
        if self.auth is not None:
            return self.auth == "keys"
        return not is_loopback(self.host)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Networks from a list with commas, such as `127.0.0.0/8,10.1.0.0/16`.

    Raises:
        ValueError: one of them is none.
    """
    parts = [part.strip() for part in text.split(",")]
    return tuple(ipaddress.ip_network(part) for part in parts if part)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address of that name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Every error that the service raises on purpose, and its status.

```
ServiceError
├── InvalidRequest          a field, parameter or header breaks its rule
├── NotFound                there is no such thing
├── Erased                  it was here and was erased
├── ThemeMerged             another theme took it in
├── SeveralInteractions     a file of many was handed to the endpoint for one
├── NothingReadable         not one part of an upload could be read
├── UnsupportedMedia        a content type or encoding that is not read here
├── UploadBroken            the client went away before the body ended
├── KeyReused               an idempotency key came back with another request
├── KeyInProgress           a request with the same idempotency key still runs
├── NameTaken               something else has that name
├── StillNeeded             something later rests on it
├── ReviewOver              a passage of the review queue waits for no answer any more
├── ReviewHeld              somebody else was handed a passage of the review queue
├── PromotionRefused        the gate does not let a model take over
├── Held                    a legal hold keeps it from being erased
├── Changed                 somebody changed it since it was read
├── NoVersion               a change does not say which version it is of
├── Unauthorized            the request has no key that is known here
├── LoginRefused            what a person brings from the identity provider does not log them in
├── ProviderAway            the identity provider does not answer as it should
├── TooManyRequests         the caller asks faster than it may
├── Forbidden               the caller may not do or see this
├── ForeignOrigin           a page of another site asked a browser to send this
├── UnknownHost             the request names a host that is not this service
├── SecretKeyMissing        secrets cannot be stored or read without the installation's own
├── WebhookDisabled         nothing is sent to a webhook that is switched off
├── TooManyStreams          as many streams are open as the service keeps
├── ExtraMissing            a package that not every installation has is needed for it
├── Overloaded              more waits to be done than is taken in
└── NotReady                something that the service needs is missing
```

How they are answered stands in `api.problems`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from api.store import errors as store
from nlp import errors as nlp

Place = Literal["body", "query", "path", "header", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One faulty field of a request.

    Attributes:
        place: where the field stands; `part` is one part of an upload of many.
        pointer: a JSON pointer (RFC 6901) to it from there, or the name of the part.
        message: what is wrong with it, and what would be right.
    """

    place: Place
    pointer: str
    message: str


class ServiceError(nlp.ConduitError):
    """The service refuses or cannot do what was asked."""

    code = "service"

    def __init__(
        self,
        message: str,
        *,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.more: Mapping[str, Any] = {}
        super().__init__(message)


class InvalidRequest(ServiceError):
    """A field, parameter or header breaks its rule."""

    code = "invalid_request"


class NotFound(ServiceError):
    """There is no such thing."""

    code = "not_found"


class Erased(ServiceError):
    """It was here and was erased."""

    code = "erased"


class ThemeMerged(ServiceError):
    """Another theme took it in."""

    code = "theme_merged"

    def __init__(self, message: str, *, into: str, url: str) -> None:
        super().__init__(message, headers={"Link": f'<{url}>; rel="successor-version"'})
        self.more = {"merged_into": {"id": into, "url": url}}


class SeveralInteractions(ServiceError):
    """A file of many was handed to the endpoint for one."""

    code = "several_interactions"


class NothingReadable(ServiceError):
    """Not one part of an upload could be read."""

    code = "nothing_readable"


class UnsupportedMedia(ServiceError):
    """A content type or encoding that is not read here."""

    code = "unsupported_media"


class UploadBroken(ServiceError):
    """The client went away before the body ended."""

    code = "upload_broken"


class KeyReused(ServiceError):
    """An idempotency key came back with another request."""

    code = "key_reused"


class KeyInProgress(ServiceError):
    """A request with the same idempotency key still runs."""

    code = "key_in_progress"


class NameTaken(ServiceError):
    """Something else has that name."""

    code = "name_taken"


class StillNeeded(ServiceError):
    """Something later rests on it."""

    code = "still_needed"


class ReviewOver(ServiceError):
    """A passage of the review queue waits for no answer any more."""

    code = "review_over"


class ReviewHeld(ServiceError):
    """Somebody else was handed a passage of the review queue."""

    code = "review_held"


class PromotionRefused(ServiceError):
    """The gate does not let a model take over."""

    code = "promotion_refused"

    def __init__(self, message: str, *, verdict: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.more = {"reasons": verdict["reasons"], "figures": verdict["figures"]}


class Held(ServiceError):
    """A legal hold keeps it from being erased."""

    code = "held"


class Changed(ServiceError):
    """Somebody changed it since it was read."""

    code = "changed"


class NoVersion(ServiceError):
    """A change does not say which version it is of."""

    code = "no_version"


class Unauthorized(ServiceError):
    """The request has no key that is known here."""

    code = "unauthorized"

    def __init__(self, message: str, *, given: bool = False) -> None:
        # RFC 6750, section 3.1: who sent no key is not told of an error.
        said = ', error="invalid_token"' if given else ""
        super().__init__(message, headers={"WWW-Authenticate": f'Bearer realm="conduit"{said}'})


class LoginRefused(ServiceError):
    """What a person brings from the identity provider does not log them in."""

    code = "login_refused"


class ProviderAway(ServiceError):
    """The identity provider does not answer as it should."""

    code = "provider_away"


class TooManyRequests(ServiceError):
    """The caller asks faster than it may."""

    code = "too_many_requests"


class Forbidden(ServiceError):
    """The caller may not do or see this."""

    code = "forbidden"


class ForeignOrigin(ServiceError):
    """A page of another site asked a browser to send this."""

    code = "foreign_origin"


class UnknownHost(ServiceError):
    """The request names a host that is not this service."""

    code = "unknown_host"


class SecretKeyMissing(ServiceError):
    """Secrets cannot be stored or read without the installation's own."""

    code = "secret_key_missing"


class WebhookDisabled(ServiceError):
    """Nothing is sent to a webhook that is switched off."""

    code = "webhook_disabled"


class TooManyStreams(ServiceError):
    """As many streams are open as the service keeps."""

    code = "too_many_streams"


class ExtraMissing(ServiceError):
    """A package that not every installation has is needed for it."""

    code = "extra_missing"


class Overloaded(ServiceError):
    """More waits to be done than is taken in."""

    code = "overloaded"


class NotReady(ServiceError):
    """Something that the service needs is missing."""

    code = "not_ready"


STATUSES: dict[type[nlp.ConduitError], int] = {
    nlp.ConduitError: 500,
    nlp.ReadError: 422,
    nlp.EmptyInput: 422,
    nlp.UnknownFormat: 415,
    nlp.BrokenInput: 422,
    nlp.WrongEncoding: 422,
    nlp.BinaryInput: 415,
    nlp.TooLarge: 413,
    nlp.OptionError: 422,
    nlp.ModelError: 503,
    nlp.NotOnShelf: 404,
    nlp.WeightsMissing: 503,
    nlp.WeightsChanged: 503,
    store.StoreError: 503,
    store.DatabaseUnreachable: 503,
    store.DatabaseBusy: 503,
    store.DatabaseUnfit: 503,
    store.EmbeddedFailed: 503,
    ServiceError: 500,
    InvalidRequest: 422,
    NotFound: 404,
    Erased: 410,
    ThemeMerged: 410,
    SeveralInteractions: 422,
    NothingReadable: 422,
    UnsupportedMedia: 415,
    UploadBroken: 400,
    KeyReused: 422,
    KeyInProgress: 409,
    NameTaken: 409,
    StillNeeded: 409,
    ReviewOver: 409,
    ReviewHeld: 409,
    PromotionRefused: 409,
    Held: 409,
    Changed: 412,
    NoVersion: 428,
    Unauthorized: 401,
    LoginRefused: 403,
    ProviderAway: 503,
    TooManyRequests: 429,
    Forbidden: 403,
    ForeignOrigin: 403,
    UnknownHost: 421,
    SecretKeyMissing: 503,
    WebhookDisabled: 409,
    TooManyStreams: 503,
    ExtraMissing: 501,
    Overloaded: 503,
    NotReady: 503,
}
"""The status of every error: one row a class, which a test holds."""

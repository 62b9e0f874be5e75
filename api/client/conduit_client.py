"""Client of Conduit, in one file: copy it, and install httpx.

    client = Conduit("http://127.0.0.1:8000", key="cdt_...")
    for finding in client.every(client.list_findings, category="documentation_error"):
        print(finding["quote"])

Every POST carries an `Idempotency-Key` of its own, so that what broke off is sent again without
being done twice: connections that break, 429 and 503 are tried again a few times. What the service
refuses is raised as `Problem`, with its code, its request id and the faulty fields.
"""
# Written from the OpenAPI document by api.client.writer: change that instead.
# rule: size, one file that can be copied

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Literal, NotRequired, Self, TypedDict, TypeVar

import httpx

Item = TypeVar("Item")
Query = Mapping[str, Any]

_RETRIED = frozenset({429, 503})
_LONGEST_WAIT = 30.0
_SIGNATURE_AGE = 300.0


class Problem(Exception):
    """The service refused: problem details as in RFC 9457.

    Attributes:
        status: of the answer.
        code: stable, to branch on.
        detail: for a person.
        request_id: to name when you ask the operator.
        errors: the faulty fields, each with `in`, `pointer` and `message`.
        more: everything that the answer says.
    """

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(said.get("code", "unknown"))
        self.detail = str(said.get("detail", ""))
        self.request_id = str(said.get("request_id", ""))
        self.errors: list[dict[str, str]] = list(said.get("errors", ()))
        self.more = dict(said)
        fields = "".join(f"; {one.get('pointer')}: {one.get('message')}" for one in self.errors)
        super().__init__(f"{status} {self.code}: {self.detail}{fields}")


class Page(TypedDict, Generic[Item]):
    """One page of a list; `next` is the cursor of the page after it, or None."""

    data: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """One event of a stream.

    Attributes:
        id: pass it as `last_event_id` to go on from behind it.
        type: such as `item.opened`.
        data: its ids, states and numbers.
    """

    id: str
    type: str
    data: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one operation sends.

    Attributes:
        method: of HTTP.
        path: with ids filled in.
        query: parameters; None leaves one out.
        body: JSON, or bytes as they are.
        media_type: of bytes.
        headers: beside those that every request has.
    """

    method: str
    path: str
    query: Query | None = None
    body: Any = None
    media_type: str | None = None
    headers: Mapping[str, str | None] | None = None


class Core:
    """The connection: who we are, what is tried again, how answers are read."""

    def __init__(
        self,
        base: str,
        *,
        key: str | None = None,
        timeout: float = 30.0,
        tries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            base: address of the service, without /v1.
            key: `cdt_...`; None where the service asks for none.
            timeout: seconds of silence after which a request has failed.
            tries: how often a request is sent at most.
            transport: another way to the service, such as a test's.
        """
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.http = httpx.Client(
            base_url=base, headers=headers, timeout=timeout, transport=transport
        )
        self.tries = tries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()

    def every(self, listing: Callable[..., Page[Item]], *ids: str, **query: Any) -> Iterator[Item]:
        """All items of a list, page after page: `client.every(client.list_findings, limit=200)`."""
        cursor: str | None = None
        while True:
            page = listing(*ids, cursor=cursor, **query)
            yield from page["data"]
            cursor = page["next"]
            if cursor is None:
                return

    def wait(self, job: str, *, seconds: float = 600.0) -> dict[str, Any]:
        """Waits until a job is done or cancelled, and gives it.

        Raises:
            TimeoutError: it still runs.
        """
        deadline = time.monotonic() + seconds
        while True:
            found: dict[str, Any] = self.json(Request(method="GET", path=f"/v1/jobs/{job}"))
            if found["state"] != "running":
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"job {job} still runs after {seconds:g} seconds")
            time.sleep(0.5)

    def json(self, request: Request) -> Any:
        """Sends a request and reads the answer's JSON; None for an empty one."""
        answer = self.send(request)
        return answer.json() if answer.content else None

    def send(self, request: Request) -> httpx.Response:
        """Sends a request, again where that helps.

        Raises:
            Problem: the service refused.
            httpx.HTTPError: it does not answer.
        """
        sent = self._built(request)
        for left in reversed(range(self.tries)):
            try:
                answer = self.http.send(sent)
            except httpx.TransportError:
                if not left or not _repeatable(request):
                    raise
                time.sleep(0.2 * (self.tries - left))
                continue
            if answer.status_code in _RETRIED and left:
                time.sleep(_pause(answer))
                continue
            if answer.is_error:
                raise _problem(answer)
            return answer
        raise AssertionError("tries is less than 1")

    def stream(self, request: Request) -> Iterator[bytes]:
        """Sends a request and gives the answer as it comes.

        Raises:
            Problem: the service refused.
        """
        answer = self.http.send(self._built(request), stream=True)
        try:
            if answer.is_error:
                answer.read()
                raise _problem(answer)
            yield from answer.iter_bytes()
        finally:
            answer.close()

    def events(self, request: Request) -> Iterator[Streamed]:
        """Reads server-sent events until the stream ends (WHATWG HTML, 9.2)."""
        fields: dict[str, str] = {}
        pending = b""
        for chunk in self.stream(request):
            *lines, pending = (pending + chunk).split(b"\n")
            for raw in lines:
                line = raw.decode().rstrip("\r")
                name, _, value = line.partition(":")
                if line and name:
                    fields[name] = value.removeprefix(" ")
                elif not line and "data" in fields:
                    yield Streamed(
                        id=fields.get("id", ""),
                        type=fields.get("event", "message"),
                        data=json.loads(fields["data"]),
                    )
                    fields = {}

    def _built(self, request: Request) -> httpx.Request:
        headers = {name: text for name, text in (request.headers or {}).items() if text is not None}
        if request.method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        content: bytes | None = None
        if isinstance(request.body, bytes):
            content = request.body
            headers["Content-Type"] = request.media_type or "application/octet-stream"
        elif request.body is not None:
            content = json.dumps(request.body).encode()
            headers["Content-Type"] = request.media_type or "application/json"
        return self.http.build_request(
            request.method,
            request.path,
            params=httpx.QueryParams(_asked(request.query or {})),
            content=content,
            headers=headers,
        )


def verified(
    body: bytes, headers: Mapping[str, str], *secrets: str, now: float | None = None
) -> dict[str, Any]:
    """The event of a webhook, if one of your secrets signed it (Standard Webhooks).

    Args:
        body: of the request, byte by byte as it came.
        headers: of the request.
        secrets: `whsec_...`; two while one takes over from the other.
        now: seconds since 1970, of your clock; None reads it.

    Raises:
        ValueError: nobody who knows a secret sent it, or it is over five minutes old.
    """
    given = {name.lower(): text for name, text in headers.items()}
    id, sent = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not sent.isdigit() or abs((now or time.time()) - int(sent)) > _SIGNATURE_AGE:
        raise ValueError("webhook-timestamp is missing, or over five minutes off")
    signatures = given.get("webhook-signature", "").split()
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.digest(key, f"{id}.{sent}.".encode() + body, hashlib.sha256)
        wanted = "v1," + base64.b64encode(digest).decode()
        if any(hmac.compare_digest(wanted, one) for one in signatures):
            event: dict[str, Any] = json.loads(body)
            return event
    raise ValueError("no signature of the webhook is of one of the secrets")


def _repeatable(request: Request) -> bool:
    """Whether sending twice does no more than sending once: PATCH has no key."""
    return request.method != "PATCH"


def _asked(query: Query) -> list[tuple[str, str | int | float | bool | None]]:
    """Parameters as they go into the address; a list is the same name several times."""
    return [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in query.items()
        for one in (value if isinstance(value, list | tuple) else (value,))
        if one is not None
    ]


def _pause(answer: httpx.Response) -> float:
    """Seconds to wait, as the answer asks."""
    asked = answer.headers.get("Retry-After", "1")
    return min(float(asked) if asked.isdigit() else 1.0, _LONGEST_WAIT)


def _problem(answer: httpx.Response) -> Problem:
    try:
        said = answer.json()
    except ValueError:
        said = None
    return Problem(answer.status_code, said if isinstance(said, dict) else {})


class AggregateBasisOut(TypedDict):
    """What is counted over."""

    interactions: int
    since: str | None
    until: str | None
    coverage: "FigureOut | None"
    models: list[str]


class AggregateOut(TypedDict):
    """Counts, and what they are counted over."""

    measure: Literal["findings", "interactions", "sentiment"]
    by: list[str]
    groups: "list[GroupOut]"
    others: "OthersOut | None"
    basis: "AggregateBasisOut"


class AgreementOut(TypedDict):
    """How far people agree on one question."""

    about: str
    passages: int
    people: int
    judgements: int
    percent: float | None
    kappa: float | None
    method: Literal["cohen", "fleiss"]
    low: float | None
    high: float | None


class AgreementsOut(TypedDict):
    """How far people agree, by category and for sentiment."""

    data: "list[AgreementOut]"


class AlertChangeIn(TypedDict):
    """What a person says to an alert; what is left out stays."""

    acknowledged: NotRequired[bool]
    muted: NotRequired[bool]


class AlertOut(TypedDict):
    """One story of one theme: it is extended, closed and reopened rather than told anew."""

    id: str
    scope: str
    theme: "ThemeRefOut"
    kind: Literal["burst", "growing", "emerging"]
    state: Literal["open", "closed"]
    opened: str
    last: str
    closed: str | None
    days: int
    reopened: int
    peak: float
    acknowledged_at: str | None
    muted: bool
    revision: int
    url: str


class AnswerOut(TypedDict):
    """What became of something that a customer reported."""

    finding: str
    category: str
    quote: str
    department: str
    state: Literal["open", "acknowledged", "planned", "fixed", "declined"]
    answer: str
    fixed_in: str
    at: str


class AnswersOut(TypedDict):
    """What became of what one customer reported in one interaction."""

    data: "list[AnswerOut]"


class AreaOut(TypedDict):
    """Some themes of a scope that are about the same thing."""

    id: str | None
    name: str | None
    scope: str
    interactions: int
    themes: "list[AreaThemeOut]"
    basis: "BasisOut"


class AreaRefOut(TypedDict):
    """An area by its name."""

    id: str
    name: str


class AreaThemeOut(TypedDict):
    """A theme in its area."""

    id: str
    name: str
    interactions: int
    pinned: bool
    url: str
    subthemes: "list[SubthemeOut]"


class AuditOut(TypedDict):
    """One request that read words or changed something."""

    id: str
    at: str
    caller: str | None
    name: str
    department: str | None
    request_id: str
    action: str
    ids: list[str]
    count: int
    data: dict[str, Any]


class BasisOut(TypedDict):
    """What figures were counted over."""

    since: str | None
    until: str | None
    interactions: int
    coverage: "FigureOut | None"
    model: str | None


class BreakdownOut(TypedDict):
    """A theme by channel, or by a key of metadata."""

    theme: str
    by: str
    parts: "list[PartOut]"
    others: "PartOut | None"
    keys: list[str]
    basis: "BasisOut"


class BucketOut(TypedDict):
    """One day, ISO week (from Monday) or month of a trend."""

    start: str
    end: str
    partial: bool
    findings: int
    interactions: int
    customers: int | None
    total: int
    share: "FigureOut | None"
    coverage: "FigureOut | None"
    sentiment: "FigureOut | None"


class CategoryChangeIn(TypedDict):
    """What to change of a category; what is left out stays."""

    name: NotRequired[str | None]
    description: NotRequired[str | None]
    enabled: NotRequired[bool | None]
    threshold: NotRequired[float | None]
    precision: NotRequired[float | None]


class CategoryExampleOut(TypedDict):
    """A passage that carries the category, or one that does not; personal data is taken out."""

    id: str
    text: str
    carries: bool


class CategoryIn(TypedDict):
    """A new category: its name, and passages that carry it, in your customers' own words."""

    name: str
    description: NotRequired[str]
    examples: list[str]
    counterexamples: NotRequired[list[str]]
    precision: NotRequired[float]


class CategoryOut(TypedDict):
    """A category of your own: what was learned, how good it is, and from which examples."""

    id: str
    name: str
    description: str
    enabled: bool
    threshold: float
    threshold_set: bool
    revision: int
    model: str
    note: str
    estimate: "EstimateOut"
    warnings: list[str]
    lookalikes: list[str]
    examples: "list[CategoryExampleOut]"
    created_at: str
    fitted_at: str
    url: str


class CategoryPreviewOut(TypedDict):
    """The same, with what it would find in what is stored."""

    id: str
    name: str
    description: str
    enabled: bool
    threshold: float
    threshold_set: bool
    revision: int
    model: str
    note: str
    estimate: "EstimateOut"
    warnings: list[str]
    lookalikes: list[str]
    examples: "list[CategoryExampleOut]"
    created_at: str
    fitted_at: str
    url: str
    preview: "PreviewOut"


class CategoryQualityOut(TypedDict):
    """How good the model is at one category, on all that came in."""

    category: str
    judged: int
    found: int
    there: int
    precision: "FigureOut | None"
    recall: "FigureOut | None"
    f1: "FigureOut | None"
    note: str


class CheckOut(TypedDict):
    """One thing that the service needs."""

    name: Literal["database", "weights", "model", "workers", "queue"]
    state: Literal["ok", "degraded"]
    detail: str


class CheckedOut(TypedDict):
    """One figure that the gate looked at."""

    figure: Literal["F1", "macro F1", "quote F1", "calibration error", "seconds a passage"]
    label: str
    data: Literal["test", "reviewed", "speed"]
    candidate: float | None
    serving: float | None
    interval: list[float] | None
    cases: int
    passed: bool
    note: str


class ComparisonOut(TypedDict):
    """A model beside another one, as the gate sees both."""

    candidate: str
    serving: str
    passed: bool
    figures: "list[CheckedOut]"
    reasons: "list[RefusalOut]"
    judged: int
    measured_at: str | None


class ConstraintIn(TypedDict):
    """Findings that belong together, or apart: every clustering from now on obeys it."""

    scope: NotRequired[str]
    together: NotRequired[list[str] | None]
    apart: NotRequired[list[list[str]] | None]


class DeliveryDetailOut(TypedDict):
    """A delivery with every try, and what is sent."""

    id: str
    event: str
    type: str
    state: Literal["pending", "delivered", "dead"]
    tries: int
    due_at: str | None
    status: int | None
    error: (
        Literal[
            "address_refused",
            "unresolved",
            "connect",
            "tls",
            "timeout",
            "protocol",
            "status",
            "redirect",
            "gone",
            "disabled",
            "secret",
        ]
        | None
    )
    created_at: str
    delivered_at: str | None
    url: str
    attempts: "list[TryOut]"
    body: dict[str, Any]


class DeliveryOut(TypedDict):
    """One event on its way to one webhook."""

    id: str
    event: str
    type: str
    state: Literal["pending", "delivered", "dead"]
    tries: int
    due_at: str | None
    status: int | None
    error: (
        Literal[
            "address_refused",
            "unresolved",
            "connect",
            "tls",
            "timeout",
            "protocol",
            "status",
            "redirect",
            "gone",
            "disabled",
            "secret",
        ]
        | None
    )
    created_at: str
    delivered_at: str | None
    url: str


class DepartmentChangeIn(TypedDict):
    """What becomes different of a department; what is left out stays."""

    name: NotRequired[str | None]
    title: NotRequired[str | None]
    description: NotRequired[str | None]


class DepartmentIn(TypedDict):
    """A new department."""

    name: str
    title: str
    description: NotRequired[str]


class DepartmentOut(TypedDict):
    """Who can act on what customers report."""

    id: str
    name: str
    title: str
    description: str
    items: dict[str, int]
    created_at: str
    revision: int
    url: str


class DepartmentRefOut(TypedDict):
    """A department by its title."""

    id: str
    title: str
    url: str


class DifferenceOut(TypedDict):
    """A passage of which the two do not say the same; its words stand at the interaction."""

    id: str
    interaction: str
    passage: int
    category: Literal["product_defect", "documentation_error", "feature_request"]
    served: float
    candidate: float
    served_found: bool
    candidate_found: bool
    interaction_url: str


class DigestChangeIn(TypedDict):
    """What changes; what is left out stays."""

    recipients: NotRequired[list[str] | None]
    enabled: NotRequired[bool | None]


class DigestIn(TypedDict):
    """A new digest."""

    department: str
    recipients: list[str]
    schedule: NotRequired[Literal["daily", "weekly"]]
    weekday: NotRequired[int | None]
    hour: NotRequired[int]
    time_zone: NotRequired[str]


class DigestMailOut(TypedDict):
    """The digest of one period: sent once. Its text is not kept."""

    id: str
    since: str
    until: str
    state: Literal["pending", "sent", "dead"]
    tries: int
    due_at: str | None
    error: (
        Literal["smtp_unset", "connect", "timeout", "login", "refused", "protocol", "disabled"]
        | None
    )
    refused: int
    sent_at: str | None


class DigestOut(TypedDict):
    """A digest that a department gets by mail."""

    id: str
    department: str
    recipients: list[str]
    schedule: Literal["daily", "weekly"]
    weekday: int | None
    hour: int
    time_zone: str
    enabled: bool
    next_at: str
    revision: int
    created_at: str
    mails_url: str


class DriftAlertChangeIn(TypedDict):
    """What a person says to an alert; what is left out stays."""

    acknowledged: NotRequired[bool]
    settled: NotRequired[Literal[True] | None]


class DriftAlertOut(TypedDict):
    """One story of something that moved: extended by later reports rather than told anew."""

    id: str
    opened: str
    last: str
    closed: str | None
    settled: bool
    model: str
    figures: list[str]
    report: str
    acknowledged_at: str | None
    revision: int
    url: str


class DriftFigureOut(TypedDict):
    """One figure of one channel, beside what was expected of it."""

    figure: str
    channel: str
    against: Literal["history", "training"]
    value: float | None
    interval: list[float] | None
    usual: list[float] | None
    windows: int
    p: float | None
    verdict: Literal["steady", "swing", "moved", "untold"]
    said: str


class DriftPassageOut(TypedDict):
    """A passage that shows where a channel moves to."""

    channel: str
    interaction: str
    passage: int
    url: str


class DriftReportOut(TypedDict):
    """What moved in the latest weeks, and what did not."""

    id: str
    state: Literal["waiting", "done"]
    asked_at: str
    made_at: str | None
    model: str | None
    since: str | None
    until: str | None
    moved: bool | None
    interactions: int | None
    weeks: int | None
    knows_seasons: bool | None
    summary: str | None
    figures: "list[DriftFigureOut]"
    words: "list[DriftWordOut]"
    passages: "list[DriftPassageOut]"
    url: str


class DriftWordOut(TypedDict):
    """A word that customers say far more often than before."""

    word: str
    channel: str
    share: float
    usual: float
    times: float
    p: float


class DryRunOut(TypedDict):
    """What an erasure would take."""

    dry_run: Literal[True]
    interactions: int
    held: int


class EmergingOut(TypedDict):
    """What fits no theme yet: it becomes one when enough of its like gathers."""

    scope: str
    waiting: int
    findings: int
    share: "FigureOut | None"
    basis: "BasisOut"
    data: "list[FindingOut]"
    next: str | None


class ErasureIn(TypedDict):
    """What to erase; exactly one of the four."""

    interactions: NotRequired[list[str] | None]
    customer: NotRequired[str | None]
    before: NotRequired[str | None]
    retention: NotRequired[Literal[True] | None]
    dry_run: NotRequired[bool]


class ErasureOut(TypedDict):
    """An erasure, how far it is, and its receipt."""

    id: str
    kind: Literal["interactions", "customer", "before", "retention"]
    state: Literal["running", "done", "cancelled"]
    what: dict[str, Any]
    by: str
    asked_at: str
    progress: "ProgressOut"
    erased: dict[str, int]
    receipt: "SignedOut | None"
    url: str
    job_url: str


class ErrorOut(TypedDict):
    """Why an interaction could not be mined."""

    code: str
    attempts: int


class EstimateOut(TypedDict):
    """How good a category is: every passage was held out once and judged by the others."""

    precision: "FigureOut"
    recall: "FigureOut"
    f1: "FigureOut"
    average_precision: "FigureOut"
    examples: int
    counterexamples: int
    counterexamples_found: int
    background: int
    background_found: int
    prevalence: float
    threshold: float
    wanted: float
    reached: bool


class EventOut(TypedDict):
    """Something happened: ids, states and numbers, never a customer's words."""

    id: str
    mark: str
    type: str
    timestamp: str
    department: str | None
    data: dict[str, Any]


FaultOut = TypedDict(
    "FaultOut",
    {"in": Literal["body", "query", "path", "header", "part"], "pointer": str, "message": str},
)


class FigureOut(TypedDict):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class FiguresOut(TypedDict):
    """Key figures on the frozen test split."""

    passages: int
    f1: dict[str, float | None]
    macro_f1: float | None
    sentiment: float | None
    quotes: dict[str, float | None]


class FindingOut(TypedDict):
    """A category found in the customer's words, with those words as evidence."""

    id: str
    interaction: str
    category: str
    turn: int
    start: int
    end: int
    quote: str
    confidence: float
    sentiment: Literal["negative", "neutral", "positive"]
    unsure: bool
    theme: str | None
    model: str
    reviewed: Literal["confirmed", "corrected", "added"] | None
    created_at: str


class FormatOut(TypedDict):
    """One format that is read."""

    name: str
    title: str
    suffixes: list[str]
    checked_with: str


class FormatsOut(TypedDict):
    """All formats that are read, in the order in which they are tried."""

    data: "list[FormatOut]"


class FoundInOut(TypedDict):
    """The interaction that a hit stands in."""

    id: str
    channel: Literal["call", "email", "chat"]
    started_at: str | None
    received_at: str
    metadata: dict[str, str]
    url: str


class GateOut(TypedDict):
    """What the gate says of a candidate."""

    candidate: str
    serving: str
    passed: bool
    figures: "list[CheckedOut]"
    reasons: "list[RefusalOut]"


class GroupOut(TypedDict):
    """One combination of values."""

    values: dict[str, str | None]
    theme_name: str | None
    findings: int | None
    interactions: int
    share: "FigureOut | None"
    sentiment: "FigureOut | None"


class GrowthOut(TypedDict):
    """How a theme's share of interactions changed, the last 28 whole days against the 28 before."""

    movement: Literal["growing", "shrinking", "steady", "unknown"]
    note: str
    before: int
    now: int
    ratio: float | None
    low: float | None
    high: float | None
    q: float | None
    since: str
    until: str


class HealthOut(TypedDict):
    """Whether the service is there."""

    status: Literal["ok"]


class HitOut(TypedDict):
    """A passage that was found."""

    interaction: "FoundInOut"
    passage: int
    turn: int
    start: int
    end: int
    quote: str
    highlights: "list[SpanOut]"
    findings: "list[FindingOut]"
    found_by: list[Literal["words", "meaning"]]
    ranks: "RanksOut"
    likeness: float | None
    score: float


class HoldIn(TypedDict):
    """What not to erase: an interaction, a customer, a field of metadata, or a time."""

    interaction: NotRequired[str | None]
    customer: NotRequired[str | None]
    key: NotRequired[str | None]
    value: NotRequired[str | None]
    since: NotRequired[str | None]
    until: NotRequired[str | None]
    reason: str


class HoldOut(TypedDict):
    """A legal hold."""

    id: str
    kind: Literal["interaction", "customer", "metadata", "window"]
    interaction: str | None
    key: str | None
    value: str | None
    since: str | None
    until: str | None
    reason: str
    by: str
    created_at: str
    released_at: str | None
    released_by: str | None
    covers: int
    revision: int
    url: str


class InteractionDetailOut(TypedDict):
    """One interaction with its words, its findings and its sentiment arc."""

    id: str
    external_id: str
    source: str
    format: str
    channel: Literal["call", "email", "chat"]
    subject: str | None
    started_at: str | None
    received_at: str
    state: Literal["accepted", "mined", "failed", "cancelled"]
    mined_at: str | None
    model: str | None
    job: str | None
    roles: "RolesOut"
    metadata: dict[str, str]
    redactions: dict[str, int]
    sentiment: "SentimentArcOut | None"
    error: "ErrorOut | None"
    turns: "list[TurnOut]"
    findings: "list[FindingOut]"


class InteractionIn(TypedDict):
    """One call, mail or chat in Conduit's own form: with `turns`, or with the words in `text`."""

    id: NotRequired[str | None]
    channel: NotRequired[Literal["call", "email", "chat"]]
    started_at: NotRequired[str | None]
    subject: NotRequired[str | None]
    metadata: NotRequired[dict[str, str]]
    turns: "NotRequired[list[TurnIn] | None]"
    text: NotRequired[str | None]


class InteractionOpinionsOut(TypedDict):
    """What people said of one interaction."""

    data: "list[PassageOpinionsOut]"


class InteractionOut(TypedDict):
    """One interaction, without its words. Everything in it was redacted before it was stored."""

    id: str
    external_id: str
    source: str
    format: str
    channel: Literal["call", "email", "chat"]
    subject: str | None
    started_at: str | None
    received_at: str
    state: Literal["accepted", "mined", "failed", "cancelled"]
    mined_at: str | None
    model: str | None
    job: str | None
    roles: "RolesOut"
    metadata: dict[str, str]
    redactions: dict[str, int]
    sentiment: "SentimentOut | None"
    error: "ErrorOut | None"


class ItemChangeIn(TypedDict):
    """What is said about an item; what is left out stays."""

    state: NotRequired[Literal["open", "acknowledged", "planned", "fixed", "declined"] | None]
    reason: NotRequired[str | None]
    answer: NotRequired[str | None]
    note: NotRequired[str]
    due_at: NotRequired[str | None]
    fixed_in: NotRequired[str | None]


class ItemChangeOut(TypedDict):
    """Something that happened to an item."""

    id: str
    kind: Literal[
        "opened", "changed", "reopened", "folded", "took_in", "unfolded", "gave_back", "split_off"
    ]
    before: Literal["open", "acknowledged", "planned", "fixed", "declined"]
    after: Literal["open", "acknowledged", "planned", "fixed", "declined"]
    at: str
    by: str | None
    note: str
    reason: str
    answer: str
    fixed_in: str
    due_at: str | None
    findings: int
    other: str | None


class ItemOut(TypedDict):
    """Something that a department has before it: a theme, or one finding that is in none."""

    id: str
    department: "DepartmentRefOut"
    theme: "ThemeRefOut | None"
    finding: str | None
    category: str
    state: Literal["open", "acknowledged", "planned", "fixed", "declined"]
    state_at: str
    reason: str
    answer: str
    fixed_at: str | None
    fixed_in: str
    due_at: str | None
    overdue: bool
    opened_at: str
    findings: int
    interactions: int
    negative: int
    positive: int
    first_heard: str | None
    last_heard: str | None
    quotes: "list[ItemQuoteOut]"
    folded_into: str | None
    revision: int
    url: str


class ItemQuoteOut(TypedDict):
    """A customer's words that show what an item is about."""

    finding: str
    interaction: str
    turn: int
    quote: str
    confidence: float
    sentiment: Literal["negative", "neutral", "positive"]


class JobOut(TypedDict):
    """An upload of many, a category's backfill, gathering themes anew, an erasure, a training."""

    id: str
    kind: Literal["batch", "backfill", "themes", "route", "erase", "remine", "train", "measure"]
    state: Literal["running", "done", "cancelled"]
    source: str
    created_at: str
    finished_at: str | None
    progress: "ProgressOut"
    url: str
    rejections_url: str


class KeyChangeIn(TypedDict):
    """What to change of a key; what is left out stays."""

    name: NotRequired[str | None]
    scopes: NotRequired[list[Literal["submit", "read", "label", "admin"]] | None]
    expires_at: NotRequired[str | None]


class KeyDepartmentOut(TypedDict):
    """A department by its name."""

    id: str
    name: str


class KeyIn(TypedDict):
    """A new key."""

    name: str
    scopes: list[Literal["submit", "read", "label", "admin"]]
    department: NotRequired[str | None]
    expires_at: NotRequired[str | None]


class KeyOut(TypedDict):
    """A key without its secret, which nobody can read again."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    department: str | None
    created_by: str | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    rotated_until: str | None
    revision: int
    url: str


class LineageOut(TypedDict):
    """Something that happened to a theme."""

    id: str
    kind: Literal[
        "born", "grown", "split", "merged", "faded", "back", "seeded", "renamed", "moved", "undone"
    ]
    at: str
    passages: int | None
    others: "list[ThemeRefOut]"
    edit: str | None
    run: str | None


class LineageStepOut(TypedDict):
    """A model in the line of another one's parents."""

    name: str
    digest: str
    made_at: str | None
    corrections: dict[str, Any] | None
    code: str | None
    problem: str | None


class MeOut(TypedDict):
    """Who asks, and what they may do."""

    id: str | None
    name: str
    scopes: list[str]
    department: "KeyDepartmentOut | None"


class MergeIn(TypedDict):
    """Which theme takes another in."""

    into: str


class ModelDetailOut(TypedDict):
    """A model with its card and where it comes from."""

    name: str
    digest: str
    serving: bool
    parent: str | None
    made_at: str | None
    figures: "FiguresOut | None"
    answered: bool
    interactions: int
    trouble: "TroubleOut | None"
    problem: str | None
    url: str
    card: str
    lineage: "list[LineageStepOut]"
    files: dict[str, int]


class ModelOut(TypedDict):
    """A model on the shelf."""

    name: str
    digest: str
    serving: bool
    parent: str | None
    made_at: str | None
    figures: "FiguresOut | None"
    answered: bool
    interactions: int
    trouble: "TroubleOut | None"
    problem: str | None
    url: str


class ModelQualityOut(TypedDict):
    """How good a model is on what comes in, from the random share of the review queue alone."""

    model: str | None
    since: str | None
    until: str | None
    passages: int
    drawn: int
    answered: int
    skipped: int
    waiting: int
    categories: "list[CategoryQualityOut]"
    sentiment: "SentimentQualityOut"
    note: str


class MoreExamplesIn(TypedDict):
    """Further examples of a category; it is fitted anew with them."""

    examples: NotRequired[list[str]]
    counterexamples: NotRequired[list[str]]


class MoveIn(TypedDict):
    """Findings, and the theme that they go to."""

    findings: list[str]
    to: str | None
    scope: NotRequired[str | None]


class NewKeyOut(TypedDict):
    """A key with its secret, this once."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    department: str | None
    created_by: str | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    rotated_until: str | None
    revision: int
    url: str
    key: str | None


class OpinionIn(TypedDict):
    """What a person says, on a finding or on words of an interaction."""

    kind: Literal["confirm", "reject", "correct", "add", "sentiment", "quote", "speaker"]
    finding: NotRequired[str | None]
    interaction: NotRequired[str | None]
    turn: NotRequired[int | None]
    start: NotRequired[int | None]
    end: NotRequired[int | None]
    category: NotRequired[str | None]
    becomes: NotRequired[str | None]
    quote: "NotRequired[QuoteSpanIn | None]"
    sentiment: NotRequired[Literal["negative", "neutral", "positive"] | None]
    speaker: NotRequired[Literal["agent", "customer", "other"] | None]
    note: NotRequired[str]
    review: NotRequired[str | None]


class OpinionOut(TypedDict):
    """What one person said of one passage, as it was said."""

    id: str
    interaction: str
    turn: int
    start: int
    end: int
    kind: Literal["confirm", "reject", "correct", "add", "sentiment", "quote", "speaker"]
    category: str | None
    becomes: str | None
    quote: "QuoteSpanOut | None"
    sentiment: Literal["negative", "neutral", "positive"] | None
    speaker: Literal["agent", "customer", "other"] | None
    said: "SaidOut | None"
    model: str | None
    finding: str | None
    person: str
    person_id: str | None
    department: str | None
    at: str
    note: str
    review: str | None
    withdrawn_at: str | None
    withdrawn_by: str | None
    url: str


class OthersOut(TypedDict):
    """The groups that are not listed, together."""

    groups: int
    findings: int | None
    interactions: int


class PartOut(TypedDict):
    """One value of what a theme is broken down by."""

    value: str | None
    findings: int
    interactions: int
    total: int
    share: "FigureOut | None"


class PassageOpinionsOut(TypedDict):
    """What people said of one passage, or of who speaks in one turn."""

    turn: int
    start: int
    end: int
    text: str
    people: int
    share: float
    categories: dict[str, bool | None]
    sentiment: Literal["negative", "neutral", "positive"] | None
    speaker: Literal["agent", "customer", "other"] | None
    opinions: "list[OpinionOut]"


class PreviewOut(TypedDict):
    """What a category would find among the newest stored passages."""

    passages: int
    found: int
    surest: "list[SampleOut]"
    unsure: "list[SampleOut]"


class ProgressOut(TypedDict):
    """How far a job is, in parts of the upload; in findings where themes are gathered."""

    total: int
    accepted: int
    mined: int
    failed: int
    cancelled: int
    rejected: int


class PromotionIn(TypedDict):
    """A model that is to serve."""

    model: str
    reason: str
    force: NotRequired[bool]


class PromotionOut(TypedDict):
    """One change of the model that serves."""

    id: str
    kind: Literal["promote", "rollback"]
    model: str
    digest: str
    from_model: str
    reason: str
    forced: bool
    undoes: str | None
    by: str
    at: str
    verdict: "GateOut | None"


class PublicKeyOut(TypedDict):
    """A key that receipts are signed with."""

    public_key: str
    since: int | None
    current: bool


class PublicKeysOut(TypedDict):
    """All keys that receipts were signed with."""

    data: "list[PublicKeyOut]"


class QualityOut(TypedDict):
    """How far to trust the themes of a scope, as of their last clustering."""

    scope: str
    clustered_at: str
    model: str | None
    resolution: float | None
    findings: int
    passages: int
    themes: int
    coverage: "FigureOut | None"
    stability: float | None
    moved: int
    coherence: float | None
    silhouette: float | None


class QuoteOut(TypedDict):
    """A finding that shows what a theme is about."""

    kind: Literal["central", "diverse"]
    finding: str
    interaction: str
    turn: int
    start: int
    end: int
    quote: str
    sentiment: Literal["negative", "neutral", "positive"]
    confidence: float
    interaction_url: str


class QuoteSpanIn(TypedDict):
    """Some words of a turn."""

    start: int
    end: int


class QuoteSpanOut(TypedDict):
    """Some words of a turn."""

    start: int
    end: int


class RanksOut(TypedDict):
    """Where a hit stands in each list, from 1; null where it is not in it."""

    words: int | None
    meaning: int | None


class ReadinessOut(TypedDict):
    """Whether the service can do its work, and what each part of it says."""

    status: Literal["ok", "degraded"]
    checks: "list[CheckOut]"


class ReclusterIn(TypedDict):
    """What to gather anew."""

    scope: NotRequired[str | None]


class RefusalOut(TypedDict):
    """Why a model is refused."""

    code: Literal[
        "f1_fell",
        "quote_f1_fell",
        "calibration_worse",
        "slower",
        "not_comparable",
        "not_measured",
        "not_usable",
    ]
    label: str | None
    message: str
    figure: "CheckedOut | None"


class RejectionOut(TypedDict):
    """A part of an upload that could not be read."""

    index: int
    source: str
    code: str
    message: str


class RelatedOut(TypedDict):
    """A theme that comes in the same interactions, more often than by chance."""

    theme: "ThemeRefOut"
    observed: int
    expected: float
    lift: float
    q: float


class RelatedsOut(TypedDict):
    """The themes that come with one."""

    data: "list[RelatedOut]"
    interactions: int
    total: int
    basis: "BasisOut"


class RemineIn(TypedDict):
    """What is mined again; `{}` takes everything."""

    model: NotRequired[str | None]
    since: NotRequired[str | None]
    until: NotRequired[str | None]
    theme: NotRequired[str | None]


class ReplayIn(TypedDict):
    """What is sent again."""

    since: str


class ReplayedOut(TypedDict):
    """What is sent again."""

    deliveries: int


class RetentionIn(TypedDict):
    """How long interactions are kept."""

    days: dict[str, int]


class RetentionOut(TypedDict):
    """How long interactions are kept, and when that was last kept to."""

    days: dict[str, int]
    ran_at: str | None
    revision: int


class ReviewAnswerIn(TypedDict):
    """What a person says of the whole passage."""

    categories: "ReviewCategoriesIn"
    quotes: "NotRequired[list[ReviewQuoteIn]]"
    sentiment: NotRequired[Literal["negative", "neutral", "positive"] | None]


class ReviewCategoriesIn(TypedDict):
    """Whether the passage carries each of the built-in categories: all of them are judged."""

    product_defect: bool
    documentation_error: bool
    feature_request: bool


class ReviewFoundOut(TypedDict):
    """What the model found in the passage."""

    category: str
    confidence: float


class ReviewNextIn(TypedDict):
    """How many passages you want, and which."""

    count: NotRequired[int]
    minutes: NotRequired[int]
    reason: NotRequired[Literal["unsure", "disagreement", "rare", "new_words", "random"] | None]
    category: NotRequired[str | None]


class ReviewOut(TypedDict):
    """One passage that people are asked to judge."""

    id: str
    state: Literal["open", "answered", "skipped", "expired"]
    reason: Literal["unsure", "disagreement", "rare", "new_words", "random"]
    category: str | None
    chance: float | None
    interaction: str
    turn: int
    start: int
    end: int
    model: str
    drawn_at: str
    leased_until: str | None
    ended_at: str | None
    ended_by: str | None
    url: str


class ReviewQuoteIn(TypedDict):
    """The words that show a category."""

    category: Literal["product_defect", "documentation_error", "feature_request"]
    start: int
    end: int


class ReviewTaskOut(TypedDict):
    """One passage with what it takes to judge it."""

    id: str
    state: Literal["open", "answered", "skipped", "expired"]
    reason: Literal["unsure", "disagreement", "rare", "new_words", "random"]
    category: str | None
    chance: float | None
    interaction: str
    turn: int
    start: int
    end: int
    model: str
    drawn_at: str
    leased_until: str | None
    ended_at: str | None
    ended_by: str | None
    url: str
    text: str
    channel: Literal["call", "email", "chat"]
    before: "list[ReviewTurnOut]"
    turn_text: str
    found: "list[ReviewFoundOut] | None"
    interaction_url: str


class ReviewTasksOut(TypedDict):
    """The passages that you were handed."""

    data: "list[ReviewTaskOut]"
    waiting: int


class ReviewTurnOut(TypedDict):
    """What was said around the passage."""

    index: int
    speaker: Literal["agent", "customer", "other"]
    text: str


class RolesOut(TypedDict):
    """How it was decided who the agent is, and how sure that is."""

    source: Literal["file", "options", "inferred", "unknown"]
    confidence: float
    note: str


class RollbackIn(TypedDict):
    """Why the last promotion is taken back."""

    reason: str


class RotateIn(TypedDict):
    """How a key changes its secret."""

    overlap_minutes: NotRequired[int]


class RuleChangeIn(TypedDict):
    """What becomes different of a rule; what is left out stays."""

    title: NotRequired[str | None]
    rule: NotRequired[str | None]
    enabled: NotRequired[bool | None]
    delivers: NotRequired[Literal["themes", "findings"] | None]
    fewest: NotRequired[int | None]
    due_days: NotRequired[int | None]


class RuleIn(TypedDict):
    """A new rule."""

    department: str
    title: str
    rule: str
    enabled: NotRequired[bool]
    delivers: NotRequired[Literal["themes", "findings"]]
    fewest: NotRequired[int]
    due_days: NotRequired[int | None]


class RuleOut(TypedDict):
    """Which findings reach a department, and what becomes of them there."""

    id: str
    department: str
    title: str
    rule: str
    enabled: bool
    delivers: Literal["themes", "findings"]
    fewest: int
    due_days: int | None
    problem: str | None
    created_at: str
    changed_at: str
    revision: int
    url: str


class SaidOut(TypedDict):
    """What the model had said there; what does not concern the kind of opinion is null."""

    category: str | None
    quote: "QuoteSpanOut | None"
    confidence: float | None
    sentiment: Literal["negative", "neutral", "positive"] | None
    unsure: bool | None
    speaker: Literal["agent", "customer", "other"] | None


class SampleOut(TypedDict):
    """A stored passage and how sure the category is of it."""

    interaction: str
    turn: int
    start: int
    end: int
    text: str
    confidence: float


class SearchPage(TypedDict):
    """One page of hits, and what was asked."""

    by: list[Literal["words", "meaning"]]
    data: "list[HitOut]"
    next: str | None


class SentimentArcOut(TypedDict):
    """How the customer feels, over the whole interaction and turn by turn."""

    overall: Literal["negative", "neutral", "positive"]
    score: float
    turns: "list[TurnSentimentOut]"


class SentimentOut(TypedDict):
    """How the customer feels, over the whole interaction."""

    overall: Literal["negative", "neutral", "positive"]
    score: float


class SentimentQualityOut(TypedDict):
    """How often the sentiment is right."""

    judged: int
    accuracy: "FigureOut | None"


class ShadowCategoryOut(TypedDict):
    """What both said of one category, over all passages that both have read."""

    category: Literal["product_defect", "documentation_error", "feature_request"]
    both: int
    served_alone: int
    candidate_alone: int
    neither: int
    differ: "FigureOut | None"
    served_found: "FigureOut | None"
    candidate_found: "FigureOut | None"
    mean_gap: float | None
    correlation: float | None


class ShadowIn(TypedDict):
    """A candidate that is to read beside the model that serves."""

    model: str
    share: NotRequired[float]


class ShadowOut(TypedDict):
    """A candidate beside the model that serves: how often they differ, and how fast each is."""

    id: str
    model: str
    served: str
    share: float
    state: Literal["running", "ended"]
    started_at: str
    ended_at: str | None
    ended_because: Literal["asked", "other_model", "failing"] | None
    error_code: str | None
    by: str
    interactions: int
    passages: int
    same_sentiment: "FigureOut | None"
    served_ms: float | None
    candidate_ms: float | None
    speed_ratio: float | None
    categories: "list[ShadowCategoryOut]"
    url: str
    differences_url: str


class SignedOut(TypedDict):
    """A receipt and what it takes to check it, without the service: `conduit receipt verify`."""

    receipt: dict[str, Any]
    sha256: str
    signature: str
    public_key: str


class SimilarOut(TypedDict):
    """A theme that is about nearly the same."""

    theme: "ThemeRefOut"
    likeness: float


class SimilarsOut(TypedDict):
    """The themes most like one."""

    data: "list[SimilarOut]"


class SpanOut(TypedDict):
    """A stretch of a turn's text."""

    start: int
    end: int


class SplitIn(TypedDict):
    """What becomes a theme of its own."""

    findings: list[str]
    name: str


class SubmissionOut(TypedDict):
    """What becomes of a submitted interaction."""

    id: str
    state: Literal["accepted", "mined", "failed", "cancelled"]
    url: str


class SubthemeOut(TypedDict):
    """A part of a theme."""

    id: str
    name: str
    findings: int
    interactions: int


class SuccessorOut(TypedDict):
    """What a theme lives on in."""

    id: str
    url: str


class ThemeChangeIn(TypedDict):
    """What to change of a theme; what is left out stays."""

    name: NotRequired[str | None]
    description: NotRequired[str]
    pinned: NotRequired[bool]
    hidden: NotRequired[bool]


class ThemeDetailOut(TypedDict):
    """A theme with its parts and quotes."""

    id: str
    scope: str
    name: str
    named_by: Literal["machine", "person"]
    machine_name: str
    description: str
    terms: list[str]
    product: str | None
    area: "AreaRefOut | None"
    state: Literal["active", "faded", "merged"]
    merged_into: "ThemeRefOut | None"
    pinned: bool
    hidden: bool
    made_by: Literal["machine", "person"]
    findings: int
    interactions: int
    share: "FigureOut | None"
    sentiment: "FigureOut | None"
    growth: "GrowthOut | None"
    first_seen: str | None
    last_seen: str | None
    born_at: str
    revision: int
    basis: "BasisOut"
    url: str
    subthemes: "list[SubthemeOut]"
    quotes: "list[QuoteOut]"


class ThemeEditOut(TypedDict):
    """What a person decided. It holds in every later clustering, until it is undone."""

    id: str
    kind: Literal[
        "rename", "describe", "pin", "hide", "merge", "split", "move", "seed", "together", "apart"
    ]
    scope: str
    theme: "ThemeRefOut | None"
    other: "ThemeRefOut | None"
    before: dict[str, Any]
    after: dict[str, Any]
    passages: int
    made_at: str
    undone_at: str | None
    url: str


class ThemeFindingOut(TypedDict):
    """A finding, and how it came into the theme."""

    id: str
    interaction: str
    category: str
    turn: int
    start: int
    end: int
    quote: str
    confidence: float
    sentiment: Literal["negative", "neutral", "positive"]
    unsure: bool
    theme: str | None
    model: str
    reviewed: Literal["confirmed", "corrected", "added"] | None
    created_at: str
    likeness: float
    placed_by: Literal["online", "clustering", "person"]
    second: bool
    subtheme: str | None


class ThemeIn(TypedDict):
    """A theme by name, with findings that belong in it."""

    scope: NotRequired[str]
    name: str
    findings: list[str]


class ThemeOut(TypedDict):
    """A theme. Its id never changes meaning; counts are those of the window in `basis`."""

    id: str
    scope: str
    name: str
    named_by: Literal["machine", "person"]
    machine_name: str
    description: str
    terms: list[str]
    product: str | None
    area: "AreaRefOut | None"
    state: Literal["active", "faded", "merged"]
    merged_into: "ThemeRefOut | None"
    pinned: bool
    hidden: bool
    made_by: Literal["machine", "person"]
    findings: int
    interactions: int
    share: "FigureOut | None"
    sentiment: "FigureOut | None"
    growth: "GrowthOut | None"
    first_seen: str | None
    last_seen: str | None
    born_at: str
    revision: int
    basis: "BasisOut"
    url: str


class ThemeRefOut(TypedDict):
    """A theme by its name."""

    id: str
    name: str
    url: str


class TrainingIn(TypedDict):
    """A training to start; `{}` takes all corrections and the model that serves."""

    name: NotRequired[str | None]
    parent: NotRequired[str | None]
    since: NotRequired[str | None]
    until: NotRequired[str | None]
    seed: NotRequired[int]


class TrainingLineOut(TypedDict):
    """One line of what a training told: stages and figures, never a customer's words."""

    number: int
    at: str
    stage: str
    line: str


class TrainingOut(TypedDict):
    """One training: what it learns from, how far it is, and the model that came of it."""

    id: str
    name: str
    parent: str | None
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    reason: Literal["asked", "schedule"]
    seed: int
    since: str | None
    until: str | None
    interactions: int
    judgements: int
    stage: str | None
    done: int
    total: int
    starts: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    digest: str | None
    error_code: str | None
    error: str | None
    by: str
    url: str
    log_url: str
    job_url: str


class TrainingScheduleIn(TypedDict):
    """When a training starts without anybody asking; what comes first counts."""

    enabled: bool
    every_days: NotRequired[int | None]
    after_judgements: NotRequired[int | None]


class TrainingScheduleOut(TypedDict):
    """When a training starts without anybody asking."""

    enabled: bool
    every_days: int | None
    after_judgements: int | None
    last_at: str
    judgements: int
    revision: int


class TrendOut(TypedDict):
    """The course of a theme: zeros included, in order."""

    theme: str
    by: Literal["day", "week", "month"]
    buckets: "list[BucketOut]"
    customers: int | None
    basis: "BasisOut"


class TriedOut(TypedDict):
    """What a rule would have delivered."""

    since: str | None
    until: str | None
    interactions: int
    findings: int
    in_interactions: int
    delivered: int | None
    waiting: int
    themes: "list[TriedThemeOut]"
    examples: "list[FindingOut]"


class TriedThemeOut(TypedDict):
    """A theme that a rule would deliver."""

    theme: "ThemeRefOut"
    findings: int


class TroubleOut(TypedDict):
    """A promoted model that a process could not load."""

    code: str
    serves: str
    at: str


class TryIn(TypedDict):
    """A rule to be tried on what is stored."""

    rule: str
    department: NotRequired[str | None]
    since: NotRequired[str | None]
    until: NotRequired[str | None]
    examples: NotRequired[int]


class TryOut(TypedDict):
    """One try of a delivery. Nothing of the answer but its status is kept."""

    number: int
    at: str
    milliseconds: int
    status: int | None
    error: (
        Literal[
            "address_refused",
            "unresolved",
            "connect",
            "tls",
            "timeout",
            "protocol",
            "status",
            "redirect",
            "gone",
            "disabled",
            "secret",
        ]
        | None
    )


class TurnIn(TypedDict):
    """What one speaker said before another did, or one paragraph of a mail."""

    speaker: Literal["agent", "customer", "other"]
    text: str
    start: NotRequired[float | None]
    end: NotRequired[float | None]


class TurnOut(TypedDict):
    """What one speaker said before another did, or one paragraph of a mail."""

    index: int
    speaker: Literal["agent", "customer", "other"]
    text: str
    start: float | None
    end: float | None


class TurnSentimentOut(TypedDict):
    """One point of the sentiment arc."""

    index: int
    label: Literal["negative", "neutral", "positive"]
    score: float


class VerdictOut(TypedDict):
    """What came of looking an erasure over again."""

    verified: bool
    faults: list[str]
    left: dict[str, int]


class WebhookChangeIn(TypedDict):
    """What changes; what is left out stays."""

    url: NotRequired[str | None]
    types: NotRequired[list[str] | None]
    description: NotRequired[str | None]
    enabled: NotRequired[bool | None]


class WebhookIn(TypedDict):
    """A new webhook."""

    url: str
    department: NotRequired[str | None]
    types: NotRequired[list[str]]
    description: NotRequired[str]


class WebhookOut(TypedDict):
    """Where events are sent."""

    id: str
    url: str
    department: str | None
    types: list[str]
    description: str
    enabled: bool
    disabled_reason: Literal["person", "gone", "failing"] | None
    failing_since: str | None
    rotating_until: str | None
    revision: int
    created_at: str
    deliveries_url: str


class WebhookRotateIn(TypedDict):
    """How a secret is replaced."""

    overlap_hours: NotRequired[int]


class WebhookSecretOut(TypedDict):
    """The same, with its secret, which is shown this once."""

    id: str
    url: str
    department: str | None
    types: list[str]
    description: str
    enabled: bool
    disabled_reason: Literal["person", "gone", "failing"] | None
    failing_since: str | None
    rotating_until: str | None
    revision: int
    created_at: str
    deliveries_url: str
    secret: str | None


class Conduit(Core):
    """Every operation of the service, version 1.0 of its contract."""

    def read_livez(self) -> HealthOut:
        """Whether the process lives."""
        request = Request(method="GET", path="/livez")
        answer: HealthOut = self.json(request)
        return answer

    def read_readyz(self) -> ReadinessOut:
        """Whether the service can do its work."""
        request = Request(method="GET", path="/readyz")
        answer: ReadinessOut = self.json(request)
        return answer

    def read_aggregates(
        self,
        *,
        measure: Literal["findings", "interactions", "sentiment"] | None = None,
        by: str | None = None,
        limit: int | None = None,
        category: str | None = None,
        theme: str | None = None,
        sentiment: Literal["negative", "neutral", "positive"] | None = None,
        unsure: bool | None = None,
        min_confidence: float | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        product: str | None = None,
        metadata: list[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> AggregateOut:
        """Count findings or interactions by one or more things."""
        request = Request(
            method="GET",
            path="/v1/aggregates",
            query={
                "measure": measure,
                "by": by,
                "limit": limit,
                "category": category,
                "theme": theme,
                "sentiment": sentiment,
                "unsure": unsure,
                "min_confidence": min_confidence,
                "channel": channel,
                "product": product,
                "metadata": metadata,
                "since": since,
                "until": until,
            },
        )
        answer: AggregateOut = self.json(request)
        return answer

    def read_agreement(
        self, *, since: str | None = None, until: str | None = None, model: str | None = None
    ) -> AgreementsOut:
        """Read how far people agree."""
        request = Request(
            method="GET",
            path="/v1/agreement",
            query={"since": since, "until": until, "model": model},
        )
        answer: AgreementsOut = self.json(request)
        return answer

    def list_alerts(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        theme: str | None = None,
        kind: Literal["burst", "growing", "emerging"] | None = None,
        state: Literal["open", "closed"] | None = None,
        acknowledged: bool | None = None,
        muted: bool | None = None,
    ) -> Page[AlertOut]:
        """List alerts, the newest first."""
        request = Request(
            method="GET",
            path="/v1/alerts",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "scope": scope,
                "theme": theme,
                "kind": kind,
                "state": state,
                "acknowledged": acknowledged,
                "muted": muted,
            },
        )
        answer: Page[AlertOut] = self.json(request)
        return answer

    def read_alert(self, id: str) -> AlertOut:
        """Read an alert."""
        request = Request(method="GET", path=f"/v1/alerts/{id}")
        answer: AlertOut = self.json(request)
        return answer

    def change_alert(
        self, id: str, body: AlertChangeIn, *, if_match: str | None = None
    ) -> AlertOut:
        """Acknowledge or mute an alert."""
        request = Request(
            method="PATCH", path=f"/v1/alerts/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: AlertOut = self.json(request)
        return answer

    def list_areas(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
    ) -> Page[AreaOut]:
        """Read the hierarchy: areas, their themes, and the parts of these."""
        request = Request(
            method="GET",
            path="/v1/areas",
            query={"fields": fields, "limit": limit, "cursor": cursor, "scope": scope},
        )
        answer: Page[AreaOut] = self.json(request)
        return answer

    def list_audit(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        caller: str | None = None,
        action: str | None = None,
        about: str | None = None,
        request_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Page[AuditOut]:
        """List who read and changed what, the newest first."""
        request = Request(
            method="GET",
            path="/v1/audit",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "caller": caller,
                "action": action,
                "about": about,
                "request_id": request_id,
                "since": since,
                "until": until,
            },
        )
        answer: Page[AuditOut] = self.json(request)
        return answer

    def create_batch(
        self,
        body: bytes,
        *,
        filename: str | None = None,
        format: str | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        encoding: str | None = None,
        agent: list[str] | None = None,
        customer: list[str] | None = None,
        media_type: str | None = None,
        more: Query | None = None,
    ) -> JobOut:
        """Submit many interactions at once."""
        request = Request(
            method="POST",
            path="/v1/batches",
            query={
                "filename": filename,
                "format": format,
                "channel": channel,
                "encoding": encoding,
                "agent": agent,
                "customer": customer,
                **(more or {}),
            },
            body=body,
            media_type=media_type,
        )
        answer: JobOut = self.json(request)
        return answer

    def create_category(self, body: CategoryIn) -> CategoryPreviewOut:
        """Add a category from a few examples."""
        request = Request(method="POST", path="/v1/categories", body=body)
        answer: CategoryPreviewOut = self.json(request)
        return answer

    def list_categories(
        self, *, fields: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[CategoryOut]:
        """List your own categories, the newest first."""
        request = Request(
            method="GET",
            path="/v1/categories",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[CategoryOut] = self.json(request)
        return answer

    def read_category(self, id: str) -> CategoryOut:
        """Read a category: its examples, estimate and warnings."""
        request = Request(method="GET", path=f"/v1/categories/{id}")
        answer: CategoryOut = self.json(request)
        return answer

    def change_category(
        self, id: str, body: CategoryChangeIn, *, if_match: str | None = None
    ) -> CategoryOut:
        """Change a category's name, description, threshold or state."""
        request = Request(
            method="PATCH", path=f"/v1/categories/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: CategoryOut = self.json(request)
        return answer

    def delete_category(self, id: str, *, if_match: str | None = None) -> None:
        """Delete a category with its examples and findings."""
        request = Request(
            method="DELETE", path=f"/v1/categories/{id}", headers={"If-Match": if_match}
        )
        self.send(request)

    def backfill_category(self, id: str) -> JobOut:
        """Read the stored interactions again for a category."""
        request = Request(method="POST", path=f"/v1/categories/{id}/backfill")
        answer: JobOut = self.json(request)
        return answer

    def create_category_example(self, id: str, body: MoreExamplesIn) -> CategoryPreviewOut:
        """Add examples and counterexamples, and fit the category anew."""
        request = Request(method="POST", path=f"/v1/categories/{id}/examples", body=body)
        answer: CategoryPreviewOut = self.json(request)
        return answer

    def delete_category_example(self, id: str, example: str) -> CategoryPreviewOut:
        """Take an example away, and fit the category anew."""
        request = Request(method="DELETE", path=f"/v1/categories/{id}/examples/{example}")
        answer: CategoryPreviewOut = self.json(request)
        return answer

    def read_category_preview(self, id: str, *, limit: int | None = None) -> PreviewOut:
        """See what a category would find in what is stored."""
        request = Request(method="GET", path=f"/v1/categories/{id}/preview", query={"limit": limit})
        answer: PreviewOut = self.json(request)
        return answer

    def create_department(self, body: DepartmentIn) -> DepartmentOut:
        """Add a department."""
        request = Request(method="POST", path="/v1/departments", body=body)
        answer: DepartmentOut = self.json(request)
        return answer

    def list_departments(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
    ) -> Page[DepartmentOut]:
        """List departments, the newest first."""
        request = Request(
            method="GET",
            path="/v1/departments",
            query={"fields": fields, "limit": limit, "cursor": cursor, "name": name},
        )
        answer: Page[DepartmentOut] = self.json(request)
        return answer

    def read_department(self, id: str) -> DepartmentOut:
        """Read a department."""
        request = Request(method="GET", path=f"/v1/departments/{id}")
        answer: DepartmentOut = self.json(request)
        return answer

    def change_department(
        self, id: str, body: DepartmentChangeIn, *, if_match: str | None = None
    ) -> DepartmentOut:
        """Change a department."""
        request = Request(
            method="PATCH", path=f"/v1/departments/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: DepartmentOut = self.json(request)
        return answer

    def delete_department(self, id: str, *, if_match: str | None = None) -> None:
        """Delete a department with its rules and its inbox."""
        request = Request(
            method="DELETE", path=f"/v1/departments/{id}", headers={"If-Match": if_match}
        )
        self.send(request)

    def read_department_digest(
        self,
        id: str,
        *,
        format: Literal["markdown", "html"] | None = None,
        since: str | None = None,
    ) -> Iterator[bytes]:
        """Read a digest of a department's inbox now."""
        request = Request(
            method="GET",
            path=f"/v1/departments/{id}/digest",
            query={"format": format, "since": since},
        )
        return self.stream(request)

    def create_digest(self, body: DigestIn) -> DigestOut:
        """Send a department a digest by mail."""
        request = Request(method="POST", path="/v1/digests", body=body)
        answer: DigestOut = self.json(request)
        return answer

    def list_digests(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        department: str | None = None,
        enabled: bool | None = None,
    ) -> Page[DigestOut]:
        """List digests, the newest first."""
        request = Request(
            method="GET",
            path="/v1/digests",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "department": department,
                "enabled": enabled,
            },
        )
        answer: Page[DigestOut] = self.json(request)
        return answer

    def read_digest(self, id: str) -> DigestOut:
        """Read a digest's plan."""
        request = Request(method="GET", path=f"/v1/digests/{id}")
        answer: DigestOut = self.json(request)
        return answer

    def change_digest(
        self, id: str, body: DigestChangeIn, *, if_match: str | None = None
    ) -> DigestOut:
        """Change who gets a digest, or switch it on or off."""
        request = Request(
            method="PATCH", path=f"/v1/digests/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: DigestOut = self.json(request)
        return answer

    def delete_digest(self, id: str, *, if_match: str | None = None) -> None:
        """Delete a digest's plan."""
        request = Request(method="DELETE", path=f"/v1/digests/{id}", headers={"If-Match": if_match})
        self.send(request)

    def list_digest_mails(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[DigestMailOut]:
        """List a digest's mails, the newest first."""
        request = Request(
            method="GET",
            path=f"/v1/digests/{id}/mails",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[DigestMailOut] = self.json(request)
        return answer

    def read_drift(self) -> DriftReportOut:
        """Read the newest report on drift."""
        request = Request(method="GET", path="/v1/drift")
        answer: DriftReportOut = self.json(request)
        return answer

    def list_drift_alerts(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        open: bool | None = None,
    ) -> Page[DriftAlertOut]:
        """List alerts of drift, the newest first."""
        request = Request(
            method="GET",
            path="/v1/drift/alerts",
            query={"fields": fields, "limit": limit, "cursor": cursor, "open": open},
        )
        answer: Page[DriftAlertOut] = self.json(request)
        return answer

    def read_drift_alert(self, id: str) -> DriftAlertOut:
        """Read an alert of drift."""
        request = Request(method="GET", path=f"/v1/drift/alerts/{id}")
        answer: DriftAlertOut = self.json(request)
        return answer

    def change_drift_alert(
        self, id: str, body: DriftAlertChangeIn, *, if_match: str | None = None
    ) -> DriftAlertOut:
        """Acknowledge or settle an alert of drift."""
        request = Request(
            method="PATCH", path=f"/v1/drift/alerts/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: DriftAlertOut = self.json(request)
        return answer

    def list_drift_reports(
        self, *, fields: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[DriftReportOut]:
        """List reports on drift, the newest first."""
        request = Request(
            method="GET",
            path="/v1/drift/reports",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[DriftReportOut] = self.json(request)
        return answer

    def create_drift_report(self) -> DriftReportOut:
        """Ask for a report on drift now."""
        request = Request(method="POST", path="/v1/drift/reports")
        answer: DriftReportOut = self.json(request)
        return answer

    def read_drift_report(self, id: str) -> DriftReportOut:
        """Read a report on drift."""
        request = Request(method="GET", path=f"/v1/drift/reports/{id}")
        answer: DriftReportOut = self.json(request)
        return answer

    def create_erasure(self, body: ErasureIn) -> DryRunOut:
        """Erase interactions."""
        request = Request(method="POST", path="/v1/erasures", body=body)
        answer: DryRunOut = self.json(request)
        return answer

    def list_erasures(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        kind: Literal["interactions", "customer", "before", "retention"] | None = None,
    ) -> Page[ErasureOut]:
        """List erasures, the newest first."""
        request = Request(
            method="GET",
            path="/v1/erasures",
            query={"fields": fields, "limit": limit, "cursor": cursor, "kind": kind},
        )
        answer: Page[ErasureOut] = self.json(request)
        return answer

    def read_erasures_key(self) -> PublicKeysOut:
        """Read the keys that receipts are signed with."""
        request = Request(method="GET", path="/v1/erasures/key")
        answer: PublicKeysOut = self.json(request)
        return answer

    def read_erasure(self, id: str) -> ErasureOut:
        """Read an erasure and its receipt."""
        request = Request(method="GET", path=f"/v1/erasures/{id}")
        answer: ErasureOut = self.json(request)
        return answer

    def verify_erasure(self, id: str) -> VerdictOut:
        """Look an erasure over again."""
        request = Request(method="POST", path=f"/v1/erasures/{id}/verify")
        answer: VerdictOut = self.json(request)
        return answer

    def list_events(
        self,
        *,
        after: str | None = None,
        types: str | None = None,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[EventOut]:
        """List events, the oldest first."""
        request = Request(
            method="GET",
            path="/v1/events",
            query={
                "after": after,
                "types": types,
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer: Page[EventOut] = self.json(request)
        return answer

    def read_events_stream(
        self,
        *,
        after: str | None = None,
        types: str | None = None,
        last_event_id: str | None = None,
    ) -> Iterator[Streamed]:
        """Follow events as they happen."""
        request = Request(
            method="GET",
            path="/v1/events/stream",
            query={"after": after, "types": types},
            headers={"last-event-id": last_event_id},
        )
        return self.events(request)

    def read_exports_corrections(
        self, *, since: str | None = None, until: str | None = None, model: str | None = None
    ) -> Iterator[bytes]:
        """Export what people agree on, to learn from."""
        request = Request(
            method="GET",
            path="/v1/exports/corrections",
            query={"since": since, "until": until, "model": model},
        )
        return self.stream(request)

    def read_export(
        self,
        noun: str,
        *,
        format: Literal["jsonl", "csv", "parquet"] | None = None,
        since: str | None = None,
    ) -> Iterator[bytes]:
        """Export interactions, findings or themes, whole or what changed."""
        request = Request(
            method="GET", path=f"/v1/exports/{noun}", query={"format": format, "since": since}
        )
        return self.stream(request)

    def list_findings(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        category: str | None = None,
        sentiment: Literal["negative", "neutral", "positive"] | None = None,
        min_confidence: float | None = None,
        unsure: bool | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        interaction: str | None = None,
        theme: str | None = None,
        source: str | None = None,
        model: str | None = None,
        since: str | None = None,
        until: str | None = None,
        product: str | None = None,
        metadata: list[str] | None = None,
        words: str | None = None,
        sort: Literal["newest", "confidence"] | None = None,
    ) -> Page[FindingOut]:
        """List findings, those of the newest interaction first."""
        request = Request(
            method="GET",
            path="/v1/findings",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "category": category,
                "sentiment": sentiment,
                "min_confidence": min_confidence,
                "unsure": unsure,
                "channel": channel,
                "interaction": interaction,
                "theme": theme,
                "source": source,
                "model": model,
                "since": since,
                "until": until,
                "product": product,
                "metadata": metadata,
                "words": words,
                "sort": sort,
            },
        )
        answer: Page[FindingOut] = self.json(request)
        return answer

    def read_formats(self) -> FormatsOut:
        """List the formats that are read."""
        request = Request(method="GET", path="/v1/formats")
        answer: FormatsOut = self.json(request)
        return answer

    def create_hold(self, body: HoldIn) -> HoldOut:
        """Keep interactions from being erased."""
        request = Request(method="POST", path="/v1/holds", body=body)
        answer: HoldOut = self.json(request)
        return answer

    def list_holds(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        kind: Literal["interaction", "customer", "metadata", "window"] | None = None,
        active: bool | None = None,
    ) -> Page[HoldOut]:
        """List legal holds, the newest first."""
        request = Request(
            method="GET",
            path="/v1/holds",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "kind": kind,
                "active": active,
            },
        )
        answer: Page[HoldOut] = self.json(request)
        return answer

    def read_hold(self, id: str) -> HoldOut:
        """Read a legal hold."""
        request = Request(method="GET", path=f"/v1/holds/{id}")
        answer: HoldOut = self.json(request)
        return answer

    def release_hold(self, id: str) -> HoldOut:
        """Release a legal hold."""
        request = Request(method="POST", path=f"/v1/holds/{id}/release")
        answer: HoldOut = self.json(request)
        return answer

    def list_inbox(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        department: str | None = None,
        state: list[Literal["open", "acknowledged", "planned", "fixed", "declined"]] | None = None,
        category: str | None = None,
        theme: str | None = None,
        due_before: str | None = None,
        overdue: bool | None = None,
        sort: Literal["size", "newest", "heard", "due"] | None = None,
    ) -> Page[ItemOut]:
        """List the items of inboxes."""
        request = Request(
            method="GET",
            path="/v1/inbox",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "department": department,
                "state": state,
                "category": category,
                "theme": theme,
                "due_before": due_before,
                "overdue": overdue,
                "sort": sort,
            },
        )
        answer: Page[ItemOut] = self.json(request)
        return answer

    def read_inbox(self, id: str) -> ItemOut:
        """Read an item of an inbox."""
        request = Request(method="GET", path=f"/v1/inbox/{id}")
        answer: ItemOut = self.json(request)
        return answer

    def change_inbox(self, id: str, body: ItemChangeIn, *, if_match: str | None = None) -> ItemOut:
        """Say what becomes of an item."""
        request = Request(
            method="PATCH", path=f"/v1/inbox/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: ItemOut = self.json(request)
        return answer

    def list_inbox_findings(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[FindingOut]:
        """List the evidence of an item."""
        request = Request(
            method="GET",
            path=f"/v1/inbox/{id}/findings",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[FindingOut] = self.json(request)
        return answer

    def list_inbox_history(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ItemChangeOut]:
        """List what happened to an item, the newest first."""
        request = Request(
            method="GET",
            path=f"/v1/inbox/{id}/history",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[ItemChangeOut] = self.json(request)
        return answer

    def create_interaction(
        self,
        body: InteractionIn | bytes,
        *,
        filename: str | None = None,
        format: str | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        encoding: str | None = None,
        agent: list[str] | None = None,
        customer: list[str] | None = None,
        media_type: str | None = None,
        more: Query | None = None,
    ) -> SubmissionOut:
        """Submit one call, mail or chat."""
        request = Request(
            method="POST",
            path="/v1/interactions",
            query={
                "filename": filename,
                "format": format,
                "channel": channel,
                "encoding": encoding,
                "agent": agent,
                "customer": customer,
                **(more or {}),
            },
            body=body,
            media_type=media_type,
        )
        answer: SubmissionOut = self.json(request)
        return answer

    def list_interactions(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        state: Literal["accepted", "mined", "failed", "cancelled"] | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        job: str | None = None,
        external_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
        sentiment: Literal["negative", "neutral", "positive"] | None = None,
        category: str | None = None,
        product: str | None = None,
        metadata: list[str] | None = None,
        sort: Literal["newest", "oldest", "started_at"] | None = None,
    ) -> Page[InteractionOut]:
        """List interactions, the newest first."""
        request = Request(
            method="GET",
            path="/v1/interactions",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "state": state,
                "channel": channel,
                "job": job,
                "external_id": external_id,
                "since": since,
                "until": until,
                "sentiment": sentiment,
                "category": category,
                "product": product,
                "metadata": metadata,
                "sort": sort,
            },
        )
        answer: Page[InteractionOut] = self.json(request)
        return answer

    def read_interaction(self, id: str, *, fields: str | None = None) -> InteractionDetailOut:
        """Read one interaction: its turns, findings and sentiment."""
        request = Request(method="GET", path=f"/v1/interactions/{id}", query={"fields": fields})
        answer: InteractionDetailOut = self.json(request)
        return answer

    def delete_interaction(self, id: str) -> None:
        """Erase one interaction."""
        request = Request(method="DELETE", path=f"/v1/interactions/{id}")
        self.send(request)

    def read_interaction_answers(self, id: str) -> AnswersOut:
        """Read what became of what a customer reported."""
        request = Request(method="GET", path=f"/v1/interactions/{id}/answers")
        answer: AnswersOut = self.json(request)
        return answer

    def read_interaction_opinions(self, id: str) -> InteractionOpinionsOut:
        """Read what people said of an interaction, passage by passage."""
        request = Request(method="GET", path=f"/v1/interactions/{id}/opinions")
        answer: InteractionOpinionsOut = self.json(request)
        return answer

    def list_jobs(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        kind: Literal["batch", "backfill", "themes", "route", "erase", "remine", "train", "measure"]
        | None = None,
        state: Literal["running", "done", "cancelled"] | None = None,
    ) -> Page[JobOut]:
        """List jobs, the newest first."""
        request = Request(
            method="GET",
            path="/v1/jobs",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "kind": kind,
                "state": state,
            },
        )
        answer: Page[JobOut] = self.json(request)
        return answer

    def read_job(self, id: str) -> JobOut:
        """Read a job's progress."""
        request = Request(method="GET", path=f"/v1/jobs/{id}")
        answer: JobOut = self.json(request)
        return answer

    def cancel_job(self, id: str) -> JobOut:
        """Give up what still waits of a job."""
        request = Request(method="POST", path=f"/v1/jobs/{id}/cancel")
        answer: JobOut = self.json(request)
        return answer

    def list_job_rejections(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[RejectionOut]:
        """List what could not be read of an upload."""
        request = Request(
            method="GET",
            path=f"/v1/jobs/{id}/rejections",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[RejectionOut] = self.json(request)
        return answer

    def create_key(self, body: KeyIn) -> NewKeyOut:
        """Make a key."""
        request = Request(method="POST", path="/v1/keys", body=body)
        answer: NewKeyOut = self.json(request)
        return answer

    def list_keys(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        revoked: bool | None = None,
        department: str | None = None,
    ) -> Page[KeyOut]:
        """List keys, the newest first."""
        request = Request(
            method="GET",
            path="/v1/keys",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "revoked": revoked,
                "department": department,
            },
        )
        answer: Page[KeyOut] = self.json(request)
        return answer

    def read_key(self, id: str) -> KeyOut:
        """Read a key."""
        request = Request(method="GET", path=f"/v1/keys/{id}")
        answer: KeyOut = self.json(request)
        return answer

    def change_key(self, id: str, body: KeyChangeIn, *, if_match: str | None = None) -> KeyOut:
        """Change a key's name, scopes or end."""
        request = Request(
            method="PATCH", path=f"/v1/keys/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: KeyOut = self.json(request)
        return answer

    def delete_key(self, id: str) -> None:
        """Revoke a key."""
        request = Request(method="DELETE", path=f"/v1/keys/{id}")
        self.send(request)

    def rotate_key(self, id: str, body: RotateIn) -> NewKeyOut:
        """Give a key another secret."""
        request = Request(method="POST", path=f"/v1/keys/{id}/rotate", body=body)
        answer: NewKeyOut = self.json(request)
        return answer

    def read_me(self) -> MeOut:
        """Read who you are to the service."""
        request = Request(method="GET", path="/v1/me")
        answer: MeOut = self.json(request)
        return answer

    def list_models(
        self, *, fields: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[ModelOut]:
        """List models."""
        request = Request(
            method="GET",
            path="/v1/models",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[ModelOut] = self.json(request)
        return answer

    def read_model(self, name: str) -> ModelDetailOut:
        """Read a model's card and lineage."""
        request = Request(method="GET", path=f"/v1/models/{name}")
        answer: ModelDetailOut = self.json(request)
        return answer

    def read_model_comparison(self, name: str, *, against: str | None = None) -> ComparisonOut:
        """Compare two models as the gate does."""
        request = Request(
            method="GET", path=f"/v1/models/{name}/comparison", query={"against": against}
        )
        answer: ComparisonOut = self.json(request)
        return answer

    def create_model_measurement(self, name: str) -> JobOut:
        """Measure a model beside the one that serves."""
        request = Request(method="POST", path=f"/v1/models/{name}/measurements")
        answer: JobOut = self.json(request)
        return answer

    def create_opinion(self, body: OpinionIn) -> OpinionOut:
        """Confirm, correct or add what was found, or say who speaks."""
        request = Request(method="POST", path="/v1/opinions", body=body)
        answer: OpinionOut = self.json(request)
        return answer

    def list_opinions(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        interaction: str | None = None,
        finding: str | None = None,
        person: str | None = None,
        model: str | None = None,
        kind: Literal["confirm", "reject", "correct", "add", "sentiment", "quote", "speaker"]
        | None = None,
        category: str | None = None,
        review: str | None = None,
        since: str | None = None,
        withdrawn: bool | None = None,
    ) -> Page[OpinionOut]:
        """List what people said, the newest first."""
        request = Request(
            method="GET",
            path="/v1/opinions",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "interaction": interaction,
                "finding": finding,
                "person": person,
                "model": model,
                "kind": kind,
                "category": category,
                "review": review,
                "since": since,
                "withdrawn": withdrawn,
            },
        )
        answer: Page[OpinionOut] = self.json(request)
        return answer

    def read_opinion(self, id: str) -> OpinionOut:
        """Read one opinion."""
        request = Request(method="GET", path=f"/v1/opinions/{id}")
        answer: OpinionOut = self.json(request)
        return answer

    def withdraw_opinion(self, id: str) -> OpinionOut:
        """Withdraw an opinion."""
        request = Request(method="POST", path=f"/v1/opinions/{id}/withdraw")
        answer: OpinionOut = self.json(request)
        return answer

    def create_promotion(self, body: PromotionIn) -> PromotionOut:
        """Let a model serve."""
        request = Request(method="POST", path="/v1/promotions", body=body)
        answer: PromotionOut = self.json(request)
        return answer

    def list_promotions(
        self, *, fields: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[PromotionOut]:
        """List promotions, the newest first."""
        request = Request(
            method="GET",
            path="/v1/promotions",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[PromotionOut] = self.json(request)
        return answer

    def rollback_promotions(self, body: RollbackIn) -> PromotionOut:
        """Take the last promotion back."""
        request = Request(method="POST", path="/v1/promotions/rollback", body=body)
        answer: PromotionOut = self.json(request)
        return answer

    def read_quality(
        self, *, model: str | None = None, since: str | None = None, until: str | None = None
    ) -> ModelQualityOut:
        """Read how good the model is on what comes in."""
        request = Request(
            method="GET", path="/v1/quality", query={"model": model, "since": since, "until": until}
        )
        answer: ModelQualityOut = self.json(request)
        return answer

    def remine(self, body: RemineIn) -> JobOut:
        """Mine again what is stored."""
        request = Request(method="POST", path="/v1/remine", body=body)
        answer: JobOut = self.json(request)
        return answer

    def read_retention(self) -> RetentionOut:
        """Read how long interactions are kept."""
        request = Request(method="GET", path="/v1/retention")
        answer: RetentionOut = self.json(request)
        return answer

    def set_retention(self, body: RetentionIn, *, if_match: str | None = None) -> RetentionOut:
        """Set how long interactions are kept."""
        request = Request(
            method="PUT", path="/v1/retention", headers={"If-Match": if_match}, body=body
        )
        answer: RetentionOut = self.json(request)
        return answer

    def list_reviews(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        state: Literal["open", "answered", "skipped", "expired"] | None = None,
        reason: Literal["unsure", "disagreement", "rare", "new_words", "random"] | None = None,
        category: str | None = None,
        model: str | None = None,
        interaction: str | None = None,
    ) -> Page[ReviewOut]:
        """List the review queue, the newest first."""
        request = Request(
            method="GET",
            path="/v1/reviews",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "state": state,
                "reason": reason,
                "category": category,
                "model": model,
                "interaction": interaction,
            },
        )
        answer: Page[ReviewOut] = self.json(request)
        return answer

    def next_reviews(self, body: ReviewNextIn) -> ReviewTasksOut:
        """Be handed passages to judge."""
        request = Request(method="POST", path="/v1/reviews/next", body=body)
        answer: ReviewTasksOut = self.json(request)
        return answer

    def read_review(self, id: str) -> ReviewTaskOut:
        """Read one passage of the review queue."""
        request = Request(method="GET", path=f"/v1/reviews/{id}")
        answer: ReviewTaskOut = self.json(request)
        return answer

    def answer_review(self, id: str, body: ReviewAnswerIn) -> ReviewOut:
        """Judge a passage of the review queue."""
        request = Request(method="POST", path=f"/v1/reviews/{id}/answer", body=body)
        answer: ReviewOut = self.json(request)
        return answer

    def skip_review(self, id: str) -> ReviewOut:
        """Skip a passage of the review queue."""
        request = Request(method="POST", path=f"/v1/reviews/{id}/skip")
        answer: ReviewOut = self.json(request)
        return answer

    def create_rule(self, body: RuleIn) -> RuleOut:
        """Add a rule."""
        request = Request(method="POST", path="/v1/rules", body=body)
        answer: RuleOut = self.json(request)
        return answer

    def list_rules(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        department: str | None = None,
        enabled: bool | None = None,
    ) -> Page[RuleOut]:
        """List rules, the newest first."""
        request = Request(
            method="GET",
            path="/v1/rules",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "department": department,
                "enabled": enabled,
            },
        )
        answer: Page[RuleOut] = self.json(request)
        return answer

    def try_rules(self, body: TryIn) -> TriedOut:
        """Try a rule on what is stored."""
        request = Request(method="POST", path="/v1/rules/try", body=body)
        answer: TriedOut = self.json(request)
        return answer

    def read_rule(self, id: str) -> RuleOut:
        """Read a rule."""
        request = Request(method="GET", path=f"/v1/rules/{id}")
        answer: RuleOut = self.json(request)
        return answer

    def change_rule(self, id: str, body: RuleChangeIn, *, if_match: str | None = None) -> RuleOut:
        """Change a rule, or switch it on or off."""
        request = Request(
            method="PATCH", path=f"/v1/rules/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: RuleOut = self.json(request)
        return answer

    def delete_rule(self, id: str, *, if_match: str | None = None) -> None:
        """Delete a rule."""
        request = Request(method="DELETE", path=f"/v1/rules/{id}", headers={"If-Match": if_match})
        self.send(request)

    def apply_rule(self, id: str) -> JobOut:
        """Hold what is stored against a rule."""
        request = Request(method="POST", path=f"/v1/rules/{id}/apply")
        answer: JobOut = self.json(request)
        return answer

    def read_search(
        self,
        *,
        q: str,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        by: Literal["both", "words", "meaning"] | None = None,
        category: str | None = None,
        theme: str | None = None,
        sentiment: Literal["negative", "neutral", "positive"] | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        product: str | None = None,
        metadata: list[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> SearchPage:
        """Search what customers said, by words and meaning together."""
        request = Request(
            method="GET",
            path="/v1/search",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "q": q,
                "by": by,
                "category": category,
                "theme": theme,
                "sentiment": sentiment,
                "channel": channel,
                "product": product,
                "metadata": metadata,
                "since": since,
                "until": until,
            },
        )
        answer: SearchPage = self.json(request)
        return answer

    def create_shadow(self, body: ShadowIn) -> ShadowOut:
        """Let a candidate read beside the model that serves."""
        request = Request(method="POST", path="/v1/shadows", body=body)
        answer: ShadowOut = self.json(request)
        return answer

    def list_shadows(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        state: Literal["running", "ended"] | None = None,
    ) -> Page[ShadowOut]:
        """List shadow runs, the newest first."""
        request = Request(
            method="GET",
            path="/v1/shadows",
            query={"fields": fields, "limit": limit, "cursor": cursor, "state": state},
        )
        answer: Page[ShadowOut] = self.json(request)
        return answer

    def read_shadow(self, id: str) -> ShadowOut:
        """Read how a candidate differs."""
        request = Request(method="GET", path=f"/v1/shadows/{id}")
        answer: ShadowOut = self.json(request)
        return answer

    def list_shadow_differences(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        category: Literal["product_defect", "documentation_error", "feature_request"] | None = None,
        found_by: Literal["served", "candidate", "neither"] | None = None,
        interaction: str | None = None,
        least: float | None = None,
    ) -> Page[DifferenceOut]:
        """List where a candidate differs, the most first."""
        request = Request(
            method="GET",
            path=f"/v1/shadows/{id}/differences",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "category": category,
                "found_by": found_by,
                "interaction": interaction,
                "least": least,
            },
        )
        answer: Page[DifferenceOut] = self.json(request)
        return answer

    def end_shadow(self, id: str) -> ShadowOut:
        """End a shadow run."""
        request = Request(method="POST", path=f"/v1/shadows/{id}/end")
        answer: ShadowOut = self.json(request)
        return answer

    def list_theme_edits(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        theme: str | None = None,
    ) -> Page[ThemeEditOut]:
        """List what people decided about themes, the newest first."""
        request = Request(
            method="GET",
            path="/v1/theme-edits",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "scope": scope,
                "theme": theme,
            },
        )
        answer: Page[ThemeEditOut] = self.json(request)
        return answer

    def read_theme_edit(self, id: str) -> ThemeEditOut:
        """Read one decision about themes."""
        request = Request(method="GET", path=f"/v1/theme-edits/{id}")
        answer: ThemeEditOut = self.json(request)
        return answer

    def undo_theme_edit(self, id: str) -> ThemeEditOut:
        """Take a decision about themes back."""
        request = Request(method="POST", path=f"/v1/theme-edits/{id}/undo")
        answer: ThemeEditOut = self.json(request)
        return answer

    def list_themes(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        since: str | None = None,
        until: str | None = None,
        scope: str | None = None,
        state: Literal["active", "faded", "merged"] | None = None,
        hidden: bool | None = None,
        pinned: bool | None = None,
        area: str | None = None,
        product: str | None = None,
        words: str | None = None,
        sort: Literal["size", "growth", "recency", "sentiment"] | None = None,
    ) -> Page[ThemeOut]:
        """List themes: the largest, fastest growing, latest or most negative first."""
        request = Request(
            method="GET",
            path="/v1/themes",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "since": since,
                "until": until,
                "scope": scope,
                "state": state,
                "hidden": hidden,
                "pinned": pinned,
                "area": area,
                "product": product,
                "words": words,
                "sort": sort,
            },
        )
        answer: Page[ThemeOut] = self.json(request)
        return answer

    def create_theme(self, body: ThemeIn) -> ThemeDetailOut:
        """Make a theme of your own from example findings."""
        request = Request(method="POST", path="/v1/themes", body=body)
        answer: ThemeDetailOut = self.json(request)
        return answer

    def create_themes_constraint(self, body: ConstraintIn) -> ThemeEditOut:
        """Say that findings belong together, or apart."""
        request = Request(method="POST", path="/v1/themes/constraints", body=body)
        answer: ThemeEditOut = self.json(request)
        return answer

    def read_themes_emerging(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
    ) -> EmergingOut:
        """List what fits no theme yet."""
        request = Request(
            method="GET",
            path="/v1/themes/emerging",
            query={"fields": fields, "limit": limit, "cursor": cursor, "scope": scope},
        )
        answer: EmergingOut = self.json(request)
        return answer

    def move_themes(self, body: MoveIn) -> ThemeEditOut:
        """Move findings into a theme, or out of any."""
        request = Request(method="POST", path="/v1/themes/move", body=body)
        answer: ThemeEditOut = self.json(request)
        return answer

    def list_themes_quality(
        self, *, fields: str | None = None, scope: str | None = None
    ) -> Page[QualityOut]:
        """Read how far to trust the themes of each scope."""
        request = Request(
            method="GET", path="/v1/themes/quality", query={"fields": fields, "scope": scope}
        )
        answer: Page[QualityOut] = self.json(request)
        return answer

    def recluster_themes(self, body: ReclusterIn) -> JobOut:
        """Gather themes anew."""
        request = Request(method="POST", path="/v1/themes/recluster", body=body)
        answer: JobOut = self.json(request)
        return answer

    def read_theme(
        self,
        id: str,
        *,
        fields: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> ThemeDetailOut:
        """Read a theme: what it is about, how large, how it moves."""
        request = Request(
            method="GET",
            path=f"/v1/themes/{id}",
            query={"fields": fields, "since": since, "until": until},
        )
        answer: ThemeDetailOut = self.json(request)
        return answer

    def change_theme(
        self, id: str, body: ThemeChangeIn, *, if_match: str | None = None
    ) -> ThemeDetailOut:
        """Rename, describe, pin or hide a theme."""
        request = Request(
            method="PATCH", path=f"/v1/themes/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: ThemeDetailOut = self.json(request)
        return answer

    def read_theme_breakdown(
        self,
        id: str,
        *,
        since: str | None = None,
        until: str | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        metadata: list[str] | None = None,
        by: str | None = None,
        limit: int | None = None,
    ) -> BreakdownOut:
        """Break a theme down by channel, or by what came with interactions."""
        request = Request(
            method="GET",
            path=f"/v1/themes/{id}/breakdown",
            query={
                "since": since,
                "until": until,
                "channel": channel,
                "metadata": metadata,
                "by": by,
                "limit": limit,
            },
        )
        answer: BreakdownOut = self.json(request)
        return answer

    def list_theme_findings(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        since: str | None = None,
        until: str | None = None,
        sentiment: Literal["negative", "neutral", "positive"] | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        unsure: bool | None = None,
        min_confidence: float | None = None,
        subtheme: str | None = None,
    ) -> Page[ThemeFindingOut]:
        """List the findings of a theme, those of the newest interaction first."""
        request = Request(
            method="GET",
            path=f"/v1/themes/{id}/findings",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "since": since,
                "until": until,
                "sentiment": sentiment,
                "channel": channel,
                "unsure": unsure,
                "min_confidence": min_confidence,
                "subtheme": subtheme,
            },
        )
        answer: Page[ThemeFindingOut] = self.json(request)
        return answer

    def list_theme_lineage(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[LineageOut]:
        """List what happened to a theme, the newest first."""
        request = Request(
            method="GET",
            path=f"/v1/themes/{id}/lineage",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[LineageOut] = self.json(request)
        return answer

    def merge_theme(self, id: str, body: MergeIn, *, if_match: str | None = None) -> ThemeEditOut:
        """Merge a theme into another."""
        request = Request(
            method="POST", path=f"/v1/themes/{id}/merge", headers={"If-Match": if_match}, body=body
        )
        answer: ThemeEditOut = self.json(request)
        return answer

    def list_theme_quotes(
        self,
        id: str,
        *,
        fields: str | None = None,
        kind: Literal["central", "diverse"] | None = None,
    ) -> Page[QuoteOut]:
        """Read a theme in the customers' own words."""
        request = Request(
            method="GET", path=f"/v1/themes/{id}/quotes", query={"fields": fields, "kind": kind}
        )
        answer: Page[QuoteOut] = self.json(request)
        return answer

    def read_theme_related(
        self,
        id: str,
        *,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
    ) -> RelatedsOut:
        """Find the themes that come with one, beyond chance."""
        request = Request(
            method="GET",
            path=f"/v1/themes/{id}/related",
            query={"since": since, "until": until, "limit": limit},
        )
        answer: RelatedsOut = self.json(request)
        return answer

    def read_theme_similar(self, id: str, *, limit: int | None = None) -> SimilarsOut:
        """Find the themes that are most like one."""
        request = Request(method="GET", path=f"/v1/themes/{id}/similar", query={"limit": limit})
        answer: SimilarsOut = self.json(request)
        return answer

    def split_theme(self, id: str, body: SplitIn, *, if_match: str | None = None) -> ThemeEditOut:
        """Split findings off a theme, into one of their own."""
        request = Request(
            method="POST", path=f"/v1/themes/{id}/split", headers={"If-Match": if_match}, body=body
        )
        answer: ThemeEditOut = self.json(request)
        return answer

    def read_theme_trend(
        self,
        id: str,
        *,
        since: str | None = None,
        until: str | None = None,
        channel: Literal["call", "email", "chat"] | None = None,
        metadata: list[str] | None = None,
        by: Literal["day", "week", "month"] | None = None,
    ) -> TrendOut:
        """Read the course of a theme by day, week or month."""
        request = Request(
            method="GET",
            path=f"/v1/themes/{id}/trend",
            query={
                "since": since,
                "until": until,
                "channel": channel,
                "metadata": metadata,
                "by": by,
            },
        )
        answer: TrendOut = self.json(request)
        return answer

    def read_training_schedule(self) -> TrainingScheduleOut:
        """Read when trainings start by themselves."""
        request = Request(method="GET", path="/v1/training-schedule")
        answer: TrainingScheduleOut = self.json(request)
        return answer

    def set_training_schedule(
        self, body: TrainingScheduleIn, *, if_match: str | None = None
    ) -> TrainingScheduleOut:
        """Set when trainings start by themselves."""
        request = Request(
            method="PUT", path="/v1/training-schedule", headers={"If-Match": if_match}, body=body
        )
        answer: TrainingScheduleOut = self.json(request)
        return answer

    def delete_training_schedule(self, *, if_match: str | None = None) -> None:
        """Start no training by itself any more."""
        request = Request(
            method="DELETE", path="/v1/training-schedule", headers={"If-Match": if_match}
        )
        self.send(request)

    def create_training(self, body: TrainingIn) -> TrainingOut:
        """Train the next model."""
        request = Request(method="POST", path="/v1/trainings", body=body)
        answer: TrainingOut = self.json(request)
        return answer

    def list_trainings(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        state: Literal["waiting", "running", "done", "failed", "stopped"] | None = None,
        parent: str | None = None,
    ) -> Page[TrainingOut]:
        """List trainings, the newest first."""
        request = Request(
            method="GET",
            path="/v1/trainings",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "state": state,
                "parent": parent,
            },
        )
        answer: Page[TrainingOut] = self.json(request)
        return answer

    def read_training(self, id: str) -> TrainingOut:
        """Read how far a training is."""
        request = Request(method="GET", path=f"/v1/trainings/{id}")
        answer: TrainingOut = self.json(request)
        return answer

    def list_training_log(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[TrainingLineOut]:
        """List what a training told."""
        request = Request(
            method="GET",
            path=f"/v1/trainings/{id}/log",
            query={"fields": fields, "limit": limit, "cursor": cursor},
        )
        answer: Page[TrainingLineOut] = self.json(request)
        return answer

    def create_webhook(self, body: WebhookIn) -> WebhookSecretOut:
        """Let events be sent somewhere."""
        request = Request(method="POST", path="/v1/webhooks", body=body)
        answer: WebhookSecretOut = self.json(request)
        return answer

    def list_webhooks(
        self,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        department: str | None = None,
        enabled: bool | None = None,
        failing: bool | None = None,
    ) -> Page[WebhookOut]:
        """List webhooks, the newest first."""
        request = Request(
            method="GET",
            path="/v1/webhooks",
            query={
                "fields": fields,
                "limit": limit,
                "cursor": cursor,
                "department": department,
                "enabled": enabled,
                "failing": failing,
            },
        )
        answer: Page[WebhookOut] = self.json(request)
        return answer

    def read_webhook(self, id: str) -> WebhookOut:
        """Read a webhook."""
        request = Request(method="GET", path=f"/v1/webhooks/{id}")
        answer: WebhookOut = self.json(request)
        return answer

    def change_webhook(
        self, id: str, body: WebhookChangeIn, *, if_match: str | None = None
    ) -> WebhookOut:
        """Change a webhook, or switch it on or off."""
        request = Request(
            method="PATCH", path=f"/v1/webhooks/{id}", headers={"If-Match": if_match}, body=body
        )
        answer: WebhookOut = self.json(request)
        return answer

    def delete_webhook(self, id: str, *, if_match: str | None = None) -> None:
        """Delete a webhook with its deliveries."""
        request = Request(
            method="DELETE", path=f"/v1/webhooks/{id}", headers={"If-Match": if_match}
        )
        self.send(request)

    def list_webhook_deliveries(
        self,
        id: str,
        *,
        fields: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        state: Literal["pending", "delivered", "dead"] | None = None,
    ) -> Page[DeliveryOut]:
        """List a webhook's deliveries, the newest first."""
        request = Request(
            method="GET",
            path=f"/v1/webhooks/{id}/deliveries",
            query={"fields": fields, "limit": limit, "cursor": cursor, "state": state},
        )
        answer: Page[DeliveryOut] = self.json(request)
        return answer

    def read_webhook_deliverie(self, id: str, delivery: str) -> DeliveryDetailOut:
        """Read a delivery with every try."""
        request = Request(method="GET", path=f"/v1/webhooks/{id}/deliveries/{delivery}")
        answer: DeliveryDetailOut = self.json(request)
        return answer

    def replay_webhook_deliverie(self, id: str, delivery: str) -> DeliveryDetailOut:
        """Send a delivery again."""
        request = Request(method="POST", path=f"/v1/webhooks/{id}/deliveries/{delivery}/replay")
        answer: DeliveryDetailOut = self.json(request)
        return answer

    def replay_webhook(self, id: str, body: ReplayIn) -> ReplayedOut:
        """Send again all that is dead."""
        request = Request(method="POST", path=f"/v1/webhooks/{id}/replay", body=body)
        answer: ReplayedOut = self.json(request)
        return answer

    def rotate_webhook(self, id: str, body: WebhookRotateIn) -> WebhookSecretOut:
        """Replace a webhook's secret."""
        request = Request(method="POST", path=f"/v1/webhooks/{id}/rotate", body=body)
        answer: WebhookSecretOut = self.json(request)
        return answer

    def test_webhook(self, id: str) -> DeliveryDetailOut:
        """Send a test event, and say what happened."""
        request = Request(method="POST", path=f"/v1/webhooks/{id}/test")
        answer: DeliveryDetailOut = self.json(request)
        return answer

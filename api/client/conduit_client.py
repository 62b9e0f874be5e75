"""Client of Conduit, in one file: copy it, and install httpx.

    client = Conduit("http://127.0.0.1:8000", key="cdt_...")
    for finding in client.every(client.list_findings, category="documentation_error"):
        print(finding["quote"])

Every POST carries an `Idempotency-Key` of its own, so that what broke off is sent again without
being done twice: connections that break, 429 and 503 are tried again a few times. What the service
refuses is raised as `Problem`, with its code, its request id and the faulty fields.
"""
# Written by `python -m api.client` from the OpenAPI document: change that instead.
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


class ConstraintIn(TypedDict):
    """Findings that belong together, or apart: every clustering from now on obeys it."""

    scope: NotRequired[str]
    together: NotRequired[list[str] | None]
    apart: NotRequired[list[list[str]] | None]


class EmergingOut(TypedDict):
    """What fits no theme yet: it becomes one when enough of its like gathers."""

    scope: str
    waiting: int
    findings: int
    share: "FigureOut | None"
    basis: "BasisOut"
    data: "list[FindingOut]"
    next: str | None


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


FaultOut = TypedDict(
    "FaultOut",
    {"in": Literal["body", "query", "path", "header", "part"], "pointer": str, "message": str},
)


class FigureOut(TypedDict):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


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


class JobOut(TypedDict):
    """An upload of many, reading the stored ones again for a category, or gathering themes anew."""

    id: str
    kind: Literal["batch", "backfill", "themes"]
    state: Literal["running", "done", "cancelled"]
    source: str
    created_at: str
    finished_at: str | None
    progress: "ProgressOut"
    url: str
    rejections_url: str


class LineageOut(TypedDict):
    """Something that happened to a theme."""

    id: str
    kind: Literal[
        "born", "grown", "split", "merged", "faded", "back", "seeded", "renamed", "moved", "undone"
    ]
    at: str
    passages: int
    others: "list[ThemeRefOut]"
    edit: str | None
    run: str | None


class MergeIn(TypedDict):
    """Which theme takes another in."""

    into: str


class MoreExamplesIn(TypedDict):
    """Further examples of a category; it is fitted anew with them."""

    examples: NotRequired[list[str]]
    counterexamples: NotRequired[list[str]]


class MoveIn(TypedDict):
    """Findings, and the theme that they go to."""

    findings: list[str]
    to: str | None
    scope: NotRequired[str | None]


class PartOut(TypedDict):
    """One value of what a theme is broken down by."""

    value: str | None
    findings: int
    interactions: int
    total: int
    share: "FigureOut | None"


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


class ReclusterIn(TypedDict):
    """What to gather anew."""

    scope: NotRequired[str | None]


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


class RolesOut(TypedDict):
    """How it was decided who the agent is, and how sure that is."""

    source: Literal["file", "options", "inferred", "unknown"]
    confidence: float
    note: str


class SampleOut(TypedDict):
    """A stored passage and how sure the category is of it."""

    interaction: str
    turn: int
    start: int
    end: int
    text: str
    confidence: float


class SentimentArcOut(TypedDict):
    """How the customer feels, over the whole interaction and turn by turn."""

    overall: Literal["negative", "neutral", "positive"]
    score: float
    turns: "list[TurnSentimentOut]"


class SentimentOut(TypedDict):
    """How the customer feels, over the whole interaction."""

    overall: Literal["negative", "neutral", "positive"]
    score: float


class SimilarOut(TypedDict):
    """A theme that is about nearly the same."""

    theme: "ThemeRefOut"
    likeness: float


class SimilarsOut(TypedDict):
    """The themes most like one."""

    data: "list[SimilarOut]"


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


class TrendOut(TypedDict):
    """The course of a theme: zeros included, in order."""

    theme: str
    by: Literal["day", "week", "month"]
    buckets: "list[BucketOut]"
    customers: int | None
    basis: "BasisOut"


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


class Conduit(Core):
    """Every operation of the service, version 1.0 of its contract."""

    def read_livez(self) -> HealthOut:
        """Whether the process lives."""
        request = Request(method="GET", path="/livez")
        answer: HealthOut = self.json(request)
        return answer

    def read_readyz(self) -> HealthOut:
        """Whether the service can do its work."""
        request = Request(method="GET", path="/readyz")
        answer: HealthOut = self.json(request)
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
            },
        )
        answer: Page[FindingOut] = self.json(request)
        return answer

    def read_formats(self) -> FormatsOut:
        """List the formats that are read."""
        request = Request(method="GET", path="/v1/formats")
        answer: FormatsOut = self.json(request)
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

    def list_jobs(self, *, limit: int | None = None, cursor: str | None = None) -> Page[JobOut]:
        """List jobs, the newest first."""
        request = Request(method="GET", path="/v1/jobs", query={"limit": limit, "cursor": cursor})
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
        self, id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[RejectionOut]:
        """List what could not be read of an upload."""
        request = Request(
            method="GET", path=f"/v1/jobs/{id}/rejections", query={"limit": limit, "cursor": cursor}
        )
        answer: Page[RejectionOut] = self.json(request)
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
        self, id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[LineageOut]:
        """List what happened to a theme, the newest first."""
        request = Request(
            method="GET", path=f"/v1/themes/{id}/lineage", query={"limit": limit, "cursor": cursor}
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

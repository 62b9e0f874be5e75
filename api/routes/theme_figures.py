"""/v1/themes/{id}/…: the course of a theme, its parts, its history, and themes beside it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import Fault, InvalidRequest
from api.manners import cursors
from api.routes import answers, theme_answers
from api.routes import theme_examples as examples
from api.routes.themes import GONE
from api.schemas.base import Page
from api.schemas.problems import problems
from api.schemas.theme_queries import (
    BreakdownQuery,
    LineageQuery,
    RelatedQuery,
    SimilarQuery,
    TrendQuery,
)
from api.schemas.themes import (
    BreakdownOut,
    BucketOut,
    By,
    LineageOut,
    PartOut,
    RelatedOut,
    RelatedsOut,
    SimilarOut,
    SimilarsOut,
    TrendOut,
)
from api.store import theme_counts, theme_reads, themes
from api.store.theme_counts import Part, Slice
from api.store.theme_history import ThemeLineageRow
from api.store.theme_reads import Heard
from nlp.themes.related import together
from nlp.themes.trends import Bucket, Window, bucket_start, trend

router = APIRouter(tags=["themes"])

MOST_BUCKETS = 1_000

_LENGTH: dict[By, int] = {"day": 28, "week": 26 * 7, "month": 365}
"""Days that a trend looks back where nobody says how many."""
_SHORTEST: dict[By, int] = {"day": 1, "week": 7, "month": 28}


@router.get(
    "/themes/{id}/trend",
    dependencies=[needs("read")],
    summary="Read the course of a theme by day, week or month",
    response_model=TrendOut,
    responses={200: examples.TREND, **problems(404, 410, 422), **GONE},
)
def read_trend(context: Served, id: UUID, query: Annotated[TrendQuery, Query()]) -> Response:
    """Counts a theme in buckets, those in which nothing was said among them.

    Without `since` and `until`: the last 28 days, 26 weeks or 12 months, today included. Days are
    those of UTC on which interactions began, or else came in. A bucket that the window cuts, or
    that is not over yet, is `partial`.
    """
    today = theme_answers.today()
    window = _window(query, today)
    slice = Slice(window=window, channel=query.channel, metadata=theme_answers.pairs(query))
    with context.session() as session:
        theme_reads.snapshot(session)
        row = theme_answers.existing(session, id)
        days = theme_counts.days(session, id, slice)
        heard = theme_reads.heard_by_day(session, slice)
        customers = theme_counts.customers(session, id, slice, query.by)
        everyone = theme_counts.all_customers(session, id, slice)
        over = theme_answers.basis(session, row.scope, slice, heard=_sum(heard.values()))
    totals = {day: one.mined for day, one in heard.items()}
    known = customers if everyone else None
    buckets = trend(window, query.by, days, totals, customers=known)
    by_bucket: dict[date, list[Heard]] = {}
    for day, one in heard.items():
        by_bucket.setdefault(bucket_start(day, query.by), []).append(one)
    found = TrendOut(
        theme=id,
        by=query.by,
        buckets=[_bucket(one, _sum(by_bucket.get(one.start, [])), today) for one in buckets],
        customers=everyone or None,
        basis=over,
    )
    return answers.one(found, None)


def _window(query: TrendQuery, today: date) -> Window:
    """The days of a trend.

    Raises:
        InvalidRequest: they make too many buckets, or none.
    """
    until = query.until or max(today, query.since or today) + timedelta(days=1)
    since = query.since or until - timedelta(days=_LENGTH[query.by])
    if (until - since).days / _SHORTEST[query.by] > MOST_BUCKETS:
        message = f"{until - since} make more than {MOST_BUCKETS:,}: take a longer `by`, or fewer"
        fault = Fault(place="query", pointer="/since", message=message)
        raise InvalidRequest("The window is too long for that many buckets.", faults=[fault])
    return Window(since=since, until=until)


def _sum(several: Iterable[Heard]) -> Heard:
    listed = list(several)
    return Heard(
        received=sum(one.received for one in listed), mined=sum(one.mined for one in listed)
    )


def _bucket(bucket: Bucket, heard: Heard, today: date) -> BucketOut:
    names = ("start", "end", "findings", "interactions", "customers", "total")
    return BucketOut.model_validate(
        {
            **{name: getattr(bucket, name) for name in names},
            "partial": bucket.partial or bucket.end > today,
            "share": theme_answers.figure(bucket.share),
            "coverage": theme_answers.share(heard.mined, heard.received),
            "sentiment": theme_answers.figure(bucket.sentiment),
        }
    )


@router.get(
    "/themes/{id}/breakdown",
    dependencies=[needs("read")],
    summary="Break a theme down by channel, or by what came with interactions",
    response_model=BreakdownOut,
    responses={200: examples.BREAKDOWN, **problems(404, 410, 422), **GONE},
)
def read_breakdown(
    context: Served, id: UUID, query: Annotated[BreakdownQuery, Query()]
) -> Response:
    """Counts a theme by the values of `channel` or of a key of metadata (product, region …).

    The share of each value is of all mined interactions that have it, so that a value with much
    traffic is told from one that has the trouble. `keys` says what there is to break it down by.
    """
    slice = theme_answers.sliced(query)
    with context.session() as session:
        theme_reads.snapshot(session)
        row = theme_answers.existing(session, id)
        parts = theme_counts.breakdown(session, id, slice, query.by, most=query.limit)
        keys = [key for key, _ in theme_counts.keys(session, id)]
        over = theme_answers.basis(session, row.scope, slice)
    found = BreakdownOut(
        theme=id,
        by=query.by,
        parts=[_part(one) for one in parts.parts],
        others=None if parts.others is None else _part(parts.others),
        keys=[theme_counts.CHANNEL, *(key for key in keys if key != theme_counts.CHANNEL)],
        basis=over,
    )
    return answers.one(found, None)


def _part(part: Part) -> PartOut:
    return PartOut(
        value=part.value,
        findings=part.findings,
        interactions=part.interactions,
        total=part.total,
        share=theme_answers.share(part.interactions, part.total),
    )


@router.get(
    "/themes/{id}/lineage",
    dependencies=[needs("read")],
    summary="List what happened to a theme, the newest first",
    response_model=Page[LineageOut],
    responses={200: examples.LINEAGE, **problems(404, 422)},
)
def list_lineage(
    request: Request, context: Served, id: UUID, query: Annotated[LineageQuery, Query()]
) -> Response:
    """Lists how a theme was born, grew, split, merged and faded, and what people did to it.

    A theme that another one took in still tells its history here.
    """
    fields = answers.chosen(LineageOut, query.fields)
    listing = f"lineage of {id}"
    after = UUID(cursors.decode(query.cursor, listing)[0]) if query.cursor else None
    with context.session() as session:
        theme_reads.snapshot(session)
        theme_answers.existing(session, id, merged=True)
        listed = themes.lineage_page(session, id, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = _lineage(session, rows, department=context.caller.department)
    following = cursors.encode(listing, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


def _lineage(
    session: Session, rows: Sequence[ThemeLineageRow], *, department: UUID | None
) -> list[LineageOut]:
    names = themes.names(session, [other for row in rows for other in row.others])
    narrow = department is not None
    return [
        LineageOut(
            id=row.id,
            kind=row.kind,
            at=row.at,
            # Of everybody's passages: what a department sees of them nobody counted then.
            passages=None if narrow else row.passages,
            # One that is not there any more has nothing left to lead to.
            others=[theme_answers.ref(other, names) for other in row.others if other in names],
            edit=row.edit_id,
            run=row.run_id,
        )
        for row in rows
    ]


@router.get(
    "/themes/{id}/similar",
    dependencies=[needs("read")],
    summary="Find the themes that are most like one",
    response_model=SimilarsOut,
    responses={200: examples.SIMILAR, **problems(404, 410, 422), **GONE},
)
def read_similar(context: Served, id: UUID, query: Annotated[SimilarQuery, Query()]) -> Response:
    """Finds the active themes of the same scope that are about nearly the same, likest first."""
    with context.session() as session:
        theme_reads.snapshot(session)
        row = theme_answers.existing(session, id)
        alike = themes.similar(session, row, limit=query.limit)
    found = [
        SimilarOut(
            theme=theme_answers.ref(one.theme.id, {one.theme.id: one.theme.name}),
            likeness=one.likeness,
        )
        for one in alike
    ]
    return answers.one(SimilarsOut(data=found), None)


@router.get(
    "/themes/{id}/related",
    dependencies=[needs("read")],
    summary="Find the themes that come with one, beyond chance",
    response_model=RelatedsOut,
    responses={200: examples.RELATED, **problems(404, 410, 422), **GONE},
)
def read_related(context: Served, id: UUID, query: Annotated[RelatedQuery, Query()]) -> Response:
    """Finds themes of the same scope in the same interactions, more often than chance makes it.

    In the scope `all`, a defect and the page that explains it wrongly find each other. Less than
    five common interactions say nothing; `q` is corrected for all pairs of themes.
    """
    slice = Slice(window=theme_reads.window(query.since, query.until))
    with context.session() as session:
        theme_reads.snapshot(session)
        row = theme_answers.existing(session, id)
        counts = theme_counts.shared(session, row.scope, slice)
        pairs = [one for one in together(counts) if str(id) in (one.first, one.second)]
        others = [
            (UUID(one.second if one.first == str(id) else one.first), one)
            for one in pairs[: query.limit]
        ]
        names = themes.names(session, [other for other, _ in others])
        over = theme_answers.basis(session, row.scope, slice)
    sizes = dict(zip(counts.themes, counts.sizes.tolist(), strict=True))
    found = RelatedsOut(
        data=[
            RelatedOut(
                theme=theme_answers.ref(other, names),
                observed=one.observed,
                expected=one.expected,
                lift=one.lift,
                q=one.q,
            )
            for other, one in others
        ],
        interactions=sizes.get(str(id), 0),
        total=counts.total,
        basis=over,
    )
    return answers.one(found, None)

"""/v1/aggregates: counts of findings and interactions, and how customers feel."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import Fault, InvalidRequest
from api.routes import answers, examples, filters, theme_answers
from api.schemas.aggregates import (
    AggregateBasisOut,
    AggregateOut,
    AggregateQuery,
    GroupOut,
    OthersOut,
)
from api.schemas.problems import problems
from api.store import aggregates, theme_reads
from api.store.aggregates import METADATA, OF_FINDINGS, OF_INTERACTIONS, Counted, Group
from nlp.themes.intervals import mean_sentiment

router = APIRouter(tags=["search"])

MOST_DIMENSIONS = 3

_FIGURE = {"value": 0.31, "low": 0.27, "high": 0.35}
EXAMPLE = examples.answer(
    "Findings by category",
    {
        "measure": "findings",
        "by": ["category"],
        "groups": [
            {
                "values": {"category": "product_defect"},
                "theme_name": None,
                "findings": 214,
                "interactions": 155,
                "share": _FIGURE,
                "sentiment": {"value": -0.62, "low": -0.69, "high": -0.53},
            }
        ],
        "others": None,
        "basis": {
            "interactions": 500,
            "since": "2026-03-01T00:00:00Z",
            "until": "2026-04-01T00:00:00Z",
            "coverage": {"value": 0.99, "low": 0.98, "high": 1.0},
            "models": ["conduit-en-1"],
        },
    },
)


@router.get(
    "/aggregates",
    summary="Count findings or interactions by one or more things",
    response_model=AggregateOut,
    responses={200: EXAMPLE, **problems(422)},
    dependencies=[needs("read")],
)
def count(context: Served, query: Annotated[AggregateQuery, Query()]) -> Response:
    """Counts by up to three things, and says what it is counted over.

    Each group has its share of all mined interactions that the filters let through, and its mean
    sentiment, both with an interval. Beside them stand the window, the share of its interactions
    that are mined, and the models. For a key of a department all of it is about what reached it.
    """
    by = _dimensions(query.by)
    counted = _counted(query)
    finds = query.measure == "findings" or bool(counted.of_findings() or set(by) & set(OF_FINDINGS))
    with context.session() as session:
        theme_reads.snapshot(session)
        filters.check_category(session, query.category)
        filters.check_theme(session, query.theme)
        base = aggregates.base(session, counted)
        found = aggregates.groups(session, by, counted, findings=finds)
        shown, rest = found[: query.limit], found[query.limit :]
        names = _names(session, by, shown)
    others = None
    if rest:
        others = OthersOut(
            groups=len(rest),
            findings=sum(one.findings for one in rest) if finds else None,
            interactions=sum(one.interactions for one in rest),
        )
    answer = AggregateOut(
        measure=query.measure,
        by=list(by),
        groups=[_group(one, by, names, base.mined, finds=finds) for one in shown],
        others=others,
        basis=AggregateBasisOut(
            interactions=base.mined,
            since=query.since or base.first,
            until=query.until or base.last,
            coverage=theme_answers.share(base.mined, base.received),
            models=sorted(base.models),
        ),
    )
    return answers.one(answer, None)


def _counted(query: AggregateQuery) -> Counted:
    return Counted(
        category=query.category,
        theme=query.theme,
        sentiment=query.sentiment,
        unsure=query.unsure,
        min_confidence=query.min_confidence,
        channel=query.channel,
        metadata=filters.metadata(query.metadata, product=query.product),
        since=query.since,
        until=query.until,
    )


def _dimensions(by: str) -> list[str]:
    """What to count by.

    Raises:
        InvalidRequest: something else, too much, or nothing.
    """
    names = [name.strip() for name in by.split(",") if name.strip()]
    known = (*OF_FINDINGS, *OF_INTERACTIONS)
    wrong = [
        name
        for name in names
        if name not in known and not (name.startswith(METADATA) and name != METADATA)
    ]
    message = None
    if wrong:
        message = f"{wrong[0][:60]!r} is none of {', '.join(known)} and metadata.KEY"
    elif not 1 <= len(set(names)) == len(names) <= MOST_DIMENSIONS:
        message = f"name one to {MOST_DIMENSIONS} different ones, separated by commas"
    if message is not None:
        fault = Fault(place="query", pointer="/by", message=message)
        raise InvalidRequest("It cannot be counted by that.", faults=[fault])
    return names


def _names(session: Session, by: Sequence[str], shown: Sequence[Group]) -> dict[str, str]:
    if "theme" not in by:
        return {}
    place = by.index("theme")
    ids = {one.values[place] for one in shown}
    return aggregates.theme_names(session, [UUID(id) for id in ids if id is not None])


def _group(
    found: Group, by: Sequence[str], names: dict[str, str], whole: int, *, finds: bool
) -> GroupOut:
    values = dict(zip(by, found.values, strict=True))
    return GroupOut(
        values=values,
        theme_name=names.get(values.get("theme") or ""),
        findings=found.findings if finds else None,
        interactions=found.interactions,
        share=theme_answers.share(found.interactions, whole),
        sentiment=theme_answers.figure(mean_sentiment(*found.feelings)),
    )

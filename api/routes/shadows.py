"""/v1/shadows: a candidate reads beside the model that serves, and where the two differ."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import NotFound, StillNeeded
from api.manners import cursors
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers
from api.routes import training_examples as examples
from api.routes.theme_answers import share
from api.routes.trainings import unknown_model
from api.schemas.base import Page
from api.schemas.problems import problems
from api.schemas.trainings import (
    DifferenceOut,
    DifferenceQuery,
    ShadowCategoryOut,
    ShadowIn,
    ShadowOut,
    ShadowQuery,
)
from api.steps.serving import stands
from api.steps.train import Workshop
from api.store import audit, shadows
from api.store.shadows import DifferenceFilter
from api.store.training_tables import ShadowCountRow, ShadowDifferenceRow, ShadowRow
from nlp.types import CATEGORIES

router = APIRouter(tags=["training"])

_LISTING = "shadows"
_BODY = 64 * 1024


@router.post(
    "/shadows",
    dependencies=[needs("admin", whole=True)],
    status_code=201,
    summary="Let a candidate read beside the model that serves",
    response_model=ShadowOut,
    responses={201: examples.SHADOW_BEGUN, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.BEGIN_SHADOW,
)
def create(request: Request, context: Served) -> Response:
    """Has workers read a share of what is mined with a candidate too, from now on.

    Nothing that it says is stored but where it differs, and that without words. One runs at a time;
    it ends when somebody ends it, when another model serves, or when the candidate fails.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, ShadowIn)

    def work(session: Session) -> Answer:
        workshop = Workshop.of(context.settings)
        known = workshop.names(session)
        if given.model not in known:
            raise unknown_model(given.model, known, pointer="/model")
        served = stands(session, workshop.where).name
        if given.model == served:
            raise StillNeeded(f"{served} is the model that serves: a shadow run needs another one.")
        shadows.hold(session)
        runs = shadows.running(session)
        if runs is not None:
            raise StillNeeded(
                f"A shadow run of {runs.model} runs: end it at /v1/shadows/{runs.id}/end first."
            )
        row = shadows.start(
            session,
            model=given.model,
            served=served,
            share=given.share,
            by_name=context.caller.name,
        )
        audit.note(session, context.caller, "shadow.begun", ids=[row.id], share=given.share)
        (found,) = _shadows(session, [row])
        headers = {"Location": found.url}
        return Answer(status=201, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.get(
    "/shadows",
    dependencies=[needs("read", whole=True)],
    summary="List shadow runs, the newest first",
    response_model=Page[ShadowOut],
    responses={200: examples.SHADOWS, **problems(422)},
)
def list_shadows(
    request: Request, context: Served, query: Annotated[ShadowQuery, Query()]
) -> Response:
    """Lists shadow runs, each with how often the two differ so far."""
    fields = answers.chosen(ShadowOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = shadows.list_page(session, state=query.state, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = _shadows(session, rows)
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/shadows/{id}",
    dependencies=[needs("read", whole=True)],
    summary="Read how a candidate differs",
    response_model=ShadowOut,
    responses={200: examples.SHADOW, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one shadow run: by category what both find and what one alone does, with intervals."""
    with context.reading() as session:
        (found,) = _shadows(session, [_existing(session, id)])
    return answers.one(found, None)


@router.get(
    "/shadows/{id}/differences",
    dependencies=[needs("read", whole=True)],
    summary="List where a candidate differs, the most first",
    response_model=Page[DifferenceOut],
    responses={200: examples.DIFFERENCES, **problems(404, 422)},
)
def list_differences(
    request: Request, context: Served, id: UUID, query: Annotated[DifferenceQuery, Query()]
) -> Response:
    """Lists passages of which the two do not say the same, or of which one is surer by 0.1."""
    fields = answers.chosen(DifferenceOut, query.fields)
    listing = f"differences of {id}"
    after = None
    if query.cursor:
        gap, last = cursors.decode(query.cursor, listing)
        after = (int(gap), UUID(last))
    wanted = DifferenceFilter(
        category=query.category,
        found_by=query.found_by,
        interaction=query.interaction,
        least=query.least,
    )
    with context.reading() as session:
        _existing(session, id)
        listed = shadows.differences(session, id, wanted, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(listing, rows[-1].gap, rows[-1].id) if more else None
    found = [_difference(row) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.post(
    "/shadows/{id}/end",
    dependencies=[needs("admin", whole=True)],
    summary="End a shadow run",
    response_model=ShadowOut,
    responses={200: examples.SHADOW_ENDED, **problems(400, 404, 409, 413, 422)},
    openapi_extra=examples.WITH_KEY,
)
def end(request: Request, context: Served, id: UUID) -> Response:
    """Ends it; what was counted stays. One that has ended is left as it is."""
    body = Body(request, limit=_BODY)

    def work(session: Session) -> Answer:
        row = _existing(session, id)
        if shadows.end(session, id, because="asked"):
            audit.note(session, context.caller, "shadow.ended", ids=[id])
        session.refresh(row)
        (found,) = _shadows(session, [row])
        return Answer(status=200, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


def _existing(session: Session, id: UUID) -> ShadowRow:
    """A shadow run that is there.

    Raises:
        NotFound: it is not.
    """
    row = shadows.get(session, id)
    if row is None:
        raise NotFound(f"No shadow run has the id {id}.")
    return row


def _shadows(session: Session, rows: Sequence[ShadowRow]) -> list[ShadowOut]:
    counts = shadows.counts(session, [row.id for row in rows])
    return [_shadow(row, counts[row.id]) for row in rows]


def _shadow(row: ShadowRow, counts: Mapping[str, ShadowCountRow]) -> ShadowOut:
    kept = (
        "id model served share state started_at ended_at ended_because error_code interactions "
        "passages"
    )
    url = f"/v1/shadows/{row.id}"
    served = _milliseconds(row.served_seconds, row.passages)
    candidate = _milliseconds(row.candidate_seconds, row.passages)
    return ShadowOut.model_validate(
        {
            **{name: getattr(row, name) for name in kept.split()},
            "by": row.by_name,
            "same_sentiment": share(row.same_feeling, row.passages),
            "served_ms": served,
            "candidate_ms": candidate,
            "speed_ratio": served / candidate if served and candidate else None,
            "categories": [_category(counts[name]) for name in CATEGORIES if name in counts],
            "url": url,
            "differences_url": f"{url}/differences",
        }
    )


def _milliseconds(seconds: float, passages: int) -> float | None:
    return 1000 * seconds / passages if passages else None


def _category(row: ShadowCountRow) -> ShadowCategoryOut:
    both, served, candidate = row.both_found, row.served_alone, row.candidate_alone
    passages = both + served + candidate + row.neither
    return ShadowCategoryOut.model_validate(
        {
            "category": row.category,
            "both": both,
            "served_alone": served,
            "candidate_alone": candidate,
            "neither": row.neither,
            "differ": share(served + candidate, passages),
            "served_found": share(both + served, passages),
            "candidate_found": share(both + candidate, passages),
            "mean_gap": row.sum_gap / passages if passages else None,
            "correlation": _correlation(row, passages),
        }
    )


def _correlation(row: ShadowCountRow, passages: int) -> float | None:
    """Pearson's, from sums; None where one of the two never changes."""
    spread = passages * row.sum_served_square - row.sum_served**2
    other = passages * row.sum_candidate_square - row.sum_candidate**2
    # What rounding leaves of a constant is no spread.
    least = 1e-9 * max(1.0, row.sum_served**2, row.sum_candidate**2)
    if min(spread, other) <= least:
        return None
    shared = passages * row.sum_product - row.sum_served * row.sum_candidate
    return max(-1.0, min(1.0, shared / math.sqrt(spread * other)))


def _difference(row: ShadowDifferenceRow) -> DifferenceOut:
    kept = "id passage category served candidate served_found candidate_found"
    return DifferenceOut.model_validate(
        {
            **{name: getattr(row, name) for name in kept.split()},
            "interaction": row.interaction_id,
            "interaction_url": f"/v1/interactions/{row.interaction_id}",
        }
    )

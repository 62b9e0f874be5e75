"""/v1/models, /v1/promotions and /v1/remine: what may serve, what does, and what it mined."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import PromotionRefused, StillNeeded
from api.manners import cursors
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers, theme_answers
from api.routes import model_examples as examples
from api.schemas.base import Page
from api.schemas.jobs import JobOut
from api.schemas.models import (
    ComparisonOut,
    ComparisonQuery,
    ModelDetailOut,
    ModelOut,
    ModelQuery,
    PromotionIn,
    PromotionOut,
    PromotionQuery,
    RemineIn,
    RollbackIn,
)
from api.schemas.problems import problems
from api.steps import measure, remine
from api.steps.promote import promote, rollback, weigh
from api.steps.serving import Stand, Where, stands
from api.store import audit, jobs, models
from api.store.model_tables import PromotionRow
from api.store.remines import Scope
from api.store.tables import JobRow
from nlp.learn.shelf import Entry

router = APIRouter(tags=["models"])

_MODELS, _PROMOTIONS = "models", "promotions"
_BODY = 64 * 1024

Name = Annotated[str, Path(description="Of a model on the shelf.")]


@router.get(
    "/models",
    dependencies=[needs("read", whole=True)],
    summary="List models",
    response_model=Page[ModelOut],
    responses={200: examples.MODELS, **problems(422)},
)
def list_models(
    request: Request, context: Served, query: Annotated[ModelQuery, Query()]
) -> Response:
    """Lists the models on the shelf by name: which serves, key figures, and how much each mined."""
    fields = answers.chosen(ModelOut, query.fields)
    start = int(cursors.decode(query.cursor, _MODELS)[0]) if query.cursor else 0
    where = Where.of(context.settings)
    shown, more = answers.cut(where.shelf.names()[start:], query.limit)
    with context.reading() as session:
        known = _Known(session, where)
        found = [ModelOut.model_validate(known.model(where.shelf.describe(one))) for one in shown]
    following = cursors.encode(_MODELS, start + len(shown)) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/models/{name}",
    dependencies=[needs("read", whole=True)],
    summary="Read a model's card and lineage",
    response_model=ModelDetailOut,
    responses={200: examples.MODEL, **problems(404, 422)},
)
def read_model(context: Served, name: Name) -> Response:
    """Reads a model with its card, key figures, and the models that it was trained from."""
    where = Where.of(context.settings)
    chain = where.shelf.lineage(name)
    with context.reading() as session:
        values = _Known(session, where).model(chain[0])
    values |= {
        "card": where.shelf.card(name),
        "lineage": [_step(one) for one in chain],
        "files": chain[0].files,
    }
    return answers.one(ModelDetailOut.model_validate(values), None)


@router.get(
    "/models/{name}/comparison",
    dependencies=[needs("read", whole=True)],
    summary="Compare two models as the gate does",
    response_model=ComparisonOut,
    responses={200: examples.COMPARISON, **problems(404, 422)},
)
def compare(context: Served, name: Name, query: Annotated[ComparisonQuery, Query()]) -> Response:
    """Compares a model with the one that serves, or with another: every figure, and the verdict.

    Differences come with the middle 95 % of a bootstrap over interactions, drawn for both alike.
    """
    where = Where.of(context.settings)
    entry = where.shelf.describe(name)
    against = None
    if query.against is not None:
        other = where.shelf.describe(query.against)
        against = Stand(name=other.name, digest=other.digest, promotion=UUID(int=0))
    with context.reading() as session:
        weighed = weigh(session, where, entry, against)
    values = {
        **weighed.verdict.as_json(),
        "judged": weighed.judged,
        "measured_at": weighed.measured_at,
    }
    return answers.one(ComparisonOut.model_validate(values), None)


@router.post(
    "/models/{name}/measurements",
    dependencies=[needs("admin", whole=True)],
    status_code=202,
    summary="Measure a model beside the one that serves",
    response_model=JobOut,
    responses={202: examples.MEASURING, **problems(400, 404, 409, 413, 422)},
    openapi_extra=examples.WITH_KEY,
)
def measure_model(request: Request, context: Served, name: Name) -> Response:
    """Has a worker measure what the gate needs, as a job that comes after all mining.

    How fast the model reads beside the one that serves, and what both say of passages that people
    judged. A promotion needs it once for each pair of models.
    """
    body = Body(request, limit=_BODY)
    where = Where.of(context.settings)
    entry = where.shelf.describe(name)

    def work(session: Session) -> Answer:
        job = measure.ask(session, where, entry)
        audit.note(session, context.caller, "model.measured", ids=[job.id], model=name)
        return _job(session, job)

    return once(request, context, body, work)


@router.post(
    "/promotions",
    dependencies=[needs("admin", whole=True)],
    status_code=201,
    summary="Let a model serve",
    response_model=PromotionOut,
    responses={
        201: examples.PROMOTED,
        **problems(400, 404, 413, 415, 422),
        **examples.refused(),
    },
    openapi_extra=examples.PROMOTE,
)
def create(request: Request, context: Served) -> Response:
    """Lets a model take over where the gate lets it; workers change to it before their next batch.

    It is refused where a label's F1 on the frozen test or on reviewed passages falls, where its
    probabilities are further from the truth, or where it is slower: `reasons` has every figure.
    What was mined before stays as it is and says by which model; `/v1/remine` mines it again.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, PromotionIn)
    where = Where.of(context.settings)
    entry = where.shelf.describe(given.model)

    def work(session: Session) -> Answer:
        models.claim(session)
        serves = stands(session, where)
        if serves.digest == entry.digest:
            raise StillNeeded(f"{serves.name} serves already.")
        weighed = weigh(session, where, entry)
        reason = context.redactor.redact_text(given.reason)
        row = promote(session, weighed, who=context.caller, reason=reason, force=given.force)
        if row is None:
            found = weighed.verdict
            said = "; ".join(one.message for one in found.reasons)
            raise PromotionRefused(f"{said}.", verdict=found.as_json())
        return _promotion_answer(row)

    return once(request, context, body, work)


@router.get(
    "/promotions",
    dependencies=[needs("read", whole=True)],
    summary="List promotions, the newest first",
    response_model=Page[PromotionOut],
    responses={200: examples.PROMOTIONS, **problems(422)},
)
def list_promotions(
    request: Request, context: Served, query: Annotated[PromotionQuery, Query()]
) -> Response:
    """Lists which model served when, who let it and why, and what the gate said."""
    fields = answers.chosen(PromotionOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _PROMOTIONS)[0]) if query.cursor else None
    with context.reading() as session:
        listed = models.list_page(session, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = [_promotion(row) for row in rows]
    following = cursors.encode(_PROMOTIONS, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.post(
    "/promotions/rollback",
    dependencies=[needs("admin", whole=True)],
    status_code=201,
    summary="Take the last promotion back",
    response_model=PromotionOut,
    responses={201: examples.ROLLED_BACK, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.ROLL_BACK,
)
def roll_back(request: Request, context: Served) -> Response:
    """Lets what served before the last promotion serve again; no gate is asked.

    Done again, it goes back one promotion further.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, RollbackIn)

    def work(session: Session) -> Answer:
        reason = context.redactor.redact_text(given.reason)
        row = rollback(session, who=context.caller, reason=reason)
        if row is None:
            raise StillNeeded("No promotion is left to take back: the first model serves.")
        return _promotion_answer(row)

    return once(request, context, body, work)


@router.post(
    "/remine",
    dependencies=[needs("admin", whole=True)],
    status_code=202,
    summary="Mine again what is stored",
    response_model=JobOut,
    responses={202: examples.REMINING, **problems(400, 404, 409, 413, 415, 422)},
    openapi_extra=examples.REMINE,
)
def mine_again(request: Request, context: Served) -> Response:
    """Has workers mine again with the model that serves, as a job that comes after all mining.

    Findings that are the same keep their ids, and with them themes, items and departments; people's
    corrections win. Asked for anew while one runs, the new job takes the old one's place.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, RemineIn, empty=True)

    def work(session: Session) -> Answer:
        if given.theme is not None:
            theme_answers.existing(session, given.theme)
        scope = Scope(model=given.model, since=given.since, before=given.until, theme=given.theme)
        job = remine.ask(session, scope)
        audit.note(session, context.caller, "interactions.remined", ids=[job.id], count=job.total)
        return _job(session, job)

    return once(request, context, body, work)


class _Known:
    """What the database says of all models, read once for a page of them."""

    def __init__(self, session: Session, where: Where) -> None:
        self._serves = stands(session, where)
        self._mined = models.mined_by(session)
        promoted = self._serves.promotion
        self._trouble = None if promoted is None else models.trouble(session, promoted)

    def model(self, entry: Entry) -> dict[str, Any]:
        """One of them, as the schema has it."""
        serving = (entry.name, entry.digest) == (self._serves.name, self._serves.digest)
        return {
            "name": entry.name,
            "digest": entry.digest,
            "serving": serving,
            "parent": entry.parent,
            "made_at": entry.lineage.get("made_at"),
            "figures": entry.figures,
            "answered": entry.answered,
            "interactions": self._mined.get(entry.name, 0),
            "trouble": self._trouble if serving else None,
            "problem": entry.problem or None,
            "url": f"/v1/models/{entry.name}",
        }


def _step(entry: Entry) -> Mapping[str, Any]:
    code = entry.lineage.get("code")
    return {
        "name": entry.name,
        "digest": entry.digest,
        "made_at": entry.lineage.get("made_at"),
        "corrections": entry.lineage.get("corrections"),
        "code": None if code is None else str(code),
        "problem": entry.problem or None,
    }


def _promotion(row: PromotionRow) -> PromotionOut:
    kept = "id kind model digest from_model reason forced undoes at verdict"
    values = {name: getattr(row, name) for name in kept.split()}
    return PromotionOut.model_validate({**values, "by": row.by_name})


def _promotion_answer(row: PromotionRow) -> Answer:
    headers = {"Location": "/v1/promotions"}
    return Answer(status=201, body=_promotion(row).model_dump(mode="json"), headers=headers)


def _job(session: Session, job: JobRow) -> Answer:
    found = answers.job(job, jobs.progress(session, job.id))
    headers = {"Location": found.url}
    return Answer(status=202, body=found.model_dump(mode="json"), headers=headers)

"""/v1/reviews: passages that people are asked to judge; /v1/quality: how good the model is."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Context, Served, Session
from api.errors import Fault, InvalidRequest, NotFound, ReviewHeld, ReviewOver
from api.manners import cursors
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers, review_answers
from api.routes import review_examples as examples
from api.schemas.base import Page
from api.schemas.problems import problems
from api.schemas.reviews import (
    ModelQualityOut,
    ModelQualityQuery,
    ReviewAnswerIn,
    ReviewNextIn,
    ReviewOut,
    ReviewQuery,
    ReviewTaskOut,
    ReviewTasksOut,
)
from api.steps import judge
from api.steps.judge import Judgement, Reviewer
from api.steps.opinions import Means, Who
from api.steps.quality import quality
from api.store import audit, reviews
from api.store.review_tables import ReviewRow
from api.store.reviews import ReviewFilter
from nlp.errors import OptionError

router = APIRouter(tags=["reviews"])

_LISTING = "reviews"
_BODY = 64 * 1024
_POST = (400, 404, 409, 413, 422)


@router.get(
    "/reviews",
    dependencies=[needs("label", whole=True)],
    summary="List the review queue, the newest first",
    response_model=Page[ReviewOut],
    responses={200: examples.LISTED, **problems(422)},
)
def list_reviews(
    request: Request, context: Served, query: Annotated[ReviewQuery, Query()]
) -> Response:
    """Lists passages that people are or were asked to judge, without their words.

    A worker fills the queue from what was mined: a fixed share is drawn blindly, the rest is where
    a judgement teaches the next model most.
    """
    fields = answers.chosen(ReviewOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    wanted = ReviewFilter(
        state=query.state,
        reason=query.reason,
        category=query.category,
        model=query.model,
        interaction=query.interaction,
    )
    with context.reading() as session:
        listed = reviews.list_page(session, wanted, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = [review_answers.row(one) for one in rows]
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/reviews/{id}",
    dependencies=[needs("label", whole=True)],
    summary="Read one passage of the review queue",
    response_model=ReviewTaskOut,
    responses={200: examples.READ, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one passage with the words around it; it is handed to nobody by that."""
    with context.reading() as session:
        row = _existing(session, id)
        (found,) = review_answers.tasks(session, [row])
        audit.read(session, context.caller, "review.read", ids=[id, row.interaction_id])
    return answers.one(found, None)


@router.post(
    "/reviews/next",
    dependencies=[needs("label", whole=True)],
    summary="Be handed passages to judge",
    response_model=ReviewTasksOut,
    responses={200: examples.HANDED, **problems(400, 409, 413, 422)},
    openapi_extra=examples.NEXT,
)
def take_next(request: Request, context: Served) -> Response:
    """Hands you up to so many passages, which nobody else is handed meanwhile.

    What you were handed before and did not answer comes first, and is yours for longer. An empty
    list says that nothing waits.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, ReviewNextIn)

    def work(session: Session) -> Answer:
        wanted = ReviewFilter(reason=given.reason, category=given.category)
        rows = judge.take(
            session, wanted, who=reviewer(context), count=given.count, minutes=given.minutes
        )
        found = ReviewTasksOut(
            data=review_answers.tasks(session, rows), waiting=sum(reviews.waiting(session).values())
        )
        ids = [id for row in rows for id in (row.id, row.interaction_id)]
        audit.read(session, context.caller, "review.handed", ids=ids)
        return Answer(status=200, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


@router.post(
    "/reviews/{id}/answer",
    dependencies=[needs("label", whole=True)],
    summary="Judge a passage of the review queue",
    response_model=ReviewOut,
    responses={200: examples.ANSWERED, **problems(*_POST)},
    openapi_extra=examples.ANSWER,
)
def answer(request: Request, context: Served, id: UUID) -> Response:
    """Says of each built-in category whether the passage carries it, and carries that out.

    It becomes opinions (`/v1/opinions?review=…`), as if you had given them one by one: findings
    follow at once. Who was not handed the passage may answer it too, as long as nobody else holds
    it.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, ReviewAnswerIn)

    def work(session: Session) -> Answer:
        row = held(session, context, id)
        said = judgement(given)
        say(session, context, row, said)
        return Answer(status=200, body=review_answers.row(row).model_dump(mode="json"))

    return once(request, context, body, work)


@router.post(
    "/reviews/{id}/skip",
    dependencies=[needs("label", whole=True)],
    summary="Skip a passage of the review queue",
    response_model=ReviewOut,
    responses={200: examples.SKIPPED, **problems(*_POST)},
    openapi_extra=examples.WITH_KEY,
)
def skip(request: Request, context: Served, id: UUID) -> Response:
    """Takes a passage that you cannot judge out of the queue; nobody is asked about it again."""
    body = Body(request, limit=_BODY)

    def work(session: Session) -> Answer:
        row = held(session, context, id)
        pass_over(session, context, row)
        return Answer(status=200, body=review_answers.row(row).model_dump(mode="json"))

    return once(request, context, body, work)


@router.get(
    "/quality",
    dependencies=[needs("read", whole=True)],
    summary="Read how good the model is on what comes in",
    response_model=ModelQualityOut,
    responses={200: examples.QUALITY, **problems(422)},
)
def read_quality(context: Served, query: Annotated[ModelQualityQuery, Query()]) -> Response:
    """Precision, recall and F1 a category with 95 % intervals, from the random share alone.

    What people correct of their own accord, and what the queue picks because the model doubts it,
    plays no part: it would say more of the picking than of the model. Where there is too little to
    tell, a figure is null and the note says so.
    """
    with context.reading() as session:
        model = query.model or next(iter(reviews.models(session)), None)
        found = None
        if model is not None:
            found = quality(session, model, since=query.since, until=query.until)
    return answers.one(review_answers.quality(found, since=query.since, until=query.until), None)


def reviewer(context: Context) -> Reviewer:
    """Who asks for passages."""
    caller = context.caller
    return Reviewer(
        lease=str(caller.id or "local"), who=Who(id=caller.id, name=caller.name, department=None)
    )


def judgement(given: ReviewAnswerIn) -> Judgement:
    """What a body says of a passage."""
    return Judgement(
        categories=given.categories.said(),
        quotes={quote.category: (quote.start, quote.end) for quote in given.quotes},
        sentiment=given.sentiment,
    )


def held(session: Session, context: Context, id: UUID) -> ReviewRow:
    """A row that waits, and that nobody else looks at; it is locked.

    Raises:
        NotFound: there is none.
        ReviewOver: it was answered, skipped, or waits no more.
        ReviewHeld: somebody else was handed it.
    """
    row = _existing(session, id, lock=True)
    if row.state != "open":
        raise ReviewOver(f"The passage {id} is {row.state}: ask for another one.")
    if reviews.is_held(session, row, by=reviewer(context).lease):
        raise ReviewHeld(f"The passage {id} was handed to somebody else: ask for another one.")
    return row


def say(session: Session, context: Context, row: ReviewRow, said: Judgement) -> None:
    """Carries out what somebody says of a passage.

    Raises:
        InvalidRequest: it makes no sense there.
    """
    means = Means(redact=context.redactor.redact_text, memory=context.memory)
    try:
        judge.answer(session, row, said, who=reviewer(context), means=means)
    except OptionError as error:
        fault = Fault(place="body", pointer="/quotes", message=str(error))
        raise InvalidRequest("This cannot be said of the passage.", faults=[fault]) from None
    ids = [row.id, row.interaction_id]
    audit.note(session, context.caller, "review.answered", ids=ids, reason=row.reason)


def pass_over(session: Session, context: Context, row: ReviewRow) -> None:
    """Takes a passage out of the queue unanswered."""
    reviews.end(session, row, by=context.caller.name)
    ids = [row.id, row.interaction_id]
    audit.note(session, context.caller, "review.skipped", ids=ids, reason=row.reason)


def _existing(session: Session, id: UUID, *, lock: bool = False) -> ReviewRow:
    """A row of the queue that is there.

    Raises:
        NotFound: it is not.
    """
    row = reviews.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No passage of the review queue has the id {id}.")
    return row

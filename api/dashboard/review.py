"""The review queue on the pages: one passage at a time, in its context, judged by a few keys."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import needs
from api.context import Served
from api.dashboard import forms
from api.dashboard.rendering import templates
from api.errors import ReviewHeld, ReviewOver
from api.routes import review_answers, reviews
from api.schemas.reviews import ReviewAnswerIn
from api.steps import judge
from api.store import audit
from api.store import reviews as store
from api.store.reviews import ReviewFilter
from nlp.types import CATEGORIES, SENTIMENTS

router = APIRouter(include_in_schema=False)

_BODY = 64 * 1024
_MINUTES = 30
_WHY = {
    "unsure": "The model is in two minds.",
    "rare": "Few cases of this were judged, and the model is in two minds.",
    "disagreement": "Two models say otherwise.",
    "new_words": "It holds words that the model has never read.",
    "random": "Drawn blindly, to tell how good the model is. What it found is not shown: it would "
    "lead you.",
}


@router.get("/review", dependencies=[needs("label", whole=True)])
def shown(request: Request, context: Served) -> Response:
    """The passage that waits longest, which nobody else is handed meanwhile."""
    with context.session() as session:
        rows = judge.take(
            session, ReviewFilter(), who=reviews.reviewer(context), count=1, minutes=_MINUTES
        )
        tasks = review_answers.tasks(session, rows)
        waiting = sum(store.waiting(session).values())
        ids = [id for row in rows for id in (row.id, row.interaction_id)]
        audit.read(session, context.caller, "review.handed", ids=ids)
    values = {
        "task": tasks[0] if tasks else None,
        "why": _WHY,
        "waiting": waiting,
        "categories": CATEGORIES,
        "sentiments": SENTIMENTS,
    }
    return templates.TemplateResponse(request, "review.html", values)


@router.post("/review/{id}", dependencies=[needs("label", whole=True)])
def said(request: Request, context: Served, id: UUID) -> Response:
    """Takes the form of one passage, and leads to the next; other sites' pages are refused."""
    sent = forms.sent(request, limit=_BODY)
    given = None if "skip" in sent else _given(sent)
    try:
        with context.session() as session:
            row = reviews.held(session, context, id)
            if given is None:
                reviews.pass_over(session, context, row)
            else:
                reviews.say(session, context, row, reviews.judgement(given))
    except (ReviewOver, ReviewHeld):
        pass  # it took long, and somebody else has it: the next one is as good
    return RedirectResponse("/review", status_code=303)


def _given(sent: dict[str, list[str]]) -> ReviewAnswerIn:
    """What the form says.

    Raises:
        InvalidRequest: it is not one that the page makes.
    """
    there = sent.get("category", [])
    quotes = [
        {"category": name, "start": start, "end": end}
        for name in there
        if (place := sent.get(f"quote_{name}", [""])[0])
        for start, _, end in [place.partition("-")]
    ]
    values = {
        "categories": {name: name in there for name in CATEGORIES},
        "quotes": quotes,
        "sentiment": sent.get("sentiment", [None])[0],
    }
    return forms.checked(ReviewAnswerIn, values)

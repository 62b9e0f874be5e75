"""/v1/retention: how long interactions are kept."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served
from api.manners import versions
from api.manners.body import Body, read_as
from api.routes import answers
from api.routes import erasure_examples as examples
from api.schemas.erasures import RetentionIn, RetentionOut
from api.schemas.problems import problems
from api.store import audit, retention

router = APIRouter(tags=["erasure"], dependencies=[needs("admin", whole=True)])

_BODY = 64 * 1024


@router.get(
    "/retention",
    summary="Read how long interactions are kept",
    response_model=RetentionOut,
    responses={200: examples.RETENTION, **problems()},
)
def read_retention(context: Served) -> Response:
    """Reads the policy; its `ETag` goes into `If-Match` when it is set."""
    with context.reading() as session:
        found = RetentionOut.model_validate(retention.read(session))
    return _answer(found)


@router.put(
    "/retention",
    summary="Set how long interactions are kept",
    response_model=RetentionOut,
    responses={200: examples.RETENTION, **problems(412, 413, 422, 428)},
    openapi_extra=examples.SET_RETENTION,
)
def set_retention(request: Request, context: Served) -> Response:
    """Sets days by channel, counted from when an interaction happened; `If-Match` is needed.

    A worker erases what is older once a day, except what a legal hold covers. See first what that
    would be: `POST /v1/erasures` with `retention` and `dry_run`.
    """
    given = read_as(Body(request, limit=_BODY), RetentionIn)
    days = {str(name): number for name, number in given.days.items()}
    with context.session() as session:
        row = retention.read(session, lock=True)
        versions.check(request, row.revision)
        if row.days != days:
            retention.change(session, row, days)
            audit.note(session, context.caller, "retention.set", fields=len(days))
        found = RetentionOut.model_validate(row)
    return _answer(found)


def _answer(found: RetentionOut) -> Response:
    answer = answers.one(found, None)
    answer.headers["ETag"] = versions.etag(found.revision)
    return answer

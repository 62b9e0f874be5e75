"""/v1/themes/recluster and /v1/themes/quality: gathering themes anew, and how well it went."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import StillNeeded
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers, theme_answers
from api.routes import theme_examples as examples
from api.schemas.base import Page
from api.schemas.jobs import JobOut
from api.schemas.problems import problems
from api.schemas.theme_edits import ReclusterIn
from api.schemas.theme_queries import QualityQuery
from api.schemas.themes import QualityOut
from api.steps import retheme
from api.store import categories, jobs, theme_reads, theme_runs
from api.store.theme_history import ThemeRunRow
from api.store.theme_tables import ALL, ThemeScopeRow

router = APIRouter(tags=["themes"])

_BODY = 64 * 1024


@router.post(
    "/themes/recluster",
    status_code=202,
    dependencies=[needs("label", whole=True)],
    summary="Gather themes anew",
    response_model=JobOut,
    responses={202: examples.RECLUSTERING, **problems(400, 409, 413, 422)},
    openapi_extra=examples.RECLUSTER,
)
def recluster(request: Request, context: Served) -> Response:
    """Starts a job that gathers themes anew; ids, names and people's decisions stay.

    Until it is through, everybody reads the themes as they were. One at a time runs in a scope:
    where all that was asked for is under way, its job is answered.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, ReclusterIn, empty=True)

    def work(session: Session) -> Answer:
        if given.scope is not None:
            theme_answers.check_scope(session, given.scope, place="body")
        all_names = [ALL, *categories.names(session)]
        names = [given.scope] if given.scope is not None else all_names
        wanted = dict.fromkeys(names, retheme.ASKED)
        job = retheme.ask(session, wanted, source=given.scope or "themes")
        if job is None:
            running = [theme_runs.under_way(session, name) for name in names]
            known = [run.job_id for run in running if run is not None and run.job_id is not None]
            job = jobs.get(session, known[0]) if known else None
        if job is None:
            raise StillNeeded("The themes are being gathered by a job that is not known any more.")
        found = answers.job(job, jobs.progress(session, job.id))
        headers = {"Location": found.url}
        return Answer(status=202, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.get(
    "/themes/quality",
    dependencies=[needs("read", whole=True)],
    summary="Read how far to trust the themes of each scope",
    response_model=Page[QualityOut],
    responses={200: examples.QUALITY, **problems(422)},
)
def list_quality(
    request: Request, context: Served, query: Annotated[QualityQuery, Query()]
) -> Response:
    """Reads the figures of the last clustering of each scope: all scopes on one page."""
    fields = answers.chosen(QualityOut, query.fields)
    with context.session() as session:
        theme_reads.snapshot(session)
        if query.scope is not None:
            theme_answers.check_scope(session, query.scope)
        runs = theme_reads.last_runs(session, query.scope)
    found = [_quality(run, scope) for run, scope in runs]
    return answers.page(request, found, fields=fields, next_cursor=None)


def _quality(run: ThemeRunRow, scope: ThemeScopeRow) -> QualityOut:
    said = run.quality or {}
    inside = round(said["coverage"] * run.documents)
    return QualityOut.model_validate(
        {
            "scope": scope.scope,
            "clustered_at": run.finished_at,
            "model": scope.model,
            "resolution": scope.resolution,
            "findings": run.findings,
            "passages": run.documents,
            "themes": run.themes,
            "coverage": theme_answers.share(inside, run.documents),
            "stability": said["stability"],
            "moved": run.moved,
            "coherence": said["coherence"],
            "silhouette": said["silhouette"],
        }
    )

"""The app: routes, manners and pages put together over a database."""

from fastapi import Depends, FastAPI
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import openapi
from api.auth import caller_of
from api.callers import Callers
from api.context import Context
from api.dashboard import pages
from api.manners.limits import Buckets, Limits
from api.manners.middleware import RequestId, SameSite
from api.manners.observed import Observed
from api.manners.pressure import Pressure
from api.metrics import Metrics
from api.problems import add_handlers, answer_unforeseen
from api.routes import (
    aggregates,
    alerts,
    areas,
    audit,
    batches,
    categories,
    corrections,
    deliveries,
    departments,
    digests,
    drift,
    erasures,
    events,
    exports,
    findings,
    formats,
    health,
    holds,
    inbox,
    interactions,
    jobs,
    keys,
    me,
    metrics,
    models,
    opinions,
    retention,
    reviews,
    rules,
    search,
    shadows,
    theme_decisions,
    theme_edits,
    theme_figures,
    theme_runs,
    themes,
    trainings,
    webhooks,
)
from api.settings import Settings, is_loopback
from api.steps.accept import Redacts
from api.steps.categories import Teaches
from api.steps.search import Embeds
from api.store.database import Database
from api.streams import Streams

NOUNS = (
    *(interactions, batches, jobs, findings),
    # In this order: /themes/quality is no theme's id.
    *(theme_runs, themes, theme_figures, theme_edits, theme_decisions, areas, alerts),
    # In this order: /exports/corrections is no noun's.
    *(opinions, corrections, reviews),
    *(search, exports, aggregates, categories, formats),
    *(departments, rules, inbox),
    *(webhooks, deliveries, events, digests),
    drift,
    *(me, keys, audit),
    *(models,),
    *(erasures, holds, retention),
    *(trainings, shadows),
)
"""What lies below /v1."""


def create_app(
    settings: Settings,
    database: Database,
    *,
    redactor: Redacts,
    teacher: Teaches,
    embeds: Embeds | None = None,
) -> FastAPI:
    """Build the service.

    Args:
        settings: of this process.
        database: migrated; the caller closes it.
        redactor: takes personal data out before anything is stored.
        teacher: fits categories of a team's own.
        embeds: gives queries their vectors; None searches by words alone.
    """
    app = FastAPI(
        title="Conduit",
        version=openapi.VERSION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = Context(
        settings=settings, database=database, redactor=redactor, teacher=teacher, embeds=embeds
    )
    app.state.callers = Callers(database, asks_for_keys=settings.asks_for_keys)
    app.state.streams = Streams(database, settings.streams)
    app.state.nouns = tuple(noun.router for noun in NOUNS)
    app.state.metrics = Metrics(settings, database)
    app.state.pressure = Pressure(settings, database)
    for noun in NOUNS:
        app.include_router(noun.router, prefix="/v1", dependencies=[Depends(caller_of)])
    app.include_router(health.router)
    app.include_router(metrics.router)

    @app.get("/openapi.json", include_in_schema=False)
    def describe(request: Request) -> Response:
        """The OpenAPI document."""
        return JSONResponse(openapi.document(request.app))

    pages.mount(app)
    add_handlers(app)
    # From the inside out: what nobody foresaw is answered inside of what marks every answer. The
    # framework's own last resort would raise it again, and the server would log its text.
    app.add_middleware(ExceptionMiddleware, handlers={Exception: answer_unforeseen})
    open_here = not settings.asks_for_keys and is_loopback(settings.host)
    hosts = {"localhost", settings.host.lower()} if open_here else None
    app.add_middleware(SameSite, hosts=hosts)
    buckets = Buckets(per_second=settings.rate_per_second, burst=settings.rate_burst)
    app.add_middleware(Limits, buckets=buckets)
    app.add_middleware(Observed, metrics=app.state.metrics)
    app.add_middleware(RequestId)
    return app

"""/livez and /readyz: for whatever watches over the service."""

from fastapi import APIRouter
from starlette.requests import Request

from api.context import of_app
from api.errors import NotReady
from api.routes import examples, readiness
from api.schemas.jobs import CheckOut, HealthOut, ReadinessOut
from api.schemas.problems import problems

router = APIRouter(tags=["health"])


@router.get(
    "/livez",
    summary="Whether the process lives",
    responses={200: examples.HEALTHY, **problems()},
)
def live() -> HealthOut:
    """Answers as long as the process can answer anything."""
    return HealthOut(status="ok")


@router.get(
    "/readyz",
    summary="Whether the service can do its work",
    responses={200: examples.READY, **problems()},
)
def ready(request: Request) -> ReadinessOut:
    """Answers 503 where the database, its extension or its schema is missing: nothing works then.

    Without weights, with a model that cannot be loaded, without workers or with a queue that is too
    long it answers, and says so.
    """
    context = of_app(request)
    missing = context.database.lacks()
    if missing is not None:
        raise NotReady(f"Not ready: {missing}.")
    checks = [
        CheckOut(name="database", state="ok", detail="it answers, and its schema is the newest"),
        *readiness.checks(context.settings, context.database),
    ]
    fine = all(check.state == "ok" for check in checks)
    return ReadinessOut(status="ok" if fine else "degraded", checks=checks)

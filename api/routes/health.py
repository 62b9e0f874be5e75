"""/livez and /readyz: for whatever watches over the service."""

from fastapi import APIRouter
from starlette.requests import Request

from api.context import of_app
from api.errors import NotReady
from api.routes import examples
from api.schemas.jobs import HealthOut
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
    responses={200: examples.HEALTHY, **problems()},
)
def ready(request: Request) -> HealthOut:
    """Answers 503 with what is missing: the database, its extension, or its schema."""
    missing = of_app(request).database.lacks()
    if missing is not None:
        raise NotReady(f"Not ready: {missing}.")
    return HealthOut(status="ok")

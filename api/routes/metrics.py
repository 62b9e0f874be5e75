"""/metrics: for Prometheus, and whatever else reads its text format."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.metrics import Metrics

router = APIRouter(tags=["health"])


@router.get("/metrics", include_in_schema=False, dependencies=[needs("read", whole=True)])
def read_metrics(request: Request) -> Response:
    """Tells what this process answered, and what the rows say of all processes.

    On an address of this machine alone it is open; elsewhere it takes a key of the scope `read`
    that is bound to no department.
    """
    metrics = request.app.state.metrics
    assert isinstance(metrics, Metrics)  # noqa: S101 - state is untyped; create_app sets it
    return Response(metrics.rendered(), media_type=CONTENT_TYPE_LATEST)

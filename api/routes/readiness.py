"""What `/readyz` looks at beside the database: the weights, the workers, and the queue."""

from collections.abc import Iterator
from datetime import timedelta

from api.schemas.jobs import CheckOut
from api.settings import Settings
from api.store import pressure
from api.store.database import Database
from nlp import weights
from nlp.errors import ModelError


def checks(settings: Settings, database: Database) -> Iterator[CheckOut]:
    """Each thing that the service needs for all of its work."""
    yield _weights(settings)
    with database.session() as session:
        stalled = timedelta(seconds=settings.stalled_seconds)
        alive = pressure.workers(session, stalled=stalled)
        waiting = pressure.waiting(session, most=settings.queue_limit)
    yield CheckOut(
        name="workers",
        state="ok" if alive else "degraded",
        detail=f"{alive} live" if alive else "none lives, so nothing is mined: conduit worker",
    )
    full = waiting >= settings.queue_limit
    yield CheckOut(
        name="queue",
        state="degraded" if full else "ok",
        detail=f"{waiting:,}{' or more' if full else ''} wait, {settings.queue_limit:,} may",
    )


def _weights(settings: Settings) -> CheckOut:
    try:
        weights.find(settings.weights)
    except ModelError as error:
        # The error lists the places: they are this machine's, and nobody's who asks.
        detail = f"{error.code}: conduit doctor says where they are looked for"
        return CheckOut(name="weights", state="degraded", detail=detail)
    return CheckOut(name="weights", state="ok", detail="they are there")

"""What `/readyz` looks at beside the database: the weights, the model, the workers, the queue."""

from collections.abc import Iterator
from datetime import timedelta

from api.context import Session
from api.schemas.jobs import CheckOut
from api.settings import Settings
from api.store import models, pressure
from api.store.database import Database
from nlp import weights
from nlp.errors import ModelError
from nlp.learn import registry


def checks(settings: Settings, database: Database) -> Iterator[CheckOut]:
    """Each thing that the service needs for all of its work."""
    yield _weights(settings)
    with database.session() as session:
        yield _model(settings, session)
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


def _model(settings: Settings, session: Session) -> CheckOut:
    """What is known of the model that serves; none is loaded for it."""
    promoted = models.newest(session)
    if promoted is None:
        return _first(settings)
    trouble = models.trouble(session, promoted.id)
    if trouble is None:
        detail = "the promoted one serves, and no process says that it cannot be loaded"
        return CheckOut(name="model", state="ok", detail=detail)
    detail = (
        f"{trouble.code}: the promoted one cannot be loaded, and what served before serves on: "
        "GET /v1/models says which"
    )
    return CheckOut(name="model", state="degraded", detail=detail)


def _first(settings: Settings) -> CheckOut:
    """The model that serves before the first promotion: whether its files are there."""
    folder = settings.model or registry.default_folder()
    try:
        registry.present(folder)
    except ModelError as error:
        detail = f"{error.code}: conduit doctor says what is wrong with it"
        return CheckOut(name="model", state="degraded", detail=detail)
    return CheckOut(
        name="model", state="ok", detail="the first one serves, and its files are there"
    )

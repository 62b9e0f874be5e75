"""/v1/trainings and /v1/training-schedule: the next model, asked for or due, and how it goes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import Fault, InvalidRequest, NameTaken, NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers
from api.routes import training_examples as examples
from api.schemas.base import Page
from api.schemas.problems import problems
from api.schemas.trainings import (
    LogQuery,
    TrainingIn,
    TrainingLineOut,
    TrainingOut,
    TrainingQuery,
    TrainingScheduleIn,
    TrainingScheduleOut,
)
from api.steps import train
from api.steps.serving import stands
from api.steps.train import Workshop
from api.store import audit, trainings
from api.store.tables import JobRow
from api.store.training_tables import TrainingRow, TrainingScheduleRow
from api.store.trainings import TrainingFilter, Wanted

router = APIRouter(tags=["training"])

_LISTING = "trainings"
_BODY = 64 * 1024


@router.post(
    "/trainings",
    dependencies=[needs("admin", whole=True)],
    status_code=202,
    summary="Train the next model",
    response_model=TrainingOut,
    responses={202: examples.ASKED, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.ASK,
)
def create(request: Request, context: Served) -> Response:
    """Starts a training from the project's corpus and people's corrections, as a job.

    It stands back behind mining, goes on where it was if its worker dies, and is stopped by
    cancelling its job. The model that comes of it serves nobody until it is promoted.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, TrainingIn, empty=True)

    def work(session: Session) -> Answer:
        workshop = Workshop.of(context.settings)
        known = workshop.names(session)
        if given.parent is not None and given.parent not in known:
            raise unknown_model(given.parent, known, pointer="/parent")
        taken = trainings.names(session) | known
        if given.name is not None and given.name in taken:
            raise NameTaken(f"A model is called {given.name!r} already: give the new one another.")
        parent = given.parent or stands(session, workshop.where).name
        name = given.name or train.next_name(parent, taken)
        wanted = Wanted(
            name=name,
            parent=given.parent,
            since=given.since,
            until=given.until,
            seed=given.seed,
            by_name=context.caller.name,
        )
        row = train.ask(session, wanted)
        audit.note(session, context.caller, "training.asked", ids=[row.job_id])
        found = _training(*_existing(session, row.job_id))
        headers = {"Location": found.url}
        return Answer(status=202, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.get(
    "/trainings",
    dependencies=[needs("read", whole=True)],
    summary="List trainings, the newest first",
    response_model=Page[TrainingOut],
    responses={200: examples.LISTED, **problems(422)},
)
def list_trainings(
    request: Request, context: Served, query: Annotated[TrainingQuery, Query()]
) -> Response:
    """Lists trainings: those that wait, run, are done, failed or were stopped."""
    fields = answers.chosen(TrainingOut, query.fields)
    wanted = TrainingFilter(state=query.state, parent=query.parent)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = trainings.list_page(session, wanted, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(_LISTING, rows[-1][0].job_id) if more else None
    found = [_training(row, job) for row, job in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/trainings/{id}",
    dependencies=[needs("read", whole=True)],
    summary="Read how far a training is",
    response_model=TrainingOut,
    responses={200: examples.READ, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one training: its stage and how far it is in it, or how it ended."""
    with context.reading() as session:
        return answers.one(_training(*_existing(session, id)), None)


@router.get(
    "/trainings/{id}/log",
    dependencies=[needs("read", whole=True)],
    summary="List what a training told",
    response_model=Page[TrainingLineOut],
    responses={200: examples.LOG, **problems(404, 422)},
)
def list_log(
    request: Request, context: Served, id: UUID, query: Annotated[LogQuery, Query()]
) -> Response:
    """Lists a training's lines in their order; while it runs, more come after the last page."""
    fields = answers.chosen(TrainingLineOut, query.fields)
    listing = f"log of {id}"
    after = int(cursors.decode(query.cursor, listing)[0]) if query.cursor else None
    with context.reading() as session:
        _existing(session, id)
        listed = trainings.lines_page(session, id, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(listing, rows[-1].number) if more else None
    found = [TrainingLineOut.model_validate(row) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/training-schedule",
    dependencies=[needs("read", whole=True)],
    summary="Read when trainings start by themselves",
    response_model=TrainingScheduleOut,
    responses={200: examples.SCHEDULE, **problems()},
)
def read_schedule(context: Served) -> Response:
    """Reads the schedule; its `ETag` goes into `If-Match` when it is set."""
    with context.reading() as session:
        return _scheduled(session, trainings.schedule(session))


@router.put(
    "/training-schedule",
    dependencies=[needs("admin", whole=True)],
    summary="Set when trainings start by themselves",
    response_model=TrainingScheduleOut,
    responses={200: examples.SCHEDULE, **problems(412, 413, 422, 428)},
    openapi_extra=examples.SET_SCHEDULE,
)
def set_schedule(request: Request, context: Served) -> Response:
    """Sets days, new judgements or both, counted from now on; `If-Match` is needed.

    None starts while another waits or runs. What comes of one serves nobody until it is promoted.
    """
    given = read_as(Body(request, limit=_BODY), TrainingScheduleIn)
    with context.session() as session:
        row = trainings.schedule(session, lock=True)
        versions.check(request, row.revision)
        trainings.set_schedule(session, row, given.model_dump())
        audit.note(session, context.caller, "training_schedule.set", enabled=given.enabled)
        return _scheduled(session, row)


@router.delete(
    "/training-schedule",
    dependencies=[needs("admin", whole=True)],
    status_code=204,
    summary="Start no training by itself any more",
    responses={204: {"description": "Nothing starts by itself."}, **problems(412)},
    openapi_extra=examples.DELETE,
)
def delete_schedule(request: Request, context: Served) -> Response:
    """Forgets the schedule; a training that waits or runs goes on."""
    with context.session() as session:
        row = trainings.schedule(session, lock=True)
        versions.check(request, row.revision, needed=False)
        nothing = {"enabled": False, "every_days": None, "after_judgements": None}
        trainings.set_schedule(session, row, nothing)
        audit.note(session, context.caller, "training_schedule.deleted")
    return Response(status_code=204)


def unknown_model(name: str, known: set[str], *, pointer: str) -> InvalidRequest:
    """A body names a model that is not on the shelf."""
    message = f"no model {name!r} is on the shelf; there are {', '.join(sorted(known)) or 'none'}"
    fault = Fault(place="body", pointer=pointer, message=message)
    return InvalidRequest(f"{message[0].upper()}{message[1:]}.", faults=[fault])


def _existing(session: Session, id: UUID) -> tuple[TrainingRow, JobRow]:
    """A training that is there, and its job.

    Raises:
        NotFound: it is not.
    """
    found = trainings.get(session, id)
    if found is None:
        raise NotFound(f"No training has the id {id}.")
    return found


def _training(row: TrainingRow, job: JobRow) -> TrainingOut:
    kept = (
        "name parent state reason seed since until interactions judgements stage done total starts "
        "started_at digest error_code error"
    )
    url = f"/v1/trainings/{row.job_id}"
    return TrainingOut.model_validate(
        {
            **{name: getattr(row, name) for name in kept.split()},
            "id": row.job_id,
            "by": row.by_name,
            "created_at": job.created_at,
            "finished_at": job.finished_at,
            "url": url,
            "log_url": f"{url}/log",
            "job_url": f"/v1/jobs/{row.job_id}",
        }
    )


def _scheduled(session: Session, row: TrainingScheduleRow) -> Response:
    found = TrainingScheduleOut(
        enabled=row.enabled,
        every_days=row.every_days,
        after_judgements=row.after_judgements,
        last_at=row.last_at,
        judgements=trainings.judged(session, row.last_at),
        revision=row.revision,
    )
    answer = answers.one(found, None)
    answer.headers["ETag"] = versions.etag(row.revision)
    return answer

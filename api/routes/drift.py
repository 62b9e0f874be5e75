"""/v1/drift: how far what comes in has moved, and what people say to that."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import NotFound, StillNeeded
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers
from api.routes import drift_examples as examples
from api.schemas.base import Page, Taken
from api.schemas.drift import (
    DriftAlertChangeIn,
    DriftAlertOut,
    DriftAlertQuery,
    DriftReportOut,
    DriftReportQuery,
)
from api.schemas.problems import problems
from api.store import audit
from api.store import drift as store
from api.store.drift_tables import DriftAlertRow, DriftReportRow

router = APIRouter(tags=["drift"])

_REPORTS, _ALERTS = "drift reports", "drift alerts"
_BODY = 64 * 1024


@router.get(
    "/drift",
    dependencies=[needs("read", whole=True)],
    summary="Read the newest report on drift",
    response_model=DriftReportOut,
    responses={200: examples.REPORT, **problems(404)},
)
def read_newest(context: Served) -> Response:
    """Reads what moved in the latest whole weeks: against the weeks before, and the training data.

    A worker makes one a day. Each figure has its value, an interval, where it is usual, and a
    verdict; words and passages show what it is that moved.
    """
    with context.reading() as session:
        row = store.newest(session)
        if row is None:
            raise NotFound(
                "There is no report on drift yet: ask for one by POST /v1/drift/reports."
            )
        (found,) = _reports(session, [row])
    return answers.one(found, None)


@router.get(
    "/drift/reports",
    dependencies=[needs("read", whole=True)],
    summary="List reports on drift, the newest first",
    response_model=Page[DriftReportOut],
    responses={200: examples.REPORTS, **problems(422)},
)
def list_reports(
    request: Request, context: Served, query: Annotated[DriftReportQuery, Query()]
) -> Response:
    """Lists reports, those that wait to be made among them; `fields` keeps the list short."""
    fields = answers.chosen(DriftReportOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _REPORTS)[0]) if query.cursor else None
    with context.reading() as session:
        listed = store.reports(session, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = _reports(session, rows)
    following = cursors.encode(_REPORTS, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.post(
    "/drift/reports",
    status_code=202,
    dependencies=[needs("label", whole=True)],
    summary="Ask for a report on drift now",
    response_model=DriftReportOut,
    responses={202: examples.ASKED, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.ASK,
)
def ask(request: Request, context: Served) -> Response:
    """Asks a worker for a report; one that waits already is answered again.

    It judges whole weeks: asked twice in a week it says the same, but for what came in late.
    """
    body = Body(request, limit=_BODY)
    read_as(body, _Nothing, empty=True)

    def work(session: Session) -> Answer:
        (found,) = _reports(session, [store.ask(session)])
        return Answer(
            status=202, body=found.model_dump(mode="json"), headers={"Location": found.url}
        )

    return once(request, context, body, work)


@router.get(
    "/drift/reports/{id}",
    dependencies=[needs("read", whole=True)],
    summary="Read a report on drift",
    response_model=DriftReportOut,
    responses={200: examples.REPORT, **problems(404, 422)},
)
def read_report(context: Served, id: UUID) -> Response:
    """Reads one report; while it waits to be made, it has no figures."""
    with context.reading() as session:
        row = store.report(session, id)
        if row is None:
            raise NotFound(f"No report on drift has the id {id}.")
        (found,) = _reports(session, [row])
    return answers.one(found, None)


@router.get(
    "/drift/alerts",
    dependencies=[needs("read", whole=True)],
    summary="List alerts of drift, the newest first",
    response_model=Page[DriftAlertOut],
    responses={200: examples.ALERTS, **problems(422)},
)
def list_alerts(
    request: Request, context: Served, query: Annotated[DriftAlertQuery, Query()]
) -> Response:
    """Lists what moved: one alert a story, of which one at a time is open."""
    fields = answers.chosen(DriftAlertOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _ALERTS)[0]) if query.cursor else None
    with context.reading() as session:
        listed = store.alerts(session, is_open=query.open, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(_ALERTS, rows[-1].id) if more else None
    found = [_alert(row) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/drift/alerts/{id}",
    dependencies=[needs("read", whole=True)],
    summary="Read an alert of drift",
    response_model=DriftAlertOut,
    responses={200: examples.ALERT, **problems(404, 422)},
)
def read_alert(context: Served, id: UUID) -> Response:
    """Reads one alert; its `ETag` goes into `If-Match` when it is changed."""
    with context.reading() as session:
        row = _existing(session, id)
    return _answer(row)


@router.patch(
    "/drift/alerts/{id}",
    dependencies=[needs("label", whole=True)],
    summary="Acknowledge or settle an alert of drift",
    response_model=DriftAlertOut,
    responses={200: examples.ALERT, **problems(404, 409, 412, 413, 422, 428)},
    openapi_extra=examples.CHANGE_ALERT,
)
def change_alert(request: Request, context: Served, id: UUID) -> Response:
    """Says that a person has seen it, or that it is the new state of things; `If-Match` is needed.

    Settled, it is closed, and later weeks are judged by how it has been since it was opened. A new
    model closes it too.
    """
    given = read_as(Body(request, limit=_BODY), DriftAlertChangeIn)
    now = datetime.now(UTC)
    with context.session() as session:
        row = _existing(session, id, lock=True)
        versions.check(request, row.revision)
        changed: dict[str, Any] = {}
        sent = given.model_fields_set
        if "acknowledged" in sent and given.acknowledged != (row.acknowledged_at is not None):
            changed["acknowledged_at"] = now if given.acknowledged else None
        if given.settled and not row.settled:
            if row.closed is not None:
                raise StillNeeded("It is over: an alert is settled while it is open.")
            store.close(session, row, day=now.date(), reason="settled", values=changed)
        else:
            store.change(session, row, changed)
        audit.note(session, context.caller, "drift_alert.changed", ids=[id])
    return _answer(row)


class _Nothing(Taken):
    """A body without anything in it."""


def _existing(session: Session, id: UUID, *, lock: bool = False) -> DriftAlertRow:
    """An alert that is there.

    Raises:
        NotFound: it is not.
    """
    row = store.alert(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No alert of drift has the id {id}.")
    return row


def _answer(row: DriftAlertRow) -> Response:
    answer = answers.one(_alert(row), None)
    answer.headers["ETag"] = versions.etag(row.revision)
    return answer


def _alert(row: DriftAlertRow) -> DriftAlertOut:
    names = "id opened last closed settled model figures acknowledged_at revision"
    return DriftAlertOut.model_validate(
        {
            **{name: getattr(row, name) for name in names.split()},
            "report": f"/v1/drift/reports/{row.report_id}",
            "url": f"/v1/drift/alerts/{row.id}",
        }
    )


def _reports(session: Session, rows: Sequence[DriftReportRow]) -> list[DriftReportOut]:
    """Reports, without the passages that were erased since."""
    shown = [UUID(one["interaction"]) for row in rows for one in row.passages or ()]
    there = store.there(session, shown)
    return [_report(row, there) for row in rows]


def _report(row: DriftReportRow, there: set[UUID]) -> DriftReportOut:
    names = "id state asked_at made_at model since until moved"
    said = row.body or {}
    told = ("interactions", "weeks", "knows_seasons", "summary")
    return DriftReportOut.model_validate(
        {
            **{name: getattr(row, name) for name in names.split()},
            **{name: said.get(name) for name in told},
            "figures": said.get("figures", []),
            "words": said.get("words", []),
            "passages": [
                {**one, "url": f"/v1/interactions/{one['interaction']}"}
                for one in row.passages or ()
                if UUID(one["interaction"]) in there
            ],
            "url": f"/v1/drift/reports/{row.id}",
        }
    )

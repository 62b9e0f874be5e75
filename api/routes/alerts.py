"""/v1/alerts: themes that burst, grow or newly emerge; seen and muted by people."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.routes import answers, theme_answers
from api.routes import theme_examples as examples
from api.schemas.alerts import AlertChangeIn, AlertOut, AlertQuery
from api.schemas.base import Page
from api.schemas.problems import problems
from api.store import alerts, audit, themes
from api.store.alerts import AlertFilter
from api.store.theme_history import ThemeAlertRow

router = APIRouter(tags=["alerts"])

_LISTING = "alerts"
_BODY = 64 * 1024


@router.get(
    "/alerts",
    dependencies=[needs("read")],
    summary="List alerts, the newest first",
    response_model=Page[AlertOut],
    responses={200: examples.ALERTS, **problems(422)},
)
def list_alerts(
    request: Request, context: Served, query: Annotated[AlertQuery, Query()]
) -> Response:
    """Lists what moves: one alert a story, extended and reopened rather than told ten times."""
    fields = answers.chosen(AlertOut, query.fields)
    wanted = AlertFilter(
        scope=query.scope,
        theme=query.theme,
        kind=query.kind,
        state=query.state,
        acknowledged=query.acknowledged,
        muted=query.muted,
    )
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        if query.scope is not None:
            theme_answers.check_scope(session, query.scope)
        listed = alerts.list_page(session, wanted, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = _alerts(session, rows)
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/alerts/{id}",
    dependencies=[needs("read")],
    summary="Read an alert",
    response_model=AlertOut,
    responses={200: examples.ALERT, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one alert; its `ETag` goes into `If-Match` when it is changed."""
    with context.reading() as session:
        row = _existing(session, id)
        (found,) = _alerts(session, [row])
    return _answer(found)


@router.patch(
    "/alerts/{id}",
    dependencies=[needs("label")],
    summary="Acknowledge or mute an alert",
    response_model=AlertOut,
    responses={200: examples.ALERT, **problems(404, 412, 413, 422, 428)},
    openapi_extra=examples.CHANGE_ALERT,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Says that a person has seen it, or wants to hear no more of it; `If-Match` is needed.

    One that was acknowledged asks for attention again when it is reopened; a muted one does not.
    """
    given = read_as(Body(request, limit=_BODY), AlertChangeIn)
    with context.session() as session:
        row = _existing(session, id, lock=True)
        versions.check(request, row.revision)
        sent = given.model_fields_set
        if "acknowledged" in sent and given.acknowledged != (row.acknowledged_at is not None):
            alerts.acknowledge(session, row, acknowledged=given.acknowledged)
        if "muted" in sent and given.muted != row.muted:
            alerts.mute(session, row, muted=given.muted)
        audit.note(session, context.caller, "alert.changed", ids=[id])
        (found,) = _alerts(session, [row])
    return _answer(found)


def _answer(found: AlertOut) -> Response:
    answer = answers.one(found, None)
    answer.headers["ETag"] = versions.etag(found.revision)
    return answer


def _existing(session: Session, id: UUID, *, lock: bool = False) -> ThemeAlertRow:
    """An alert that is there.

    Raises:
        NotFound: it is not.
    """
    row = alerts.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No alert has the id {id}.")
    return row


def _alerts(session: Session, rows: Sequence[ThemeAlertRow]) -> list[AlertOut]:
    names = themes.names(session, [row.theme_id for row in rows])
    kept = (
        "id scope kind state opened last closed days reopened peak acknowledged_at muted revision"
    )
    return [
        AlertOut.model_validate(
            {
                **{name: getattr(row, name) for name in kept.split()},
                "theme": theme_answers.ref(row.theme_id, names),
                "url": f"/v1/alerts/{row.id}",
            }
        )
        for row in rows
    ]

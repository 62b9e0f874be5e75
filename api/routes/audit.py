"""/v1/audit: who read words, and who changed what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served
from api.manners import cursors
from api.routes import answers
from api.routes import key_examples as examples
from api.schemas.audit import AuditOut, AuditQuery
from api.schemas.base import Page
from api.schemas.problems import problems
from api.store import audit
from api.store.audit import AuditFilter
from api.store.key_tables import AuditRow

router = APIRouter(tags=["keys"], dependencies=[needs("admin", whole=True)])

_LISTING = "audit"


@router.get(
    "/audit",
    summary="List who read and changed what, the newest first",
    response_model=Page[AuditOut],
    responses={200: examples.AUDIT, **problems(422)},
)
def list_audit(
    request: Request, context: Served, query: Annotated[AuditQuery, Query()]
) -> Response:
    """Lists reads of customers' words, changes by people, and what was done to keys.

    The log is only ever added to, and names things by id alone.
    """
    fields = answers.chosen(AuditOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    wanted = AuditFilter(
        caller=query.caller,
        action=query.action,
        about=query.about,
        request=query.request_id,
        since=query.since,
        until=query.until,
    )
    with context.reading() as session:
        listed = audit.list_page(session, wanted, after=after, limit=query.limit + 1)
    rows, more = answers.cut(listed, query.limit)
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    found = [_shown(row) for row in rows]
    return answers.page(request, found, fields=fields, next_cursor=following)


def _shown(row: AuditRow) -> AuditOut:
    names = "id at request_id action ids count data"
    return AuditOut.model_validate(
        {
            **{name: getattr(row, name) for name in names.split()},
            "caller": row.caller_id,
            "name": row.caller,
            "department": row.department_id,
        }
    )

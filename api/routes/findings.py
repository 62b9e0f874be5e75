"""/v1/findings: what was found, over all interactions."""

import struct
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.manners import cursors
from api.routes import answers, examples, filters
from api.schemas.base import Page
from api.schemas.findings import FindingOut, FindingQuery
from api.schemas.problems import problems
from api.store import audit, findings
from api.store.findings import FindingFilter, FindingKey, SureKey
from api.store.tables import FindingRow

router = APIRouter(tags=["findings"])

_LISTING = "findings"
_BY_CONFIDENCE = "findings by confidence"


@router.get(
    "/findings",
    dependencies=[needs("read")],
    summary="List findings, those of the newest interaction first",
    response_model=Page[FindingOut],
    responses={200: examples.FINDINGS, **problems(422)},
)
def list_findings(
    request: Request, context: Served, query: Annotated[FindingQuery, Query()]
) -> Response:
    """Lists what the built-in categories and your own found, each finding with its quote."""
    fields = answers.chosen(FindingOut, query.fields)
    wanted = FindingFilter(
        category=query.category,
        sentiment=query.sentiment,
        min_confidence=query.min_confidence,
        unsure=query.unsure,
        model=query.model,
        interaction=query.interaction,
        theme=query.theme,
        channel=query.channel,
        source=query.source,
        since=query.since,
        until=query.until,
        metadata=filters.metadata(query.metadata, product=query.product),
        words=query.words,
    )
    with context.reading() as session:
        filters.check_category(session, query.category)
        filters.check_theme(session, query.theme)
        listed = _listed(session, wanted, query)
        rows, more = answers.cut(listed, query.limit)
        audit.read(session, context.caller, "findings.listed", ids=[row.id for row in rows])
    return answers.page(
        request,
        [answers.finding(row) for row in rows],
        fields=fields,
        next_cursor=_cursor(rows[-1], query.sort) if more else None,
    )


def _listed(session: Session, wanted: FindingFilter, query: FindingQuery) -> Sequence[Any]:
    """The findings of a page, and one more where more follow."""
    limit = query.limit + 1
    if query.sort == "confidence":
        sure = _sure_place(query.cursor) if query.cursor else None
        return findings.list_by_confidence(session, wanted, after=sure, limit=limit)
    after = _place(query.cursor) if query.cursor else None
    return findings.list_page(session, wanted, after=after, limit=limit)


def _cursor(row: FindingRow, sort: str) -> str:
    if sort == "confidence":
        # The very bits: a rounded one would skip a finding or show it twice.
        (bits,) = struct.unpack(">q", struct.pack(">d", row.confidence))
        return cursors.encode(_BY_CONFIDENCE, bits, row.id)
    key = FindingKey.of(row)
    return cursors.encode(_LISTING, key.interaction, key.turn, key.start, key.id)


def _place(cursor: str) -> FindingKey:
    interaction, turn, start, id = cursors.decode(cursor, _LISTING)
    return FindingKey(UUID(interaction), int(turn), int(start), UUID(id))


def _sure_place(cursor: str) -> SureKey:
    bits, id = cursors.decode(cursor, _BY_CONFIDENCE)
    (confidence,) = struct.unpack(">d", struct.pack(">q", int(bits)))
    return SureKey(confidence, UUID(id))

"""/v1/erasures: taking interactions away for good, with a receipt that anybody can check."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.errors import NotFound
from api.manners import cursors
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.receipts import encoded, signer_for
from api.routes import answers
from api.routes import erasure_examples as examples
from api.routes.examples import WITH_KEY
from api.schemas.base import Page
from api.schemas.erasures import (
    DryRunOut,
    ErasureIn,
    ErasureOut,
    ErasureQuery,
    PublicKeyOut,
    PublicKeysOut,
    VerdictOut,
)
from api.schemas.problems import problems
from api.steps import erase
from api.store import audit, erasures, holds, jobs
from api.store.erasure_tables import ErasureRow
from api.store.erasures import Asked, Selection

router = APIRouter(tags=["erasure"], dependencies=[needs("admin", whole=True)])

_LISTING = "erasures"
_BODY = 1024 * 1024
_SMALL_BODY = 64 * 1024


@router.post(
    "/erasures",
    status_code=202,
    summary="Erase interactions",
    response_model=ErasureOut,
    responses={
        200: {**examples.COUNTED, "model": DryRunOut},
        202: examples.ASKED,
        **problems(400, 409, 413, 422),
    },
    openapi_extra=examples.ASK,
)
def start_erasure(request: Request, context: Served) -> Response:
    """Erases by id, by customer, by date, or what the retention policy keeps no longer: a job.

    What it is about is settled when it is asked for: what comes in later stays. Words, vectors,
    findings, places in themes, examples of categories and kept answers go, and themes are gathered
    anew. What a legal hold covers stays, and the receipt says how many that were.
    """
    body = Body(request, limit=_BODY, pepper=signer_for(context.settings).pepper())
    given = read_as(body, ErasureIn)

    def work(session: Session) -> Answer:
        what, selection = _wanted(session, given)
        if given.dry_run:
            counted = DryRunOut(
                dry_run=True,
                interactions=erasures.count(session, selection),
                held=erasures.count_held(session, selection),
            )
            return Answer(status=200, body=counted.model_dump(mode="json"))
        caller = context.caller
        asked = Asked(kind=_kind(given), what=what, by_id=caller.id, by_name=caller.name)
        row = erase.ask(session, asked, selection)
        audit.note(session, caller, "erasure.asked", ids=[row.id], kind=row.kind)
        found = _out(session, row)
        headers = {"Location": found.url}
        return Answer(status=202, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.get(
    "/erasures",
    summary="List erasures, the newest first",
    response_model=Page[ErasureOut],
    responses={200: examples.LISTED, **problems(422)},
)
def list_erasures(
    request: Request, context: Served, query: Annotated[ErasureQuery, Query()]
) -> Response:
    """Lists what was erased, with receipts; erasing a single interaction by DELETE leaves none."""
    fields = answers.chosen(ErasureOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = erasures.list_page(session, kind=query.kind, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = [_out(session, row) for row in rows]
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/erasures/key",
    summary="Read the keys that receipts are signed with",
    response_model=PublicKeysOut,
    responses={200: examples.KEYS, **problems()},
)
def read_keys(context: Served) -> Response:
    """Reads the public keys: keep them apart from the receipts, and check with them."""
    current = signer_for(context.settings).public_key
    with context.reading() as session:
        known = dict(erasures.public_keys(session))
    listed = [*known, *([] if current in known else [current])]
    found = [
        PublicKeyOut(public_key=encoded(key), since=known.get(key), current=key == current)
        for key in listed
    ]
    return answers.one(PublicKeysOut(data=found), None)


@router.get(
    "/erasures/{id}",
    summary="Read an erasure and its receipt",
    response_model=ErasureOut,
    responses={200: examples.READ, **problems(404, 422)},
)
def read_erasure(context: Served, id: UUID) -> Response:
    """Reads how far an erasure is, and its signed receipt once it is through."""
    with context.reading() as session:
        return answers.one(_out(session, _existing(session, id)), None)


@router.post(
    "/erasures/{id}/verify",
    summary="Look an erasure over again",
    response_model=VerdictOut,
    responses={200: examples.VERDICT, **problems(400, 404, 409, 413, 422)},
    openapi_extra=WITH_KEY,
)
def verify_erasure(request: Request, context: Served, id: UUID) -> Response:
    """Checks the signature, the chain and the ids, and looks through every table for what is left.

    After a restore from a backup something may be: `conduit restore` with the newer erasures takes
    it away again.
    """
    body = Body(request, limit=_SMALL_BODY)

    def work(session: Session) -> Answer:
        verdict = erase.verify(session, _existing(session, id))
        found = VerdictOut(
            verified=not verdict.faults and not verdict.left,
            faults=list(verdict.faults),
            left=dict(verdict.left),
        )
        return Answer(status=200, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


def _kind(given: ErasureIn) -> str:
    named = ("interactions", "customer", "before", "retention")
    return next(name for name in named if getattr(given, name) is not None)


def _wanted(session: Session, given: ErasureIn) -> tuple[dict[str, object], Selection]:
    """What is written down of what was asked for, and what that is."""
    if given.interactions is not None:
        ids = tuple(dict.fromkeys(given.interactions))
        return {"interactions": len(ids)}, Selection(ids=ids)
    if given.customer is not None:
        sealed = holds.seal(given.customer)
        kept = {"salt": sealed.salt.hex(), "sha256": sealed.digest.hex()}
        return {"customer": kept}, Selection(customer=given.customer)
    if given.before is not None:
        return {"before": given.before.isoformat()}, Selection(before=given.before)
    days, selection = erase.by_age(session, now=datetime.now(UTC))
    return {"days": dict(days)}, selection


def _existing(session: Session, id: UUID) -> ErasureRow:
    """An erasure that is there.

    Raises:
        NotFound: it is not.
    """
    row = erasures.get(session, id)
    if row is None:
        raise NotFound(f"No erasure has the id {id}.")
    return row


def _out(session: Session, row: ErasureRow) -> ErasureOut:
    job = jobs.get(session, row.id)
    return ErasureOut.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "state": "done" if job is None else job.state,
            "what": row.what,
            "by": row.by_name,
            "asked_at": row.asked_at,
            "progress": jobs.progress(session, row.id),
            "erased": row.counts,
            "receipt": erase.document(row),
            "url": f"/v1/erasures/{row.id}",
            "job_url": f"/v1/jobs/{row.id}",
        }
    )

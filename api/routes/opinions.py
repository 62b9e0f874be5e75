"""/v1/opinions: what people say of findings, missed passages, quotes, sentiments and speakers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Context, Served, Session
from api.errors import Fault, Forbidden, InvalidRequest, NotFound
from api.manners import cursors
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers, filters, interactions, opinion_answers
from api.routes import opinion_examples as examples
from api.schemas.base import Page
from api.schemas.opinions import (
    AgreementQuery,
    AgreementsOut,
    InteractionOpinionsOut,
    OpinionIn,
    OpinionOut,
    OpinionQuery,
)
from api.schemas.problems import problems
from api.steps import majority
from api.steps import opinions as step
from api.steps.agreements import agreements
from api.steps.opinions import Means, Opinion, Target, Who
from api.store import audit, findings, opinion_reads, opinions, turns
from api.store.opinion_tables import OpinionRow
from api.store.opinions import OpinionFilter
from nlp.errors import OptionError

router = APIRouter(tags=["opinions"])

_LISTING = "opinions"
_BODY = 64 * 1024
_POST = (400, 404, 409, 410, 413, 422)


@router.post(
    "/opinions",
    status_code=201,
    dependencies=[needs("label")],
    summary="Confirm, correct or add what was found, or say who speaks",
    response_model=OpinionOut,
    responses={201: examples.GIVEN, **problems(*_POST)},
    openapi_extra=examples.GIVE,
)
def give(request: Request, context: Served) -> Response:
    """Stores what you say of a finding, or of words of an interaction, and carries it out at once.

    What counts is the majority of the people who spoke of the same passage and category, the newest
    word of each; a tie keeps what the model said, as unsure. It holds when the interaction is mined
    again. Nothing is overwritten: what the model had said stands beside every opinion. Who speaks
    is said by keys that are bound to no department, and has the interaction mined again.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, OpinionIn)
    if given.kind == "speaker" and context.caller.department is not None:
        raise Forbidden(
            "Who speaks is about the whole interaction, and the key is bound to a department: use "
            "one that is not."
        )

    def work(session: Session) -> Answer:
        target, category = _target(session, given)
        said = Opinion(
            kind=given.kind,
            category=category,
            becomes=given.becomes,
            quote=None if given.quote is None else (given.quote.start, given.quote.end),
            sentiment=given.sentiment,
            speaker=given.speaker,
            note=given.note,
            review=given.review,
        )
        found = opinion_answers.opinion(session, say(session, context, target, said))
        headers = {"Location": found.url}
        return Answer(status=201, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


def say(session: Session, context: Context, target: Target, said: Opinion) -> OpinionRow:
    """Carries out what the caller says.

    Raises:
        InvalidRequest: it makes no sense there.
    """
    caller = context.caller
    who = Who(id=caller.id, name=caller.name, department=caller.department)
    means = Means(redact=context.redactor.redact_text, memory=context.memory)
    try:
        row = step.give(session, target, said, who=who, means=means)
    except OptionError as error:
        raise _refused(str(error)) from None
    found = opinion_answers.opinion(session, row)
    audit.note(session, caller, "opinion.given", ids=_ids(found), kind=row.kind)
    return row


def _target(session: Session, given: OpinionIn) -> tuple[Target, str | None]:
    """What an opinion is about, as far as the caller sees it, and its category."""
    needs_category = given.kind not in ("sentiment", "speaker")
    if given.finding is not None:
        row = findings.get(session, given.finding)
        if row is None:
            raise NotFound(
                f"No finding has the id {given.finding}: where it went, name its words with "
                "`interaction`, `turn`, `start` and `end`."
            )
        category = given.category or row.category
        target = step.on_finding(session, row)
        if given.kind != "speaker":
            return target, category if needs_category else None
        place = (row.interaction_id, row.turn)
    else:
        assert given.interaction is not None  # noqa: S101 - the schema says so
        assert given.turn is not None  # noqa: S101
        interactions.existing(session, given.interaction)
        place, category = (given.interaction, given.turn), given.category or ""
    turn = turns.get(session, *place)
    if turn is None:
        raise _refused(f"there is no turn {place[1]} that you see", pointer="/turn")
    if given.kind == "speaker":
        return step.on_turn(turn), None
    span = None if given.start is None or given.end is None else (given.start, given.end)
    try:
        return step.on_words(session, turn, span), category if needs_category else None
    except OptionError as error:
        raise _refused(str(error), pointer="/turn") from None


def _refused(message: str, *, pointer: str = "") -> InvalidRequest:
    fault = Fault(place="body", pointer=pointer, message=message)
    return InvalidRequest("This cannot be said there.", faults=[fault])


@router.get(
    "/opinions",
    dependencies=[needs("read")],
    summary="List what people said, the newest first",
    response_model=Page[OpinionOut],
    responses={200: examples.OPINIONS, **problems(422)},
)
def list_opinions(
    request: Request, context: Served, query: Annotated[OpinionQuery, Query()]
) -> Response:
    """Lists opinions as they were given, those that were withdrawn or are outvoted among them."""
    fields = answers.chosen(OpinionOut, query.fields)
    wanted = OpinionFilter(
        interaction=query.interaction,
        finding=query.finding,
        person=query.person,
        model=query.model,
        kind=query.kind,
        category=query.category,
        review=query.review,
        since=query.since,
        withdrawn=query.withdrawn,
    )
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        filters.check_category(session, query.category)
        listed = opinions.list_page(session, wanted, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = [opinion_answers.opinion(session, row) for row in rows]
        audit.read(session, context.caller, "opinions.listed", ids=[row.id for row in rows])
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/opinions/{id}",
    dependencies=[needs("read")],
    summary="Read one opinion",
    response_model=OpinionOut,
    responses={200: examples.OPINION, **problems(404, 422)},
)
def read_opinion(context: Served, id: UUID) -> Response:
    """Reads what one person said of one passage, with what the model had said there."""
    with context.reading() as session:
        row = existing(session, id)
        audit.read(session, context.caller, "opinion.read", ids=[id])
        found = opinion_answers.opinion(session, row)
    return answers.one(found, None)


@router.post(
    "/opinions/{id}/withdraw",
    dependencies=[needs("label")],
    summary="Withdraw an opinion",
    response_model=OpinionOut,
    responses={200: examples.WITHDRAWN, **problems(*_POST)},
    openapi_extra=examples.WITH_KEY,
)
def withdraw(request: Request, context: Served, id: UUID) -> Response:
    """Takes an opinion back: it stays in the list, and counts no more.

    Where nobody else spoke, what the model said is there again. Others' opinions are withdrawn by
    keys with the scope `admin`. Withdrawn once more, it stays as it is.
    """
    body = Body(request, limit=_BODY)

    def work(session: Session) -> Answer:
        row = existing(session, id)
        take_back(session, context, row)
        found = opinion_answers.opinion(session, row)
        return Answer(status=200, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


def take_back(session: Session, context: Context, row: OpinionRow) -> None:
    """Withdraws an opinion for the caller.

    Raises:
        Forbidden: somebody else gave it, and the caller is no admin.
    """
    caller = context.caller
    own = majority.person_of(row) == (caller.id or caller.name)
    if not own and "admin" not in caller.scopes:
        raise Forbidden(
            f"Somebody else gave the opinion {row.id}: an admin may withdraw it, and you may give "
            "your own."
        )
    step.withdraw(session, row, by=caller.name, memory=context.memory)
    found = opinion_answers.opinion(session, row)
    audit.note(session, caller, "opinion.withdrawn", ids=_ids(found))


@router.get(
    "/interactions/{id}/opinions",
    dependencies=[needs("read")],
    summary="Read what people said of an interaction, passage by passage",
    response_model=InteractionOpinionsOut,
    responses={200: examples.OF_INTERACTION, **problems(404, 410, 422)},
)
def read_of_interaction(context: Served, id: UUID) -> Response:
    """Reads all opinions on an interaction by the passage that they are about, and what they agree.

    A key of a department is shown those of its own people.
    """
    with context.reading() as session:
        interactions.existing(session, id)
        found = opinion_answers.of_interaction(session, id)
        audit.read(session, context.caller, "interaction.opinions", ids=[id])
    return answers.one(found, None)


@router.get(
    "/agreement",
    dependencies=[needs("read")],
    summary="Read how far people agree",
    response_model=AgreementsOut,
    responses={200: examples.AGREEMENT, **problems(422)},
)
def read_agreement(context: Served, query: Annotated[AgreementQuery, Query()]) -> Response:
    """Reads agreement between people, by category and for sentiment, with its interval.

    It counts passages that two or more people judged, the newest word of each. A key of a
    department is told of its own people.
    """
    with context.session() as session:
        rows = opinion_reads.every(session, since=query.since, until=query.until, model=query.model)
        found = agreements(rows)
    return answers.one(opinion_answers.agreement(found), None)


def _ids(found: OpinionOut) -> list[UUID]:
    named = [found.id, found.interaction]
    return named if found.finding is None else [*named, found.finding]


def existing(session: Session, id: UUID) -> OpinionRow:
    """An opinion that is there.

    Raises:
        NotFound: it is not.
    """
    row = opinions.get(session, id)
    if row is None:
        raise NotFound(f"No opinion has the id {id}.")
    return row

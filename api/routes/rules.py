"""/v1/rules: which findings reach which department; tried before they are switched on."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Context, Served, Session
from api.errors import Fault, InvalidRequest, NotFound, StillNeeded
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers, theme_answers
from api.routes import departments as department_routes
from api.routes import inbox_examples as examples
from api.rules.check import Known, checked
from api.rules.grammar import parse
from api.rules.values import RuleError, Term, comparisons
from api.schemas.base import Page
from api.schemas.jobs import JobOut
from api.schemas.problems import problems
from api.schemas.rules import RuleChangeIn, RuleIn, RuleOut, RuleQuery, TriedOut, TryIn
from api.steps import route
from api.store import audit, jobs, rule_trials, rules, themes
from api.store.inbox_tables import RuleRow
from api.store.rule_trials import Trial
from api.store.rules import RuleFilter

router = APIRouter(tags=["rules"])

_LISTING = "rules"
_BODY = 64 * 1024


@router.post(
    "/rules",
    dependencies=[needs("admin", whole=True)],
    status_code=201,
    summary="Add a rule",
    response_model=RuleOut,
    responses={201: examples.RULE_MADE, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.MAKE_RULE,
)
def create(request: Request, context: Served) -> Response:
    """Saves a rule; what is found from now on is held against it where it is enabled.

    A rule that makes no sense is refused, with the column and the choices. `/v1/rules/try` tells
    first what it would deliver, and `/apply` holds what is stored against it.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, RuleIn)

    def work(session: Session) -> Answer:
        rules.claim(session)
        department_routes.check(session, given.department, place="body")
        values = given.model_dump(exclude={"department"})
        values["title"] = context.redactor.redact_text(given.title)
        values["department_id"] = given.department
        values["themes"] = _themes(_checked(session, context, given.rule), given.rule)
        row = rules.create(session, values)
        audit.note(session, context.caller, "rule.created", ids=[row.id])
        found = _rule(row, rules.known(session))
        headers = {"ETag": versions.etag(row.revision), "Location": found.url}
        return Answer(status=201, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


@router.get(
    "/rules",
    dependencies=[needs("read")],
    summary="List rules, the newest first",
    response_model=Page[RuleOut],
    responses={200: examples.RULES, **problems(422)},
)
def list_rules(request: Request, context: Served, query: Annotated[RuleQuery, Query()]) -> Response:
    """Lists rules, and what is wrong with any of them by now; a department's key sees its own."""
    fields = answers.chosen(RuleOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    wanted = RuleFilter(department=query.department, enabled=query.enabled)
    with context.reading() as session:
        department_routes.check(session, query.department, place="query")
        listed = rules.list_page(session, wanted, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        known = rules.known(session)
        found = [_rule(row, known) for row in rows]
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.post(
    "/rules/try",
    dependencies=[needs("admin", whole=True)],
    summary="Try a rule on what is stored",
    response_model=TriedOut,
    responses={200: examples.TRIED, **problems(400, 409, 413, 415, 422)},
    openapi_extra=examples.TRY,
)
def attempt(request: Request, context: Served) -> Response:
    """Tells what a rule would have delivered: how much, which themes, examples, what is new of it.

    Nothing is saved. It is the same evaluation that routes new findings.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, TryIn)

    def work(session: Session) -> Answer:
        department_routes.check(session, given.department, place="body")
        trial = Trial(
            term=_checked(session, context, given.rule),
            department=given.department,
            since=given.since,
            until=given.until,
            examples=given.examples,
        )
        found = _tried(session, trial)
        audit.note(session, context.caller, "rule.tried", findings=found.findings)
        return Answer(status=200, body=found.model_dump(mode="json"))

    return once(request, context, body, work)


@router.get(
    "/rules/{id}",
    dependencies=[needs("read")],
    summary="Read a rule",
    response_model=RuleOut,
    responses={200: examples.RULE, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one rule; its `ETag` goes into `If-Match` when it is changed."""
    with context.reading() as session:
        row = _existing(session, id)
        found = _rule(row, rules.known(session))
    return _answer(found)


@router.patch(
    "/rules/{id}",
    dependencies=[needs("admin", whole=True)],
    summary="Change a rule, or switch it on or off",
    response_model=RuleOut,
    responses={200: examples.RULE, **problems(404, 412, 413, 422, 428)},
    openapi_extra=examples.CHANGE_RULE,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Changes what is sent and leaves the rest. What reached the department before stays there."""
    given = read_as(Body(request, limit=_BODY), RuleChangeIn)
    values: dict[str, Any] = {
        name: value
        for name, value in given.model_dump(exclude_unset=True).items()
        if value is not None or name == "due_days"
    }
    with context.session() as session:
        rules.claim(session)
        row = _existing(session, id, lock=True)
        versions.check(request, row.revision)
        if given.title is not None:
            values["title"] = context.redactor.redact_text(given.title)
        if given.rule is not None:
            values["themes"] = _themes(_checked(session, context, given.rule), given.rule)
        rules.change(session, row, values)
        audit.note(session, context.caller, "rule.changed", ids=[id])
        found = _rule(row, rules.known(session))
    return _answer(found)


@router.delete(
    "/rules/{id}",
    dependencies=[needs("admin", whole=True)],
    status_code=204,
    summary="Delete a rule",
    responses={204: {"description": "Deleted for good."}, **problems(404, 412, 422)},
    openapi_extra=examples.DELETE,
)
def remove(request: Request, context: Served, id: UUID) -> Response:
    """Deletes a rule. What it brought stays in the inbox, and stays to be seen there."""
    with context.session() as session:
        rules.claim(session)
        row = _existing(session, id, lock=True)
        versions.check(request, row.revision, needed=False)
        rules.remove(session, id)
        audit.note(session, context.caller, "rule.deleted", ids=[id])
    return Response(status_code=204)


@router.post(
    "/rules/{id}/apply",
    dependencies=[needs("admin", whole=True)],
    status_code=202,
    summary="Hold what is stored against a rule",
    response_model=JobOut,
    responses={202: examples.APPLYING, **problems(400, 404, 409, 413, 422)},
    openapi_extra=examples.WITH_KEY,
)
def apply(request: Request, context: Served, id: UUID) -> Response:
    """Applies a rule that was switched on or changed to older findings, as a job.

    It goes on where it stopped if the worker dies, and new interactions go before.
    """
    body = Body(request, limit=_BODY)

    def work(session: Session) -> Answer:
        rules.claim(session)
        row = _existing(session, id, lock=True)
        if not row.enabled:
            raise StillNeeded("The rule is switched off: switch it on, and then apply it.")
        job = route.apply(session, row)
        audit.note(session, context.caller, "rule.applied", ids=[id])
        found = answers.job(job, jobs.progress(session, job.id))
        headers = {"Location": found.url}
        return Answer(status=202, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


def _existing(session: Session, id: UUID, *, lock: bool = False) -> RuleRow:
    row = rules.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No rule has the id {id}.")
    return row


def _checked(session: Session, context: Context, text: str) -> Term:
    """The tree of a rule.

    Raises:
        InvalidRequest: it makes no sense, with the column and the choices.
    """
    try:
        return checked(text, rules.known(session), redact=context.redactor.redact_text)
    except RuleError as error:
        fault = Fault(place="body", pointer="/rule", message=str(error))
        raise InvalidRequest(f"The rule makes no sense: {error}.", faults=[fault]) from None


def _themes(term: Term, text: str) -> dict[str, str]:
    """The id of each theme, by how the text names it."""
    written = [one for one in comparisons(parse(text)) if one.field == "theme"]
    resolved = [one for one in comparisons(term) if one.field == "theme"]
    return {
        name.text: theme.text
        for before, after in zip(written, resolved, strict=True)
        for name, theme in zip(before.values, after.values, strict=True)
    }


def _rule(row: RuleRow, known: Known) -> RuleOut:
    kept = "id title rule enabled delivers fewest due_days created_at changed_at revision"
    # A theme that was renamed, merged or has faded since is still the one that was meant.
    named = {name: [UUID(id)] for name, id in row.themes.items()}
    problem = None
    try:
        checked(row.rule, Known(categories=known.categories, themes={**known.themes, **named}))
    except RuleError as error:
        problem = str(error)
    return RuleOut.model_validate(
        {
            **{name: getattr(row, name) for name in kept.split()},
            "department": row.department_id,
            "problem": problem,
            "url": f"/v1/rules/{row.id}",
        }
    )


def _tried(session: Session, trial: Trial) -> TriedOut:
    tried = rule_trials.attempt(session, trial)
    names = themes.names(session, [id for id, _ in tried.themes])
    return TriedOut.model_validate(
        {
            "since": trial.since,
            "until": trial.until,
            "interactions": tried.interactions,
            "findings": tried.findings,
            "in_interactions": tried.in_interactions,
            "delivered": None if trial.department is None else tried.delivered,
            "waiting": tried.waiting,
            "themes": [
                {"theme": theme_answers.ref(id, names), "findings": count}
                for id, count in tried.themes
            ],
            "examples": [answers.finding(row) for row in tried.examples],
        }
    )


def _answer(found: RuleOut) -> Response:
    answer = answers.one(found, None)
    answer.headers["ETag"] = versions.etag(found.revision)
    return answer
